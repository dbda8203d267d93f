// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstdint>
#include <span>
#include <string_view>

#include "cairn/byte_writer.h"
#include "cairn/error.h"
#include "cairn/store_core.h"
#include "journal/transaction.h"

namespace cairn::store {

/// That a consumer moved on is an event of the store's own, about the consumer: so it is durable
/// with what came of it, has a version, and is found by the index. docs/formats/transaction.md.
inline constexpr std::uint16_t consumer_moved_kind = 0xff00;

/// The store's own scope; nobody else's begins with this character.
inline constexpr char own_scope_mark = '\x01';
inline constexpr std::string_view consumer_scope =
    "\x01"
    "consumer";

[[nodiscard]] inline journal::Coordinate coordinate_of(std::string_view consumer) noexcept {
  return {.entity = consumer, .scope = consumer_scope};
}

void encode_move(EventId next, GrowingByteWriter& out);
Result<EventId> decode_move(std::span<const std::byte> bytes);

}  // namespace cairn::store
