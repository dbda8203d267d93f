// SPDX-License-Identifier: Apache-2.0
#include <string>

#include <fmt/core.h>

#include "cairn/testing_core.h"

namespace cairn::testing {

namespace {

std::string_view take_line(std::string_view& text) {
  const std::size_t end = text.find('\n');
  const std::string_view line = text.substr(0, end);
  text.remove_prefix(end == std::string_view::npos ? text.size() : end + 1);
  return line;
}

}  // namespace

std::string difference(std::string_view expected, std::string_view actual) {
  for (std::size_t line = 1; !expected.empty() || !actual.empty(); ++line) {
    const bool has_expected = !expected.empty();
    const bool has_actual = !actual.empty();
    const std::string_view wanted = take_line(expected);
    const std::string_view got = take_line(actual);
    if (wanted != got || has_expected != has_actual) {
      return fmt::format("line {}: expected \"{}\", got \"{}\"", line,
                         has_expected ? wanted : "(nothing)", has_actual ? got : "(nothing)");
    }
  }
  return {};
}

}  // namespace cairn::testing
