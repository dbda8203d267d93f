// SPDX-License-Identifier: Apache-2.0
#include "schema/random_schema.h"

#include <algorithm>
#include <array>
#include <cstring>
#include <string_view>
#include <vector>

#include <fmt/core.h>

#include "base/check.h"
#include "base/hash.h"
#include "cairn/decimal.h"
#include "schema/layout.h"

namespace cairn::schema {

namespace {

constexpr std::array<std::string_view, 15> simple_types = {
    "bool", "u8",  "u16",  "u32",  "u64",       "u128",     "i8",    "i16",
    "i32",  "i64", "i128", "uuid", "timestamp", "duration", "digest"};

class IdlMaker final {
 public:
  explicit IdlMaker(Choices& choices) noexcept : choices_(choices) {}

  JsonTree make() {
    record_count_ = choices_.below(3);
    JsonTree enums = JsonTree::array();
    enum_count_ = 3;  // the first is for states
    for (std::size_t i = 0; i < enum_count_; ++i) {
      enums.push(make_enum(i));
    }
    JsonTree structs = JsonTree::array();
    for (; struct_count_ < 2; ++struct_count_) {
      structs.push(JsonTree::object({{"name", fmt::format("S{}", struct_count_)},
                                     {"fields", fields(1 + choices_.below(3), false)}}));
      if (has_secret(structs.canonical())) {
        sealed_structs_.push_back(fmt::format("struct<S{}>", struct_count_));
      }
    }
    JsonTree records = JsonTree::array();
    for (std::size_t i = 0; i < record_count_; ++i) {
      records.push(make_record(i));
    }
    JsonTree edges = JsonTree::array();
    if (record_count_ > 0 && choices_.one_in(2)) {
      edges.push(make_edge());
    }
    return JsonTree::object({{"idl", JsonTree::number(std::uint64_t{1})},
                             {"name", "random"},
                             {"version", number(1 + choices_.below(5))},
                             {"enums", std::move(enums)},
                             {"structs", std::move(structs)},
                             {"records", std::move(records)},
                             {"edges", std::move(edges)},
                             {"commands", JsonTree::array({make_command(0), make_command(1)})},
                             {"events", JsonTree::array({make_event()})},
                             {"rejects", JsonTree::array({make_reject()})},
                             {"gates", JsonTree::array({JsonTree::object({{"name", "limit"}})})},
                             {"invariants", JsonTree::array()}});
  }

 private:
  static JsonTree number(std::uint64_t value) { return JsonTree::number(value); }

  JsonTree make_enum(std::size_t index) {
    const bool is_signed = index == 1;
    JsonTree values = JsonTree::array();
    std::int64_t value = is_signed ? -3 : 0;
    const std::size_t count = 1 + choices_.below(4);
    for (std::size_t i = 0; i < count; ++i) {
      values.push(
          JsonTree::object({{"name", fmt::format("V{}", i)}, {"value", JsonTree::number(value)}}));
      value += index == 0 ? 1 : static_cast<std::int64_t>(1 + choices_.below(9));
    }
    if (index == 0) {
      states_ = count;
    }
    return JsonTree::object({{"name", fmt::format("E{}", index)},
                             {"type", is_signed ? "i16" : "u8"},
                             {"values", std::move(values)}});
  }

  std::string key_type() {
    switch (choices_.below(6)) {
      case 0:
        return fmt::format("str<{}>", 1 + choices_.below(20));
      case 1:
        return fmt::format("bytes<{}>", 1 + choices_.below(20));
      case 2:
        return fmt::format("decimal<{}>", choices_.below(39));
      case 3:
        return "enum<E1>";
      case 4:
        return record_count_ > 0 ? fmt::format("id<R{}>", choices_.below(record_count_)) : "u64";
      default:
        return std::string(simple_types[choices_.below(simple_types.size())]);
    }
  }

  std::string any_type(std::size_t depth, bool with_views) {
    if (choices_.one_in(16)) {
      return fmt::format("secret<{}>", key_type());
    }
    if (depth < 2 && choices_.one_in(4)) {
      const std::string inner = any_type(depth + 1, with_views);
      const bool is_option = inner.starts_with("option");
      switch (choices_.below(with_views ? 3 : 2)) {
        case 0:
          return is_option ? inner : fmt::format("option<{}>", inner);
        case 1:
          return fmt::format("array<{},{}>", inner, 1 + choices_.below(3));
        default:
          return fmt::format("list<{},{}>", inner, 1 + choices_.below(6));
      }
    }
    if (with_views && choices_.one_in(6)) {
      return fmt::format("{}<{}>", choices_.one_in(2) ? "text" : "blob", 1 + choices_.below(300));
    }
    if (struct_count_ > 0 && depth < 3 && choices_.one_in(8)) {
      return fmt::format("struct<S{}>", choices_.below(struct_count_));
    }
    return key_type();
  }

  [[nodiscard]] bool has_secret(std::string_view text) const {
    return text.contains("secret<") ||
           std::ranges::any_of(sealed_structs_, [text](const std::string& structure) {
             return text.contains(structure);
           });
  }

  /// In an event, a secret is a field of its own.
  [[nodiscard]] std::string type_in_event(const std::string& type) const {
    return !type.starts_with("secret<") && has_secret(type) ? std::string("u64") : type;
  }

  JsonTree fields(std::size_t count, bool with_views, std::vector<JsonTree> first = {},
                  StructRole role = StructRole::Nested) {
    for (std::size_t i = 0; i < count; ++i) {
      std::string type = any_type(0, with_views);
      if (role == StructRole::Event) {
        type = type_in_event(type);
      }
      first.push_back(JsonTree::object(
          {{"name", fmt::format("f{}", (i * 7 + count) % 97)}, {"type", std::move(type)}}));
    }
    return JsonTree::array(std::move(first));
  }

  static JsonTree index(std::string_view name, bool unique, std::vector<JsonTree> positions) {
    return JsonTree::object(
        {{"name", name}, {"unique", unique}, {"fields", JsonTree::array(std::move(positions))}});
  }

  JsonTree make_machine() const {
    JsonTree transitions = JsonTree::array();
    for (std::size_t i = 0; i + 1 < states_; ++i) {
      transitions.push(JsonTree::object({{"from", fmt::format("V{}", i)},
                                         {"to", fmt::format("V{}", i + 1)},
                                         {"guarded", i % 2 == 1}}));
    }
    return JsonTree::object({{"initial", "V0"}, {"transitions", std::move(transitions)}});
  }

  JsonTree make_record(std::size_t position) {
    std::vector<JsonTree> first = {
        JsonTree::object(
            {{"name", "id"}, {"type", fmt::format("id<R{}>", position)}, {"role", "key"}}),
        JsonTree::object({{"name", "owner"}, {"type", key_type()}, {"role", "indexed"}}),
        JsonTree::object({{"name", "status"},
                          {"type", "enum<E0>"},
                          {"role", "state"},
                          {"machine", make_machine()}}),
        JsonTree::object({{"name", "rank"}, {"type", fmt::format("option<{}>", key_type())}})};
    JsonTree indexes =
        JsonTree::array({index("id", true, {"id"}), index("owner", false, {"owner"}),
                         index("by_rank_owner", choices_.one_in(2), {"rank", "owner"})});
    return JsonTree::object({{"name", fmt::format("R{}", position)},
                             {"kind", number(position + 1)},
                             {"version", number(1 + choices_.below(3))},
                             {"fields", fields(choices_.below(6), false, std::move(first))},
                             {"indexes", std::move(indexes)}});
  }

  JsonTree make_edge() {
    const auto end = [&](std::string_view cardinality) {
      return JsonTree::object({{"record", fmt::format("R{}", choices_.below(record_count_))},
                               {"cardinality", cardinality},
                               {"required", choices_.one_in(2)}});
    };
    return JsonTree::object({{"name", "leads"},
                             {"inverse", "led_by"},
                             {"source", end("many")},
                             {"target", end("one")},
                             {"on_erase", "unlink"}});
  }

  JsonTree make_command(std::size_t position) {
    std::vector<JsonTree> first;
    if (position == 0) {
      first.push_back(JsonTree::object({{"name", "kinds"}, {"type", "array<enum<E2>,2>"}}));
      first.push_back(JsonTree::object({{"name", "sign"}, {"type", "enum<E1>"}}));
      first.push_back(JsonTree::object({{"name", "state"}, {"type", "enum<E0>"}}));
      first.push_back(JsonTree::object({{"name", "part"}, {"type", "list<struct<S0>,4>"}}));
      first.push_back(JsonTree::object({{"name", "other"}, {"type", "option<struct<S1>>"}}));
    }
    return JsonTree::object({{"name", fmt::format("C{}", position)},
                             {"kind", number(position + 1)},
                             {"version", number(1)},
                             {"fields", fields(choices_.below(8), true, std::move(first))}});
  }

  JsonTree make_event() {
    return JsonTree::object(
        {{"name", "Happened"},
         {"kind", number(1 + choices_.below(60'000))},
         {"version", number(1)},
         {"fields",
          fields(choices_.below(5), true,
                 {JsonTree::object({{"name", "who"}, {"type", key_type()}})}, StructRole::Event)},
         {"about", JsonTree::array({"who"})}});
  }

  JsonTree make_reject() {
    return JsonTree::object(
        {{"name", "TooMuch"}, {"code", number(1 + choices_.below(65'000))}, {"detail", "S1"}});
  }

  Choices& choices_;
  std::size_t record_count_ = 0;
  std::size_t enum_count_ = 0;
  std::size_t struct_count_ = 0;
  std::vector<std::string> sealed_structs_;
  std::size_t states_ = 1;
};

class ValueMaker final {
 public:
  ValueMaker(Choices& choices, Scratch& space) noexcept : choices_(choices), space_(space) {}

  void make_struct(const StructInfo& structure, std::byte* memory) {
    std::memset(memory, 0, structure.memory_size);
    for (const FieldInfo& field : structure.fields) {
      make(*field.type, memory + field.offset);
    }
  }

  void make(const TypeInfo& type, std::byte* memory) {
    std::memset(memory, 0, type.memory_size);
    switch (type.kind) {
      case TypeKind::Bool:
        *memory = static_cast<std::byte>(choices_.below(2));
        return;
      case TypeKind::Enum: {
        const auto values = type.enumeration->values;
        const std::int64_t value = values[choices_.below(values.size())].value;
        std::memcpy(memory, &value, type.width);
        return;
      }
      case TypeKind::Decimal:
        return make_decimal(memory);
      case TypeKind::Struct:
        return make_struct(*type.structure, memory);
      case TypeKind::Option:
        if (choices_.one_in(2)) {
          memory[option_flag_offset(type)] = std::byte{1};
          make(*type.element, memory);
        }
        return;
      case TypeKind::Array:
        return make_items(type, memory, type.capacity);
      case TypeKind::Str:
      case TypeKind::Bytes:
      case TypeKind::Text:
      case TypeKind::Blob:
      case TypeKind::List:
      case TypeKind::Secret:
        return make_sized(type, memory);
      default:
        return make_number({memory, type.memory_size});
    }
  }

 private:
  /// Small and extreme numbers are where mistakes are.
  void make_number(std::span<std::byte> memory) {
    switch (choices_.below(5)) {
      case 0:
        return;
      case 1:
        memory.front() = static_cast<std::byte>(choices_.below(256));
        return;
      case 2:
        std::memset(memory.data(), 0xff, memory.size());
        return;
      case 3:
        memory.back() = std::byte{0x80};
        return;
      default:
        choices_.fill(memory);
    }
  }

  void make_decimal(std::byte* memory) {
    Int128 mantissa = 0;
    make_number({reinterpret_cast<std::byte*>(&mantissa), sizeof(mantissa)});
    if (!detail::is_mantissa(mantissa)) {
      mantissa = mantissa < 0 ? 1 - detail::decimal_limit : detail::decimal_limit - 1;
    }
    std::memcpy(memory, &mantissa, sizeof(mantissa));
  }

  void make_items(const TypeInfo& type, std::byte* items, std::uint64_t count) {
    for (std::uint64_t i = 0; i < count; ++i) {
      make(*type.element, items + i * type.element->memory_size);
    }
  }

  void make_text(std::span<std::byte> out) {
    constexpr std::array<std::string_view, 6> pieces = {
        "a", std::string_view("\0", 1), "\"", "\xc3\xa9", "\xe2\x82\xac", "\xf0\x9f\x98\x80"};
    std::size_t at = 0;
    while (at < out.size()) {
      std::string_view piece = pieces[choices_.below(pieces.size())];
      piece = piece.size() > out.size() - at ? pieces[0] : piece;
      std::memcpy(out.data() + at, piece.data(), piece.size());
      at += piece.size();
    }
  }

  void make_bytes(const TypeInfo& type, std::span<std::byte> out) {
    if (type.kind == TypeKind::Str || type.kind == TypeKind::Text) {
      make_text(out);
    } else {
      choices_.fill(out);
    }
  }

  void make_sized(const TypeInfo& type, std::byte* memory) {
    std::uint64_t size = choices_.one_in(4)
                             ? type.capacity
                             : choices_.below(std::min<std::uint64_t>(type.capacity, 24) + 1);
    if (type.kind == TypeKind::Str || type.kind == TypeKind::Bytes ||
        type.kind == TypeKind::Secret) {
      const auto stored = static_cast<InPlaceSize>(size);
      std::memcpy(memory, &stored, sizeof(stored));
      return make_bytes(type, {memory + sizeof(stored), size});
    }
    const bool is_list = type.kind == TypeKind::List;
    const std::size_t stride = is_list ? type.element->memory_size : 1;
    std::byte* const space =
        size == 0 ? nullptr : space_.take(size * stride, is_list ? type.element->memory_align : 1);
    size = space == nullptr ? 0 : size;
    const View view = {.data = space, .size = static_cast<std::uint32_t>(size), .zero = 0};
    std::memcpy(memory, &view, sizeof(view));
    if (is_list) {
      make_items(type, space, size);
    } else {
      make_bytes(type, {space, size});
    }
  }

  Choices& choices_;
  Scratch& space_;
};

}  // namespace

std::uint64_t Choices::next() noexcept {
  if (!bytes_.empty()) {
    const std::uint64_t byte = bytes_.front();
    bytes_ = bytes_.subspan(1);
    return byte;
  }
  // SplitMix64.
  state_ += 0x9e3779b97f4a7c15U;
  std::uint64_t mixed = state_;
  mixed = (mixed ^ (mixed >> 30U)) * 0xbf58476d1ce4e5b9U;
  mixed = (mixed ^ (mixed >> 27U)) * 0x94d049bb133111ebU;
  return mixed ^ (mixed >> 31U);
}

std::uint64_t Choices::below(std::uint64_t bound) noexcept {
  CAIRN_CHECK(bound > 0);
  return next() % bound;
}

void Choices::fill(std::span<std::byte> out) noexcept {
  for (std::byte& byte : out) {
    byte = static_cast<std::byte>(next());
  }
}

std::string stamped(JsonTree idl) {
  const std::string text = idl.canonical();
  idl.set("fingerprint", blake3(std::as_bytes(std::span(text))).to_string());
  return idl.canonical();
}

JsonTree random_idl(Choices& choices) {
  return IdlMaker(choices).make();
}

void random_value(const StructInfo& structure, std::byte* memory, Choices& choices,
                  Scratch& space) {
  ValueMaker(choices, space).make_struct(structure, memory);
}

void random_value(const TypeInfo& type, std::byte* memory, Choices& choices, Scratch& space) {
  ValueMaker(choices, space).make(type, memory);
}

}  // namespace cairn::schema
