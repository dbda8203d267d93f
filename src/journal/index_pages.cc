// SPDX-License-Identifier: Apache-2.0
#include "journal/index_pages.h"

#include <cstring>
#include <utility>

#include <fmt/core.h>

namespace cairn::journal {

void IndexFlaw::note(const std::string& name, const char* what, std::uint64_t place) {
  if (!is_found_) {
    is_found_ = true;
    name_ = name;
    what_ = what;
    place_ = place;
  }
}

Error IndexFlaw::error() const {
  return Error(Errc::Corrupt, fmt::format("{}: {} {} is damaged", name_, what_, place_))
      .advise("the index can be made again from the journal");
}

IndexPages::IndexPages(std::span<const std::byte> file, const IndexLayout& layout, std::string name)
    : file_(file),
      checksums_at_(layout[IndexSection::Pages].offset),
      name_(std::move(name)),
      states_(layout.checked_pages + 1) {}

bool IndexPages::look(std::uint64_t page, IndexFlaw& flaw) {
  if (states_[page].load(std::memory_order_relaxed) == State::Bad) {
    flaw.note(name_, "page", page);
    return false;
  }
  std::uint64_t expected = 0;
  const std::uint64_t at = checksums_at_ + (page - 1) * sizeof(expected);
  std::memcpy(&expected, file_.data() + at, sizeof(expected));
  const auto bytes = file_.subspan(page * index_page_bytes, index_page_bytes);
  // Two threads may both look: they find the same.
  if (index_page_checksum(bytes, page) != expected) {
    states_[page].store(State::Bad, std::memory_order_relaxed);
    note_damage();
    flaw.note(name_, "page", page);
    return false;
  }
  states_[page].store(State::Good, std::memory_order_relaxed);
  return true;
}

Result<> IndexPages::check_all(const IndexPause& pause) {
  // Between two pauses: as much as is looked at in a millisecond, if it is in memory.
  constexpr std::uint64_t pages_max = 256;
  IndexFlaw flaw;
  for (std::uint64_t page = 1; page < states_.size(); ++page) {
    if (page % pages_max == 1) {
      CAIRN_TRY(take(pause));
    }
    look(page, flaw);
  }
  return flaw.is_found() ? Result<>(fail(flaw.error())) : Result<>();
}

}  // namespace cairn::journal
