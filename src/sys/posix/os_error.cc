// SPDX-License-Identifier: Apache-2.0
#include "sys/posix/os_error.h"

#include <cerrno>
#include <cstring>

#include <fmt/format.h>

namespace cairn::sys {

namespace {

std::string_view text_of(int number) {
  const char* const text = ::strerrordesc_np(number);
  return text == nullptr ? "unknown error" : text;
}

std::string_view hint_for(int number) noexcept {
  switch (number) {
    case ENOSPC:
      return "free some space on that file system";
    case EDQUOT:
      return "raise the quota or free some space";
    case EROFS:
      return "mount the file system for writing, or use another folder";
    case EACCES:
    case EPERM:
      return "check the owner and the mode of the file and of the folders above it";
    case EIO:
      return "check the device and the kernel's log";
    case EMFILE:
    case ENFILE:
      return "raise the limit on open files (ulimit -n)";
    case ELOOP:
      return "symbolic links below the data folder are not followed";
    case EXDEV:
      return "both names must be on the same file system";
    default:
      return {};
  }
}

}  // namespace

Errc errc_of(int number) noexcept {
  switch (number) {
    case ENOENT:
      return Errc::NotFound;
    case EEXIST:
      return Errc::AlreadyExists;
    case EINVAL:
    case EISDIR:
    case ENOTDIR:
    case ENOTEMPTY:
    case ELOOP:
    case ENAMETOOLONG:
    case EXDEV:
      return Errc::InvalidArgument;
    case ENOSPC:
    case EDQUOT:
      return Errc::NoSpace;
    case EROFS:
      return Errc::ReadOnly;
    case EACCES:
    case EPERM:
      return Errc::PermissionDenied;
    case EFBIG:
    case EOVERFLOW:
      return Errc::TooLarge;
    case EAGAIN:
    case EBUSY:
    case ETXTBSY:
    case EMFILE:
    case ENFILE:
    case ENOMEM:
    case ENOLCK:
      return Errc::Busy;
    case ENOSYS:
    case EOPNOTSUPP:
      return Errc::Unsupported;
    case ETIMEDOUT:
      return Errc::TimedOut;
    default:
      return Errc::IoFailed;
  }
}

Error os_error(std::string_view operation, std::string_view path, int number) {
  Error error(errc_of(number), fmt::format("cannot {} {}: {}", operation, path, text_of(number)));
  const std::string_view hint = hint_for(number);
  return hint.empty() ? error : std::move(error).advise(hint);
}

}  // namespace cairn::sys
