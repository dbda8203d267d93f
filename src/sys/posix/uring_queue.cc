// SPDX-License-Identifier: Apache-2.0
#include "sys/posix/uring_queue.h"

#include <algorithm>
#include <array>
#include <bit>
#include <cerrno>
#include <span>
#include <utility>

#include <fmt/format.h>
#include <sys/eventfd.h>

#include "base/check.h"
#include "sys/posix/os_error.h"

namespace cairn::sys {

namespace {

constexpr std::uint32_t features_needed =
    IORING_FEAT_NODROP | IORING_FEAT_SUBMIT_STABLE | IORING_FEAT_EXT_ARG;
constexpr std::array operations_needed = {IORING_OP_READV, IORING_OP_WRITEV, IORING_OP_FSYNC,
                                          IORING_OP_READ};
constexpr std::size_t answers_per_look = 32;
/// How long to let a kernel that is short of memory recover before it is asked again.
constexpr Duration retry_pause = milliseconds(1);

/// Zero, or a negative errno value.
int make_ring(Syscalls& syscalls, std::uint32_t entries, io_uring& ring) noexcept {
  if (const int refused = syscalls.set_up_ring(); refused < 0) {
    return refused;
  }
  // Completions are handled when this thread enters the kernel anyway, not by interrupting it.
  // Kernels before 5.19 do not know the flags.
  const int result =
      ::io_uring_queue_init(entries, &ring, IORING_SETUP_COOP_TASKRUN | IORING_SETUP_TASKRUN_FLAG);
  return result == -EINVAL ? ::io_uring_queue_init(entries, &ring, 0) : result;
}

Error unavailable(std::string_view reason) {
  return Error(Errc::Unsupported, fmt::format("io_uring cannot be used here: {}", reason))
      .advise("use the threads back end");
}

bool knows_operations(io_uring& ring) noexcept {
  io_uring_probe* const probe = ::io_uring_get_probe_ring(&ring);
  if (probe == nullptr) {
    return false;
  }
  const bool knows_all = std::ranges::all_of(operations_needed, [probe](int operation) {
    return ::io_uring_opcode_supported(probe, operation) != 0;
  });
  ::io_uring_free_probe(probe);
  return knows_all;
}

}  // namespace

Result<> probe_uring(Syscalls& syscalls) {
  io_uring ring{};
  if (const int result = make_ring(syscalls, 1, ring); result < 0) {
    return fail(unavailable(os_error("set up", "a ring", -result).message()));
  }
  const bool has_features = (ring.features & features_needed) == features_needed;
  const bool can_serve = has_features && knows_operations(ring);
  ::io_uring_queue_exit(&ring);
  return can_serve ? Result<>{} : fail(unavailable("this kernel's is too old"));
}

Result<std::unique_ptr<IoQueue>> UringQueue::make(Syscalls& syscalls, std::uint32_t depth) {
  OwnedFd bell(::eventfd(0, EFD_CLOEXEC));
  if (bell.get() < 0) {
    return fail(os_error("make", "an event counter", errno));
  }
  io_uring ring{};
  // One entry more than requests, for the bell.
  if (const int result = make_ring(syscalls, std::bit_ceil(depth + 1), ring); result < 0) {
    return fail(os_error("set up", "an io_uring", -result));
  }
  return std::unique_ptr<IoQueue>(new UringQueue(syscalls, depth, std::move(bell), ring));
}

UringQueue::UringQueue(Syscalls& syscalls, std::uint32_t depth, OwnedFd bell, const io_uring& ring)
    : SlotQueue(depth), syscalls_(syscalls), bell_(std::move(bell)), ring_(ring) {}

UringQueue::~UringQueue() {
  drain();
  // The kernel must not write into bell_count_ once it is gone.
  while (is_bell_armed_) {
    ring_bell();
    collect(milliseconds(100));
  }
  ::io_uring_queue_exit(&ring_);
}

/// There is always room: a slot has at most one entry in the ring, and so has the bell.
io_uring_sqe& UringQueue::next_entry() noexcept {
  io_uring_sqe* const entry = ::io_uring_get_sqe(&ring_);
  CAIRN_CHECK(entry != nullptr);
  return *entry;
}

void UringQueue::start(Slot& slot) noexcept {
  io_uring_sqe& entry = next_entry();
  const Transfer& transfer = slot.transfer;
  const auto rest = transfer.vector.rest();
  const auto count = static_cast<unsigned>(rest.size());
  switch (transfer.kind) {
    case IoKind::Read:
      ::io_uring_prep_readv(&entry, slot.file->fd(), rest.data(), count, transfer.offset);
      break;
    case IoKind::Write:
      ::io_uring_prep_writev2(&entry, slot.file->fd(), rest.data(), count, transfer.offset,
                              transfer.durable ? RWF_DSYNC : 0);
      break;
    case IoKind::SyncData:
      ::io_uring_prep_fsync(&entry, slot.file->fd(), IORING_FSYNC_DATASYNC);
      break;
  }
  ::io_uring_sqe_set_data(&entry, &slot);
}

void UringQueue::flush() noexcept {
  if (::io_uring_sq_ready(&ring_) == 0) {
    return;
  }
  const int result = ::io_uring_submit(&ring_);
  // Short of memory, or of room for answers: what was not taken stays in the ring for the next try.
  CAIRN_CHECK(result >= 0 || result == -EAGAIN || result == -EBUSY || result == -ENOMEM ||
              result == -EINTR);
}

void UringQueue::arm_bell() noexcept {
  if (is_bell_armed_) {
    return;
  }
  io_uring_sqe& entry = next_entry();
  ::io_uring_prep_read(&entry, bell_.get(), &bell_count_, sizeof(bell_count_), 0);
  ::io_uring_sqe_set_data(&entry, nullptr);
  is_bell_armed_ = true;
}

void UringQueue::collect(Duration timeout) noexcept {
  if (reap() || timeout <= Duration{}) {
    return;
  }
  arm_bell();
  flush();
  if (::io_uring_sq_ready(&ring_) > 0) {
    timeout = std::min(timeout, retry_pause);
  }
  io_uring_cqe* ignored = nullptr;
  constexpr std::int64_t per_second = seconds(1).nanoseconds;
  __kernel_timespec limit{.tv_sec = timeout.nanoseconds / per_second,
                          .tv_nsec = timeout.nanoseconds % per_second};
  const int result = ::io_uring_wait_cqe_timeout(&ring_, &ignored, &limit);
  CAIRN_CHECK(result >= 0 || result == -ETIME || result == -EINTR || result == -EAGAIN ||
              result == -EBUSY);
  reap();
}

bool UringQueue::reap() noexcept {
  std::array<io_uring_cqe*, answers_per_look> answers{};
  bool is_any = false;
  unsigned count = ::io_uring_peek_batch_cqe(&ring_, answers.data(), answers_per_look);
  while (count > 0) {
    is_any = true;
    for (const io_uring_cqe* const answer : std::span(answers).first(count)) {
      handle(*answer);
    }
    ::io_uring_cq_advance(&ring_, count);
    count = ::io_uring_peek_batch_cqe(&ring_, answers.data(), answers_per_look);
  }
  return is_any;
}

void UringQueue::handle(const io_uring_cqe& answer) noexcept {
  auto* const slot = static_cast<Slot*>(::io_uring_cqe_get_data(&answer));
  if (slot == nullptr) {
    is_bell_armed_ = false;
    return;
  }
  settle(*slot, syscalls_.ring_result(slot->transfer.kind, answer.res));
}

void UringQueue::settle(Slot& slot, int answer) noexcept {
  auto is_complete = slot.file->advance(slot.transfer, answer);
  if (is_complete && !*is_complete) {
    start(slot);
    return;
  }
  if (is_complete) {
    slot.result = slot.transfer.done;
  } else {
    slot.result = fail(std::move(is_complete).error());
  }
  finish(slot);
}

void UringQueue::ring_bell() noexcept {
  const std::uint64_t one = 1;
  // Cannot fail but by overflow, and then the bell rings already.
  const ssize_t ignored = ::write(bell_.get(), &one, sizeof(one));
  (void)ignored;
}

}  // namespace cairn::sys
