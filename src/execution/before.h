// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstddef>
#include <cstdint>
#include <span>
#include <string>
#include <vector>

#include "state/writer.h"

namespace cairn::execution {

/// The state as it was when the running command began: what is there now, seen through the log of
/// changes. Rows that the command touched are images in the log, header included. What it needs is
/// put together when it is first asked, and dropped with the command. One thread.
class Before final {
 public:
  explicit Before(const state::Writer& writer) : writer_(&writer) {}

  /// Forgets what was put together: a command begins or the log has moved on.
  void reset() noexcept {
    if (collected_ || !overlays_.empty()) {
      forget();
    }
  }

  /// The row with this key in a unique index; null when there was none.
  [[nodiscard]] state::ConstRow find(std::uint16_t record, std::uint16_t index,
                                     std::span<const std::byte> key);

  /// The row behind `point`, or before it, in an ordered index.
  [[nodiscard]] state::ConstRow step(std::uint16_t record, std::uint16_t index, bool backward,
                                     const state::OrderedIndex::Point& point);

  /// Where a walk over links stands.
  struct LinkPlace {
    std::uint64_t number = 0;  ///< of the link given last
    std::uint64_t hint = 0;    ///< its node plus one; whatever it says, the walk goes right
  };

  /// The row at the other end of the oldest link behind a place, which moves there; null when there
  /// was none.
  [[nodiscard]] state::ConstRow follow(std::uint16_t edge, state::Way way, std::uint32_t slot,
                                       LinkPlace& place);

  /// What the row in a slot was; null when nothing was there.
  [[nodiscard]] state::ConstRow row(std::uint16_t record, std::uint32_t slot);

  /// Whether the address is that of a row that was there: as it was, or as it is now.
  [[nodiscard]] bool is_row(std::uint16_t record, state::ConstRow row);

 private:
  struct Touched {
    std::uint16_t record = 0;
    std::uint32_t slot = 0;
    state::ConstRow before = nullptr;
  };

  struct Entry {
    std::string key;  ///< key bytes of the index, then of the primary key
    state::ConstRow before = nullptr;
  };

  /// The touched rows of a record as an index had them.
  struct Overlay {
    std::uint16_t record = 0;
    std::uint16_t index = 0;
    std::vector<Entry> entries;
  };

  /// A link that the command cut, from the row at one of its ends.
  struct CutLink {
    std::uint16_t edge = 0;
    std::uint32_t slot = 0;
    std::uint64_t number = 0;
    state::LinkTable::Node node = 0;
  };

  void forget() noexcept;
  void collect();
  void collect_cut(std::uint16_t edge, state::LinkTable::Node node);
  [[nodiscard]] state::LinkTable::Node next_cut(std::uint16_t edge, state::Way way,
                                                std::uint32_t slot, std::uint64_t number) const;
  [[nodiscard]] const Overlay& overlay(std::uint16_t record, std::uint16_t index);
  [[nodiscard]] state::ConstRow untouched_step(std::uint16_t record, std::uint16_t index,
                                               bool backward,
                                               const state::OrderedIndex::Point& point) const;

  const state::Writer* writer_;
  bool collected_ = false;
  std::vector<Touched> touched_;             ///< by record and slot
  std::array<std::vector<CutLink>, 2> cut_;  ///< for each way: by edge, slot and number
  std::vector<Overlay> overlays_;
};

}  // namespace cairn::execution
