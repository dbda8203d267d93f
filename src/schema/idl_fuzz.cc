// SPDX-License-Identifier: Apache-2.0
// Hostile IDL text. Invariants: whatever the bytes, reading ends with a schema or with an error
// that has a message; a schema that was read writes an IDL that reads back to itself; and none of
// its shapes, nor its comparison with itself, fails by more than an error. With the first byte odd,
// the rest steers changes to a valid IDL instead, whose fingerprint is made right, so that the
// checks behind it are reached.
#include <cstddef>
#include <cstdint>
#include <span>
#include <string>
#include <string_view>

#include "base/check.h"
#include "schema/drift.h"
#include "schema/random_schema.h"
#include "schema/schema.h"
#include "schema/shapes.h"

namespace {

using cairn::schema::Choices;
using cairn::schema::Schema;

void exercise(const Schema& schema) {
  const auto again = Schema::from_idl(schema.idl());
  CAIRN_CHECK(again.has_value());
  CAIRN_CHECK(again->idl() == schema.idl());
  CAIRN_CHECK(compare(schema, *again).is_same());
  CAIRN_CHECK(!to_openapi(schema).empty());
  // NOLINTBEGIN(bugprone-unused-return-value): a refusal is as good as a shape here
  static_cast<void>(to_sql(schema, cairn::schema::SqlDialect::Sqlite));
  static_cast<void>(to_sql(schema, cairn::schema::SqlDialect::Postgresql));
  static_cast<void>(to_c_header(schema));
  static_cast<void>(to_typescript(schema));
  // NOLINTEND(bugprone-unused-return-value)
}

/// Some bytes of a valid text replaced, dropped or doubled.
std::string damaged(std::string text, Choices& choices) {
  for (std::uint64_t count = choices.below(4); count > 0; --count) {
    const std::size_t at = choices.below(text.size());
    switch (choices.below(4)) {
      case 0:
        text[at] = static_cast<char>(choices.below(256));
        break;
      case 1:
        text.erase(at, 1 + choices.below(20));
        break;
      case 2:
        text.insert(at, text.substr(at, 1 + choices.below(60)));
        break;
      default:
        text.insert(at, 1, "0123456789{}[]\"<>,"[choices.below(18)]);
    }
    if (text.empty()) {
      break;
    }
  }
  return text;
}

/// The error names the fingerprint that the text should have had; put it there.
void read(std::string text) {
  auto schema = Schema::from_idl(text);
  if (!schema) {
    const std::string message = schema.error().message();
    CAIRN_CHECK(!message.empty());
    constexpr std::string_view before = "but its content has ";
    const std::size_t place = message.find(before);
    const std::size_t member = text.find("\"fingerprint\":\"");
    if (place == std::string::npos || member == std::string::npos) {
      return;
    }
    text.replace(member + 15, 64, message.substr(place + before.size(), 64));
    schema = Schema::from_idl(text);
  }
  if (schema) {
    exercise(*schema);
  }
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  if (size == 0) {
    return 0;
  }
  const std::span<const std::uint8_t> rest(data + 1, size - 1);
  if (data[0] % 2 == 0) {
    read(std::string(rest.begin(), rest.end()));
    return 0;
  }
  Choices choices(data[0], rest);
  read(damaged(stamped(random_idl(choices)), choices));
  return 0;
}
