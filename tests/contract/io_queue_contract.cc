// SPDX-License-Identifier: Apache-2.0
#include <algorithm>
#include <array>
#include <atomic>
#include <map>
#include <optional>
#include <random>
#include <set>
#include <thread>

#include "tests/contract/disk_contract.h"

namespace cairn::test {

using sys::ConstBuffer;
using sys::direct_alignment;
using sys::IoCompletion;
using sys::IoKind;
using sys::IoRequest;
using sys::MutableBuffer;
using sys::OpenMode;

std::unique_ptr<sys::IoQueue> IoQueueContract::make_queue(std::uint32_t depth) {
  auto queue = disk().make_queue({.depth = depth});
  EXPECT_TRUE(queue) << queue.error().to_string();
  return queue ? *std::move(queue) : nullptr;
}

std::vector<IoCompletion> IoQueueContract::finish(sys::IoQueue& queue) {
  std::vector<IoCompletion> all;
  std::array<IoCompletion, 3> some;
  while (queue.in_flight() > 0) {
    const std::size_t count = queue.wait(some, seconds(60));
    if (count == 0) {
      ADD_FAILURE() << "nothing finished within a minute";
      break;
    }
    std::move(some.begin(), some.begin() + static_cast<std::ptrdiff_t>(count),
              std::back_inserter(all));
  }
  return all;
}

namespace {

/// A request with one buffer, which lives as long as the request is under way.
struct OneWrite {
  OneWrite(sys::File& file, std::uint64_t offset, std::string_view text, std::uint64_t token)
      : buffer(bytes_of(text)) {
    request = {.kind = IoKind::Write,
               .file = &file,
               .offset = offset,
               .write_from = std::span(&buffer, 1),
               .token = token};
  }

  OneWrite(const OneWrite&) = delete;
  OneWrite& operator=(const OneWrite&) = delete;

  ConstBuffer buffer;
  IoRequest request;
};

struct OneRead {
  OneRead(sys::File& file, std::uint64_t offset, std::span<std::byte> into, std::uint64_t token)
      : buffer(into) {
    request = {.kind = IoKind::Read,
               .file = &file,
               .offset = offset,
               .read_into = std::span(&buffer, 1),
               .token = token};
  }

  OneRead(const OneRead&) = delete;
  OneRead& operator=(const OneRead&) = delete;

  MutableBuffer buffer;
  IoRequest request;
};

IoRequest sync_of(sys::File& file, std::uint64_t token) {
  return {.kind = IoKind::SyncData, .file = &file, .token = token};
}

/// Stops a test's own clock: how long something took on the world's clock.
class Stopwatch final {
 public:
  explicit Stopwatch(sys::Clock& clock) : clock_(clock), start_(clock.monotonic_now()) {}

  [[nodiscard]] Duration elapsed() const { return clock_.monotonic_now() - start_; }

 private:
  sys::Clock& clock_;
  Instant start_;
};

}  // namespace

TEST_P(IoQueueContract, EveryRequestCompletesOnceWithItsToken) {
  // A queue kept full for many rounds: each token comes back once, with the bytes moved.
  const auto file = open("a", {.mode = OpenMode::CreateNew});
  const auto queue = make_queue(4);
  std::set<std::uint64_t> tokens;
  for (std::uint64_t round = 0; round < 25; ++round) {
    for (std::uint64_t i = 0; i < 4; ++i) {
      const std::uint64_t number = round * 4 + i;
      const OneWrite write(*file, number * 10, "0123456789", number + (std::uint64_t{1} << 63U));
      ASSERT_EQ(outcome(queue->submit(write.request)), "ok");
    }
    for (const auto& done : finish(*queue)) {
      EXPECT_EQ(done.result.value(), 10U);
      EXPECT_TRUE(tokens.insert(done.token).second);
    }
  }
  EXPECT_EQ(tokens.size(), 100U);
  EXPECT_EQ(file->size().value(), 1000U);
}

TEST_P(IoQueueContract, BusyAtDepthUntilACompletionIsTaken) {
  // Finished but not taken still counts; one taken makes room for one.
  const auto file = open("a", {.mode = OpenMode::CreateNew});
  const auto queue = make_queue(3);
  for (std::uint64_t i = 0; i < 3; ++i) {
    EXPECT_EQ(queue->in_flight(), i);
    const OneWrite write(*file, i, "x", i);
    EXPECT_EQ(outcome(queue->submit(write.request)), "ok");
  }
  const OneWrite more(*file, 3, "x", 3);
  EXPECT_EQ(outcome(queue->submit(more.request)), "busy");
  EXPECT_EQ(queue->in_flight(), 3U);
  std::array<IoCompletion, 1> one;
  EXPECT_EQ(queue->wait(one, seconds(60)), 1U);
  EXPECT_EQ(queue->in_flight(), 2U);
  EXPECT_EQ(outcome(queue->submit(more.request)), "ok");
  EXPECT_EQ(outcome(queue->submit(more.request)), "busy");
  EXPECT_EQ(finish(*queue).size(), 3U);
  EXPECT_EQ(queue->in_flight(), 0U);
}

TEST_P(IoQueueContract, DepthHasBounds) {
  // None and more than the greatest are refused; one and the greatest work.
  EXPECT_EQ(outcome(disk().make_queue({.depth = 0})), "invalid_argument");
  EXPECT_EQ(outcome(disk().make_queue({.depth = sys::io_depth_max + 1})), "invalid_argument");
  const auto file = open("a", {.mode = OpenMode::CreateNew});
  for (const std::uint32_t depth : {1U, sys::io_depth_max}) {
    const auto queue = make_queue(depth);
    for (std::uint32_t i = 0; i < depth; ++i) {
      const OneWrite write(*file, i, "x", i);
      ASSERT_EQ(outcome(queue->submit(write.request)), "ok");
    }
    EXPECT_EQ(finish(*queue).size(), depth);
  }
}

TEST_P(IoQueueContract, ReadsAreShortOnlyAtTheEnd) {
  // Inside, across and behind the end of a file.
  put("a", "0123456789");
  const auto file = open("a", {.mode = OpenMode::ReadOnly});
  const auto queue = make_queue(3);
  std::array<std::string, 3> back = {"????", "????", "????"};
  const std::array<std::uint64_t, 3> offsets = {2, 8, 10};
  for (std::size_t i = 0; i < 3; ++i) {
    const OneRead read(*file, offsets.at(i), std::as_writable_bytes(std::span(back.at(i))), i);
    ASSERT_EQ(outcome(queue->submit(read.request)), "ok");
  }
  std::map<std::uint64_t, std::size_t> counts;
  for (const auto& done : finish(*queue)) {
    counts[done.token] = done.result.value();
  }
  EXPECT_EQ(counts, (std::map<std::uint64_t, std::size_t>{{0, 4}, {1, 2}, {2, 0}}));
  EXPECT_EQ(back, (std::array<std::string, 3>{"2345", "89??", "????"}));
}

TEST_P(IoQueueContract, BuffersMayBeManyAndTheirArrayMayDieAfterSubmit) {
  // The greatest number of buffers, in an array that is overwritten before the completion is taken.
  const auto file = open("a", {.mode = OpenMode::CreateNew});
  const auto queue = make_queue(2);
  const std::string text = "abcdefghijklmnopqrstuvwxyz012345";
  static_assert(sys::io_buffers_max == 16);
  std::vector<ConstBuffer> out;
  out.reserve(sys::io_buffers_max);
  for (std::size_t i = 0; i < sys::io_buffers_max; ++i) {
    out.push_back(bytes_of(text).subspan(i * 2, 2));
  }
  IoRequest write = {.kind = IoKind::Write, .file = file.get(), .offset = 1, .write_from = out};
  ASSERT_EQ(outcome(queue->submit(write)), "ok");
  std::ranges::fill(out, ConstBuffer());
  EXPECT_EQ(finish(*queue).at(0).result.value(), text.size());
  std::string back(text.size(), '?');
  std::vector<MutableBuffer> in;
  in.reserve(sys::io_buffers_max);
  for (std::size_t i = 0; i < sys::io_buffers_max; ++i) {
    in.push_back(std::as_writable_bytes(std::span(back)).subspan(i * 2, 2));
  }
  IoRequest read = {.kind = IoKind::Read, .file = file.get(), .offset = 1, .read_into = in};
  ASSERT_EQ(outcome(queue->submit(read)), "ok");
  std::ranges::fill(in, MutableBuffer());
  EXPECT_EQ(finish(*queue).at(0).result.value(), text.size());
  EXPECT_EQ(back, text);
}

TEST_P(IoQueueContract, MalformedRequestsAreRefusedAndNotUnderWay) {
  // One of each kind of mistake.
  const auto file = open("a", {.mode = OpenMode::CreateNew});
  const auto queue = make_queue(2);
  const std::vector<ConstBuffer> out(sys::io_buffers_max + 1, bytes_of("x"));
  std::string space(1, '?');
  const std::vector<MutableBuffer> in(sys::io_buffers_max + 1,
                                      std::as_writable_bytes(std::span(space)));
  const auto one_out = std::span(out).first(1);
  const auto one_in = std::span(in).first(1);
  sys::File* const f = file.get();
  const std::vector<IoRequest> malformed = {
      {.kind = IoKind::Write, .write_from = one_out},
      {.kind = IoKind::SyncData},
      {.kind = IoKind::Write, .file = f, .write_from = out},
      {.kind = IoKind::Read, .file = f, .read_into = in},
      {.kind = IoKind::Write, .file = f, .read_into = one_in, .write_from = one_out},
      {.kind = IoKind::Read, .file = f, .read_into = one_in, .write_from = one_out},
      {.kind = IoKind::SyncData, .file = f, .write_from = one_out},
      {.kind = IoKind::SyncData, .file = f, .read_into = one_in},
      {.kind = IoKind::SyncData, .durable = true, .file = f},
      {.kind = IoKind::Read, .durable = true, .file = f, .read_into = one_in},
      {.kind = IoKind::Write, .file = f, .offset = sys::file_size_max, .write_from = one_out},
      {.kind = IoKind::Read, .file = f, .offset = ~std::uint64_t{0}, .read_into = one_in},
  };
  for (std::size_t i = 0; i < malformed.size(); ++i) {
    EXPECT_EQ(outcome(queue->submit(malformed[i])), "invalid_argument") << "request " << i;
  }
  EXPECT_EQ(queue->in_flight(), 0U);
  EXPECT_EQ(file->size().value(), 0U);
}

TEST_P(IoQueueContract, ADirectFileWantsMultiples) {
  // Offset, length and address off are refused; then the same file takes a proper durable write.
  const auto file = open("a", {.mode = OpenMode::CreateNew, .direct = true});
  const auto queue = make_queue(2);
  const AlignedBytes memory(3 * direct_alignment);
  const std::array<std::pair<std::uint64_t, ConstBuffer>, 3> bad = {{
      {512, memory.part(0, direct_alignment)},
      {0, memory.part(512, direct_alignment)},
      {0, memory.part(0, 512)},
  }};
  for (const auto& [offset, buffer] : bad) {
    const IoRequest request = {.kind = IoKind::Write,
                               .file = file.get(),
                               .offset = offset,
                               .write_from = std::span(&buffer, 1)};
    EXPECT_EQ(outcome(queue->submit(request)), "invalid_argument");
  }
  memory.part(0, 1)[0] = std::byte{'x'};
  const ConstBuffer good = memory.span();
  const IoRequest request = {.kind = IoKind::Write,
                             .durable = true,
                             .file = file.get(),
                             .offset = direct_alignment,
                             .write_from = std::span(&good, 1)};
  EXPECT_EQ(outcome(queue->submit(request)), "ok");
  EXPECT_EQ(finish(*queue).at(0).result.value(), memory.span().size());
  EXPECT_EQ(get("a").substr(direct_alignment), memory.text());
}

TEST_P(IoQueueContract, AWriteToAReadOnlyFileFailsInItsCompletion) {
  // The request is well formed, so it is taken; the file refuses it.
  put("a", "kept");
  const auto file = open("a", {.mode = OpenMode::ReadOnly});
  const auto queue = make_queue(1);
  const OneWrite write(*file, 0, "no", 9);
  EXPECT_EQ(outcome(queue->submit(write.request)), "ok");
  EXPECT_EQ(queue->in_flight(), 1U);
  const auto done = finish(*queue);
  ASSERT_EQ(done.size(), 1U);
  EXPECT_EQ(done[0].token, 9U);
  EXPECT_EQ(outcome(done[0].result), "read_only");
  EXPECT_EQ(get("a"), "kept");
}

TEST_P(IoQueueContract, ARequestWithoutBytesCompletes) {
  // Nothing to move is still a request with a completion.
  const auto file = open("a", {.mode = OpenMode::CreateNew});
  const auto queue = make_queue(3);
  IoRequest write = {.kind = IoKind::Write, .file = file.get(), .offset = 100, .token = 1};
  EXPECT_EQ(outcome(queue->submit(write)), "ok");
  write.durable = true;
  EXPECT_EQ(outcome(queue->submit(write)), "ok");
  EXPECT_EQ(outcome(queue->submit({.kind = IoKind::Read, .file = file.get(), .token = 2})), "ok");
  for (const auto& done : finish(*queue)) {
    EXPECT_EQ(done.result.value(), 0U);
  }
  EXPECT_EQ(file->size().value(), 0U);
}

TEST_P(IoQueueContract, DurableWritesAndSyncsOfOneFileMayBeUnderWayTogether) {
  // Many of both, in one queue, on a buffered and on a direct file: all succeed, all bytes are
  // there.
  for (const bool direct : {false, true}) {
    const std::string name = direct ? "direct" : "buffered";
    const auto file = open(name, {.mode = OpenMode::CreateNew, .direct = direct});
    const auto queue = make_queue(16);
    const AlignedBytes memory(8 * direct_alignment);
    for (std::size_t i = 0; i < 8; ++i) {
      std::ranges::fill(memory.part(i * direct_alignment, direct_alignment),
                        static_cast<std::byte>('a' + i));
      const ConstBuffer buffer = memory.part(i * direct_alignment, direct_alignment);
      const IoRequest write = {.kind = IoKind::Write,
                               .durable = true,
                               .file = file.get(),
                               .offset = i * direct_alignment,
                               .write_from = std::span(&buffer, 1),
                               .token = direct_alignment};
      ASSERT_EQ(outcome(queue->submit(write)), "ok");
      ASSERT_EQ(outcome(queue->submit(sync_of(*file, 0))), "ok");
    }
    const auto done = finish(*queue);
    EXPECT_EQ(done.size(), 16U);
    for (const auto& completion : done) {
      EXPECT_EQ(completion.result.value(), completion.token);
    }
    EXPECT_EQ(get(name), memory.text());
  }
}

TEST_P(IoQueueContract, WaitGivesUpAfterItsTimeout) {
  // Nothing under way: it returns nothing, not before the time given; zero and less return at once.
  const auto queue = make_queue(1);
  std::array<IoCompletion, 1> out;
  const Stopwatch watch(world().clock());
  EXPECT_EQ(queue->wait(out, milliseconds(20)), 0U);
  EXPECT_GE(watch.elapsed(), milliseconds(20));
  EXPECT_EQ(queue->wait(out, Duration{}), 0U);
  EXPECT_EQ(queue->wait(out, seconds(-5)), 0U);
}

TEST_P(IoQueueContract, WaitTakesNoMoreThanAskedFor) {
  // Five requests are taken in portions of at most two, and none is lost.
  const auto file = open("a", {.mode = OpenMode::CreateNew});
  const auto queue = make_queue(5);
  for (std::uint64_t i = 0; i < 5; ++i) {
    const OneWrite write(*file, i, "x", i);
    ASSERT_EQ(outcome(queue->submit(write.request)), "ok");
  }
  std::set<std::uint64_t> tokens;
  std::array<IoCompletion, 2> two;
  while (queue->in_flight() > 0) {
    const std::size_t count = queue->wait(two, seconds(60));
    ASSERT_GE(count, 1U);
    ASSERT_LE(count, 2U);
    for (const auto& done : std::span(two).first(count)) {
      tokens.insert(done.token);
    }
  }
  EXPECT_EQ(tokens.size(), 5U);
}

TEST_P(IoQueueContract, WakesBeforeAWaitAddUpToOne) {
  // Three calls end one wait at once; the next runs into its timeout. Several rounds, because a
  // stale wake would show in the next one.
  const auto queue = make_queue(1);
  std::array<IoCompletion, 1> out;
  for (int round = 0; round < 5; ++round) {
    queue->wake();
    queue->wake();
    queue->wake();
    const Stopwatch first(world().clock());
    EXPECT_EQ(queue->wait(out, seconds(60)), 0U);
    EXPECT_LT(first.elapsed(), seconds(30));
    const Stopwatch second(world().clock());
    EXPECT_EQ(queue->wait(out, milliseconds(3)), 0U);
    EXPECT_GE(second.elapsed(), milliseconds(3));
  }
}

TEST_P(IoQueueContract, AWakeLosesNoCompletion) {
  // Requests and wakes mixed: every request still completes.
  const auto file = open("a", {.mode = OpenMode::CreateNew});
  const auto queue = make_queue(2);
  std::size_t taken = 0;
  std::array<IoCompletion, 2> out;
  for (std::uint64_t i = 0; i < 50; ++i) {
    const OneWrite write(*file, i, "x", i);
    ASSERT_EQ(outcome(queue->submit(write.request)), "ok");
    queue->wake();
    taken += queue->wait(out, seconds(60));
    while (queue->in_flight() == 2) {
      taken += queue->wait(out, seconds(60));
    }
  }
  taken += finish(*queue).size();
  EXPECT_EQ(taken, 50U);
}

TEST_P(IoQueueContract, WakeFromAnotherThreadEndsAWait) {
  // A thread wakes for each round, each time when it has heard that the last wait is over: before
  // the wait or during it, none may be lost.
  if (!GetParam().is_real_time) {
    GTEST_SKIP() << "time passes only inside wait: no other thread can act during one";
  }
  const auto queue = make_queue(1);
  std::atomic<int> round = 0;
  constexpr int rounds = 200;
  std::thread waker([&] {
    for (int i = 0; i < rounds; ++i) {
      queue->wake();
      while (round.load() <= i) {
        round.wait(i);
      }
    }
  });
  std::array<IoCompletion, 1> out;
  const Stopwatch watch(world().clock());
  for (int i = 0; i < rounds; ++i) {
    EXPECT_EQ(queue->wait(out, seconds(60)), 0U);
    round.store(i + 1);
    round.notify_all();
  }
  waker.join();
  EXPECT_LT(watch.elapsed(), seconds(30));
}

TEST_P(IoQueueContract, DestroyingAQueueWaitsForWhatIsUnderWay) {
  // Writes are submitted and the queue destroyed without one wait: all of them are in the file.
  const auto file = open("a", {.mode = OpenMode::CreateNew});
  const std::string text(50'000, 'x');
  {
    const auto queue = make_queue(8);
    for (std::uint64_t i = 0; i < 8; ++i) {
      OneWrite write(*file, i * text.size(), text, i);
      write.request.durable = i % 2 == 0;
      ASSERT_EQ(outcome(queue->submit(write.request)), "ok");
    }
  }
  EXPECT_EQ(get("a"), std::string(8 * text.size(), 'x'));
}

TEST_P(IoQueueContract, TwoQueuesDoNotMixTheirCompletions) {
  // Two queues on two files of one disk, each with the same tokens.
  const auto first_file = open("a", {.mode = OpenMode::CreateNew});
  const auto second_file = open("b", {.mode = OpenMode::CreateNew});
  const auto first = make_queue(2);
  const auto second = make_queue(2);
  const OneWrite one(*first_file, 0, "1", 7);
  const OneWrite two(*second_file, 0, "22", 7);
  ASSERT_EQ(outcome(first->submit(one.request)), "ok");
  ASSERT_EQ(outcome(second->submit(two.request)), "ok");
  EXPECT_EQ(finish(*first).at(0).result.value(), 1U);
  EXPECT_EQ(finish(*second).at(0).result.value(), 2U);
}

namespace {

/// Random reads and writes in many slots of one file, several under way at once but never two in
/// one slot, against a model in memory.
class ModelRun final {
 public:
  ModelRun(sys::File& file, sys::IoQueue& queue, std::uint64_t seed)
      : file_(file), queue_(queue), random_(seed), model_(slots, std::string(slot_size, '\0')) {}

  void run(int requests) {
    for (int i = 0; i < requests; ++i) {
      start(i);
      while (queue_.in_flight() >= busy_slots_max || random_() % 4 == 0) {
        if (queue_.in_flight() == 0 || ::testing::Test::HasFatalFailure()) {
          break;
        }
        take();
      }
    }
    while (queue_.in_flight() > 0 && !::testing::Test::HasFatalFailure()) {
      take();
    }
  }

  [[nodiscard]] std::string contents() const {
    std::string all;
    for (const auto& slot : model_) {
      all += slot;
    }
    return all;
  }

  static constexpr std::size_t slots = 24;
  static constexpr std::size_t slot_size = 6000;
  static constexpr std::size_t busy_slots_max = 12;

 private:
  struct Active {
    bool is_read = false;
    std::size_t from = 0;
    std::string text;
  };

  void start(int number) {
    std::size_t slot = random_() % slots;
    while (active_.contains(slot)) {
      slot = (slot + 1) % slots;
    }
    Active& active = active_[slot];
    active.is_read = random_() % 3 == 0;
    active.from = random_() % slot_size;
    active.text.assign(random_() % (slot_size - active.from), static_cast<char>('A' + number % 50));
    const std::uint64_t offset = slot * slot_size + active.from;
    if (active.is_read) {
      const OneRead read(file_, offset, std::as_writable_bytes(std::span(active.text)), slot);
      ASSERT_EQ(outcome(queue_.submit(read.request)), "ok");
    } else {
      OneWrite write(file_, offset, active.text, slot);
      write.request.durable = random_() % 8 == 0;
      ASSERT_EQ(outcome(queue_.submit(write.request)), "ok");
    }
  }

  void take() {
    std::array<IoCompletion, 5> out;
    const std::size_t count = queue_.wait(out, seconds(60));
    ASSERT_GE(count, 1U);
    for (const auto& done : std::span(out).first(count)) {
      const auto found = active_.find(done.token);
      ASSERT_NE(found, active_.end());
      const Active& active = found->second;
      std::string& slot = model_[done.token];
      ASSERT_EQ(done.result.value(), active.text.size());
      if (active.is_read) {
        ASSERT_EQ(active.text, slot.substr(active.from, active.text.size()));
      } else {
        slot.replace(active.from, active.text.size(), active.text);
      }
      active_.erase(found);
    }
  }

  sys::File& file_;
  sys::IoQueue& queue_;
  std::mt19937_64 random_;
  std::vector<std::string> model_;
  std::map<std::uint64_t, Active> active_;
};

}  // namespace

TEST_P(IoQueueContract, ManyRequestsUnderWayMatchAModelInMemory) {
  // Every read sees exactly the writes taken before it, and the file ends as the model does.
  const auto seed = std::random_device{}();
  SCOPED_TRACE("seed " + std::to_string(seed));
  const auto file = open("a", {.mode = OpenMode::CreateNew});
  ASSERT_EQ(outcome(file->resize(ModelRun::slots * ModelRun::slot_size)), "ok");
  const auto queue = make_queue(ModelRun::busy_slots_max);
  ModelRun run(*file, *queue, seed);
  run.run(400);
  EXPECT_EQ(get("a"), run.contents());
}

}  // namespace cairn::test
