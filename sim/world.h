// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <compare>
#include <cstdint>
#include <cstdio>
#include <functional>
#include <initializer_list>
#include <map>
#include <string>
#include <string_view>

#include "cairn/time.h"
#include "sim/rng.h"
#include "sim/trace.h"
#include "sys/net.h"

namespace cairn::sim {

using EventId = std::uint64_t;  ///< from 1, never used twice by one world

/// How often each rare thing happened. Ordered, so that printing it is deterministic.
using Marks = std::map<std::string, std::uint64_t, std::less<>>;

/// One simulated universe: virtual time, a queue of events, named streams of randomness and the
/// trace of every decision. Everything simulated holds a reference to one World and must not
/// outlive it; the test or `cairn sim` owns it. Single-threaded: nothing here may be called from a
/// second thread, and every "thread" of the product is a chain of events.
///
/// Invariants: `now` never goes back; events run one at a time, never from inside another; the same
/// seed and the same calls give the same trace digest in every process and with every compiler.
class World final {
 public:
  explicit World(std::uint64_t seed);
  World(const World&) = delete;
  World& operator=(const World&) = delete;
  ~World() = default;

  [[nodiscard]] std::uint64_t seed() const noexcept { return seed_; }

  /// Virtual time since the world began. Starts at 0.
  [[nodiscard]] Instant now() const noexcept { return now_; }

  /// A stream of its own for each name: a draw more in one place shifts nothing elsewhere. Asking
  /// twice for a name gives the same numbers twice, so a name belongs to one user.
  [[nodiscard]] Rng stream(std::string_view name) const { return {seed_, name}; }

  /// Runs the task once, `delay` from now. Events of the same instant run in an order drawn from
  /// the seed: whoever needs an order between two makes one schedule the other. Requires: delay is
  /// not negative.
  EventId schedule(Duration delay, sys::Task task);
  /// True if the event had not run yet; then it never will.
  bool cancel(EventId event);

  [[nodiscard]] std::size_t pending() const noexcept { return events_.size(); }

  /// Runs the next event, moving time to it. False when there is none. Requires: not called from
  /// inside an event, nor are the two below.
  bool step();
  /// Steps until the predicate holds (checked first, and after each event) or `limit` is over;
  /// returns whether it holds.
  bool run_until(const std::function<bool()>& predicate, Duration limit);
  /// Runs everything due within `span`, and leaves time at its end.
  void run_for(Duration span);

  /// Moves time forward and runs nothing: how simulated code blocks. Events that fall due meanwhile
  /// run late, when control is back in the loop. That is lawful, since an asynchronous world
  /// promises nobody to be on time; it also means a blocked node holds up the others' clocks, so
  /// waits for other nodes must be events, not blocking calls.
  void advance(Duration span) noexcept;

  /// Folds a decision into the digest, and prints it when printing is on. Everything that depended
  /// on a draw, and everything a device did, is traced by whoever did it.
  void trace(std::string_view what, std::string_view subject,
             std::initializer_list<std::uint64_t> numbers = {});

  [[nodiscard]] Digest trace_digest() const { return trace_.digest(); }

  [[nodiscard]] std::uint64_t trace_records() const noexcept { return trace_.records(); }

  void print_trace_to(std::FILE* out) noexcept { trace_.print_to(out); }

  /// Counts that a rare branch was taken ("disk.torn_write"), so that a test can tell a fault that
  /// was survived from one that never fired. Traced too.
  void mark(std::string_view name);
  [[nodiscard]] std::uint64_t marked(std::string_view name) const;

  [[nodiscard]] const Marks& marks() const noexcept { return marks_; }

 private:
  struct Key {
    Instant at;
    std::uint64_t tie = 0;
    EventId id = 0;

    friend auto operator<=>(const Key&, const Key&) = default;
  };

  [[nodiscard]] bool is_due_by(Instant deadline) const;

  std::uint64_t seed_;
  Instant now_;
  Rng order_;
  EventId last_event_ = 0;
  bool in_event_ = false;
  std::map<Key, sys::Task> events_;
  std::map<EventId, Key> keys_;
  Marks marks_;
  Trace trace_;
};

}  // namespace cairn::sim
