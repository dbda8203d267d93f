// SPDX-License-Identifier: Apache-2.0
#include "sim/file.h"

#include <bit>
#include <string>
#include <utility>

namespace cairn::sim {

namespace {

bool is_aligned(std::uint64_t value) noexcept {
  return value % sys::direct_alignment == 0;
}

bool is_aligned(std::span<const std::byte> buffer) noexcept {
  return is_aligned(buffer.size()) && is_aligned(std::bit_cast<std::uintptr_t>(buffer.data()));
}

Result<> without_count(Result<std::size_t> done) {
  if (!done) {
    return fail(std::move(done).error());
  }
  return {};
}

Error misaligned(const Handle& handle) {
  return Error(Errc::InvalidArgument, handle.label + ": not aligned for direct I/O")
      .advise("use multiples of 4096 for offsets, lengths and addresses");
}

}  // namespace

Result<> check_range(const Handle& handle, const Operation& operation) {
  const std::uint64_t length = operation.length();
  if (operation.offset > sys::file_size_max || length > sys::file_size_max - operation.offset) {
    return fail(Errc::InvalidArgument, handle.label + ": the range ends past what a file can hold");
  }
  if (!handle.is_direct) {
    return {};
  }
  bool aligned = is_aligned(operation.offset);
  for (const sys::MutableBuffer buffer : operation.read_into) {
    aligned = aligned && is_aligned(buffer);
  }
  for (const sys::ConstBuffer buffer : operation.write_from) {
    aligned = aligned && is_aligned(buffer);
  }
  if (!aligned) {
    return fail(misaligned(handle));
  }
  return {};
}

SimFile::SimFile(Device& device, std::shared_ptr<Handle> handle)
    : device_(device), handle_(std::move(handle)) {}

Result<> SimFile::begin_change() const {
  CAIRN_TRY(device_.check_power(handle_->incarnation));
  if (!handle_->is_writable) {
    return fail(Errc::ReadOnly, handle_->label + ": opened for reading only");
  }
  return handle_->check_poison();
}

Operation SimFile::sync_operation(std::uint64_t number) const {
  return {.kind = sys::IoKind::SyncData,
          .handle = handle_,
          .number = number,
          .scope = handle_->node->image.scope(device_.last_change())};
}

Result<std::size_t> SimFile::read(std::uint64_t offset,
                                  std::span<const sys::MutableBuffer> buffers) {
  CAIRN_TRY(device_.check_power(handle_->incarnation));
  Operation operation{.kind = sys::IoKind::Read, .handle = handle_, .offset = offset};
  operation.read_into.assign(buffers.begin(), buffers.end());
  CAIRN_TRY(check_range(*handle_, operation));
  device_.pass_time(operation.kind);
  return device_.perform(operation);
}

Result<> SimFile::write(std::uint64_t offset, std::span<const sys::ConstBuffer> buffers) {
  CAIRN_TRY(begin_change());
  Operation operation{.kind = sys::IoKind::Write, .handle = handle_, .offset = offset};
  operation.write_from.assign(buffers.begin(), buffers.end());
  return write_now(std::move(operation));
}

Result<> SimFile::write_durably(std::uint64_t offset, std::span<const sys::ConstBuffer> buffers) {
  CAIRN_TRY(begin_change());
  Operation operation{
      .kind = sys::IoKind::Write, .is_durable = true, .handle = handle_, .offset = offset};
  operation.write_from.assign(buffers.begin(), buffers.end());
  return write_now(std::move(operation));
}

Result<> SimFile::write_now(Operation operation) {
  CAIRN_TRY(check_range(*handle_, operation));
  device_.pass_time(operation.kind);
  operation.change = device_.next_change();
  operation.number = device_.count_operation();
  // If the power fails here, what is kept is the power loss's choice.
  operation.is_durable = operation.is_durable && !device_.is_power_failing();
  return without_count(device_.end_operation(device_.perform(operation)));
}

Result<> SimFile::sync_data() {
  CAIRN_TRY(device_.check_power(handle_->incarnation));
  CAIRN_TRY(handle_->check_poison());
  device_.pass_time(sys::IoKind::SyncData);
  const Operation operation = sync_operation(device_.count_operation());
  // Nothing is synced if the power fails here: what is kept is then the power loss's choice.
  CAIRN_TRY(device_.end_operation(Result<>{}));
  return without_count(device_.perform(operation));
}

Result<std::uint64_t> SimFile::size() const {
  CAIRN_TRY(device_.check_power(handle_->incarnation));
  device_.settle();
  return handle_->node->image.size();
}

Result<> SimFile::check_growth(std::uint64_t growth, std::uint64_t number) {
  CAIRN_TRY(device_.check_space(growth, handle_->label, number));
  if (device_.breaks(device_.faults.write_error_one_in, "disk.write_error", number)) {
    return fail(Errc::IoFailed, handle_->label + ": simulated disk.write_error");
  }
  return {};
}

Result<> SimFile::resize(std::uint64_t size) {
  CAIRN_TRY(begin_change());
  if (size > sys::file_size_max) {
    return fail(Errc::InvalidArgument, handle_->label + ": larger than a file can be");
  }
  device_.pass_time(sys::IoKind::Write);
  return device_.end_operation(set_size(size));
}

Result<> SimFile::set_size(std::uint64_t size) {
  FileImage& image = handle_->node->image;
  const std::uint64_t growth = size > image.size() ? size - image.size() : 0;
  CAIRN_TRY(check_growth(growth, device_.count_operation()));
  const ChangeNumber change = device_.next_change();
  device_.world.trace("disk.resize", handle_->label, {change, size});
  image.resize(change, size);
  return {};
}

Result<> SimFile::preallocate(std::uint64_t size, sys::Allocation how) {
  CAIRN_TRY(begin_change());
  if (size > sys::file_size_max) {
    return fail(Errc::InvalidArgument, handle_->label + ": larger than a file can be");
  }
  if (handle_->is_direct && !is_aligned(size)) {
    return fail(misaligned(*handle_));
  }
  device_.pass_time(sys::IoKind::Write);
  return device_.end_operation(grow(size, how));
}

Result<> SimFile::grow(std::uint64_t size, sys::Allocation how) {
  FileImage& image = handle_->node->image;
  const std::uint64_t old_size = image.size();
  const std::uint64_t number = device_.count_operation();
  CAIRN_TRY(check_growth(size > old_size ? size - old_size : 0, number));
  device_.world.trace("disk.preallocate", handle_->label, {size, static_cast<std::uint64_t>(how)});
  if (size > old_size) {
    image.resize(device_.next_change(), size);
  }
  if (how == sys::Allocation::Reserve) {
    return {};
  }
  CAIRN_TRY(device_.end_operation(Result<>{}));
  auto synced = without_count(device_.perform(sync_operation(number)));
  if (!synced) {
    image.resize(device_.next_change(), old_size);
  }
  return synced;
}

}  // namespace cairn::sim
