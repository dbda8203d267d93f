// SPDX-License-Identifier: Apache-2.0
// Hostile canonical bytes and key bytes for a struct of a random schema. The first two bytes choose
// the struct, the third what to read. Invariants: what decodes encodes to exactly the bytes it came
// from; what does not leaves memory and scratch as they were; nothing takes more space than was
// given.
#include <algorithm>
#include <cstddef>
#include <cstdint>
#include <cstring>
#include <span>
#include <vector>

#include "base/check.h"
#include "schema/codec.h"
#include "schema/fuzz_schema.h"
#include "schema/key_codec.h"

namespace {

using cairn::Scratch;
using cairn::StructInfo;
using cairn::schema::Codec;

struct alignas(16) Image {
  std::byte bytes[cairn::limits::struct_bytes_max];
};

void read_value(const StructInfo& structure, std::span<const std::byte> bytes) {
  static std::vector<std::byte> space(std::size_t{1} << 18U);
  Scratch scratch(space);
  static Image image;
  std::memset(image.bytes, 0x5a, structure.memory_size);
  const Codec codec(structure);
  if (!codec.decode(bytes, image.bytes, scratch)) {
    CAIRN_CHECK(std::ranges::all_of(std::span(image.bytes).first(structure.memory_size),
                                    [](std::byte b) { return b == std::byte{0x5a}; }));
    CAIRN_CHECK(scratch.remaining() == space.size());
    return;
  }
  std::vector<std::byte> again(bytes.size());
  const auto size = codec.encode(image.bytes, again);
  CAIRN_CHECK(size.has_value());
  CAIRN_CHECK(*size == bytes.size());
  CAIRN_CHECK(std::ranges::equal(again, bytes));
}

void read_key(const StructInfo& record, std::span<const std::byte> bytes, std::uint8_t number) {
  if (record.indexes.empty()) {
    return;
  }
  static Image row;
  std::memset(row.bytes, 0, record.memory_size);
  const cairn::IndexInfo& index = record.indexes[number % record.indexes.size()];
  if (!cairn::schema::decode_key(record, index, bytes, row.bytes)) {
    return;
  }
  cairn::schema::KeyBuffer buffer;
  CAIRN_CHECK(
      std::ranges::equal(cairn::schema::encode_key(record, index, row.bytes, buffer), bytes));
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  if (size < 3) {
    return 0;
  }
  const StructInfo& structure =
      cairn::schema::fuzz_struct(cairn::schema::fuzz_schema(data[0]), data[1]);
  const auto bytes = std::as_bytes(std::span(data + 3, size - 3));
  if (data[2] % 2 == 0) {
    read_value(structure, bytes);
  } else {
    read_key(structure, bytes, data[2] / 2);
  }
  return 0;
}
