// SPDX-License-Identifier: Apache-2.0
#include "execution/read_set.h"

#include <algorithm>
#include <string_view>

#include "execution/bounds.h"

namespace cairn::execution {

namespace {

std::string text_of(std::span<const std::byte> bytes) {
  return {reinterpret_cast<const char*>(bytes.data()), bytes.size()};
}

std::span<const std::byte> bytes_of(const std::string& text) {
  return std::as_bytes(std::span(text));
}

}  // namespace

ReadSet::Seen ReadSet::see(const state::State& state, std::uint16_t record, state::ConstRow row) {
  if (row == nullptr) {
    return {};
  }
  schema::KeyBuffer buffer;
  return {.key = text_of(state.plan().record(record).keys().front().encode(row, buffer)),
          .last_transaction = state::header_of(row).last_transaction};
}

void ReadSet::note_find(const state::State& state, std::uint16_t record, std::uint16_t index,
                        std::span<const std::byte> key, state::ConstRow found) {
  Read read = {.kind = Read::Kind::Find, .position = record, .index = index};
  read.key = text_of(key);
  read.seen = see(state, record, found);
  reads_.push_back(std::move(read));
}

ReadSet::Read ReadSet::read_of(Read::Kind kind, const cairn_scan& request) {
  Read read = {.kind = kind, .position = request.record, .index = request.index};
  read.direction = request.direction;
  read.key = text_of(bytes_of(request.lower));
  read.upper = text_of(bytes_of(request.upper));
  return read;
}

void ReadSet::note_scan(const state::State& state, const cairn_scan& request,
                        std::optional<std::span<const std::byte>> after, state::ConstRow found) {
  Read read = read_of(Read::Kind::Scan, request);
  read.has_point = after.has_value();
  if (after) {
    read.point = text_of(*after);
  }
  read.seen = see(state, request.record, found);
  reads_.push_back(std::move(read));
}

void ReadSet::note_count(const cairn_scan& request, std::uint64_t entries) {
  Read read = read_of(Read::Kind::Count, request);
  read.number = entries;
  reads_.push_back(std::move(read));
}

void ReadSet::note_follow(const state::State& state, const LinkStep& step, state::ConstRow found) {
  const EdgeInfo& info = state.links(step.edge).edge();
  const bool out = step.way == state::Way::Out;
  Read read = {
      .kind = Read::Kind::Follow, .way = step.way, .position = step.edge, .number = step.after};
  read.point = see(state, out ? info.source : info.target, step.near).key;
  read.seen = see(state, out ? info.target : info.source, found);
  reads_.push_back(std::move(read));
}

ReadSet::Seen ReadSet::step(const state::State& state, const Read& read) {
  const state::OrderedIndex& index = *state.rows(read.position).indexes[read.index - 1U];
  const bool backward = read.direction == CAIRN_BACKWARD;
  state::OrderedIndex::Point point = {.bytes = bytes_of(read.point), .after_equal = !backward};
  if (!read.has_point) {
    point = {.bytes = scan_start(backward, bytes_of(read.key), bytes_of(read.upper))};
  }
  const state::ConstRow row = backward ? index.previous(point) : index.next(point);
  if (row == nullptr) {
    return {};
  }
  schema::KeyBuffer buffer;
  const bool inside =
      is_inside(index.plan().encode(row, buffer), bytes_of(read.key), bytes_of(read.upper));
  return see(state, read.position, inside ? row : nullptr);
}

std::uint64_t ReadSet::count(const state::State& state, const Read& read) {
  const state::OrderedIndex& index = *state.rows(read.position).indexes[read.index - 1U];
  std::uint64_t entries = 0;
  schema::KeyBuffer buffer;
  state::ConstRow row = index.next({.bytes = bytes_of(read.key)});
  while (row != nullptr &&
         is_inside(index.plan().encode(row, buffer), bytes_of(read.key), bytes_of(read.upper))) {
    ++entries;
    row = index.next(row);
  }
  return entries;
}

ReadSet::Seen ReadSet::follow(const state::State& state, const Read& read) {
  const state::LinkTable& links = state.links(read.position);
  const bool out = read.way == state::Way::Out;
  const state::ConstRow near =
      state.find(out ? links.edge().source : links.edge().target, bytes_of(read.point));
  if (near == nullptr) {
    return {};
  }
  state::LinkTable::Node node = links.first(read.way, state::slot_of(near));
  while (node != state::LinkTable::none && links.link(node).number <= read.number) {
    node = links.next(read.way, node);
  }
  if (node == state::LinkTable::none) {
    return {};
  }
  const std::uint16_t far = out ? links.edge().target : links.edge().source;
  return see(state, far, state.rows(far).table.row(links.link(node).end[out ? 1 : 0]));
}

ReadSet::Seen ReadSet::ask(const state::State& state, const Read& read) {
  switch (read.kind) {
    case Read::Kind::Find:
      return see(state, read.position,
                 state.rows(read.position).find(read.index, bytes_of(read.key)));
    case Read::Kind::Scan:
      return step(state, read);
    case Read::Kind::Follow:
      return follow(state, read);
    case Read::Kind::Count:
      break;
  }
  return {};
}

bool ReadSet::holds(const state::State& state) const {
  return std::ranges::all_of(reads_, [&](const Read& read) {
    return read.kind == Read::Kind::Count ? count(state, read) == read.number
                                          : ask(state, read) == read.seen;
  });
}

}  // namespace cairn::execution
