// SPDX-License-Identifier: Apache-2.0
#include "journal/index_term.h"

#include <concepts>

#include "base/limits.h"

namespace cairn::journal {

namespace {

void begin(std::string& key, IndexTag tag) {
  key.assign(1, static_cast<char>(tag));
}

/// The highest byte first, so that keys sort as the numbers do.
template <std::unsigned_integral Number>
void append(std::string& key, Number number) {
  for (std::size_t shift = 8 * sizeof(Number); shift != 0; shift -= 8) {
    key += static_cast<char>(static_cast<std::uint8_t>(number >> (shift - 8)));
  }
}

}  // namespace

bool is_index_name(std::string_view name) noexcept {
  return name.size() <= journal_entity_bytes_max &&
         name.find(index_separator) == std::string_view::npos;
}

void set_coordinate_key(std::string& key, const Coordinate& coordinate) {
  set_entity_key(key, coordinate.entity);
  key += coordinate.scope;
}

void set_entity_key(std::string& key, std::string_view entity) {
  set_entity_prefix_key(key, entity);
  key += index_separator;
}

void set_entity_prefix_key(std::string& key, std::string_view prefix) {
  begin(key, IndexTag::Coordinate);
  key += prefix;
}

void set_scope_key(std::string& key, std::string_view scope) {
  begin(key, IndexTag::Scope);
  key += scope;
}

void set_kind_key(std::string& key, std::uint16_t kind) {
  begin(key, IndexTag::Kind);
  append(key, kind);
}

void set_correlation_key(std::string& key, const Uuid& correlation) {
  begin(key, IndexTag::Correlation);
  key.append(reinterpret_cast<const char*>(correlation.bytes.data()), correlation.bytes.size());
}

void set_request_key(std::string& key, const RequestHash& request) {
  begin(key, IndexTag::Request);
  key.append(reinterpret_cast<const char*>(request.data()), request.size());
}

void set_cause_key(std::string& key, const EventPlace& cause) {
  begin(key, IndexTag::Cause);
  append(key, cause.transaction.value());
  append(key, cause.event);
}

}  // namespace cairn::journal
