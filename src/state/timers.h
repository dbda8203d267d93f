// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <compare>
#include <cstddef>
#include <cstdint>
#include <vector>

#include <absl/container/btree_map.h>
#include <absl/container/btree_set.h>

namespace cairn::state {

/// A command that waits for its time.
struct Timer {
  std::int64_t at = 0;  ///< nanoseconds since 1970
  std::uint16_t kind = 0;
  std::vector<std::byte> command;  ///< canonical bytes
};

/// The commands that wait, by time and, at the same time, in the order they were scheduled. Each
/// has a number that none before had. Owned by the State; one thread.
class Timers final {
 public:
  /// The timer that comes first, if there is one.
  struct Due {
    std::uint64_t number = 0;
    const Timer* timer = nullptr;
  };

  [[nodiscard]] std::size_t size() const noexcept { return timers_.size(); }

  [[nodiscard]] std::uint64_t last_number() const noexcept { return last_number_; }

  [[nodiscard]] const Timer* find(std::uint64_t number) const;
  /// The first of those that are due at `now`; its number is 0 when there is none.
  [[nodiscard]] Due due(std::int64_t now) const;

  std::uint64_t add(Timer timer);
  /// Requires: there is a timer with this number.
  Timer remove(std::uint64_t number);
  /// Takes back `remove`, or reads what was stored: a number at most the last.
  void restore(std::uint64_t number, Timer timer);
  /// Takes back the last `add`.
  void take_back(std::uint64_t number);

  /// For loading: what the last number given out was. Requires: no timer has a later one.
  void set_last_number(std::uint64_t number) noexcept { last_number_ = number; }

  /// In order of number.
  [[nodiscard]] const absl::btree_map<std::uint64_t, Timer>& all() const noexcept {
    return timers_;
  }

  [[nodiscard]] std::size_t memory_bytes() const noexcept;

 private:
  struct Place {
    std::int64_t at = 0;
    std::uint64_t number = 0;

    friend auto operator<=>(const Place&, const Place&) noexcept = default;
  };

  absl::btree_map<std::uint64_t, Timer> timers_;
  absl::btree_set<Place> order_;
  std::uint64_t last_number_ = 0;
};

}  // namespace cairn::state
