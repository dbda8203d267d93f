// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <string>
#include <string_view>
#include <vector>

#include "cairn/error.h"
#include "journal/proof.h"

namespace cairn::journal {

/// What a journal signs about its tree: the text of a C2SP tlog-checkpoint. A plain value.
struct TreeHead {
  std::string origin;  ///< which journal: the name of its key
  TreePoint tree;
  std::vector<std::string> extensions = {};  ///< lines that others may have added; we write none

  friend bool operator==(const TreeHead&, const TreeHead&) = default;
};

/// Requires: origin and extensions are lines that are not empty.
[[nodiscard]] std::string print_head(const TreeHead& head);

/// Reads exactly what `print_head` writes; the error names line and reason. `text` is that of a
/// note.
Result<TreeHead> parse_head(std::string_view text);

}  // namespace cairn::journal
