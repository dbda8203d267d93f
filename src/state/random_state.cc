// SPDX-License-Identifier: Apache-2.0
#include "state/random_state.h"

#include <algorithm>
#include <array>
#include <cstring>
#include <string_view>

#include <fmt/core.h>

#include "base/check.h"
#include "schema/key_codec.h"
#include "schema/layout.h"
#include "state/random_state_parts.h"

namespace cairn::state {

namespace {

using schema::Choices;

void put_text(const TypeInfo& type, std::byte* memory, Choices& choices) {
  using namespace std::string_view_literals;
  constexpr std::array texts = {
      ""sv,          "a"sv,        "a\0"sv,        "a\0b"sv,         "ab"sv,
      "abcdefg"sv,   "abcdefgh"sv, "abcdefgh\0"sv, "abcdefghi"sv,    "abcdefghij"sv,
      "b"sv,         "\0"sv,       "\0\0"sv,       "same start 1"sv, "same start 2"sv,
      "same start"sv};
  const std::string_view text = texts[choices.below(texts.size())];
  const auto size =
      static_cast<schema::InPlaceSize>(std::min<std::size_t>(text.size(), type.capacity));
  std::memcpy(memory, &size, sizeof(size));
  std::memcpy(memory + sizeof(size), text.data(), size);
}

void put_number(const TypeInfo& type, std::byte* memory, Choices& choices) {
  const std::uint64_t which = choices.below(10);
  Int128 value = static_cast<Int128>(choices.below(8)) - (type.is_signed ? 4 : 0);
  if (which == 0) {
    value = -1;  // the largest, or minus one
  } else if (which == 1) {
    value = Int128{1} << (8 * type.memory_size - 1);  // the smallest, or half the largest
  } else if (which == 2) {
    value = Int128{1} << (4 * type.memory_size);
  }
  std::memcpy(memory, &value, type.memory_size);
}

/// Junk where no value is: what a careless domain might leave.
void scribble(const TypeInfo& type, std::byte* memory, Choices& choices) {
  if (type.kind == TypeKind::Str || type.kind == TypeKind::Bytes || type.kind == TypeKind::Secret) {
    schema::InPlaceSize size = 0;
    std::memcpy(&size, memory, sizeof(size));
    choices.fill({memory + sizeof(size) + size, type.memory_size - sizeof(size) - size});
  } else if (type.kind == TypeKind::Option && is_nothing(type, memory)) {
    const std::byte flag{0};
    choices.fill({memory, type.memory_size});
    memory[schema::option_flag_offset(type)] = flag;
  } else if (type.kind == TypeKind::Struct) {
    for (const FieldInfo& field : type.structure->fields) {
      scribble(*field.type, memory + field.offset, choices);
    }
  }
}

std::string id_key(std::uint64_t id) {
  std::string key(sizeof(id), '\0');
  for (std::size_t i = 0; i < sizeof(id); ++i) {
    key[sizeof(id) - 1 - i] = static_cast<char>(id >> (8 * i));
  }
  return key;
}

}  // namespace

// NOLINTNEXTLINE(readability-function-cognitive-complexity): one case for each kind of type
void small_value(const TypeInfo& type, std::byte* memory, Choices& choices) {
  std::memset(memory, 0, type.memory_size);
  switch (type.kind) {
    case TypeKind::Bool:
      *memory = static_cast<std::byte>(choices.below(2));
      return;
    case TypeKind::Integer:
    case TypeKind::Timestamp:
    case TypeKind::Duration:
      return put_number(type, memory, choices);
    case TypeKind::Decimal: {
      const auto value = static_cast<Int128>(choices.below(9)) - 4;
      std::memcpy(memory, &value, sizeof(value));
      return;
    }
    case TypeKind::Str:
    case TypeKind::Bytes:
    case TypeKind::Secret:
      return put_text(type, memory, choices);
    case TypeKind::Id: {
      const std::uint64_t id = 1 + choices.below(small_ids);
      std::memcpy(memory, &id, sizeof(id));
      return;
    }
    case TypeKind::Uuid:
    case TypeKind::Digest:
      memory[0] = static_cast<std::byte>(choices.below(3));
      memory[type.memory_size - 1] = static_cast<std::byte>(choices.below(16));
      return;
    case TypeKind::Enum: {
      const auto& values = type.enumeration->values;
      std::memcpy(memory, &values[choices.below(values.size())].value, type.width);
      return;
    }
    case TypeKind::Option:
      if (!choices.one_in(2)) {
        small_value(*type.element, memory, choices);
        memory[schema::option_flag_offset(type)] = std::byte{1};
      }
      return;
    case TypeKind::Array:
      for (std::size_t i = 0; i < type.capacity; ++i) {
        small_value(*type.element, memory + i * type.element->memory_size, choices);
      }
      return;
    case TypeKind::Struct:
      for (const FieldInfo& field : type.structure->fields) {
        small_value(*field.type, memory + field.offset, choices);
      }
      return;
    case TypeKind::Text:
    case TypeKind::Blob:
    case TypeKind::List:
      return;
  }
}

std::string small_row(const StructInfo& record, Choices& choices) {
  std::vector<Int128> memory(record.memory_size / sizeof(Int128) + 1);
  auto* const bytes = reinterpret_cast<std::byte*>(memory.data());
  for (const FieldInfo& field : record.fields) {
    small_value(*field.type, bytes + field.offset, choices);
    if (field.machine != nullptr) {
      std::memcpy(bytes + field.offset, &field.machine->initial, field.type->width);
    }
  }
  return text_of({bytes, record.memory_size});
}

Model::Model(const Plan& plan)
    : tables(plan.records()), links(plan.domain().edges.size()), last_ids(plan.records()) {}

std::string Model::key(const StructInfo& record, std::size_t index, const std::string& memory) {
  schema::KeyBuffer buffer;
  return text_of(schema::encode_key(record, record.indexes[index], bytes_of(memory), buffer));
}

bool Model::is_taken(const Plan& plan, std::uint16_t record, const std::string& memory,
                     const std::string* self) const {
  const StructInfo& info = plan.record(record).info();
  for (std::size_t i = 0; i < info.indexes.size(); ++i) {
    if (!info.indexes[i].is_unique) {
      continue;
    }
    const std::string wanted = key(info, i, memory);
    const auto has_it = [&](const auto& row) {
      return (self == nullptr || row.first != *self) && key(info, i, row.second) == wanted;
    };
    if (std::ranges::any_of(tables[record], has_it)) {
      return true;
    }
  }
  return false;
}

bool Model::erase(const Plan& plan, std::uint16_t record, const std::string& row) {
  if (tables[record].erase(row) == 0) {
    return true;
  }
  std::vector<std::pair<std::uint16_t, std::string>> doomed;
  for (std::size_t edge = 0; edge < links.size(); ++edge) {
    const EdgeInfo& info = plan.domain().edges[edge];
    const auto touches = [&](const Link& link) {
      return (info.source == record && link.source == row) ||
             (info.target == record && link.target == row);
    };
    if (info.on_erase == OnErase::Refuse && std::ranges::any_of(links[edge], touches)) {
      return false;
    }
    const bool dooms = info.target == record && info.on_erase == OnErase::Cascade;
    std::erase_if(links[edge], [&](const Link& link) {
      const bool is_doomed = dooms && link.target == row;
      doomed.insert(doomed.end(), is_doomed ? 1 : 0, {info.source, link.source});
      return touches(link);
    });
  }
  return std::ranges::all_of(
      doomed, [&](const auto& source) { return erase(plan, source.first, source.second); });
}

bool Model::leads(const Plan& plan, std::uint16_t record, const std::string& memory) const {
  bool all = true;
  for (const FieldInfo& field : plan.record(record).info().fields) {
    visit_ids(*field.type, bytes_of(memory) + field.offset,
              [&](std::string_view to, std::uint64_t id) {
                all = all && tables[plan.record_named(to)].contains(id_key(id));
              });
  }
  return all;
}

bool Model::is_linked(std::uint16_t edge, Way way, const std::string& row) const {
  const auto end = way == Way::Out ? &Link::source : &Link::target;
  return std::ranges::find(links[edge], row, end) != links[edge].end();
}

bool Model::is_whole(const Plan& plan) const {
  bool whole = true;
  for (std::uint16_t record = 0; record < count_of(tables); ++record) {
    whole = whole && std::ranges::all_of(tables[record], [&](const auto& row) {
              return leads(plan, record, row.second);
            });
  }
  for (std::uint16_t edge = 0; edge < count_of(links); ++edge) {
    const EdgeInfo& info = plan.domain().edges[edge];
    const auto has_source = [&](const auto& row) { return is_linked(edge, Way::In, row.first); };
    const auto has_target = [&](const auto& row) { return is_linked(edge, Way::Out, row.first); };
    whole = whole &&
            (!info.target_required || std::ranges::all_of(tables[info.source], has_target)) &&
            (!info.source_required || std::ranges::all_of(tables[info.target], has_source));
  }
  return whole;
}

RandomCommand::RandomCommand(Writer& writer, Model& model, Choices& choices, const Mix& mix,
                             Made& made)
    : writer_(writer),
      model_(model),
      plan_(writer.state().plan()),
      choices_(choices),
      mix_(mix),
      made_(made) {}

bool RandomCommand::run(std::size_t operations) {
  constexpr Writer::Limits limits;
  writer_.begin(limits);
  timers_before_ = model_.last_timer;
  for (std::size_t i = 0; i < operations; ++i) {
    if (!operation()) {
      return false;
    }
  }
  return choices_.one_in(mix_.whole) || careless_ || make_whole();
}

/// Takes open ends and erases rows that refer to none, until nothing is broken or it goes on too
/// long.
bool RandomCommand::make_whole() {
  for (int round = 0; round < 6 && !model_.is_whole(plan_); ++round) {
    if (!take_ends() || !erase_lost()) {
      return false;
    }
  }
  return true;
}

bool RandomCommand::take_ends() {
  for (std::uint16_t edge = 0; edge < count_of(model_.links); ++edge) {
    const EdgeInfo& info = plan_.domain().edges[edge];
    if ((info.target_required && !take_ends_of(edge, Way::Out)) ||
        (info.source_required && !take_ends_of(edge, Way::In))) {
      return false;
    }
  }
  return true;
}

bool RandomCommand::take_ends_of(std::uint16_t edge, Way way) {
  const EdgeInfo& info = plan_.domain().edges[edge];
  const Model::Table rows = model_.tables[way == Way::Out ? info.source : info.target];
  return std::ranges::all_of(rows, [&](const auto& row) {
    return model_.is_linked(edge, way, row.first) || take_end(edge, way, row.first);
  });
}

/// Links the row with some other, or erases it when there is none.
bool RandomCommand::take_end(std::uint16_t edge, Way way, const std::string& row) {
  const EdgeInfo& info = plan_.domain().edges[edge];
  const auto other = some_row(way == Way::Out ? info.target : info.source);
  if (!other) {
    return erase(way == Way::Out ? info.source : info.target, row);
  }
  return way == Way::Out ? link(edge, row, other->key) : link(edge, other->key, row);
}

bool RandomCommand::erase_lost() {
  for (std::uint16_t record = 0; record < count_of(model_.tables); ++record) {
    const Model::Table rows = model_.tables[record];
    const bool done = std::ranges::all_of(rows, [&](const auto& row) {
      return model_.leads(plan_, record, row.second) || erase(record, row.first);
    });
    if (!done) {
      return false;
    }
  }
  return true;
}

/// Makes the Ids of a value those of rows, where there are any.
void RandomCommand::lead_somewhere(const TypeInfo& type, std::byte* memory) {
  if (type.kind == TypeKind::Id) {
    const Model::Table& table = model_.tables[plan_.record_named(type.record)];
    if (!table.empty() && !choices_.one_in(30)) {
      const auto& some =
          *std::next(table.begin(), static_cast<std::ptrdiff_t>(choices_.below(table.size())));
      const std::string id(some.first.rbegin(), some.first.rend());
      std::memcpy(memory, id.data(), id.size());
    }
  } else if (type.kind == TypeKind::Option) {
    if (!is_nothing(type, memory)) {
      lead_somewhere(*type.element, memory);
    }
  } else if (type.kind == TypeKind::Array) {
    for (std::size_t i = 0; i < type.capacity; ++i) {
      lead_somewhere(*type.element, memory + i * type.element->memory_size);
    }
  } else if (type.kind == TypeKind::Struct) {
    for (const FieldInfo& field : type.structure->fields) {
      lead_somewhere(*field.type, memory + field.offset);
    }
  }
}

bool RandomCommand::operation() {
  using Step = bool (RandomCommand::*)();
  const std::array<std::pair<std::uint32_t, Step>, 11> steps = {{
      {mix_.create, &RandomCommand::create},
      {mix_.edit, &RandomCommand::edit},
      {mix_.set, &RandomCommand::set},
      {mix_.become, &RandomCommand::become},
      {mix_.erase, &RandomCommand::erase},
      {mix_.link, &RandomCommand::link},
      {mix_.unlink, &RandomCommand::unlink},
      {mix_.number, &RandomCommand::new_id},
      {mix_.timer, &RandomCommand::timer},
      {mix_.mark, &RandomCommand::mark},
      {mix_.roll_back, &RandomCommand::roll_back},
  }};
  std::uint32_t total = mix_.careless;
  for (const auto& [weight, step] : steps) {
    total += weight;
  }
  std::uint64_t choice = choices_.below(total);
  for (const auto& [weight, step] : steps) {
    if (choice < weight) {
      return (this->*step)();
    }
    choice -= weight;
  }
  be_careless();
  return true;
}

bool RandomCommand::same(std::int32_t status, std::int32_t expected, const char* what) {
  if (status == expected || careless_) {
    return true;
  }
  difference_ = fmt::format("{}: status {} instead of {}", what, status, expected);
  return false;
}

std::uint16_t RandomCommand::some_record() {
  return static_cast<std::uint16_t>(choices_.below(plan_.records()));
}

Row RandomCommand::find(std::uint16_t record, const std::string& key) {
  const Row row = writer_.state().rows(record).find(0, span_of(key));
  return writer_.is_row(record, row) ? row : nullptr;
}

std::optional<RandomCommand::Picked> RandomCommand::some_row(std::uint16_t record) {
  const Model::Table& table = model_.tables[record];
  if (table.empty()) {
    return std::nullopt;
  }
  const auto& entry =
      *std::next(table.begin(), static_cast<std::ptrdiff_t>(choices_.below(table.size())));
  const Row row = find(record, entry.first);
  if (row == nullptr) {
    if (!careless_) {
      difference_ = "a row is not found";
    }
    return std::nullopt;
  }
  return Picked{.record = record, .key = entry.first, .row = row};
}

bool RandomCommand::create() {
  ++made_.rows;
  const std::uint16_t record = some_record();
  const StructInfo& info = plan_.record(record).info();
  std::string memory = small_row(info, choices_);
  const RecordPlan& plan = plan_.record(record);
  for (const FieldPlan& field : plan.fields()) {
    if (field.has_references) {
      lead_somewhere(*field.info->type, reinterpret_cast<std::byte*>(memory.data()) + field.offset);
    }
  }
  if (plan.is_numbered() && choices_.one_in(2)) {
    std::uint64_t id = 0;
    const std::int32_t status = writer_.new_id(record, id);
    if (!same(status, CAIRN_OK, "new_id") || (id != ++model_.last_ids[record] && !careless_)) {
      return false;
    }
    std::memcpy(memory.data() + plan.fields()[info.indexes[0].fields[0]].offset, &id, sizeof(id));
  }
  if (model_.tables[record].size() >= mix_.rows) {
    return true;
  }
  const bool is_taken = model_.is_taken(plan_, record, memory, nullptr);
  std::string given = memory;
  if (choices_.one_in(4)) {
    for (const FieldInfo& field : info.fields) {
      scribble(*field.type, reinterpret_cast<std::byte*>(given.data()) + field.offset, choices_);
    }
  }
  Row row = nullptr;
  if (!same(writer_.create(record, bytes_of(given), row), is_taken ? CAIRN_TAKEN : CAIRN_OK,
            "create")) {
    return false;
  }
  if (!is_taken) {
    const std::string key = Model::key(info, 0, memory);
    model_.tables[record][key] = memory;
    if (plan.is_numbered()) {
      model_.last_ids[record] = std::max(model_.last_ids[record], plan.number_of(bytes_of(memory)));
    }
  }
  return true;
}

bool RandomCommand::edit() {
  ++made_.fields;
  const auto row = some_row(some_record());
  if (!row) {
    return difference_.empty();
  }
  const RecordPlan& plan = plan_.record(row->record);
  const FieldPlan& field = plan.fields()[choices_.below(plan.fields().size())];
  // What was edited once may be written to until the command ends.
  const bool was_edited = std::ranges::any_of(writer_.changes(), [&](const Change& change) {
    return change.kind == Change::Kind::Changed && change.row == row->row && change.node != 0;
  });
  if (!was_edited || choices_.one_in(2)) {
    if (!same(writer_.edit(row->record, row->row), CAIRN_OK, "edit")) {
      return false;
    }
  }
  if (field.is_managed) {
    return true;
  }
  std::byte* const place = row->row + field.offset;
  small_value(*field.info->type, place, choices_);
  lead_somewhere(*field.info->type, place);
  std::memcpy(memory_of(*row).data() + field.offset, place, field.size);
  if (choices_.one_in(4)) {
    scribble(*field.info->type, place, choices_);
  }
  return true;
}

bool RandomCommand::set() {
  ++made_.fields;
  const auto row = some_row(some_record());
  if (!row) {
    return difference_.empty();
  }
  const RecordPlan& plan = plan_.record(row->record);
  const auto position = static_cast<std::uint16_t>(choices_.below(plan.fields().size()));
  const FieldPlan& field = plan.fields()[position];
  std::vector<Int128> value(field.size / sizeof(Int128) + 1);
  auto* const memory = reinterpret_cast<std::byte*>(value.data());
  small_value(*field.info->type, memory, choices_);
  lead_somewhere(*field.info->type, memory);
  std::string changed = memory_of(*row);
  std::memcpy(changed.data() + field.offset, memory, field.size);
  const bool is_declared = !field.is_fixed && field.info->machine == nullptr;
  const bool is_taken = is_declared && model_.is_taken(plan_, row->record, changed, &row->key);
  if (choices_.one_in(4)) {
    scribble(*field.info->type, memory, choices_);
  }
  const std::int32_t expected = !is_declared ? CAIRN_UNDECLARED : is_taken ? CAIRN_TAKEN : CAIRN_OK;
  if (!same(writer_.set(row->record, row->row, position, memory), expected, "set")) {
    return false;
  }
  if (expected == CAIRN_OK) {
    memory_of(*row) = changed;
  }
  return true;
}

bool RandomCommand::become() {
  ++made_.fields;
  const auto row = some_row(some_record());
  if (!row) {
    return difference_.empty();
  }
  const RecordPlan& plan = plan_.record(row->record);
  for (std::uint16_t i = 0; i < count_of(plan.fields()); ++i) {
    const FieldInfo& field = *plan.fields()[i].info;
    if (field.machine == nullptr || !choices_.one_in(2)) {
      continue;
    }
    const auto& values = field.type->enumeration->values;
    const std::int64_t to = values[choices_.below(values.size())].value;
    std::string& memory = memory_of(*row);
    const std::int64_t from = schema::load_integer(bytes_of(memory) + field.offset,
                                                   field.type->width, field.type->is_signed);
    const bool is_declared =
        std::ranges::any_of(field.machine->transitions, [&](const Transition& transition) {
          return transition.from == from && transition.to == to;
        });
    if (!same(writer_.become(row->record, row->row, i, to),
              is_declared ? CAIRN_OK : CAIRN_UNDECLARED, "become")) {
      return false;
    }
    if (is_declared) {
      std::memcpy(memory.data() + field.offset, &to, field.type->width);
    }
  }
  return true;
}

bool RandomCommand::erase() {
  ++made_.rows;
  const auto row = some_row(some_record());
  return row ? erase(row->record, row->key) : difference_.empty();
}

bool RandomCommand::erase(std::uint16_t record, const std::string& key) {
  const Row row = find(record, key);
  if (row == nullptr) {
    return careless_ || !model_.tables[record].contains(key);
  }
  Model after = model_;
  const bool erased = after.erase(plan_, record, key);
  if (!same(writer_.erase(record, row), erased ? CAIRN_OK : CAIRN_LINKED, "erase")) {
    return false;
  }
  if (erased) {
    model_ = std::move(after);
    return careless_ || !writer_.is_row(record, row);
  }
  return true;
}

bool RandomCommand::link() {
  ++made_.links;
  if (model_.links.empty()) {
    return true;
  }
  const auto edge = static_cast<std::uint16_t>(choices_.below(model_.links.size()));
  const EdgeInfo& info = plan_.domain().edges[edge];
  const auto source = some_row(info.source);
  const auto target = some_row(info.target);
  return source && target ? link(edge, source->key, target->key) : difference_.empty();
}

bool RandomCommand::link(std::uint16_t edge, const std::string& source, const std::string& target) {
  const EdgeInfo& info = plan_.domain().edges[edge];
  const Row from = find(info.source, source);
  const Row to = find(info.target, target);
  if (from == nullptr || to == nullptr) {
    return careless_;
  }
  const bool is_taken = std::ranges::any_of(model_.links[edge], [&](const Model::Link& link) {
    const bool same_source = link.source == source;
    const bool same_target = link.target == target;
    return (same_source && same_target) ||
           (same_source && info.target_cardinality == Cardinality::One) ||
           (same_target && info.source_cardinality == Cardinality::One);
  });
  if (!same(writer_.link(edge, from, to), is_taken ? CAIRN_TAKEN : CAIRN_OK, "link")) {
    return false;
  }
  if (!is_taken) {
    model_.links[edge].push_back({.source = source, .target = target});
  }
  return true;
}

bool RandomCommand::unlink() {
  ++made_.links;
  if (model_.links.empty()) {
    return true;
  }
  const auto edge = static_cast<std::uint16_t>(choices_.below(model_.links.size()));
  std::vector<Model::Link>& links = model_.links[edge];
  const EdgeInfo& info = plan_.domain().edges[edge];
  auto source = some_row(info.source);
  auto target = some_row(info.target);
  if (!source || !target) {
    return difference_.empty();
  }
  if (!links.empty() && !choices_.one_in(4)) {
    const Model::Link& some = links[choices_.below(links.size())];
    source->key = some.source;
    source->row = find(info.source, some.source);
    target->key = some.target;
    target->row = find(info.target, some.target);
    if (source->row == nullptr || target->row == nullptr) {
      return careless_;
    }
  }
  const auto gone =
      std::ranges::find(links, Model::Link{.source = source->key, .target = target->key});
  if (!same(writer_.unlink(edge, source->row, target->row),
            gone == links.end() ? CAIRN_ABSENT : CAIRN_OK, "unlink")) {
    return false;
  }
  if (gone != links.end()) {
    links.erase(gone);
    if (choices_.one_in(4)) {  // at once again: it becomes the newest
      model_.links[edge].push_back({.source = source->key, .target = target->key});
      return same(writer_.link(edge, source->row, target->row), CAIRN_OK, "link again");
    }
  }
  return true;
}

bool RandomCommand::new_id() {
  ++made_.numbers;
  const std::uint16_t record = some_record();
  std::uint64_t id = 0;
  if (!plan_.record(record).is_numbered()) {
    return same(writer_.new_id(record, id), CAIRN_UNDECLARED, "new_id");
  }
  return same(writer_.new_id(record, id), CAIRN_OK, "new_id") &&
         (id == ++model_.last_ids[record] || careless_);
}

bool RandomCommand::timer() {
  ++made_.timers;
  if (!model_.timers.empty() && (model_.timers.size() > mix_.rows || choices_.one_in(2))) {
    const auto gone = std::next(model_.timers.begin(),
                                static_cast<std::ptrdiff_t>(choices_.below(model_.timers.size())));
    if (writer_.waits(gone->first) != (gone->first <= timers_before_)) {
      difference_ = "waits";
      return false;
    }
    if (writer_.waits(gone->first)) {
      writer_.fire(gone->first);
      model_.timers.erase(gone);
    }
    return true;
  }
  if (plan_.domain().commands.empty()) {
    return true;
  }
  const StructInfo& command =
      *plan_.domain().commands[choices_.below(plan_.domain().commands.size())];
  const Model::Waiting waiting = {
      .at = static_cast<std::int64_t>(choices_.below(5)) - 2,
      .kind = command.kind,
      .command = std::string(choices_.below(command.encoded_size_max + 1U) % 4, 'c')};
  model_.timers[++model_.last_timer] = waiting;
  const auto bytes = span_of(waiting.command);
  return same(
      writer_.schedule(
          {.at = waiting.at, .kind = waiting.kind, .command = {bytes.begin(), bytes.end()}}),
      CAIRN_OK, "schedule");
}

bool RandomCommand::mark() {
  ++made_.marks;
  marks_.emplace_back(writer_.mark(), model_);
  return true;
}

bool RandomCommand::roll_back() {
  if (marks_.empty()) {
    return true;
  }
  ++made_.marks;
  const std::size_t which = choices_.below(marks_.size());
  marks_.erase(marks_.begin() + static_cast<std::ptrdiff_t>(which) + 1, marks_.end());
  writer_.roll_back(marks_.back().first);
  model_ = marks_.back().second;
  return true;
}

/// Writes to a managed field as if it were a plain one. Once in a command, so that nothing puts it
/// right again.
void RandomCommand::be_careless() {
  const auto row = careless_ ? std::nullopt : some_row(some_record());
  if (!row) {
    return;
  }
  const RecordPlan& plan = plan_.record(row->record);
  const FieldPlan& field = plan.fields()[plan.managed()[choices_.below(plan.managed().size())]];
  static_cast<void>(writer_.edit(row->record, row->row));
  const std::string before = text_of({row->row + field.offset, field.size});
  small_value(*field.info->type, row->row + field.offset, choices_);
  if (choices_.one_in(3)) {
    choices_.fill({row->row + field.offset, field.size});
  }
  careless_ = text_of({row->row + field.offset, field.size}) != before;
  made_.careless += careless_ ? 1U : 0U;
}

}  // namespace cairn::state
