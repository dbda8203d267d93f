// SPDX-License-Identifier: Apache-2.0
#include "apps/cairn/terminal.h"

#include <algorithm>
#include <cstdio>
#include <cstdlib>

#include <fmt/core.h>
#include <unistd.h>

#include "sys/posix/posix_clock.h"

namespace cairn::cli {

namespace {

constexpr std::size_t bar_width = 30;
/// Neither before it is long nor more often than eyes can see.
constexpr Duration pause = milliseconds(100);

std::string_view code_of(Colour colour) noexcept {
  switch (colour) {
    case Colour::Red:
      return "31";
    case Colour::Green:
      return "32";
    case Colour::Dim:
      return "2";
  }
  return "0";
}

}  // namespace

std::string coloured(Colour colour, std::string_view text) {
  static const bool is_on = ::isatty(STDOUT_FILENO) == 1 && std::getenv("NO_COLOR") == nullptr;
  return is_on ? fmt::format("\x1b[{}m{}\x1b[0m", code_of(colour), text) : std::string(text);
}

ProgressBar::ProgressBar(std::string_view what)
    : what_(what),
      is_terminal_(::isatty(STDERR_FILENO) == 1),
      next_{sys::PosixClock().monotonic_now().nanoseconds + pause.nanoseconds} {}

void ProgressBar::end() {
  if (is_shown_) {
    std::fputs("\r\x1b[K", stderr);
    is_shown_ = false;
  }
}

void ProgressBar::show(std::uint64_t done, std::uint64_t total) {
  if (!is_terminal_) {
    return;
  }
  const Instant now = sys::PosixClock().monotonic_now();
  if (now < next_) {
    return;
  }
  next_ = {now.nanoseconds + pause.nanoseconds};
  is_shown_ = true;
  const std::uint64_t percent = total == 0 ? 100 : std::min(done, total) * 100 / total;
  const std::string bar(percent * bar_width / 100, '#');
  fmt::print(stderr, "\r{} [{:<{}}] {:>3} %  {} of {}\x1b[K", what_, bar, bar_width, percent, done,
             total);
  std::fflush(stderr);
}

}  // namespace cairn::cli
