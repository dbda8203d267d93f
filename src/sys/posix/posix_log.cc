// SPDX-License-Identifier: Apache-2.0
#include "sys/posix/posix_log.h"

#include <cerrno>
#include <cstddef>
#include <string_view>

#include <unistd.h>

#include "sys/posix/syscalls.h"

namespace cairn::sys {

namespace {

void write_line(int fd, std::string_view line) noexcept {
  int interruptions = 0;
  while (!line.empty()) {
    const ssize_t count = ::write(fd, line.data(), line.size());
    if (count > 0) {
      line.remove_prefix(static_cast<std::size_t>(count));
      interruptions = 0;
    } else if (count == 0 || errno != EINTR || ++interruptions > interruptions_max) {
      return;
    }
  }
}

}  // namespace

LogOptions log_to(int fd, Clock& clock) {
  return {.format = ::isatty(fd) == 1 ? LogFormat::Text : LogFormat::Json,
          .now = [&clock] { return clock.wall_now(); },
          .sink = [fd](std::string_view line) { write_line(fd, line); }};
}

}  // namespace cairn::sys
