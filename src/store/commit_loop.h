// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <atomic>
#include <cstddef>
#include <cstdint>
#include <functional>
#include <memory>
#include <optional>
#include <vector>

#include "base/mutex.h"
#include "cairn/error.h"
#include "cairn/time.h"
#include "journal/schemas.h"
#include "log/writer.h"
#include "store/committer.h"
#include "store/fifo.h"
#include "store/ticket.h"
#include "sys/clock.h"

namespace cairn::store {

/// Takes tickets from any thread and drives them to the disk: offers them to the committer in the
/// order they came, writes what many wait for at once and a few small ones side by side, and tells
/// each what became of it once it is durable. So batches grow with the load, and a lone append
/// waits for nobody: it is decided and written by the thread that asks.
///
/// One thread at a time drives: it alone touches the writer and the committer. That is whoever
/// appends while nobody else is at it, for the time of one append; or else the loop, from when
/// something is posted until nothing is left to do.
///
/// `step` and `run` belong to the committing thread. All that is handed in outlives it.
class CommitLoop final {
 public:
  /// How many tickets may be under way.
  static constexpr std::size_t tickets_max = 65'536;

  /// Called by whoever drives; they return at once.
  struct Hooks {
    std::function<void()> advanced;  ///< more has become durable
    std::function<void()> ordered;   ///< there is an order to take
    /// What is committed is too far ahead of what follows it: nothing more is offered for now.
    /// Whoever ends that calls `go_on`. Asked by any thread that appends, under the loop's lock.
    std::function<bool()> must_wait;
  };

  CommitLoop(log::Writer& writer, Committer& committer, const journal::Schemas& schemas,
             sys::Clock& clock, Hooks hooks);

  CommitLoop(const CommitLoop&) = delete;
  CommitLoop& operator=(const CommitLoop&) = delete;

  /// For the next ticket. Any thread.
  [[nodiscard]] std::shared_ptr<Meeting> next_meeting() noexcept;

  /// Any thread. The ticket stays where it is until it is finished. Closed after `stop`; Busy when
  /// `tickets_max` are under way.
  Result<> post(Ticket& ticket);

  /// The same for a thread that has nothing else to do until the ticket is finished: it does the
  /// work itself if it can, and then it is finished.
  Result<> post_and_drive(Ticket& ticket);

  /// Any thread: nothing more is taken, and `run` ends once everything that was posted is decided.
  void stop();

  /// One round: takes what was posted, works, and waits up to this long for news if there is
  /// nothing to do. False when it is over: stopped with nothing left to do, or failed.
  bool step(Duration wait);

  void run();

  /// Any thread.
  [[nodiscard]] std::uint64_t durable() const noexcept { return durable_.load(); }

  [[nodiscard]] bool is_out_of_space() const noexcept { return is_out_of_space_.load(); }

  /// How many events the committer has staged, as far as is known here.
  [[nodiscard]] std::uint64_t events() const noexcept { return events_.load(); }

  /// What it had to wait for may be over. Any thread.
  void go_on() noexcept;

  /// The segment to make ready, on a maintenance thread; see log::Writer::take_order. Any thread.
  [[nodiscard]] std::optional<log::SegmentOrder> take_order();
  void supply(Result<log::PreparedSegment> made);

 private:
  enum class Driver : std::uint8_t { Nobody, Caller, Loop };

  /// A ticket that waits for its transaction to be durable.
  struct Waiting {
    Ticket* ticket = nullptr;
    Answer answer;
    bool is_repeat = false;
  };

  [[nodiscard]] Result<> check_open() const CAIRN_REQUIRES(mutex_);
  void call_loop() CAIRN_REQUIRES(mutex_);
  void leave_to_loop(Ticket& ticket) CAIRN_REQUIRES(mutex_);
  Result<> write_alone(Ticket& ticket);
  void hand_over();
  void wait_for_turn();
  [[nodiscard]] bool is_over_for_now() const noexcept;
  [[nodiscard]] bool is_held_back();
  void take_posted();
  void count_under_way() noexcept;
  void offer_all();
  /// False when the batch is full.
  bool offer(Ticket& ticket);
  Result<> submit();
  [[nodiscard]] bool is_large() const noexcept;
  [[nodiscard]] bool is_gathering() const noexcept;
  Result<bool> write_through();
  Result<> trade_segments();
  void answer_durable();
  void tell(Ticket& ticket, Result<Appended> result);
  void announce();
  void fail_all(const Error& error);
  [[nodiscard]] bool has_work() const noexcept;
  [[nodiscard]] Appended answer_of(const Waiting& waiting) const;
  [[nodiscard]] std::string gate_of(const Answer& answer) const;

  log::Writer& writer_;
  Committer& committer_;
  const journal::Schemas& schemas_;
  sys::Clock& clock_;
  const Hooks hooks_;

  std::vector<std::shared_ptr<Meeting>> meetings_;
  std::atomic<std::size_t> last_meeting_ = 0;  ///< how many tickets have been given one

  Fifo<Ticket*> queue_;            ///< taken, not offered yet
  Fifo<Waiting> waiting_;          ///< staged
  std::size_t herd_ = 0;           ///< how many were answered at once, lately
  std::size_t crowd_ = 0;          ///< above 0 while appends come faster than they are written
  std::shared_ptr<Meeting> told_;  ///< whose members are not awake yet
  std::atomic<std::uint64_t> durable_;
  std::atomic<bool> is_out_of_space_ = false;
  std::atomic<std::uint64_t> events_ = 0;
  std::atomic<bool> is_held_back_ = false;

  Mutex mutex_;
  Condition has_turn_;  ///< the loop's, to drive
  Driver driver_ CAIRN_GUARDED_BY(mutex_) = Driver::Loop;
  std::vector<Ticket*> posted_ CAIRN_GUARDED_BY(mutex_);
  std::atomic<std::size_t> under_way_ = 0;  ///< of those that were taken; set by whoever drives
  std::vector<Ticket*> taken_;
  bool is_stopping_ CAIRN_GUARDED_BY(mutex_) = false;
  std::optional<Error> failure_ CAIRN_GUARDED_BY(mutex_);
  std::optional<log::SegmentOrder> order_ CAIRN_GUARDED_BY(mutex_);
  std::optional<Result<log::PreparedSegment>> supplied_ CAIRN_GUARDED_BY(mutex_);
  bool was_told_to_stop_ = false;  ///< the loop's copy
  bool has_failed_ = false;
};

}  // namespace cairn::store
