// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstddef>
#include <cstdint>
#include <string>
#include <vector>

#include "petri/net.h"
#include "petri/runs.h"

namespace cairn::petri {

/// What a command was seen to touch, refused runs included, since they read too. Numbers are
/// places of the net, then edges.
struct Footprint {
  bool is_known = false;              ///< a run of it was recorded
  std::vector<std::uint32_t> reads;   ///< ascending; what is written too is only in `writes`
  std::vector<std::uint32_t> writes;  ///< ascending
};

/// What separates two commands. They are disjoint when neither was seen to write what the other
/// touches: then their order makes no difference.
enum class Overlap : std::uint8_t { Unknown, Disjoint, Shared };

class Footprints final {
 public:
  /// Requires: `net` and `runs` of this schema.
  Footprints(const schema::Schema& schema, const Net& net, const Runs& runs);

  /// By position in DomainInfo::commands.
  [[nodiscard]] const Footprint& of(std::size_t command) const { return prints_[command]; }

  [[nodiscard]] std::size_t size() const noexcept { return prints_.size(); }

  [[nodiscard]] Overlap overlap(std::size_t a, std::size_t b) const;

  /// "Account.status.Open", "edge targets".
  [[nodiscard]] const std::string& name(std::uint32_t touched) const { return names_[touched]; }

 private:
  void touch(const CommandRun& run, const Net& net);

  std::vector<Footprint> prints_;
  std::vector<std::string> names_;
  std::uint32_t first_edge_ = 0;
};

}  // namespace cairn::petri
