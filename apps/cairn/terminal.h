// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstdint>
#include <string>
#include <string_view>

#include "cairn/time.h"

namespace cairn::cli {

enum class Colour : std::uint8_t { Red, Green, Dim };

/// The text in a colour, when standard output is a terminal and NO_COLOR is not set; else as it is.
[[nodiscard]] std::string coloured(Colour colour, std::string_view text);

/// A bar on standard error while something takes long; nothing when that is no terminal. One
/// thread.
class ProgressBar final {
 public:
  explicit ProgressBar(std::string_view what);

  ~ProgressBar() { end(); }

  ProgressBar(const ProgressBar&) = delete;
  ProgressBar& operator=(const ProgressBar&) = delete;

  void show(std::uint64_t done, std::uint64_t total);
  /// Takes the bar away, before something is printed.
  void end();

 private:
  std::string what_;
  bool is_terminal_;
  bool is_shown_ = false;
  Instant next_ = {};
};

}  // namespace cairn::cli
