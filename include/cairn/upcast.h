// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstddef>
#include <cstdint>
#include <span>
#include <string>
#include <type_traits>
#include <utility>
#include <vector>

#include "cairn/byte_writer.h"
#include "cairn/codec.h"
#include "cairn/describe.h"
#include "cairn/error.h"
#include "cairn/guard.h"
#include "cairn/reflect_list.h"
#include "cairn/scratch.h"
#include "cairn/sizes.h"

/// Events of an older version, read as what they are now. An event says with `Was<Older>` what it
/// was, and `Newer upcast(const Older&)`, found by its types beside the structs, makes one of the
/// other: it sees that value and nothing else, so the same bytes give the same event everywhere.
/// Stored bytes stay as they are. docs/store.md.
namespace cairn {

namespace found_by_type {

template <typename Older>
concept CanUpcast = requires(const Older& older) { upcast(older); };

template <typename Older>
using UpcastResult = decltype(upcast(std::declval<const Older&>()));

template <typename Older>
auto call_upcast(const Older& older) {
  return upcast(older);
}

}  // namespace found_by_type

namespace check {

template <typename Newer, typename Older>
struct UpcastOf {
  static constexpr bool is_clear = found_by_type::CanUpcast<Older>;
  static constexpr bool is_there = [] {
    if constexpr (is_clear) {
      return !std::is_same_v<found_by_type::UpcastResult<Older>, found_by_type::Missing>;
    } else {
      return true;
    }
  }();
  static constexpr bool returns_newer = [] {
    if constexpr (is_clear && is_there) {
      return std::is_same_v<found_by_type::UpcastResult<Older>, Newer>;
    } else {
      return true;
    }
  }();
  static constexpr bool ok = is_clear && is_there && returns_newer;
  static_assert(is_there,
                "cairn: nothing makes the version before into this event; write `Newer "
                "upcast(const Older& older)` in the domain's namespace");
  static_assert(is_clear,
                "cairn: several upcast() functions fit this event equally well; keep one");
  static_assert(returns_newer,
                "cairn: upcast() returns the event that has the Was<...>, of the next version");
};

namespace detail {

template <typename E>
consteval bool upcast_ok() {
  using Older = cairn::detail::OlderOf<E>;
  if constexpr (std::is_void_v<Older>) {
    return true;
  } else if constexpr (!UpcastOf<E, Older>::ok) {
    return false;
  } else {
    return upcast_ok<Older>();
  }
}

}  // namespace detail

/// Whether every version that the events of a domain were has a function that makes the next of it.
template <typename... E>
consteval bool upcasts_ok(reflect::List<E...> /*events*/) {
  return (detail::upcast_ok<E>() && ... && true);
}

}  // namespace check

namespace detail {

template <typename... E>
consteval bool has_older(reflect::List<E...> /*events*/) {
  return (!std::is_void_v<OlderOf<E>> || ... || false);
}

/// Appends the canonical bytes of the event that an older one becomes in the next version. On
/// failure, which only bytes that are none of an Older have, nothing is appended.
template <typename D, typename Older>
Result<> upcast_once(std::span<const std::byte> bytes, GrowingByteWriter& out) {
  std::vector<std::byte> memory(bytes.size() *
                                describe::scratch_per_byte(describe::type_info<D, Older>));
  Scratch scratch(memory);
  Older older = {};
  CAIRN_TRY(decode(bytes, scratch, older));
  encode(out, found_by_type::call_upcast(older));
  return {};
}

/// Appends the canonical bytes of an E, made of those that an older version of it has.
template <typename D, typename E>
Result<> upcast_to(std::span<const std::byte> bytes, std::uint16_t version,
                   GrowingByteWriter& out) {
  using Older = OlderOf<E>;
  if constexpr (std::is_void_v<Older>) {
    return fail(Errc::Unsupported, std::string(reflect::name_from<D, E>) + " of version " +
                                       std::to_string(version) + ": nothing makes one of version " +
                                       std::to_string(E::schema::version) + " of it");
  } else {
    static_assert(check::UpcastOf<E, Older>::ok);
    if (version == Older::schema::version) {
      return upcast_once<D, Older>(bytes, out);
    }
    GrowingByteWriter older;
    CAIRN_TRY((upcast_to<D, Older>(bytes, version, older)));
    return upcast_once<D, Older>(older.written(), out);
  }
}

/// The bytes of an event as those of an E, whatever version they were stored in; 0: as it is now.
/// `room` keeps them when they are not the same.
template <typename D, typename E>
Result<std::span<const std::byte>> as_now(std::span<const std::byte> bytes, std::uint16_t version,
                                          GrowingByteWriter& room) {
  if (version == 0 || version == E::schema::version) [[likely]] {
    return bytes;
  }
  room.clear();
  CAIRN_TRY((upcast_to<D, E>(bytes, version, room)));
  return room.written();
}

}  // namespace detail

}  // namespace cairn
