// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstdint>
#include <memory>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

namespace cairn::schema {

/// Appends `text` as a JSON string in the one form of RFC 8785. Requires: valid UTF-8.
void append_json_string(std::string& out, std::string_view text);

/// A JSON document that is built to be printed: IDLs, reports, shapes. Values on a hot path are
/// printed straight from memory instead, by json.h. A plain value.
class JsonTree final {
 public:
  using Member = std::pair<std::string, JsonTree>;

  /// Null.
  JsonTree() = default;
  // NOLINTBEGIN(google-explicit-constructor): a document reads like JSON
  JsonTree(std::string_view text);
  JsonTree(const char* text);
  JsonTree(const std::string& text);
  JsonTree(bool value);
  // NOLINTEND(google-explicit-constructor)
  static JsonTree number(std::int64_t value);
  static JsonTree number(std::uint64_t value);
  static JsonTree object(std::vector<Member> members = {});
  static JsonTree array(std::vector<JsonTree> items = {});

  /// Requires: an object that has no such member.
  void set(std::string_view name, JsonTree value);
  /// Requires: an array.
  void push(JsonTree value);

  [[nodiscard]] bool is_empty() const noexcept { return members_.empty(); }

  /// RFC 8785: members by name, no white space.
  [[nodiscard]] std::string canonical() const;
  /// For people: members by name, two spaces per level, a line feed at the end.
  [[nodiscard]] std::string indented() const;

 private:
  enum class Kind : std::uint8_t { Raw, Text, Object, Array };

  void print(std::string& out, int indent) const;
  void print_members(std::string& out, int indent) const;

  Kind kind_ = Kind::Raw;
  std::string text_ = "null";
  std::vector<Member> members_;  // of an array, without names
};

}  // namespace cairn::schema
