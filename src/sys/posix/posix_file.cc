// SPDX-License-Identifier: Apache-2.0
#include "sys/posix/posix_file.h"

#include <cerrno>
#include <utility>

#include <fmt/format.h>
#include <sys/stat.h>

#include "sys/posix/os_error.h"

namespace cairn::sys {

namespace {

template <typename Byte>
bool is_multiple(std::span<Byte> buffer) noexcept {
  return reinterpret_cast<std::uintptr_t>(buffer.data()) % direct_alignment == 0 &&
         buffer.size() % direct_alignment == 0;
}

std::string_view name_of(IoKind kind) noexcept {
  switch (kind) {
    case IoKind::Read:
      return "read";
    case IoKind::Write:
      return "write";
    case IoKind::SyncData:
      return "sync";
  }
  std::unreachable();
}

}  // namespace

PosixFile::PosixFile(Syscalls& syscalls, OwnedFd fd, std::string path, Traits traits)
    : syscalls_(syscalls), fd_(std::move(fd)), path_(std::move(path)), traits_(traits) {}

Result<std::size_t> PosixFile::read(std::uint64_t offset, std::span<const MutableBuffer> buffers) {
  CAIRN_TRY(check_buffers(offset, buffers));
  std::size_t done = 0;
  while (!buffers.empty()) {
    Transfer transfer{.kind = IoKind::Read, .offset = offset + done};
    buffers = buffers.subspan(transfer.vector.assign(buffers));
    CAIRN_TRY(const std::size_t count, run(transfer));
    done += count;
    if (transfer.vector.bytes_left() > 0) {
      break;
    }
  }
  return done;
}

Result<> PosixFile::write(std::uint64_t offset, std::span<const ConstBuffer> buffers) {
  return write_all(offset, buffers, false);
}

Result<> PosixFile::write_durably(std::uint64_t offset, std::span<const ConstBuffer> buffers) {
  return write_all(offset, buffers, true);
}

Result<> PosixFile::write_all(std::uint64_t offset, std::span<const ConstBuffer> buffers,
                              bool durable) {
  CAIRN_TRY(check_buffers(offset, buffers));
  CAIRN_TRY(check_state(IoKind::Write));
  while (!buffers.empty()) {
    Transfer transfer{.kind = IoKind::Write, .durable = durable, .offset = offset};
    buffers = buffers.subspan(transfer.vector.assign(buffers));
    CAIRN_TRY(const std::size_t count, run(transfer));
    offset += count;
  }
  return {};
}

Result<> PosixFile::sync_data() {
  CAIRN_TRY(check_state(IoKind::SyncData));
  Transfer transfer{.kind = IoKind::SyncData};
  CAIRN_TRY(run(transfer));
  return {};
}

Result<std::uint64_t> PosixFile::size() const {
  struct stat status{};
  if (::fstat(fd_.get(), &status) != 0) {
    return fail(os_error("get the size of", path_, errno));
  }
  return static_cast<std::uint64_t>(status.st_size);
}

Result<> PosixFile::resize(std::uint64_t size) {
  CAIRN_TRY(check_end(size));
  CAIRN_TRY(check_state(IoKind::Write));
  return truncate(size);
}

template <typename Byte>
Result<> PosixFile::check_buffers(std::uint64_t offset,
                                  std::span<const std::span<Byte>> buffers) const {
  bool are_multiples = offset % direct_alignment == 0;
  std::uint64_t end = offset;
  for (const std::span<Byte> buffer : buffers) {
    are_multiples = are_multiples && is_multiple(buffer);
    if (__builtin_add_overflow(end, buffer.size(), &end)) {
      end = ~std::uint64_t{0};
      break;
    }
  }
  CAIRN_TRY(check_end(end));
  if (traits_.wants_multiples && !are_multiples) {
    return fail(Errc::InvalidArgument,
                fmt::format("{} is open for direct access: offset {} or one of its buffers is no "
                            "multiple of {}",
                            path_, offset, direct_alignment));
  }
  return {};
}

template Result<> PosixFile::check_buffers(std::uint64_t offset,
                                           std::span<const MutableBuffer> buffers) const;
template Result<> PosixFile::check_buffers(std::uint64_t offset,
                                           std::span<const ConstBuffer> buffers) const;

Result<> PosixFile::check_end(std::uint64_t end) const {
  if (end > file_size_max) {
    return fail(Errc::InvalidArgument,
                fmt::format("{} cannot have a byte at or past offset {}", path_, file_size_max));
  }
  return {};
}

Result<> PosixFile::check_state(IoKind kind) const {
  if (kind == IoKind::Read) {
    return {};
  }
  if (kind == IoKind::Write && !traits_.is_writable) {
    return fail(Errc::ReadOnly, fmt::format("{} is open for reading only", path_));
  }
  if (is_poisoned_.load(std::memory_order_acquire)) {
    const std::lock_guard lock(poison_mutex_);
    return fail(*poison_);
  }
  return {};
}

Result<bool> PosixFile::advance(Transfer& transfer, std::int64_t answer) {
  if (answer == -EINTR && ++transfer.interruptions < interruptions_max) {
    return false;
  }
  if (answer < 0 || (answer == 0 && transfer.kind == IoKind::Write)) {
    // A write that moves nothing and gives no reason would be tried for ever.
    return fail(broken(transfer, answer == 0 ? -EIO : answer));
  }
  if (transfer.kind == IoKind::SyncData) {
    return true;
  }
  const auto count = static_cast<std::size_t>(answer);
  transfer.interruptions = 0;
  transfer.vector.advance(count);
  transfer.offset += count;
  transfer.done += count;
  if (transfer.vector.bytes_left() == 0 || count == 0) {
    return true;
  }
  const bool is_odd = traits_.is_direct && count % direct_alignment != 0;
  return is_odd ? ended_early(transfer) : false;
}

/// A direct transfer that stopped between two multiples cannot go on from there. For a read that is
/// the end of the file, or else the device gave up half-way.
Result<bool> PosixFile::ended_early(const Transfer& transfer) {
  if (transfer.kind == IoKind::Read) {
    CAIRN_TRY(const std::uint64_t file_size, size());
    if (transfer.offset >= file_size) {
      return true;
    }
  }
  return fail(broken(transfer, -EIO));
}

/// What a transfer that has failed is told. The one way to fail one: a promise always poisons.
Error PosixFile::broken(const Transfer& transfer, std::int64_t answer) {
  Error error = failure(name_of(transfer.kind), answer);
  const bool is_promise = transfer.durable || transfer.kind == IoKind::SyncData;
  return is_promise ? poison(std::move(error)) : error;
}

Error PosixFile::failure(std::string_view operation, std::int64_t answer) const {
  return os_error(operation, path_, static_cast<int>(-answer));
}

Error PosixFile::poison(Error error) {
  const std::lock_guard lock(poison_mutex_);
  if (!poison_.has_value()) {
    poison_ = error;
    is_poisoned_.store(true, std::memory_order_release);
  }
  return error;
}

Result<std::size_t> PosixFile::run(Transfer& transfer) {
  bool is_complete = transfer.kind != IoKind::SyncData && transfer.vector.bytes_left() == 0;
  while (!is_complete) {
    const ssize_t answer = attempt(transfer);
    CAIRN_TRY(is_complete, advance(transfer, answer));
  }
  return transfer.done;
}

ssize_t PosixFile::attempt(Transfer& transfer) {
  switch (transfer.kind) {
    case IoKind::Read:
      return syscalls_.read(fd_.get(), transfer.vector.rest(), transfer.offset);
    case IoKind::Write:
      return transfer.durable
                 ? write_and_sync(transfer)
                 : syscalls_.write(fd_.get(), transfer.vector.rest(), transfer.offset, 0);
    case IoKind::SyncData:
      return syscalls_.sync_data(fd_.get());
  }
  std::unreachable();
}

/// Systems without synchronous writes per call exist (sandboxed kernels): there a sync follows.
ssize_t PosixFile::write_and_sync(Transfer& transfer) {
  const auto rest = transfer.vector.rest();
  const ssize_t answer = syscalls_.write(fd_.get(), rest, transfer.offset, RWF_DSYNC);
  if (answer != -EOPNOTSUPP) {
    return answer;
  }
  const ssize_t count = syscalls_.write(fd_.get(), rest, transfer.offset, 0);
  if (count <= 0) {
    return count;
  }
  const int synced = syscalls_.sync_data(fd_.get());
  return synced < 0 ? synced : count;
}

}  // namespace cairn::sys
