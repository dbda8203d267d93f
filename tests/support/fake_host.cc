// SPDX-License-Identifier: Apache-2.0
#include "tests/support/fake_host.h"

#include <algorithm>
#include <cstring>
#include <iterator>

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

/// The links that are in one of the lists only.
std::vector<ModelLink> made_or_cut(const std::vector<ModelLink>& before,
                                   const std::vector<ModelLink>& after) {
  std::vector<ModelLink> changed;
  std::ranges::set_symmetric_difference(before, after, std::back_inserter(changed), {},
                                        &ModelLink::number, &ModelLink::number);
  return changed;
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

const void* FakeHost::find(std::uint16_t record, const std::string& key) const {
  const auto all = FakeCalls::entries(*this, state_, record, 0);
  const auto found = all.find(key);
  return found == all.end() ? nullptr : found->second;
}

ModelResult FakeHost::execute(std::uint16_t kind, std::span<const std::byte> command) {
  ++position_;
  steps_ = 0;
  random_ = position_;
  said_ = {};
  Origin origin = {.copies = {}, .links = state_.links};
  ModelState earlier = copy_of(state_, origin.copies);
  const ModelImage start = image(state_);
  Call before = {.host = this, .state = &earlier, .read_only = true};
  Call during = {.host = this, .state = &state_, .read_only = false};
  const std::int32_t status = domain_.execute(&fake_host_table, FakeCalls::handle(during), kind,
                                              {.data = command.data(), .size = command.size()});
  ModelResult result = said_;
  result.verdict = status == CAIRN_ACCEPTED   ? ModelVerdict::Accepted
                   : status == CAIRN_REJECTED ? ModelVerdict::Rejected
                                              : ModelVerdict::Faulted;
  if (result.verdict == ModelVerdict::Accepted) {
    Call after = {.host = this, .state = &state_, .read_only = true};
    if (std::string broken = broken_rule(before, after, origin); !broken.empty()) {
      result.verdict = ModelVerdict::Faulted;
      result.text = std::move(broken);
    } else if (std::string gate = closed_gate(before, after, kind, command); !gate.empty()) {
      result.verdict = ModelVerdict::Denied;
      result.text = std::move(gate);
    }
  }
  finish(result, start);
  return result;
}

void FakeHost::finish(ModelResult& result, const ModelImage& start) {
  if (result.verdict == ModelVerdict::Accepted) {
    result.events = std::move(events_);
    result.timers = std::move(timers_);
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

std::string FakeHost::broken_rule(Call& before, Call& after, const Origin& origin) {
  if (std::string broken = broken_reference(*after.state); !broken.empty()) {
    return broken;
  }
  if (std::string broken = broken_edge(*after.state); !broken.empty()) {
    return broken;
  }
  for (std::uint16_t i = 0; i < count_of(schema_.invariants); ++i) {
    if (!rule_holds(i, before, after, origin)) {
      return "invariant " + std::string(schema_.invariants[i].name) + " does not hold";
    }
  }
  return {};
}

bool FakeHost::rule_holds(std::uint16_t position, Call& before, Call& after, const Origin& origin) {
  const std::string_view subject = schema_.invariants[position].subject;
  const auto holds = [&](const cairn_change* change) {
    return domain_.invariant(&fake_host_table, FakeCalls::handle(before), FakeCalls::handle(after),
                             position, change) == CAIRN_ACCEPTED;
  };
  if (subject.empty()) {
    return holds(nullptr);
  }
  const std::uint16_t record = record_named(schema_, subject);
  if (record < schema_.records.size()) {
    const std::size_t size = schema_.records[record]->memory_size;
    return std::ranges::all_of(after.state->tables[record], [&](const auto& entry) {
      const auto& [memory, row] = entry;
      const auto old = origin.copies.find(memory);
      const bool is_new = old == origin.copies.end();
      const bool changed =
          is_new ? row.alive : !row.alive || std::memcmp(old->second, memory, size) != 0;
      const cairn_change change = {.before = is_new ? nullptr : old->second,
                                   .after = row.alive ? memory : nullptr};
      return !changed || holds(&change);
    });
  }
  // A row that was erased is still there, as it was last.
  const std::vector<ModelLink> changed = made_or_cut(origin.links, after.state->links);
  return std::ranges::all_of(changed, [&](const ModelLink& link) {
    const cairn_change change = {.before = link.source, .after = link.target};
    return schema_.edges[link.edge].name != subject || holds(&change);
  });
}

std::int32_t FakeHost::ask_guard(std::uint16_t record, const void* row, std::uint16_t field,
                                 const Transition& transition) {
  Call reading = {.host = this, .state = &state_, .read_only = true};
  return domain_.guard(&fake_host_table, FakeCalls::handle(reading), record, row, field,
                       transition.from, transition.to);
}

std::string FakeHost::closed_gate(Call& before, Call& after, std::uint16_t kind,
                                  std::span<const std::byte> command) {
  for (std::uint16_t i = 0; i < count_of(schema_.gates); ++i) {
    if (domain_.gate(&fake_host_table, FakeCalls::handle(before), FakeCalls::handle(after), i, kind,
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
  for (const ModelLink& link : state_.links) {
    const EdgeInfo& edge = schema_.edges[link.edge];
    text += name_of(schema_, edge.source, link.source) + "-" + std::string(edge.name) + "->" +
            name_of(schema_, edge.target, link.target) + "\n";
  }
  return text;
}

}  // namespace cairn::test
