// SPDX-License-Identifier: Apache-2.0
#include "state/table.h"

#include <algorithm>
#include <bit>
#include <cstring>
#include <new>

#include "base/check.h"
#include "base/limits.h"

namespace cairn::state {

namespace {

constexpr std::size_t slot_align = 16;
static_assert(sizeof(RowHeader) % slot_align == 0);

constexpr std::size_t round_up(std::size_t size, std::size_t align) noexcept {
  return (size + align - 1) / align * align;
}

/// Rows to a chunk: as many as fill the usual chunk, a power of two, so that a slot's number splits
/// into chunk and place. Rows themselves take what they take.
unsigned chunk_shift(std::size_t stride) noexcept {
  return static_cast<unsigned>(
             std::bit_width(std::max<std::size_t>(state_chunk_bytes / stride, 1))) -
         1;
}

}  // namespace

void Table::AlignedDelete::operator()(std::byte* chunk) const noexcept {
  ::operator delete(chunk, std::align_val_t{slot_align});
}

Table::Table(const StructInfo& record)
    : record_(&record),
      lead_(sizeof(RowHeader)),
      stride_(round_up(lead_ + record.memory_size,
                       std::max<std::size_t>(record.memory_align, alignof(RowHeader)))),
      chunk_shift_(chunk_shift(stride_)),
      chunk_mask_((1U << chunk_shift_) - 1) {
  CAIRN_CHECK(record.memory_align <= slot_align);
}

bool Table::owns(ConstRow row) const noexcept {
  const auto address = reinterpret_cast<std::uintptr_t>(row);
  const std::size_t chunk_bytes = stride_ << chunk_shift_;
  const auto holds = [&](const Chunk& chunk) {
    const auto begin = reinterpret_cast<std::uintptr_t>(chunk.get());
    return address >= begin + lead_ && address < begin + chunk_bytes &&
           (address - begin - lead_) % stride_ == 0;
  };
  return std::ranges::any_of(chunks_, holds);
}

bool Table::grow() {
  if ((chunks_.size() + 1) << chunk_shift_ > state_rows_max) {
    return false;
  }
  void* const memory = ::operator new(stride_ << chunk_shift_, std::align_val_t{slot_align});
  chunks_.emplace_back(static_cast<std::byte*>(memory));
  return true;
}

Row Table::add(const std::byte* memory) {
  std::uint32_t slot = free_;
  if (slot != no_slot) {
    free_ = static_cast<std::uint32_t>(header_of(row(slot)).last_transaction);
  } else {
    if (slots_ >> chunk_shift_ == chunks_.size() && !grow()) {
      return nullptr;
    }
    slot = slots_++;
  }
  const Row made = row(slot);
  header_of(made) = {.last_transaction = 0, .revision = 0, .place = slot | row_alive};
  std::memcpy(made, memory, record_->memory_size);
  ++alive_;
  return made;
}

void Table::retire(Row row) noexcept {
  header_of(row).place &= ~row_alive;
  --alive_;
}

void Table::revive(Row row) noexcept {
  header_of(row).place |= row_alive;
  ++alive_;
}

void Table::release(Row row) noexcept {
  CAIRN_CHECK(!is_alive(row));
  const std::uint32_t slot = slot_of(row);
  header_of(row) = {.last_transaction = free_, .revision = 0, .place = slot};
  free_ = slot;
}

std::size_t Table::memory_bytes() const noexcept {
  return (chunks_.size() * stride_ << chunk_shift_) + chunks_.capacity() * sizeof(Chunk);
}

}  // namespace cairn::state
