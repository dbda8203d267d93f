// SPDX-License-Identifier: Apache-2.0
#include <algorithm>
#include <optional>
#include <set>
#include <string>
#include <utility>
#include <vector>

#include <fmt/format.h>

#include "base/check.h"
#include "cairn/limits.h"
#include "schema/builder.h"
#include "schema/idl.h"
#include "schema/idl_words.h"
#include "schema/json_reader.h"
#include "schema/names.h"
#include "schema/type_text.h"

namespace cairn::schema {

namespace {

constexpr MemberRule root_rules[] = {
    {"idl"},     {"name"},    {"version"},   {"fingerprint", false}, {"enums"},
    {"structs"}, {"records"}, {"edges"},     {"commands"},           {"events"},
    {"rejects"}, {"gates"},   {"invariants"}};
constexpr MemberRule enum_rules[] = {{"name"}, {"type"}, {"values"}};
constexpr MemberRule enum_value_rules[] = {{"name"}, {"value"}};
constexpr MemberRule field_rules[] = {{"name"}, {"type"}, {"role", false}, {"machine", false}};
constexpr MemberRule nested_rules[] = {{"name"}, {"fields"}};
constexpr MemberRule record_rules[] = {{"name"}, {"kind"}, {"version"}, {"fields"}, {"indexes"}};
constexpr MemberRule command_rules[] = {{"name"}, {"kind"}, {"version"}, {"fields"}};
constexpr MemberRule event_rules[] = {{"name"}, {"kind"}, {"version"}, {"fields"}, {"about"}};
constexpr MemberRule index_rules[] = {{"name"}, {"unique"}, {"fields"}};
constexpr MemberRule machine_rules[] = {{"initial"}, {"transitions"}};
constexpr MemberRule transition_rules[] = {{"from"}, {"to"}, {"guarded"}};
constexpr MemberRule edge_rules[] = {{"name"}, {"inverse"}, {"source"}, {"target"}, {"on_erase"}};
constexpr MemberRule end_rules[] = {{"record"}, {"cardinality"}, {"required"}};
constexpr MemberRule reject_rules[] = {{"name"}, {"code"}, {"detail", false}};
constexpr MemberRule rule_rules[] = {{"name"}, {"subject", false}};

constexpr std::uint64_t u16_max = 0xffff;
constexpr std::uint64_t u32_max = 0xffff'ffff;

/// Reads one element of a list into a T.
template <typename T, typename Read>
Result<std::vector<T>> read_list(JsonElement element, const Path& at, Read read) {
  CAIRN_TRY(const simdjson::dom::array array, json_array(element, at));
  std::vector<T> items;
  for (const JsonElement item : array) {
    const Path place = at.item(items.size());
    CAIRN_TRY(T made, read(item, place));
    items.push_back(std::move(made));
  }
  return items;
}

template <typename Words>
auto read_word(JsonElement element, const Words& words, const Path& at)
    -> Result<typename decltype(words.value(""))::value_type> {
  CAIRN_TRY(const std::string_view text, json_string(element, at));
  const auto value = words.value(text);
  if (!value) {
    return at.fail(Errc::InvalidArgument,
                   fmt::format("{} is not one of {}", quoted(text), fmt::join(words.words, ", ")));
  }
  return *value;
}

/// Reads one document. Structs refer to one another by name, in any order: each is read when it is
/// first needed.
class Reader final : public TypeNames {
 public:
  Reader(Store& store, JsonElement root) noexcept : builder_(store), root_(root) {}

  Result<IdlContent> read() {
    CAIRN_TRY(check_version());
    CAIRN_TRY(const Members members, Members::read(root_, root_rules, root_path_));
    CAIRN_TRY(read_head(members));
    CAIRN_TRY(collect_record_names(members["records"]));
    CAIRN_TRY(read_enums(members["enums"]));
    CAIRN_TRY(read_nested(members["structs"]));
    CAIRN_TRY(content_.description.domain.records,
              read_structs(members["records"], StructRole::Record, root_path_.member("records")));
    CAIRN_TRY(
        content_.description.domain.commands,
        read_structs(members["commands"], StructRole::Command, root_path_.member("commands")));
    CAIRN_TRY(content_.description.domain.events,
              read_structs(members["events"], StructRole::Event, root_path_.member("events")));
    CAIRN_TRY(read_rest(members));
    CAIRN_TRY(check_all_used());
    return std::move(content_);
  }

  Result<const StructInfo*> find_struct(std::string_view name) override {
    const auto found = std::ranges::lower_bound(nested_, name, {}, &Nested::name);
    if (found == nested_.end() || found->name != name) {
      return nullptr;
    }
    found->used = true;
    return build_nested(static_cast<std::size_t>(found - nested_.begin()));
  }

  Result<const EnumInfo*> find_enum(std::string_view name) override {
    const auto& enums = content_.description.enums;
    const auto found = std::ranges::lower_bound(enums, name, {}, &EnumInfo::name);
    if (found == enums.end() || (*found)->name != name) {
      return nullptr;
    }
    used_enums_.insert(name);
    return *found;
  }

  [[nodiscard]] bool has_record(std::string_view name) const override {
    return std::ranges::find(record_names_, name) != record_names_.end();
  }

 private:
  struct Nested {
    std::string_view name;
    JsonElement element;
    const StructInfo* made = nullptr;
    bool in_progress = false;
    bool used = false;
  };

  /// First of all, since another version may look different in every other way.
  Result<> check_version() const {
    CAIRN_TRY(const simdjson::dom::object object, json_object(root_, root_path_));
    JsonElement element;
    if (object["idl"].get(element) != simdjson::SUCCESS) {
      return root_path_.fail(Errc::NotFound, "the member \"idl\" is missing, so this is no IDL");
    }
    CAIRN_TRY(const std::uint64_t version,
              json_unsigned(element, u32_max, root_path_.member("idl")));
    if (version != idl_version) {
      return root_path_.member("idl").fail(
          Errc::Unsupported,
          fmt::format("the file is IDL version {}; this program reads version {}", version,
                      idl_version));
    }
    return {};
  }

  Result<> read_head(const Members& members) {
    DomainInfo& domain = content_.description.domain;
    CAIRN_TRY(const std::string_view name, json_string(members["name"], root_path_.member("name")));
    domain.name = builder_.store().text(name);
    CAIRN_TRY(const std::uint64_t version,
              json_unsigned(members["version"], u32_max, root_path_.member("version")));
    domain.version = static_cast<std::uint32_t>(version);
    const JsonElement* const fingerprint = members.find("fingerprint");
    return fingerprint == nullptr ? Result<>() : read_fingerprint(*fingerprint);
  }

  Result<> read_fingerprint(JsonElement element) {
    const Path at = root_path_.member("fingerprint");
    CAIRN_TRY(const std::string_view text, json_string(element, at));
    const auto digest = Digest::parse(text);
    if (!digest) {
      return at.fail(Errc::InvalidArgument, fmt::format("{} is not a digest", quoted(text)));
    }
    content_.claimed = *digest;
    return {};
  }

  Result<> collect_record_names(JsonElement element) {
    const Path at = root_path_.member("records");
    CAIRN_TRY(record_names_,
              read_list<std::string_view>(
                  element, at, [](JsonElement item, const Path& place) -> Result<std::string_view> {
                    CAIRN_TRY(const Members members, Members::read(item, record_rules, place));
                    return json_string(members["name"], place.member("name"));
                  }));
    return {};
  }

  Result<> read_enums(JsonElement element) {
    const Path at = root_path_.member("enums");
    CAIRN_TRY(content_.description.enums,
              read_list<const EnumInfo*>(element, at, [this](JsonElement item, const Path& place) {
                return read_enum(item, place);
              }));
    return check_order(content_.description.enums, at);
  }

  Result<const EnumInfo*> read_enum(JsonElement element, const Path& at) {
    CAIRN_TRY(const Members members, Members::read(element, enum_rules, at));
    CAIRN_TRY(const std::string_view name, json_string(members["name"], at.member("name")));
    CAIRN_TRY(const std::string_view type_text, json_string(members["type"], at.member("type")));
    CAIRN_TRY(const TypeInfo* const stored,
              parse_type(type_text, builder_, *this, at.member("type")));
    if (stored->kind != TypeKind::Integer || stored->width > 8) {
      return at.member("type").fail(Errc::InvalidArgument,
                                    "an enum is stored as an integer of at most 64 bits");
    }
    const auto read_value = [this](JsonElement item, const Path& place) -> Result<EnumValue> {
      CAIRN_TRY(const Members value, Members::read(item, enum_value_rules, place));
      CAIRN_TRY(const std::string_view value_name,
                json_string(value["name"], place.member("name")));
      CAIRN_TRY(const std::int64_t number, json_signed(value["value"], place.member("value")));
      return EnumValue{.name = builder_.store().text(value_name), .value = number};
    };
    CAIRN_TRY(const std::vector<EnumValue> values,
              read_list<EnumValue>(members["values"], at.member("values"), read_value));
    return builder_.store().make(EnumInfo{.name = builder_.store().text(name),
                                          .width = stored->width,
                                          .is_signed = stored->is_signed,
                                          .values = builder_.store().list(values)});
  }

  /// Enums and structs stand in one order, so that the places that errors name are those of the
  /// file.
  template <typename T>
  static Result<> check_order(const std::vector<const T*>& declarations, const Path& at) {
    for (std::size_t i = 1; i < declarations.size(); ++i) {
      if (declarations[i]->name <= declarations[i - 1]->name) {
        return at.item(i).member("name").fail(
            Errc::InvalidArgument,
            fmt::format("{} does not come after {}", quoted(declarations[i]->name),
                        quoted(declarations[i - 1]->name)));
      }
    }
    return {};
  }

  Result<> read_nested(JsonElement element) {
    const Path at = root_path_.member("structs");
    const auto name_of = [](JsonElement item, const Path& place) -> Result<Nested> {
      CAIRN_TRY(const Members members, Members::read(item, nested_rules, place));
      CAIRN_TRY(const std::string_view name, json_string(members["name"], place.member("name")));
      return Nested{.name = name, .element = item};
    };
    CAIRN_TRY(nested_, read_list<Nested>(element, at, name_of));
    for (std::size_t i = 1; i < nested_.size(); ++i) {
      if (nested_[i].name <= nested_[i - 1].name) {
        return at.item(i).member("name").fail(
            Errc::InvalidArgument, fmt::format("{} does not come after {}", quoted(nested_[i].name),
                                               quoted(nested_[i - 1].name)));
      }
    }
    for (std::size_t i = 0; i < nested_.size(); ++i) {
      CAIRN_TRY(const StructInfo* const made, build_nested(i));
      content_.description.structs.push_back(made);
    }
    return {};
  }

  Result<const StructInfo*> build_nested(std::size_t index) {
    Nested& nested = nested_[index];
    if (nested.made != nullptr) {
      return nested.made;
    }
    const Path at = root_path_.member("structs");
    if (nested.in_progress || open_structs_ > limits::type_depth_max) {
      return at.item(index).fail(
          nested.in_progress ? Errc::InvalidArgument : Errc::TooLarge,
          nested.in_progress
              ? fmt::format("{} contains itself", quoted(nested.name))
              : fmt::format("structs are nested deeper than {}", limits::type_depth_max));
    }
    nested.in_progress = true;
    ++open_structs_;
    CAIRN_TRY(nested.made, read_struct(nested.element, StructRole::Nested, at.item(index)));
    --open_structs_;
    nested.in_progress = false;
    return nested.made;
  }

  Result<std::span<const StructInfo* const>> read_structs(JsonElement element, StructRole role,
                                                          const Path& at) {
    CAIRN_TRY(const std::vector<const StructInfo*> structs,
              read_list<const StructInfo*>(element, at, [&](JsonElement item, const Path& place) {
                return read_struct(item, role, place);
              }));
    return builder_.store().list(structs);
  }

  static std::span<const MemberRule> rules_of(StructRole role) noexcept {
    switch (role) {
      case StructRole::Nested:
        return nested_rules;
      case StructRole::Record:
        return record_rules;
      case StructRole::Command:
        return command_rules;
      case StructRole::Event:
        return event_rules;
    }
    return {};
  }

  Result<const StructInfo*> read_struct(JsonElement element, StructRole role, const Path& at) {
    CAIRN_TRY(const Members members, Members::read(element, rules_of(role), at));
    StructInfo raw;
    raw.role = role;
    CAIRN_TRY(raw.name, json_string(members["name"], at.member("name")));
    CAIRN_TRY(const std::vector<FieldInfo> fields,
              read_list<FieldInfo>(
                  members["fields"], at.member("fields"),
                  [this](JsonElement item, const Path& place) { return read_field(item, place); }));
    if (role != StructRole::Nested) {
      CAIRN_TRY(const std::uint64_t kind,
                json_unsigned(members["kind"], u16_max, at.member("kind")));
      CAIRN_TRY(const std::uint64_t version,
                json_unsigned(members["version"], u16_max, at.member("version")));
      raw.kind = static_cast<std::uint16_t>(kind);
      raw.version = static_cast<std::uint16_t>(version);
    }
    if (role == StructRole::Event) {
      CAIRN_TRY(raw.about, read_positions(members["about"], fields, at.member("about")));
    }
    if (role == StructRole::Record) {
      CAIRN_TRY(raw.indexes, read_indexes(members["indexes"], fields, at.member("indexes")));
    }
    return builder_.add_struct(raw, fields, at);
  }

  Result<FieldInfo> read_field(JsonElement element, const Path& at) {
    CAIRN_TRY(const Members members, Members::read(element, field_rules, at));
    FieldInfo field;
    CAIRN_TRY(field.name, json_string(members["name"], at.member("name")));
    CAIRN_TRY(const std::string_view text, json_string(members["type"], at.member("type")));
    CAIRN_TRY(field.type, parse_type(text, builder_, *this, at.member("type")));
    if (const JsonElement* const role = members.find("role")) {
      CAIRN_TRY(field.role, read_word(*role, role_words, at.member("role")));
    }
    if (const JsonElement* const machine = members.find("machine")) {
      CAIRN_TRY(field.machine, read_machine(*machine, *field.type, at.member("machine")));
    }
    return field;
  }

  Result<const MachineInfo*> read_machine(JsonElement element, const TypeInfo& type,
                                          const Path& at) {
    CAIRN_TRY(const Members members, Members::read(element, machine_rules, at));
    if (type.kind != TypeKind::Enum) {
      return at.fail(Errc::InvalidArgument, "only an enum can have a machine");
    }
    MachineInfo machine;
    CAIRN_TRY(machine.initial,
              read_state(members["initial"], *type.enumeration, at.member("initial")));
    const auto read_step = [&](JsonElement item, const Path& place) -> Result<Transition> {
      CAIRN_TRY(const Members step, Members::read(item, transition_rules, place));
      CAIRN_TRY(const std::int64_t from,
                read_state(step["from"], *type.enumeration, place.member("from")));
      CAIRN_TRY(const std::int64_t to,
                read_state(step["to"], *type.enumeration, place.member("to")));
      CAIRN_TRY(const bool guarded, json_bool(step["guarded"], place.member("guarded")));
      return Transition{.from = from, .to = to, .guarded = guarded};
    };
    CAIRN_TRY(const std::vector<Transition> steps,
              read_list<Transition>(members["transitions"], at.member("transitions"), read_step));
    machine.transitions = builder_.store().list(steps);
    return builder_.store().make(machine);
  }

  static Result<std::int64_t> read_state(JsonElement element, const EnumInfo& states,
                                         const Path& at) {
    CAIRN_TRY(const std::string_view name, json_string(element, at));
    const auto found = std::ranges::find(states.values, name, &EnumValue::name);
    if (found == states.values.end()) {
      return at.fail(Errc::NotFound, fmt::format("{} has no value {}", states.name, quoted(name)));
    }
    return found->value;
  }

  Result<std::span<const std::uint16_t>> read_positions(JsonElement element,
                                                        const std::vector<FieldInfo>& fields,
                                                        const Path& at) {
    const auto read_position = [&](JsonElement item, const Path& place) -> Result<std::uint16_t> {
      CAIRN_TRY(const std::string_view name, json_string(item, place));
      const auto found = std::ranges::find(fields, name, &FieldInfo::name);
      if (found == fields.end()) {
        return place.fail(Errc::NotFound, fmt::format("there is no field {}", quoted(name)));
      }
      return static_cast<std::uint16_t>(found - fields.begin());
    };
    CAIRN_TRY(const std::vector<std::uint16_t> positions,
              read_list<std::uint16_t>(element, at, read_position));
    return builder_.store().list(positions);
  }

  Result<std::span<const IndexInfo>> read_indexes(JsonElement element,
                                                  const std::vector<FieldInfo>& fields,
                                                  const Path& at) {
    const auto read_index = [&](JsonElement item, const Path& place) -> Result<IndexInfo> {
      CAIRN_TRY(const Members members, Members::read(item, index_rules, place));
      CAIRN_TRY(const std::string_view name, json_string(members["name"], place.member("name")));
      CAIRN_TRY(const bool unique, json_bool(members["unique"], place.member("unique")));
      CAIRN_TRY(const auto positions,
                read_positions(members["fields"], fields, place.member("fields")));
      return IndexInfo{
          .name = builder_.store().text(name), .is_unique = unique, .fields = positions};
    };
    CAIRN_TRY(const std::vector<IndexInfo> indexes, read_list<IndexInfo>(element, at, read_index));
    return builder_.store().list(indexes);
  }

  struct End {
    std::uint16_t record = 0;
    Cardinality cardinality = Cardinality::Many;
    bool required = false;
  };

  Result<End> read_end(JsonElement element, const Path& at) const {
    CAIRN_TRY(const Members members, Members::read(element, end_rules, at));
    CAIRN_TRY(const std::string_view name, json_string(members["record"], at.member("record")));
    const auto found = std::ranges::find(record_names_, name);
    if (found == record_names_.end()) {
      return at.member("record").fail(Errc::NotFound,
                                      fmt::format("there is no record {}", quoted(name)));
    }
    CAIRN_TRY(const Cardinality cardinality,
              read_word(members["cardinality"], cardinality_words, at.member("cardinality")));
    CAIRN_TRY(const bool required, json_bool(members["required"], at.member("required")));
    return End{.record = static_cast<std::uint16_t>(found - record_names_.begin()),
               .cardinality = cardinality,
               .required = required};
  }

  Result<EdgeInfo> read_edge(JsonElement element, const Path& at) {
    CAIRN_TRY(const Members members, Members::read(element, edge_rules, at));
    CAIRN_TRY(const std::string_view name, json_string(members["name"], at.member("name")));
    CAIRN_TRY(const std::string_view inverse,
              json_string(members["inverse"], at.member("inverse")));
    CAIRN_TRY(const End source, read_end(members["source"], at.member("source")));
    CAIRN_TRY(const End target, read_end(members["target"], at.member("target")));
    CAIRN_TRY(const OnErase on_erase,
              read_word(members["on_erase"], on_erase_words, at.member("on_erase")));
    return EdgeInfo{.name = builder_.store().text(name),
                    .inverse = builder_.store().text(inverse),
                    .source = source.record,
                    .target = target.record,
                    .source_cardinality = source.cardinality,
                    .target_cardinality = target.cardinality,
                    .source_required = source.required,
                    .target_required = target.required,
                    .on_erase = on_erase};
  }

  Result<RejectInfo> read_reject(JsonElement element, const Path& at) {
    CAIRN_TRY(const Members members, Members::read(element, reject_rules, at));
    CAIRN_TRY(const std::string_view name, json_string(members["name"], at.member("name")));
    CAIRN_TRY(const std::uint64_t code, json_unsigned(members["code"], u16_max, at.member("code")));
    RejectInfo reject = {.name = builder_.store().text(name),
                         .code = static_cast<std::uint16_t>(code)};
    if (const JsonElement* const detail = members.find("detail")) {
      CAIRN_TRY(const std::string_view struct_name, json_string(*detail, at.member("detail")));
      CAIRN_TRY(reject.detail, find_struct(struct_name));
      if (reject.detail == nullptr) {
        return at.member("detail").fail(Errc::NotFound,
                                        fmt::format("there is no struct {}", quoted(struct_name)));
      }
    }
    return reject;
  }

  Result<RuleInfo> read_rule(JsonElement element, const Path& at) {
    CAIRN_TRY(const Members members, Members::read(element, rule_rules, at));
    CAIRN_TRY(const std::string_view name, json_string(members["name"], at.member("name")));
    RuleInfo rule = {.name = builder_.store().text(name)};
    if (const JsonElement* const subject = members.find("subject")) {
      CAIRN_TRY(const std::string_view text, json_string(*subject, at.member("subject")));
      if (text.empty()) {
        return at.member("subject").fail(Errc::InvalidArgument,
                                         "a subject has a name; leave the member out for none");
      }
      rule.subject = builder_.store().text(text);
    }
    return rule;
  }

  Result<> read_rest(const Members& members) {
    DomainInfo& domain = content_.description.domain;
    Store& store = builder_.store();
    CAIRN_TRY(const auto edges, read_list<EdgeInfo>(members["edges"], root_path_.member("edges"),
                                                    [this](JsonElement item, const Path& at) {
                                                      return read_edge(item, at);
                                                    }));
    domain.edges = store.list(edges);
    CAIRN_TRY(const auto rejects,
              read_list<RejectInfo>(
                  members["rejects"], root_path_.member("rejects"),
                  [this](JsonElement item, const Path& at) { return read_reject(item, at); }));
    domain.rejects = store.list(rejects);
    CAIRN_TRY(const auto gates, read_list<RuleInfo>(members["gates"], root_path_.member("gates"),
                                                    [this](JsonElement item, const Path& at) {
                                                      return read_rule(item, at);
                                                    }));
    domain.gates = store.list(gates);
    CAIRN_TRY(const auto invariants,
              read_list<RuleInfo>(
                  members["invariants"], root_path_.member("invariants"),
                  [this](JsonElement item, const Path& at) { return read_rule(item, at); }));
    domain.invariants = store.list(invariants);
    return {};
  }

  /// What nothing uses could not come from a compiled domain, and would vanish in one.
  Result<> check_all_used() const {
    for (std::size_t i = 0; i < nested_.size(); ++i) {
      if (!nested_[i].used) {
        return root_path_.member("structs").item(i).fail(
            Errc::InvalidArgument, fmt::format("nothing uses {}", quoted(nested_[i].name)));
      }
    }
    const auto& enums = content_.description.enums;
    for (std::size_t i = 0; i < enums.size(); ++i) {
      if (!used_enums_.contains(enums[i]->name)) {
        return root_path_.member("enums").item(i).fail(
            Errc::InvalidArgument, fmt::format("nothing uses {}", quoted(enums[i]->name)));
      }
    }
    return {};
  }

  Builder builder_;
  JsonElement root_;
  Path root_path_;
  IdlContent content_;
  std::vector<std::string_view> record_names_;
  std::vector<Nested> nested_;
  std::set<std::string_view> used_enums_;
  std::size_t open_structs_ = 0;
};

}  // namespace

Result<IdlContent> read_idl(std::string_view text, Store& store) {
  simdjson::dom::parser parser;
  CAIRN_TRY(const JsonElement root, parse_json(parser, text, idl_bytes_max));
  return Reader(store, root).read();
}

}  // namespace cairn::schema
