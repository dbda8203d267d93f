// SPDX-License-Identifier: Apache-2.0
#include "store/commit_loop.h"

#include <string>
#include <utility>

#include <fmt/format.h>

namespace cairn::store {

namespace {

/// How long a full disk is left alone before it is asked again.
constexpr Duration full_disk_pause = milliseconds(50);
/// Everything that matters wakes the loop; this only bounds what a lost wake would cost.
constexpr Duration idle_wait = seconds(1);

Error closed() {
  return Error(Errc::Closed, "the store is closed");
}

}  // namespace

CommitLoop::CommitLoop(log::Writer& writer, Committer& committer, const journal::Schemas& schemas,
                       sys::Clock& clock, Hooks hooks)
    : writer_(writer),
      committer_(committer),
      schemas_(schemas),
      clock_(clock),
      hooks_(std::move(hooks)),
      durable_(writer.durable()) {}

Result<> CommitLoop::post(Ticket& ticket) {
  bool is_first = false;
  {
    const MutexLock lock(mutex_);
    if (failure_) {
      return fail(*failure_);
    }
    if (is_stopping_) {
      return fail(closed());
    }
    if (under_way_ + posted_.size() >= tickets_max) {
      return fail(Error(Errc::Busy, "too many appends are under way").advise("wait for some"));
    }
    is_first = posted_.empty();
    posted_.push_back(&ticket);
  }
  // Whoever finds others there knows that they have called already.
  if (is_first) {
    writer_.wake();
  }
  return {};
}

void CommitLoop::stop() {
  {
    const MutexLock lock(mutex_);
    is_stopping_ = true;
  }
  writer_.wake();
}

void CommitLoop::take_posted() {
  {
    const MutexLock lock(mutex_);
    std::swap(taken_, posted_);
    under_way_ = queue_.size() + waiting_.size() + taken_.size();
    was_told_to_stop_ = is_stopping_;
  }
  queue_.insert(queue_.end(), taken_.begin(), taken_.end());
  taken_.clear();
}

void CommitLoop::offer_all() {
  while (!queue_.empty() && offer(*queue_.front())) {
    queue_.pop_front();
  }
}

bool CommitLoop::offer(Ticket& ticket) {
  const std::uint64_t next = writer_.next();
  const Result<Answer> answer = committer_.offer(ticket.append(), clock_.wall_now());
  if (answer) {
    waiting_.push_back(
        {.ticket = &ticket, .answer = *answer, .is_repeat = answer->sequence < next});
    return true;
  }
  // A batch that is full is submitted first; one that can hold nothing more at all is refused.
  if (answer.error().code() == Errc::Busy && writer_.staged() > 0) {
    return false;
  }
  ticket.finish(fail(answer.error()));
  return true;
}

Appended CommitLoop::answer_of(const Waiting& waiting) const {
  const Answer& answer = waiting.answer;
  return {.sequence = answer.sequence,
          .count = answer.count,
          .version = answer.version,
          .time = Timestamp{answer.time},
          .is_repeat = waiting.is_repeat,
          .denied_by = gate_of(answer)};
}

/// By the schema that was in force when it said no: positions of gates are that schema's.
std::string CommitLoop::gate_of(const Answer& answer) const {
  if (!answer.is_denied) {
    return {};
  }
  const schema::Schema* const schema = schemas_.find(answer.schema);
  const bool is_known = schema != nullptr && answer.gate < schema->domain().gates.size();
  return is_known ? std::string(schema->domain().gates[answer.gate].name)
                  : fmt::format("gate {} of schema {}", answer.gate, answer.schema);
}

Result<> CommitLoop::submit() {
  if (writer_.staged() == 0) {
    return {};
  }
  auto submitted = writer_.submit(clock_.wall_now());
  is_out_of_space_ = writer_.is_out_of_space();
  // What is staged stays so until there is space.
  if (!submitted && submitted.error().code() != Errc::NoSpace) {
    return fail(std::move(submitted).error());
  }
  return {};
}

Result<> CommitLoop::trade_segments() {
  std::optional<Result<log::PreparedSegment>> made;
  {
    const MutexLock lock(mutex_);
    made.swap(supplied_);
  }
  if (made) {
    CAIRN_TRY(writer_.supply(*std::move(made)));
    is_out_of_space_ = writer_.is_out_of_space();
  }
  if (const auto order = writer_.take_order()) {
    {
      const MutexLock lock(mutex_);
      order_ = order;
    }
    hooks_.ordered();
  }
  return {};
}

std::optional<log::SegmentOrder> CommitLoop::take_order() {
  const MutexLock lock(mutex_);
  return std::exchange(order_, std::nullopt);
}

void CommitLoop::supply(Result<log::PreparedSegment> made) {
  {
    const MutexLock lock(mutex_);
    supplied_.emplace(std::move(made));
  }
  writer_.wake();
}

void CommitLoop::answer_durable() {
  const std::uint64_t durable = writer_.durable();
  if (durable != durable_.load(std::memory_order_relaxed)) {
    durable_.store(durable);
    hooks_.advanced(durable);
  }
  while (!waiting_.empty() && waiting_.front().answer.sequence <= durable) {
    waiting_.front().ticket->finish(answer_of(waiting_.front()));
    waiting_.pop_front();
  }
}

void CommitLoop::fail_all(const Error& error) {
  has_failed_ = true;
  {
    const MutexLock lock(mutex_);
    failure_.emplace(error);
    queue_.insert(queue_.end(), posted_.begin(), posted_.end());
    posted_.clear();
  }
  for (const Waiting& waiting : waiting_) {
    waiting.ticket->finish(fail(error));
  }
  for (Ticket* const ticket : queue_) {
    ticket->finish(fail(error));
  }
  waiting_.clear();
  queue_.clear();
}

bool CommitLoop::has_work() const noexcept {
  return !queue_.empty() || !waiting_.empty() || writer_.staged() > 0 || writer_.in_flight() > 0;
}

bool CommitLoop::step(Duration wait) {
  if (has_failed_) {
    return false;
  }
  take_posted();
  const auto work = [&]() -> Result<> {
    offer_all();
    CAIRN_TRY(submit());
    if (!has_work() && was_told_to_stop_) {
      return {};
    }
    if (was_told_to_stop_ && writer_.is_out_of_space()) {
      return fail(Error(Errc::NoSpace, "the store was closed while the disk was full")
                      .advise("make space, open it, and append again with the same request"));
    }
    // A full batch that was just handed over leaves room for those that wait.
    const bool can_go_on = !queue_.empty() && writer_.staged() == 0;
    const Duration patience = writer_.is_out_of_space() ? std::min(wait, full_disk_pause) : wait;
    CAIRN_TRY(writer_.wait(can_go_on ? Duration() : patience));
    return trade_segments();
  };
  if (const Result<> worked = work(); !worked) {
    answer_durable();
    fail_all(worked.error());
    return false;
  }
  answer_durable();
  return has_work() || !was_told_to_stop_;
}

void CommitLoop::run() {
  while (step(idle_wait)) {
  }
}

}  // namespace cairn::store
