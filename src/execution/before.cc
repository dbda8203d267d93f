// SPDX-License-Identifier: Apache-2.0
#include "execution/before.h"

#include <algorithm>
#include <string_view>
#include <tuple>

#include "execution/links_of.h"

namespace cairn::execution {

namespace {

std::string_view text_of(std::span<const std::byte> bytes) {
  return {reinterpret_cast<const char*>(bytes.data()), bytes.size()};
}

bool is_touched(state::ConstRow row) {
  return (state::header_of(row).place & state::row_touched) != 0;
}

std::string full_key(const state::RecordPlan& plan, std::uint16_t index, state::ConstRow row) {
  schema::KeyBuffer buffer;
  std::string key(text_of(plan.keys()[index].encode(row, buffer)));
  key += text_of(plan.keys().front().encode(row, buffer));
  return key;
}

}  // namespace

void Before::forget() noexcept {
  collected_ = false;
  touched_.clear();
  for (std::vector<CutLink>& cut : cut_) {
    cut.clear();
  }
  overlays_.clear();
}

void Before::collect() {
  if (collected_) {
    return;
  }
  collected_ = true;
  for (const state::Change& change : writer_->changes()) {
    if (state::is_about_row(change) && change.is_first) {
      touched_.push_back({.record = change.position,
                          .slot = state::slot_of(change.row),
                          .before = state::before_of(change)});
    } else if (change.kind == state::Change::Kind::Unlinked) {
      collect_cut(change.position, change.node);
    }
  }
  const auto place = [](const Touched& row) { return std::tuple(row.record, row.slot); };
  std::ranges::sort(touched_, {}, place);
  for (std::vector<CutLink>& cut : cut_) {
    std::ranges::sort(
        cut, {}, [](const CutLink& link) { return std::tuple(link.edge, link.slot, link.number); });
  }
}

void Before::collect_cut(std::uint16_t edge, state::LinkTable::Node node) {
  const state::LinkTable::Link& link = writer_->state().links(edge).link(node);
  if (link.is_new) {
    return;
  }
  for (std::size_t near = 0; near < cut_.size(); ++near) {
    cut_.at(near).push_back(
        {.edge = edge, .slot = link.end.at(near), .number = link.number, .node = node});
  }
}

/// The first link after a number that the command cut from a row.
state::LinkTable::Node Before::next_cut(std::uint16_t edge, state::Way way, std::uint32_t slot,
                                        std::uint64_t number) const {
  const std::vector<CutLink>& cut = cut_.at(static_cast<std::size_t>(way));
  const auto age = [](const CutLink& link) {
    return std::tuple(link.edge, link.slot, link.number);
  };
  const auto next = std::ranges::upper_bound(cut, std::tuple(edge, slot, number), {}, age);
  return next != cut.end() && next->edge == edge && next->slot == slot ? next->node
                                                                       : state::LinkTable::none;
}

bool Before::is_row(std::uint16_t record, state::ConstRow row) {
  if (row == nullptr) {
    return false;
  }
  const state::Table& table = writer_->state().rows(record).table;
  const std::uint32_t slot = state::slot_of(row);
  const state::ConstRow before = this->row(record, slot);
  return before != nullptr && (row == before || row == table.row(slot));
}

state::ConstRow Before::row(std::uint16_t record, std::uint32_t slot) {
  const state::Table& table = writer_->state().rows(record).table;
  if (slot >= table.slots()) {
    return nullptr;
  }
  const state::ConstRow now = table.row(slot);
  if (!is_touched(now)) {
    return state::is_alive(now) ? now : nullptr;
  }
  collect();
  const auto place = [](const Touched& row) { return std::tuple(row.record, row.slot); };
  const auto found = std::ranges::lower_bound(touched_, std::tuple(record, slot), {}, place);
  return found != touched_.end() && place(*found) == std::tuple(record, slot) ? found->before
                                                                              : nullptr;
}

state::ConstRow Before::find(std::uint16_t record, std::uint16_t index,
                             std::span<const std::byte> key) {
  const state::ConstRow now = writer_->state().rows(record).find(index, key);
  if (now != nullptr && !is_touched(now)) {
    return now;
  }
  // Keys are never the start of one another, so the first entry that starts with it has this key.
  const std::vector<Entry>& entries = overlay(record, index).entries;
  const auto found = std::ranges::lower_bound(entries, text_of(key), {}, &Entry::key);
  const state::KeyPlan& plan = writer_->state().rows(record).plan->keys()[index];
  return found != entries.end() && plan.matches(found->before, key) ? found->before : nullptr;
}

const Before::Overlay& Before::overlay(std::uint16_t record, std::uint16_t index) {
  const auto known = std::ranges::find_if(
      overlays_, [&](const Overlay& each) { return each.record == record && each.index == index; });
  if (known != overlays_.end()) {
    return *known;
  }
  collect();
  Overlay made = {.record = record, .index = index, .entries = {}};
  const state::RecordPlan& plan = *writer_->state().rows(record).plan;
  for (const Touched& row : touched_) {
    if (row.record == record && row.before != nullptr) {
      made.entries.push_back({.key = full_key(plan, index, row.before), .before = row.before});
    }
  }
  std::ranges::sort(made.entries, {}, &Entry::key);
  return overlays_.emplace_back(std::move(made));
}

state::ConstRow Before::untouched_step(std::uint16_t record, std::uint16_t index, bool backward,
                                       const state::OrderedIndex::Point& point) const {
  const state::OrderedIndex& order = *writer_->state().rows(record).indexes[index - 1U];
  state::ConstRow row = backward ? order.previous(point) : order.next(point);
  while (row != nullptr && is_touched(row)) {
    row = backward ? order.previous(row) : order.next(row);
  }
  return row;
}

state::ConstRow Before::step(std::uint16_t record, std::uint16_t index, bool backward,
                             const state::OrderedIndex::Point& point) {
  const state::ConstRow same = untouched_step(record, index, backward, point);
  const std::vector<Entry>& entries = overlay(record, index).entries;
  const std::string_view at = text_of(point.bytes);
  const auto behind = point.after_equal ? std::ranges::upper_bound(entries, at, {}, &Entry::key)
                                        : std::ranges::lower_bound(entries, at, {}, &Entry::key);
  if (backward ? behind == entries.begin() : behind == entries.end()) {
    return same;
  }
  const Entry& touched = backward ? *std::prev(behind) : *behind;
  if (same == nullptr) {
    return touched.before;
  }
  const std::string key = full_key(*writer_->state().rows(record).plan, index, same);
  return (touched.key < key) != backward ? touched.before : same;
}

state::ConstRow Before::follow(std::uint16_t edge, state::Way way, std::uint32_t slot,
                               LinkPlace& place) {
  collect();
  const state::LinkTable& links = writer_->state().links(edge);
  state::LinkTable::Node best = link_behind(links, way, slot, place.number, place.hint);
  while (best != state::LinkTable::none && links.link(best).is_new) {
    best = links.next(way, best);
  }
  const state::LinkTable::Node cut = next_cut(edge, way, slot, place.number);
  if (cut != state::LinkTable::none &&
      (best == state::LinkTable::none || links.link(cut).number < links.link(best).number)) {
    best = cut;
  }
  if (best == state::LinkTable::none) {
    return nullptr;
  }
  place = {.number = links.link(best).number, .hint = std::uint64_t{best} + 1};
  const EdgeInfo& info = links.edge();
  return way == state::Way::Out ? row(info.target, links.link(best).end[1])
                                : row(info.source, links.link(best).end[0]);
}

}  // namespace cairn::execution
