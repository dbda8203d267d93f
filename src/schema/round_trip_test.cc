// SPDX-License-Identifier: Apache-2.0
#include <algorithm>
#include <cstring>
#include <span>
#include <vector>

#include <gtest/gtest.h>

#include "schema/codec.h"
#include "schema/json.h"
#include "schema/key_codec.h"
#include "schema/random_schema.h"
#include "schema/schema.h"

namespace cairn::schema {
namespace {

using Bytes = std::vector<std::byte>;

constexpr std::uint64_t seeds = 150;
constexpr std::size_t space_bytes = std::size_t{1} << 20U;

/// Memory as aligned as any value needs.
struct alignas(16) Image {
  std::byte bytes[limits::struct_bytes_max] = {};
};

Schema random_schema(Choices& choices) {
  const std::string text = stamped(random_idl(choices));
  auto schema = Schema::from_idl(text);
  if (!schema) {
    ADD_FAILURE() << schema.error().to_string() << "\n" << text;
    std::abort();
  }
  return std::move(*schema);
}

std::vector<const StructInfo*> structs_of(const Schema& schema) {
  std::vector<const StructInfo*> all;
  for (const auto list : {schema.domain().records, schema.domain().commands, schema.domain().events,
                          schema.structs()}) {
    all.insert(all.end(), list.begin(), list.end());
  }
  return all;
}

Bytes encoded(const Codec& codec, const Image& value) {
  const auto size = codec.encoded_size(value.bytes);
  EXPECT_TRUE(size) << size.error().to_string();
  Bytes bytes(size.value_or(0));
  const auto written = codec.encode(value.bytes, bytes);
  EXPECT_TRUE(written) << written.error().to_string();
  EXPECT_EQ(written.value_or(0), bytes.size());
  return bytes;
}

/// Calls `check(structure, value, scratch)` for random values of every struct of random domains.
template <typename Check>
void for_random_values(Check check) {
  Bytes space(space_bytes);
  Bytes other(space_bytes);
  for (std::uint64_t seed = 1; seed <= seeds; ++seed) {
    SCOPED_TRACE(testing::Message() << "seed " << seed);
    Choices choices(seed);
    const Schema schema = random_schema(choices);
    for (const StructInfo* structure : structs_of(schema)) {
      Scratch values(space);
      Scratch scratch(other);
      Image value;
      random_value(*structure, value.bytes, choices, values);
      check(*structure, value, scratch);
    }
    if (testing::Test::HasFailure()) {
      return;
    }
  }
}

TEST(RoundTrip, CanonicalBytesDecodeToTheSameValue) {
  // Random values of random domains: encode, decode, encode; the bytes are equal, as is all memory
  // without views.
  for_random_values([](const StructInfo& structure, const Image& value, Scratch& scratch) {
    const Codec codec(structure);
    const Bytes bytes = encoded(codec, value);
    EXPECT_LE(bytes.size(), structure.encoded_size_max);
    Image copy;
    const auto decoded = codec.decode(bytes, copy.bytes, scratch);
    ASSERT_TRUE(decoded) << decoded.error().to_string();
    EXPECT_EQ(encoded(codec, copy), bytes);
    if (structure.role == StructRole::Record) {
      EXPECT_EQ(std::memcmp(copy.bytes, value.bytes, structure.memory_size), 0);
    }
  });
}

TEST(RoundTrip, TheSpaceGivenDoesNotChangeTheBytes) {
  // Space for the largest value, which is written without looking, and exactly enough, which is
  // looked at: equal bytes, and none behind them. A byte less is refused.
  for_random_values([](const StructInfo& structure, const Image& value, Scratch&) {
    const Codec codec(structure);
    const Bytes exact = encoded(codec, value);
    constexpr std::byte mark{0x5a};
    Bytes ample(structure.encoded_size_max + 1, mark);
    const auto size = codec.encode(value.bytes, std::span(ample).first(ample.size() - 1));
    ASSERT_TRUE(size) << size.error().to_string();
    ASSERT_EQ(*size, exact.size());
    EXPECT_TRUE(std::ranges::equal(std::span(ample).first(*size), exact));
    EXPECT_EQ(ample.back(), mark);
    if (!exact.empty()) {
      Bytes tight(exact.size() - 1);
      const auto refused = codec.encode(value.bytes, tight);
      ASSERT_FALSE(refused);
      EXPECT_EQ(refused.error().code(), Errc::TooLarge);
    }
  });
}

TEST(RoundTrip, EveryTruncationIsRefusedAndLeavesNoTrace) {
  // Each prefix of an encoding fails; memory keeps its pattern and scratch its mark.
  for_random_values([](const StructInfo& structure, const Image& value, Scratch& scratch) {
    const Codec codec(structure);
    const Bytes bytes = encoded(codec, value);
    Image target;
    std::memset(target.bytes, 0x5a, sizeof(target.bytes));
    const Image before = target;
    const std::byte* const mark = scratch.mark();
    for (std::size_t size = 0; size < bytes.size(); size += 1 + bytes.size() / 64) {
      ASSERT_FALSE(codec.decode(std::span(bytes).first(size), target.bytes, scratch));
    }
    Bytes longer = bytes;
    longer.push_back(std::byte{0});
    ASSERT_FALSE(codec.decode(longer, target.bytes, scratch));
    EXPECT_EQ(std::memcmp(target.bytes, before.bytes, sizeof(before.bytes)), 0);
    EXPECT_EQ(scratch.mark(), mark);
  });
}

TEST(RoundTrip, JsonParsesToTheSameValue) {
  // Print, parse, print: equal text; and the parsed value has the canonical bytes of the first.
  JsonParser parser;
  for_random_values([&](const StructInfo& structure, const Image& value, Scratch& scratch) {
    std::string text;
    print_json(structure, value.bytes, text);
    Image copy;
    const auto parsed = parser.parse(structure, text, copy.bytes, scratch);
    ASSERT_TRUE(parsed) << parsed.error().to_string() << "\n" << text;
    std::string again;
    print_json(structure, copy.bytes, again);
    EXPECT_EQ(again, text);
    const Codec codec(structure);
    EXPECT_EQ(encoded(codec, copy), encoded(codec, value));
  });
}

void expect_equal_fields(const StructInfo& structure, const IndexInfo& index, const Image& row,
                         const Image& value) {
  for (const std::uint16_t position : index.fields) {
    const FieldInfo& field = structure.fields[position];
    EXPECT_EQ(
        std::memcmp(row.bytes + field.offset, value.bytes + field.offset, field.type->memory_size),
        0)
        << field.name;
  }
}

TEST(RoundTrip, KeysDecodeToTheFieldsTheyCameFrom) {
  // Each index of each record: the key of a row, decoded into an empty row, gives the same key
  // again.
  for_random_values([](const StructInfo& structure, const Image& value, Scratch&) {
    for (const IndexInfo& index : structure.indexes) {
      KeyBuffer buffer;
      const auto key = encode_key(structure, index, value.bytes, buffer);
      Image row;
      const auto decoded = decode_key(structure, index, key, row.bytes);
      ASSERT_TRUE(decoded) << decoded.error().to_string();
      expect_equal_fields(structure, index, row, value);
      ASSERT_FALSE(decode_key(structure, index, key.first(key.size() - 1), row.bytes));
    }
  });
}

TEST(RoundTrip, TheIdlOfASchemaGivesTheSameSchema) {
  // A random domain written as IDL, read, and written again: equal text. So too when it goes
  // through from_domain.
  for (std::uint64_t seed = 1; seed <= seeds; ++seed) {
    SCOPED_TRACE(testing::Message() << "seed " << seed);
    Choices choices(seed);
    const Schema schema = random_schema(choices);
    const auto read = Schema::from_idl(schema.idl());
    ASSERT_TRUE(read) << read.error().to_string();
    EXPECT_EQ(read->idl(), schema.idl());
    const auto copied = Schema::from_domain(schema.domain());
    ASSERT_TRUE(copied) << copied.error().to_string();
    EXPECT_EQ(copied->idl(), schema.idl());
    EXPECT_EQ(copied->fingerprint(), schema.fingerprint());
  }
}

}  // namespace
}  // namespace cairn::schema
