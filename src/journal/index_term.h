// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstdint>
#include <string>
#include <string_view>

#include "journal/transaction.h"

/// Keys of terms: what events can be looked for by. A tag, then bytes that sort as the values do.
/// Each of the functions sets `key`.
namespace cairn::journal {

/// The first byte of a key. Coordinates come first: their numbers among all terms are theirs in the
/// column. Requests come last: their postings are no events but transactions.
enum class IndexTag : std::uint8_t { Coordinate = 1, Scope, Kind, Correlation, Cause, Request };

/// Between entity and scope: a byte that no UTF-8 text has. So all scopes of an entity, and all
/// entities that begin in one way, are neighbours.
inline constexpr char index_separator = '\xff';

/// Whether this may be the name of an entity or a scope, or its beginning.
[[nodiscard]] bool is_index_name(std::string_view name) noexcept;

void set_coordinate_key(std::string& key, const Coordinate& coordinate);
/// With what the keys of all coordinates of the entity begin, and no others.
void set_entity_key(std::string& key, std::string_view entity);
/// The same for all entities that begin so.
void set_entity_prefix_key(std::string& key, std::string_view prefix);
void set_scope_key(std::string& key, std::string_view scope);
void set_kind_key(std::string& key, std::uint16_t kind);
void set_correlation_key(std::string& key, const Uuid& correlation);
void set_request_key(std::string& key, const RequestHash& request);
void set_cause_key(std::string& key, const EventPlace& cause);

}  // namespace cairn::journal
