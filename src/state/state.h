// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstddef>
#include <cstdint>
#include <memory>
#include <span>
#include <string_view>
#include <vector>

#include "cairn/ids.h"
#include "state/key_index.h"
#include "state/link_table.h"
#include "state/ordered_index.h"
#include "state/plan.h"
#include "state/reference_counts.h"
#include "state/table.h"
#include "state/timers.h"

namespace cairn::state {

/// The rows of one record with all that finds them.
struct Rows {
  Rows(const RecordPlan& plan, std::uint64_t hash_seed);

  const RecordPlan* plan;
  Table table;
  KeyIndex keys;
  std::vector<std::unique_ptr<OrderedIndex>> indexes;  ///< index i of the record is at i - 1
  std::uint64_t last_id = 0;                           ///< the greatest number a row ever had
  ReferenceCounts references;                          ///< to rows of this record
  bool indexes_are_unique = false;                     ///< one of them, beside the primary key

  /// The row with this key in a unique index.
  [[nodiscard]] Row find(std::uint16_t index, std::span<const std::byte> key) const noexcept {
    return index == 0 ? keys.find(key) : indexes[index - 1U]->find(key);
  }

  /// False when an index does not agree with what rows hold, since somebody wrote around it.
  [[nodiscard]] bool add_to_indexes(Row row);
  /// The same with the hash of its primary key.
  [[nodiscard]] bool add_to_indexes(Row row, std::uint64_t hash);
  [[nodiscard]] bool remove_from_indexes(ConstRow row) noexcept;
  /// Makes the ordered indexes anew from the living rows.
  void index_again();
};

/// How much memory something takes, and for what.
struct MemoryUse {
  std::string_view name;  ///< of the record or edge
  std::size_t count = 0;  ///< rows or links
  std::size_t content_bytes = 0;
  std::size_t table_bytes = 0;
  std::size_t index_bytes = 0;
};

/// The committed state of a domain: rows, links, commands that wait for their time, and how far
/// history has come. Reads are for any thread that nobody writes beside; changes go through a
/// Writer only. What is visible from outside (order of keys, of links, of timers) depends on what
/// was committed and on nothing else.
class State final {
 public:
  struct Options {
    std::uint64_t hash_seed = 0x243f6a8885a308d3;  ///< never shows; chosen keys cannot plan for it
  };

  /// Empty. The plan must outlive it.
  explicit State(const Plan& plan);
  State(const Plan& plan, const Options& options);
  State(const State&) = delete;
  State& operator=(const State&) = delete;
  ~State() = default;

  [[nodiscard]] const Plan& plan() const noexcept { return *plan_; }

  [[nodiscard]] Rows& rows(std::uint16_t record) noexcept { return *rows_[record]; }

  [[nodiscard]] const Rows& rows(std::uint16_t record) const noexcept { return *rows_[record]; }

  [[nodiscard]] LinkTable& links(std::uint16_t edge) noexcept { return *links_[edge]; }

  [[nodiscard]] const LinkTable& links(std::uint16_t edge) const noexcept { return *links_[edge]; }

  [[nodiscard]] Timers& timers() noexcept { return timers_; }

  [[nodiscard]] const Timers& timers() const noexcept { return timers_; }

  /// The last transaction that is in the state, and its time.
  [[nodiscard]] Seq position() const noexcept { return position_; }

  [[nodiscard]] std::int64_t time() const noexcept { return time_; }

  void set_position(Seq position, std::int64_t time) noexcept {
    position_ = position;
    time_ = time;
  }

  /// The row with this primary key; null when there is none.
  [[nodiscard]] ConstRow find(std::uint16_t record, std::span<const std::byte> key) const noexcept {
    return rows_[record]->keys.find(key);
  }

  /// The row of a numbered record; null when there is none.
  [[nodiscard]] Row find_number(std::uint16_t record, std::uint64_t id) const noexcept;

  /// All living rows of a record, by ascending primary key.
  [[nodiscard]] std::vector<ConstRow> by_key(std::uint16_t record) const;

  /// All links of an edge, oldest first.
  [[nodiscard]] std::vector<LinkTable::Node> by_age(std::uint16_t edge) const;

  /// One line for each record, each edge, and what waits.
  [[nodiscard]] std::vector<MemoryUse> memory_use() const;

 private:
  const Plan* plan_;
  std::vector<std::unique_ptr<Rows>> rows_;
  std::vector<std::unique_ptr<LinkTable>> links_;
  Timers timers_;
  Seq position_;
  std::int64_t time_ = 0;
};

}  // namespace cairn::state
