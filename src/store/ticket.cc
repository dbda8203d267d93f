// SPDX-License-Identifier: Apache-2.0
#include "store/ticket.h"

#include <algorithm>

namespace cairn::store {

void Meeting::announce() noexcept {
  ++round_;
  round_.notify_all();
  // Whoever is not counted yet finds his ticket finished when he looks.
  if (impatient_ > 0) {
    const MutexLock lock(mutex_);
    has_news_.notify_all();
  }
}

Result<Appended> Ticket::wait() {
  for (;;) {
    // Looked at first: what is announced from here on ends the wait.
    const std::uint32_t round = meeting_->round_;
    if (is_finished_) {
      return *result_;
    }
    meeting_->round_.wait(round);
  }
}

/// Once it is finished the store may be gone, and its clock with it. Not before whoever counts
/// himself and finds it unfinished gives the lock back: it is announced afterwards.
Result<Appended> Ticket::wait(Duration timeout) {
  const MutexLock lock(meeting_->mutex_);
  ++meeting_->impatient_;
  if (!is_finished_) {
    await(timeout);
  }
  --meeting_->impatient_;
  return is_finished_ ? *result_
                      : fail(Error(Errc::TimedOut, "the append is not durable yet")
                                 .advise("it goes on: wait again, or ask later with the same "
                                         "request"));
}

void Ticket::await(Duration timeout) {
  const Instant deadline = meeting_->clock_.monotonic_now() + std::min(timeout, patience_max);
  bool is_late = timeout <= Duration();
  while (!is_finished_ && !is_late) {
    const Duration left = deadline - meeting_->clock_.monotonic_now();
    is_late = left <= Duration() || !meeting_->has_news_.wait_for(meeting_->mutex_, left);
  }
}

AppendCopy::AppendCopy(const Append& from) : append_(from) {
  std::size_t text_size = from.request.key.size();
  std::size_t byte_size = 0;
  for (const NewEvent& event : from.events) {
    text_size += event.entity.size() + event.scope.size();
    byte_size += event.bytes.size();
  }
  for (const std::string_view gate : from.gates) {
    text_size += gate.size();
  }
  texts_.reserve(text_size);
  bytes_.reserve(byte_size);
  events_.reserve(from.events.size());
  append_.request.key = keep(from.request.key);
  for (NewEvent event : from.events) {
    event.entity = keep(event.entity);
    event.scope = keep(event.scope);
    bytes_.insert(bytes_.end(), event.bytes.begin(), event.bytes.end());
    event.bytes = std::span<const std::byte>(bytes_).last(event.bytes.size());
    events_.push_back(event);
  }
  for (const std::string_view gate : from.gates) {
    gates_.push_back(keep(gate));
  }
  append_.events = events_;
  append_.gates = gates_;
}

std::string_view AppendCopy::keep(std::string_view text) {
  texts_ += text;
  return std::string_view(texts_).substr(texts_.size() - text.size());
}

}  // namespace cairn::store
