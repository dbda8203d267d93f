// SPDX-License-Identifier: Apache-2.0
#include "state/ordered_index.h"

#include <algorithm>
#include <compare>
#include <cstring>
#include <iterator>

#include "base/check.h"

namespace cairn::state {

namespace {

/// Whether bytes come before others; a string before what continues it.
std::strong_ordering compare_bytes(std::span<const std::byte> a,
                                   std::span<const std::byte> b) noexcept {
  const int order = std::memcmp(a.data(), b.data(), std::min(a.size(), b.size()));
  return order != 0 ? order <=> 0 : a.size() <=> b.size();
}

bool starts_with(std::span<const std::byte> bytes, std::span<const std::byte> start) noexcept {
  return bytes.size() >= start.size() && std::memcmp(bytes.data(), start.data(), start.size()) == 0;
}

}  // namespace

OrderedIndex::OrderedIndex(const Table& table, const KeyPlan& plan, const KeyPlan& primary)
    : table_(&table), plan_(&plan), primary_(&primary), entries_(Less{this}) {}

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
    schema::KeyBuffer left_key;
    schema::KeyBuffer right_key;
    const auto order =
        compare_bytes(index->plan_->encode(left, left_key), index->plan_->encode(right, right_key));
    if (order != 0) {
      return order < 0;
    }
  }
  return index->tie_is_less(left, right);
}

bool OrderedIndex::Less::operator()(const Entry& entry, const Point& point) const noexcept {
  return index->is_before(entry, point);
}

bool OrderedIndex::Less::operator()(const Point& point, const Entry& entry) const noexcept {
  return !index->is_before(entry, point);  // a point is between entries, never at one
}

bool OrderedIndex::tie_is_less(ConstRow a, ConstRow b) const noexcept {
  if (primary_->is_number()) {
    return primary_->prefix(a) < primary_->prefix(b);
  }
  schema::KeyBuffer left;
  schema::KeyBuffer right;
  return compare_bytes(primary_->encode(a, left), primary_->encode(b, right)) < 0;
}

bool OrderedIndex::is_before(const Entry& entry, const Point& point) const noexcept {
  const std::uint64_t prefix = KeyPlan::prefix(point.bytes);
  if (entry.prefix != prefix && point.bytes.size() >= sizeof(prefix)) {
    return entry.prefix < prefix;
  }
  const ConstRow row = table_->row(entry.slot);
  schema::KeyBuffer buffer;
  const std::span<const std::byte> key = plan_->encode(row, buffer);
  if (key.size() >= point.bytes.size() || !starts_with(point.bytes, key)) {
    const auto order = compare_bytes(key, point.bytes);
    return order < 0 || (order == 0 && point.after_equal);
  }
  const std::span<const std::byte> rest = point.bytes.subspan(key.size());
  schema::KeyBuffer tie;
  const auto order = compare_bytes(primary_->encode(row, tie), rest);
  return order < 0 || (order == 0 && point.after_equal);
}

OrderedIndex::Entry OrderedIndex::entry_of(ConstRow row) const noexcept {
  return {.prefix = plan_->prefix(row), .slot = slot_of(row)};
}

void OrderedIndex::insert(Row row) {
  const bool is_new = entries_.insert(entry_of(row)).second;
  CAIRN_CHECK(is_new);
  ++changes_;
}

void OrderedIndex::erase(ConstRow row) noexcept {
  entries_.erase(position_of(row));
  ++changes_;
}

OrderedIndex::Entries::const_iterator OrderedIndex::position_of(ConstRow row) const noexcept {
  const auto found = entries_.find(entry_of(row));
  CAIRN_CHECK(found != entries_.end());
  return found;
}

Row OrderedIndex::row_at(Entries::const_iterator entry) const noexcept {
  return entry == entries_.end() ? nullptr : table_->row(entry->slot);
}

Row OrderedIndex::find(std::span<const std::byte> key) const noexcept {
  const Row row = next({.bytes = key});
  return row != nullptr && plan_->matches(row, key) ? row : nullptr;
}

Row OrderedIndex::next(const Point& point) const noexcept {
  return row_at(entries_.lower_bound(point));
}

Row OrderedIndex::previous(const Point& point) const noexcept {
  const auto behind = entries_.lower_bound(point);
  return behind == entries_.begin() ? nullptr : row_at(std::prev(behind));
}

Row OrderedIndex::next(ConstRow row) const noexcept {
  return row_at(std::next(position_of(row)));
}

Row OrderedIndex::previous(ConstRow row) const noexcept {
  const auto here = position_of(row);
  return here == entries_.begin() ? nullptr : row_at(std::prev(here));
}

Row OrderedIndex::first() const noexcept {
  return row_at(entries_.begin());
}

Row OrderedIndex::last() const noexcept {
  return entries_.empty() ? nullptr : row_at(std::prev(entries_.end()));
}

std::size_t OrderedIndex::memory_bytes() const noexcept {
  return entries_.size() * sizeof(Entry) / 3 * 4;  // nodes are at least half full, mostly more
}

}  // namespace cairn::state
