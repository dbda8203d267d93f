// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstddef>
#include <cstdint>
#include <memory>
#include <vector>

#include "cairn/descriptor.h"
#include "state/row.h"

namespace cairn::state {

/// The rows of one record, each in a slot of fixed size, in chunks that never move. Slots are given
/// out again after their rows were released; which slot a row has never shows outside. Owned by the
/// State; changed by the thread that executes.
class Table final {
 public:
  explicit Table(const StructInfo& record);

  [[nodiscard]] const StructInfo& record() const noexcept { return *record_; }

  /// Rows that are alive.
  [[nodiscard]] std::size_t size() const noexcept { return alive_; }

  /// Slots that were ever given out: each below it has a row, alive or not.
  [[nodiscard]] std::uint32_t slots() const noexcept { return slots_; }

  [[nodiscard]] Row row(std::uint32_t slot) const noexcept {
    std::byte* const chunk = chunks_[slot >> chunk_shift_].get();
    return chunk + std::size_t{slot & chunk_mask_} * stride_ + lead_;
  }

  /// Whether the address is that of a row of this table that is in use or waits for its release.
  [[nodiscard]] bool owns(ConstRow row) const noexcept;

  /// A living row that holds a copy of `memory`, never changed before; null when the table is full.
  [[nodiscard]] Row add(const std::byte* memory);

  /// The row is no more; its memory stays until `release`.
  void retire(Row row) noexcept;
  void revive(Row row) noexcept;
  /// Gives the slot of a retired row back.
  void release(Row row) noexcept;

  [[nodiscard]] std::size_t memory_bytes() const noexcept;

 private:
  static constexpr std::uint32_t no_slot = ~std::uint32_t{0};

  struct AlignedDelete {
    void operator()(std::byte* chunk) const noexcept;
  };

  using Chunk = std::unique_ptr<std::byte, AlignedDelete>;

  [[nodiscard]] bool grow();

  const StructInfo* record_;
  std::size_t lead_;    ///< from a slot's start to its row's memory
  std::size_t stride_;  ///< from one slot to the next
  unsigned chunk_shift_;
  std::uint32_t chunk_mask_;
  std::vector<Chunk> chunks_;
  std::uint32_t slots_ = 0;
  std::size_t alive_ = 0;
  std::uint32_t free_ = no_slot;  ///< the first of the released; each names the next in its header
};

}  // namespace cairn::state
