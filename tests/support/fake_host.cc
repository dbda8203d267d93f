// SPDX-License-Identifier: Apache-2.0
#include "tests/support/fake_host.h"

#include <algorithm>
#include <cstring>
#include <utility>

#include "tests/support/fake_calls.h"

namespace cairn::test {

namespace {

/// A number that rows are told apart by in a dump: their key.
std::string name_of(const DomainInfo& schema, std::uint16_t record, const void* row) {
  const StructInfo& info = *schema.records[record];
  return std::string(info.name) + ":" + model_key(info, info.indexes[0].fields, row);
}

std::uint16_t record_named(const DomainInfo& schema, std::string_view name) {
  std::uint16_t i = 0;
  while (i < schema.records.size() && schema.records[i]->name != name) {
    ++i;
  }
  return i;
}

/// How many there are of what a schema numbers with 16 bits.
std::uint16_t count_of(const auto& list) {
  return static_cast<std::uint16_t>(list.size());
}

std::map<const void*, std::string> living_rows(const std::map<const void*, ModelRow>& table,
                                               std::size_t size) {
  std::map<const void*, std::string> rows;
  for (const auto& [memory, row] : table) {
    if (row.alive) {
      rows.emplace(memory, std::string(static_cast<const char*>(memory), size));
    }
  }
  return rows;
}

void restore_rows(std::map<const void*, ModelRow>& table,
                  const std::map<const void*, std::string>& rows) {
  for (auto& [memory, row] : table) {
    const auto saved = rows.find(memory);
    row.alive = saved != rows.end();
    if (row.alive) {
      std::memcpy(row.memory.get(), saved->second.data(), saved->second.size());
    }
  }
}

bool is_linked(const ModelState& state, std::uint16_t edge, const void* row) {
  return std::ranges::any_of(state.links, [&](const ModelLink& link) {
    return link.edge == edge && (link.source == row || link.target == row);
  });
}

bool has_unlinked(const ModelState& state, std::uint16_t record, std::uint16_t edge) {
  return std::ranges::any_of(state.tables[record], [&](const auto& entry) {
    return entry.second.alive && !is_linked(state, edge, entry.first);
  });
}

/// The first Id in the value that no living row has as its key; 0 when there is none.
struct Dangling {
  std::string_view record;
  std::uint64_t id = 0;
  bool found = false;
};

}  // namespace

FakeHost::FakeHost(const cairn_domain& domain)
    : domain_(domain), schema_(*static_cast<const DomainInfo*>(domain.descriptor)) {
  state_.tables.resize(schema_.records.size());
  state_.last_ids.resize(schema_.records.size());
}

ModelImage FakeHost::image(const ModelState& state) const {
  ModelImage image = {.rows = {},
                      .links = state.links,
                      .last_ids = state.last_ids,
                      .events = events_.size(),
                      .timers = timers_.size()};
  for (std::size_t i = 0; i < state.tables.size(); ++i) {
    image.rows.push_back(living_rows(state.tables[i], schema_.records[i]->memory_size));
  }
  return image;
}

void FakeHost::restore(ModelState& state, const ModelImage& image) {
  for (std::size_t i = 0; i < state.tables.size(); ++i) {
    restore_rows(state.tables[i], image.rows[i]);
  }
  state.links = image.links;
  state.last_ids = image.last_ids;
  events_.resize(image.events);
  timers_.resize(image.timers);
}

ModelState FakeHost::copy_of(const ModelState& state,
                             std::map<const void*, const void*>& copies) const {
  ModelState copy = {.tables = std::vector<std::map<const void*, ModelRow>>(state.tables.size()),
                     .links = state.links,
                     .last_ids = state.last_ids,
                     .links_made = state.links_made};
  for (std::size_t i = 0; i < state.tables.size(); ++i) {
    const std::size_t size = schema_.records[i]->memory_size;
    for (const auto& [memory, row] : state.tables[i]) {
      auto bytes = std::make_unique<std::byte[]>(size);
      std::memcpy(bytes.get(), memory, size);
      copies.emplace(memory, bytes.get());
      const void* const place = bytes.get();
      copy.tables[i].emplace(place, ModelRow{.memory = std::move(bytes), .alive = row.alive});
    }
  }
  for (ModelLink& link : copy.links) {
    link.source = copies.at(link.source);
    link.target = copies.at(link.target);
  }
  return copy;
}

std::int32_t FakeHost::ask_guard(std::uint16_t record, const void* row, std::uint16_t field,
                                 const Transition& transition) {
  Call reading = {.host = this, .state = &state_, .read_only = true};
  return domain_.guard(&fake_host_table, FakeCalls::handle(reading), record, row, field,
                       transition.from, transition.to);
}

const void* FakeHost::find(std::uint16_t record, const std::string& key) const {
  const auto all = FakeCalls::entries(*this, state_, record, 0);
  const auto found = all.find(key);
  return found == all.end() ? nullptr : found->second;
}

namespace {

FaultKind fault_of(std::int32_t status) {
  switch (status) {
    case 0:
      return FaultKind::Threw;
    case CAIRN_STALE:
      return FaultKind::Stale;
    case CAIRN_UNDECLARED:
      return FaultKind::Undeclared;
    case CAIRN_MALFORMED:
      return FaultKind::Malformed;
    case CAIRN_READ_ONLY:
      return FaultKind::ReadOnly;
    case CAIRN_LIMIT:
      return FaultKind::OverBudget;
    default:
      return FaultKind::Misused;
  }
}

ModelVerdict verdict_of(std::int32_t status) {
  return status == CAIRN_ACCEPTED   ? ModelVerdict::Accepted
         : status == CAIRN_REJECTED ? ModelVerdict::Rejected
                                    : ModelVerdict::Faulted;
}

}  // namespace

ModelResult FakeHost::execute(std::uint16_t kind, std::span<const std::byte> command,
                              std::uint64_t timer) {
  ++position_;
  steps_ = 0;
  random_ = seed ^ position_;
  said_ = {};
  waiting_.erase(timer);
  std::map<const void*, const void*> copies;
  ModelState earlier = copy_of(state_, copies);
  const ModelImage start = image(state_);
  Call during = {.host = this, .state = &state_, .read_only = false};
  const std::int32_t status = domain_.execute(&fake_host_table, FakeCalls::handle(during), kind,
                                              {.data = command.data(), .size = command.size()});
  ModelResult result = said_;
  result.verdict = verdict_of(status);
  result.fault = fault_of(result.fault_status);
  if (result.verdict == ModelVerdict::Accepted) {
    Judged judged = {.before = {.host = this, .state = &earlier, .read_only = true},
                     .after = {.host = this, .state = &state_, .read_only = true},
                     .copies = &copies,
                     .links = &start.links};
    judge(result, judged, kind, command);
  }
  finish(result, start);
  return result;
}

void FakeHost::judge(ModelResult& result, Judged& judged, std::uint16_t kind,
                     std::span<const std::byte> command) {
  const auto fault = [&](FaultKind as, std::string text) {
    if (text.empty() || result.verdict != ModelVerdict::Accepted) {
      return;
    }
    result.verdict = ModelVerdict::Faulted;
    result.fault = as;
    result.text = std::move(text);
  };
  fault(FaultKind::Reference, broken_reference(*judged.after.state));
  fault(FaultKind::RequiredEnd, broken_edge(*judged.after.state));
  if (result.verdict == ModelVerdict::Accepted) {
    fault(FaultKind::Invariant, broken_invariant(judged));
  }
  if (result.verdict == ModelVerdict::Accepted) {
    result.text = closed_gate(judged, kind, command);
    result.verdict = result.text.empty() ? ModelVerdict::Accepted : ModelVerdict::Denied;
  }
}

void FakeHost::finish(ModelResult& result, const ModelImage& start) {
  if (result.verdict == ModelVerdict::Accepted) {
    result.events = std::move(events_);
    result.timers = std::move(timers_);
    for (const ModelTimer& timer : result.timers) {
      waiting_.emplace(++timers_made_, timer);
    }
  } else {
    restore(state_, start);
  }
  events_.clear();
  timers_.clear();
  savepoints_.clear();
  scans_.clear();
  memory_.clear();
  memory_used_ = 0;
  for (auto& table : state_.tables) {
    std::erase_if(table, [](const auto& entry) { return !entry.second.alive; });
  }
}

namespace {

void look_for_dangling(const TypeInfo& type, const std::byte* memory, Dangling& dangling,
                       const auto& exists) {
  if (type.kind == TypeKind::Id) {
    std::uint64_t id = 0;
    std::memcpy(&id, memory, sizeof(id));
    if (!dangling.found && !exists(type.record, id)) {
      dangling = {.record = type.record, .id = id, .found = true};
    }
  } else if (type.kind == TypeKind::Option) {
    if (memory[type.element->memory_size] != std::byte{0}) {
      look_for_dangling(*type.element, memory, dangling, exists);
    }
  } else if (type.kind == TypeKind::Array) {
    for (std::size_t i = 0; i < type.capacity; ++i) {
      look_for_dangling(*type.element, memory + i * type.element->memory_size, dangling, exists);
    }
  } else if (type.kind == TypeKind::Struct) {
    for (const FieldInfo& field : type.structure->fields) {
      look_for_dangling(*field.type, memory + field.offset, dangling, exists);
    }
  }
}

/// What is wrong with the first field of the row that holds a dangling Id; empty when none does.
std::string broken_field(const StructInfo& record, const void* row, const auto& exists) {
  for (const FieldInfo& field : record.fields) {
    Dangling dangling;
    look_for_dangling(*field.type, static_cast<const std::byte*>(row) + field.offset, dangling,
                      exists);
    if (dangling.found) {
      return std::string(field.name) + " refers to no row of " + std::string(dangling.record);
    }
  }
  return {};
}

std::string broken_row(const StructInfo& record, const std::map<const void*, ModelRow>& table,
                       const auto& exists) {
  for (const auto& [memory, row] : table) {
    std::string broken = row.alive ? broken_field(record, memory, exists) : std::string();
    if (!broken.empty()) {
      return broken;
    }
  }
  return {};
}

}  // namespace

std::string FakeHost::broken_reference(const ModelState& state) const {
  const auto exists = [&](std::string_view record, std::uint64_t id) {
    const std::uint16_t table = record_named(schema_, record);
    std::string key;
    for (unsigned shift = 64; shift != 0; shift -= 8) {
      key.push_back(static_cast<char>(id >> (shift - 8)));
    }
    return FakeCalls::entries(*this, state, table, 0).contains(key);
  };
  for (std::size_t i = 0; i < state.tables.size(); ++i) {
    std::string broken = broken_row(*schema_.records[i], state.tables[i], exists);
    if (!broken.empty()) {
      return broken;
    }
  }
  return {};
}

std::string FakeHost::broken_edge(const ModelState& state) const {
  for (std::uint16_t e = 0; e < count_of(schema_.edges); ++e) {
    const EdgeInfo& edge = schema_.edges[e];
    if ((edge.target_required && has_unlinked(state, edge.source, e)) ||
        (edge.source_required && has_unlinked(state, edge.target, e))) {
      return "a required end of " + std::string(edge.name) + " is open";
    }
  }
  return {};
}

std::string FakeHost::broken_invariant(Judged& judged) {
  for (std::uint16_t i = 0; i < count_of(schema_.invariants); ++i) {
    if (!rule_holds(i, judged)) {
      return "invariant " + std::string(schema_.invariants[i].name) + " does not hold";
    }
  }
  return {};
}

bool FakeHost::rule_holds(std::uint16_t position, Judged& judged) {
  const std::string_view subject = schema_.invariants[position].subject;
  const auto ask = [&](const cairn_change* change) {
    return domain_.invariant(&fake_host_table, FakeCalls::handle(judged.before),
                             FakeCalls::handle(judged.after), position, change) == CAIRN_ACCEPTED;
  };
  const auto holds = [&](const cairn_change& change) { return ask(&change); };
  const std::uint16_t record = record_named(schema_, subject);
  return subject.empty()                   ? ask(nullptr)
         : record < schema_.records.size() ? holds_for_rows(record, judged, holds)
                                           : holds_for_links(subject, judged, holds);
}

/// Of each row that is another one now, or was not there, or is gone.
bool FakeHost::holds_for_rows(std::uint16_t record, Judged& judged,
                              const std::function<bool(const cairn_change&)>& holds) {
  const std::size_t size = schema_.records[record]->memory_size;
  return std::ranges::all_of(judged.after.state->tables[record], [&](const auto& entry) {
    const auto& [memory, row] = entry;
    const auto old = judged.copies->find(memory);
    const bool is_new = old == judged.copies->end();
    const bool changed =
        is_new ? row.alive : !row.alive || std::memcmp(old->second, memory, size) != 0;
    const cairn_change change = {.before = is_new ? nullptr : old->second,
                                 .after = row.alive ? memory : nullptr};
    return !changed || holds(change);
  });
}

/// Of each link that is new, or is gone.
bool FakeHost::holds_for_links(std::string_view edge, Judged& judged,
                               const std::function<bool(const cairn_change&)>& holds) {
  const auto all_hold = [&](const std::vector<ModelLink>& links,
                            const std::vector<ModelLink>& others) {
    return std::ranges::all_of(links, [&](const ModelLink& link) {
      const bool same = std::ranges::find(others, link.number, &ModelLink::number) != others.end();
      return schema_.edges[link.edge].name != edge || same ||
             holds({.before = link.source, .after = link.target});
    });
  };
  return all_hold(judged.after.state->links, *judged.links) &&
         all_hold(*judged.links, judged.after.state->links);
}

std::string FakeHost::closed_gate(Judged& judged, std::uint16_t kind,
                                  std::span<const std::byte> command) {
  for (std::uint16_t i = 0; i < count_of(schema_.gates); ++i) {
    if (domain_.gate(&fake_host_table, FakeCalls::handle(judged.before),
                     FakeCalls::handle(judged.after), i, kind,
                     {.data = command.data(), .size = command.size()}) != CAIRN_ACCEPTED) {
      return std::string(schema_.gates[i].name);
    }
  }
  return {};
}

std::string FakeHost::dump() const {
  std::string text;
  for (std::uint16_t i = 0; i < count_of(state_.tables); ++i) {
    for (const auto& [key, memory] : FakeCalls::entries(*this, state_, i, 0)) {
      text += name_of(schema_, i, memory) + "=";
      text.append(static_cast<const char*>(memory), schema_.records[i]->memory_size);
      text += "\n";
    }
  }
  for (std::uint16_t e = 0; e < count_of(schema_.edges); ++e) {
    const EdgeInfo& edge = schema_.edges[e];
    for (const ModelLink& link : state_.links) {
      if (link.edge == e) {
        text += name_of(schema_, edge.source, link.source) + "-" + std::string(edge.name) + "->" +
                name_of(schema_, edge.target, link.target) + "\n";
      }
    }
  }
  for (std::uint16_t i = 0; i < count_of(state_.tables); ++i) {
    text += "last " + std::to_string(state_.last_ids[i]) + "\n";
  }
  for (const auto& [number, timer] : waiting_) {
    text += "waits " + std::to_string(number) + " " + std::to_string(timer.at) + " " +
            std::to_string(timer.kind) + " " + timer.bytes + "\n";
  }
  return text;
}

}  // namespace cairn::test
