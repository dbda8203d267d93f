// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <atomic>
#include <cstddef>
#include <cstdint>
#include <deque>
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
#include "store/ticket.h"
#include "sys/clock.h"

namespace cairn::store {

/// Takes tickets from any thread and drives them to the disk: offers them to the committer in the
/// order they came, submits a batch whenever the disk has room for one, and tells each what became
/// of it once it is durable. So batches grow with the load, and a lone append waits for nobody.
///
/// `step` and `run` belong to the committing thread. All that is handed in outlives it.
class CommitLoop final {
 public:
  /// How many tickets may be under way.
  static constexpr std::size_t tickets_max = 65'536;

  /// Called by the committing thread; they return at once.
  struct Hooks {
    std::function<void(std::uint64_t durable)> advanced;  ///< more has become durable
    std::function<void()> ordered;                        ///< there is an order to take
  };

  CommitLoop(log::Writer& writer, Committer& committer, const journal::Schemas& schemas,
             sys::Clock& clock, Hooks hooks);

  CommitLoop(const CommitLoop&) = delete;
  CommitLoop& operator=(const CommitLoop&) = delete;

  /// Any thread. The ticket stays where it is until it is finished. Closed after `stop`; Busy when
  /// `tickets_max` are under way.
  Result<> post(Ticket& ticket);

  /// Any thread: nothing more is taken, and `run` ends once everything that was posted is decided.
  void stop();

  /// One round: takes what was posted, works, and waits up to this long for news if there is
  /// nothing to do. False when it is over: stopped with nothing left to do, or failed.
  bool step(Duration wait);

  void run();

  /// Any thread.
  [[nodiscard]] std::uint64_t durable() const noexcept { return durable_.load(); }

  [[nodiscard]] bool is_out_of_space() const noexcept { return is_out_of_space_.load(); }

  /// The segment to make ready, on a maintenance thread; see log::Writer::take_order. Any thread.
  [[nodiscard]] std::optional<log::SegmentOrder> take_order();
  void supply(Result<log::PreparedSegment> made);

 private:
  /// A ticket that waits for its transaction to be durable.
  struct Waiting {
    Ticket* ticket = nullptr;
    Answer answer;
    bool is_repeat = false;
  };

  void take_posted();
  void offer_all();
  /// False when the batch is full.
  bool offer(Ticket& ticket);
  Result<> submit();
  Result<> trade_segments();
  void answer_durable();
  void fail_all(const Error& error);
  [[nodiscard]] bool has_work() const noexcept;
  [[nodiscard]] Appended answer_of(const Waiting& waiting) const;
  [[nodiscard]] std::string gate_of(const Answer& answer) const;

  log::Writer& writer_;
  Committer& committer_;
  const journal::Schemas& schemas_;
  sys::Clock& clock_;
  const Hooks hooks_;

  std::deque<Ticket*> queue_;    ///< taken, not offered yet
  std::deque<Waiting> waiting_;  ///< staged
  std::atomic<std::uint64_t> durable_;
  std::atomic<bool> is_out_of_space_ = false;

  Mutex mutex_;
  std::vector<Ticket*> posted_ CAIRN_GUARDED_BY(mutex_);
  std::size_t under_way_ CAIRN_GUARDED_BY(mutex_) = 0;  ///< of those that were taken
  std::vector<Ticket*> taken_;
  bool is_stopping_ CAIRN_GUARDED_BY(mutex_) = false;
  std::optional<Error> failure_ CAIRN_GUARDED_BY(mutex_);
  std::optional<log::SegmentOrder> order_ CAIRN_GUARDED_BY(mutex_);
  std::optional<Result<log::PreparedSegment>> supplied_ CAIRN_GUARDED_BY(mutex_);
  bool was_told_to_stop_ = false;  ///< the committing thread's copy
  bool has_failed_ = false;
};

}  // namespace cairn::store
