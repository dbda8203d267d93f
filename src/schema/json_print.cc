// SPDX-License-Identifier: Apache-2.0
#include <algorithm>
#include <array>
#include <charconv>
#include <cstring>

#include "base/check.h"
#include "base/text.h"
#include "cairn/decimal.h"
#include "cairn/digest.h"
#include "cairn/integers.h"
#include "cairn/limits.h"
#include "cairn/time.h"
#include "cairn/uuid.h"
#include "schema/json.h"
#include "schema/json_tree.h"
#include "schema/layout.h"
#include "schema/program.h"

namespace cairn::schema {

namespace {

enum class Style : std::uint8_t { Json, Text };

template <typename T>
T load(const std::byte* memory) noexcept {
  T value = {};
  std::memcpy(&value, memory, sizeof(value));
  return value;
}

class Printer final {
 public:
  Printer(Style style, std::string& out) noexcept : style_(style), out_(out) {}

  void print(const TypeInfo& type, const std::byte* memory) {
    switch (type.kind) {
      case TypeKind::Bool:
        out_ += *memory == std::byte{0} ? "false" : "true";
        return;
      case TypeKind::Integer:
      case TypeKind::Decimal:
        return print_number(type, memory);
      case TypeKind::Id:
        return print_integer(load<std::uint64_t>(memory));
      case TypeKind::Duration:
        return print_duration({load<std::int64_t>(memory)});
      case TypeKind::Timestamp:
        return print_word(Timestamp{load<std::int64_t>(memory)}.to_string());
      case TypeKind::Uuid:
        return print_word(load<Uuid>(memory).to_string());
      case TypeKind::Digest:
        return print_word(load<Digest>(memory).to_string());
      case TypeKind::Enum:
        return print_enum(type, memory);
      case TypeKind::Struct:
        return print_struct(*type.structure, memory);
      default:
        return print_sized(type, memory);
    }
  }

  void print_struct(const StructInfo& structure, const std::byte* memory) {
    std::array<std::uint16_t, limits::struct_fields_max> order;
    const auto positions = std::span(order).first(structure.fields.size());
    for (std::size_t i = 0; i < positions.size(); ++i) {
      positions[i] = static_cast<std::uint16_t>(i);
    }
    if (style_ == Style::Json) {
      std::ranges::sort(positions, {},
                        [&](std::uint16_t position) { return structure.fields[position].name; });
    } else {
      out_ += structure.name;
    }
    out_ += '{';
    for (const std::uint16_t position : positions) {
      const FieldInfo& field = structure.fields[position];
      separate(position == positions.front());
      print_name(field.name);
      print(*field.type, memory + field.offset);
    }
    out_ += '}';
  }

 private:
  void separate(bool is_first) {
    if (!is_first) {
      out_ += style_ == Style::Json ? "," : ", ";
    }
  }

  void print_name(std::string_view name) {
    if (style_ == Style::Json) {
      out_ += '"';
      out_ += name;
      out_ += "\":";
    } else {
      out_ += name;
      out_ += ": ";
    }
  }

  template <typename T>
  void print_integer(T value) {
    std::array<char, 24> text;
    const auto end = std::to_chars(text.data(), text.data() + text.size(), value).ptr;
    out_.append(text.data(), end);
  }

  /// Something without characters to escape that JSON has no form of its own for.
  void print_word(std::string_view word) {
    if (style_ == Style::Json) {
      out_ += '"';
      out_ += word;
      out_ += '"';
    } else {
      out_ += word;
    }
  }

  void print_number(const TypeInfo& type, const std::byte* memory) {
    if (type.kind == TypeKind::Decimal) {
      return print_word(detail::print_decimal(load<Int128>(memory), type.scale));
    }
    if (type.width == 16) {
      return print_word(type.is_signed ? to_string(load<Int128>(memory))
                                       : to_string(load<UInt128>(memory)));
    }
    const std::int64_t value = load_integer(memory, type.width, type.is_signed);
    if (type.is_signed) {
      print_integer(value);
    } else {
      print_integer(static_cast<std::uint64_t>(value));
    }
  }

  void print_duration(Duration duration) {
    if (style_ == Style::Json) {
      print_integer(duration.nanoseconds);
    } else {
      out_ += duration.to_string();
    }
  }

  void print_enum(const TypeInfo& type, const std::byte* memory) {
    const std::int64_t value = load_integer(memory, type.width, type.is_signed);
    const auto found =
        std::ranges::lower_bound(type.enumeration->values, value, {}, &EnumValue::value);
    CAIRN_CHECK(found != type.enumeration->values.end() && found->value == value);
    print_word(found->name);
  }

  void print_sized(const TypeInfo& type, const std::byte* memory) {
    switch (type.kind) {
      case TypeKind::Str:
      case TypeKind::Bytes:
      case TypeKind::Secret: {
        const auto size = load<InPlaceSize>(memory);
        CAIRN_CHECK(size <= type.capacity);
        const std::span<const std::byte> bytes(memory + sizeof(size), size);
        return type.kind == TypeKind::Secret ? print_sealed(bytes)
                                             : print_bytes(type.kind == TypeKind::Str, bytes);
      }
      case TypeKind::Text:
      case TypeKind::Blob: {
        const auto view = load<View>(memory);
        return print_bytes(type.kind == TypeKind::Text, {view.data, view.size});
      }
      case TypeKind::Option:
        if (memory[option_flag_offset(type)] == std::byte{0}) {
          out_ += style_ == Style::Json ? "null" : "none";
          return;
        }
        return print(*type.element, memory);
      case TypeKind::Array:
        return print_items(type, memory, type.capacity);
      default: {
        const auto view = load<View>(memory);
        return print_items(type, view.data, view.size);
      }
    }
  }

  void print_bytes(bool is_text, std::span<const std::byte> bytes) {
    if (is_text) {
      append_json_string(out_, {reinterpret_cast<const char*>(bytes.data()), bytes.size()});
      return;
    }
    const std::size_t start = out_.size() + (style_ == Style::Json ? 1 : 0);
    out_.append(2 * bytes.size() + (style_ == Style::Json ? 2 : 0), '"');
    write_hex(bytes, std::span(out_).subspan(start, 2 * bytes.size()));
  }

  /// Says what it is, so that nobody takes it for the value.
  void print_sealed(std::span<const std::byte> bytes) {
    out_ += style_ == Style::Json ? "{\"sealed\":" : "sealed ";
    print_bytes(false, bytes);
    out_ += style_ == Style::Json ? "}" : "";
  }

  void print_items(const TypeInfo& type, const std::byte* items, std::uint32_t count) {
    out_ += '[';
    for (std::uint32_t i = 0; i < count; ++i) {
      separate(i == 0);
      print(*type.element, items + std::size_t{i} * type.element->memory_size);
    }
    out_ += ']';
  }

  Style style_;
  std::string& out_;
};

}  // namespace

void print_json(const StructInfo& structure, const std::byte* memory, std::string& out) {
  Printer(Style::Json, out).print_struct(structure, memory);
}

void print_json(const TypeInfo& type, const std::byte* memory, std::string& out) {
  Printer(Style::Json, out).print(type, memory);
}

void print_text(const StructInfo& structure, const std::byte* memory, std::string& out) {
  Printer(Style::Text, out).print_struct(structure, memory);
}

}  // namespace cairn::schema
