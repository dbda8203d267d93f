// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstdint>
#include <optional>
#include <span>
#include <string_view>

#include "cairn/byte_writer.h"
#include "cairn/error.h"
#include "cairn/region.h"
#include "journal/transaction.h"

namespace cairn::journal {

// Events that are no domain's: docs/formats/transaction.md.

/// That a consumer moved on is an event about the consumer: so it is durable with what came of it,
/// has a version, and is found by the index. The last of its transaction.
inline constexpr std::uint16_t consumer_moved_kind = 0xff00;
/// That a key signs from here on.
inline constexpr std::uint16_t key_recorded_kind = 0xff01;

/// The store's own scopes; nobody else's begins with this character.
inline constexpr char own_scope_mark = '\x01';
inline constexpr std::string_view consumer_scope =
    "\x01"
    "consumer";
inline constexpr Coordinate key_coordinate = {.entity = "head",
                                              .scope =
                                                  "\x01"
                                                  "key"};

/// What people and exports call them. No event of a domain has a space in its name.
inline constexpr std::string_view consumer_moved_name = "consumer moved";
inline constexpr std::string_view key_recorded_name = "key recorded";

[[nodiscard]] inline Coordinate coordinate_of(std::string_view consumer) noexcept {
  return {.entity = consumer, .scope = consumer_scope};
}

/// Nothing for a kind that is a domain's, or not known.
[[nodiscard]] std::optional<std::string_view> own_event_name(std::uint16_t kind) noexcept;

void encode_move(EventId next, GrowingByteWriter& out);
Result<EventId> decode_move(std::span<const std::byte> bytes);

}  // namespace cairn::journal
