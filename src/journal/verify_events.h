// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstddef>
#include <cstdint>
#include <map>
#include <memory>
#include <string_view>
#include <vector>

#include <boost/unordered/unordered_flat_map.hpp>

#include "cairn/byte_writer.h"
#include "journal/transaction.h"

namespace cairn::journal {

/// Checks what the events of a journal say of each other: versions, ancestors, causes. Is given the
/// transactions in order. Keeps one byte for each transaction and the head of each coordinate. One
/// thread.
class EventLinks final {
 public:
  /// `first`: the oldest transaction that is kept. What names an older one is believed.
  explicit EventLinks(std::uint64_t first) : first_(first) {}

  enum class Flaw : std::uint8_t { Nothing, Ancestor, Cause };

  /// Takes the next transaction in. On a flaw, `event` is the event that has it; for the cause of
  /// the command itself it is the number of events. Requires: its position follows.
  Flaw add(const TransactionRecord& record);

  [[nodiscard]] std::uint32_t event() const noexcept { return event_; }

  /// What is wrong, as a literal.
  [[nodiscard]] const char* reason() const noexcept { return reason_; }

  [[nodiscard]] std::uint64_t events() const noexcept { return events_; }

  [[nodiscard]] std::uint64_t coordinates() const noexcept { return heads_.size(); }

 private:
  struct Head {
    EventHash hash = {};
    std::uint64_t version = 0;
    EventPlace place;
  };

  struct CoordinateHash {
    using is_avalanching = void;

    std::size_t operator()(const Coordinate& coordinate) const noexcept;
  };

  using Heads = boost::unordered_flat_map<Coordinate, Head, CoordinateHash>;

  [[nodiscard]] bool exists(const EventPlace& place) const;
  [[nodiscard]] const char* check_ancestor(const EventRecord& event);
  [[nodiscard]] const char* check_named(const EventRecord& event, const Head* head) const;
  void count(std::size_t events);
  [[nodiscard]] Coordinate keep(const Coordinate& coordinate);
  [[nodiscard]] std::string_view keep(std::string_view text);

  const std::uint64_t first_;
  std::vector<std::uint8_t> counts_;  ///< of each transaction's events; `many` and more are beside
  std::map<std::uint64_t, std::uint32_t> larger_;
  Heads heads_;
  std::vector<std::unique_ptr<char[]>> texts_;  ///< the names in `heads_`
  std::size_t left_ = 0;                        ///< in the last of them
  GrowingByteWriter scratch_;
  EventPlace place_;  ///< of the event that is looked at
  std::uint64_t events_ = 0;
  std::uint32_t event_ = 0;
  const char* reason_ = nullptr;
};

}  // namespace cairn::journal
