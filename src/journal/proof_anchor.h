// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstdint>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "cairn/error.h"
#include "journal/proof.h"
#include "journal/tree.h"

namespace cairn::journal {

/// Earlier heads of one journal, kept where whoever runs the journal cannot change them. A small
/// text file; docs/formats/receipt.md. A plain value.
struct Anchors {
  std::string origin;
  std::vector<TreePoint> heads;  ///< by ascending size

  friend bool operator==(const Anchors&, const Anchors&) = default;
};

/// Requires: what `parse_anchors` would return.
[[nodiscard]] std::string print_anchors(const Anchors& anchors);

/// Reads exactly what `print_anchors` writes; the error names line and reason. Unsupported for a
/// newer version, by number.
Result<Anchors> parse_anchors(std::string_view text);

/// What a head says about one that was anchored earlier.
enum class AnchorVerdict : std::uint8_t {
  Same,        ///< the same tree
  Extended,    ///< it begins with all that was anchored
  RolledBack,  ///< it is smaller: what was anchored is gone
  Forked,      ///< it is as large or larger, and what was anchored is not in it
};

[[nodiscard]] std::string_view to_string(AnchorVerdict verdict) noexcept;

/// Judges by a consistency proof from anchor to head; between equal sizes it must be empty. A wrong
/// proof is a fork: whoever shows a head owes the right one.
[[nodiscard]] AnchorVerdict judge_anchor(const TreePoint& anchor, const TreePoint& head,
                                         std::span<const Digest> proof) noexcept;

/// Judges the tree as it is now, with a proof of its own making.
Result<AnchorVerdict> judge_anchor(const TreePoint& anchor, Tree& tree);

}  // namespace cairn::journal
