// SPDX-License-Identifier: Apache-2.0
// What the compiler makes of a domain and what the schema makes of it are the same.
#include <array>
#include <cstring>
#include <vector>

#include <gtest/gtest.h>

#include "cairn/codec.h"
#include "cairn/key.h"
#include "schema/codec.h"
#include "schema/json.h"
#include "schema/key_codec.h"
#include "schema/random_schema.h"
#include "schema/sample_domain.h"
#include "schema/schema.h"

namespace cairn::schema {
namespace {

using Buffer = std::vector<std::byte>;

Schema sample() {
  auto schema = Schema::from_domain(shop::info);
  if (!schema) {
    ADD_FAILURE() << schema.error().to_string();
    std::abort();
  }
  return std::move(*schema);
}

/// Encodes and decodes `value` both ways.
template <typename T>
void expect_same_bytes(const StructInfo& structure, const T& value) {
  const Codec codec(structure);
  GrowingByteWriter writer;
  encode(writer, value);
  const auto typed = writer.written();
  Buffer driven(structure.encoded_size_max + 1);
  const auto size = codec.encode(reinterpret_cast<const std::byte*>(&value), driven);
  ASSERT_TRUE(size) << size.error().to_string();
  driven.resize(*size);
  ASSERT_EQ(driven, Buffer(typed.begin(), typed.end()));

  Buffer space(std::size_t{1} << 16U);
  Scratch scratch(space);
  T back = {};
  const auto decoded = codec.decode(typed, reinterpret_cast<std::byte*>(&back), scratch);
  ASSERT_TRUE(decoded) << decoded.error().to_string();
  GrowingByteWriter again;
  encode(again, back);
  EXPECT_EQ(Buffer(again.written().begin(), again.written().end()), driven);
}

template <typename T>
void expect_same_bytes_of_random_values(const StructInfo* structure) {
  ASSERT_NE(structure, nullptr);
  ASSERT_EQ(structure->memory_size, sizeof(T));
  ASSERT_EQ(structure->memory_align, alignof(T));
  EXPECT_EQ(structure->encoded_size_max, encoded_size_max<T>);
  for (std::uint64_t seed = 1; seed <= 200; ++seed) {
    SCOPED_TRACE(testing::Message() << structure->name << " seed " << seed);
    Choices choices(seed);
    Buffer space(std::size_t{1} << 16U);
    Scratch views(space);
    alignas(T) std::array<std::byte, sizeof(T)> memory = {};
    random_value(*structure, memory.data(), choices, views);
    T value = {};
    std::memcpy(static_cast<void*>(&value), memory.data(), sizeof(T));
    expect_same_bytes(*structure, value);
  }
}

TEST(Typed, SchemaDrivenBytesEqualTypedBytes) {
  // Random values of every declared struct of the sample domain, coded both ways.
  const Schema schema = sample();
  expect_same_bytes_of_random_values<shop::Customer>(schema.record("Customer"));
  expect_same_bytes_of_random_values<shop::Order>(schema.record("Order"));
  expect_same_bytes_of_random_values<shop::Product>(schema.record("Product"));
  expect_same_bytes_of_random_values<shop::Place>(schema.command("Place"));
  expect_same_bytes_of_random_values<shop::Touch>(schema.command("Touch"));
  expect_same_bytes_of_random_values<shop::Paint>(schema.command("Paint"));
  expect_same_bytes_of_random_values<shop::Placed>(schema.event("Placed"));
}

/// How `codec` refuses `value`: alike whether the space is ample, exact or only imagined.
template <typename T>
std::string refusal(const Codec& codec, const T& value) {
  const auto* const memory = reinterpret_cast<const std::byte*>(&value);
  Buffer ample(codec.structure().encoded_size_max);
  Buffer less(ample.size() - 1);
  const auto measured = codec.encoded_size(memory);
  const auto written = codec.encode(memory, ample);
  const auto filled = codec.encode(memory, less);
  if (measured || written || filled) {
    return "taken";
  }
  EXPECT_EQ(written.error().to_string(), measured.error().to_string());
  EXPECT_EQ(filled.error().to_string(), measured.error().to_string());
  return measured.error().to_string();
}

TEST(Typed, MemoryThatHoldsNoValueIsNotEncoded) {
  // One byte of an Order or a Product spoiled at a time: a state, a truth, the length and the bytes
  // of a text, an enum with gaps and a mantissa. The error names the field and where it would be.
  const Schema schema = sample();
  const Codec orders(*schema.record("Order"));
  const Codec products(*schema.record("Product"));
  const auto spoiled = [](auto value, std::size_t offset, std::uint8_t byte) {
    std::memcpy(reinterpret_cast<std::byte*>(&value) + offset, &byte, 1);
    return value;
  };
  const shop::Order order;
  const shop::Product product = {.sku = Str<20>("A-1"), .rate = Decimal<38>()};
  const auto at = [](const Codec& codec, std::size_t field) {
    return codec.structure().fields[field].offset;
  };
  EXPECT_EQ(refusal(orders, spoiled(order, at(orders, 3), 4)),
            "corrupt: Order.status at offset 24: is not a declared value");
  EXPECT_EQ(refusal(orders, spoiled(order, at(orders, 4), 2)),
            "corrupt: Order.gift at offset 25: is neither 0 nor 1");
  EXPECT_EQ(refusal(products, spoiled(product, at(products, 0), 21)),
            "too_large: Product.sku at offset 0: is longer than its type allows");
  EXPECT_EQ(refusal(products, spoiled(product, at(products, 0) + 3, 0xff)),
            "corrupt: Product.sku at offset 0: is not UTF-8");
  EXPECT_EQ(refusal(products, spoiled(product, at(products, 1), 1)),
            "corrupt: Product.color at offset 4: is not a declared value");
  EXPECT_EQ(refusal(products, spoiled(product, at(products, 6) + 15, 0x7f)),
            "corrupt: Product.rate at offset 52: has more than 38 digits");
}

TEST(Typed, SchemaDrivenKeysEqualTypedKeys) {
  // Keys of random rows over one and two fields, against the typed encoder.
  const Schema schema = sample();
  const StructInfo& customer = *schema.record("Customer");
  const StructInfo& order = *schema.record("Order");
  for (std::uint64_t seed = 1; seed <= 200; ++seed) {
    Choices choices(seed);
    Scratch none;
    shop::Customer person;
    shop::Order thing;
    random_value(customer, reinterpret_cast<std::byte*>(&person), choices, none);
    random_value(order, reinterpret_cast<std::byte*>(&thing), choices, none);
    KeyBuffer driven;
    KeyBuffer typed;
    const auto same = [](std::span<const std::byte> a, std::span<const std::byte> b) {
      return std::ranges::equal(a, b);
    };
    EXPECT_TRUE(same(encode_key(customer, customer.indexes[0],
                                reinterpret_cast<const std::byte*>(&person), driven),
                     encode_key(typed, person.id.get())));
    EXPECT_TRUE(same(encode_key(customer, customer.indexes[1],
                                reinterpret_cast<const std::byte*>(&person), driven),
                     encode_key(typed, person.email.get())));
    EXPECT_TRUE(same(
        encode_key(order, order.indexes.back(), reinterpret_cast<const std::byte*>(&thing), driven),
        encode_key(typed, thing.status.get(), thing.placed.get())));
  }
}

TEST(Typed, TheIdlComputesTheLayoutOfTheCompiler) {
  // Every offset and size of the compiled structs, against a schema that has seen only the IDL
  // text.
  const Schema compiled = sample();
  const auto imported = Schema::from_idl(compiled.idl());
  ASSERT_TRUE(imported) << imported.error().to_string();
  EXPECT_EQ(imported->fingerprint(), compiled.fingerprint());
  for (const StructInfo* structure : shop::info.records) {
    const StructInfo& read = *imported->record(structure->name);
    EXPECT_EQ(read.memory_size, structure->memory_size);
    ASSERT_EQ(read.fields.size(), structure->fields.size());
    for (std::size_t i = 0; i < read.fields.size(); ++i) {
      EXPECT_EQ(read.fields[i].offset, structure->fields[i].offset)
          << structure->name << '.' << read.fields[i].name;
    }
  }
}

TEST(Typed, JsonShowsWhatThePlainStructHolds) {
  // One value of the sample, as text that a person can check.
  const Schema schema = sample();
  const shop::Product product = {
      .sku = Str<20>("A-1"),
      .color = shop::Color::Blue,
      .stock = 18'446'744'073'709'551'615U,
      .shelf = -4,
      .rate = Decimal<38>::of("0.00000000000000000000000000000000000005")};
  std::string text;
  print_json(*schema.record("Product"), reinterpret_cast<const std::byte*>(&product), text);
  EXPECT_EQ(
      text,
      R"({"color":"Blue","picture":"0000000000000000000000000000000000000000000000000000000000000000",)"
      R"("rate":"0.00000000000000000000000000000000000005","shelf":-4,"sku":"A-1","stock":18446744073709551615,"tag":""})");
  std::string words;
  print_text(*schema.record("Product"), reinterpret_cast<const std::byte*>(&product), words);
  EXPECT_TRUE(words.starts_with(
      R"(Product{sku: "A-1", color: Blue, tag: , stock: 18446744073709551615, shelf: -4, picture: 00)"))
      << words;
}

TEST(Typed, ADomainThatLiesAboutItsLayoutIsRefused) {
  // The sample's description with one offset moved: the error names the field.
  std::vector<FieldInfo> fields(shop::info.records[0]->fields.begin(),
                                shop::info.records[0]->fields.end());
  fields[1].offset += 2;
  StructInfo record = *shop::info.records[0];
  record.fields = fields;
  std::vector<const StructInfo*> records(shop::info.records.begin(), shop::info.records.end());
  records[0] = &record;
  DomainInfo domain = shop::info;
  domain.records = records;
  const auto schema = Schema::from_domain(domain);
  ASSERT_FALSE(schema);
  EXPECT_NE(schema.error().to_string().find(
                "\"Customer\".email lies at offset 10 as compiled and at 8 as computed"),
            std::string::npos)
      << schema.error().to_string();
}

}  // namespace
}  // namespace cairn::schema
