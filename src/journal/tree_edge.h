// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstdint>
#include <string_view>
#include <vector>

#include "cairn/digest.h"
#include "cairn/error.h"
#include "sys/disk.h"

namespace cairn::journal {

/// The tree keeps whole groups of leaves, and reads single ones from the log. Where the log's
/// beginning was dropped in the middle of a group, these are the hashes of that group's
/// transactions that are gone: docs/formats/tree.md.
struct TreeEdge {
  std::uint64_t first = 0;  ///< index of the leaf, from 0; the first of a group
  std::vector<Digest> hashes;
};

inline constexpr std::string_view tree_edge_file = "tree-edge";

/// What is there; empty when nothing is. Corrupt when it is not what was written.
Result<TreeEdge> load_tree_edge(sys::Disk& disk, std::string_view folder);
/// Durably. Requires: fewer hashes than a group has.
Result<> save_tree_edge(sys::Disk& disk, std::string_view folder, const TreeEdge& edge);

}  // namespace cairn::journal
