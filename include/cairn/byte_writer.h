// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <bit>
#include <cstddef>
#include <cstdint>
#include <cstring>
#include <memory>
#include <span>
#include <string_view>

#include "cairn/error.h"
#include "cairn/int128.h"
#include "cairn/varint.h"

namespace cairn {

static_assert(std::endian::native == std::endian::little,
              "codecs copy integers as they lie in memory");

/// What the two writers below write with; every value has one encoding, the one ByteReader takes.
/// `Space` gives `std::byte* take(std::size_t)`: that many bytes to fill, or null when there are
/// none.
template <typename Space>
class ByteEncoder {
 public:
  void u8(std::uint8_t value) noexcept { fixed(value); }

  void u16(std::uint16_t value) noexcept { fixed(value); }

  void u32(std::uint32_t value) noexcept { fixed(value); }

  void u64(std::uint64_t value) noexcept { fixed(value); }

  void u128(UInt128 value) noexcept { fixed(value); }

  void i8(std::int8_t value) noexcept { fixed(value); }

  void i16(std::int16_t value) noexcept { fixed(value); }

  void i32(std::int32_t value) noexcept { fixed(value); }

  void i64(std::int64_t value) noexcept { fixed(value); }

  void i128(Int128 value) noexcept { fixed(value); }

  void boolean(bool value) noexcept { fixed(static_cast<std::uint8_t>(value ? 1 : 0)); }

  void varint(std::uint64_t value) noexcept {
    constexpr std::uint64_t one_byte_max = 0x7f;
    if (value <= one_byte_max) [[likely]] {
      return u8(static_cast<std::uint8_t>(value));
    }
    long_varint(value);
  }

  void zigzag_varint(std::int64_t value) noexcept { varint(zigzag(value)); }

  void bytes(std::span<const std::byte> value) noexcept {
    std::byte* const out = space().take(value.size());
    if (out != nullptr && !value.empty()) [[likely]] {
      std::memcpy(out, value.data(), value.size());
    }
  }

  void sized_bytes(std::span<const std::byte> value) noexcept {
    varint(value.size());
    bytes(value);
  }

  /// `count` zero bytes.
  void zeros(std::size_t count) noexcept {
    std::byte* const out = space().take(count);
    if (out != nullptr && count != 0) [[likely]] {
      std::memset(out, 0, count);
    }
  }

  /// Space for `size` bytes that the caller fills at once; null when there are none.
  std::byte* raw(std::size_t size) noexcept { return space().take(size); }

  /// The same for a caller that learns the size while writing: space for up to `size_max` bytes, of
  /// which `keep_up_to` then keeps those before `end`. Null, and no failure, when there is less.
  std::byte* raw_up_to(std::size_t size_max) noexcept { return space().peek(size_max); }

  void keep_up_to(const std::byte* end) noexcept { space().keep(end); }

 private:
  friend Space;
  ByteEncoder() noexcept = default;

  Space& space() noexcept { return static_cast<Space&>(*this); }

  void long_varint(std::uint64_t value) noexcept {
    std::byte* out = space().take(varint_size(value));
    if (out == nullptr) [[unlikely]] {
      return;
    }
    while (value >= 0x80) {
      *out++ = static_cast<std::byte>(value | 0x80U);
      value >>= 7U;
    }
    *out = static_cast<std::byte>(value);
  }

  template <typename T>
  void fixed(T value) noexcept {
    std::byte* const out = space().take(sizeof(T));
    if (out != nullptr) [[likely]] {
      std::memcpy(out, &value, sizeof(T));
    }
  }
};

/// Writes into bytes the caller owns and never allocates. Overflow is sticky, like the reader's
/// failure: the value that does not fit and all after it are left out, and the caller asks once, at
/// the end. One thread at a time.
class FixedByteWriter final : public ByteEncoder<FixedByteWriter> {
 public:
  explicit FixedByteWriter(std::span<std::byte> out) noexcept
      : begin_(out.data()), cursor_(out.data()), end_(out.data() + out.size()) {}

  [[nodiscard]] bool overflowed() const noexcept { return overflowed_; }

  [[nodiscard]] std::size_t size() const noexcept {
    return static_cast<std::size_t>(cursor_ - begin_);
  }

  /// What was written; TooLarge, naming `what`, when not all of it fitted.
  [[nodiscard]] Result<std::span<const std::byte>> finish(std::string_view what) const;

 private:
  friend ByteEncoder<FixedByteWriter>;

  std::byte* take(std::size_t size) noexcept {
    if (static_cast<std::size_t>(end_ - cursor_) < size || overflowed_) [[unlikely]] {
      overflowed_ = true;
      return nullptr;
    }
    std::byte* const start = cursor_;
    cursor_ += size;
    return start;
  }

  std::byte* peek(std::size_t size) noexcept {
    const bool fits = static_cast<std::size_t>(end_ - cursor_) >= size && !overflowed_;
    return fits ? cursor_ : nullptr;
  }

  void keep(const std::byte* end) noexcept { cursor_ += end - cursor_; }

  std::byte* begin_;
  std::byte* cursor_;
  std::byte* end_;
  bool overflowed_ = false;
};

/// Writes into a buffer of its own that grows by doubling. `clear` keeps the space, so a writer
/// used again and again stops allocating. One thread at a time. Never give it bytes of its own
/// `written()`: growing frees them before they are copied.
class GrowingByteWriter final : public ByteEncoder<GrowingByteWriter> {
 public:
  GrowingByteWriter() noexcept = default;

  /// Ensures space for `size` bytes in all.
  void reserve(std::size_t size) noexcept;

  void clear() noexcept { size_ = 0; }

  /// Forgets what was written behind the first `size` bytes. Requires: there are as many.
  void shorten(std::size_t size) noexcept { size_ = size; }

  [[nodiscard]] std::size_t size() const noexcept { return size_; }

  /// What was written since the last `clear`. Valid until the next write.
  [[nodiscard]] std::span<const std::byte> written() const noexcept {
    return {buffer_.get(), size_};
  }

 private:
  friend ByteEncoder<GrowingByteWriter>;

  std::byte* take(std::size_t size) noexcept {
    if (capacity_ - size_ < size) [[unlikely]] {
      grow(size);
    }
    std::byte* const start = buffer_.get() + size_;
    size_ += size;
    return start;
  }

  std::byte* peek(std::size_t size) noexcept {
    if (capacity_ - size_ < size) [[unlikely]] {
      grow(size);
    }
    return buffer_.get() + size_;
  }

  void keep(const std::byte* end) noexcept {
    size_ = static_cast<std::size_t>(end - buffer_.get());
  }

  void grow(std::size_t more) noexcept;

  std::unique_ptr<std::byte[]> buffer_;
  std::size_t size_ = 0;
  std::size_t capacity_ = 0;
};

}  // namespace cairn
