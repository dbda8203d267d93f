// SPDX-License-Identifier: Apache-2.0
#include "tests/support/fake_calls.h"

#include <algorithm>
#include <cstring>

namespace cairn::test {

namespace {

std::string text_of(cairn_bytes bytes) {
  return bytes.size == 0 ? std::string()
                         : std::string(static_cast<const char*>(bytes.data), bytes.size);
}

bool is_inside(const cairn_scan& request, const std::string& key) {
  const std::string upper = text_of(request.upper);
  return key >= text_of(request.lower) && (upper.empty() || key < upper);
}

}  // namespace

std::int32_t FakeCalls::step(const Call& call) {
  return ++call.host->steps_ > call.host->steps_max ? CAIRN_LIMIT : CAIRN_OK;
}

ModelRow* FakeCalls::living(const Call& call, std::uint16_t record, cairn_row row) {
  if (record >= call.state->tables.size()) {
    return nullptr;
  }
  const auto found = call.state->tables[record].find(row);
  return found == call.state->tables[record].end() || !found->second.alive ? nullptr
                                                                           : &found->second;
}

std::int32_t FakeCalls::change(const Call& call, std::uint16_t record, cairn_row row) {
  if (call.read_only) {
    return CAIRN_READ_ONLY;
  }
  if (record >= call.host->schema_.records.size()) {
    return CAIRN_UNDECLARED;
  }
  if (living(call, record, row) == nullptr) {
    return CAIRN_STALE;
  }
  return step(call);
}

std::map<std::string, const void*> FakeCalls::entries(const FakeHost& host, const ModelState& state,
                                                      std::uint16_t record, std::uint16_t index) {
  const StructInfo& info = *host.schema_.records[record];
  std::map<std::string, const void*> found;
  for (const auto& [memory, row] : state.tables[record]) {
    if (!row.alive) {
      continue;
    }
    std::string key = model_key(info, info.indexes[index].fields, memory);
    if (!info.indexes[index].is_unique) {
      key += model_key(info, info.indexes[0].fields, memory);
    }
    found.emplace(std::move(key), memory);
  }
  return found;
}

bool FakeCalls::is_taken(const Call& call, std::uint16_t record, const void* memory,
                         const void* self) {
  const StructInfo& info = *call.host->schema_.records[record];
  return std::ranges::any_of(info.indexes, [&](const IndexInfo& index) {
    return std::ranges::any_of(call.state->tables[record], [&](const auto& entry) {
      return index.is_unique && entry.second.alive && entry.first != self &&
             model_key(info, index.fields, entry.first) == model_key(info, index.fields, memory);
    });
  });
}

std::int64_t FakeCalls::now(cairn_call* of) {
  return call(of).host->time;
}

std::uint64_t FakeCalls::position(cairn_call* of) {
  return call(of).host->position_;
}

std::uint64_t FakeCalls::random(cairn_call* of) {
  // splitmix64, so that any seed will do.
  std::uint64_t z = call(of).host->random_ += 0x9e3779b97f4a7c15U;
  z = (z ^ (z >> 30U)) * 0xbf58476d1ce4e5b9U;
  z = (z ^ (z >> 27U)) * 0x94d049bb133111ebU;
  return z ^ (z >> 31U);
}

std::int32_t FakeCalls::new_id(cairn_call* of, std::uint16_t record, std::uint64_t* id) {
  if (record >= call(of).state->last_ids.size()) {
    return CAIRN_UNDECLARED;
  }
  *id = ++call(of).state->last_ids[record];
  return step(call(of));
}

std::int32_t FakeCalls::find(cairn_call* of, std::uint16_t record, std::uint16_t index,
                             cairn_bytes key, cairn_row* row) {
  const FakeHost& host = *call(of).host;
  if (record >= host.schema_.records.size() ||
      index >= host.schema_.records[record]->indexes.size() ||
      !host.schema_.records[record]->indexes[index].is_unique) {
    return CAIRN_UNDECLARED;
  }
  const auto all = entries(host, *call(of).state, record, index);
  const auto found = all.find(text_of(key));
  if (found == all.end()) {
    return CAIRN_ABSENT;
  }
  *row = found->second;
  return step(call(of));
}

std::int32_t FakeCalls::create(cairn_call* of, std::uint16_t record, const void* memory,
                               cairn_row* row) {
  const Call& here = call(of);
  if (here.read_only) {
    return CAIRN_READ_ONLY;
  }
  if (record >= here.host->schema_.records.size()) {
    return CAIRN_UNDECLARED;
  }
  const StructInfo& info = *here.host->schema_.records[record];
  if (is_taken(here, record, memory, nullptr)) {
    return CAIRN_TAKEN;
  }
  auto copy = std::make_unique<std::byte[]>(info.memory_size);
  std::memcpy(copy.get(), memory, info.memory_size);
  *row = copy.get();
  const FieldInfo& key = info.fields[info.indexes[0].fields[0]];
  if (key.type->kind == TypeKind::Id && key.type->record == info.name) {
    std::uint64_t id = 0;
    std::memcpy(&id, copy.get() + key.offset, sizeof(id));
    here.state->last_ids[record] = std::max(here.state->last_ids[record], id);
  }
  here.state->tables[record].emplace(*row, ModelRow{.memory = std::move(copy)});
  return step(here);
}

std::int32_t FakeCalls::edit(cairn_call* of, std::uint16_t record, cairn_row row, void** memory) {
  const std::int32_t status = change(call(of), record, row);
  if (status == CAIRN_OK) {
    *memory = living(call(of), record, row)->memory.get();
  }
  return status;
}

std::int32_t FakeCalls::set(cairn_call* of, std::uint16_t record, cairn_row row,
                            std::uint16_t field, const void* memory) {
  if (const std::int32_t status = change(call(of), record, row); status != CAIRN_OK) {
    return status;
  }
  const StructInfo& info = *call(of).host->schema_.records[record];
  if (field >= info.fields.size() || info.fields[field].role == FieldRole::Key ||
      info.fields[field].role == FieldRole::Immutable ||
      info.fields[field].role == FieldRole::State) {
    return CAIRN_UNDECLARED;
  }
  std::string changed(static_cast<const char*>(row), info.memory_size);
  std::memcpy(changed.data() + info.fields[field].offset, memory,
              info.fields[field].type->memory_size);
  if (is_taken(call(of), record, changed.data(), row)) {
    return CAIRN_TAKEN;
  }
  std::memcpy(living(call(of), record, row)->memory.get(), changed.data(), changed.size());
  return CAIRN_OK;
}

std::int32_t FakeCalls::become(cairn_call* of, std::uint16_t record, cairn_row row,
                               std::uint16_t field, std::int64_t state) {
  if (const std::int32_t status = change(call(of), record, row); status != CAIRN_OK) {
    return status;
  }
  const StructInfo& info = *call(of).host->schema_.records[record];
  if (field >= info.fields.size() || info.fields[field].machine == nullptr) {
    return CAIRN_UNDECLARED;
  }
  const FieldInfo& place = info.fields[field];
  std::byte* const memory = living(call(of), record, row)->memory.get() + place.offset;
  std::int64_t from = 0;
  std::memcpy(&from, memory, place.type->width);
  const bool declared = std::ranges::any_of(place.machine->transitions, [&](const Transition& t) {
    return t.from == from && t.to == state;
  });
  if (!declared) {
    return CAIRN_UNDECLARED;
  }
  std::memcpy(memory, &state, place.type->width);
  return CAIRN_OK;
}

std::int32_t FakeCalls::erase(cairn_call* of, std::uint16_t record, cairn_row row) {
  if (const std::int32_t status = change(call(of), record, row); status != CAIRN_OK) {
    return status;
  }
  FakeHost& host = *call(of).host;
  const ModelImage start = host.image(*call(of).state);
  const std::int32_t status = erase_with_sources(call(of), row);
  if (status == CAIRN_LINKED) {
    host.restore(*call(of).state, start);
  }
  return status;
}

std::int32_t FakeCalls::erase_with_sources(const Call& call, cairn_row row) {
  ModelState& state = *call.state;
  const auto& edges = call.host->schema_.edges;
  std::vector<std::pair<std::uint16_t, const void*>> doomed;
  for (const ModelLink& link : state.links) {
    const EdgeInfo& edge = edges[link.edge];
    if ((link.source == row || link.target == row) && edge.on_erase == OnErase::Refuse) {
      return CAIRN_LINKED;
    }
    if (link.target == row && link.source != row && edge.on_erase == OnErase::Cascade) {
      doomed.emplace_back(edge.source, link.source);
    }
  }
  std::erase_if(state.links,
                [&](const ModelLink& link) { return link.source == row || link.target == row; });
  for (auto& table : state.tables) {
    if (const auto found = table.find(row); found != table.end()) {
      found->second.alive = false;
    }
  }
  for (const auto& [table, source] : doomed) {
    const bool lives = living(call, table, source) != nullptr;
    if (const std::int32_t status = lives ? erase_with_sources(call, source) : CAIRN_OK;
        status != CAIRN_OK) {
      return status;
    }
  }
  return CAIRN_OK;
}

std::int32_t FakeCalls::link(cairn_call* of, std::uint16_t edge, cairn_row source,
                             cairn_row target) {
  ModelState& state = *call(of).state;
  if (edge >= call(of).host->schema_.edges.size()) {
    return CAIRN_UNDECLARED;
  }
  const EdgeInfo& info = call(of).host->schema_.edges[edge];
  if (const std::int32_t status = change(call(of), info.source, source); status != CAIRN_OK) {
    return status;
  }
  if (const std::int32_t status = change(call(of), info.target, target); status != CAIRN_OK) {
    return status;
  }
  for (const ModelLink& link : state.links) {
    const bool same_source = link.edge == edge && link.source == source;
    const bool same_target = link.edge == edge && link.target == target;
    if ((same_source && same_target) ||
        (same_source && info.target_cardinality == Cardinality::One) ||
        (same_target && info.source_cardinality == Cardinality::One)) {
      return CAIRN_TAKEN;
    }
  }
  state.links.push_back(
      {.number = ++state.links_made, .edge = edge, .source = source, .target = target});
  return CAIRN_OK;
}

std::int32_t FakeCalls::unlink(cairn_call* of, std::uint16_t edge, cairn_row source,
                               cairn_row target) {
  if (edge >= call(of).host->schema_.edges.size()) {
    return CAIRN_UNDECLARED;
  }
  const EdgeInfo& info = call(of).host->schema_.edges[edge];
  if (const std::int32_t status = change(call(of), info.source, source); status != CAIRN_OK) {
    return status;
  }
  const std::size_t cut = std::erase_if(call(of).state->links, [&](const ModelLink& link) {
    return link.edge == edge && link.source == source && link.target == target;
  });
  return cut == 0 ? CAIRN_ABSENT : CAIRN_OK;
}

// NOLINTNEXTLINE(readability-function-size): the parameters are those of the C table.
std::int32_t FakeCalls::follow(cairn_call* of, std::uint16_t edge, std::uint32_t direction,
                               cairn_row row, cairn_cursor* cursor, cairn_row* next) {
  const ModelState& state = *call(of).state;
  if (edge >= call(of).host->schema_.edges.size()) {
    return CAIRN_UNDECLARED;
  }
  const EdgeInfo& info = call(of).host->schema_.edges[edge];
  if (living(call(of), direction == CAIRN_OUT ? info.source : info.target, row) == nullptr) {
    return CAIRN_STALE;
  }
  // place[0]: the number of the link seen last. place[1]: the links there were at first, plus one.
  if (cursor->place[1] == 0) {
    cursor->place[1] = state.links_made + 1;
  }
  for (const ModelLink& link : state.links) {
    const void* const near = direction == CAIRN_OUT ? link.source : link.target;
    if (link.edge == edge && near == row && link.number > cursor->place[0] &&
        link.number < cursor->place[1]) {
      cursor->place[0] = link.number;
      *next = direction == CAIRN_OUT ? link.target : link.source;
      return step(call(of));
    }
  }
  return CAIRN_ABSENT;
}

std::int32_t FakeCalls::scan(cairn_call* of, const cairn_scan* request, cairn_cursor* cursor,
                             cairn_row* row) {
  FakeHost& host = *call(of).host;
  if (request->record >= host.schema_.records.size() ||
      request->index >= host.schema_.records[request->record]->indexes.size()) {
    return CAIRN_UNDECLARED;
  }
  const bool backward = request->direction == CAIRN_BACKWARD;
  const bool started = cursor->place[0] != 0;
  const std::string last = started ? host.scans_[cursor->place[0] - 1] : std::string();
  std::string best;
  const void* found = nullptr;
  for (const auto& [key, memory] :
       entries(host, *call(of).state, request->record, request->index)) {
    const bool ahead = !started || (backward ? key < last : key > last);
    if (is_inside(*request, key) && ahead && (found == nullptr || backward)) {
      best = key;
      found = memory;
    }
  }
  if (found == nullptr) {
    return CAIRN_ABSENT;
  }
  if (!started) {
    host.scans_.emplace_back();
    cursor->place[0] = host.scans_.size();
  }
  host.scans_[cursor->place[0] - 1] = best;
  *row = found;
  return step(call(of));
}

std::int32_t FakeCalls::count(cairn_call* of, const cairn_scan* request, std::uint64_t* number) {
  const FakeHost& host = *call(of).host;
  if (request->record >= host.schema_.records.size() ||
      request->index >= host.schema_.records[request->record]->indexes.size()) {
    return CAIRN_UNDECLARED;
  }
  *number = 0;
  for (const auto& entry : entries(host, *call(of).state, request->record, request->index)) {
    *number += is_inside(*request, entry.first) ? 1U : 0U;
  }
  return step(call(of));
}

std::int32_t FakeCalls::emit(cairn_call* of, std::uint16_t kind, cairn_bytes event,
                             const cairn_event_place* cause, cairn_event_place* place) {
  FakeHost& host = *call(of).host;
  const bool declared = std::ranges::any_of(
      host.schema_.events, [&](const StructInfo* info) { return info->kind == kind; });
  if (!declared || call(of).read_only) {
    return declared ? CAIRN_READ_ONLY : CAIRN_UNDECLARED;
  }
  *place = {.transaction = host.position_,
            .event = static_cast<std::uint32_t>(host.events_.size()),
            .reserved = 0};
  host.events_.push_back({.kind = kind,
                          .bytes = text_of(event),
                          .has_cause = cause != nullptr,
                          .cause = cause == nullptr ? cairn_event_place{} : *cause});
  return step(call(of));
}

std::int32_t FakeCalls::schedule(cairn_call* of, std::int64_t at, std::uint16_t kind,
                                 cairn_bytes command) {
  if (call(of).read_only) {
    return CAIRN_READ_ONLY;
  }
  call(of).host->timers_.push_back({.at = at, .kind = kind, .bytes = text_of(command)});
  return step(call(of));
}

void FakeCalls::reject(cairn_call* of, std::uint16_t code, cairn_bytes detail) {
  call(of).host->said_.code = code;
  call(of).host->said_.detail = text_of(detail);
}

void FakeCalls::fault(cairn_call* of, std::int32_t status, cairn_bytes text) {
  call(of).host->said_.fault_status = status;
  call(of).host->said_.text = text_of(text);
}

std::int32_t FakeCalls::savepoint(cairn_call* of, std::uint64_t* mark) {
  FakeHost& host = *call(of).host;
  *mark = host.savepoints_.size();
  host.savepoints_.push_back(host.image(*call(of).state));
  return step(call(of));
}

std::int32_t FakeCalls::roll_back(cairn_call* of, std::uint64_t mark) {
  FakeHost& host = *call(of).host;
  if (mark >= host.savepoints_.size()) {
    return CAIRN_STALE;
  }
  host.savepoints_.resize(mark + 1);
  host.restore(*call(of).state, host.savepoints_[mark]);
  return step(call(of));
}

void* FakeCalls::take_memory(cairn_call* of, std::size_t size) {
  FakeHost& host = *call(of).host;
  if (size > host.memory_max - host.memory_used_) {
    return nullptr;
  }
  host.memory_used_ += size;
  host.memory_.push_back(std::make_unique<std::byte[]>(size + 1));
  return host.memory_.back().get();
}

const cairn_host fake_host_table = {
    .size = sizeof(cairn_host),
    .abi_version = CAIRN_ABI_VERSION,
    .now = &FakeCalls::now,
    .position = &FakeCalls::position,
    .random = &FakeCalls::random,
    .new_id = &FakeCalls::new_id,
    .find = &FakeCalls::find,
    .create = &FakeCalls::create,
    .edit = &FakeCalls::edit,
    .set = &FakeCalls::set,
    .become = &FakeCalls::become,
    .erase = &FakeCalls::erase,
    .link = &FakeCalls::link,
    .unlink = &FakeCalls::unlink,
    .follow = &FakeCalls::follow,
    .scan = &FakeCalls::scan,
    .count = &FakeCalls::count,
    .emit = &FakeCalls::emit,
    .schedule = &FakeCalls::schedule,
    .reject = &FakeCalls::reject,
    .fault = &FakeCalls::fault,
    .savepoint = &FakeCalls::savepoint,
    .roll_back = &FakeCalls::roll_back,
    .take_memory = &FakeCalls::take_memory,
};

}  // namespace cairn::test
