// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <bit>
#include <cstddef>
#include <cstdint>
#include <cstring>
#include <span>
#include <string_view>

#include "cairn/error.h"
#include "cairn/int128.h"
#include "cairn/varint.h"

namespace cairn {

static_assert(std::endian::native == std::endian::little,
              "codecs copy integers as they lie in memory");

/// Reads values off bytes that somebody else made: bounds-checked, little-endian, one encoding per
/// value, no allocation before a failure is reported. A view: the bytes must outlive it and every
/// span it returns. One thread at a time.
///
/// Failure is sticky. The first bad read is remembered; it and every later one return zero or an
/// empty span, and `remaining` is 0 from then on. So a decoder reads straight through, field after
/// field, and asks once: `expect_end` when the bytes should be used up, else `status`. A Result
/// from every read would put an Error's construction and destruction between any two fields, on the
/// path that never fails. The price: values mean nothing until the question is asked, so ask before
/// acting on them (a count, an index). Loops over `remaining` end by themselves.
///
/// `what` names the field in the error, "truncated: batch count at offset 12: …". It is kept, not
/// copied: a string literal, or a name that outlives the reader.
class ByteReader final {
 public:
  explicit ByteReader(std::span<const std::byte> bytes) noexcept
      : begin_(bytes.data()), cursor_(bytes.data()), end_(bytes.data() + bytes.size()) {}

  std::uint8_t u8(std::string_view what) noexcept { return fixed<std::uint8_t>(what); }

  std::uint16_t u16(std::string_view what) noexcept { return fixed<std::uint16_t>(what); }

  std::uint32_t u32(std::string_view what) noexcept { return fixed<std::uint32_t>(what); }

  std::uint64_t u64(std::string_view what) noexcept { return fixed<std::uint64_t>(what); }

  UInt128 u128(std::string_view what) noexcept { return fixed<UInt128>(what); }

  std::int8_t i8(std::string_view what) noexcept { return fixed<std::int8_t>(what); }

  std::int16_t i16(std::string_view what) noexcept { return fixed<std::int16_t>(what); }

  std::int32_t i32(std::string_view what) noexcept { return fixed<std::int32_t>(what); }

  std::int64_t i64(std::string_view what) noexcept { return fixed<std::int64_t>(what); }

  Int128 i128(std::string_view what) noexcept { return fixed<Int128>(what); }

  /// One byte, 0 or 1; anything else is corrupt.
  bool boolean(std::string_view what) noexcept {
    const std::uint8_t value = u8(what);
    if (value > 1) [[unlikely]] {
      refuse(Errc::Corrupt, what, "is neither 0 nor 1", 1);
    }
    return value == 1;
  }

  /// LEB128: seven bits per byte, lowest first, and no more bytes than the value needs.
  std::uint64_t varint(std::string_view what) noexcept {
    if (cursor_ != end_ && std::to_integer<std::uint8_t>(*cursor_) < 0x80) [[likely]] {
      return std::to_integer<std::uint64_t>(*cursor_++);
    }
    return long_varint(what);
  }

  /// A varint that must not exceed `max`: lengths, counts and numbers of narrower types.
  std::uint64_t varint_up_to(std::uint64_t max, std::string_view what) noexcept {
    const std::byte* const start = cursor_;
    const std::uint64_t value = varint(what);
    if (value > max) [[unlikely]] {
      refuse_over(start, value, max, what);
      return 0;
    }
    return value;
  }

  std::int64_t zigzag_varint(std::string_view what) noexcept { return unzigzag(varint(what)); }

  /// The next `size` bytes, as they lie.
  std::span<const std::byte> bytes(std::size_t size, std::string_view what) noexcept {
    if (remaining() < size) [[unlikely]] {
      refuse_short(size, what);
      return {};
    }
    const std::span<const std::byte> taken(cursor_, size);
    cursor_ += size;
    return taken;
  }

  /// A varint length, at most `size_max`, and that many bytes. The limit is judged before anything
  /// is made of the length.
  std::span<const std::byte> sized_bytes(std::size_t size_max, std::string_view what) noexcept {
    return bytes(varint_up_to(size_max, what), what);
  }

  /// Lets a decoder add its own verdict, "corrupt: kind at offset 4: is not a known kind". The
  /// place is `back` bytes before the one where the reader stands; `why` must be a string literal.
  void reject(std::string_view what, const char* why, std::size_t back = 0,
              Errc code = Errc::Corrupt) noexcept {
    refuse(code, what, why, back);
  }

  [[nodiscard]] bool failed() const noexcept { return what_.data() != nullptr; }

  /// Bytes not read yet; 0 after a failure.
  [[nodiscard]] std::size_t remaining() const noexcept {
    return static_cast<std::size_t>(end_ - cursor_);
  }

  /// How far the reader has come; after a failure, the size of all bytes.
  [[nodiscard]] std::size_t offset() const noexcept {
    return static_cast<std::size_t>(cursor_ - begin_);
  }

  /// The first failure, if there was one.
  [[nodiscard]] Result<> status() const;

  /// The first failure; or Corrupt when bytes are left after `what`.
  [[nodiscard]] Result<> expect_end(std::string_view what) const;

 private:
  template <typename T>
  T fixed(std::string_view what) noexcept {
    if (remaining() < sizeof(T)) [[unlikely]] {
      refuse_short(sizeof(T), what);
      return 0;
    }
    T value = 0;
    std::memcpy(&value, cursor_, sizeof(T));
    cursor_ += sizeof(T);
    return value;
  }

  std::uint64_t long_varint(std::string_view what) noexcept;
  /// Remembers the first failure, `back` bytes before the cursor, and moves to the end.
  void refuse(Errc code, std::string_view what, const char* why, std::size_t back) noexcept;
  void refuse_short(std::size_t wanted, std::string_view what) noexcept;
  void refuse_over(const std::byte* start, std::uint64_t value, std::uint64_t max,
                   std::string_view what) noexcept;

  const std::byte* begin_;
  const std::byte* cursor_;
  const std::byte* end_;
  std::string_view what_ = {};  // set by the first failure; the rest tells about it
  const char* why_ = nullptr;
  std::uint64_t got_ = 0;
  std::uint64_t limit_ = 0;
  std::size_t failed_at_ = 0;
  Errc code_ = Errc::Corrupt;
};

}  // namespace cairn
