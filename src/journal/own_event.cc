// SPDX-License-Identifier: Apache-2.0
#include "journal/own_event.h"

#include <limits>

#include "cairn/byte_reader.h"

namespace cairn::journal {

std::optional<std::string_view> own_event_name(std::uint16_t kind) noexcept {
  switch (kind) {
    case consumer_moved_kind:
      return consumer_moved_name;
    case key_recorded_kind:
      return key_recorded_name;
    default:
      return std::nullopt;
  }
}

void encode_move(EventId next, GrowingByteWriter& out) {
  out.clear();
  out.varint(next.sequence);
  out.varint(next.event);
}

Result<EventId> decode_move(std::span<const std::byte> bytes) {
  ByteReader reader(bytes);
  EventId next;
  next.sequence = reader.varint("sequence");
  next.event = static_cast<std::uint32_t>(
      reader.varint_up_to(std::numeric_limits<std::uint32_t>::max(), "event"));
  CAIRN_TRY(reader.expect_end("a consumer's move"));
  return next;
}

}  // namespace cairn::journal
