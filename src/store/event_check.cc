// SPDX-License-Identifier: Apache-2.0
#include "store/event_check.h"

#include <algorithm>
#include <array>
#include <utility>

#include <fmt/format.h>

#include "cairn/int128.h"
#include "cairn/scratch.h"
#include "cairn/sizes.h"

namespace cairn::store {

namespace {

std::uint16_t kind_of(const StructInfo* structure) noexcept {
  return structure->kind;
}

}  // namespace

EventCheck::EventCheck(const schema::Schema& schema) : schema_(&schema) {
  for (const StructInfo* const event : schema.domain().events) {
    std::uint64_t scratch_per_byte = 0;
    for (const FieldInfo& field : event->fields) {
      scratch_per_byte = std::max(scratch_per_byte, describe::scratch_per_byte(*field.type));
    }
    looks_.push_back(
        {.structure = event, .codec = schema::Codec(*event), .scratch_per_byte = scratch_per_byte});
  }
  std::ranges::sort(looks_, {}, [](const Look& look) { return kind_of(look.structure); });
}

Result<> EventCheck::check(std::span<const NewEvent> events) const {
  for (std::size_t i = 0; i < events.size(); ++i) {
    if (auto good = check(events[i]); !good) {
      return fail(std::move(good).error().at(fmt::format("event {}", i)));
    }
  }
  return {};
}

Result<> EventCheck::check(const NewEvent& event) const {
  const auto look = std::ranges::lower_bound(
      looks_, event.kind, {}, [](const Look& each) { return kind_of(each.structure); });
  if (look == looks_.end() || look->structure->kind != event.kind) {
    return fail(Error(Errc::InvalidArgument,
                      fmt::format("{} has no event of kind {}", schema_->domain().name, event.kind))
                    .advise("list it in the domain's Events"));
  }
  if (event.bytes.size() > look->structure->encoded_size_max) {
    return fail(Errc::TooLarge,
                fmt::format("{} of {} bytes: {} are the most", look->structure->name,
                            event.bytes.size(), look->structure->encoded_size_max));
  }
  // What is small is looked at without asking for memory.
  alignas(Int128) std::array<std::byte, 4096> small;
  std::vector<std::byte> large;
  const std::size_t room = look->structure->memory_size + 2 * sizeof(Int128) +
                           look->scratch_per_byte * event.bytes.size();
  std::span<std::byte> memory(small);
  if (room > small.size()) {
    large.resize(room);
    memory = large;
  }
  Scratch scratch(memory);
  std::byte* const place = scratch.take(look->structure->memory_size, alignof(Int128));
  if (auto read = look->codec.decode(event.bytes, place, scratch); !read) {
    return fail(std::move(read).error().at(look->structure->name));
  }
  return {};
}

}  // namespace cairn::store
