// SPDX-License-Identifier: Apache-2.0
#include "store/ticket.h"

#include <algorithm>

namespace cairn::store {

Result<Appended> Ticket::wait() {
  const MutexLock lock(meeting_->mutex_);
  while (!result_) {
    meeting_->has_news_.wait(meeting_->mutex_);
  }
  return *result_;
}

Result<Appended> Ticket::wait(Duration timeout) {
  const MutexLock lock(meeting_->mutex_);
  // Once it is decided the store may be gone, and its clock with it.
  if (result_) {
    return *result_;
  }
  const Instant deadline = meeting_->clock_.monotonic_now() + std::min(timeout, patience_max);
  bool is_late = timeout <= Duration();
  while (!result_ && !is_late) {
    const Duration left = deadline - meeting_->clock_.monotonic_now();
    is_late = left <= Duration() || !meeting_->has_news_.wait_for(meeting_->mutex_, left);
  }
  return result_ ? *result_
                 : fail(Error(Errc::TimedOut, "the append is not durable yet")
                            .advise("it goes on: wait again, or ask later with the same request"));
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
