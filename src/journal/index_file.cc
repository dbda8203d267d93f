// SPDX-License-Identifier: Apache-2.0
#include "journal/index_file.h"

#include <algorithm>
#include <cstring>
#include <utility>

#include <fmt/core.h>

#include "base/checksum.h"
#include "base/limits.h"
#include "journal/index_filter.h"
#include "journal/index_term.h"

namespace cairn::journal {

namespace {

/// What a list costs to begin with, in events that could be looked at instead.
constexpr std::uint64_t list_cost = 64;
/// The events that a query wants, about.
constexpr std::uint64_t wanted_events = 256;

/// Whether so many lists, with so many events in all, are better put together than the column is
/// looked through for the same events.
bool prefers_lists(std::uint64_t lists, std::uint64_t matches, std::uint64_t events) noexcept {
  const std::uint64_t looked_at = wanted_events * events / std::max<std::uint64_t>(matches, 1);
  return lists <= index_lists_max && lists * list_cost <= std::min(looked_at, events);
}

}  // namespace

Result<std::shared_ptr<IndexFile>> IndexFile::open(std::unique_ptr<sys::Mapping> mapping,
                                                   std::string name) {
  CAIRN_TRY(const IndexHeader header, read_index_header(mapping->bytes(), name));
  std::shared_ptr<IndexFile> file(new IndexFile(std::move(mapping), header, std::move(name)));
  CAIRN_TRY(file->check_page_table());
  return file;
}

IndexFile::IndexFile(std::unique_ptr<sys::Mapping> mapping, const IndexHeader& header,
                     std::string name)
    : mapping_(std::move(mapping)),
      header_(header),
      layout_(layout_of(header)),
      pages_(std::make_unique<IndexPages>(mapping_->bytes(), layout_, std::move(name))) {}

Result<> IndexFile::check_page_table() const {
  const IndexLayout::Part& part = layout_[IndexSection::Pages];
  if (checksum64(mapping_->bytes().subspan(part.offset, part.bytes)) != header_.pages_checksum) {
    return fail(
        Error(Errc::Corrupt, fmt::format("{}: the checksums of the pages are damaged", name()))
            .advise("the index can be made again from the journal"));
  }
  return {};
}

Result<> IndexFile::check_all(const IndexPause& pause) const {
  const auto look = [this]() -> Result<> {
    CAIRN_TRY(read_index_header(mapping_->bytes(), name()));
    return check_page_table();
  };
  if (auto looked = look(); !looked) {
    note_damage();
    return looked;
  }
  return pages_->check_all(pause);
}

IndexWords IndexFile::words(IndexSection section, IndexFlaw& flaw) const {
  const IndexLayout::Part& part = layout_[section];
  return {mapping_->bytes().subspan(part.offset, part.bytes), part.offset, *pages_, flaw};
}

std::span<const std::byte> IndexFile::bytes(IndexSection section, std::uint64_t offset,
                                            std::uint64_t size, IndexFlaw& flaw) const {
  const std::uint64_t at = layout_[section].offset + offset;
  if (!pages_->check(at, size, flaw)) {
    return {};
  }
  return mapping_->bytes().subspan(at, size);
}

/// Zero when the page is damaged.
template <typename Entry>
Entry IndexFile::entry(IndexSection section, std::uint64_t number, IndexFlaw& flaw) const {
  Entry entry{};
  const auto found = bytes(section, number * sizeof(Entry), sizeof(Entry), flaw);
  if (!found.empty()) {
    std::memcpy(&entry, found.data(), sizeof(entry));
  }
  return entry;
}

IndexWords IndexFile::ordinals(IndexFlaw& flaw) const {
  return words(IndexSection::Ordinals, flaw);
}

IndexWords IndexFile::column(IndexFlaw& flaw) const {
  return words(IndexSection::Column, flaw);
}

TermEnds IndexFile::begin_of(std::uint32_t number, IndexFlaw& flaw) const {
  return number == 0 ? TermEnds{} : entry<TermEnds>(IndexSection::Terms, number - 1, flaw);
}

std::string_view IndexFile::key(std::uint32_t number, IndexFlaw& flaw) const {
  const std::uint32_t begin = begin_of(number, flaw).key;
  const std::uint32_t end = entry<TermEnds>(IndexSection::Terms, number, flaw).key;
  if (begin >= end || end > header_.key_bytes || end - begin > index_key_bytes_max) {
    flaw.note(name(), "the key of term", number);
    return {};
  }
  const auto found = bytes(IndexSection::Keys, begin, end - begin, flaw);
  return {reinterpret_cast<const char*>(found.data()), found.size()};
}

IndexWords IndexFile::postings_between(std::uint32_t begin, std::uint32_t end,
                                       IndexFlaw& flaw) const {
  if (begin > end || end > header_.postings) {
    flaw.note(name(), "the postings up to", end);
    return {};
  }
  return words(IndexSection::Postings, flaw).part(begin, end);
}

std::uint32_t IndexFile::lower_bound(std::string_view key, std::uint32_t begin, std::uint32_t end,
                                     IndexFlaw& flaw) const {
  while (begin < end) {
    const std::uint32_t middle = begin + (end - begin) / 2;
    if (this->key(middle, flaw) < key) {
      begin = middle + 1;
    } else {
      end = middle;
    }
  }
  return begin;
}

std::uint32_t IndexFile::prefix_end(std::string_view prefix, std::uint32_t begin,
                                    IndexFlaw& flaw) const {
  std::uint32_t end = header_.coordinates;
  while (begin < end) {
    const std::uint32_t middle = begin + (end - begin) / 2;
    if (key(middle, flaw).starts_with(prefix)) {
      begin = middle + 1;
    } else {
      end = middle;
    }
  }
  return begin;
}

bool IndexFile::may_have(std::string_view key, IndexFlaw& flaw) const {
  if (header_.filter_blocks == 0) {
    return false;
  }
  const std::uint64_t block = IndexFilter::block_of(key, header_.filter_blocks);
  const auto found =
      bytes(IndexSection::Filter, block * filter_block_bytes, filter_block_bytes, flaw);
  return !found.empty() && IndexFilter::may_have(found, key);
}

std::optional<std::uint32_t> IndexFile::find(std::string_view key, IndexFlaw& flaw) const {
  const bool is_coordinate = key.front() == static_cast<char>(IndexTag::Coordinate);
  const bool is_request = key.front() == static_cast<char>(IndexTag::Request);
  if ((is_coordinate || is_request) && !may_have(key, flaw)) {
    return std::nullopt;
  }
  const std::uint32_t requests = header_.terms - header_.requests;
  const std::uint32_t begin = is_coordinate ? 0 : is_request ? requests : header_.coordinates;
  const std::uint32_t end = is_coordinate ? header_.coordinates
                            : is_request  ? header_.terms
                                          : requests;
  const std::uint32_t number = lower_bound(key, begin, end, flaw);
  return number < end && this->key(number, flaw) == key ? std::optional(number) : std::nullopt;
}

IndexWords IndexFile::postings(std::string_view key, IndexFlaw& flaw) const {
  const auto number = find(key, flaw);
  return number ? term(*number, flaw).postings : IndexWords();
}

CoordinateRange IndexFile::coordinates(std::string_view key_prefix, IndexFlaw& flaw) const {
  CoordinateRange range{.prefix = {}, .has_numbers = true, .lists = std::vector<IndexWords>()};
  range.begin = lower_bound(key_prefix, 0, header_.coordinates, flaw);
  range.end = prefix_end(key_prefix, range.begin, flaw);
  if (range.begin == range.end) {
    return range;
  }
  const std::uint32_t first = begin_of(range.begin, flaw).postings;
  const std::uint32_t last = begin_of(range.end, flaw).postings;
  range.events = postings_between(first, last, flaw).size();
  const std::uint64_t lists = range.end - range.begin;
  if (lists > 1 && !prefers_lists(lists, range.events, header_.events)) {
    range.lists.reset();
    return range;
  }
  std::uint32_t begin = first;
  for (std::uint32_t number = range.begin; number < range.end && !flaw.is_found(); ++number) {
    const std::uint32_t end = begin_of(number + 1, flaw).postings;
    range.lists->push_back(postings_between(begin, end, flaw));
    begin = end;
  }
  return range;
}

bool IndexFile::is_in(const CoordinateRange& range, std::uint32_t number) const {
  return number >= range.begin && number < range.end;
}

std::optional<CoordinateHead> IndexFile::head(std::string_view key, IndexFlaw& flaw) const {
  const auto number = find(key, flaw);
  if (!number) {
    return std::nullopt;
  }
  const IndexWords list = term(*number, flaw).postings;
  const IndexHead found = head(*number, flaw);
  std::uint32_t near = 0;
  const auto place = list.empty()
                         ? std::nullopt
                         : place_of(ordinals(flaw), header_.first, list[list.size() - 1], near);
  if (!place) {
    flaw.note(name(), "the last event of coordinate", *number);
    return std::nullopt;
  }
  return CoordinateHead{.place = *place, .version = found.version, .hash = found.hash};
}

std::uint64_t IndexFile::first_at(std::int64_t time, IndexFlaw& flaw) const {
  std::uint32_t begin = 0;
  auto end = static_cast<std::uint32_t>(layout_[IndexSection::Times].bytes / sizeof(time));
  const std::uint32_t steps = end;
  while (begin < end) {
    const std::uint32_t middle = begin + (end - begin) / 2;
    if (this->time(middle, flaw) < time) {
      begin = middle + 1;
    } else {
      end = middle;
    }
  }
  const std::uint64_t step = begin + header_.first / index_times_step;
  return begin == steps ? 0 : std::max(header_.first, step * index_times_step);
}

IndexSource::Term IndexFile::term(std::uint32_t number, IndexFlaw& flaw) const {
  const std::uint32_t begin = begin_of(number, flaw).postings;
  const std::uint32_t end = begin_of(number + 1, flaw).postings;
  return {.key = key(number, flaw), .postings = postings_between(begin, end, flaw)};
}

IndexHead IndexFile::head(std::uint32_t coordinate, IndexFlaw& flaw) const {
  return entry<IndexHead>(IndexSection::Heads, coordinate, flaw);
}

std::uint32_t IndexFile::ordinal(std::uint32_t transaction, IndexFlaw& flaw) const {
  return words(IndexSection::Ordinals, flaw)[transaction];
}

std::uint32_t IndexFile::coordinate(std::uint32_t ordinal, IndexFlaw& flaw) const {
  return words(IndexSection::Column, flaw)[ordinal];
}

std::int64_t IndexFile::time(std::uint32_t step, IndexFlaw& flaw) const {
  return entry<std::int64_t>(IndexSection::Times, step, flaw);
}

}  // namespace cairn::journal
