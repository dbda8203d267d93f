// SPDX-License-Identifier: Apache-2.0
#include "journal/index_sample.h"

#include <algorithm>
#include <array>
#include <cstring>
#include <string_view>

#include <fmt/format.h>

#include "base/check.h"
#include "base/checksum.h"
#include "journal/index_term.h"
#include "journal/index_write.h"
#include "journal/tree_sample.h"

namespace cairn::journal::sample {

namespace {

using namespace std::string_view_literals;

constexpr std::array entities = {"user:1"sv, "user:10"sv, "user:100"sv, "user:2"sv,   "user"sv,
                                 "a\0b"sv,   "a"sv,       "order:7"sv,  "order:77"sv, "\xc3\xa4"sv};
constexpr std::array scopes = {""sv, "eu"sv, "us"sv, "e"sv, "\0u"sv};
constexpr std::uint64_t kinds = 5;
constexpr std::uint64_t correlations = 6;

Uuid correlation_of(std::uint64_t number) {
  Uuid uuid;
  uuid.bytes.fill(static_cast<std::byte>(number));
  return uuid;
}

bool is_in(const Region& region, const TransactionRecord& record, const EventRecord& event,
           const Coordinate& coordinate) {
  const bool is_about = !coordinate.entity.empty();
  const bool has_cause = event.has_cause || record.has_cause;
  const EventPlace& cause = event.has_cause ? event.cause : record.cause;
  return (!region.entity || (is_about && coordinate.entity == *region.entity)) &&
         (!region.entity_prefix ||
          (is_about && coordinate.entity.starts_with(*region.entity_prefix))) &&
         (!region.scope || (is_about && coordinate.scope == *region.scope)) &&
         (region.kinds.empty() || std::ranges::count(region.kinds, event.kind) != 0) &&
         (!region.correlation ||
          (record.has_correlation && record.correlation == *region.correlation)) &&
         (!region.cause || (has_cause && cause.transaction.value() == region.cause->sequence &&
                            cause.event == region.cause->event));
}

void find_in(const Region& region, const FedTransaction& transaction,
             std::vector<EventPlace>& found) {
  for (std::uint32_t i = 0; i < transaction.events.size(); ++i) {
    if (is_in(region, transaction.record, transaction.events[i], transaction.coordinates[i])) {
      found.push_back({.transaction = transaction.record.position, .event = i});
    }
  }
}

/// The hashes of the events that are about something.
std::vector<EventHash> hashes_of(const FedTransaction& transaction) {
  GrowingByteWriter scratch;
  std::vector<EventHash> hashes;
  for (std::size_t i = 0; i < transaction.events.size(); ++i) {
    if (!transaction.coordinates[i].entity.empty()) {
      hashes.push_back(hash_of(transaction.events[i], scratch));
    }
  }
  return hashes;
}

}  // namespace

IndexModel::IndexModel(std::uint64_t seed) : choices_(seed) {
  for (int i = 0; i < 300; ++i) {
    items_.push_back(fmt::format("item:{}", i));
  }
}

void IndexModel::grow(std::size_t count) {
  for (; count > 0; --count) {
    FedTransaction& made = transactions_.emplace_back();
    made.record.position = Seq(last());
    made.record.kind = 1;
    made.record.time = static_cast<std::int64_t>(last() * 10 + below(40));
    made.record.has_correlation = choices_.one_in(3);
    made.record.correlation =
        made.record.has_correlation ? correlation_of(below(correlations)) : Uuid();
    made.record.has_cause = last() > 1 && choices_.one_in(4);
    made.record.cause = made.record.has_cause ? earlier() : EventPlace();
    if (choices_.one_in(3)) {
      // Some numbers come twice; the first answer is the one that counts.
      made.record.intent = {.kind = Intent::Kind::Client, .number = 1 + below(last())};
    }
    for (std::uint64_t left = below(4); left > 0; --left) {
      add_event(made);
    }
    made.record.events = made.events;
  }
}

EventPlace IndexModel::earlier() {
  const std::uint64_t back = 1 + below(std::min<std::uint64_t>(last() - 1, 5));
  return {.transaction = Seq(last() - back), .event = static_cast<std::uint32_t>(below(2))};
}

Coordinate IndexModel::coordinate() {
  const std::uint64_t name = below(entities.size() * 4 / 3);
  return {.entity = name < entities.size() ? entities[name] : items_[below(items_.size())],
          .scope = scopes[below(scopes.size())]};
}

void IndexModel::add_event(FedTransaction& transaction) {
  EventRecord event = {.kind = static_cast<std::uint16_t>(1 + below(kinds)),
                       .payload = std::as_bytes(std::span("seventeen bytes!"))};
  event.has_cause = last() > 1 && choices_.one_in(3);
  event.cause = event.has_cause ? earlier() : EventPlace();
  Coordinate about;
  if (!choices_.one_in(5)) {
    about = coordinate();
    auto place = std::ranges::find(places_, about, &Place::coordinate);
    if (place == places_.end()) {
      place = places_.insert(place, {.coordinate = about, .last = {}});
    }
    const bool is_named = choices_.one_in(2);
    event.about = is_named ? EventRecord::About::Named : EventRecord::About::Declared;
    event.coordinate = is_named ? about : Coordinate();
    event.ancestor = place->last;
    event.ancestor_hash = place->hash;
    event.version = place->version + 1;
    GrowingByteWriter scratch;
    *place = {.coordinate = about,
              .last = {.transaction = transaction.record.position,
                       .event = static_cast<std::uint32_t>(transaction.events.size())},
              .hash = hash_of(event, scratch),
              .version = event.version};
  }
  transaction.events.push_back(event);
  transaction.coordinates.push_back(about);
}

void IndexModel::feed(EventIndex& index) {
  std::vector<IndexedTransaction> batch;
  for (std::uint64_t next = index.last() + 1; next <= last();) {
    batch.clear();
    for (std::uint64_t left = 1 + below(9); left > 0 && next <= last(); --left, ++next) {
      batch.push_back({.record = &at(next).record, .coordinates = at(next).coordinates});
    }
    index.add(batch);
  }
}

Region IndexModel::region() {
  Region region;
  const Coordinate about = coordinate();
  if (choices_.one_in(3)) {
    region.entity = std::string(about.entity);
  }
  if (choices_.one_in(3)) {
    region.entity_prefix = std::string(about.entity.substr(0, below(about.entity.size() + 1)));
  }
  if (choices_.one_in(3)) {
    region.scope = std::string(about.scope);
  }
  for (std::uint64_t left = choices_.one_in(2) ? 0 : 1 + below(3); left > 0; --left) {
    region.kinds.push_back(static_cast<std::uint16_t>(1 + below(kinds + 1)));
  }
  if (choices_.one_in(4)) {
    region.correlation = correlation_of(below(correlations + 1));
  }
  if (choices_.one_in(6)) {
    region.cause =
        EventId{.sequence = 1 + below(last()), .event = static_cast<std::uint32_t>(below(2))};
  }
  return region;
}

std::vector<EventPlace> IndexModel::find(const Region& region, std::uint64_t first,
                                         std::uint64_t last_wanted) const {
  std::vector<EventPlace> found;
  for (std::uint64_t sequence = first; sequence <= std::min(last_wanted, last()); ++sequence) {
    find_in(region, at(sequence), found);
  }
  return found;
}

std::optional<CoordinateHead> IndexModel::head(const Coordinate& coordinate,
                                               std::uint64_t first) const {
  const auto place = std::ranges::find(places_, coordinate, &Place::coordinate);
  if (place == places_.end() || place->last.transaction.value() < first) {
    return std::nullopt;
  }
  return CoordinateHead{.place = place->last, .version = place->version, .hash = place->hash};
}

std::uint64_t IndexModel::first_at(std::int64_t time, std::uint64_t first) const {
  while (first <= last() && at(first).record.time < time) {
    ++first;
  }
  return first;
}

Result<std::vector<EventPlace>> find_all(const EventIndex& index, const Region& region,
                                         Cursor cursor, std::size_t limit) {
  std::vector<EventPlace> found;
  for (std::size_t before = 0;; before = found.size()) {
    CAIRN_TRY(index.find(region, cursor, limit, found));
    if (found.size() < before + limit) {
      return found;
    }
  }
}

std::vector<std::byte> index_file_of(const IndexModel& model) {
  IndexMemory memory(1);
  for (std::uint64_t sequence = 1; sequence <= model.last(); ++sequence) {
    const FedTransaction& transaction = model.at(sequence);
    const IndexedTransaction fed = {.record = &transaction.record,
                                    .coordinates = transaction.coordinates};
    const bool is_added = memory.add(std::span(&fed, 1), hashes_of(transaction));
    CAIRN_CHECK(is_added);
  }
  const bool is_frozen = memory.freeze();
  CAIRN_CHECK(is_frozen);
  const SortedMemory sorted(memory);
  const IndexSource* const source = &sorted;
  auto bytes = std::make_shared<MemoryFile::Bytes>();
  MemoryFile file(bytes);
  const auto written = write_index(file, std::span(&source, 1), 0);
  CAIRN_CHECK(written.has_value());
  return *bytes;
}

void refresh_index_checksums(std::span<std::byte> file) {
  IndexHeader header;
  std::memcpy(&header, file.data(), sizeof(header));
  const bool has_range = header.first != 0 && header.first <= header.last;
  const IndexLayout layout = has_range ? layout_of(header) : IndexLayout();
  if (has_range && layout.file_bytes == file.size()) {
    const std::uint64_t at = layout[IndexSection::Pages].offset;
    for (std::uint64_t page = 1; page <= layout.checked_pages; ++page) {
      const std::uint64_t checksum =
          index_page_checksum(file.subspan(page * index_page_bytes, index_page_bytes), page);
      std::memcpy(&file[at + (page - 1) * sizeof(checksum)], &checksum, sizeof(checksum));
    }
    header.pages_checksum = checksum64(file.subspan(at));
  }
  seal(header);
  std::memcpy(file.data(), &header, sizeof(header));
}

std::size_t ask_everything(const IndexFile& file) {
  IndexModel choices(1);
  choices.grow(3);
  std::vector<EventPlace> found;
  for (int i = 0; i < 24; ++i) {
    const Region region = choices.region();
    const EventId middle = {.sequence = (file.first() + file.last()) / 2, .event = 1};
    const std::array cursors = {Cursor{}, Cursor::backward(), Cursor{.next = middle},
                                Cursor{.next = middle, .direction = Direction::Backward}};
    const auto asked = find_in_part(file, region, cursors[choices.below(4)], 50, found);
    (void)asked;
    IndexFlaw flaw;
    std::string key;
    set_coordinate_key(key, choices.coordinate());
    const auto head = file.head(key, flaw);
    const std::uint64_t at = file.first_at(static_cast<std::int64_t>(choices.below(500)), flaw);
    found.resize(found.size() + (head ? 1 : 0) + (at != 0 ? 1 : 0));
  }
  IndexFlaw flaw;
  std::string request;
  set_request_key(request, {});
  found.resize(found.size() + file.postings(request, flaw).size());
  // All of it is read when it is merged.
  const IndexSource* const source = &file;
  MemoryFile out(std::make_shared<MemoryFile::Bytes>());
  const auto written = write_index(out, std::span(&source, 1), 1);
  return found.size() + (written ? 1 : 0);
}

}  // namespace cairn::journal::sample
