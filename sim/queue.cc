// SPDX-License-Identifier: Apache-2.0
#include "sim/queue.h"

#include <array>
#include <optional>
#include <utility>

#include "sim/file.h"

namespace cairn::sim {

namespace {

bool has_foreign_buffers(const sys::IoRequest& request) noexcept {
  const bool reads = request.kind == sys::IoKind::Read;
  const bool writes = request.kind == sys::IoKind::Write;
  return (!reads && !request.read_into.empty()) || (!writes && !request.write_from.empty()) ||
         (!writes && request.durable);
}

}  // namespace

SimQueue::SimQueue(Device& device, sys::IoQueueOptions options)
    : device_(device), depth_(options.depth), incarnation_(device.incarnation()) {}

SimQueue::~SimQueue() {
  std::array<sys::IoCompletion, 16> dropped{};
  while (in_flight_ > 0) {
    static_cast<void>(wait(dropped, seconds(3600)));
  }
}

Result<Operation> SimQueue::checked(const sys::IoRequest& request) const {
  auto* file = dynamic_cast<SimFile*>(request.file);
  if (file == nullptr || !file->is_on(device_)) {
    return fail(Errc::InvalidArgument, "the request names no file of this disk");
  }
  if (request.read_into.size() > sys::io_buffers_max ||
      request.write_from.size() > sys::io_buffers_max || has_foreign_buffers(request)) {
    return fail(Errc::InvalidArgument, "the request's buffers do not fit its kind");
  }
  Operation operation{.kind = request.kind,
                      .is_durable = request.durable,
                      .handle = file->handle(),
                      .offset = request.offset};
  operation.read_into.assign(request.read_into.begin(), request.read_into.end());
  operation.write_from.assign(request.write_from.begin(), request.write_from.end());
  if (request.kind != sys::IoKind::SyncData) {
    CAIRN_TRY(check_range(*operation.handle, operation));
  }
  return operation;
}

Result<> SimQueue::submit(const sys::IoRequest& request) {
  CAIRN_TRY(Operation operation, checked(request));
  if (in_flight_ == depth_) {
    return fail(Error(Errc::Busy, "the queue is full").advise("take completions first"));
  }
  CAIRN_TRY(device_.check_power(incarnation_));
  CAIRN_TRY(device_.check_power(operation.handle->incarnation));
  device_.settle();
  if (request.kind == sys::IoKind::SyncData) {
    operation.scope = operation.handle->node->image.scope(device_.last_change());
  } else if (request.kind == sys::IoKind::Write) {
    operation.change = device_.next_change();
  }
  if (request.kind != sys::IoKind::Read) {
    operation.number = device_.count_operation();
  }
  ++in_flight_;
  device_.submit(std::move(operation), request.token, finished_);
  // If the power fails now, the completion says so, as it does for all that is under way.
  device_.lose_due_power();
  return {};
}

std::size_t SimQueue::take(std::span<sys::IoCompletion> out) {
  std::size_t count = 0;
  while (count < out.size() && !finished_->empty()) {
    Finished& item = finished_->front();
    item.handle->node->image.take(item.change);
    out[count] = std::move(item.completion);
    finished_->pop_front();
    ++count;
  }
  in_flight_ -= count;
  return count;
}

std::size_t SimQueue::wait(std::span<sys::IoCompletion> out, Duration timeout) {
  const bool was_woken = std::exchange(is_woken_, false);
  device_.settle();
  if (finished_->empty() && !was_woken && timeout > Duration{}) {
    const Instant deadline = device_.world.now() + timeout;
    const std::optional<Instant> next = device_.next_finish(finished_.get());
    const Instant until = next && *next < deadline ? *next : deadline;
    device_.world.advance(until - device_.world.now());
    device_.settle();
  }
  return take(out);
}

}  // namespace cairn::sim
