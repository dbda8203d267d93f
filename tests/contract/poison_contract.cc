// SPDX-License-Identifier: Apache-2.0
#include <memory>
#include <span>
#include <string>

#include "tests/contract/disk_contract.h"

namespace cairn::test {

using sys::Allocation;
using sys::direct_alignment;
using sys::IoKind;
using sys::OpenMode;

namespace {

/// What a test file holds, and what is written over it.
const AlignedBytes& old_block() {
  static const AlignedBytes block = [] {
    AlignedBytes bytes(direct_alignment);
    bytes.fill(std::byte{'o'});
    return bytes;
  }();
  return block;
}

template <typename T>
std::string told(const Result<T>& result) {
  return result ? "ok" : result.error().to_string();
}

}  // namespace

void PoisonContract::SetUp() {
  IoQueueContract::SetUp();
  if (!IsSkipped()) {
    queue_ = make_queue(2);
  }
}

void PoisonContract::start(bool direct) {
  file_ = open("a", {.mode = OpenMode::CreateOrOpen, .direct = direct});
  ASSERT_NE(file_, nullptr);
  ASSERT_EQ(told(file_->write(0, old_block().span())), "ok");
  ASSERT_EQ(told(file_->sync_data()), "ok");
}

Result<std::size_t> PoisonContract::run(const sys::IoRequest& request) {
  CAIRN_TRY(queue_->submit(request));
  return finish(*queue_).at(0).result;
}

Result<std::size_t> PoisonContract::write_request(bool durable) {
  const sys::ConstBuffer buffer = old_block().span();
  return run({.kind = IoKind::Write,
              .durable = durable,
              .file = file_.get(),
              .offset = direct_alignment,
              .write_from = std::span(&buffer, 1)});
}

Result<std::size_t> PoisonContract::sync_request() {
  return run({.kind = IoKind::SyncData, .file = file_.get()});
}

void PoisonContract::expect_poisoned(const Error& error) {
  const std::string same = error.to_string();
  EXPECT_EQ(told(file_->write(0, old_block().span())), same);
  EXPECT_EQ(told(file_->resize(0)), same);
  EXPECT_EQ(told(file_->preallocate(4 * direct_alignment, Allocation::Reserve)), same);
  EXPECT_EQ(told(file_->preallocate(4 * direct_alignment, Allocation::WriteZeros)), same);
  EXPECT_EQ(told(file_->sync_data()), same);
  EXPECT_EQ(told(write_request(false)), same);
  EXPECT_EQ(told(write_request(true)), same);
  EXPECT_EQ(told(file_->write_durably(0, old_block().span())), same);
  EXPECT_EQ(told(sync_request()), same);

  const AlignedBytes back(direct_alignment);
  const sys::MutableBuffer into = back.span();
  EXPECT_EQ(told(file_->read(0, into)), "ok");
  EXPECT_EQ(back.text(), old_block().text());
  EXPECT_EQ(told(run({.kind = IoKind::Read, .file = file_.get(), .read_into = {&into, 1}})), "ok");
}

void PoisonContract::expect_sound() {
  EXPECT_EQ(told(file_->write(0, old_block().span())), "ok");
  EXPECT_EQ(told(write_request(true)), "ok");
  EXPECT_EQ(told(file_->write_durably(0, old_block().span())), "ok");
  EXPECT_EQ(told(sync_request()), "ok");
  EXPECT_EQ(told(file_->sync_data()), "ok");
}

TEST_P(PoisonContract, AFailedSyncOfAFilePoisons) {
  // Buffered and direct; the fault is gone at once, and still nothing but reading succeeds. Another
  // opening of the same file is sound.
  for (const bool direct : {false, true}) {
    start(direct);
    world().fail_next(IoKind::SyncData, Errc::IoFailed);
    const auto failed = file_->sync_data();
    ASSERT_EQ(outcome(failed), "io_failed");
    expect_poisoned(failed.error());
    start(direct);
    expect_sound();
  }
}

TEST_P(PoisonContract, AFailedSyncRequestPoisons) {
  // The same of a request: the File knows, not only the queue.
  for (const bool direct : {false, true}) {
    start(direct);
    world().fail_next(IoKind::SyncData, Errc::IoFailed);
    const auto failed = sync_request();
    ASSERT_EQ(outcome(failed), "io_failed");
    expect_poisoned(failed.error());
  }
}

TEST_P(PoisonContract, AFailedDurableWritePoisonsWhateverTheReason) {
  // A device error and a full disk break the promise alike.
  for (const bool direct : {false, true}) {
    for (const Errc code : {Errc::IoFailed, Errc::NoSpace}) {
      start(direct);
      world().fail_next(IoKind::Write, code);
      const auto failed = write_request(true);
      ASSERT_EQ(outcome(failed), to_string(code));
      expect_poisoned(failed.error());

      start(direct);
      world().fail_next(IoKind::Write, code);
      const auto failed_call = file_->write_durably(0, old_block().span());
      ASSERT_EQ(outcome(failed_call), to_string(code));
      expect_poisoned(failed_call.error());
    }
  }
}

TEST_P(PoisonContract, AFailedPlainWriteFailsAlone) {
  // Nothing was promised: of the File and of a request, for both reasons, the next call is fine.
  for (const bool direct : {false, true}) {
    for (const Errc code : {Errc::IoFailed, Errc::NoSpace}) {
      start(direct);
      world().fail_next(IoKind::Write, code);
      EXPECT_EQ(outcome(file_->write(0, old_block().span())), to_string(code));
      expect_sound();
      world().fail_next(IoKind::Write, code);
      EXPECT_EQ(outcome(write_request(false)), to_string(code));
      expect_sound();
    }
  }
}

TEST_P(PoisonContract, AMalformedCallDoesNotPoison) {
  // A durable write past the greatest size is refused, and a direct one at no multiple.
  start(true);
  const sys::ConstBuffer buffer = old_block().span();
  for (const std::uint64_t offset : {sys::file_size_max, std::uint64_t{512}}) {
    EXPECT_EQ(outcome(queue_->submit({.kind = IoKind::Write,
                                      .durable = true,
                                      .file = file_.get(),
                                      .offset = offset,
                                      .write_from = std::span(&buffer, 1)})),
              "invalid_argument");
    EXPECT_EQ(outcome(file_->write_durably(offset, buffer)), "invalid_argument");
  }
  expect_sound();
}

}  // namespace cairn::test
