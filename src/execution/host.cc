// SPDX-License-Identifier: Apache-2.0
#include <algorithm>
#include <cstring>
#include <string_view>
#include <utility>

#include "cairn/bytes.h"
#include "cairn/limits.h"
#include "cairn/utf8.h"
#include "execution/bounds.h"
#include "execution/call.h"
#include "execution/read_set.h"
#include "execution/walk.h"

// The table of cairn/plugin.h, function by function. What comes in is judged here, once: positions,
// rows, sizes, and values as far as ValueCheck says.
namespace cairn::execution {

namespace {

state::Row row_of(cairn_row row) noexcept {
  return static_cast<state::Row>(const_cast<void*>(row));
}

/// Whether the call may change a record's row, and the budget has a step for it.
inline std::int32_t may_change_row(cairn_call& call, std::uint16_t record, cairn_row row) noexcept {
  if (!call.may_change) {
    return CAIRN_READ_ONLY;
  }
  if (record >= call.run->plan.records()) {
    return CAIRN_UNDECLARED;
  }
  if (!call.run->writer.is_row(record, row_of(row))) {
    return CAIRN_STALE;
  }
  return call.run->take_steps(1) ? CAIRN_OK : CAIRN_LIMIT;
}

bool has_field(const Run& run, std::uint16_t record, std::uint16_t field) noexcept {
  return field < run.plan.record(record).fields().size();
}

std::int64_t now(cairn_call* call) {
  return call->run->context.time;
}

std::uint64_t position(cairn_call* call) {
  return call->run->context.position.value();
}

/// splitmix64: any seed will do.
std::uint64_t random(cairn_call* call) {
  std::uint64_t value = call->run->random += 0x9e3779b97f4a7c15U;
  value = (value ^ (value >> 30U)) * 0xbf58476d1ce4e5b9U;
  value = (value ^ (value >> 27U)) * 0x94d049bb133111ebU;
  return value ^ (value >> 31U);
}

std::int32_t new_id(cairn_call* call, std::uint16_t record, std::uint64_t* id) {
  if (!call->may_change) {
    return CAIRN_READ_ONLY;
  }
  if (record >= call->run->plan.records()) {
    return CAIRN_UNDECLARED;
  }
  return call->run->take_steps(1) ? call->run->writer.new_id(record, *id)
                                  : std::int32_t{CAIRN_LIMIT};
}

std::int32_t find(cairn_call* call, std::uint16_t record, std::uint16_t index, cairn_bytes key,
                  cairn_row* row) {
  Run& run = *call->run;
  if (record >= run.plan.records() || index >= run.plan.record(record).keys().size() ||
      !run.plan.record(record).keys()[index].index().is_unique) {
    return CAIRN_UNDECLARED;
  }
  if (key.size > limits::key_bytes_max) {
    return CAIRN_MALFORMED;
  }
  if (!run.take_steps(1)) {
    return CAIRN_LIMIT;
  }
  const state::ConstRow found = call->sees_before
                                    ? run.before.find(record, index, bytes_of(key))
                                    : run.writer.state().rows(record).find(index, bytes_of(key));
  if (run.reads != nullptr) {
    run.reads->note_find(run.writer.state(), record, index, bytes_of(key), found);
  }
  *row = found;
  return found == nullptr ? CAIRN_ABSENT : CAIRN_OK;
}

std::int32_t create(cairn_call* call, std::uint16_t record, const void* memory, cairn_row* row) {
  Run& run = *call->run;
  if (!call->may_change) {
    return CAIRN_READ_ONLY;
  }
  if (record >= run.plan.records()) {
    return CAIRN_UNDECLARED;
  }
  if (!run.take_steps(1)) {
    return CAIRN_LIMIT;
  }
  const auto* const bytes = static_cast<const std::byte*>(memory);
  if (!run.values.is_new_row(record, bytes)) {
    return CAIRN_MALFORMED;
  }
  state::Row made = nullptr;
  const std::int32_t status = run.writer.create(record, bytes, made);
  *row = made;
  return status;
}

std::int32_t edit(cairn_call* call, std::uint16_t record, cairn_row row, void** memory) {
  const std::int32_t status = may_change_row(*call, record, row);
  if (status != CAIRN_OK) {
    return status;
  }
  *memory = row_of(row);
  return call->run->writer.edit(record, row_of(row));
}

std::int32_t set(cairn_call* call, std::uint16_t record, cairn_row row, std::uint16_t field,
                 const void* memory) {
  if (const std::int32_t status = may_change_row(*call, record, row); status != CAIRN_OK) {
    return status;
  }
  Run& run = *call->run;
  if (!has_field(run, record, field)) {
    return CAIRN_UNDECLARED;
  }
  const state::FieldPlan& plan = run.plan.record(record).fields()[field];
  if (plan.is_fixed || plan.info->role == FieldRole::State) {
    return CAIRN_UNDECLARED;
  }
  // The codec of a field works on the memory of a row; this is the field's alone.
  const std::byte* const start = static_cast<const std::byte*>(memory) - plan.offset;
  if (!run.values.is_field(record, field, start)) {
    return CAIRN_MALFORMED;
  }
  return run.writer.set(record, row_of(row), field, static_cast<const std::byte*>(memory));
}

std::int32_t become(cairn_call* call, std::uint16_t record, cairn_row row, std::uint16_t field,
                    std::int64_t state) {
  if (const std::int32_t status = may_change_row(*call, record, row); status != CAIRN_OK) {
    return status;
  }
  return has_field(*call->run, record, field)
             ? call->run->writer.become(record, row_of(row), field, state)
             : std::int32_t{CAIRN_UNDECLARED};
}

std::int32_t erase(cairn_call* call, std::uint16_t record, cairn_row row) {
  const std::int32_t status = may_change_row(*call, record, row);
  return status == CAIRN_OK ? call->run->writer.erase(record, row_of(row)) : status;
}

std::int32_t may_link(cairn_call& call, std::uint16_t edge, cairn_row source, cairn_row target) {
  if (edge >= call.run->edges.size()) {
    return CAIRN_UNDECLARED;
  }
  const EdgeInfo& info = call.run->edges[edge];
  const std::int32_t status = may_change_row(call, info.source, source);
  return status == CAIRN_OK ? may_change_row(call, info.target, target) : status;
}

std::int32_t link(cairn_call* call, std::uint16_t edge, cairn_row source, cairn_row target) {
  const std::int32_t status = may_link(*call, edge, source, target);
  return status == CAIRN_OK ? call->run->writer.link(edge, row_of(source), row_of(target)) : status;
}

std::int32_t unlink(cairn_call* call, std::uint16_t edge, cairn_row source, cairn_row target) {
  const std::int32_t status = may_link(*call, edge, source, target);
  return status == CAIRN_OK ? call->run->writer.unlink(edge, row_of(source), row_of(target))
                            : status;
}

/// An end of an edge, and the record whose rows are there.
struct NearEnd {
  std::uint16_t edge = 0;
  std::uint16_t record = 0;
  state::Way way = state::Way::Out;
};

std::int32_t follow_before(cairn_call& call, const NearEnd& end, cairn_row row,
                           cairn_cursor& cursor, cairn_row& next) {
  if (!call.run->before.is_row(end.record, row_of(row))) {
    return CAIRN_STALE;
  }
  next = follow_link_before(call, end.edge, end.way, state::slot_of(row_of(row)), cursor);
  return next == nullptr ? CAIRN_ABSENT : CAIRN_OK;
}

/// A step in the state before, or one that is noted.
std::int32_t follow_slowly(cairn_call& call, const NearEnd& end, cairn_row row,
                           cairn_cursor& cursor, cairn_row& next) {
  if (call.sees_before) {
    return follow_before(call, end, row, cursor, next);
  }
  if (!call.run->writer.is_row(end.record, row_of(row))) {
    return CAIRN_STALE;
  }
  const std::uint64_t after = cursor.place[link_cursor::last_number];
  const state::State& state = call.run->writer.state();
  const state::ConstRow found =
      follow_link(state, end.edge, end.way, state::slot_of(row_of(row)), cursor);
  call.run->reads->note_follow(
      state, {.edge = end.edge, .way = end.way, .near = row_of(row), .after = after}, found);
  next = found;
  return found == nullptr ? CAIRN_ABSENT : CAIRN_OK;
}

// NOLINTNEXTLINE(readability-function-size): the parameters are those of the C table.
std::int32_t follow(cairn_call* call, std::uint16_t edge, std::uint32_t direction, cairn_row row,
                    cairn_cursor* cursor, cairn_row* next) {
  Run& run = *call->run;
  if (edge >= run.edges.size() || direction > CAIRN_IN) {
    return CAIRN_UNDECLARED;
  }
  if (!run.take_steps(1)) {
    return CAIRN_LIMIT;
  }
  const state::Way way = direction == CAIRN_OUT ? state::Way::Out : state::Way::In;
  const EdgeInfo& info = run.edges[edge];
  const std::uint16_t near = way == state::Way::Out ? info.source : info.target;
  if (call->sees_before || run.reads != nullptr) [[unlikely]] {
    return follow_slowly(*call, {.edge = edge, .record = near, .way = way}, row, *cursor, *next);
  }
  if (!run.writer.is_row(near, row_of(row))) {
    return CAIRN_STALE;
  }
  *next = follow_link(run.writer.state(), edge, way, state::slot_of(row_of(row)), *cursor);
  return *next == nullptr ? CAIRN_ABSENT : CAIRN_OK;
}

/// Whether the schema has the index, and it is one with an order.
std::int32_t judge_scan(const Run& run, const cairn_scan& request) noexcept {
  if (request.record >= run.plan.records() || request.index == 0 ||
      request.index >= run.plan.record(request.record).keys().size() ||
      request.direction > CAIRN_BACKWARD) {
    return CAIRN_UNDECLARED;
  }
  constexpr std::size_t bound_bytes_max = 2 * limits::key_bytes_max;
  return request.lower.size <= bound_bytes_max && request.upper.size <= bound_bytes_max
             ? CAIRN_OK
             : CAIRN_MALFORMED;
}

std::int32_t scan(cairn_call* call, const cairn_scan* request, cairn_cursor* cursor,
                  cairn_row* row) {
  Run& run = *call->run;
  if (const std::int32_t status = judge_scan(run, *request); status != CAIRN_OK) {
    return status;
  }
  if (!run.take_steps(1)) {
    return CAIRN_LIMIT;
  }
  state::ConstRow found = nullptr;
  const std::int32_t status = step_scan(*call, *request, *cursor, found);
  *row = found;
  return status;
}

std::int32_t count(cairn_call* call, const cairn_scan* request, std::uint64_t* entries) {
  Run& run = *call->run;
  if (const std::int32_t status = judge_scan(run, *request); status != CAIRN_OK) {
    return status;
  }
  return count_entries(*call, *request, *entries);
}

std::int32_t emit(cairn_call* call, std::uint16_t kind, cairn_bytes event,
                  const cairn_event_place* cause, cairn_event_place* place) {
  Run& run = *call->run;
  if (!call->may_change) {
    return CAIRN_READ_ONLY;
  }
  const StructInfo* const structure = run.plan.schema().event(kind);
  if (structure == nullptr) {
    return CAIRN_UNDECLARED;
  }
  const std::span<const std::byte> bytes = bytes_of(event);
  if (!run.take_steps(1) || !run.take_bytes(bytes.size()) || !run.take_bytes(event_cost_bytes)) {
    return CAIRN_LIMIT;
  }
  // A cause is an earlier event: of an earlier transaction, or of this one.
  const bool is_earlier =
      cause == nullptr || (cause->transaction != 0 && cause->transaction < position(call)) ||
      (cause->transaction == position(call) && cause->event < run.events.size());
  if (!is_earlier) {
    return CAIRN_MALFORMED;
  }
  if (const std::int32_t status = run.judge(*structure, bytes); status != CAIRN_OK) {
    return status;
  }
  *place = {.transaction = position(call),
            .event = static_cast<std::uint32_t>(run.events.size()),
            .reserved = 0};
  Run::EmittedEvent& emitted = run.events.emplace_back();
  emitted.kind = kind;
  emitted.has_cause = cause != nullptr;
  emitted.cause = cause == nullptr ? cairn_event_place{} : *cause;
  emitted.offset = run.event_bytes.size();
  emitted.size = bytes.size();
  run.event_bytes.bytes(bytes);
  return CAIRN_OK;
}

std::int32_t schedule(cairn_call* call, std::int64_t at, std::uint16_t kind, cairn_bytes command) {
  Run& run = *call->run;
  if (!call->may_change) {
    return CAIRN_READ_ONLY;
  }
  const StructInfo* const structure = run.plan.schema().command(kind);
  if (structure == nullptr) {
    return CAIRN_UNDECLARED;
  }
  const std::span<const std::byte> bytes = bytes_of(command);
  if (!run.take_steps(1) || !run.take_bytes(bytes.size())) {
    return CAIRN_LIMIT;
  }
  if (const std::int32_t status = run.judge(*structure, bytes); status != CAIRN_OK) {
    return status;
  }
  return run.writer.schedule(
      {.at = at, .kind = kind, .command = std::vector<std::byte>(bytes.begin(), bytes.end())});
}

void reject(cairn_call* call, std::uint16_t code, cairn_bytes detail) {
  Run& run = *call->run;
  run.code = code;
  // One byte more than the largest is as wrong as a thousand more.
  const std::span<const std::byte> bytes = bytes_of(detail);
  const auto kept = bytes.first(std::min(bytes.size(), run.values.detail_bytes_max() + 1));
  run.detail.assign(kept.begin(), kept.end());
}

void fault(cairn_call* call, std::int32_t status, cairn_bytes text) {
  call->run->fault_status = status;
  const std::span<const std::byte> bytes = bytes_of(text);
  call->run->set_fault_text({reinterpret_cast<const char*>(bytes.data()), bytes.size()});
}

std::int32_t savepoint(cairn_call* call, std::uint64_t* mark) {
  Run& run = *call->run;
  if (!call->may_change) {
    return CAIRN_READ_ONLY;
  }
  if (!run.take_steps(1) || !run.take_bytes(savepoint_cost_bytes)) {
    return CAIRN_LIMIT;
  }
  *mark = run.marks.size();
  run.marks.push_back({.writer = run.writer.mark(),
                       .events = run.events.size(),
                       .event_bytes = run.event_bytes.size()});
  return CAIRN_OK;
}

std::int32_t roll_back(cairn_call* call, std::uint64_t mark) {
  Run& run = *call->run;
  if (!call->may_change) {
    return CAIRN_READ_ONLY;
  }
  if (mark >= run.marks.size()) {
    return CAIRN_STALE;
  }
  if (!run.take_steps(1)) {
    return CAIRN_LIMIT;
  }
  run.marks.resize(mark + 1);
  const Run::Mark& point = run.marks.back();
  run.writer.roll_back(point.writer);
  run.before.reset();
  run.events.resize(point.events);
  run.event_bytes.shorten(point.event_bytes);
  return CAIRN_OK;
}

void* take_memory(cairn_call* call, std::size_t size) {
  Run& run = *call->run;
  if (!run.take_bytes(size)) {
    run.note_end(CAIRN_LIMIT);
    return nullptr;
  }
  return run.memory.take(size);
}

/// A function of the table that has the call remember how it ended.
template <auto Function>
struct Kept;

template <typename... A, std::int32_t (*Function)(cairn_call*, A...)>
struct Kept<Function> {
  static std::int32_t call(cairn_call* call, A... arguments) {
    const std::int32_t status = Function(call, arguments...);
    if (status >= CAIRN_STALE) [[unlikely]] {
      call->run->note_end(status);
    }
    return status;
  }
};

}  // namespace

const cairn_host host_table = {
    .size = sizeof(cairn_host),
    .abi_version = CAIRN_ABI_VERSION,
    .now = &now,
    .position = &position,
    .random = &random,
    .new_id = &Kept<&new_id>::call,
    .find = &Kept<&find>::call,
    .create = &Kept<&create>::call,
    .edit = &Kept<&edit>::call,
    .set = &Kept<&set>::call,
    .become = &Kept<&become>::call,
    .erase = &Kept<&erase>::call,
    .link = &Kept<&link>::call,
    .unlink = &Kept<&unlink>::call,
    .follow = &Kept<&follow>::call,
    .scan = &Kept<&scan>::call,
    .count = &Kept<&count>::call,
    .emit = &Kept<&emit>::call,
    .schedule = &Kept<&schedule>::call,
    .reject = &reject,
    .fault = &fault,
    .savepoint = &Kept<&savepoint>::call,
    .roll_back = &Kept<&roll_back>::call,
    .take_memory = &take_memory,
};

Run::Run(const ValueCheck& value_check, state::Writer& state_writer)
    : plan(state_writer.state().plan()),
      edges(plan.domain().edges),
      writer(state_writer),
      before(state_writer),
      values(value_check) {}

std::int32_t Run::judge(const StructInfo& structure, std::span<const std::byte> value) {
  const ValueCheck::Look* const look = values.look_at(structure);
  if (look == nullptr) {
    return CAIRN_OK;
  }
  if (value.size() > structure.encoded_size_max) {
    return CAIRN_MALFORMED;
  }
  // What its texts and lists point at is paid for, by whoever is looked at: a struct that is looked
  // at only in a plugin has none. The struct itself is as large as the schema says.
  const std::size_t pointed_at = look->scratch_per_byte * value.size();
  if (!take_bytes(pointed_at)) {
    return CAIRN_LIMIT;
  }
  const std::size_t room = structure.memory_size + sizeof(Int128) + pointed_at;
  scratch.resize(std::max(scratch.size(), room));
  Scratch space(scratch);
  std::byte* const place = space.take(structure.memory_size, alignof(Int128));
  return look->codec.decode(value, place, space) ? CAIRN_OK : CAIRN_MALFORMED;
}

void Run::set_fault_text(std::string_view text) {
  constexpr std::size_t fault_text_bytes_max = 256;
  fault_text.clear();
  while (!text.empty()) {
    const std::size_t size = utf8_sequence(text);
    if (fault_text.size() + std::max<std::size_t>(size, 1) > fault_text_bytes_max) {
      return;
    }
    fault_text += size == 0 ? std::string_view("?") : text.substr(0, size);
    text.remove_prefix(std::max<std::size_t>(size, 1));
  }
}

void Run::start(const Context& at, const Budget& limits, std::uint64_t seed) {
  before.reset();
  context = at;
  budget = limits;
  steps = 0;
  bytes = 0;
  reads = nullptr;
  random = seed;
  was_interrupted = false;
  events.clear();
  event_bytes.clear();
  marks.clear();
  scans_used = 0;
  memory.rewind({});
  ended = CAIRN_OK;
  code = 0;
  detail.clear();
  fault_status = 0;
  fault_text.clear();
}

}  // namespace cairn::execution
