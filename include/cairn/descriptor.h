// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstdint>
#include <span>
#include <string_view>

/// What a domain is made of, as plain data: the one description that the compiled domain and the
/// run-time schema share. The typed façade makes it from C++ types at compile time; `src/schema`
/// makes the same from an IDL file. Code that is driven by it cannot tell which. All of it is
/// immutable; names and spans point at memory that lives as long as the domain.
namespace cairn {

enum class TypeKind : std::uint8_t {
  Bool,
  Integer,    ///< width 1, 2, 4, 8 or 16 bytes, signed or not
  Decimal,    ///< 16-byte signed mantissa, `scale` digits after the point
  Str,        ///< UTF-8 text of at most `capacity` bytes, stored in place
  Bytes,      ///< at most `capacity` bytes, stored in place
  Id,         ///< 8 bytes, refers to a row of `record`
  Timestamp,  ///< signed 8 bytes, nanoseconds since 1970
  Duration,   ///< signed 8 bytes, nanoseconds
  Uuid,
  Digest,
  Enum,    ///< `width` bytes, one of the values of `enumeration`
  Option,  ///< nothing, or an `element`
  Array,   ///< exactly `capacity` times `element`
  Struct,  ///< the fields of `structure`, one after the other
  Text,    ///< UTF-8 text of at most `capacity` bytes, stored elsewhere; commands and events only
  Blob,    ///< at most `capacity` bytes, stored elsewhere; commands and events only
  List,    ///< at most `capacity` times `element`, stored elsewhere; commands and events only
  Secret,  ///< an `element` sealed into at most `capacity` bytes, stored in place
};

struct StructInfo;

struct EnumValue {
  std::string_view name;
  std::int64_t value = 0;
};

struct EnumInfo {
  std::string_view name;  ///< as seen from the domain's namespace: "Account.Status"
  std::uint8_t width = 1;
  bool is_signed = false;
  std::span<const EnumValue> values;  ///< by ascending value
};

/// A type, and how a value of it lies in memory. Values are standard-layout and trivially copyable;
/// the memory rules are those of the platform's C: natural alignment, fields in order. A schema
/// read from an IDL computes the same layout.
struct TypeInfo {
  TypeKind kind = TypeKind::Bool;
  bool is_signed = false;
  std::uint8_t width = 0;
  std::uint8_t scale = 0;
  std::uint32_t capacity = 0;
  std::string_view record = {};
  const TypeInfo* element = nullptr;
  const StructInfo* structure = nullptr;
  const EnumInfo* enumeration = nullptr;
  std::uint32_t memory_size = 0;
  std::uint32_t memory_align = 1;
};

enum class FieldRole : std::uint8_t {
  Plain,      ///< assigned freely inside `edit()`
  Key,        ///< the primary key: never changes
  Unique,     ///< no two rows share it; changed through `set`
  Indexed,    ///< ordered index; changed through `set`
  Immutable,  ///< given at creation, never changes
  State,      ///< the place of a state machine; changed through `become`
};

struct Transition {
  std::int64_t from = 0;
  std::int64_t to = 0;
  bool guarded = false;
};

struct MachineInfo {
  std::int64_t initial = 0;
  std::span<const Transition> transitions;  ///< in the order declared
};

struct FieldInfo {
  std::string_view name;
  const TypeInfo* type = nullptr;
  FieldRole role = FieldRole::Plain;
  std::uint32_t offset = 0;              ///< in memory
  const MachineInfo* machine = nullptr;  ///< for FieldRole::State
};

/// An index over one field (declared by its role) or over several (declared by the record). The
/// primary key is index 0 of its record.
struct IndexInfo {
  std::string_view name;  ///< of the field, or as declared
  bool is_unique = false;
  std::span<const std::uint16_t>
      fields;  ///< positions in StructInfo::fields, most significant first
};

enum class StructRole : std::uint8_t { Nested, Record, Command, Event };

struct StructInfo {
  std::string_view name;
  StructRole role = StructRole::Nested;
  std::uint16_t kind = 0;     ///< 0 for nested structs
  std::uint16_t version = 0;  ///< 0 for nested structs
  std::span<const FieldInfo> fields;
  std::span<const IndexInfo> indexes = {};  ///< records: the primary key first
  std::span<const std::uint16_t> about =
      {};  ///< events: fields that name who it is about, then where
  std::uint32_t memory_size = 0;
  std::uint32_t memory_align = 1;
  std::uint32_t encoded_size_max = 0;  ///< canonical bytes of the largest value
  /// Events: what its version before was, if the domain can make that into this one. Not part of
  /// the schema: null in what was made from an IDL.
  const StructInfo* older = nullptr;
};

enum class Cardinality : std::uint8_t { One, Many };
enum class OnErase : std::uint8_t { Refuse, Unlink, Cascade };

/// Each source has `target` targets, and each target is seen from `source` sources.
struct EdgeInfo {
  std::string_view name;
  std::string_view inverse;
  std::uint16_t source = 0;  ///< position in DomainInfo::records
  std::uint16_t target = 0;
  Cardinality source_cardinality = Cardinality::Many;
  Cardinality target_cardinality = Cardinality::Many;
  bool source_required = false;  ///< every target has at least one source
  bool target_required = false;  ///< every source has at least one target
  OnErase on_erase = OnErase::Refuse;
};

struct RejectInfo {
  std::string_view name;
  std::uint16_t code = 0;
  const StructInfo* detail = nullptr;
};

/// A named gate or invariant; the code behind it is the domain's.
struct RuleInfo {
  std::string_view name;
  std::string_view subject =
      {};  ///< the record or edge an invariant is about; empty for the whole transaction
};

struct DomainInfo {
  std::string_view name;
  std::uint32_t version = 0;
  std::span<const StructInfo* const> records;
  std::span<const EdgeInfo> edges;
  std::span<const StructInfo* const> commands;
  std::span<const StructInfo* const> events;
  std::span<const RejectInfo> rejects;
  std::span<const RuleInfo> gates;
  std::span<const RuleInfo> invariants;
};

}  // namespace cairn
