// SPDX-License-Identifier: Apache-2.0
#include "state/ordered_index.h"

#include <algorithm>
#include <bit>
#include <compare>
#include <cstring>
#include <iterator>

namespace cairn::state {

namespace {

constexpr unsigned byte_bits = 8;

/// Whether bytes come before others; a string before what continues it.
std::strong_ordering compare_bytes(std::span<const std::byte> a,
                                   std::span<const std::byte> b) noexcept {
  const int order = std::memcmp(a.data(), b.data(), std::min(a.size(), b.size()));
  return order != 0 ? order <=> 0 : a.size() <=> b.size();
}

}  // namespace

OrderedIndex::OrderedIndex(const Table& table, const KeyPlan& plan, const KeyPlan& primary)
    : table_(&table),
      plan_(&plan),
      primary_(&primary),
      entries_(Less{this}, Allocator<Entry>(node_bytes_.get())) {}

bool OrderedIndex::Less::operator()(const Entry& a, const Entry& b) const noexcept {
  if (a.prefix != b.prefix) [[likely]] {
    return a.prefix < b.prefix;
  }
  if (a.slot == b.slot) {
    return false;
  }
  const ConstRow left = index->table_->row(a.slot);
  const ConstRow right = index->table_->row(b.slot);
  if (!index->plan_->is_number()) {
    const auto order = index->plan_->compare(left, right);
    if (order != 0) {
      return order < 0;
    }
  }
  return index->primary_->compare(left, right) < 0;
}

bool OrderedIndex::Less::operator()(const Entry& entry, const Target& target) const noexcept {
  return index->is_before(entry, target);
}

bool OrderedIndex::Less::operator()(const Target& target, const Entry& entry) const noexcept {
  return !index->is_before(entry, target);  // a point is between entries, never at one
}

/// The key is all in the prefix, so the row is looked at only for its primary key.
bool OrderedIndex::number_is_before(const Entry& entry, const Target& target) const noexcept {
  const Point& point = *target.point;
  const std::size_t width = plan_->number_width();
  const std::size_t shared = std::min(point.bytes.size(), width);
  if (shared == 0) {
    return false;
  }
  const std::uint64_t mask = ~std::uint64_t{0} << (byte_bits * (sizeof(mask) - shared));
  if (((entry.prefix ^ target.prefix) & mask) != 0) [[likely]] {
    return entry.prefix < target.prefix;
  }
  if (point.bytes.size() <= width) {
    return point.bytes.size() == width && point.after_equal;
  }
  return rest_is_before(entry, point, width);
}

/// The key is the point's first bytes: what follows there is of the primary key.
bool OrderedIndex::rest_is_before(const Entry& entry, const Point& point,
                                  std::size_t key_size) const noexcept {
  schema::KeyBuffer buffer;
  const auto order = compare_bytes(primary_->encode(table_->row(entry.slot), buffer),
                                   point.bytes.subspan(key_size));
  return order < 0 || (order == 0 && point.after_equal);
}

bool OrderedIndex::is_before(const Entry& entry, const Target& target) const noexcept {
  if (plan_->is_number()) {
    return number_is_before(entry, target);
  }
  const Point& point = *target.point;
  if (entry.prefix != target.prefix) {
    // The prefixes decide where they differ inside both keys. One that goes on with zeros may have
    // ended.
    const auto differ =
        static_cast<unsigned>(std::countl_zero(entry.prefix ^ target.prefix)) / byte_bits;
    const bool goes_on = (entry.prefix << (byte_bits * differ)) != 0;
    if (differ < point.bytes.size() && (goes_on || differ < plan_->size_min())) [[likely]] {
      return entry.prefix < target.prefix;
    }
  }
  schema::KeyBuffer buffer;
  const std::span<const std::byte> key = plan_->encode(table_->row(entry.slot), buffer);
  const std::size_t shared = std::min(key.size(), point.bytes.size());
  if (key.size() < point.bytes.size() && std::memcmp(key.data(), point.bytes.data(), shared) == 0) {
    return rest_is_before(entry, point, key.size());
  }
  const auto order = compare_bytes(key, point.bytes);
  return order < 0 || (order == 0 && point.after_equal);
}

OrderedIndex::Entry OrderedIndex::entry_of(ConstRow row) const noexcept {
  return {.prefix = plan_->prefix(row), .slot = slot_of(row)};
}

bool OrderedIndex::insert(Row row) {
  ++changes_;
  const std::size_t size = entries_.size();
  const Entry entry = entry_of(row);
  const auto here =
      knows_last_ ? entries_.insert(likely_place(entry), entry) : entries_.insert(entry).first;
  behind_last_ = std::next(here);
  knows_last_ = true;
  return entries_.size() != size;
}

/// Where keys in order go: behind the row inserted last, or behind all.
OrderedIndex::Entries::const_iterator OrderedIndex::likely_place(
    const Entry& entry) const noexcept {
  const bool is_last = behind_last_ != entries_.end() && Less{this}(*entries_.rbegin(), entry);
  return is_last ? entries_.end() : behind_last_;
}

bool OrderedIndex::erase(ConstRow row) noexcept {
  ++changes_;
  knows_last_ = false;
  if (const auto found = entries_.find(entry_of(row)); found != entries_.end()) [[likely]] {
    entries_.erase(found);
    return true;
  }
  if (const auto hidden = position_of(row); hidden != entries_.end()) {
    entries_.erase(hidden);
  }
  return false;
}

void OrderedIndex::clear() noexcept {
  ++changes_;
  knows_last_ = false;
  entries_.clear();
}

OrderedIndex::Entries::const_iterator OrderedIndex::position_of(const Point& point) const noexcept {
  return entries_.lower_bound(Target{.point = &point, .prefix = KeyPlan::prefix(point.bytes)});
}

/// Also where somebody wrote around the index; the end when the row is not there at all.
OrderedIndex::Entries::const_iterator OrderedIndex::position_of(ConstRow row) const noexcept {
  const auto found = entries_.find(entry_of(row));
  return found != entries_.end() ? found : std::ranges::find(entries_, slot_of(row), &Entry::slot);
}

Row OrderedIndex::row_at(Entries::const_iterator entry) const noexcept {
  return entry == entries_.end() ? nullptr : table_->row(entry->slot);
}

Row OrderedIndex::find(std::span<const std::byte> key) const noexcept {
  const Row row = next({.bytes = key});
  return row != nullptr && plan_->matches(row, key) ? row : nullptr;
}

Row OrderedIndex::next(const Point& point) const noexcept {
  return row_at(position_of(point));
}

Row OrderedIndex::previous(const Point& point) const noexcept {
  const auto behind = position_of(point);
  return behind == entries_.begin() ? nullptr : row_at(std::prev(behind));
}

/// The row there, and the place of it.
Row OrderedIndex::settle_at(Entries::const_iterator entry, Place& place) const noexcept {
  if (entry == entries_.end()) {
    place = {};
    return nullptr;
  }
  place.entry_ = entry;
  place.changes_ = changes_;
  return table_->row(entry->slot);
}

Row OrderedIndex::next(const Point& point, Place& place) const noexcept {
  return settle_at(position_of(point), place);
}

Row OrderedIndex::previous(const Point& point, Place& place) const noexcept {
  const auto behind = position_of(point);
  return settle_at(behind == entries_.begin() ? entries_.end() : std::prev(behind), place);
}

bool OrderedIndex::stands(const Place& place) const noexcept {
  return place.changes_ == changes_;
}

Row OrderedIndex::next(Place& place) const noexcept {
  return settle_at(std::next(place.entry_), place);
}

Row OrderedIndex::previous(Place& place) const noexcept {
  const bool is_first = place.entry_ == entries_.begin();
  return settle_at(is_first ? entries_.end() : std::prev(place.entry_), place);
}

Row OrderedIndex::next(ConstRow row) const noexcept {
  const auto here = position_of(row);
  return here == entries_.end() ? nullptr : row_at(std::next(here));
}

Row OrderedIndex::previous(ConstRow row) const noexcept {
  const auto here = position_of(row);
  return here == entries_.end() || here == entries_.begin() ? nullptr : row_at(std::prev(here));
}

Row OrderedIndex::first() const noexcept {
  return row_at(entries_.begin());
}

Row OrderedIndex::last() const noexcept {
  return entries_.empty() ? nullptr : row_at(std::prev(entries_.end()));
}

}  // namespace cairn::state
