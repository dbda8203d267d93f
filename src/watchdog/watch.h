// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <atomic>
#include <cstdint>
#include <functional>

#include "base/mutex.h"
#include "cairn/time.h"

namespace cairn::watchdog {

/// How long a command may run, and how much longer it may take to see that it may not: the thread
/// that executes it may wait for a processor for a while.
struct Allowance {
  Duration limit;
  Duration grace;
};

/// The grace that goes with a limit: three eighths of it, and at least a tenth of a second.
[[nodiscard]] Allowance allowance_of(Duration limit) noexcept;

/// Looks after the commands that one thread executes, from another one. A command that has run for
/// longer than it may first sees the interrupt raised, which ends it at its next call of the host.
/// One that makes no call until the grace is over is overdue: then a function is told, while the
/// command still runs.
///
/// Costs the executing thread a plain store when a command starts, and an exchange and a load when
/// it ends: no lock, no clock, no allocation. Holds no clock either: whoever looks brings the time,
/// so that nothing here has to wait in a test. Time in which nobody looked does not count: a
/// process that was stopped, or a machine that slept, makes no command overdue.
class Watch final {
 public:
  /// `overdue` gets the ticket that the command was armed with. It may read what the executing
  /// thread wrote before it armed, until it returns: the command cannot end before that.
  Watch(const Allowance& allowance, std::function<void(std::uint64_t)> overdue);

  // The executing thread.

  /// A command starts. Requires: a ticket that is not 0 and was not used before.
  void arm(std::uint64_t ticket) noexcept { armed_.store(ticket, std::memory_order_release); }

  /// It has ended. Returns whether the interrupt was raised for it.
  bool disarm(std::uint64_t ticket) {
    // With the same order in `raise` and `tell`: either this sees the interrupt, or `tell` sees 0.
    armed_.store(0, std::memory_order_seq_cst);
    return interrupt_.load(std::memory_order_seq_cst) ? settle(ticket) : false;
  }

  /// For `Executor::set_interrupt`. May be found raised by the command after the one that it was
  /// raised for; `disarm` says false then, and the command is to be executed once more.
  [[nodiscard]] const std::atomic<bool>& interrupt() const noexcept { return interrupt_; }

  // The watching thread.

  /// How often to look. Then what is overdue is told within limit, grace and an eighth of the
  /// limit.
  [[nodiscard]] Duration interval() const noexcept { return interval_; }

  void look(Instant now);

 private:
  bool settle(std::uint64_t ticket);
  void raise(std::uint64_t ticket);
  void tell(std::uint64_t ticket);

  const Allowance allowance_;
  const Duration interval_;
  const std::function<void(std::uint64_t)> overdue_;

  std::atomic<std::uint64_t> armed_ = 0;
  std::atomic<bool> interrupt_ = false;

  // Of the watching thread.
  std::uint64_t seen_ = 0;  ///< the ticket at the last look
  Duration spent_ = {};     ///< since it was first seen
  Instant last_look_ = {};
  bool was_raised_ = false;
  bool was_told_ = false;

  Mutex mutex_;
  Condition was_dealt_with_;
  std::uint64_t raised_for_ CAIRN_GUARDED_BY(mutex_) = 0;
  bool is_telling_ CAIRN_GUARDED_BY(mutex_) = false;
};

}  // namespace cairn::watchdog
