// SPDX-License-Identifier: Apache-2.0
#include "state/link_table.h"

#include <algorithm>
#include <utility>

#include "base/check.h"
#include "base/limits.h"

namespace cairn::state {

namespace {

constexpr std::uint32_t first_capacity = 16;
/// Links of a row that are walked rather than looked up: each step may miss the cache, a look-up
/// misses it twice.
constexpr std::uint32_t walk_max = 4;
constexpr unsigned half = 32;

constexpr std::size_t at(Way way) noexcept {
  return static_cast<std::size_t>(way);
}

}  // namespace

LinkTable::LinkTable(const EdgeInfo& edge, std::uint64_t seed)
    : edge_(&edge),
      seed_(seed),
      pairs_(std::make_unique<Pair[]>(first_capacity)),
      pair_mask_(first_capacity - 1) {}

LinkTable::Node LinkTable::last(Way way, std::uint32_t slot) const noexcept {
  return slot < ends_[at(way)].size() ? ends_[at(way)][slot].last : none;
}

LinkTable::Node LinkTable::find(std::uint32_t source, std::uint32_t target) const noexcept {
  const std::uint32_t out = count(Way::Out, source);
  const std::uint32_t in = count(Way::In, target);
  if (out == 0 || in == 0) {
    return none;
  }
  if (std::min(out, in) > walk_max) {
    return find_pair(source, target);
  }
  return out <= in ? walk(Way::Out, first(Way::Out, source), target)
                   : walk(Way::In, first(Way::In, target), source);
}

/// The link from `node` on in the list of one end whose other end is `far`.
LinkTable::Node LinkTable::walk(Way way, Node node, std::uint32_t far) const noexcept {
  while (node != none && links_[node].end[at(reverse(way))] != far) {
    node = next(way, node);
  }
  return node;
}

LinkTable::Node LinkTable::find_pair(std::uint32_t source, std::uint32_t target) const noexcept {
  const auto tag = static_cast<std::uint32_t>(hash(source, target) >> half);
  for (std::uint32_t place = tag & pair_mask_; pairs_[place].node != none;
       place = (place + 1) & pair_mask_) {
    const Link& link = links_[pairs_[place].node];
    if (link.end[0] == source && link.end[1] == target) {
      return pairs_[place].node;
    }
  }
  return none;
}

bool LinkTable::is_full() const noexcept {
  return free_.empty() && links_.size() >= state_links_max;
}

/// Appends to a list of one of its ends.
void LinkTable::attach(Ends& list, Way way, Node node) noexcept {
  (list.last == none ? list.first : links_[list.last].next[at(way)]) = node;
  list.last = node;
}

/// Counts a link at both ends.
inline void LinkTable::count_link(Node node, Ends& out, Ends& in) {
  ++out.count;
  ++in.count;
  ++alive_;
  ++changes_;
  if (std::max(out.count, in.count) > walk_max) {
    pair_link(node, out, in);
  }
}

/// Keeps the index over pairs whole: a link whose ends both have many is there from the moment the
/// second of them does.
void LinkTable::pair_link(Node node, const Ends& out, const Ends& in) {
  const auto end = links_[node].end;
  if (out.count == walk_max + 1) {
    add_pairs_of(Way::Out, end[0]);
  }
  if (in.count == walk_max + 1) {
    add_pairs_of(Way::In, end[1]);
  }
  if (std::min(out.count, in.count) > walk_max) {
    add_pair(node);
  }
}

/// Of a row that has come to have many links.
void LinkTable::add_pairs_of(Way way, std::uint32_t slot) {
  const Way far = reverse(way);
  for (Node node = first(way, slot); node != none; node = next(way, node)) {
    if (count(far, links_[node].end[at(far)]) > walk_max) {
      add_pair(node);
    }
  }
}

void LinkTable::detach(Way way, Node node) noexcept {
  const Link& link = links_[node];
  Ends& list = ends_[at(way)][link.end[at(way)]];
  const Node before = link.previous[at(way)];
  const Node behind = link.next[at(way)];
  (before == none ? list.first : links_[before].next[at(way)]) = behind;
  (behind == none ? list.last : links_[behind].previous[at(way)]) = before;
  --list.count;
}

LinkTable::Node LinkTable::make(std::uint32_t source, std::uint32_t target) {
  CAIRN_CHECK(!is_full());
  Node node = 0;
  if (free_.empty()) {
    node = nodes();
    links_.extend(node + 1);
  } else {
    node = free_.back();
    free_.pop_back();
  }
  Ends& out = ends(Way::Out, source);
  Ends& in = ends(Way::In, target);
  Link& link = links_[node];  // filled in its place, which is quicker than to copy one
  link.end = {source, target};
  link.next = {none, none};
  link.previous = {out.last, in.last};
  link.number = ++last_number_;
  link.is_cut = false;
  link.is_new = true;
  link.is_paired = false;
  attach(out, Way::Out, node);
  attach(in, Way::In, node);
  count_link(node, out, in);
  return node;
}

void LinkTable::cut(Node node) noexcept {
  CAIRN_CHECK(!links_[node].is_cut);
  detach(Way::Out, node);
  detach(Way::In, node);
  drop_pair(node);
  links_[node].is_cut = true;
  --alive_;
  ++changes_;
}

void LinkTable::mend(Node node) noexcept {
  Link& link = links_[node];
  CAIRN_CHECK(link.is_cut);
  for (const Way way : {Way::Out, Way::In}) {
    Ends& list = ends_[at(way)][link.end[at(way)]];
    const Node before = link.previous[at(way)];
    const Node behind = link.next[at(way)];
    (before == none ? list.first : links_[before].next[at(way)]) = node;
    (behind == none ? list.last : links_[behind].previous[at(way)]) = node;
  }
  link.is_cut = false;
  count_link(node, ends_[0][link.end[0]], ends_[1][link.end[1]]);
}

void LinkTable::unmake(Node node) noexcept {
  cut(node);
  release(node);
}

void LinkTable::release(Node node) noexcept {
  links_[node].number = 0;
  free_.push_back(node);
}

std::uint64_t LinkTable::hash(std::uint32_t source, std::uint32_t target) const noexcept {
  std::uint64_t value = ((std::uint64_t{source} << half) | target) ^ seed_;
  value = (value ^ (value >> 32U)) * 0xd6e8feb86659fd93U;
  value = (value ^ (value >> 32U)) * 0xd6e8feb86659fd93U;
  return value ^ (value >> 32U);
}

void LinkTable::add_pair(Node node) {
  Link& link = links_[node];
  if (link.is_paired) {
    return;
  }
  if ((std::uint64_t{pair_count_} + 1) * 5 > (std::uint64_t{pair_mask_} + 1) * 4) {
    grow_pairs();
  }
  place_pair(
      {.tag = static_cast<std::uint32_t>(hash(link.end[0], link.end[1]) >> half), .node = node});
  link.is_paired = true;
  ++pair_count_;
}

void LinkTable::place_pair(Pair pair) noexcept {
  std::uint32_t place = pair.tag & pair_mask_;
  while (pairs_[place].node != none) {
    place = (place + 1) & pair_mask_;
  }
  pairs_[place] = pair;
}

void LinkTable::grow_pairs() {
  const std::uint32_t old_mask = pair_mask_;
  const std::unique_ptr<Pair[]> old = std::move(pairs_);
  pair_mask_ = old_mask * 2 + 1;
  pairs_ = std::make_unique<Pair[]>(std::size_t{pair_mask_} + 1);
  for (std::uint32_t place = 0; place <= old_mask; ++place) {
    if (old[place].node != none) {
      place_pair(old[place]);
    }
  }
}

/// Closes the gap, as KeyIndex does.
void LinkTable::drop_pair(Node node) noexcept {
  Link& link = links_[node];
  if (!link.is_paired) {
    return;
  }
  link.is_paired = false;
  --pair_count_;
  const auto tag = static_cast<std::uint32_t>(hash(link.end[0], link.end[1]) >> half);
  std::uint32_t gap = tag & pair_mask_;
  while (pairs_[gap].node != node) {
    CAIRN_CHECK(pairs_[gap].node != none);
    gap = (gap + 1) & pair_mask_;
  }
  for (std::uint32_t next = (gap + 1) & pair_mask_; pairs_[next].node != none;
       next = (next + 1) & pair_mask_) {
    const std::uint32_t home = pairs_[next].tag & pair_mask_;
    if (((next - home) & pair_mask_) >= ((next - gap) & pair_mask_)) {
      pairs_[gap] = pairs_[next];
      gap = next;
    }
  }
  pairs_[gap] = {};
}

std::size_t LinkTable::memory_bytes() const noexcept {
  return links_.memory_bytes() + free_.capacity() * sizeof(Node) + ends_[0].memory_bytes() +
         ends_[1].memory_bytes() + (std::size_t{pair_mask_} + 1) * sizeof(Pair);
}

}  // namespace cairn::state
