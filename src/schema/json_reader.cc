// SPDX-License-Identifier: Apache-2.0
#include "schema/json_reader.h"

#include <algorithm>

#include <fmt/core.h>

#include "base/check.h"
#include "schema/names.h"

namespace cairn::schema {

namespace {

std::string_view word_for(simdjson::dom::element_type type) noexcept {
  using enum simdjson::dom::element_type;
  switch (type) {
    case ARRAY:
      return "an array";
    case OBJECT:
      return "an object";
    case INT64:
    case UINT64:
      return "a number";
    case DOUBLE:
      return "a number with a fraction or an exponent";
    case STRING:
      return "a string";
    case BOOL:
      return "true or false";
    case NULL_VALUE:
      return "null";
  }
  return "something else";
}

std::unexpected<Error> wrong_type(JsonElement element, std::string_view expected, const Path& at) {
  return at.fail(Errc::InvalidArgument,
                 fmt::format("here is {}, not {}", word_for(element.type()), expected));
}

}  // namespace

Result<JsonElement> parse_json(simdjson::dom::parser& parser, std::string_view text,
                               std::size_t bytes_max) {
  if (text.size() > bytes_max) {
    return fail(Errc::TooLarge,
                fmt::format("the JSON text has {} bytes; the limit is {}", text.size(), bytes_max));
  }
  JsonElement element;
  // The copy that this makes has the padding that the parser reads into.
  const auto error = parser.parse(text.data(), text.size(), true).get(element);
  if (error == simdjson::UTF8_ERROR) {
    return fail(Errc::Corrupt, "the text is not UTF-8");
  }
  if (error != simdjson::SUCCESS) {
    return fail(Errc::Corrupt,
                fmt::format("the text is not JSON: {}", simdjson::error_message(error)));
  }
  return element;
}

Result<std::string_view> json_string(JsonElement element, const Path& at) {
  std::string_view text;
  if (element.get(text) != simdjson::SUCCESS) {
    return wrong_type(element, "a string", at);
  }
  return text;
}

Result<bool> json_bool(JsonElement element, const Path& at) {
  bool value = false;
  if (element.get(value) != simdjson::SUCCESS) {
    return wrong_type(element, "true or false", at);
  }
  return value;
}

Result<simdjson::dom::array> json_array(JsonElement element, const Path& at) {
  simdjson::dom::array array;
  if (element.get(array) != simdjson::SUCCESS) {
    return wrong_type(element, "an array", at);
  }
  return array;
}

Result<simdjson::dom::object> json_object(JsonElement element, const Path& at) {
  simdjson::dom::object object;
  if (element.get(object) != simdjson::SUCCESS) {
    return wrong_type(element, "an object", at);
  }
  return object;
}

Result<std::uint64_t> json_unsigned(JsonElement element, std::uint64_t max, const Path& at) {
  const auto type = element.type();
  if (type != simdjson::dom::element_type::INT64 && type != simdjson::dom::element_type::UINT64) {
    return wrong_type(element, "a whole number", at);
  }
  std::uint64_t value = 0;
  if (element.get(value) != simdjson::SUCCESS || value > max) {
    return at.fail(Errc::TooLarge, fmt::format("the number is not between 0 and {}", max));
  }
  return value;
}

Result<std::int64_t> json_signed(JsonElement element, const Path& at) {
  std::int64_t value = 0;
  if (element.type() == simdjson::dom::element_type::UINT64) {
    return at.fail(Errc::TooLarge, "the number does not fit into 64 bits with a sign");
  }
  if (element.get(value) != simdjson::SUCCESS) {
    return wrong_type(element, "a whole number", at);
  }
  return value;
}

Result<Members> Members::read(JsonElement element, std::span<const MemberRule> rules,
                              const Path& at) {
  CAIRN_TRY(const simdjson::dom::object object, json_object(element, at));
  Members members;
  for (const auto& [name, value] : object) {
    if (std::ranges::find(rules, name, &MemberRule::name) == rules.end()) {
      return at.fail(Errc::InvalidArgument, fmt::format("the member {} is unknown", quoted(name)));
    }
    if (members.find(name) != nullptr) {
      return at.fail(Errc::AlreadyExists,
                     fmt::format("the member {} is given twice", quoted(name)));
    }
    members.members_.emplace_back(name, value);
  }
  for (const MemberRule& rule : rules) {
    if (rule.required && members.find(rule.name) == nullptr) {
      return at.fail(Errc::NotFound, fmt::format("the member {} is missing", quoted(rule.name)));
    }
  }
  return members;
}

const JsonElement* Members::find(std::string_view name) const noexcept {
  const auto found =
      std::ranges::find(members_, name, &std::pair<std::string_view, JsonElement>::first);
  return found == members_.end() ? nullptr : &found->second;
}

JsonElement Members::operator[](std::string_view name) const noexcept {
  const JsonElement* const element = find(name);
  CAIRN_CHECK(element != nullptr);
  return *element;
}

}  // namespace cairn::schema
