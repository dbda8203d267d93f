// SPDX-License-Identifier: Apache-2.0
// The part of PosixFile that makes space ahead of use.
#include <algorithm>
#include <cerrno>
#include <memory>
#include <new>
#include <vector>

#include <fmt/format.h>
#include <unistd.h>

#include "sys/posix/os_error.h"
#include "sys/posix/posix_file.h"

namespace cairn::sys {

namespace {

constexpr std::size_t zero_block_size = std::size_t{1} << 20U;

struct FreeAligned {
  void operator()(std::byte* bytes) const noexcept {
    ::operator delete[](bytes, std::align_val_t{direct_alignment});
  }
};

using AlignedBlock = std::unique_ptr<std::byte[], FreeAligned>;

AlignedBlock make_zeros(std::size_t size) {
  AlignedBlock block(
      static_cast<std::byte*>(::operator new[](size, std::align_val_t{direct_alignment})));
  std::fill_n(block.get(), size, std::byte{0});
  return block;
}

/// Where the next hole (or data) begins at or after `from`; `end` when there is none before it, or
/// when the file system does not know.
std::uint64_t seek(int fd, std::uint64_t from, int what, std::uint64_t end) noexcept {
  const off_t found = ::lseek(fd, static_cast<off_t>(from), what);
  return found < 0 ? end : std::min(static_cast<std::uint64_t>(found), end);
}

}  // namespace

Result<> PosixFile::preallocate(std::uint64_t size, Allocation how) {
  CAIRN_TRY(check_end(size));
  if (traits_.wants_multiples && size % direct_alignment != 0) {
    return fail(Errc::InvalidArgument,
                fmt::format("{} is open for direct access: its size {} is no multiple of {}", path_,
                            size, direct_alignment));
  }
  CAIRN_TRY(check_state(IoKind::Write));
  CAIRN_TRY(const std::uint64_t old_size, this->size());
  auto result = allocate_from(old_size, size, how);
  if (!result && size > old_size) {
    // Best effort: the first failure is the one to tell.
    const auto restored = truncate(old_size);
    (void)restored;
  }
  return result;
}

Result<> PosixFile::allocate_from(std::uint64_t old_size, std::uint64_t size, Allocation how) {
  if (size == 0) {
    return {};
  }
  auto reserved = reserve(size);
  if (reserved && how == Allocation::Reserve) {
    return {};
  }
  if (!reserved && reserved.error().code() != Errc::Unsupported) {
    return reserved;
  }
  if (!reserved && size > old_size) {
    CAIRN_TRY(truncate(size));
  }
  CAIRN_TRY(write_zeros_around(old_size, size));
  return how == Allocation::WriteZeros ? sync_data() : Result<>{};
}

/// What the file had keeps its bytes: there only holes are written. All behind is written, for a
/// file system may call reserved space data.
Result<> PosixFile::write_zeros_around(std::uint64_t old_size, std::uint64_t size) {
  const std::uint64_t kept =
      (old_size + direct_alignment - 1) / direct_alignment * direct_alignment;
  CAIRN_TRY(fill_holes(std::min(kept, size)));
  return size > kept ? write_zeros(kept, size) : Result<>{};
}

Result<> PosixFile::truncate(std::uint64_t size) {
  const int answer = uninterrupted([&] { return syscalls_.truncate(fd_.get(), size); });
  return answer < 0 ? Result<>(fail(failure("resize", answer))) : Result<>{};
}

Result<> PosixFile::reserve(std::uint64_t size) {
  const int answer = uninterrupted([&] { return syscalls_.allocate(fd_.get(), size); });
  return answer < 0 ? Result<>(fail(failure("make space for", answer))) : Result<>{};
}

Result<> PosixFile::fill_holes(std::uint64_t end) {
  std::uint64_t hole = seek(fd_.get(), 0, SEEK_HOLE, end);
  while (hole < end) {
    const std::uint64_t data = seek(fd_.get(), hole, SEEK_DATA, end);
    CAIRN_TRY(write_zeros(hole, data));
    hole = seek(fd_.get(), data, SEEK_HOLE, end);
  }
  return {};
}

Result<> PosixFile::write_zeros(std::uint64_t begin, std::uint64_t end) {
  const std::size_t block_size = std::min<std::uint64_t>(end - begin, zero_block_size);
  const AlignedBlock zeros = make_zeros(block_size);
  const std::vector<ConstBuffer> blocks(io_buffers_max, ConstBuffer(zeros.get(), block_size));
  while (begin < end) {
    const std::uint64_t left = end - begin;
    const std::size_t whole = std::min<std::uint64_t>(left / block_size, io_buffers_max);
    const ConstBuffer part(zeros.get(), whole > 0 ? 0 : left);
    Transfer transfer{.kind = IoKind::Write, .offset = begin};
    transfer.vector.assign(whole > 0 ? std::span(blocks).first(whole) : std::span(&part, 1));
    CAIRN_TRY(const std::size_t count, run(transfer));
    begin += count;
  }
  return {};
}

}  // namespace cairn::sys
