// SPDX-License-Identifier: Apache-2.0
#include "schema/json_tree.h"

#include <algorithm>

#include "base/check.h"

namespace cairn::schema {

namespace {

constexpr std::string_view hex_digits = "0123456789abcdef";

void append_escaped(std::string& out, char c) {
  switch (c) {
    case '"':
      out += "\\\"";
      return;
    case '\\':
      out += "\\\\";
      return;
    case '\b':
      out += "\\b";
      return;
    case '\f':
      out += "\\f";
      return;
    case '\n':
      out += "\\n";
      return;
    case '\r':
      out += "\\r";
      return;
    case '\t':
      out += "\\t";
      return;
    default:
      out += "\\u00";
      out += hex_digits[static_cast<unsigned char>(c) >> 4U];
      out += hex_digits[static_cast<unsigned char>(c) & 0xfU];
  }
}

bool needs_escape(char c) noexcept {
  return static_cast<unsigned char>(c) < 0x20 || c == '"' || c == '\\';
}

void new_line(std::string& out, int indent) {
  if (indent >= 0) {
    out += '\n';
    out.append(static_cast<std::size_t>(indent) * 2, ' ');
  }
}

}  // namespace

void append_json_string(std::string& out, std::string_view text) {
  out += '"';
  while (!text.empty()) {
    const auto stop =
        static_cast<std::size_t>(std::ranges::find_if(text, needs_escape) - text.begin());
    out += text.substr(0, stop);
    text.remove_prefix(stop);
    if (!text.empty()) {
      append_escaped(out, text.front());
      text.remove_prefix(1);
    }
  }
  out += '"';
}

JsonTree::JsonTree(std::string_view text) : kind_(Kind::Text), text_(text) {}

JsonTree::JsonTree(const char* text) : JsonTree(std::string_view(text)) {}

JsonTree::JsonTree(const std::string& text) : JsonTree(std::string_view(text)) {}

JsonTree::JsonTree(bool value) : text_(value ? "true" : "false") {}

JsonTree JsonTree::number(std::int64_t value) {
  JsonTree tree;
  tree.text_ = std::to_string(value);
  return tree;
}

JsonTree JsonTree::number(std::uint64_t value) {
  JsonTree tree;
  tree.text_ = std::to_string(value);
  return tree;
}

JsonTree JsonTree::object(std::vector<Member> members) {
  JsonTree tree;
  tree.kind_ = Kind::Object;
  for (auto& [name, value] : members) {
    tree.set(name, std::move(value));
  }
  return tree;
}

JsonTree JsonTree::array(std::vector<JsonTree> items) {
  JsonTree tree;
  tree.kind_ = Kind::Array;
  for (JsonTree& item : items) {
    tree.push(std::move(item));
  }
  return tree;
}

void JsonTree::set(std::string_view name, JsonTree value) {
  CAIRN_CHECK(kind_ == Kind::Object);
  const auto place = std::ranges::lower_bound(
      members_, name, {}, [](const Member& member) { return std::string_view(member.first); });
  CAIRN_CHECK(place == members_.end() || place->first != name);
  members_.emplace(place, name, std::move(value));
}

void JsonTree::push(JsonTree value) {
  CAIRN_CHECK(kind_ == Kind::Array);
  members_.emplace_back(std::string(), std::move(value));
}

std::string JsonTree::canonical() const {
  std::string out;
  print(out, -1);
  return out;
}

std::string JsonTree::indented() const {
  std::string out;
  print(out, 0);
  out += '\n';
  return out;
}

void JsonTree::print(std::string& out, int indent) const {
  switch (kind_) {
    case Kind::Raw:
      out += text_;
      return;
    case Kind::Text:
      append_json_string(out, text_);
      return;
    case Kind::Object:
    case Kind::Array:
      out += kind_ == Kind::Object ? '{' : '[';
      print_members(out, indent);
      out += kind_ == Kind::Object ? '}' : ']';
      return;
  }
}

void JsonTree::print_members(std::string& out, int indent) const {
  const int inner = indent < 0 ? indent : indent + 1;
  for (const Member& member : members_) {
    if (&member != &members_.front()) {
      out += ',';
    }
    new_line(out, inner);
    if (kind_ == Kind::Object) {
      append_json_string(out, member.first);
      out += indent < 0 ? ":" : ": ";
    }
    member.second.print(out, inner);
  }
  if (!members_.empty()) {
    new_line(out, indent);
  }
}

}  // namespace cairn::schema
