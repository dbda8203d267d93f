// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstddef>
#include <cstdint>
#include <optional>
#include <span>
#include <string>
#include <vector>

#include "cairn/plugin.h"
#include "state/state.h"

namespace cairn::execution {

/// What somebody read, and what it was: rows found and not found, each step of each scan, each link
/// followed. Asked again later, it tells whether any answer would be another one now. Grows with
/// what is read; belongs to whoever reads. One thread.
class ReadSet final {
 public:
  /// A row that was asked for by key.
  void note_find(const state::State& state, std::uint16_t record, std::uint16_t index,
                 std::span<const std::byte> key, state::ConstRow found);
  /// A step of a scan, from a point on; the start of the scan when there is none.
  void note_scan(const state::State& state, const cairn_scan& request,
                 std::optional<std::span<const std::byte>> after, state::ConstRow found);
  void note_count(const cairn_scan& request, std::uint64_t entries);

  /// A step of a walk: the link after a number, from a row of the near end.
  struct LinkStep {
    std::uint16_t edge = 0;
    state::Way way = state::Way::Out;
    state::ConstRow near = nullptr;
    std::uint64_t after = 0;
  };

  void note_follow(const state::State& state, const LinkStep& step, state::ConstRow found);

  /// Whether every answer is still what it was.
  [[nodiscard]] bool holds(const state::State& state) const;

  [[nodiscard]] std::size_t size() const noexcept { return reads_.size(); }

  void clear() noexcept { reads_.clear(); }

 private:
  /// A row as a value: gone, or its key and the transaction that changed it last.
  struct Seen {
    std::string key;
    std::uint64_t last_transaction = 0;

    friend bool operator==(const Seen&, const Seen&) = default;
  };

  struct Read {
    enum class Kind : std::uint8_t { Find, Scan, Count, Follow };
    Kind kind = Kind::Find;
    bool has_point = false;
    state::Way way = state::Way::Out;
    std::uint16_t position = 0;  ///< of the record, or of the edge
    std::uint16_t index = 0;
    std::uint32_t direction = CAIRN_FORWARD;
    std::string key = {};  ///< asked for; or the lower bound
    std::string upper = {};
    std::string point = {};    ///< of a scan; or the key of the row that links start from
    std::uint64_t number = 0;  ///< of the link before; or how many were counted
    Seen seen = {};
  };

  static Seen see(const state::State& state, std::uint16_t record, state::ConstRow row);
  static Seen ask(const state::State& state, const Read& read);
  static Read read_of(Read::Kind kind, const cairn_scan& request);
  static Seen step(const state::State& state, const Read& read);
  static Seen follow(const state::State& state, const Read& read);
  static std::uint64_t count(const state::State& state, const Read& read);

  std::vector<Read> reads_;
};

}  // namespace cairn::execution
