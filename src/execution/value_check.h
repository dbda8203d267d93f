// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstddef>
#include <cstdint>
#include <vector>

#include "cairn/trust.h"
#include "schema/codec.h"
#include "state/plan.h"

namespace cairn::execution {

/// Whether what a domain gives are values, as far as its host does not believe so anyway. What a
/// plugin is refused, the same domain compiled in is refused too: with Trust::Compiled nothing is
/// left out but what C++ cannot make wrong. Worked out once for a domain; immutable.
class ValueCheck final {
 public:
  ValueCheck(const state::Plan& plan, Trust trust);

  /// Whether memory holds a row as it may be created: a value, its machines where they start.
  [[nodiscard]] bool is_new_row(std::uint16_t record, const std::byte* memory) const;

  /// Whether the memory of a row has a value in this field.
  [[nodiscard]] bool is_field(std::uint16_t record, std::uint16_t field,
                              const std::byte* row) const;

  /// How the canonical bytes of a struct are looked at.
  struct Look {
    const StructInfo* structure = nullptr;
    schema::Codec codec;
    std::uint64_t scratch_per_byte = 0;
  };

  /// For the event, command or detail; null when its bytes are believed.
  [[nodiscard]] const Look* look_at(const StructInfo& structure) const noexcept;

  /// Canonical bytes of the largest detail of a rejection.
  [[nodiscard]] std::size_t detail_bytes_max() const noexcept { return detail_bytes_max_; }

 private:
  /// A machine of a record: where it is in a row, and where it starts.
  struct Start {
    std::uint32_t offset = 0;
    std::uint8_t width = 0;
    bool is_signed = false;
    std::int64_t state = 0;
  };

  void add_record(const StructInfo& record, Trust trust);
  void add(const StructInfo& structure, Trust trust);

  const state::Plan& plan_;
  std::vector<std::uint64_t> fields_;       ///< by record, a bit for each field that is looked at
  std::vector<std::vector<Start>> starts_;  ///< by record
  std::vector<Look> looks_;                 ///< by the address of the struct
  std::size_t detail_bytes_max_ = 0;
};

}  // namespace cairn::execution
