// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstddef>
#include <cstdint>
#include <optional>
#include <vector>

#include "state/writer.h"

namespace cairn::execution {

/// What the rows that a command touched hold once it is settled. Rules of the domain are asked
/// after that, and code that kept what `edit` once gave could write to a row behind everybody's
/// back: neither the delta nor an index would know. One for each executor; its memory is kept.
class RowSeal final {
 public:
  /// Keeps what they hold. Requires: the command is settled.
  void close(const state::Writer& writer);

  /// Makes all of them hold again what they did, and tells of which record the first was that did
  /// not. Requires: nothing was changed through the writer since they were kept.
  [[nodiscard]] std::optional<std::uint16_t> restore(const state::Writer& writer);

 private:
  std::vector<std::byte> kept_;  ///< row after row, in the order of the log
};

}  // namespace cairn::execution
