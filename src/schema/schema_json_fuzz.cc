// SPDX-License-Identifier: Apache-2.0
// Hostile JSON for a struct of a random schema. The first two bytes choose the struct; the third is
// even when the rest is the text, and odd when the rest steers damage to the text of a valid value.
// Invariants: what is read is a valid value; printed and read again it is the same; a failure
// leaves memory and scratch as they were.
#include <algorithm>
#include <cstddef>
#include <cstdint>
#include <cstring>
#include <span>
#include <string>
#include <vector>

#include "base/check.h"
#include "cairn/limits.h"
#include "schema/codec.h"
#include "schema/fuzz_schema.h"
#include "schema/json.h"

namespace {

using cairn::Scratch;
using cairn::StructInfo;
using cairn::schema::Choices;

struct alignas(16) Image {
  std::byte bytes[cairn::limits::struct_bytes_max];
};

std::string damaged_value(const StructInfo& structure, Choices& choices) {
  static std::vector<std::byte> space(std::size_t{1} << 18U);
  Scratch views(space);
  static Image image;
  random_value(structure, image.bytes, choices, views);
  std::string text;
  cairn::schema::print_json(structure, image.bytes, text);
  for (std::uint64_t count = choices.below(3); count > 0; --count) {
    const std::size_t at = choices.below(text.size());
    if (choices.one_in(2)) {
      text[at] = static_cast<char>(choices.below(256));
    } else {
      text.insert(at, 1, "0123456789{}[]\"-.e,\\"[choices.below(20)]);
    }
  }
  return text;
}

void read(const StructInfo& structure, const std::string& text) {
  static cairn::schema::JsonParser parser;
  static std::vector<std::byte> space(std::size_t{1} << 18U);
  Scratch scratch(space);
  static Image image;
  std::memset(image.bytes, 0x5a, structure.memory_size);
  if (const auto parsed = parser.parse(structure, text, image.bytes, scratch); !parsed) {
    CAIRN_CHECK(!parsed.error().message().empty());
    CAIRN_CHECK(std::ranges::all_of(std::span(image.bytes).first(structure.memory_size),
                                    [](std::byte b) { return b == std::byte{0x5a}; }));
    CAIRN_CHECK(scratch.remaining() == space.size());
    return;
  }
  CAIRN_CHECK(cairn::schema::Codec(structure).encoded_size(image.bytes).has_value());
  std::string printed;
  cairn::schema::print_json(structure, image.bytes, printed);
  static std::vector<std::byte> more(std::size_t{1} << 18U);
  Scratch other(more);
  static Image again;
  CAIRN_CHECK(parser.parse(structure, printed, again.bytes, other).has_value());
  std::string reprinted;
  cairn::schema::print_json(structure, again.bytes, reprinted);
  CAIRN_CHECK(printed == reprinted);
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  if (size < 3) {
    return 0;
  }
  const StructInfo& structure =
      cairn::schema::fuzz_struct(cairn::schema::fuzz_schema(data[0]), data[1]);
  const std::span<const std::uint8_t> rest(data + 3, size - 3);
  if (data[2] % 2 == 0) {
    read(structure, std::string(rest.begin(), rest.end()));
  } else {
    Choices choices(data[2], rest);
    read(structure, damaged_value(structure, choices));
  }
  return 0;
}
