// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <algorithm>
#include <cstddef>
#include <cstdint>
#include <optional>
#include <span>
#include <string>
#include <type_traits>
#include <utility>
#include <vector>

#include "cairn/byte_reader.h"
#include "cairn/byte_writer.h"
#include "cairn/codec.h"
#include "cairn/describe.h"
#include "cairn/error.h"
#include "cairn/reflect.h"
#include "cairn/region.h"
#include "cairn/scratch.h"
#include "cairn/sizes.h"
#include "cairn/store_core.h"
#include "cairn/upcast.h"

/// Views that are worked out of events: plain structs, folded from a region. docs/store.md.
namespace cairn::store {

namespace detail {

/// Whether a struct takes an event of a type: `void apply(T&, const E&, const EventRef&)`, or one
/// that may fail and returns Result<>.
template <typename T, typename E>
concept Applies = requires(T& state, const E& event, const EventRef& at) {
  { apply(state, event, at) };
};

template <typename T, typename E>
Result<> apply_one(T& state, const E& event, const EventRef& at) {
  if constexpr (std::is_void_v<decltype(apply(state, event, at))>) {
    apply(state, event, at);
    return {};
  } else {
    return apply(state, event, at);
  }
}

/// Decodes an event of type E and hands it to every state that takes it.
template <typename D, typename E, typename... T>
Result<> apply_as(const EventRef& at, std::vector<std::byte>& memory, T&... states) {
  constexpr std::uint64_t per_byte = describe::scratch_per_byte(describe::type_info<D, E>);
  E event = {};
  GrowingByteWriter room;
  CAIRN_TRY(const auto bytes, (cairn::detail::as_now<D, E>(at.bytes, at.type_version, room)));
  if constexpr (per_byte == 0) {
    Scratch none;
    CAIRN_TRY(decode(bytes, none, event));
  } else {
    memory.resize(bytes.size() * per_byte);
    Scratch scratch(memory);
    CAIRN_TRY(decode(bytes, scratch, event));
  }
  Result<> applied;
  const auto give = [&](auto& state) {
    if constexpr (Applies<std::remove_reference_t<decltype(state)>, E>) {
      if (applied) {
        applied = apply_one(state, event, at);
      }
    }
  };
  (give(states), ...);
  return applied;
}

template <typename D, typename... E>
struct EventTable {
  template <typename... T>
  static Result<> apply(const EventRef& at, std::vector<std::byte>& memory, T&... states) {
    Result<> applied;
    const auto attempt = [&]<typename Event>() {
      if constexpr ((Applies<T, Event> || ...)) {
        if (at.kind == Event::schema::kind) {
          applied = apply_as<D, Event>(at, memory, states...);
        }
      }
    };
    (attempt.template operator()<E>(), ...);
    return applied;
  }
};

template <typename D, typename L>
struct EventsOf;

template <typename D, typename... E>
struct EventsOf<D, reflect::List<E...>> {
  using Table = EventTable<D, E...>;
};

template <typename T, typename L>
struct AppliesAny;

template <typename T, typename... E>
struct AppliesAny<T, reflect::List<E...>> {
  static constexpr bool value = (Applies<T, E> || ...);
};

}  // namespace detail

/// Applies the events of a region, in one pass, to every state that takes them, from the cursor on
/// and up to transaction `through`. The first error ends it, with the event's place; what came
/// before it is in the states, and the cursor stands behind that.
template <typename D, typename... T>
Result<> fold(StoreCore& core, const Region& region, Cursor& cursor, std::uint64_t through,
              T&... states) {
  static_assert(
      (detail::AppliesAny<T, typename D::events>::value && ...),
      "cairn: nothing can be folded into this type: declare "
      "`void apply(T&, const Event&, const store::EventRef&)` for an event of the domain, "
      "beside the type");
  using Table = typename detail::EventsOf<D, typename D::events>::Table;
  std::vector<std::byte> memory;
  return core.scan(region, cursor, through, [&](const EventRef& event) -> Result<bool> {
    if (auto applied = Table::apply(event, memory, states...); !applied) {
      return fail(std::move(applied).error().at(std::to_string(event.id.sequence) + "." +
                                                std::to_string(event.id.event)));
    }
    return true;
  });
}

/// The state of a region as it is, or as it was: everything up to transaction `through` applied to
/// a T that was just made.
template <typename D, typename T>
Result<T> project(StoreCore& core, const Region& region, std::uint64_t through = every_sequence) {
  T state = {};
  Cursor cursor;
  CAIRN_TRY(fold<D>(core, region, cursor, through, state));
  return state;
}

/// A projection that goes on where it was: kept in a file beside the store, with a digest, and made
/// anew when that is missing, damaged, or of another version. One thread; the store outlives it.
template <typename D, typename T>
class Projection final {
 public:
  /// `name` is the file's. Another `version` says that `apply` or T means something else now.
  static Result<Projection> open(StoreCore& core, std::string name, std::uint32_t version,
                                 Region region) {
    Projection projection(core, std::move(name), version, std::move(region));
    auto kept = core.load_sidecar(projection.name_);
    if (kept) {
      projection.take(*kept);
    } else if (kept.error().code() != Errc::NotFound) {
      return fail(std::move(kept).error());
    }
    return projection;
  }

  /// Applies what is new. On an error of `apply` the state has what came before it.
  Result<> update() { return fold<D>(*core_, region_, cursor_, every_sequence, state_); }

  /// Keeps the state, so that the next to open it begins there.
  Result<> save() {
    GrowingByteWriter writer;
    writer.u32(version_);
    write_region(writer);
    writer.u64(cursor_.next.sequence);
    writer.u32(cursor_.next.event);
    encode(writer, state_);
    return core_->save_sidecar(name_, writer.written());
  }

  [[nodiscard]] const T& operator*() const noexcept { return state_; }

  [[nodiscard]] const T* operator->() const noexcept { return &state_; }

  /// Where it stands: everything before it is in the state.
  [[nodiscard]] const Cursor& cursor() const noexcept { return cursor_; }

 private:
  static_assert(describe::scratch_per_byte(describe::type_info<D, T>) == 0,
                "cairn: a projection that is kept holds its values itself: no Text, Blob or List");

  Projection(StoreCore& core, std::string name, std::uint32_t version, Region region)
      : core_(&core), name_(std::move(name)), version_(version), region_(std::move(region)) {}

  /// What is not a state of this projection is as good as none.
  void take(std::span<const std::byte> kept) {
    GrowingByteWriter expected;
    expected.u32(version_);
    write_region(expected);
    const std::span<const std::byte> head = expected.written();
    constexpr std::size_t place_bytes = sizeof(std::uint64_t) + sizeof(std::uint32_t);
    if (kept.size() < head.size() + place_bytes ||
        !std::ranges::equal(kept.first(head.size()), head)) {
      return;
    }
    ByteReader reader(kept.subspan(head.size(), place_bytes));
    Cursor cursor;
    cursor.next.sequence = reader.u64("sequence");
    cursor.next.event = reader.u32("event");
    Scratch none;
    T state = {};
    if (decode(kept.subspan(head.size() + place_bytes), none, state)) {
      state_ = state;
      cursor_ = cursor;
    }
  }

  void write_region(GrowingByteWriter& out) const {
    const auto text = [&](const std::optional<std::string>& value) {
      out.u8(value ? 1 : 0);
      out.sized_bytes(std::as_bytes(std::span(value ? *value : std::string())));
    };
    text(region_.entity);
    text(region_.entity_prefix);
    text(region_.scope);
    out.varint(region_.kinds.size());
    for (const std::uint16_t kind : region_.kinds) {
      out.varint(kind);
    }
    out.u8(region_.correlation ? 1 : 0);
    out.bytes(region_.correlation.value_or(Uuid()).bytes);
    out.u8(region_.cause ? 1 : 0);
    out.varint(region_.cause.value_or(EventId()).sequence);
    out.varint(region_.cause.value_or(EventId()).event);
  }

  StoreCore* core_;
  std::string name_;
  std::uint32_t version_;
  Region region_;
  Cursor cursor_;
  T state_ = {};
};

}  // namespace cairn::store
