// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <atomic>
#include <cstddef>
#include <cstdint>
#include <span>
#include <vector>

#include "sys/io_queue.h"
#include "sys/posix/posix_clock.h"
#include "sys/posix/posix_file.h"
#include "sys/posix/transfer.h"

namespace cairn::sys {

/// A request under way. In one list at most.
struct Slot {
  PosixFile* file = nullptr;
  Transfer transfer;
  std::uint64_t token = 0;
  Result<std::size_t> result = 0;
  Slot* next = nullptr;

  /// Its success says that earlier bytes are safe, and its failure is told once.
  [[nodiscard]] bool is_promise() const noexcept {
    return transfer.durable || transfer.kind == IoKind::SyncData;
  }
};

/// First in, first out. Owns nothing and allocates nothing.
class SlotList final {
 public:
  [[nodiscard]] bool empty() const noexcept { return first_ == nullptr; }

  void push(Slot& slot) noexcept;
  /// Requires: not empty.
  Slot& pop() noexcept;
  /// Takes out the first slot for which `wanted` holds; null when there is none.
  template <typename Predicate>
  Slot* extract(const Predicate& wanted) noexcept;

 private:
  Slot* first_ = nullptr;
  Slot* last_ = nullptr;
};

/// What both queues share: slots, checks, order of completions, waiting. A back end starts slots
/// and collects their results; it runs on the owner's thread but for what it says itself.
///
/// On a file that goes through the page cache at most one sync or durable write is started at a
/// time, because the system tells a lost write only to the first who asks: a second one, asking
/// just after, would be told that all is well.
class SlotQueue : public IoQueue {
 public:
  Result<> submit(const IoRequest& request) final;
  std::size_t wait(std::span<IoCompletion> out, Duration timeout) final;
  void wake() noexcept final;

  [[nodiscard]] std::size_t in_flight() const noexcept final { return in_flight_; }

 protected:
  explicit SlotQueue(std::uint32_t depth);

  /// Puts the slot to work. Never fails: what goes wrong comes back as its result.
  virtual void start(Slot& slot) noexcept = 0;
  /// Lets the system know what was started, where `start` only notes it.
  virtual void flush() noexcept = 0;
  /// Calls `finish` for the slots that are done. With none, blocks until there is one, `ring_bell`
  /// is called or the time is over; may return early for no reason.
  virtual void collect(Duration timeout) noexcept = 0;
  /// Makes `collect` return. Any thread.
  virtual void ring_bell() noexcept = 0;

  /// The slot's result is set.
  void finish(Slot& slot) noexcept;
  /// Waits until nothing is under way, dropping the results. For destructors of back ends.
  void drain() noexcept;

  [[nodiscard]] bool is_woken() const noexcept { return is_woken_.load(std::memory_order_acquire); }

 private:
  void admit(Slot& slot) noexcept;
  void start_next_promise(const PosixFile* file) noexcept;
  [[nodiscard]] bool has_promise_under_way(const PosixFile* file) const noexcept;
  void block_for(Duration timeout) noexcept;
  std::size_t take(std::span<IoCompletion> out) noexcept;

  std::vector<Slot> slots_;
  SlotList free_;
  SlotList ready_;                          ///< finished, not taken
  SlotList waiting_;                        ///< promises for files that have one under way
  std::vector<const PosixFile*> promises_;  ///< buffered files with a promise under way
  std::size_t in_flight_ = 0;
  PosixClock clock_;
  std::atomic<bool> is_woken_ = false;
};

/// Refuses malformed requests. The file is one of this back end.
Result<PosixFile*> check_request(const IoRequest& request);

}  // namespace cairn::sys
