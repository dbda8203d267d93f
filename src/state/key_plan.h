// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <bit>
#include <compare>
#include <cstddef>
#include <cstdint>
#include <cstring>
#include <span>
#include <vector>

#include "cairn/byte_writer.h"
#include "cairn/descriptor.h"
#include "schema/key_codec.h"
#include "state/row.h"

namespace cairn::state {

/// How the key bytes of one index come from a row: what schema::encode_key does, worked out once,
/// and the same order without writing bytes. Most keys are one number of eight bytes, and that way
/// is short. Reads what a row holds as far as its type reaches, whatever its sizes say, so that a
/// row written to carelessly gives a wrong key and nothing worse. Immutable.
class KeyPlan final {
 public:
  KeyPlan(const StructInfo& record, const IndexInfo& index);

  [[nodiscard]] const IndexInfo& index() const noexcept { return *index_; }

  /// Whether every key is the same number of bytes, at most eight, and one field.
  [[nodiscard]] bool is_number() const noexcept { return number_width_ != 0; }

  /// Bytes of every key; 0 when it is no number.
  [[nodiscard]] std::size_t number_width() const noexcept { return number_width_; }

  /// Bytes of the shortest key.
  [[nodiscard]] std::size_t size_min() const noexcept { return size_min_; }

  /// The key of a row in key bytes.
  [[nodiscard]] std::span<const std::byte> encode(ConstRow row,
                                                  schema::KeyBuffer& buffer) const noexcept;

  /// Appends the key as a delta names a row by it: a number as it is, any other key with its size
  /// before it.
  void put(ConstRow row, GrowingByteWriter& out) const noexcept {
    if (number_width_ == sizeof(std::uint64_t)) [[likely]] {
      std::uint64_t number = 0;
      std::memcpy(&number, row + offset_, sizeof(number));
      return out.u64(std::byteswap(number ^ flip_));
    }
    put_any(row, out);
  }

  /// The first eight key bytes, as a number that sorts as they do; zero bytes follow a shorter key.
  [[nodiscard]] std::uint64_t prefix(ConstRow row) const noexcept;

  [[nodiscard]] static std::uint64_t prefix(std::span<const std::byte> key) noexcept {
    std::uint64_t bytes = 0;
    if (key.size() >= sizeof(bytes)) [[likely]] {
      std::memcpy(&bytes, key.data(), sizeof(bytes));
    } else {
      std::memcpy(&bytes, key.data(), key.size());
    }
    return std::byteswap(bytes);
  }

  /// The order of the keys of two rows.
  [[nodiscard]] std::strong_ordering compare(ConstRow a, ConstRow b) const noexcept;

  /// Whether the row's key is this one.
  [[nodiscard]] bool matches(ConstRow row, std::span<const std::byte> key) const noexcept {
    if (number_width_ == sizeof(std::uint64_t)) [[likely]] {
      std::uint64_t number = 0;
      std::memcpy(&number, row + offset_, sizeof(number));
      return key.size() == sizeof(number) && prefix(key) == (number ^ flip_);
    }
    return matches_any(row, key);
  }

  /// Whether the key is that of both rows.
  [[nodiscard]] bool same(ConstRow a, ConstRow b) const noexcept { return compare(a, b) == 0; }

  /// Whether no text in the key says that it is longer than its type allows.
  [[nodiscard]] bool is_well_formed(ConstRow row) const noexcept {
    return is_number() || texts_are_well_formed(row);
  }

 private:
  /// A piece of the key: what lies at `offset` of a row.
  struct Part {
    enum class Code : std::uint8_t {
      Number,  ///< of `size` bytes; its first bit turned over when `flips`
      Bytes,   ///< `size` bytes as they lie
      Text,    ///< in place, at most `size` bytes
      Option,  ///< a byte that says whether the `size` next parts are there
    };

    Code code = Code::Number;
    bool flips = false;
    std::uint32_t offset = 0;
    std::uint32_t size = 0;
  };

  /// Of an option.
  [[nodiscard]] static bool has_value(const Part& part, ConstRow row) noexcept {
    return row[part.offset] != std::byte{0};
  }

  void put_any(ConstRow row, GrowingByteWriter& out) const noexcept;
  [[nodiscard]] bool matches_any(ConstRow row, std::span<const std::byte> key) const noexcept;
  [[nodiscard]] bool texts_are_well_formed(ConstRow row) const noexcept;
  [[nodiscard]] std::size_t add(const TypeInfo& type, std::uint32_t offset);

  [[nodiscard]] bool is_text() const noexcept { return text_size_max_ != 0; }

  [[nodiscard]] std::uint64_t text_prefix(ConstRow row) const noexcept;
  static std::size_t write_number_part(std::byte* out, const Part& part, ConstRow row) noexcept;
  [[nodiscard]] std::size_t write(ConstRow row, std::byte* out, std::size_t enough) const noexcept;
  [[nodiscard]] static std::strong_ordering compare_part(const Part& part, ConstRow a,
                                                         ConstRow b) noexcept;

  const IndexInfo* index_;
  std::uint32_t offset_ = 0;
  std::uint8_t number_width_ = 0;    ///< 0 when the key is no single number
  std::uint64_t flip_ = 0;           ///< turns a signed number's sign over
  std::uint32_t text_size_max_ = 0;  ///< of the text that is the whole key; 0 when none is
  std::size_t size_min_ = 0;
  std::vector<Part> parts_;
};

}  // namespace cairn::state
