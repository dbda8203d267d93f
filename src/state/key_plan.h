// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstddef>
#include <cstdint>
#include <span>

#include "cairn/descriptor.h"
#include "schema/key_codec.h"
#include "state/row.h"

namespace cairn::state {

/// How the key bytes of one index come from a row. Most keys are one number of eight bytes, and
/// that way is short. Immutable.
class KeyPlan final {
 public:
  KeyPlan(const StructInfo& record, const IndexInfo& index);

  [[nodiscard]] const IndexInfo& index() const noexcept { return *index_; }

  /// Whether every key is the same number of bytes, at most eight, and one field.
  [[nodiscard]] bool is_number() const noexcept { return number_width_ != 0; }

  /// Bytes of every key; 0 when it is no number.
  [[nodiscard]] std::size_t number_width() const noexcept { return number_width_; }

  /// The key of a row in key bytes.
  [[nodiscard]] std::span<const std::byte> encode(ConstRow row,
                                                  schema::KeyBuffer& buffer) const noexcept;

  /// The first eight key bytes, as a number that sorts as they do; zero bytes follow a shorter key.
  [[nodiscard]] std::uint64_t prefix(ConstRow row) const noexcept;
  [[nodiscard]] static std::uint64_t prefix(std::span<const std::byte> key) noexcept;

  /// Whether the row's key is this one.
  [[nodiscard]] bool matches(ConstRow row, std::span<const std::byte> key) const noexcept;

  /// Whether the key is that of both rows.
  [[nodiscard]] bool same(ConstRow a, ConstRow b) const noexcept;

 private:
  const StructInfo* record_;
  const IndexInfo* index_;
  std::uint32_t offset_ = 0;
  std::uint8_t number_width_ = 0;  ///< 0 when the key is no single number
  std::uint64_t flip_ = 0;         ///< turns a signed number's sign over
};

}  // namespace cairn::state
