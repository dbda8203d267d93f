// SPDX-License-Identifier: Apache-2.0
#include "journal/tree_head.h"

#include <algorithm>

#include <fmt/core.h>

#include "cairn/integers.h"
#include "journal/note.h"
#include "journal/note_base64.h"

namespace cairn::journal {

namespace {

std::unexpected<Error> refuse(std::size_t line, std::string_view why) {
  return fail(Errc::Corrupt, fmt::format("line {}: {}", line, why));
}

std::vector<std::string_view> lines_of(std::string_view text) {
  std::vector<std::string_view> lines;
  while (!text.empty()) {
    const std::size_t end = text.find('\n');
    lines.push_back(text.substr(0, end));
    text.remove_prefix(end + 1);
  }
  return lines;
}

}  // namespace

std::string print_head(const TreeHead& head) {
  std::string out =
      fmt::format("{}\n{}\n{}\n", head.origin, head.tree.size, to_base64(head.tree.root.bytes));
  for (const std::string& line : head.extensions) {
    out += line + '\n';
  }
  return out;
}

Result<TreeHead> parse_head(std::string_view text) {
  CAIRN_TRY(check_note_text(text));
  const std::vector<std::string_view> lines = lines_of(text);
  const auto empty = std::ranges::find(lines, std::string_view());
  if (empty != lines.end()) {
    return refuse(static_cast<std::size_t>(empty - lines.begin()) + 1, "is empty");
  }
  constexpr std::size_t lines_min = 3;
  if (lines.size() < lines_min) {
    return refuse(lines.size() + 1, "is missing: a head has an origin, a size and a root");
  }
  TreeHead head{.origin = std::string(lines[0]), .tree = {}};
  const auto size = parse_integer<std::uint64_t>(lines[1]);
  if (!size) {
    return refuse(2, "the size is not a decimal number without leading zeros");
  }
  head.tree.size = *size;
  const auto root = from_base64(lines[2]);
  if (!root || root->size() != head.tree.root.bytes.size()) {
    return refuse(3, "the root is not the base64 of 32 bytes");
  }
  std::ranges::copy(*root, head.tree.root.bytes.begin());
  head.extensions.assign(lines.begin() + lines_min, lines.end());
  return head;
}

}  // namespace cairn::journal
