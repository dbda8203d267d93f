// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <array>
#include <cstddef>
#include <cstdint>
#include <string_view>

#include "cairn/plugin.h"

namespace cairn::describe {

/// Where a domain writes its schema as JSON, piece by piece, to the function that its host gave.
/// Names are identifiers, so nothing needs escaping.
struct TextSink {
  cairn_write_function write = nullptr;
  void* to = nullptr;

  void put(std::string_view text) const { write(to, {.data = text.data(), .size = text.size()}); }

  template <typename Integer>
  void put_number(Integer value) const {
    std::array<char, 20> digits = {};
    std::size_t first = digits.size();
    const bool negative = value < Integer{0};
    const auto bits = static_cast<std::uint64_t>(value);
    std::uint64_t rest = negative ? ~bits + 1 : bits;
    do {
      digits.at(--first) = static_cast<char>('0' + rest % 10);
      rest /= 10;
    } while (rest != 0);
    put(negative ? "-" : "");
    put({digits.data() + first, digits.size() - first});
  }

  void put_quoted(std::string_view name) const {
    put("\"");
    put(name);
    put("\"");
  }

  /// `, "name": ` or, first in its object, without the comma.
  void put_member(std::string_view name, bool is_first = false) const {
    put(is_first ? "\"" : ",\"");
    put(name);
    put("\":");
  }

  void put_text(std::string_view name, std::string_view text, bool is_first = false) const {
    put_member(name, is_first);
    put_quoted(text);
  }

  template <typename Integer>
  void put_integer(std::string_view name, Integer value) const {
    put_member(name);
    put_number(value);
  }

  void put_bool(std::string_view name, bool value) const {
    put_member(name);
    put(value ? "true" : "false");
  }

  /// `put_item` for each, as an array.
  template <typename List, typename PutItem>
  void put_list(std::string_view name, const List& list, PutItem put_item) const {
    put_member(name);
    put("[");
    bool is_first = true;
    for (const auto& item : list) {
      put(is_first ? "" : ",");
      is_first = false;
      put_item(item);
    }
    put("]");
  }
};

}  // namespace cairn::describe
