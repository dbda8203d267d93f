// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstdint>
#include <span>
#include <string_view>
#include <utility>
#include <vector>

#include <simdjson.h>

#include "cairn/error.h"
#include "schema/path.h"

namespace cairn::schema {

using JsonElement = simdjson::dom::element;

/// Parses hostile text with `parser`, which owns the result. TooLarge over `bytes_max`; Corrupt
/// when it is not JSON in UTF-8. Memory is bounded by the size of the text.
Result<JsonElement> parse_json(simdjson::dom::parser& parser, std::string_view text,
                               std::size_t bytes_max);

// The element as what it must be; InvalidArgument with the place when it is something else.

Result<std::string_view> json_string(JsonElement element, const Path& at);
Result<bool> json_bool(JsonElement element, const Path& at);
Result<simdjson::dom::array> json_array(JsonElement element, const Path& at);
Result<simdjson::dom::object> json_object(JsonElement element, const Path& at);
/// A whole number of at most `max`, written without fraction and exponent.
Result<std::uint64_t> json_unsigned(JsonElement element, std::uint64_t max, const Path& at);
Result<std::int64_t> json_signed(JsonElement element, const Path& at);

struct MemberRule {
  // NOLINTNEXTLINE(google-explicit-constructor): a list of rules reads like a list of names
  constexpr MemberRule(std::string_view its_name, bool is_required = true) noexcept
      : name(its_name), required(is_required) {}

  std::string_view name;
  bool required;
};

/// The members of an object that has each required one, none twice and no other. A view into the
/// parser's document.
class Members final {
 public:
  static Result<Members> read(JsonElement element, std::span<const MemberRule> rules,
                              const Path& at);

  /// Null when an optional member is absent.
  [[nodiscard]] const JsonElement* find(std::string_view name) const noexcept;

  /// Requires: a required member.
  [[nodiscard]] JsonElement operator[](std::string_view name) const noexcept;

 private:
  std::vector<std::pair<std::string_view, JsonElement>> members_;
};

}  // namespace cairn::schema
