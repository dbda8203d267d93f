// SPDX-License-Identifier: Apache-2.0
#include "sim/device.h"

#include <algorithm>
#include <utility>

#include "base/check.h"

namespace cairn::sim {

namespace {

// FNV-1a. Folds what was read and written into the trace, so that two runs with equal decisions and
// unequal bytes differ.
std::uint64_t fingerprint(std::span<const std::byte> bytes) noexcept {
  std::uint64_t hash = 0xCBF29CE484222325U;
  for (const std::byte byte : bytes) {
    hash = (hash ^ std::to_integer<std::uint64_t>(byte)) * 0x100000001B3U;
  }
  return hash;
}

std::vector<std::byte> joined(const std::vector<sys::ConstBuffer>& buffers) {
  std::vector<std::byte> bytes;
  for (const sys::ConstBuffer buffer : buffers) {
    bytes.insert(bytes.end(), buffer.begin(), buffer.end());
  }
  return bytes;
}

Error sync_failed(const Handle& handle) {
  return {Errc::IoFailed, handle.label + ": a simulated sync has failed"};
}

}  // namespace

Error power_lost() {
  return {Errc::Closed, "the simulated machine has lost its power or its process"};
}

std::size_t Operation::length() const noexcept {
  std::size_t length = 0;
  for (const sys::MutableBuffer buffer : read_into) {
    length += buffer.size();
  }
  for (const sys::ConstBuffer buffer : write_from) {
    length += buffer.size();
  }
  return length;
}

Device::Device(World& the_world, std::string the_name, const DiskFaults& the_faults)
    : world(the_world),
      name(std::move(the_name)),
      faults(the_faults),
      latency_(world.stream("disk.latency." + name)),
      fault_(world.stream("disk.fault." + name)),
      loss_(world.stream("disk.loss." + name)) {}

Result<> Device::check_power(std::uint64_t incarnation) const {
  if (is_off_ || incarnation != incarnation_) {
    return fail(power_lost());
  }
  return {};
}

Duration Device::draw_latency(sys::IoKind kind) {
  const bool is_sync = kind == sys::IoKind::SyncData;
  Duration latency{static_cast<std::int64_t>(is_sync ? latency_.between(100'000, 2'000'000)
                                                     : latency_.between(10'000, 200'000))};
  if (latency_.one_in(faults.slow_one_in)) {
    world.mark("disk.slow");
    const auto slowest = static_cast<std::uint64_t>(faults.slow_max.nanoseconds);
    latency = latency + Duration{static_cast<std::int64_t>(latency_.between(0, slowest))};
  }
  return latency;
}

void Device::pass_time(sys::IoKind kind) {
  world.advance(draw_latency(kind));
  settle();
}

bool Device::fires(std::uint64_t one_in, std::string_view mark) {
  const bool fired = fault_.one_in(one_in);
  if (fired) {
    world.mark(mark);
  }
  return fired;
}

bool Device::is_placed(std::uint64_t operation, Errc code) {
  if (placed.operation == 0 || operation < placed.operation || code != placed.code ||
      (operation > placed.operation && !placed.is_lasting)) {
    return false;
  }
  world.mark("disk.placed_failure");
  return true;
}

bool Device::breaks(std::uint64_t one_in, std::string_view mark, std::uint64_t operation) {
  return is_placed(operation, Errc::IoFailed) || fires(one_in, mark);
}

std::uint64_t Device::count_operation() noexcept {
  ++operations_;
  power_fails_ = operations_ == power_off_at_;
  return operations_;
}

std::uint64_t Device::used_bytes() const {
  std::uint64_t used = 0;
  for (const NodePointer& node : tree.nodes()) {
    used += node->image.size();
  }
  return used;
}

Result<> Device::check_space(std::uint64_t growth, std::string_view subject,
                             std::uint64_t operation) {
  bool is_full =
      is_placed(operation, Errc::NoSpace) || fires(faults.no_space_one_in, "disk.no_space");
  if (!is_full && growth > 0 && growth + used_bytes() > faults.capacity_bytes) {
    world.mark("disk.full");
    is_full = true;
  }
  if (is_full) {
    return fail(Errc::NoSpace, std::string(subject) + ": the simulated disk is full");
  }
  return {};
}

Result<std::size_t> Device::perform(const Operation& operation) {
  if (operation.kind == sys::IoKind::Read) {
    return perform_read(operation);
  }
  CAIRN_TRY(operation.handle->check_poison());
  if (operation.kind == sys::IoKind::SyncData) {
    return perform_sync(operation);
  }
  if (!operation.handle->is_writable) {
    return fail(Errc::ReadOnly, operation.handle->label + ": opened for reading only");
  }
  return perform_write(operation);
}

std::uint64_t Device::other_place(std::uint64_t offset, std::uint64_t length, std::uint64_t end) {
  // Keeps the place inside its sector, since a drive moves whole sectors.
  const std::uint64_t inside = offset % sector_size;
  if (inside + length > end) {
    return offset;
  }
  return fault_.below((end - inside - length) / sector_size + 1) * sector_size + inside;
}

Result<std::size_t> Device::perform_read(const Operation& operation) {
  const Handle& handle = *operation.handle;
  if (fires(faults.read_error_one_in, "disk.read_error")) {
    return fail(Errc::IoFailed, handle.label + ": simulated disk.read_error");
  }
  const std::uint64_t size = handle.node->image.size();
  const std::uint64_t available = size > operation.offset ? size - operation.offset : 0;
  std::vector<std::byte> bytes(std::min<std::uint64_t>(operation.length(), available));
  read_bytes(operation, bytes);
  std::size_t done = 0;
  for (const sys::MutableBuffer buffer : operation.read_into) {
    const std::size_t count = std::min(buffer.size(), bytes.size() - done);
    std::copy_n(bytes.begin() + static_cast<std::ptrdiff_t>(done), count, buffer.begin());
    done += count;
  }
  world.trace("disk.read", handle.label, {operation.offset, bytes.size(), fingerprint(bytes)});
  return bytes.size();
}

void Device::read_bytes(const Operation& operation, std::span<std::byte> bytes) {
  if (bytes.empty()) {
    return;
  }
  FileImage& image = operation.handle->node->image;
  std::uint64_t offset = operation.offset;
  if (fires(faults.bit_rot_one_in, "disk.bit_rot")) {
    image.flip_bit(offset * 8 + fault_.below(bytes.size() * 8));
  }
  if (fires(faults.misdirected_read_one_in, "disk.misdirected_read")) {
    offset = other_place(offset, bytes.size(), image.size());
  }
  if (fires(faults.stale_read_one_in, "disk.stale_read")) {
    image.read_stale(offset, bytes);
  } else {
    image.read(offset, bytes);
  }
}

Result<std::size_t> Device::perform_write(const Operation& operation) {
  Handle& handle = *operation.handle;
  FileImage& image = handle.node->image;
  const std::vector<std::byte> bytes = joined(operation.write_from);
  const std::uint64_t end = operation.offset + bytes.size();
  world.trace("disk.write", handle.label,
              {operation.change, operation.offset, bytes.size(), fingerprint(bytes)});
  if (bytes.empty()) {
    return 0;
  }
  auto space =
      check_space(end > image.size() ? end - image.size() : 0, handle.label, operation.number);
  if (!space) {
    return fail_write(operation, std::move(space).error());
  }
  if (breaks(faults.write_error_one_in, "disk.write_error", operation.number)) {
    const std::span<const std::byte> part(bytes.data(), fault_.below(bytes.size() + 1));
    if (!part.empty()) {
      image.write(operation.change, operation.offset, part);
    }
    return fail_write(operation, {Errc::IoFailed, handle.label + ": simulated disk.write_error"});
  }
  const std::uint64_t place = place_bytes(operation, bytes);
  if (operation.is_durable && fires(faults.sync_error_one_in, "disk.sync_error")) {
    image.fail_sync(image.scope(operation.change), fault_);
    return fail_write(operation, sync_failed(handle));
  }
  if (operation.is_durable) {
    image.sync_range(place, bytes.size());
  }
  return bytes.size();
}

std::uint64_t Device::place_bytes(const Operation& operation, std::span<const std::byte> bytes) {
  FileImage& image = operation.handle->node->image;
  const std::uint64_t end = std::max(image.size(), operation.offset + bytes.size());
  std::uint64_t offset = operation.offset;
  if (fires(faults.lost_write_one_in, "disk.lost_write")) {
    if (end > image.size()) {
      image.resize(operation.change, end);
    }
  } else {
    if (fires(faults.misdirected_write_one_in, "disk.misdirected_write")) {
      offset = other_place(offset, bytes.size(), end);
    }
    image.write(operation.change, offset, bytes);
    if (end > image.size()) {
      image.resize(operation.change, end);
    }
  }
  return offset;
}

Result<std::size_t> Device::perform_sync(const Operation& operation) {
  Handle& handle = *operation.handle;
  world.trace("disk.sync", handle.label, {operation.scope.last, operation.scope.untaken.size()});
  if (breaks(faults.sync_error_one_in, "disk.sync_error", operation.number)) {
    handle.node->image.fail_sync(operation.scope, fault_);
    return poison(operation, sync_failed(handle));
  }
  handle.node->image.sync(operation.scope);
  return 0;
}

Result<std::size_t> Device::fail_write(const Operation& operation, Error error) {
  return operation.is_durable ? poison(operation, std::move(error))
                              : Result<std::size_t>(fail(std::move(error)));
}

Result<std::size_t> Device::poison(const Operation& operation, Error error) {
  operation.handle->poison = error;
  return fail(std::move(error));
}

void Device::submit(Operation operation, std::uint64_t token, std::shared_ptr<FinishedList> sink) {
  const FlightKey key{.finish = world.now() + draw_latency(operation.kind),
                      .number = ++last_flight_};
  world.trace("disk.submit", operation.handle->label,
              {key.number, static_cast<std::uint64_t>(operation.kind), operation.change});
  if (operation.kind == sys::IoKind::Write) {
    operation.handle->node->image.hold(operation.change);
  }
  flights_.emplace(
      key, Flight{.operation = std::move(operation), .token = token, .sink = std::move(sink)});
}

void Device::settle() {
  while (!flights_.empty() && flights_.begin()->first.finish <= world.now()) {
    auto node = flights_.extract(flights_.begin());
    Flight& flight = node.mapped();
    world.trace("disk.finish", flight.operation.handle->label, {node.key().number});
    auto result = perform(flight.operation);
    flight.sink->push_back({.completion = {.token = flight.token, .result = std::move(result)},
                            .handle = flight.operation.handle,
                            .change = flight.operation.change});
  }
}

std::optional<Instant> Device::next_finish(const FinishedList* sink) const {
  for (const auto& [key, flight] : flights_) {
    if (flight.sink.get() == sink) {
      return key.finish;
    }
  }
  return std::nullopt;
}

}  // namespace cairn::sim
