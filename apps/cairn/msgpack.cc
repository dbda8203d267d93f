// SPDX-License-Identifier: Apache-2.0
#include "apps/cairn/msgpack.h"

#include <array>
#include <cstdint>
#include <limits>

#include "base/check.h"
#include "schema/json.h"
#include "schema/json_reader.h"

namespace cairn::cli {

namespace {

using schema::JsonElement;

/// docs of the format: https://github.com/msgpack/msgpack/blob/master/spec.md
class Packer final {
 public:
  [[nodiscard]] std::string run(JsonElement root) {
    pack(root);
    return std::move(out_);
  }

 private:
  void byte(unsigned value) { out_ += static_cast<char>(static_cast<unsigned char>(value)); }

  /// Big-endian.
  void number(std::uint64_t value, unsigned bytes) {
    for (unsigned i = bytes; i-- > 0;) {
      byte(static_cast<unsigned>(value >> (8 * i)) & 0xffU);
    }
  }

  void pack_unsigned(std::uint64_t value) {
    if (value < 0x80) {
      return byte(static_cast<unsigned>(value));
    }
    const unsigned power = value <= UINT8_MAX    ? 0
                           : value <= UINT16_MAX ? 1
                           : value <= UINT32_MAX ? 2
                                                 : 3;
    byte(0xcc + power);
    number(value, 1U << power);
  }

  void pack_signed(std::int64_t value) {
    if (value >= 0) {
      return pack_unsigned(static_cast<std::uint64_t>(value));
    }
    const auto bits = static_cast<std::uint64_t>(value);
    if (value >= -32) {
      return byte(static_cast<unsigned>(bits & 0xffU));
    }
    const unsigned power = value >= INT8_MIN    ? 0
                           : value >= INT16_MIN ? 1
                           : value >= INT32_MIN ? 2
                                                : 3;
    byte(0xd0 + power);
    number(bits, 1U << power);
  }

  /// `small`: the first byte of the shortest form, which takes lengths below `small_end`; `wide`:
  /// that with 16 bits. Texts have a form with 8 bits, too, before it.
  void length(std::size_t size, unsigned small, std::size_t small_end, unsigned wide) {
    if (size < small_end) {
      return byte(small + static_cast<unsigned>(size));
    }
    const bool is_wide = size <= UINT16_MAX;
    byte(is_wide ? wide : wide + 1);
    number(size, is_wide ? 2 : 4);
  }

  void pack_text(std::string_view text) {
    if (text.size() >= 32 && text.size() <= UINT8_MAX) {
      byte(0xd9);
      byte(static_cast<unsigned>(text.size()));
    } else {
      length(text.size(), 0xa0, 32, 0xda);
    }
    out_ += text;
  }

  void pack_array(const simdjson::dom::array& items) {
    length(items.size(), 0x90, 16, 0xdc);
    for (const JsonElement item : items) {
      pack(item);
    }
  }

  void pack_object(const simdjson::dom::object& members) {
    length(members.size(), 0x80, 16, 0xde);
    for (const auto& [name, value] : members) {
      pack_text(name);
      pack(value);
    }
  }

  void pack(JsonElement element) {
    using enum simdjson::dom::element_type;
    switch (element.type()) {
      case ARRAY:
        return pack_array(element.get_array().value_unsafe());
      case OBJECT:
        return pack_object(element.get_object().value_unsafe());
      case INT64:
        return pack_signed(element.get_int64().value_unsafe());
      case UINT64:
        return pack_unsigned(element.get_uint64().value_unsafe());
      case STRING:
        return pack_text(element.get_string().value_unsafe());
      case BOOL:
        return byte(element.get_bool().value_unsafe() ? 0xc3 : 0xc2);
      case DOUBLE:
      case NULL_VALUE:
        return byte(0xc0);
    }
  }

  std::string out_;
};

}  // namespace

std::string to_msgpack(std::string_view json) {
  simdjson::dom::parser parser;
  const auto root = schema::parse_json(parser, json, json.size());
  CAIRN_CHECK(root.has_value());
  return Packer().run(*root);
}

}  // namespace cairn::cli
