// SPDX-License-Identifier: Apache-2.0
// What the files and queues do when a system call fails: once, for ever, half-way, or at each place
// in a script.
#include <algorithm>
#include <array>
#include <atomic>
#include <cerrno>
#include <fstream>
#include <functional>
#include <map>
#include <mutex>
#include <string>
#include <thread>
#include <vector>

#include <fcntl.h>
#include <gtest/gtest.h>
#include <unistd.h>

#include "sys/posix/posix_clock.h"
#include "sys/posix/posix_disk.h"
#include "sys/posix/syscalls.h"
#include "tests/support/temp_folder.h"

namespace cairn::sys {
namespace {

enum class Call : std::uint8_t {
  Open,
  SetFlags,
  Read,
  Write,
  SyncData,
  SyncFolder,
  Allocate,
  Truncate,
  Rename,
  SetUpRing,
};

/// Given how often the call was made, this time included: the errno value it fails with, or 0.
using Plan = std::function<int(int)>;

Plan once(int k, int number) {
  return [k, number](int count) { return count == k ? number : 0; };
}

Plan from(int k, int number) {
  return [k, number](int count) { return count >= k ? number : 0; };
}

Plan every(int k, int number) {
  return [k, number](int count) { return count % k == 0 ? number : 0; };
}

/// The real system with planned failures. A request on a ring counts as the call it stands for; one
/// that is to fail has really happened, and only its answer is another.
class FaultySyscalls final : public Syscalls {
 public:
  void plan(Call call, Plan plan) {
    const std::lock_guard lock(mutex_);
    plans_[call] = std::move(plan);
    counts_[call] = 0;
  }

  void move_at_most(std::size_t bytes) { bytes_max_ = bytes; }

  void forget_durable_writes() { knows_durable_writes_ = false; }

  int count(Call call) {
    const std::lock_guard lock(mutex_);
    return counts_[call];
  }

  int open(int folder, const char* name, int flags) noexcept override {
    const int answer = planned(Call::Open);
    return answer < 0 ? answer : Syscalls::open(folder, name, flags);
  }

  int set_flags(int fd, int flags) noexcept override {
    const int answer = planned(Call::SetFlags);
    return answer < 0 ? answer : Syscalls::set_flags(fd, flags);
  }

  ssize_t read(int fd, std::span<const iovec> into, std::uint64_t offset) noexcept override {
    const int answer = planned(Call::Read);
    const auto some = shortened(into);
    return answer < 0 ? answer : Syscalls::read(fd, some, offset);
  }

  ssize_t write(int fd, std::span<const iovec> from, std::uint64_t offset,
                int flags) noexcept override {
    if (flags != 0 && !knows_durable_writes_) {
      return -EOPNOTSUPP;
    }
    const int answer = planned(Call::Write);
    if (answer < 0) {
      return answer;
    }
    const ssize_t count = Syscalls::write(fd, shortened(from), offset, flags);
    if (count != -EINVAL || bytes_max_ == no_limit) {
      return count;
    }
    // A direct file takes no such piece: there all is written and less is told.
    return std::min(Syscalls::write(fd, from, offset, flags), static_cast<ssize_t>(bytes_max_));
  }

  int sync_data(int fd) noexcept override {
    const int answer = planned(Call::SyncData);
    return answer < 0 ? answer : Syscalls::sync_data(fd);
  }

  int sync_folder(int fd) noexcept override {
    const int answer = planned(Call::SyncFolder);
    return answer < 0 ? answer : Syscalls::sync_folder(fd);
  }

  int allocate(int fd, std::uint64_t size) noexcept override {
    const int answer = planned(Call::Allocate);
    return answer < 0 ? answer : Syscalls::allocate(fd, size);
  }

  int truncate(int fd, std::uint64_t size) noexcept override {
    const int answer = planned(Call::Truncate);
    return answer < 0 ? answer : Syscalls::truncate(fd, size);
  }

  int rename(int from_folder, const char* from, int to_folder, const char* to) noexcept override {
    const int answer = planned(Call::Rename);
    return answer < 0 ? answer : Syscalls::rename(from_folder, from, to_folder, to);
  }

  int set_up_ring() noexcept override { return planned(Call::SetUpRing); }

  int ring_result(IoKind kind, int result) noexcept override {
    const Call call = kind == IoKind::Read    ? Call::Read
                      : kind == IoKind::Write ? Call::Write
                                              : Call::SyncData;
    const int answer = planned(call);
    return answer < 0 ? answer : std::min(result, static_cast<int>(bytes_max_));
  }

 private:
  int planned(Call call) noexcept {
    const std::lock_guard lock(mutex_);
    const int count = ++counts_[call];
    const auto plan = plans_.find(call);
    return plan == plans_.end() ? 0 : -plan->second(count);
  }

  /// The first buffer that has bytes, cut to what may be moved.
  std::vector<iovec> shortened(std::span<const iovec> parts) const {
    if (bytes_max_ == no_limit) {
      return {parts.begin(), parts.end()};
    }
    const auto first = std::ranges::find_if(parts, [](const iovec& p) { return p.iov_len > 0; });
    return {{.iov_base = first->iov_base, .iov_len = std::min(first->iov_len, bytes_max_)}};
  }

  static constexpr std::size_t no_limit = 0x7fffffff;
  std::mutex mutex_;
  std::map<Call, Plan> plans_;
  std::map<Call, int> counts_;
  std::size_t bytes_max_ = no_limit;
  bool knows_durable_writes_ = true;
};

ConstBuffer bytes_of(std::string_view text) {
  return std::as_bytes(std::span(text));
}

template <typename T>
std::string outcome(const Result<T>& result) {
  return result ? "ok" : std::string(to_string(result.error().code()));
}

std::string contents_of(File& file) {
  std::string contents(file.size().value(), '?');
  const auto count = file.read(0, std::as_writable_bytes(std::span(contents)));
  contents.resize(count.value());
  return contents;
}

class PosixFaults : public ::testing::TestWithParam<DiskBackend> {
 protected:
  void SetUp() override {
    auto made = make_posix_disk(folder_.path(), GetParam(), syscalls_);
    if (!made && made.error().code() == Errc::Unsupported) {
      GTEST_SKIP() << made.error().to_string();
    }
    disk_ = std::move(made).value();
    file_ = disk_->open("a", {.mode = OpenMode::CreateNew}).value();
    queue_ = disk_->make_queue({.depth = 8}).value();
  }

  void submit_write(std::uint64_t offset, ConstBuffer bytes, bool durable, std::uint64_t token) {
    const IoRequest request = {.kind = IoKind::Write,
                               .durable = durable,
                               .file = file_.get(),
                               .offset = offset,
                               .write_from = std::span(&bytes, 1),
                               .token = token};
    ASSERT_EQ(outcome(queue_->submit(request)), "ok");
  }

  void submit_sync(std::uint64_t token) {
    ASSERT_EQ(
        outcome(queue_->submit({.kind = IoKind::SyncData, .file = file_.get(), .token = token})),
        "ok");
  }

  /// The outcomes of all that is under way, by token.
  std::map<std::uint64_t, std::string> finish() {
    std::map<std::uint64_t, std::string> outcomes;
    while (queue_->in_flight() > 0) {
      IoCompletion done;
      if (queue_->wait(std::span(&done, 1), seconds(60)) == 0) {
        ADD_FAILURE() << "nothing finished within a minute";
        break;
      }
      outcomes[done.token] = outcome(done.result);
    }
    return outcomes;
  }

  std::string write_through_queue(std::uint64_t offset, std::string_view text, bool durable) {
    submit_write(offset, bytes_of(text), durable, 1);
    return finish()[1];
  }

  std::string sync_through_queue() {
    submit_sync(1);
    return finish()[1];
  }

  test::TempFolder folder_;
  FaultySyscalls syscalls_;
  std::unique_ptr<Disk> disk_;
  std::unique_ptr<File> file_;
  std::unique_ptr<IoQueue> queue_;
};

INSTANTIATE_TEST_SUITE_P(Posix, PosixFaults,
                         ::testing::Values(DiskBackend::Threads, DiskBackend::Uring),
                         [](const auto& backend) {
                           return backend.param == DiskBackend::Uring ? "Uring" : "Threads";
                         });

TEST_P(PosixFaults, ShortTransfersAreContinuedToTheEnd) {
  // The system moves at most seven bytes at a time, over the borders of buffers, in both
  // directions, through the file and through the queue.
  syscalls_.move_at_most(7);
  const std::array<ConstBuffer, 4> out = {bytes_of("0123456789"), bytes_of("abc"), bytes_of(""),
                                          bytes_of("ABCDEFGHIJKLMNOP")};
  const std::string text = "0123456789abcABCDEFGHIJKLMNOP";
  EXPECT_EQ(outcome(file_->write(0, out)), "ok");
  EXPECT_EQ(contents_of(*file_), text);
  EXPECT_EQ(write_through_queue(text.size(), text, true), "ok");
  std::string back(text.size(), '?');
  const MutableBuffer into = std::as_writable_bytes(std::span(back));
  ASSERT_TRUE(queue_->submit({.kind = IoKind::Read,
                              .file = file_.get(),
                              .offset = text.size(),
                              .read_into = std::span(&into, 1)}));
  EXPECT_EQ(finish()[0], "ok");
  EXPECT_EQ(back, text);
  EXPECT_GE(syscalls_.count(Call::Write), 10);
}

TEST_P(PosixFaults, InterruptedCallsAreRepeated) {
  // Every second call is interrupted by a signal; nobody notices.
  for (const Call call : {Call::Open, Call::Read, Call::Write, Call::SyncData, Call::SyncFolder,
                          Call::Allocate, Call::Truncate}) {
    syscalls_.plan(call, every(2, EINTR));
  }
  for (int i = 0; i < 3; ++i) {
    EXPECT_TRUE(disk_->open("a", {.mode = OpenMode::ReadOnly}));
    EXPECT_EQ(outcome(file_->preallocate(50, Allocation::WriteZeros)), "ok");
    EXPECT_EQ(outcome(file_->resize(0)), "ok");
    EXPECT_EQ(outcome(file_->write(0, bytes_of("text"))), "ok");
    EXPECT_EQ(outcome(file_->sync_data()), "ok");
    EXPECT_EQ(write_through_queue(4, "more", true), "ok");
    EXPECT_EQ(sync_through_queue(), "ok");
    EXPECT_EQ(outcome(disk_->sync_folder("")), "ok");
    EXPECT_EQ(contents_of(*file_), "textmore");
  }
}

TEST_P(PosixFaults, AnEndlessInterruptionIsAFailureAndNoHang) {
  // A call that is interrupted for ever fails in the end, through the file and through the queue.
  syscalls_.plan(Call::Write, from(1, EINTR));
  EXPECT_EQ(outcome(file_->write(0, bytes_of("text"))), "io_failed");
  EXPECT_EQ(write_through_queue(0, "text", false), "io_failed");
}

TEST_P(PosixFaults, AFailedPlainWriteFailsAloneWithItsCode) {
  // Full disk, quota, device and others, once each: the next write and the sync are fine.
  const std::map<int, std::string> codes = {
      {ENOSPC, "no_space"}, {EDQUOT, "no_space"},         {EIO, "io_failed"}, {EROFS, "read_only"},
      {EFBIG, "too_large"}, {EPERM, "permission_denied"}, {EAGAIN, "busy"}};
  for (const auto& [number, code] : codes) {
    syscalls_.plan(Call::Write, once(1, number));
    EXPECT_EQ(outcome(file_->write(0, bytes_of("text"))), code);
    EXPECT_EQ(outcome(file_->write(0, bytes_of("text"))), "ok");
    syscalls_.plan(Call::Write, once(1, number));
    EXPECT_EQ(write_through_queue(0, "text", false), code);
    EXPECT_EQ(write_through_queue(0, "text", true), "ok");
  }
  EXPECT_EQ(outcome(file_->sync_data()), "ok");
}

TEST_P(PosixFaults, AFailureNamesOperationFileAndReason) {
  // All that an operator needs, in one line, with something to do.
  syscalls_.plan(Call::Write, once(1, ENOSPC));
  const auto result = file_->write(0, bytes_of("text"));
  ASSERT_FALSE(result);
  EXPECT_EQ(result.error().to_string(), "no_space: cannot write " + folder_.path() +
                                            "/a: No space left on device (free some space on that "
                                            "file system)");
}

TEST_P(PosixFaults, AFailedReadFailsAlone) {
  // An unreadable place does not poison the file.
  EXPECT_EQ(outcome(file_->write(0, bytes_of("text"))), "ok");
  syscalls_.plan(Call::Read, once(1, EIO));
  std::string back(4, '?');
  EXPECT_EQ(outcome(file_->read(0, std::as_writable_bytes(std::span(back)))), "io_failed");
  EXPECT_EQ(contents_of(*file_), "text");
  EXPECT_EQ(outcome(file_->sync_data()), "ok");
}

TEST_P(PosixFaults, AWriteThatMovesNothingIsAFailureAndNoHang) {
  // The system takes no byte and gives no reason.
  syscalls_.move_at_most(0);
  EXPECT_EQ(outcome(file_->write(0, bytes_of("text"))), "io_failed");
  EXPECT_EQ(write_through_queue(0, "text", false), "io_failed");
}

TEST_P(PosixFaults, AFailedSyncPoisonsAndIsNeverTriedAgain) {
  // The system would say yes the second time, as real ones do after they have dropped the bytes. It
  // is not asked. Reading goes on; another file is none the worse.
  EXPECT_EQ(outcome(file_->write(0, bytes_of("text"))), "ok");
  syscalls_.plan(Call::SyncData, once(1, EIO));
  const auto failed = file_->sync_data();
  ASSERT_EQ(outcome(failed), "io_failed");
  const auto again = file_->sync_data();
  ASSERT_FALSE(again);
  EXPECT_EQ(again.error().to_string(), failed.error().to_string());
  EXPECT_EQ(outcome(file_->write(0, bytes_of("new"))), "io_failed");
  EXPECT_EQ(outcome(file_->resize(0)), "io_failed");
  EXPECT_EQ(outcome(file_->preallocate(100, Allocation::Reserve)), "io_failed");
  EXPECT_EQ(write_through_queue(0, "new", false), "io_failed");
  EXPECT_EQ(write_through_queue(0, "new", true), "io_failed");
  EXPECT_EQ(sync_through_queue(), "io_failed");
  EXPECT_EQ(syscalls_.count(Call::SyncData), 1);
  EXPECT_EQ(contents_of(*file_), "text");
  const auto other = disk_->open("b", {.mode = OpenMode::CreateNew});
  EXPECT_EQ(outcome((*other)->sync_data()), "ok");
}

TEST_P(PosixFaults, AFailedSyncOrDurableWriteOfAQueuePoisons) {
  // Both kinds of promise, for two reasons; a new file for each.
  int number = 0;
  for (const bool durable_write : {false, true}) {
    for (const int reason : {EIO, ENOSPC}) {
      file_ = disk_->open("f" + std::to_string(++number), {.mode = OpenMode::CreateNew}).value();
      const std::string code = reason == EIO ? "io_failed" : "no_space";
      syscalls_.plan(durable_write ? Call::Write : Call::SyncData, once(1, reason));
      EXPECT_EQ(durable_write ? write_through_queue(0, "x", true) : sync_through_queue(), code);
      EXPECT_EQ(sync_through_queue(), code);
      EXPECT_EQ(outcome(file_->write(0, bytes_of("x"))), code);
      EXPECT_EQ(outcome(file_->sync_data()), code);
    }
  }
}

TEST_P(PosixFaults, ADurableDirectWriteThatStopsBetweenMultiplesPoisons) {
  // The device gives up after 1000 bytes of 4096: the rest cannot be asked for, the write fails,
  // and nothing may say afterwards that all is well. A plain write that does so fails alone.
  struct alignas(direct_alignment) Block {
    std::array<std::byte, direct_alignment> bytes{};
  };

  const auto block = std::make_unique<Block>();
  file_ = disk_->open("direct", {.mode = OpenMode::CreateNew, .direct = true}).value();
  if (!file_->is_direct()) {
    GTEST_SKIP() << "the file system of " << folder_.path() << " has no direct access";
  }
  syscalls_.move_at_most(1000);
  for (const bool durable : {false, true}) {
    submit_write(0, block->bytes, durable, 1);
    EXPECT_EQ(finish()[1], "io_failed");
    EXPECT_EQ(outcome(file_->sync_data()), durable ? "io_failed" : "ok");
  }
  EXPECT_EQ(sync_through_queue(), "io_failed");
  EXPECT_EQ(syscalls_.count(Call::SyncData), 1);
}

TEST_P(PosixFaults, PromisesUnderWayWithTheOneThatFailsFailToo) {
  // On a buffered file a lost write is told once. Of five promises submitted together the first is
  // told; the others must not hear that all is well.
  syscalls_.plan(Call::Write, once(1, EIO));
  syscalls_.plan(Call::SyncData, from(1, 0));
  submit_write(0, bytes_of("a"), true, 1);
  submit_write(1, bytes_of("b"), true, 2);
  submit_sync(3);
  submit_write(2, bytes_of("c"), true, 4);
  submit_sync(5);
  for (const auto& [token, result] : finish()) {
    EXPECT_EQ(result, "io_failed") << token;
  }
  EXPECT_EQ(syscalls_.count(Call::Write), 1);
  EXPECT_EQ(syscalls_.count(Call::SyncData), 0);
}

TEST_P(PosixFaults, EachCallOfAScriptMayFailAndTheRestIsAsItShouldBe) {
  // Plain writes, durable writes and syncs in turn; the k-th call fails, for each k, once and for
  // ever. Before it all succeeds; it reports; after a promise nothing but reading succeeds.
  for (const bool forever : {false, true}) {
    for (int k = 1; k <= 9; ++k) {
      SCOPED_TRACE(std::to_string(k) + (forever ? " and on" : ""));
      const std::string name = std::to_string(k) + (forever ? "forever" : "once");
      file_ = disk_->open(name, {.mode = OpenMode::CreateNew}).value();
      const auto shared = std::make_shared<int>(0);
      const Plan kth = [shared, k, forever](int) {
        ++*shared;
        return *shared == k || (forever && *shared > k) ? EIO : 0;
      };
      syscalls_.plan(Call::Write, kth);
      syscalls_.plan(Call::SyncData, kth);
      bool poisoned = false;
      for (int step = 1; step <= 9; ++step) {
        const bool promises = step % 3 != 1;
        const std::string result = step % 3 == 1   ? write_through_queue(0, "x", false)
                                   : step % 3 == 2 ? write_through_queue(0, "x", true)
                                                   : sync_through_queue();
        const bool fails = poisoned || step == k || (forever && step > k);
        EXPECT_EQ(result, fails ? "io_failed" : "ok") << "step " << step;
        poisoned = poisoned || (fails && promises);
      }
      EXPECT_TRUE(file_->size());
    }
  }
}

TEST_P(PosixFaults, SystemsWithoutDurableWritesGetASyncAfterEach) {
  // With blocking calls each durable write costs one sync then, and a failed one poisons. Kernels
  // that have rings always know durable writes.
  syscalls_.forget_durable_writes();
  syscalls_.plan(Call::SyncData, once(2, EIO));
  EXPECT_EQ(write_through_queue(0, "text", true), "ok");
  const bool needs_sync = GetParam() == DiskBackend::Threads;
  EXPECT_EQ(syscalls_.count(Call::SyncData), needs_sync ? 1 : 0);
  EXPECT_EQ(write_through_queue(4, "more", true), needs_sync ? "io_failed" : "ok");
  EXPECT_EQ(write_through_queue(4, "more", true), needs_sync ? "io_failed" : "ok");
  EXPECT_EQ(syscalls_.count(Call::SyncData), needs_sync ? 2 : 0);
}

TEST_P(PosixFaults, WithoutDirectAccessTheFileOpensBufferedAndKeepsTheRule) {
  // The file system refuses the flag: also a new file opens, says so, and still wants multiples.
  syscalls_.plan(Call::SetFlags, [](int count) { return count % 2 == 1 ? EINVAL : 0; });
  const auto file = disk_->open("b", {.mode = OpenMode::CreateNew, .direct = true});
  ASSERT_TRUE(file) << file.error().to_string();
  EXPECT_FALSE((*file)->is_direct());
  EXPECT_EQ(outcome((*file)->write(0, bytes_of("short"))), "invalid_argument");
}

TEST_P(PosixFaults, WithoutReservationZerosAreWritten) {
  // Both ways of making space work on a file system that cannot reserve it.
  syscalls_.plan(Call::Allocate, from(1, EOPNOTSUPP));
  EXPECT_EQ(outcome(file_->write(0, bytes_of("text"))), "ok");
  for (const Allocation how : {Allocation::Reserve, Allocation::WriteZeros}) {
    syscalls_.plan(Call::Write, from(1, 0));
    const std::uint64_t size = file_->size().value() + 10'000;
    EXPECT_EQ(outcome(file_->preallocate(size, how)), "ok");
    EXPECT_GE(syscalls_.count(Call::Write), 1);
    EXPECT_EQ(contents_of(*file_), "text" + std::string(size - 4, '\0'));
  }
}

TEST_P(PosixFaults, AFailedPreallocationLeavesTheSize) {
  // The disk is full when space is reserved, and at each write of zeros.
  EXPECT_EQ(outcome(file_->write(0, bytes_of("text"))), "ok");
  constexpr std::uint64_t size = std::uint64_t{40} << 20U;
  syscalls_.plan(Call::Allocate, once(1, ENOSPC));
  EXPECT_EQ(outcome(file_->preallocate(size, Allocation::Reserve)), "no_space");
  EXPECT_EQ(file_->size().value(), 4U);
  for (int k = 1; k <= 2; ++k) {
    syscalls_.plan(Call::Write, once(k, ENOSPC));
    EXPECT_EQ(outcome(file_->preallocate(size, Allocation::WriteZeros)), "no_space");
    EXPECT_EQ(file_->size().value(), 4U);
  }
  EXPECT_EQ(contents_of(*file_), "text");
  syscalls_.plan(Call::SyncData, once(1, EIO));
  EXPECT_EQ(outcome(file_->preallocate(10'000, Allocation::WriteZeros)), "io_failed");
  EXPECT_EQ(outcome(file_->write(0, bytes_of("text"))), "io_failed");
}

TEST_P(PosixFaults, FailuresOfNamesAreTold) {
  // Opening, renaming, resizing and syncing a folder, each failing once with a device error.
  for (const Call call : {Call::Open, Call::Rename, Call::Truncate, Call::SyncFolder}) {
    syscalls_.plan(call, once(1, EIO));
  }
  EXPECT_EQ(outcome(disk_->open("b", {.mode = OpenMode::CreateNew})), "io_failed");
  EXPECT_EQ(outcome(disk_->rename("a", "b")), "io_failed");
  EXPECT_EQ(outcome(file_->resize(7)), "io_failed");
  EXPECT_EQ(outcome(disk_->sync_folder("")), "io_failed");
  EXPECT_EQ(outcome(disk_->rename("a", "b")), "ok");
}

/// Holds each write back until the thread that made this sleeps. Gives up in the end, so that a
/// thread that never does fails a test and does not hang it.
class UntilOwnerSleeps final : public Syscalls {
 public:
  ssize_t write(int fd, std::span<const iovec> from, std::uint64_t offset,
                int flags) noexcept override {
    const Instant deadline = clock_.monotonic_now() + seconds(10);
    while (!has_slept_ && clock_.monotonic_now() < deadline) {
      has_slept_ = is_owner_asleep();
      std::this_thread::yield();
    }
    return Syscalls::write(fd, from, offset, flags);
  }

  [[nodiscard]] bool has_slept() const { return has_slept_; }

 private:
  /// The state stands behind the name, which is in brackets.
  [[nodiscard]] bool is_owner_asleep() const {
    std::ifstream file("/proc/self/task/" + std::to_string(owner_) + "/stat");
    std::string line;
    std::getline(file, line);
    return line.find(") S") != std::string::npos;
  }

  const pid_t owner_ = ::gettid();
  PosixClock clock_;
  std::atomic<bool> has_slept_ = false;
};

TEST(PosixThreads, AQueueDestroyedAfterAWakeSleepsUntilItsRequestsEnd) {
  // The wake is pending when the destructor begins to wait for a slow write: it must not keep the
  // processor busy meanwhile.
  const test::TempFolder folder;
  UntilOwnerSleeps syscalls;
  auto disk = make_posix_disk(folder.path(), DiskBackend::Threads, syscalls).value();
  const auto file = disk->open("a", {.mode = OpenMode::CreateNew}).value();
  auto queue = disk->make_queue({.depth = 1}).value();
  const ConstBuffer bytes = bytes_of("slow");
  ASSERT_TRUE(queue->submit(
      {.kind = IoKind::Write, .file = file.get(), .write_from = std::span(&bytes, 1)}));
  queue->wake();
  queue.reset();
  EXPECT_TRUE(syscalls.has_slept());
  EXPECT_EQ(contents_of(*file), "slow");
}

TEST(PosixBackend, AutoTakesThreadsWhereNoRingIsGiven) {
  // Forbidden by policy, unknown, or no memory for it: Auto goes on with threads; who insists is
  // told why not.
  for (const int reason : {EPERM, ENOSYS, ENOMEM}) {
    const test::TempFolder folder;
    FaultySyscalls syscalls;
    syscalls.plan(Call::SetUpRing, from(1, reason));
    auto disk = make_posix_disk(folder.path(), DiskBackend::Auto, syscalls);
    ASSERT_TRUE(disk);
    EXPECT_EQ((*disk)->backend(), "threads");
    EXPECT_TRUE((*disk)->make_queue({.depth = 1}));
    const auto insisted = make_posix_disk(folder.path(), DiskBackend::Uring, syscalls);
    ASSERT_EQ(outcome(insisted), "unsupported");
    EXPECT_NE(insisted.error().message().find("io_uring"), std::string::npos);
  }
}

TEST(PosixBackend, AutoServesAQueueEvenWhenItsRingIsRefused) {
  // The probe succeeds, the queue's own ring does not: threads serve that queue.
  const test::TempFolder folder;
  FaultySyscalls syscalls;
  syscalls.plan(Call::SetUpRing, from(2, ENOMEM));
  auto disk = make_posix_disk(folder.path(), DiskBackend::Auto, syscalls).value();
  const auto file = disk->open("a", {.mode = OpenMode::CreateNew}).value();
  const auto queue = disk->make_queue({.depth = 2}).value();
  ASSERT_TRUE(queue->submit({.kind = IoKind::SyncData, .file = file.get(), .token = 5}));
  IoCompletion done;
  ASSERT_EQ(queue->wait(std::span(&done, 1), seconds(60)), 1U);
  EXPECT_EQ(done.token, 5U);
}

}  // namespace
}  // namespace cairn::sys
