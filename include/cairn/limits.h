// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstddef>
#include <cstdint>

/// The bounds of a domain: what a declaration may ask for. The compiler refuses more in a compiled
/// domain and the run-time schema refuses more in an imported one, by these same numbers. What only
/// counts over a whole domain (parts, nested structs, enums) is left to the schema, which a host
/// makes of a compiled domain too, before it runs it.
namespace cairn::limits {

// Names
inline constexpr std::size_t name_bytes_max = 64;  ///< of one identifier
inline constexpr std::size_t name_parts_max = 4;   ///< "Account.Status" has two

// Values
inline constexpr std::uint8_t decimal_scale_max = 38;
inline constexpr std::uint32_t str_bytes_max = 4096;        ///< Str<N>, Bytes<N>
inline constexpr std::uint32_t text_bytes_max = 1U << 20U;  ///< Text<N>, Blob<N>
inline constexpr std::uint32_t list_items_max = 65'536;
inline constexpr std::uint32_t array_items_max = 4096;
inline constexpr std::size_t enum_values_max = 256;
/// What sealing adds to the canonical bytes of a value: version, key id, nonce and tag.
inline constexpr std::uint32_t secret_overhead_bytes = 1 + 8 + 24 + 16;
inline constexpr std::size_t type_depth_max =
    8;  ///< options, arrays, lists and structs inside one another

// Structs
inline constexpr std::size_t struct_fields_max = 64;
inline constexpr std::uint32_t struct_bytes_max =
    32U * 1024;  ///< in memory: a row, a command, an event
inline constexpr std::uint32_t encoded_bytes_max =
    16U * 1024 * 1024;  ///< canonical bytes of the largest value
inline constexpr std::size_t struct_parts_max =
    4096;  ///< its fields, and those of the structs inside it, all counted
inline constexpr std::uint16_t kind_max = 0xfeff;      ///< kinds above are reserved
inline constexpr std::size_t record_indexes_max = 16;  ///< the primary key included
inline constexpr std::size_t index_fields_max = 8;
/// "by_" and the names of the fields, for an index over several.
inline constexpr std::size_t index_name_bytes_max = (name_bytes_max + 1) * (index_fields_max + 1);
inline constexpr std::size_t key_bytes_max = 1024;  ///< key bytes of the largest value
inline constexpr std::size_t about_fields_max = 2;  ///< who, then where
inline constexpr std::size_t machine_states_max = 64;
inline constexpr std::size_t machine_transitions_max = 1024;
inline constexpr std::size_t record_machines_max = 8;

// Domains
inline constexpr std::size_t domain_records_max = 512;
inline constexpr std::size_t domain_edges_max = 512;
inline constexpr std::size_t domain_commands_max = 1024;
inline constexpr std::size_t domain_events_max = 1024;
inline constexpr std::size_t domain_structs_max = 1024;  ///< nested ones
inline constexpr std::size_t domain_enums_max = 1024;
inline constexpr std::size_t domain_parts_max = 262'144;  ///< the parts of all structs
inline constexpr std::size_t domain_rejects_max = 1024;
inline constexpr std::size_t domain_gates_max = 256;
inline constexpr std::size_t domain_invariants_max = 256;

}  // namespace cairn::limits
