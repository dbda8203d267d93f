// SPDX-License-Identifier: Apache-2.0
#include "schema/program.h"

#include <algorithm>
#include <optional>
#include <utility>

#include "schema/layout.h"

namespace cairn::schema {

namespace {

/// The canonical bytes of the smallest value.
std::uint64_t least_size(const TypeInfo& type) {
  switch (type.kind) {
    case TypeKind::Str:
    case TypeKind::Bytes:
    case TypeKind::Text:
    case TypeKind::Blob:
    case TypeKind::List:
    case TypeKind::Option:
    case TypeKind::Secret:
      return 1;
    case TypeKind::Array:
      return type.capacity * least_size(*type.element);
    case TypeKind::Struct: {
      std::uint64_t size = 0;
      for (const FieldInfo& field : type.structure->fields)
        size += least_size(*field.type);
      return size;
    }
    default:
      return encoded_size_max(type);
  }
}

/// Without a gap, as most enums do: then a value is judged without a look at the declaration. The
/// values are distinct and ascend.
bool counts_from_zero(const EnumInfo& enumeration) {
  const auto values = enumeration.values;
  return values.front().value == 0 &&
         static_cast<std::size_t>(values.back().value) == values.size() - 1;
}

class Compiler final {
 public:
  Program compile(const StructInfo& structure) {
    add_fields(structure, 0, "");
    close_copy();
    return std::move(program_);
  }

 private:
  void add_fields(const StructInfo& structure, std::uint32_t base, const std::string& prefix) {
    for (const FieldInfo& field : structure.fields) {
      add(*field.type, base + field.offset,
          prefix.empty() ? std::string(field.name) : prefix + '.' + std::string(field.name));
    }
  }

  void add(const TypeInfo& type, std::uint32_t offset, const std::string& place) {
    switch (type.kind) {
      case TypeKind::Bool:
        add_copy(type, offset, place);
        return add_check({.code = Op::Code::CheckBool, .offset = offset}, place);
      case TypeKind::Enum:
        add_copy(type, offset, place);
        return add_check({.code = counts_from_zero(*type.enumeration) ? Op::Code::CheckCount
                                                                      : Op::Code::CheckEnum,
                          .width = type.width,
                          .offset = offset,
                          .size = static_cast<std::uint32_t>(type.enumeration->values.size()),
                          .enumeration = type.enumeration},
                         place);
      case TypeKind::Decimal:
        add_copy(type, offset, place);
        return add_check({.code = Op::Code::CheckDecimal, .offset = offset}, place);
      case TypeKind::Integer:
      case TypeKind::Id:
      case TypeKind::Timestamp:
      case TypeKind::Duration:
      case TypeKind::Uuid:
      case TypeKind::Digest:
        return add_copy(type, offset, place);
      case TypeKind::Str:
        return add_text(Op::Code::Str, type, offset, place);
      case TypeKind::Bytes:
      case TypeKind::Secret:
        return add_text(Op::Code::Bytes, type, offset, place);
      case TypeKind::Text:
        return add_text(Op::Code::Text, type, offset, place);
      case TypeKind::Blob:
        return add_text(Op::Code::Blob, type, offset, place);
      case TypeKind::Struct:
        return add_fields(*type.structure, offset, place);
      case TypeKind::Option:
      case TypeKind::Array:
      case TypeKind::List:
        return add_with_body(type, offset, place);
    }
  }

  void add_copy(const TypeInfo& type, std::uint32_t offset, const std::string& place) {
    add_run(offset, type.memory_size, place);
  }

  void add_run(std::uint32_t offset, std::uint32_t size, const std::string& place) {
    if (last_copy_) {
      Op& copy = program_.ops[*last_copy_];
      if (copy.offset + copy.size == offset) {
        copy.size += size;
        return;
      }
    }
    close_copy();
    last_copy_ = program_.ops.size();
    push({.code = Op::Code::Copy, .offset = offset, .size = size}, place);
  }

  void add_check(Op op, const std::string& place) { push(op, place); }

  void add_text(Op::Code code, const TypeInfo& type, std::uint32_t offset,
                const std::string& place) {
    close_copy();
    push({.code = code, .offset = offset, .size = type.capacity}, place);
  }

  void add_with_body(const TypeInfo& type, std::uint32_t offset, const std::string& place) {
    const TypeInfo& element = *type.element;
    if (type.kind == TypeKind::Array && is_plain(element)) {
      return add_run(offset, type.memory_size, place);
    }
    close_copy();
    const std::size_t head = program_.ops.size();
    if (type.kind == TypeKind::Option) {
      push({.code = Op::Code::Option, .offset = offset, .stride = option_flag_offset(type)}, place);
      add(element, offset, place);
    } else {
      push({.code = type.kind == TypeKind::Array ? Op::Code::Array : Op::Code::List,
            .align = static_cast<std::uint16_t>(element.memory_align),
            .offset = offset,
            .size = type.capacity,
            .stride = element.memory_size,
            .least = static_cast<std::uint32_t>(least_size(element))},
           place);
      add(element, 0, "");
    }
    close_copy();
    program_.ops[head].body = static_cast<std::uint32_t>(program_.ops.size() - head - 1);
  }

  /// Whether every memory image of the type is a value, and its canonical bytes.
  static bool is_plain(const TypeInfo& type) {
    switch (type.kind) {
      case TypeKind::Integer:
      case TypeKind::Id:
      case TypeKind::Timestamp:
      case TypeKind::Duration:
      case TypeKind::Uuid:
      case TypeKind::Digest:
        return true;
      case TypeKind::Array:
        return is_plain(*type.element);
      case TypeKind::Struct:
        return type.structure->encoded_size_max == type.structure->memory_size &&
               std::ranges::all_of(type.structure->fields,
                                   [](const FieldInfo& field) { return is_plain(*field.type); });
      default:
        return false;
    }
  }

  /// Nothing more joins the last run of copies: the checks after it learn where their values lie in
  /// the bytes.
  void close_copy() {
    if (!last_copy_) {
      return;
    }
    const Op& copy = program_.ops[*last_copy_];
    const std::uint32_t end = copy.offset + copy.size;
    for (std::size_t i = *last_copy_ + 1; i < program_.ops.size(); ++i) {
      program_.ops[i].back = end - program_.ops[i].offset;
    }
    last_copy_.reset();
  }

  void push(Op op, const std::string& place) {
    if (program_.places.empty() || program_.places.back() != place) {
      program_.places.push_back(place);
    }
    op.place = static_cast<std::uint32_t>(program_.places.size() - 1);
    program_.ops.push_back(op);
  }

  Program program_;
  std::optional<std::size_t> last_copy_;
};

}  // namespace

Program compile(const StructInfo& structure) {
  return Compiler().compile(structure);
}

bool is_declared(const EnumInfo& enumeration, std::int64_t value) noexcept {
  const auto values = enumeration.values;
  const std::int64_t first = values.front().value;
  if (value < first || value > values.back().value) {
    return false;
  }
  // Many enums have no gaps, so that a value stands where it should.
  const std::uint64_t position =
      static_cast<std::uint64_t>(value) - static_cast<std::uint64_t>(first);
  if (position < values.size() && values[position].value == value) {
    return true;
  }
  return std::ranges::binary_search(values, value, {}, &EnumValue::value);
}

}  // namespace cairn::schema
