// SPDX-License-Identifier: Apache-2.0
#include "execution/walk.h"

#include <optional>

#include "execution/bounds.h"
#include "execution/read_set.h"

namespace cairn::execution {

namespace {

using state::LinkTable;

// What a cursor over links holds.
constexpr std::size_t last_number = 0;  ///< of the link given last
constexpr std::size_t end_number = 1;   ///< links from here on came after the walk began
constexpr std::size_t last_node = 2;    ///< of the link given last, plus one

/// The first link after the one given last. That one is the quick way, as long as it is still in
/// the row's list; else the list is searched from its start, where those before it are gone.
LinkTable::Node link_after(const LinkTable& links, state::Way way, std::uint32_t slot,
                           const cairn_cursor& cursor) {
  const std::uint64_t hint = cursor.place[last_node];
  if (hint != 0 && hint <= links.nodes()) {
    const auto node = static_cast<LinkTable::Node>(hint - 1);
    const LinkTable::Link& link = links.link(node);
    if (!link.is_cut && link.number == cursor.place[last_number] && link.number != 0 &&
        link.end[static_cast<std::size_t>(way)] == slot) {
      return links.next(way, node);
    }
  }
  LinkTable::Node node = links.first(way, slot);
  while (node != LinkTable::none && links.link(node).number <= cursor.place[last_number]) {
    node = links.next(way, node);
  }
  return node;
}

/// One step through an index from a point, in the state that the call sees.
state::ConstRow step_index(const cairn_call& call, const cairn_scan& request,
                           const state::OrderedIndex::Point& point) {
  const bool backward = request.direction == CAIRN_BACKWARD;
  if (call.sees_before) {
    return call.run->before.step(request.record, request.index, backward, point);
  }
  const state::OrderedIndex& index =
      *call.run->writer.state().rows(request.record).indexes[request.index - 1U];
  return backward ? index.previous(point) : index.next(point);
}

state::ConstRow first_of_scan(const cairn_call& call, const cairn_scan& request) {
  return step_index(call, request,
                    {.bytes = scan_start(request.direction == CAIRN_BACKWARD,
                                         bytes_of(request.lower), bytes_of(request.upper))});
}

/// Keeps the entry's key bytes in the place; says whether the entry lies inside the bounds.
bool keep_place(const cairn_call& call, const cairn_scan& request, state::ConstRow row,
                ScanPlace& place) {
  const state::RecordPlan& plan = call.run->plan.record(request.record);
  schema::KeyBuffer buffer;
  const std::span<const std::byte> key = plan.keys()[request.index].encode(row, buffer);
  place.last.assign(key.begin(), key.end());
  const bool inside = is_inside(key, bytes_of(request.lower), bytes_of(request.upper));
  const std::span<const std::byte> tie = plan.keys().front().encode(row, buffer);
  place.last.insert(place.last.end(), tie.begin(), tie.end());
  return inside;
}

}  // namespace

state::ConstRow follow_link(const cairn_call& call, std::uint16_t edge, state::Way way,
                            state::ConstRow row, cairn_cursor& cursor) {
  const std::uint32_t slot = state::slot_of(row);
  if (call.sees_before) {
    return call.run->before.follow(edge, way, slot, cursor.place[last_number]);
  }
  const state::State& state = call.run->writer.state();
  const LinkTable& links = state.links(edge);
  if (cursor.place[end_number] == 0) {
    cursor.place[end_number] = links.last_number() + 1;
  }
  const LinkTable::Node node = link_after(links, way, slot, cursor);
  const bool out = way == state::Way::Out;
  state::ConstRow found = nullptr;
  const std::uint64_t after = cursor.place[last_number];
  if (node != LinkTable::none && links.link(node).number < cursor.place[end_number]) {
    cursor.place[last_number] = links.link(node).number;
    cursor.place[last_node] = std::uint64_t{node} + 1;
    const std::uint16_t far = out ? links.edge().target : links.edge().source;
    found = state.rows(far).table.row(links.link(node).end[out ? 1 : 0]);
  }
  if (call.run->reads != nullptr) {
    call.run->reads->note_follow(state, edge, way, row, after, found);
  }
  return found;
}

std::int32_t step_scan(const cairn_call& call, const cairn_scan& request, cairn_cursor& cursor,
                       state::ConstRow& row) {
  Run& run = *call.run;
  const bool is_first = cursor.place[0] == 0;
  if (is_first) {
    if (run.scans_used == run.scans.size()) {
      if (!run.take_bytes(sizeof(ScanPlace) + limits::key_bytes_max)) {
        return CAIRN_LIMIT;
      }
      run.scans.emplace_back();
    }
    cursor.place[0] = ++run.scans_used;
  }
  if (cursor.place[0] > run.scans_used) {
    return CAIRN_STALE;
  }
  ScanPlace& place = run.scans[cursor.place[0] - 1];
  const bool backward = request.direction == CAIRN_BACKWARD;
  row = is_first ? first_of_scan(call, request)
                 : step_index(call, request, {.bytes = place.last, .after_equal = !backward});
  std::vector<std::byte> point;
  if (run.reads != nullptr) {
    point = place.last;
  }
  if (row != nullptr && !keep_place(call, request, row, place)) {
    row = nullptr;
  }
  if (run.reads != nullptr) {
    run.reads->note_scan(run.writer.state(), request,
                         is_first ? std::nullopt : std::optional(std::span<const std::byte>(point)),
                         row);
  }
  return row == nullptr ? CAIRN_ABSENT : CAIRN_OK;
}

std::int32_t count_entries(const cairn_call& call, const cairn_scan& request,
                           std::uint64_t& entries) {
  cairn_scan forward = request;
  forward.direction = CAIRN_FORWARD;
  ScanPlace place;
  entries = 0;
  state::ConstRow row = first_of_scan(call, forward);
  while (row != nullptr && keep_place(call, forward, row, place)) {
    if (!call.run->take_steps(1)) {
      return CAIRN_LIMIT;
    }
    ++entries;
    row = step_index(call, forward, {.bytes = place.last, .after_equal = true});
  }
  if (call.run->reads != nullptr) {
    call.run->reads->note_count(request, entries);
  }
  return call.run->take_steps(1) ? CAIRN_OK : CAIRN_LIMIT;
}

}  // namespace cairn::execution
