// SPDX-License-Identifier: Apache-2.0
// Any bytes as a quarantine file: refused, or read, and then what was read is written as it was.
// Half of the inputs are put into a file that is right.
#include "watchdog/quarantine.h"

#include <cstddef>
#include <cstdint>
#include <string>
#include <string_view>

#include "base/check.h"

namespace {

using cairn::watchdog::Quarantined;

std::string right() {
  std::string text = cairn::watchdog::quarantine_head();
  for (const std::uint64_t number : {1U, 2U, 3U}) {
    text += cairn::watchdog::to_line({.command = {},
                                      .domain = "bank",
                                      .name = "Transfer",
                                      .position = cairn::Seq(number),
                                      .time = {7}});
  }
  return text;
}

void read(std::string_view text) {
  const auto read = cairn::watchdog::parse_quarantine(text);
  if (!read) {
    CAIRN_CHECK(!read.error().message().empty());
    return;
  }
  std::string written;
  if (read->whole_bytes > 0) {
    written = cairn::watchdog::quarantine_head();
  }
  for (const Quarantined& command : read->commands) {
    written += to_line(command);
  }
  CAIRN_CHECK(written == text.substr(0, read->whole_bytes));
  CAIRN_CHECK(read->left_out.empty() == (read->whole_bytes == text.size()));
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  const std::string_view input(reinterpret_cast<const char*>(data), size);
  read(input);
  if (size >= 2) {
    std::string text = right();
    const std::size_t at = static_cast<std::uint8_t>(input[0]) * std::size_t{2} % text.size();
    read(text.replace(at, static_cast<std::uint8_t>(input[1]), input.substr(2)));
  }
  return 0;
}
