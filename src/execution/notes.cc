// SPDX-License-Identifier: Apache-2.0
#include "execution/notes.h"

#include <span>

#include "execution/call.h"

namespace cairn::execution {

void Notes::clear() {
  met_.clear();
  places_.clear();
  missed_.clear();
  scanned_.clear();
  followed_.clear();
  steps_.clear();
  marks_.clear();
}

void Notes::meet(std::uint16_t record, state::ConstRow row, bool is_new) {
  if (places_.try_emplace(row, met_.size()).second) {
    met_.push_back({.record = record, .row = row, .is_new = is_new});
  }
}

void Notes::mark(std::uint64_t number) {
  marks_.resize(number);
  marks_.push_back(steps_.size());
}

void Notes::roll_back(std::uint64_t number) {
  steps_.resize(marks_[number]);
  marks_.resize(number + 1);
}

namespace {

state::ConstRow row_of(cairn_row row) noexcept {
  return static_cast<state::ConstRow>(row);
}

/// A row that was shown. One of the state before may be an image of it, which names no row.
void note_shown(const cairn_call& call, std::uint16_t record, cairn_row row) {
  if (call.sees_before) {
    call.run->notes->scan(record);
  } else {
    call.run->notes->meet(record, row_of(row));
  }
}

void note_all(Notes& notes, std::span<const std::uint16_t> edges) {
  for (const std::uint16_t edge : edges) {
    notes.follow(edge);
  }
}

/// Whether a row may be erased hangs on links that the log of changes does not hold.
void note_edges_of(const cairn_call& call, std::uint16_t record) {
  if (record < call.run->plan.records()) {
    const state::RecordPlan& plan = call.run->plan.record(record);
    note_all(*call.run->notes, plan.edges_out());
    note_all(*call.run->notes, plan.edges_in());
  }
}

std::int32_t new_id(cairn_call* call, std::uint16_t record, std::uint64_t* id) {
  const std::int32_t status = host_table.new_id(call, record, id);
  if (status == CAIRN_OK) {
    call->run->notes->miss(record);
  }
  return status;
}

std::int32_t find(cairn_call* call, std::uint16_t record, std::uint16_t index, cairn_bytes key,
                  cairn_row* row) {
  const std::int32_t status = host_table.find(call, record, index, key, row);
  if (status == CAIRN_OK) {
    note_shown(*call, record, *row);
  } else if (status == CAIRN_ABSENT) {
    call->run->notes->miss(record);
  }
  return status;
}

std::int32_t create(cairn_call* call, std::uint16_t record, const void* memory, cairn_row* row) {
  const std::int32_t status = host_table.create(call, record, memory, row);
  if (status == CAIRN_OK) {
    call->run->notes->meet(record, row_of(*row), true);
  } else if (status == CAIRN_TAKEN) {
    call->run->notes->scan(record);
  }
  return status;
}

std::int32_t set(cairn_call* call, std::uint16_t record, cairn_row row, std::uint16_t field,
                 const void* memory) {
  const std::int32_t status = host_table.set(call, record, row, field, memory);
  if (status == CAIRN_TAKEN) {
    call->run->notes->scan(record);
  }
  return status;
}

std::int32_t become(cairn_call* call, std::uint16_t record, cairn_row row, std::uint16_t field,
                    std::int64_t state) {
  const std::int32_t status = host_table.become(call, record, row, field, state);
  if (status == CAIRN_OK) {
    call->run->notes->step({.row = row_of(row), .field = field, .to = state});
  }
  return status;
}

std::int32_t erase(cairn_call* call, std::uint16_t record, cairn_row row) {
  const std::int32_t status = host_table.erase(call, record, row);
  note_edges_of(*call, record);
  return status;
}

std::int32_t link(cairn_call* call, std::uint16_t edge, cairn_row source, cairn_row target) {
  const std::int32_t status = host_table.link(call, edge, source, target);
  if (status == CAIRN_TAKEN) {
    call->run->notes->follow(edge);
  }
  return status;
}

std::int32_t unlink(cairn_call* call, std::uint16_t edge, cairn_row source, cairn_row target) {
  const std::int32_t status = host_table.unlink(call, edge, source, target);
  if (status == CAIRN_ABSENT) {
    call->run->notes->follow(edge);
  }
  return status;
}

// NOLINTNEXTLINE(readability-function-size): the parameters are those of the C table.
std::int32_t follow(cairn_call* call, std::uint16_t edge, std::uint32_t direction, cairn_row row,
                    cairn_cursor* cursor, cairn_row* next) {
  const std::int32_t status = host_table.follow(call, edge, direction, row, cursor, next);
  if (status == CAIRN_OK || status == CAIRN_ABSENT) {
    call->run->notes->follow(edge);
  }
  if (status == CAIRN_OK) {
    const EdgeInfo& info = call->run->plan.domain().edges[edge];
    note_shown(*call, direction == CAIRN_OUT ? info.target : info.source, *next);
  }
  return status;
}

std::int32_t scan(cairn_call* call, const cairn_scan* request, cairn_cursor* cursor,
                  cairn_row* row) {
  const std::int32_t status = host_table.scan(call, request, cursor, row);
  if (status == CAIRN_OK || status == CAIRN_ABSENT) {
    call->run->notes->scan(request->record);
  }
  if (status == CAIRN_OK) {
    note_shown(*call, request->record, *row);
  }
  return status;
}

std::int32_t count(cairn_call* call, const cairn_scan* request, std::uint64_t* entries) {
  const std::int32_t status = host_table.count(call, request, entries);
  if (status == CAIRN_OK) {
    call->run->notes->scan(request->record);
  }
  return status;
}

std::int32_t savepoint(cairn_call* call, std::uint64_t* mark) {
  const std::int32_t status = host_table.savepoint(call, mark);
  if (status == CAIRN_OK) {
    call->run->notes->mark(*mark);
  }
  return status;
}

std::int32_t roll_back(cairn_call* call, std::uint64_t mark) {
  const std::int32_t status = host_table.roll_back(call, mark);
  if (status == CAIRN_OK) {
    call->run->notes->roll_back(mark);
  }
  return status;
}

cairn_host make_noting_table() {
  cairn_host table = host_table;
  table.new_id = &new_id;
  table.find = &find;
  table.create = &create;
  table.set = &set;
  table.become = &become;
  table.erase = &erase;
  table.link = &link;
  table.unlink = &unlink;
  table.follow = &follow;
  table.scan = &scan;
  table.count = &count;
  table.savepoint = &savepoint;
  table.roll_back = &roll_back;
  return table;
}

}  // namespace

const cairn_host& noting_host_table() {
  static const cairn_host table = make_noting_table();
  return table;
}

}  // namespace cairn::execution
