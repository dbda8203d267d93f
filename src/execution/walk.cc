// SPDX-License-Identifier: Apache-2.0
#include "execution/walk.h"

#include <optional>

#include "execution/bounds.h"
#include "execution/read_set.h"

namespace cairn::execution {

namespace {

const state::OrderedIndex& index_of(const cairn_call& call, const cairn_scan& request) {
  return *call.run->writer.state().rows(request.record).indexes[request.index - 1U];
}

/// One step through an index from a point, in the state that the call sees.
state::ConstRow step_from(const cairn_call& call, const cairn_scan& request,
                          const state::OrderedIndex::Point& point,
                          state::OrderedIndex::Place& place) {
  const bool backward = request.direction == CAIRN_BACKWARD;
  if (call.sees_before) {
    place = {};
    return call.run->before.step(request.record, request.index, backward, point);
  }
  const state::OrderedIndex& index = index_of(call, request);
  return backward ? index.previous(point, place) : index.next(point, place);
}

state::ConstRow first_of_scan(const cairn_call& call, const cairn_scan& request,
                              state::OrderedIndex::Place& place) {
  return step_from(call, request,
                   {.bytes = scan_start(request.direction == CAIRN_BACKWARD,
                                        bytes_of(request.lower), bytes_of(request.upper))},
                   place);
}

/// The entry behind the one given last, looked for anew only where the index has changed since.
state::ConstRow next_of_scan(const cairn_call& call, const cairn_scan& request, ScanPlace& scan) {
  const bool backward = request.direction == CAIRN_BACKWARD;
  const state::OrderedIndex& index = index_of(call, request);
  if (call.sees_before || !index.stands(scan.place)) {
    return step_from(call, request, {.bytes = scan.last, .after_equal = !backward}, scan.place);
  }
  return backward ? index.previous(scan.place) : index.next(scan.place);
}

/// Whether the entry lies inside the bounds.
bool is_inside_scan(const cairn_call& call, const cairn_scan& request, state::ConstRow row) {
  schema::KeyBuffer buffer;
  const state::KeyPlan& key = call.run->plan.record(request.record).keys()[request.index];
  return is_inside(key.encode(row, buffer), bytes_of(request.lower), bytes_of(request.upper));
}

/// Keeps the entry's key bytes, and those of the primary key, in the place.
void keep_place(const cairn_call& call, state::ConstRow row, ScanPlace& place) {
  const state::RecordPlan& plan = call.run->plan.record(place.record);
  schema::KeyBuffer buffer;
  const std::span<const std::byte> key = plan.keys()[place.index].encode(row, buffer);
  place.last.assign(key.begin(), key.end());
  const std::span<const std::byte> tie = plan.keys().front().encode(row, buffer);
  place.last.insert(place.last.end(), tie.begin(), tie.end());
}

/// The place that a cursor names; null when it names none of this index.
ScanPlace* place_of(Run& run, const cairn_scan& request, const cairn_cursor& cursor) noexcept {
  if (cursor.place[0] > run.scans_used) {
    return nullptr;
  }
  ScanPlace& place = run.scans[cursor.place[0] - 1];
  return place.record == request.record && place.index == request.index ? &place : nullptr;
}

/// A place for a scan that has found something; null when the budget has no room for it.
ScanPlace* take_place(Run& run, const cairn_scan& request, cairn_cursor& cursor) {
  const auto keys = run.plan.record(request.record).keys();
  if (!run.take_bytes(scan_cost_bytes + keys[request.index].size_min() + keys.front().size_min())) {
    return nullptr;
  }
  if (run.scans_used == run.scans.size()) {
    run.scans.emplace_back();
  }
  ScanPlace& place = run.scans[run.scans_used];
  place.record = request.record;
  place.index = request.index;
  cursor.place[0] = ++run.scans_used;
  return &place;
}

}  // namespace

state::ConstRow follow_link_before(const cairn_call& call, std::uint16_t edge, state::Way way,
                                   std::uint32_t slot, cairn_cursor& cursor) {
  Before::LinkPlace place = {.number = cursor.place[link_cursor::last_number],
                             .hint = cursor.place[link_cursor::last_node]};
  const state::ConstRow found = call.run->before.follow(edge, way, slot, place);
  cursor.place[link_cursor::last_number] = place.number;
  cursor.place[link_cursor::last_node] = place.hint;
  return found;
}

std::int32_t step_scan(const cairn_call& call, const cairn_scan& request, cairn_cursor& cursor,
                       state::ConstRow& row) {
  Run& run = *call.run;
  ScanPlace* place = nullptr;
  if (cursor.place[0] != 0) {
    place = place_of(run, request, cursor);
    if (place == nullptr) {
      return CAIRN_STALE;
    }
  }
  state::OrderedIndex::Place first;
  row =
      place == nullptr ? first_of_scan(call, request, first) : next_of_scan(call, request, *place);
  if (row != nullptr && !is_inside_scan(call, request, row)) {
    row = nullptr;
    (place == nullptr ? first : place->place) = {};  // who asks again may ask for more
  }
  if (run.reads != nullptr) {
    const auto after =
        place == nullptr ? std::nullopt : std::optional(std::span<const std::byte>(place->last));
    run.reads->note_scan(run.writer.state(), request, after, row);
  }
  if (row == nullptr) {
    return CAIRN_ABSENT;
  }
  if (place == nullptr) {
    place = take_place(run, request, cursor);
    if (place == nullptr) {
      return CAIRN_LIMIT;
    }
    place->place = first;
  }
  keep_place(call, row, *place);
  return CAIRN_OK;
}

std::int32_t count_entries(const cairn_call& call, const cairn_scan& request,
                           std::uint64_t& entries) {
  Run& run = *call.run;
  cairn_scan forward = request;
  forward.direction = CAIRN_FORWARD;
  ScanPlace& place = run.count_place;
  place.record = request.record;
  place.index = request.index;
  entries = 0;
  state::ConstRow row = first_of_scan(call, forward, place.place);
  while (row != nullptr && is_inside_scan(call, forward, row)) {
    if (!run.take_steps(1)) {
      return CAIRN_LIMIT;
    }
    ++entries;
    if (call.sees_before) {
      keep_place(call, row, place);
    }
    row = next_of_scan(call, forward, place);
  }
  if (run.reads != nullptr) {
    run.reads->note_count(request, entries);
  }
  return run.take_steps(1) ? CAIRN_OK : CAIRN_LIMIT;
}

}  // namespace cairn::execution
