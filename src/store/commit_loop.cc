// SPDX-License-Identifier: Apache-2.0
#include "store/commit_loop.h"

#include <algorithm>
#include <string>
#include <utility>

#include <fmt/format.h>

#include "base/check.h"

namespace cairn::store {

namespace {

/// How long a full disk is left alone before it is asked again.
constexpr Duration full_disk_pause = milliseconds(50);
/// Everything that matters wakes the loop; this only bounds what a lost wake would cost.
constexpr Duration idle_wait = seconds(1);
/// How often appends must come one by one until they are no crowd any more.
constexpr std::size_t crowd_rounds = 16;
/// Enough for those that wait for one write not to wake those that wait for the next.
constexpr std::size_t meetings_count = 16;
constexpr std::size_t meeting_size = 8;
/// So slowly it is forgotten how many came together.
constexpr std::size_t herd_fades = 16;
/// What makes a write worth waiting for: see `write_through`.
constexpr std::size_t many_tickets = 12;
constexpr std::uint64_t large_write = std::uint64_t{32} << 10U;

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
      durable_(writer.durable()) {
  for (std::size_t i = 0; i < meetings_count; ++i) {
    meetings_.push_back(std::make_shared<Meeting>(clock));
  }
}

std::shared_ptr<Meeting> CommitLoop::next_meeting() noexcept {
  const std::size_t number = last_meeting_.fetch_add(1, std::memory_order_relaxed);
  return meetings_[number / meeting_size % meetings_.size()];
}

/// Those of one meeting are woken together, once all of them that can be are told.
void CommitLoop::tell(Ticket& ticket, Result<Appended> result) {
  if (told_ != ticket.meeting()) {
    announce();
    told_ = ticket.meeting();
  }
  ticket.finish(std::move(result));
}

void CommitLoop::announce() {
  if (told_ != nullptr) {
    std::exchange(told_, nullptr)->announce();
  }
}

Result<> CommitLoop::check_open() const {
  if (failure_) {
    return fail(*failure_);
  }
  if (is_stopping_) {
    return fail(closed());
  }
  if (under_way_ + posted_.size() >= tickets_max) {
    return fail(Error(Errc::Busy, "too many appends are under way").advise("wait for some"));
  }
  return {};
}

/// A caller that drives looks for itself before it goes.
void CommitLoop::call_loop() {
  if (driver_ == Driver::Nobody) {
    driver_ = Driver::Loop;
    has_turn_.notify_one();
  } else if (driver_ == Driver::Loop) {
    writer_.wake();
  }
}

void CommitLoop::leave_to_loop(Ticket& ticket) {
  posted_.push_back(&ticket);
  // Whoever finds others there knows that they have called already.
  if (posted_.size() == 1) {
    call_loop();
  }
}

Result<> CommitLoop::post(Ticket& ticket) {
  const MutexLock lock(mutex_);
  CAIRN_TRY(check_open());
  leave_to_loop(ticket);
  return {};
}

Result<> CommitLoop::post_and_drive(Ticket& ticket) {
  {
    const MutexLock lock(mutex_);
    CAIRN_TRY(check_open());
    if (driver_ != Driver::Nobody || hooks_.must_wait()) {
      leave_to_loop(ticket);
      return {};
    }
    driver_ = Driver::Caller;
  }
  if (auto written = write_alone(ticket); !written) {
    fail_all(written.error());
  }
  hand_over();
  return {};
}

/// Offers one append, and has it durable. One that needs more than a write is left to the loop.
Result<> CommitLoop::write_alone(Ticket& ticket) {
  CAIRN_CHECK(offer(ticket));
  CAIRN_TRY(writer_.write_through(clock_.wall_now()));
  answer_durable();
  return {};
}

/// Gives the turn up: to the loop if there is anything to do, else to whoever comes next.
void CommitLoop::hand_over() {
  const MutexLock lock(mutex_);
  const bool is_left = has_work() || !posted_.empty() || supplied_ || is_stopping_;
  driver_ = Driver::Nobody;
  if (is_left) {
    call_loop();
  }
}

void CommitLoop::wait_for_turn() {
  const MutexLock lock(mutex_);
  while (driver_ != Driver::Loop) {
    has_turn_.wait(mutex_);
  }
}

void CommitLoop::stop() {
  const MutexLock lock(mutex_);
  is_stopping_ = true;
  call_loop();
}

void CommitLoop::take_posted() {
  {
    const MutexLock lock(mutex_);
    driver_ = Driver::Loop;
    std::swap(taken_, posted_);
    under_way_ = queue_.size() + waiting_.size() + taken_.size();
    was_told_to_stop_ = is_stopping_;
  }
  queue_.append(taken_);
  taken_.clear();
}

void CommitLoop::offer_all() {
  while (!queue_.empty() && offer(*queue_.front())) {
    queue_.pop_front();
  }
  count_under_way();
  announce();
}

/// What is done makes room for others at once, and not when the loop is woken: while there is none,
/// nobody wakes it.
void CommitLoop::count_under_way() noexcept {
  under_way_ = queue_.size() + waiting_.size();
}

bool CommitLoop::offer(Ticket& ticket) {
  const std::uint64_t next = writer_.next();
  const Result<Answer> answer = committer_.offer(ticket.append(), clock_.wall_now());
  if (answer) {
    const bool is_repeat = answer->sequence < next;
    waiting_.push_back({.ticket = &ticket, .answer = *answer, .is_repeat = is_repeat});
    events_ = committer_.events();
    return true;
  }
  // A batch that is full is submitted first; one that can hold nothing more at all is refused.
  if (answer.error().code() == Errc::Busy && writer_.staged() > 0) {
    return false;
  }
  tell(ticket, fail(answer.error()));
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

/// What is staged, so that a write of it is worth waiting for.
bool CommitLoop::is_large() const noexcept {
  return writer_.staged() >= many_tickets || writer_.staged_bytes() >= large_write;
}

/// Where many come, the rest of them is not far: they are written together, after what is under
/// way.
bool CommitLoop::is_gathering() const noexcept {
  return herd_ >= many_tickets && writer_.in_flight() > 0 && !is_large();
}

Result<> CommitLoop::submit() {
  if (writer_.staged() == 0 || is_gathering()) {
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

/// Writes and waits, when all that was posted goes into one write, a large one, and none is under
/// way: that is cheaper than to hand it over, and what is posted meanwhile comes together in the
/// next one. A few small writes gain more by being under way together.
Result<bool> CommitLoop::write_through() {
  if (!queue_.empty() || writer_.staged() == 0 || !is_large()) {
    return false;
  }
  return writer_.write_through(clock_.wall_now());
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
  const MutexLock lock(mutex_);
  supplied_.emplace(std::move(made));
  call_loop();
}

void CommitLoop::answer_durable() {
  const std::uint64_t durable = writer_.durable();
  if (durable != durable_.load(std::memory_order_relaxed)) {
    durable_.store(durable);
    hooks_.advanced();
  }
  std::size_t answered = 0;
  for (; !waiting_.empty() && waiting_.front().answer.sequence <= durable; ++answered) {
    tell(*waiting_.front().ticket, answer_of(waiting_.front()));
    waiting_.pop_front();
  }
  count_under_way();
  announce();
  if (answered > 0) {
    herd_ = std::max(answered, herd_ - (herd_ + herd_fades - 1) / herd_fades);
  }
  if (answered > 1) {
    crowd_ = crowd_rounds;
  } else if (crowd_ > 0) {
    crowd_ -= answered;
  }
}

void CommitLoop::fail_all(const Error& error) {
  has_failed_ = true;
  {
    const MutexLock lock(mutex_);
    failure_.emplace(error);
    queue_.append(posted_);
    posted_.clear();
  }
  for (; !waiting_.empty(); waiting_.pop_front()) {
    tell(*waiting_.front().ticket, fail(error));
  }
  for (; !queue_.empty(); queue_.pop_front()) {
    tell(*queue_.front(), fail(error));
  }
  announce();
}

bool CommitLoop::has_work() const noexcept {
  return !queue_.empty() || !waiting_.empty() || writer_.staged() > 0 || writer_.in_flight() > 0;
}

bool CommitLoop::is_held_back() {
  if (!hooks_.must_wait()) {
    return false;
  }
  // Looks again once whoever ends it can see that somebody waits.
  is_held_back_ = true;
  return hooks_.must_wait();
}

void CommitLoop::go_on() noexcept {
  if (is_held_back_.exchange(false)) {
    writer_.wake();
  }
}

bool CommitLoop::step(Duration wait) {
  if (has_failed_) {
    return false;
  }
  take_posted();
  const auto work = [&]() -> Result<> {
    const bool must_wait = is_held_back();
    if (!must_wait) {
      offer_all();
    }
    CAIRN_TRY(const bool is_written, write_through());
    CAIRN_TRY(submit());
    if (is_written || is_over_for_now()) {
      return trade_segments();
    }
    if (was_told_to_stop_ && writer_.is_out_of_space()) {
      return fail(Error(Errc::NoSpace, "the store was closed while the disk was full")
                      .advise("make space, open it, and append again with the same request"));
    }
    // A full batch that was just handed over leaves room for those that wait.
    const bool can_go_on = !must_wait && !queue_.empty() && writer_.staged() == 0;
    // Nothing that comes from the disk would wake us for what was answered before.
    const bool has_answer =
        !waiting_.empty() && waiting_.front().answer.sequence <= writer_.durable();
    const Duration patience = writer_.is_out_of_space() ? std::min(wait, full_disk_pause) : wait;
    if (!has_work() && crowd_ > 0) {
      --crowd_;
    }
    CAIRN_TRY(writer_.wait(can_go_on || has_answer ? Duration() : patience));
    return trade_segments();
  };
  if (const Result<> worked = work(); !worked) {
    answer_durable();
    fail_all(worked.error());
    return false;
  }
  answer_durable();
  if (is_over_for_now()) {
    hand_over();
  }
  // Told to stop, the turn is still the loop's; else it may be somebody else's by now.
  return !was_told_to_stop_ || has_work();
}

/// Nothing is left for the loop. While many come it waits for them: they gain by being written
/// together.
bool CommitLoop::is_over_for_now() const noexcept {
  return !has_work() && (was_told_to_stop_ || (crowd_ == 0 && !writer_.is_out_of_space()));
}

void CommitLoop::run() {
  do {
    wait_for_turn();
  } while (step(idle_wait));
}

}  // namespace cairn::store
