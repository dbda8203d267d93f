// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <algorithm>
#include <array>
#include <cstddef>
#include <cstring>
#include <memory>
#include <span>
#include <vector>

#include <gtest/gtest.h>

#include "cairn/codec.h"
#include "tests/support/bytes.h"

namespace cairn::sample {

/// Of exactly the right size and on the heap, so that the address sanitizer sees a read past the
/// end.
using Buffer = test::Bytes;

inline constexpr std::size_t scratch_bytes = 64 * 1024;

/// A place to decode into, filled with a pattern so that a stray write shows.
template <typename T>
class Target {
 public:
  Target() { std::memset(memory_.data(), 0xa5, sizeof(T)); }

  T& value() { return *reinterpret_cast<T*>(memory_.data()); }

  [[nodiscard]] bool untouched() const {
    return std::ranges::all_of(memory_, [](std::byte byte) { return byte == std::byte{0xa5}; });
  }

 private:
  alignas(T) std::array<std::byte, sizeof(T)> memory_;
};

template <typename T>
Buffer encoded(const T& value) {
  std::vector<std::byte> space(encoded_size(value));
  FixedByteWriter writer(space);
  encode(writer, value);
  EXPECT_FALSE(writer.overflowed());
  EXPECT_EQ(writer.size(), space.size());
  EXPECT_LE(space.size(), encoded_size_max<T>);
  return space;
}

/// What is accepted is the one encoding of what was read; what is refused leaves nothing behind.
template <typename T>
bool expect_one_encoding(std::span<const std::byte> input) {
  const Buffer bytes = test::exact_copy(input);
  std::vector<std::byte> memory(scratch_bytes);
  Scratch scratch(memory);
  Target<T> target;
  const Result<> result = decode(bytes, scratch, target.value());
  if (result) {
    EXPECT_EQ(encoded(target.value()), bytes);
    return true;
  }
  EXPECT_TRUE(target.untouched());
  EXPECT_EQ(scratch.remaining(), memory.size());
  EXPECT_NE(result.error().message().find("offset"), std::string::npos)
      << result.error().to_string();
  return false;
}

template <typename T>
void expect_codec_laws(const T& value) {
  const Buffer bytes = encoded(value);
  GrowingByteWriter growing;
  encode(growing, value);
  EXPECT_TRUE(std::ranges::equal(growing.written(), bytes));

  std::vector<std::byte> memory(scratch_bytes);
  Scratch scratch(memory);
  Target<T> target;
  const Result<> result = decode(bytes, scratch, target.value());
  ASSERT_TRUE(result.has_value()) << result.error().to_string();
  EXPECT_TRUE(target.value() == value);
  EXPECT_EQ(encoded(target.value()), bytes);

  for (std::size_t size = 0; size < bytes.size(); ++size) {
    EXPECT_FALSE(expect_one_encoding<T>(std::span(bytes).first(size))) << "prefix of " << size;
  }
  Buffer changed = bytes;
  changed.push_back(std::byte{0});
  EXPECT_FALSE(expect_one_encoding<T>(changed));
  changed.pop_back();
  for (std::size_t bit = 0; bit < 8 * changed.size(); ++bit) {
    changed[bit / 8] ^= static_cast<std::byte>(1U << (bit % 8));
    expect_one_encoding<T>(changed);
    changed[bit / 8] ^= static_cast<std::byte>(1U << (bit % 8));
  }
}

}  // namespace cairn::sample
