// SPDX-License-Identifier: Apache-2.0
#include "execution/row_seal.h"

#include <cstring>

namespace cairn::execution {

namespace {

/// Calls `visit(record, row, size)` for each row that the log has an entry about; for some more
/// than once. A row that was erased still has its memory, which the delta takes its key from.
template <typename Visit>
void visit_rows(const state::Writer& writer, const Visit& visit) {
  for (const state::Change& change : writer.changes()) {
    if (state::is_about_row(change)) {
      visit(change.position, change.row,
            writer.state().rows(change.position).plan->info().memory_size);
    }
  }
}

}  // namespace

void RowSeal::close(const state::Writer& writer) {
  kept_.clear();
  visit_rows(writer, [&](std::uint16_t, state::ConstRow row, std::size_t size) {
    kept_.insert(kept_.end(), row, row + size);
  });
}

std::optional<std::uint16_t> RowSeal::restore(const state::Writer& writer) {
  std::optional<std::uint16_t> written;
  const std::byte* kept = kept_.data();
  visit_rows(writer, [&](std::uint16_t record, state::Row row, std::size_t size) {
    if (std::memcmp(row, kept, size) != 0) {
      written = written.value_or(record);
      std::memcpy(row, kept, size);
    }
    kept += size;
  });
  return written;
}

}  // namespace cairn::execution
