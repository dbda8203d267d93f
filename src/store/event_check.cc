// SPDX-License-Identifier: Apache-2.0
#include "store/event_check.h"

#include <algorithm>
#include <array>
#include <cstring>
#include <utility>

#include <fmt/format.h>

#include "cairn/int128.h"
#include "cairn/scratch.h"
#include "cairn/sizes.h"
#include "cairn/store_secret.h"

namespace cairn::store {

namespace {

std::uint16_t kind_of(const StructInfo* structure) noexcept {
  return structure->kind;
}

}  // namespace

EventCheck::EventCheck(const schema::Schema& schema, StoreSecrets& secrets)
    : schema_(&schema), secrets_(&secrets) {
  for (const StructInfo* const event : schema.domain().events) {
    looks_.push_back(look_at(*event));
  }
  std::ranges::sort(looks_, {}, [](const Look& look) { return kind_of(look.structure); });
}

EventCheck::Look EventCheck::look_at(const StructInfo& event) {
  Look look = {.structure = &event, .codec = schema::Codec(event)};
  for (const FieldInfo& field : event.fields) {
    look.scratch_per_byte =
        std::max<std::size_t>(look.scratch_per_byte, describe::scratch_per_byte(*field.type));
    if (field.type->kind == TypeKind::Secret) {
      look.secrets.push_back(&field);
    }
  }
  return look;
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
  return look->secrets.empty() ? Result<>() : check_secrets(*look, event, place);
}

/// In memory a secret is its size and then its bytes: docs/formats/values.md.
Result<> EventCheck::check_secrets(const Look& look, const NewEvent& event,
                                   const std::byte* value) const {
  for (const FieldInfo* const field : look.secrets) {
    std::uint16_t size = 0;
    std::memcpy(&size, value + field->offset, sizeof(size));
    if (size == 0) {
      continue;
    }
    const SecretSpot spot({.entity = event.entity, .scope = event.scope}, event.kind, field->name);
    const std::span<const std::byte> sealed(value + field->offset + sizeof(size), size);
    if (auto good = secrets_->check(spot.view(), sealed); !good) {
      return fail(std::move(good).error().at(field->name).at(look.structure->name));
    }
  }
  return {};
}

}  // namespace cairn::store
