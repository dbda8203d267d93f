// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <array>
#include <cstddef>
#include <cstdint>
#include <string_view>
#include <utility>

#include "cairn/declare.h"
#include "cairn/descriptor.h"
#include "cairn/edge.h"
#include "cairn/reflect_type.h"
#include "cairn/shape.h"
#include "cairn/sizes.h"

/// The descriptors of a compiled domain, made from its types at compile time: constants in static
/// storage, so the run-time schema reads them as it would read an imported IDL. `Home` is the
/// domain: names are given as they read from its namespace. What is described here was found right
/// by the checks of `cairn/check.h` before.
namespace cairn::describe {

template <typename Home, typename T>
struct StructTable;

template <typename Home, typename T>
struct EnumTable {
  static constexpr EnumInfo info = {
      .name = reflect::name_from<Home, T>,
      .width = sizeof(T),
      .is_signed = std::is_signed_v<std::underlying_type_t<T>>,
      .values = reflect::enum_values<T>,
  };
};

template <typename Home, typename T>
consteval TypeInfo make_type();

template <typename Home, typename T>
inline constexpr TypeInfo type_info = make_type<Home, T>();

template <typename Home, typename T>
consteval TypeInfo make_type() {
  TypeInfo info = {.kind = Shape<T>::kind,
                   .capacity = Shape<T>::capacity,
                   .memory_size = sizeof(T),
                   .memory_align = alignof(T)};
  if constexpr (Shape<T>::kind == TypeKind::Integer) {
    info.width = sizeof(T);
    info.is_signed = SignedInteger<T>;
  } else if constexpr (Shape<T>::kind == TypeKind::Enum) {
    info.width = sizeof(T);
    info.is_signed = std::is_signed_v<std::underlying_type_t<T>>;
    info.enumeration = &EnumTable<Home, T>::info;
  } else if constexpr (Shape<T>::kind == TypeKind::Decimal) {
    info.scale = Shape<T>::scale;
  } else if constexpr (Shape<T>::kind == TypeKind::Id) {
    info.record = reflect::name_from<Home, typename Shape<T>::record>;
  } else if constexpr (Shape<T>::kind == TypeKind::Struct) {
    info.structure = &StructTable<Home, T>::info;
  } else if constexpr (!std::is_void_v<typename Shape<T>::element>) {
    info.element = &type_info<Home, typename Shape<T>::element>;
  }
  return info;
}

consteval FieldRole role_of(FieldKind kind) {
  switch (kind) {
    case FieldKind::Key:
      return FieldRole::Key;
    case FieldKind::Unique:
      return FieldRole::Unique;
    case FieldKind::Indexed:
      return FieldRole::Indexed;
    case FieldKind::Immutable:
      return FieldRole::Immutable;
    case FieldKind::State:
      return FieldRole::State;
    case FieldKind::Ordered:
    case FieldKind::Plain:
      break;
  }
  return FieldRole::Plain;
}

template <typename Field>
consteval const MachineInfo* machine_of() {
  if constexpr (FieldTraits<Field>::kind == FieldKind::State) {
    return &Field::machine::info;
  } else {
    return nullptr;
  }
}

/// A secret may be wrapped in a managed field only to be refused; look through it all the same.
template <typename Field>
using ValueOf = typename FieldTraits<FieldValue<Field>>::Value;

template <typename Home, typename T, typename Types, typename Positions>
struct FieldTable;

template <typename Home, typename T, typename... F, std::size_t... I>
struct FieldTable<Home, T, reflect::List<F...>, std::index_sequence<I...>> {
  static constexpr std::array<FieldInfo, sizeof...(F)> fields = {
      FieldInfo{.name = reflect::field_names<T>[I],
                .type = &type_info<Home, ValueOf<F>>,
                .role = role_of(FieldTraits<F>::kind),
                .is_secret = FieldTraits<F>::is_secret,
                .offset = reflect::field_offsets<T>[I],
                .machine = machine_of<F>()}...};
  static constexpr std::array<FieldKind, sizeof...(F)> kinds = {FieldTraits<F>::kind...};
};

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
enum class PartKind : std::uint8_t { Other, Index, UniqueIndex, About };

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
    for (const char c : text) {
      if (out != nullptr) {
        out[size] = c;
      }
      ++size;
    }
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

template <typename Home, typename T>
struct StructTable {
  using Fields = FieldTable<Home, T, reflect::FieldTypes<T>,
                            std::make_index_sequence<reflect::field_count<T>>>;

  static consteval StructInfo make() {
    StructInfo made = {.name = reflect::name_from<Home, T>,
                       .fields = Fields::fields,
                       .memory_size = sizeof(T),
                       .memory_align = alignof(T)};
    if constexpr (Declared<T>) {
      made.role = T::schema::role;
      made.kind = static_cast<std::uint16_t>(T::schema::kind);
      made.version = static_cast<std::uint16_t>(T::schema::version);
      made.indexes = IndexTable<T, Fields>::infos;
      made.about = IndexTable<T, Fields>::about;
    }
    made.encoded_size_max = encoded_bytes_max(made);
    return made;
  }

  static constexpr StructInfo info = make();
};

template <typename Home, typename L>
struct StructList;

template <typename Home, typename... T>
struct StructList<Home, reflect::List<T...>> {
  static constexpr std::array<const StructInfo*, sizeof...(T)> value = {
      &StructTable<Home, T>::info...};
};

template <typename D, typename E>
consteval EdgeInfo make_edge() {
  return {.name = reflect::name_from<D, E>,
          .inverse = E::inverse,
          .source = reflect::index_of<typename E::source, typename D::records>,
          .target = reflect::index_of<typename E::target, typename D::records>,
          .source_cardinality = E::source_end::cardinality,
          .target_cardinality = E::target_end::cardinality,
          .source_required = E::source_end::required,
          .target_required = E::target_end::required,
          .on_erase = E::on_erase};
}

template <typename D, typename L>
struct EdgeList;

template <typename D, typename... E>
struct EdgeList<D, reflect::List<E...>> {
  static constexpr std::array<EdgeInfo, sizeof...(E)> value = {make_edge<D, E>()...};
};

template <typename D, typename L>
struct RuleList;

template <typename D, typename Rule>
consteval RuleInfo make_rule() {
  if constexpr (std::is_void_v<typename Rule::subject>) {
    return {.name = reflect::name_from<D, Rule>};
  } else {
    return {.name = reflect::name_from<D, Rule>,
            .subject = reflect::name_from<D, typename Rule::subject>};
  }
}

template <typename D, typename... Rule>
struct RuleList<D, reflect::List<Rule...>> {
  static constexpr std::array<RuleInfo, sizeof...(Rule)> value = {make_rule<D, Rule>()...};
};

template <typename D, typename L>
struct RejectList;

template <typename D, typename... Details>
struct RejectList<D, reflect::List<Details...>> {
  using Code = typename D::reject_code;

  static consteval const StructInfo* detail_of(std::int64_t code) {
    const StructInfo* found = nullptr;
    // No comparison of the address: under its sanitizer GCC takes that for no constant.
    ((static_cast<std::int64_t>(Details::code) == code
          ? static_cast<void>(found = &StructTable<D, typename Details::type>::info)
          : static_cast<void>(code)),
     ...);
    return found;
  }

  static consteval auto make() {
    constexpr const auto& codes = reflect::enum_values<Code>;
    std::array<RejectInfo, codes.size()> made = {};
    for (std::size_t i = 0; i < codes.size(); ++i) {
      made[i] = {.name = codes[i].name,
                 .code = static_cast<std::uint16_t>(codes[i].value),
                 .detail = detail_of(codes[i].value)};
    }
    return made;
  }

  static constexpr auto value = make();
};

template <typename D>
struct DomainTable {
  static constexpr DomainInfo info = {
      .name = D::name,
      .version = static_cast<std::uint32_t>(D::version),
      .records = StructList<D, typename D::records>::value,
      .edges = EdgeList<D, typename D::edges>::value,
      .commands = StructList<D, typename D::commands>::value,
      .events = StructList<D, typename D::events>::value,
      .rejects = RejectList<D, typename D::reject_details>::value,
      .gates = RuleList<D, typename D::gates>::value,
      .invariants = RuleList<D, typename D::invariants>::value,
  };
};

}  // namespace cairn::describe
