// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstddef>
#include <cstdint>
#include <map>
#include <memory>
#include <span>
#include <string_view>
#include <vector>

#include "cairn/ids.h"
#include "journal/event_hasher.h"
#include "journal/transaction.h"

namespace cairn::journal {

/// Checks what the events of a journal say of each other: versions, ancestors, causes. Is given the
/// transactions in order, some at a time, so that what is far away in memory can be fetched for all
/// of them at once. Keeps one byte for each transaction and the head of each coordinate. One
/// thread.
class EventLinks final {
 public:
  /// `first`: the oldest transaction that is kept. What names an older one is believed.
  explicit EventLinks(std::uint64_t first) : first_(first), slots_(slots_min) {}

  enum class Flaw : std::uint8_t { Nothing, Ancestor, Cause };

  /// Takes the next transactions in, up to the first that has a flaw. Requires: the first follows
  /// what was given before, and each the one in front of it.
  Flaw add(std::span<const TransactionRecord* const> records);

  /// Where the flaw is. For the cause of the command itself the event is the number of events.
  [[nodiscard]] const EventPlace& place() const noexcept { return place_; }

  /// What is wrong, as a literal.
  [[nodiscard]] const char* reason() const noexcept { return reason_; }

  [[nodiscard]] std::uint64_t events() const noexcept { return events_; }

  [[nodiscard]] std::uint64_t coordinates() const noexcept { return heads_.size(); }

 private:
  static constexpr std::size_t slots_min = 1024;

  /// The last event at a coordinate. Of one cache line, because each is looked at alone.
  struct alignas(64) Head {
    std::uint64_t tag = 0;       ///< of the coordinate
    const char* text = nullptr;  ///< entity, and scope behind it
    std::uint64_t version = 0;
    std::uint64_t transaction = 0;
    EventHash hash = {};
    std::uint32_t event = 0;
    std::uint16_t entity_size = 0;
    std::uint16_t scope_size = 0;

    [[nodiscard]] bool is(std::uint64_t its_tag, const Coordinate& coordinate) const noexcept;
  };

  static_assert(sizeof(Head) == 64);

  void fetch(std::span<const TransactionRecord* const> records);
  [[nodiscard]] std::span<const EventHash> hash_events(
      std::span<const TransactionRecord* const> records);
  [[nodiscard]] Flaw add(const TransactionRecord& record, const std::uint64_t* tag,
                         const EventHash* hash);
  [[nodiscard]] bool exists(const EventPlace& place) const;
  [[nodiscard]] const char* check_ancestor(const EventRecord& event, std::uint64_t tag,
                                           const EventHash& hash);
  [[nodiscard]] const char* check_named(const EventRecord& event, const Head* head) const;

  [[nodiscard]] std::size_t slot_of(std::uint64_t tag) const noexcept {
    return tag & (slots_.size() - 1);
  }

  /// Null when there is none.
  [[nodiscard]] Head* find(std::uint64_t tag, const Coordinate& coordinate) noexcept;
  Head& insert(std::uint64_t tag, const Coordinate& coordinate);
  void put(std::uint32_t number, std::uint64_t tag) noexcept;
  void count(std::size_t events);

  const std::uint64_t first_;
  std::vector<std::uint8_t> counts_;  ///< of each transaction's events; `many` and more are beside
  std::map<std::uint64_t, std::uint32_t> larger_;
  std::vector<Head> heads_;
  std::vector<std::uint32_t> slots_;  ///< a power of two of them: numbers of heads, from 1; 0: free
  std::vector<std::unique_ptr<char[]>> texts_;  ///< the names of heads
  std::size_t left_ = 0;                        ///< in the last of them
  std::vector<std::uint64_t> tags_;             ///< of the events that were fetched
  EventHasher hasher_;
  EventPlace place_;  ///< of the event that is looked at
  std::uint64_t events_ = 0;
  const char* reason_ = nullptr;
};

}  // namespace cairn::journal
