// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstddef>
#include <cstdint>
#include <functional>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "cairn/error.h"
#include "cairn/region.h"
#include "cairn/time.h"
#include "cairn/uuid.h"

/// What goes into an event store, and what comes out of it.
namespace cairn::store {

/// Who an event is about, and where.
struct At {
  std::string_view entity = {};
  std::string_view scope = {};
};

/// What a coordinate must have come to for an append to be taken.
class Expected final {
 public:
  enum class Kind : std::uint8_t { Any, None, Exists, Exactly };

  /// Whatever is there.
  static constexpr Expected any() noexcept { return {}; }

  /// No event yet.
  static constexpr Expected none() noexcept { return Expected(Kind::None, 0); }

  /// At least one event.
  static constexpr Expected exists() noexcept { return Expected(Kind::Exists, 0); }

  /// So many events, 1 or more: for no event there is `none`.
  static constexpr Expected exactly(std::uint64_t version) noexcept {
    return Expected(Kind::Exactly, version);
  }

  constexpr Expected() noexcept = default;

  [[nodiscard]] constexpr Kind kind() const noexcept { return kind_; }

  [[nodiscard]] constexpr std::uint64_t version() const noexcept { return version_; }

  /// Whether a coordinate with so many events is as expected.
  [[nodiscard]] constexpr bool holds(std::uint64_t version) const noexcept {
    switch (kind_) {
      case Kind::Any:
        return true;
      case Kind::None:
        return version == 0;
      case Kind::Exists:
        return version > 0;
      case Kind::Exactly:
        return version == version_;
    }
    return false;
  }

  friend constexpr bool operator==(Expected, Expected) noexcept = default;

 private:
  constexpr Expected(Kind kind, std::uint64_t version) noexcept : kind_(kind), version_(version) {}

  Kind kind_ = Kind::Any;
  std::uint64_t version_ = 0;
};

/// Every transaction, for bounds.
inline constexpr std::uint64_t every_sequence = ~std::uint64_t{0};

/// An event of the append that names it, by its number there: the cause of a later one of the same.
[[nodiscard]] constexpr EventId of_this_append(std::uint32_t event) noexcept {
  return {.sequence = every_sequence, .event = event};
}

/// An event to be appended. Refers to the caller's memory.
struct NewEvent {
  std::string_view entity = {};  ///< who it is about; not empty
  std::string_view scope = {};   ///< where; possibly empty
  std::uint16_t kind = 0;
  std::span<const std::byte> bytes = {};  ///< canonical
  Expected expected = {};                 ///< of the coordinate, before anything of the append
  std::optional<EventId> cause = std::nullopt;  ///< an earlier event, or `of_this_append`
};

/// What tells one request from every other. Either a key, or a client and its own count.
struct RequestId {
  std::string_view key = {};
  Uuid client = {};
  std::uint64_t number = 0;  ///< with a client; 0: none
};

/// How far a consumer has come, recorded together with what came of it.
struct ConsumerMove {
  std::string_view consumer = {};  ///< its name
  EventId next = {};               ///< the first event that it has not dealt with
  /// Times that it has moved before: whoever else goes by its name has moved it on.
  std::uint64_t moves = 0;
};

/// Events that are appended together or not at all. Refers to the caller's memory.
struct Append {
  std::span<const NewEvent> events = {};  ///< none only with a move
  std::optional<ConsumerMove> move = std::nullopt;
  /// Given: the same request twice is one append, for as long as the store lives.
  RequestId request = {};
  std::optional<Uuid> correlation = std::nullopt;
  std::span<const std::string_view> gates = {};  ///< by name, judged at the commit point
};

/// What became of an append.
struct Appended {
  std::uint64_t sequence = 0;  ///< of its transaction; its events are 0, 1, … of that
  std::uint32_t count = 0;     ///< of events; 0 when it was denied
  std::uint64_t version = 0;   ///< that the coordinate of the last event has come to; 0: denied
  Timestamp time = {};
  bool is_repeat = false;  ///< the answer to the same request, given once before
  std::string denied_by;   ///< the gate that said no, which is recorded; empty: taken

  [[nodiscard]] bool denied() const noexcept { return !denied_by.empty(); }

  [[nodiscard]] EventId event(std::uint32_t index = 0) const noexcept {
    return {.sequence = sequence, .event = index};
  }

  friend bool operator==(const Appended&, const Appended&) = default;
};

/// What a gate is asked: what is about to be appended, and how many events each coordinate has.
struct GateQuestion {
  std::span<const NewEvent> events = {};
  std::span<const std::uint64_t> versions = {};  ///< before this append, one per event
};

/// A policy by the name that the schema has for it. Called by the thread that commits, while
/// everybody waits: no input, no output, no call of the store.
struct GateFunction {
  std::string name;
  std::function<bool(const GateQuestion&)> allows;
};

/// An event as the store has it. Owns all of it.
struct StoredEvent {
  EventId id = {};
  Timestamp time = {};
  std::uint16_t kind = 0;
  std::string entity;
  std::string scope;
  std::uint64_t version = 0;                       ///< its number at its coordinate, from 1
  std::uint16_t type_version = 0;                  ///< of its type in `bytes`; 0: that of now
  std::vector<std::byte> bytes;                    ///< canonical, as stored
  std::optional<EventId> cause = std::nullopt;     ///< none: the request is the cause
  std::optional<EventId> ancestor = std::nullopt;  ///< the one before it at its coordinate
  std::optional<Uuid> correlation = std::nullopt;

  friend bool operator==(const StoredEvent&, const StoredEvent&) = default;
};

/// An event while it is shown. Refers to memory of whoever shows it.
struct EventRef {
  EventId id = {};
  Timestamp time = {};
  std::uint16_t kind = 0;
  std::string_view entity = {};
  std::string_view scope = {};
  std::uint64_t version = 0;
  std::uint16_t type_version = 0;
  std::span<const std::byte> bytes = {};
  std::optional<EventId> cause = std::nullopt;
  std::optional<EventId> ancestor = std::nullopt;
  std::optional<Uuid> correlation = std::nullopt;
};

/// A copy of all of it.
[[nodiscard]] StoredEvent keep(const EventRef& event);

/// Takes events one by one; false: no more. An error ends the reading and is its answer.
using TakeEvent = std::function<Result<bool>(const EventRef&)>;

/// Where a consumer stands.
struct ConsumerPosition {
  EventId next = {};        ///< {}: it has not begun
  std::uint64_t moves = 0;  ///< how often it has moved

  friend bool operator==(const ConsumerPosition&, const ConsumerPosition&) = default;
};

/// Where reading events in order has come to. Plain: may be kept, and taken up by another process.
struct Cursor {
  EventId next = {};      ///< the first event that may come; forward: {} is the oldest
  bool backward = false;  ///< towards the oldest

  static constexpr Cursor oldest_first() noexcept { return {}; }

  static constexpr Cursor newest_first() noexcept {
    return {.next = {.sequence = ~std::uint64_t{0}, .event = ~std::uint32_t{0}}, .backward = true};
  }

  static constexpr Cursor after(EventId id) noexcept {
    return {.next = {.sequence = id.sequence, .event = id.event + 1}};
  }

  static constexpr Cursor at_sequence(std::uint64_t sequence) noexcept {
    return {.next = {.sequence = sequence, .event = 0}};
  }

  friend constexpr bool operator==(const Cursor&, const Cursor&) noexcept = default;
};

}  // namespace cairn::store
