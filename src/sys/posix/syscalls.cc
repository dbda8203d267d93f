// SPDX-License-Identifier: Apache-2.0
#include "sys/posix/syscalls.h"

#include <cerrno>
#include <cstdio>

#include <fcntl.h>
#include <unistd.h>

namespace cairn::sys {

namespace {

constexpr mode_t file_mode = 0640;

template <typename T>
T or_error(T result) noexcept {
  return result >= 0 ? result : static_cast<T>(-errno);
}

off_t signed_offset(std::uint64_t offset) noexcept {
  return static_cast<off_t>(offset);
}

}  // namespace

int Syscalls::open(int folder, const char* name, int flags) noexcept {
  return or_error(::openat(folder, name, flags, file_mode));
}

int Syscalls::set_flags(int fd, int flags) noexcept {
  return or_error(::fcntl(fd, F_SETFL, flags));
}

ssize_t Syscalls::read(int fd, std::span<const iovec> into, std::uint64_t offset) noexcept {
  return or_error(::preadv(fd, into.data(), static_cast<int>(into.size()), signed_offset(offset)));
}

ssize_t Syscalls::write(int fd, std::span<const iovec> from, std::uint64_t offset,
                        int flags) noexcept {
  return or_error(
      ::pwritev2(fd, from.data(), static_cast<int>(from.size()), signed_offset(offset), flags));
}

int Syscalls::sync_data(int fd) noexcept {
  return or_error(::fdatasync(fd));
}

int Syscalls::sync_folder(int fd) noexcept {
  return or_error(::fsync(fd));
}

int Syscalls::allocate(int fd, std::uint64_t size) noexcept {
  return or_error(::fallocate(fd, 0, 0, signed_offset(size)));
}

int Syscalls::truncate(int fd, std::uint64_t size) noexcept {
  return or_error(::ftruncate(fd, signed_offset(size)));
}

int Syscalls::rename(int from_folder, const char* from, int to_folder, const char* to) noexcept {
  return or_error(::renameat(from_folder, from, to_folder, to));
}

int Syscalls::set_up_ring() noexcept {
  return 0;
}

int Syscalls::ring_result(IoKind, int result) noexcept {
  return result;
}

Syscalls& real_syscalls() noexcept {
  static Syscalls real;
  return real;
}

}  // namespace cairn::sys
