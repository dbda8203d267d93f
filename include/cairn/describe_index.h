// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <algorithm>
#include <array>
#include <cstddef>
#include <cstdint>
#include <span>
#include <string_view>

#include "cairn/declare.h"
#include "cairn/descriptor.h"
#include "cairn/fields.h"
#include "cairn/limits.h"
#include "cairn/reflect.h"

/// What the declarations of a struct say about its fields as a group: the indexes of a record and
/// the coordinates of an event, with the names and positions that a descriptor points at.
namespace cairn::describe {

template <typename T>
concept Declared = requires { typename T::schema::parts; };

template <typename T>
struct PartsOf {
  using type = reflect::List<>;
};

template <Declared T>
struct PartsOf<T> {
  using type = typename T::schema::parts;
};

/// How the parts of a declaration name fields: positions, and what kind of part it is.
enum class PartKind : std::uint8_t { Other, Index, UniqueIndex, About, Was };

struct PartFacts {
  PartKind kind = PartKind::Other;
  std::size_t size = 0;
  std::array<std::uint16_t, limits::index_fields_max> fields = {};
};

template <typename Part>
struct PartReader {
  static constexpr PartKind kind = PartKind::Other;
  static constexpr PartFacts facts = {};
};

template <PartKind Kind, auto... Fields>
consteval PartFacts read_part() {
  return {.kind = Kind,
          .size = sizeof...(Fields),
          .fields = {static_cast<std::uint16_t>(reflect::member_index<Fields>)...}};
}

template <auto... Fields>
struct PartReader<IndexOn<Fields...>> {
  static constexpr PartKind kind = PartKind::Index;
  static constexpr PartFacts facts = read_part<kind, Fields...>();
};

template <auto... Fields>
struct PartReader<UniqueOn<Fields...>> {
  static constexpr PartKind kind = PartKind::UniqueIndex;
  static constexpr PartFacts facts = read_part<kind, Fields...>();
};

template <auto... Fields>
struct PartReader<About<Fields...>> {
  static constexpr PartKind kind = PartKind::About;
  static constexpr PartFacts facts = read_part<kind, Fields...>();
};

template <typename Older>
struct PartReader<Was<Older>> {
  static constexpr PartKind kind = PartKind::Was;
  static constexpr PartFacts facts = {.kind = kind};
};

template <typename L>
struct PartTable;

template <typename... Parts>
struct PartTable<reflect::List<Parts...>> {
  static constexpr std::array<PartFacts, sizeof...(Parts)> facts = {PartReader<Parts>::facts...};
};

/// The indexes of a record in the order of the descriptor: its key, single fields, declared ones.
struct IndexFacts {
  bool is_unique = false;
  bool is_declared = false;
  std::size_t size = 0;
  std::array<std::uint16_t, limits::index_fields_max> fields = {};
};

template <std::size_t Max>
struct IndexList {
  std::array<IndexFacts, Max> items = {};
  std::size_t count = 0;

  constexpr void add_field(std::size_t field, bool is_unique) {
    items[count++] = {
        .is_unique = is_unique, .size = 1, .fields = {static_cast<std::uint16_t>(field)}};
  }
};

template <std::size_t N, std::size_t P>
consteval IndexList<N + P> list_indexes(const std::array<FieldKind, N>& kinds,
                                        const std::array<PartFacts, P>& parts) {
  IndexList<N + P> list;
  for (std::size_t i = 0; i < N; ++i) {
    if (kinds[i] == FieldKind::Key) {
      list.add_field(i, true);
    }
  }
  for (std::size_t i = 0; i < N; ++i) {
    if (kinds[i] == FieldKind::Unique || kinds[i] == FieldKind::Indexed) {
      list.add_field(i, kinds[i] == FieldKind::Unique);
    }
  }
  for (const PartFacts& part : parts) {
    if (part.kind == PartKind::Index || part.kind == PartKind::UniqueIndex) {
      list.items[list.count++] = {.is_unique = part.kind == PartKind::UniqueIndex,
                                  .is_declared = true,
                                  .size = part.size,
                                  .fields = part.fields};
    }
  }
  return list;
}

/// A declared index has no name in C++: "by_" and its fields, "by_status_price".
constexpr std::size_t write_index_name(const IndexFacts& index, const std::string_view* field_names,
                                       char* out) {
  std::size_t size = 0;
  const auto put = [&](std::string_view text) {
    if (out != nullptr) {
      std::ranges::copy(text, out + size);
    }
    size += text.size();
  };
  put("by");
  for (std::size_t i = 0; i < index.size; ++i) {
    put("_");
    put(field_names[index.fields[i]]);
  }
  return size;
}

/// The lists of positions and the names that IndexInfo and StructInfo::about point at.
template <typename T, typename Fields>
struct IndexTable {
  static constexpr const auto& parts = PartTable<typename PartsOf<T>::type>::facts;
  static constexpr auto list = list_indexes(Fields::kinds, parts);
  static constexpr const auto& names = reflect::field_names<T>;

  static consteval std::size_t name_bytes() {
    std::size_t bytes = 1;
    for (std::size_t i = 0; i < list.count; ++i) {
      bytes +=
          list.items[i].is_declared ? write_index_name(list.items[i], names.data(), nullptr) : 0;
    }
    return bytes;
  }

  static consteval auto make_text() {
    std::array<char, name_bytes()> chars = {};
    char* out = chars.data();
    for (std::size_t i = 0; i < list.count; ++i) {
      if (list.items[i].is_declared) {
        out += write_index_name(list.items[i], names.data(), out);
      }
    }
    return chars;
  }

  static constexpr auto name_text = make_text();

  static consteval auto make_infos() {
    std::array<IndexInfo, list.count> made = {};
    std::size_t at = 0;
    for (std::size_t i = 0; i < list.count; ++i) {
      const IndexFacts& item = list.items[i];
      std::string_view name = names[item.fields[0]];
      if (item.is_declared) {
        name = {name_text.data() + at, write_index_name(item, names.data(), nullptr)};
        at += name.size();
      }
      made[i] = {.name = name,
                 .is_unique = item.is_unique,
                 .fields = {list.items[i].fields.data(), item.size}};
    }
    return made;
  }

  static constexpr auto infos = make_infos();

  static consteval std::span<const std::uint16_t> make_about() {
    for (const PartFacts& part : parts) {
      if (part.kind == PartKind::About) {
        return {part.fields.data(), part.size};
      }
    }
    return {};
  }

  static constexpr std::span<const std::uint16_t> about = make_about();
};

}  // namespace cairn::describe
