// SPDX-License-Identifier: Apache-2.0
#include "sys/posix/slot_queue.h"

#include <algorithm>
#include <utility>

#include <fmt/format.h>

#include "base/check.h"

namespace cairn::sys {

namespace {

/// No single block lasts longer, so that no arithmetic in the kernel or below can overflow.
constexpr Duration block_max = seconds(3600);

}  // namespace

void SlotList::push(Slot& slot) noexcept {
  slot.next = nullptr;
  (first_ == nullptr ? first_ : last_->next) = &slot;
  last_ = &slot;
}

Slot& SlotList::pop() noexcept {
  CAIRN_CHECK(first_ != nullptr);
  return *std::exchange(first_, first_->next);
}

template <typename Predicate>
Slot* SlotList::extract(const Predicate& wanted) noexcept {
  Slot* before = nullptr;
  for (Slot* slot = first_; slot != nullptr; before = slot, slot = slot->next) {
    if (wanted(*slot)) {
      (before == nullptr ? first_ : before->next) = slot->next;
      last_ = last_ == slot ? before : last_;
      return slot;
    }
  }
  return nullptr;
}

Result<PosixFile*> check_request(const IoRequest& request) {
  auto* const file = dynamic_cast<PosixFile*>(request.file);
  if (file == nullptr) {
    return fail(Errc::InvalidArgument, "a request needs a file of this disk");
  }
  if (request.durable && request.kind != IoKind::Write) {
    return fail(Errc::InvalidArgument, "only a write can be durable");
  }
  const bool reads = request.kind == IoKind::Read;
  const bool writes = request.kind == IoKind::Write;
  if ((!reads && !request.read_into.empty()) || (!writes && !request.write_from.empty())) {
    return fail(Errc::InvalidArgument, "a request has buffers that its kind does not use");
  }
  if (std::max(request.read_into.size(), request.write_from.size()) > io_buffers_max) {
    return fail(Errc::InvalidArgument,
                fmt::format("a request has more than {} buffers", io_buffers_max));
  }
  auto range = reads    ? file->check_buffers(request.offset, request.read_into)
               : writes ? file->check_buffers(request.offset, request.write_from)
                        : Result<>{};
  return range ? Result<PosixFile*>(file) : fail(std::move(range).error());
}

SlotQueue::SlotQueue(std::uint32_t depth) : slots_(depth) {
  promises_.reserve(depth);
  for (Slot& slot : slots_) {
    free_.push(slot);
  }
}

Result<> SlotQueue::submit(const IoRequest& request) {
  CAIRN_TRY(PosixFile* const file, check_request(request));
  if (free_.empty()) {
    return fail(Errc::Busy,
                fmt::format("all {} requests of the queue are under way", slots_.size()));
  }
  Slot& slot = free_.pop();
  slot.file = file;
  slot.token = request.token;
  slot.result = 0;
  slot.transfer = {.kind = request.kind, .durable = request.durable, .offset = request.offset};
  if (request.kind == IoKind::Read) {
    slot.transfer.vector.assign(request.read_into);
  } else {
    slot.transfer.vector.assign(request.write_from);
  }
  ++in_flight_;
  admit(slot);
  flush();
  return {};
}

void SlotQueue::admit(Slot& slot) noexcept {
  if (auto state = slot.file->check_state(slot.transfer.kind); !state) {
    slot.result = fail(std::move(state).error());
    ready_.push(slot);
    return;
  }
  if (slot.transfer.kind != IoKind::SyncData && slot.transfer.vector.bytes_left() == 0) {
    ready_.push(slot);
    return;
  }
  if (slot.is_promise() && !slot.file->is_direct()) {
    if (has_promise_under_way(slot.file)) {
      waiting_.push(slot);
      return;
    }
    promises_.push_back(slot.file);
  }
  start(slot);
}

bool SlotQueue::has_promise_under_way(const PosixFile* file) const noexcept {
  return std::ranges::find(promises_, file) != promises_.end();
}

void SlotQueue::finish(Slot& slot) noexcept {
  ready_.push(slot);
  if (slot.is_promise() && !slot.file->is_direct()) {
    std::erase(promises_, slot.file);
    start_next_promise(slot.file);
  }
}

void SlotQueue::start_next_promise(const PosixFile* file) noexcept {
  while (!has_promise_under_way(file)) {
    Slot* const next = waiting_.extract([file](const Slot& slot) { return slot.file == file; });
    if (next == nullptr) {
      return;
    }
    admit(*next);
  }
}

std::size_t SlotQueue::wait(std::span<IoCompletion> out, Duration timeout) {
  if (ready_.empty() && !is_woken() && timeout > Duration{}) {
    block_for(timeout);
  } else {
    collect({});
  }
  flush();
  // Cleared last: a wake that comes while this wait returns anyway has had its effect.
  if (is_woken()) {
    is_woken_.exchange(false, std::memory_order_acq_rel);
  }
  return take(out);
}

void SlotQueue::block_for(Duration timeout) noexcept {
  const Instant deadline = clock_.monotonic_now() + timeout;
  Duration left = timeout;
  while (ready_.empty() && !is_woken()) {
    collect(std::clamp(left, Duration{}, block_max));
    if (left <= Duration{}) {
      return;
    }
    left = deadline - clock_.monotonic_now();
  }
}

void SlotQueue::wake() noexcept {
  if (!is_woken_.exchange(true, std::memory_order_acq_rel)) {
    ring_bell();
  }
}

std::size_t SlotQueue::take(std::span<IoCompletion> out) noexcept {
  std::size_t count = 0;
  while (count < out.size() && !ready_.empty()) {
    Slot& slot = ready_.pop();
    out[count] = {.token = slot.token, .result = std::move(slot.result)};
    ++count;
    --in_flight_;
    free_.push(slot);
  }
  return count;
}

void SlotQueue::drain() noexcept {
  while (in_flight_ > 0) {
    IoCompletion dropped;
    flush();
    while (ready_.empty()) {
      // A wake that nobody waits for any more would let every `collect` return at once.
      is_woken_.store(false, std::memory_order_release);
      collect(block_max);
      flush();
    }
    take(std::span(&dropped, 1));
  }
}

}  // namespace cairn::sys
