// SPDX-License-Identifier: Apache-2.0
#include "journal/proof_anchor.h"

#include <algorithm>
#include <utility>

#include <fmt/core.h>

#include "base/limits.h"
#include "cairn/integers.h"
#include "journal/note.h"

namespace cairn::journal {

namespace {

constexpr std::string_view anchors_title = "cairn anchors ";
constexpr std::string_view anchors_version = "1";

std::unexpected<Error> refuse(std::size_t line, std::string_view why) {
  return fail(Errc::Corrupt, fmt::format("line {}: {}", line, why));
}

Result<> check_title(std::string_view line) {
  if (!line.starts_with(anchors_title)) {
    return refuse(1, "this is no file of anchors");
  }
  const std::string_view version = line.substr(anchors_title.size());
  if (version == anchors_version) {
    return {};
  }
  if (parse_integer<std::uint64_t>(version)) {
    return fail(Errc::Unsupported,
                fmt::format("version {} of a file of anchors; this build reads {}", version,
                            anchors_version));
  }
  return refuse(1, "the version is no number");
}

Result<TreePoint> parse_anchor(std::string_view line, std::size_t number) {
  const std::size_t space = line.find(' ');
  const auto size = parse_integer<std::uint64_t>(line.substr(0, space));
  if (!size || space == std::string_view::npos) {
    return refuse(number, "an anchor is a size, a space and a root");
  }
  const auto root = Digest::parse(line.substr(space + 1));
  if (!root) {
    return refuse(number, "the root is not 64 lower-case hexadecimal digits");
  }
  return TreePoint{.size = *size, .root = *root};
}

}  // namespace

std::string print_anchors(const Anchors& anchors) {
  std::string out = fmt::format("{}{}\n{}\n", anchors_title, anchors_version, anchors.origin);
  for (const TreePoint& head : anchors.heads) {
    out += fmt::format("{} {}\n", head.size, head.root.to_string());
  }
  return out;
}

Result<Anchors> parse_anchors(std::string_view text) {
  if (text.size() > anchor_file_bytes_max) {
    return fail(Errc::TooLarge, fmt::format("{} bytes; the limit of a file of anchors is {}",
                                            text.size(), anchor_file_bytes_max));
  }
  CAIRN_TRY(check_title(text.substr(0, text.find('\n'))));
  Anchors anchors;
  std::size_t number = 0;
  while (!text.empty()) {
    ++number;
    const std::size_t end = text.find('\n');
    if (end == std::string_view::npos) {
      return refuse(number, "no line feed ends it");
    }
    const std::string_view line = text.substr(0, end);
    text.remove_prefix(end + 1);
    if (number == 1) {
      continue;
    }
    if (number == 2) {
      anchors.origin = line;
      continue;
    }
    CAIRN_TRY(const TreePoint head, parse_anchor(line, number));
    if (!anchors.heads.empty() && anchors.heads.back().size >= head.size) {
      return refuse(number, "its size is not above that of the line before");
    }
    anchors.heads.push_back(head);
  }
  if (!is_key_name(anchors.origin)) {
    return refuse(2, "the origin is not the name of a key");
  }
  if (anchors.heads.empty()) {
    return refuse(3, "is missing: there is no anchor");
  }
  return anchors;
}

std::string_view to_string(AnchorVerdict verdict) noexcept {
  switch (verdict) {
    case AnchorVerdict::Same:
      return "same";
    case AnchorVerdict::Extended:
      return "extended";
    case AnchorVerdict::RolledBack:
      return "rolled_back";
    case AnchorVerdict::Forked:
      return "forked";
  }
  return "";
}

AnchorVerdict judge_anchor(const TreePoint& anchor, const TreePoint& head,
                           std::span<const Digest> proof) noexcept {
  if (head.size < anchor.size) {
    return AnchorVerdict::RolledBack;
  }
  if (!verify_consistency(anchor, head, proof)) {
    return AnchorVerdict::Forked;
  }
  return head.size == anchor.size ? AnchorVerdict::Same : AnchorVerdict::Extended;
}

Result<AnchorVerdict> judge_anchor(const TreePoint& anchor, Tree& tree) {
  if (tree.size() < anchor.size) {
    return AnchorVerdict::RolledBack;
  }
  CAIRN_TRY(const Proof proof, tree.consistency(anchor.size, tree.size()));
  return judge_anchor(anchor, tree.head(), proof);
}

}  // namespace cairn::journal
