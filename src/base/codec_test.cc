// SPDX-License-Identifier: Apache-2.0
#include <functional>
#include <limits>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include <gtest/gtest.h>
#include <rapidcheck/gtest.h>

#include "cairn/byte_reader.h"
#include "cairn/byte_writer.h"
#include "tests/support/bytes.h"

namespace cairn {
namespace {

using test::Bytes;
using test::bytes_of_hex;
using test::exact_copy;

/// One primitive applied to one value: how it is written, and whether it reads back equal.
struct Sample {
  std::string_view name;  // the last one logged is the one that failed
  std::function<void(GrowingByteWriter&)> write;
  std::function<void(FixedByteWriter&)> write_fixed;
  std::function<bool(ByteReader&)> reads_back;
};

template <typename Write, typename Reads>
Sample sample(std::string_view name, const Write& write, const Reads& reads_back) {
  return {.name = name, .write = write, .write_fixed = write, .reads_back = reads_back};
}

Bytes octets(const std::vector<std::uint8_t>& values) {
  return exact_copy(std::as_bytes(std::span(values)));
}

/// Every primitive, on values whose sizes are spread evenly over the bits.
std::vector<Sample> samples(std::uint64_t raw, unsigned shift, const Bytes& tail) {
  const std::uint64_t v = raw >> (shift % 64);
  const auto s = static_cast<std::int64_t>(v);
  const UInt128 wide = UInt128{v} << 64U | raw;
  return {
      sample(
          "u8", [=](auto& w) { w.u8(static_cast<std::uint8_t>(v)); },
          [=](auto& r) { return r.u8("x") == static_cast<std::uint8_t>(v); }),
      sample(
          "u16", [=](auto& w) { w.u16(static_cast<std::uint16_t>(v)); },
          [=](auto& r) { return r.u16("x") == static_cast<std::uint16_t>(v); }),
      sample(
          "u32", [=](auto& w) { w.u32(static_cast<std::uint32_t>(v)); },
          [=](auto& r) { return r.u32("x") == static_cast<std::uint32_t>(v); }),
      sample(
          "u64", [=](auto& w) { w.u64(v); }, [=](auto& r) { return r.u64("x") == v; }),
      sample(
          "u128", [=](auto& w) { w.u128(wide); }, [=](auto& r) { return r.u128("x") == wide; }),
      sample(
          "i8", [=](auto& w) { w.i8(static_cast<std::int8_t>(s)); },
          [=](auto& r) { return r.i8("x") == static_cast<std::int8_t>(s); }),
      sample(
          "i16", [=](auto& w) { w.i16(static_cast<std::int16_t>(s)); },
          [=](auto& r) { return r.i16("x") == static_cast<std::int16_t>(s); }),
      sample(
          "i32", [=](auto& w) { w.i32(static_cast<std::int32_t>(s)); },
          [=](auto& r) { return r.i32("x") == static_cast<std::int32_t>(s); }),
      sample(
          "i64", [=](auto& w) { w.i64(s); }, [=](auto& r) { return r.i64("x") == s; }),
      sample(
          "i128", [=](auto& w) { w.i128(-static_cast<Int128>(v)); },
          [=](auto& r) { return r.i128("x") == -static_cast<Int128>(v); }),
      sample(
          "boolean", [=](auto& w) { w.boolean(v % 2 == 1); },
          [=](auto& r) { return r.boolean("x") == (v % 2 == 1); }),
      sample(
          "varint", [=](auto& w) { w.varint(v); }, [=](auto& r) { return r.varint("x") == v; }),
      sample(
          "varint_up_to", [=](auto& w) { w.varint(v); },
          [=](auto& r) { return r.varint_up_to(v, "x") == v; }),
      sample(
          "zigzag", [=](auto& w) { w.zigzag_varint(s); },
          [=](auto& r) { return r.zigzag_varint("x") == s; }),
      sample(
          "sized_bytes", [=](auto& w) { w.sized_bytes(tail); },
          [=](auto& r) { return exact_copy(r.sized_bytes(tail.size(), "x")) == tail; }),
      sample(
          "zeros", [=](auto& w) { w.zeros(shift); },
          [=](auto& r) { return exact_copy(r.bytes(shift, "x")) == Bytes(shift); }),
  };
}

Bytes encoded(const Sample& one) {
  GrowingByteWriter writer;
  one.write(writer);
  return exact_copy(writer.written());
}

RC_GTEST_PROP(Bytes, EveryPrimitiveRoundTrips,
              (std::uint64_t raw, std::uint8_t shift, const std::vector<std::uint8_t>& tail)) {
  // Alone, and all of them one after the other; nothing is left over.
  GrowingByteWriter all;
  const auto each = samples(raw * 0x9e3779b97f4a7c15U, shift, octets(tail));
  for (const Sample& one : each) {
    RC_LOG() << one.name << '\n';
    const Bytes bytes = encoded(one);
    ByteReader reader(bytes);
    RC_ASSERT(one.reads_back(reader));
    RC_ASSERT(reader.expect_end("sample").has_value());
    one.write(all);
  }
  const Bytes bytes = exact_copy(all.written());
  ByteReader reader(bytes);
  for (const Sample& one : each) {
    RC_ASSERT(one.reads_back(reader));
  }
  RC_ASSERT(reader.expect_end("all samples").has_value());
}

RC_GTEST_PROP(Bytes, EveryTruncationIsAnError,
              (std::uint64_t raw, std::uint8_t shift, const std::vector<std::uint8_t>& tail)) {
  // Each encoding cut at each length: the reader fails as truncated and stays at the end.
  for (const Sample& one : samples(raw * 0x9e3779b97f4a7c15U, shift, octets(tail))) {
    RC_LOG() << one.name << '\n';
    const Bytes whole = encoded(one);
    for (std::size_t size = 0; size < whole.size(); ++size) {
      const Bytes cut = exact_copy(std::span(whole).first(size));
      ByteReader reader(cut);
      one.reads_back(reader);
      RC_ASSERT(reader.failed());
      RC_ASSERT(reader.remaining() == 0U);
      RC_ASSERT(reader.status().error().code() == Errc::Truncated);
    }
  }
}

void expect_fixed_writer_fills(const Sample& one, std::size_t size, const Bytes& expected) {
  Bytes space(size);
  FixedByteWriter writer(space);
  one.write_fixed(writer);
  const auto written = writer.finish("sample");
  RC_ASSERT(written.has_value() == (size == expected.size()));
  RC_ASSERT(writer.overflowed() == !written.has_value());
  if (written) {
    RC_ASSERT(exact_copy(*written) == expected);
  }
}

RC_GTEST_PROP(Bytes, FixedWriterWritesTheSameOrSaysThatItOverflowed,
              (std::uint64_t raw, std::uint8_t shift, const std::vector<std::uint8_t>& tail)) {
  // Into exactly enough space the same bytes; into any less, an error and no write past the end.
  for (const Sample& one : samples(raw * 0x9e3779b97f4a7c15U, shift, octets(tail))) {
    const Bytes expected = encoded(one);
    for (std::size_t size = 0; size <= expected.size(); ++size) {
      expect_fixed_writer_fills(one, size, expected);
    }
  }
}

RC_GTEST_PROP(Bytes, WhateverDecodesHasExactlyThatEncoding, (std::vector<std::uint8_t> noise)) {
  // Noise of many continuation bits, read as a varint: refused, or written back byte for byte.
  for (auto& octet : noise) {
    octet = static_cast<std::uint8_t>(octet | (*rc::gen::inRange(0, 4) == 0 ? 0 : 0x80));
  }
  const Bytes bytes = octets(noise);
  ByteReader reader(bytes);
  const std::uint64_t value = reader.varint("noise");
  if (!reader.failed()) {
    GrowingByteWriter writer;
    writer.varint(value);
    RC_ASSERT(exact_copy(writer.written()) == exact_copy(std::span(bytes).first(reader.offset())));
  }
}

RC_GTEST_PROP(Bytes, AVarintReadsTheSameWhateverFollows, (std::uint64_t raw, std::uint8_t shift)) {
  // With room behind it and at the very end a varint takes different paths: same value, same size,
  // whether continuation bits follow or zeroes.
  const std::uint64_t value = raw * 0x9e3779b97f4a7c15U >> (shift % 64U);
  for (const auto filler : {std::byte{0x00}, std::byte{0xff}}) {
    for (std::size_t room = 0; room <= 10; ++room) {
      GrowingByteWriter writer;
      writer.varint(value);
      writer.bytes(Bytes(room, filler));
      const Bytes bytes = exact_copy(writer.written());
      ByteReader reader(bytes);
      RC_ASSERT(reader.varint("x") == value);
      RC_ASSERT(reader.offset() == varint_size(value));
    }
  }
}

TEST(Varint, EncodesTheEdgesAsPublished) {
  // LEB128 by hand, at each change of length.
  const std::vector<std::pair<std::uint64_t, std::string>> known = {
      {0, "00"},
      {1, "01"},
      {127, "7f"},
      {128, "8001"},
      {624485, "e58e26"},
      {16383, "ff7f"},
      {16384, "808001"},
      {std::uint64_t{1} << 63U, "80808080808080808001"},
      {std::numeric_limits<std::uint64_t>::max(), "ffffffffffffffffff01"}};
  for (const auto& [value, hex] : known) {
    GrowingByteWriter writer;
    writer.varint(value);
    EXPECT_EQ(exact_copy(writer.written()), bytes_of_hex(hex)) << value;
    EXPECT_EQ(varint_size(value), hex.size() / 2);
    const Bytes bytes = bytes_of_hex(hex);
    ByteReader reader(bytes);
    EXPECT_EQ(reader.varint("x"), value);
    EXPECT_TRUE(reader.expect_end("x"));
  }
}

TEST(Varint, RefusesASecondEncodingOfTheSameValue) {
  // Padding with empty groups, and bits beyond the 64th, are corrupt and not another spelling.
  for (const auto hex :
       {"8000", "808000", "ff00", "80808080808080808000", "ffffffffffffffffff02",
        "ffffffffffffffffff7f", "8080808080808080808001", "80808080808080808080"}) {
    for (const std::string_view behind : {"", "00000000000000000000"}) {
      const Bytes bytes = bytes_of_hex(std::string(hex) + std::string(behind));
      ByteReader reader(bytes);
      EXPECT_EQ(reader.varint("x"), 0U) << hex;
      ASSERT_TRUE(reader.failed()) << hex;
      EXPECT_EQ(reader.status().error().code(), Errc::Corrupt) << hex;
    }
  }
}

TEST(Zigzag, PutsSmallMagnitudesFirst) {
  // The published order, and the two ends.
  EXPECT_EQ(zigzag(0), 0U);
  EXPECT_EQ(zigzag(-1), 1U);
  EXPECT_EQ(zigzag(1), 2U);
  EXPECT_EQ(zigzag(std::numeric_limits<std::int64_t>::max()), ~std::uint64_t{1});
  EXPECT_EQ(zigzag(std::numeric_limits<std::int64_t>::min()), ~std::uint64_t{0});
  EXPECT_EQ(unzigzag(~std::uint64_t{0}), std::numeric_limits<std::int64_t>::min());
}

TEST(ByteReader, IsLittleEndian) {
  // Against bytes written down by hand.
  const Bytes bytes = bytes_of_hex("0102030405060708090a0b0c0d0e0f10");
  EXPECT_EQ(ByteReader(bytes).u16("x"), 0x0201U);
  EXPECT_EQ(ByteReader(bytes).u32("x"), 0x04030201U);
  EXPECT_EQ(ByteReader(bytes).u64("x"), 0x0807060504030201U);
  EXPECT_EQ(static_cast<std::uint64_t>(ByteReader(bytes).u128("x") >> 64U), 0x100f0e0d0c0b0a09U);
}

TEST(ByteReader, NamesWhatAndWhereInEachError) {
  // One failure of each kind, with the words a person would look for.
  const Bytes bytes = bytes_of_hex("01020380");
  ByteReader cut(bytes);
  cut.u16("flags");
  cut.u32("batch count");
  EXPECT_EQ(cut.status().error().to_string(),
            "truncated: batch count at offset 2: needs 4 bytes, 2 are left");

  ByteReader large(bytes);
  large.u8("flags");
  EXPECT_TRUE(large.sized_bytes(1, "name").empty());
  EXPECT_EQ(large.status().error().to_string(),
            "too_large: name at offset 1: 2 is over the limit of 1");

  ByteReader odd(bytes);
  odd.u16("flags");
  EXPECT_FALSE(odd.boolean("is open"));
  EXPECT_EQ(odd.status().error().to_string(), "corrupt: is open at offset 2: is neither 0 nor 1");

  ByteReader judged(bytes);
  judged.u8("version");
  judged.reject("kind", "is not a known kind");
  EXPECT_EQ(judged.expect_end("header").error().to_string(),
            "corrupt: kind at offset 1: is not a known kind");

  ByteReader left(bytes);
  left.u8("version");
  EXPECT_EQ(left.expect_end("header").error().to_string(),
            "corrupt: header ends at offset 1, and 3 more bytes follow");
}

TEST(ByteReader, KeepsTheFirstFailureAndReadsZeroesAfterIt) {
  // After a bad boolean nothing else is read, although bytes would be there.
  const Bytes bytes = bytes_of_hex("07ffffffffffffff");
  ByteReader reader(bytes);
  reader.boolean("first");
  EXPECT_EQ(reader.u8("second"), 0U);
  EXPECT_EQ(reader.varint("third"), 0U);
  EXPECT_TRUE(reader.bytes(3, "fourth").empty());
  reader.reject("fifth", "is wrong");
  EXPECT_EQ(reader.remaining(), 0U);
  EXPECT_NE(reader.status().error().message().find("first at offset 0"), std::string::npos);
}

TEST(ByteReader, JudgesALengthBeforeAnythingIsMadeOfIt) {
  // A length of 2^63 in front of two bytes: over the limit, or simply not there; never allocated.
  const Bytes bytes = bytes_of_hex("808080808080808080010102");
  ByteReader limited(bytes);
  EXPECT_TRUE(limited.sized_bytes(1000, "name").empty());
  EXPECT_EQ(limited.status().error().code(), Errc::TooLarge);
  ByteReader unlimited(bytes);
  EXPECT_TRUE(unlimited.sized_bytes(std::numeric_limits<std::size_t>::max(), "name").empty());
  EXPECT_EQ(unlimited.status().error().code(), Errc::Truncated);
}

TEST(ByteReader, ReadsNothingFromNoBytes) {
  // An empty span without an address is a valid input: no bytes, and every read fails.
  ByteReader reader(std::span<const std::byte>{});
  EXPECT_TRUE(reader.bytes(0, "nothing").empty());
  EXPECT_TRUE(reader.expect_end("nothing"));
  EXPECT_EQ(reader.u8("something"), 0U);
  EXPECT_TRUE(reader.failed());
}

TEST(FixedByteWriter, LeavesOutEverythingAfterAnOverflow) {
  // A small value would still fit behind the large one that did not: it must not be written.
  Bytes space(5);
  FixedByteWriter writer(space);
  writer.u16(0x0201);
  writer.u64(1);
  writer.u8(0xff);
  EXPECT_TRUE(writer.overflowed());
  EXPECT_EQ(writer.size(), 2U);
  EXPECT_EQ(space, bytes_of_hex("0102000000"));
  EXPECT_EQ(writer.finish("header").error().to_string(),
            "too_large: header does not fit into 5 bytes");
}

TEST(GrowingByteWriter, KeepsItsSpaceWhenCleared) {
  // After a clear the same work needs no new space: the bytes lie where they lay.
  GrowingByteWriter writer;
  writer.reserve(10'000);
  const std::byte* const place = writer.written().data();
  for (int round = 0; round < 3; ++round) {
    writer.clear();
    writer.zeros(10'000);
    EXPECT_EQ(writer.size(), 10'000U);
    EXPECT_EQ(writer.written().data(), place);
  }
}

}  // namespace
}  // namespace cairn
