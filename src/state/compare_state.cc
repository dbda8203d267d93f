// SPDX-License-Identifier: Apache-2.0
#include <algorithm>
#include <cstring>

#include <fmt/core.h>

#include "base/check.h"
#include "state/checkpoint.h"
#include "state/random_state.h"
#include "state/random_state_parts.h"

namespace cairn::state {

namespace {

using schema::Choices;

/// What the entries of an index are, in order: key bytes and those of the primary key.
struct IndexEntry {
  std::string key;
  std::string primary;

  [[nodiscard]] std::string both() const { return key + primary; }
};

std::vector<IndexEntry> entries_of(const StructInfo& record, std::size_t index,
                                   const Model::Table& table) {
  std::vector<IndexEntry> entries;
  for (const auto& [primary, memory] : table) {
    entries.push_back({.key = Model::key(record, index, memory), .primary = primary});
  }
  std::ranges::sort(entries, {}, &IndexEntry::both);
  return entries;
}

bool is_before(const IndexEntry& entry, const std::string& point, bool after_equal) {
  return entry.key == point || entry.both() == point ? after_equal : entry.both() < point;
}

/// A point near what is in the index: a key, a part of one, one that goes on with a primary key.
std::string some_point(const StructInfo& record, std::size_t index, Choices& choices) {
  const std::string row = small_row(record, choices);
  std::string point = Model::key(record, index, row);
  switch (choices.below(4)) {
    case 0:
      point += Model::key(record, 0, small_row(record, choices));
      break;
    case 1:
      point.resize(choices.below(point.size() + 1));
      break;
    case 2:
      point.resize(choices.below(point.size() + 1));
      point.push_back(static_cast<char>(choices.below(256)));
      break;
    default:
      break;
  }
  return point;
}

class IndexComparison final {
 public:
  IndexComparison(const State& state, const Model& model, std::uint16_t record)
      : rows_(state.rows(record)), info_(rows_.plan->info()), table_(model.tables[record]) {}

  std::string run(std::size_t index, Choices& choices) {
    name_ = fmt::format("{}.{}", info_.name, info_.indexes[index].name);
    entries_ = entries_of(info_, index, table_);
    const OrderedIndex& tree = *rows_.indexes[index - 1];
    if (tree.size() != entries_.size()) {
      return name_ + ": size";
    }
    if (std::string broken = walk(tree); !broken.empty()) {
      return broken;
    }
    for (int i = 0; i < 4; ++i) {
      if (std::string broken = ask(tree, index, choices); !broken.empty()) {
        return broken;
      }
    }
    return {};
  }

 private:
  [[nodiscard]] Row row(std::size_t at) const {
    return at < entries_.size() ? rows_.keys.find(span_of(entries_[at].primary)) : nullptr;
  }

  std::string walk(const OrderedIndex& tree) {
    if (tree.first() != row(0) || tree.last() != row(entries_.size() - 1)) {
      return name_ + ": first or last";
    }
    for (std::size_t i = 0; i < entries_.size(); ++i) {
      if (tree.next(row(i)) != row(i + 1) ||
          tree.previous(row(i)) != (i == 0 ? nullptr : row(i - 1))) {
        return name_ + ": next or previous";
      }
    }
    return {};
  }

  /// Whether walks, forward from one point and backward from another, give the rows that lie there.
  [[nodiscard]] bool walks(const OrderedIndex& tree, const OrderedIndex::Point& low,
                           const OrderedIndex::Point& high, std::size_t from, std::size_t to) {
    OrderedIndex::Place place;
    ConstRow here = tree.next(low, place);
    for (std::size_t i = from; i < entries_.size(); ++i, here = tree.next(place)) {
      if (here != row(i) || !tree.stands(place)) {
        return false;
      }
    }
    if (here != nullptr || tree.stands(place)) {
      return false;
    }
    here = tree.previous(high, place);
    for (std::size_t i = to; i > 0; --i, here = tree.previous(place)) {
      if (here != row(i - 1) || !tree.stands(place)) {
        return false;
      }
    }
    return here == nullptr && !tree.stands(place);
  }

  std::string ask(const OrderedIndex& tree, std::size_t index, Choices& choices) {
    const std::string lower = some_point(info_, index, choices);
    const std::string upper = some_point(info_, index, choices);
    const bool after_lower = choices.one_in(2);
    const bool after_upper = choices.one_in(2);
    const auto place = [&](const std::string& point, bool after_equal) {
      return static_cast<std::size_t>(
          std::ranges::partition_point(
              entries_,
              [&](const IndexEntry& entry) { return is_before(entry, point, after_equal); }) -
          entries_.begin());
    };
    const std::size_t from = place(lower, after_lower);
    const std::size_t to = place(upper, after_upper);
    const OrderedIndex::Point low = {.bytes = span_of(lower), .after_equal = after_lower};
    const OrderedIndex::Point high = {.bytes = span_of(upper), .after_equal = after_upper};
    if (tree.next(low) != row(from) ||
        tree.previous(low) != (from == 0 ? nullptr : row(from - 1))) {
      return name_ + ": behind or before a point";
    }
    if (!walks(tree, low, high, from, to)) {
      return name_ + ": walk between points";
    }
    const bool is_there = from < entries_.size() && entries_[from].key == lower && !after_lower;
    const bool is_unique = info_.indexes[index].is_unique;
    return is_unique && !after_lower && (tree.find(span_of(lower)) != nullptr) != is_there
               ? name_ + ": find"
               : std::string();
  }

  const Rows& rows_;
  const StructInfo& info_;
  const Model::Table& table_;
  std::vector<IndexEntry> entries_;
  std::string name_;
};

std::string compare_rows(const State& state, const Model& model, std::uint16_t record) {
  const Rows& rows = state.rows(record);
  const StructInfo& info = rows.plan->info();
  const Model::Table& table = model.tables[record];
  if (rows.table.size() != table.size() || rows.last_id != model.last_ids[record]) {
    return fmt::format("{}: {} rows instead of {}, last id {} instead of {}", info.name,
                       rows.table.size(), table.size(), rows.last_id, model.last_ids[record]);
  }
  const std::vector<ConstRow> sorted = state.by_key(record);
  auto row = sorted.begin();
  for (const auto& [key, memory] : table) {
    if (*row != state.find(record, span_of(key)) ||
        std::memcmp(*row, memory.data(), memory.size()) != 0) {
      return fmt::format("{}: a row", info.name);
    }
    ++row;
  }
  return {};
}

std::string compare_links(const State& state, const Model& model, std::uint16_t edge) {
  const LinkTable& links = state.links(edge);
  const EdgeInfo& info = links.edge();
  const std::vector<LinkTable::Node> nodes = state.by_age(edge);
  const std::vector<Model::Link>& expected = model.links[edge];
  std::string wrong = std::string(info.name) + ": ";
  if (nodes.size() != expected.size() || links.size() != expected.size()) {
    return wrong + "count of links";
  }
  std::map<std::pair<Way, std::string>, LinkTable::Node> seen;
  const auto follows = [&](Way way, const std::string& end, std::uint32_t slot,
                           LinkTable::Node node) {
    const auto [last, is_first] = seen.try_emplace({way, end}, LinkTable::none);
    const LinkTable::Node before = std::exchange(last->second, node);
    return node == (is_first ? links.first(way, slot) : links.next(way, before));
  };
  for (std::size_t i = 0; i < nodes.size(); ++i) {
    const ConstRow source = state.find(info.source, span_of(expected[i].source));
    const ConstRow target = state.find(info.target, span_of(expected[i].target));
    if (source == nullptr || target == nullptr ||
        links.find(slot_of(source), slot_of(target)) != nodes[i] ||
        !follows(Way::Out, expected[i].source, slot_of(source), nodes[i]) ||
        !follows(Way::In, expected[i].target, slot_of(target), nodes[i])) {
      return wrong + "a link";
    }
  }
  for (const auto& [end, node] : seen) {
    const ConstRow row =
        state.find(end.first == Way::Out ? info.source : info.target, span_of(end.second));
    if (links.last(end.first, slot_of(row)) != node ||
        links.next(end.first, node) != LinkTable::none) {
      return wrong + "the newest link";
    }
  }
  return {};
}

std::string compare_timers(const State& state, const Model& model) {
  const Timers& timers = state.timers();
  if (timers.size() != model.timers.size() || timers.last_number() != model.last_timer) {
    return "timers: count";
  }
  std::pair<std::int64_t, std::uint64_t> first = {INT64_MAX, 0};
  for (const auto& [number, waiting] : model.timers) {
    const Timer* const timer = timers.find(number);
    if (timer == nullptr || timer->at != waiting.at || timer->kind != waiting.kind ||
        text_of(timer->command) != waiting.command) {
      return "timers: one";
    }
    first = std::min(first, {waiting.at, number});
  }
  const bool is_due = timers.due(first.first).number == first.second;
  const bool waits = first.second == 0 || timers.due(first.first - 1).number == 0;
  return is_due && waits ? "" : "timers: due";
}

using ReferencesTo = std::map<std::pair<std::uint16_t, std::uint64_t>, std::uint64_t>;

void count_references(const Plan& plan, std::uint16_t record, const std::string& memory,
                      ReferencesTo& counts) {
  const auto count = [&](std::string_view to, std::uint64_t id) {
    ++counts[{plan.record_named(to), id}];
  };
  for (const FieldPlan& field : plan.record(record).fields()) {
    if (field.has_references) {
      visit_ids(*field.info->type, bytes_of(memory) + field.offset, count);
    }
  }
}

std::string compare_references(const State& state, const Model& model) {
  ReferencesTo counts;
  const Plan& plan = state.plan();
  for (std::uint16_t record = 0; record < plan.records(); ++record) {
    for (const auto& [key, memory] : model.tables[record]) {
      count_references(plan, record, memory, counts);
    }
  }
  for (std::uint16_t record = 0; record < plan.records(); ++record) {
    std::uint64_t id = 0;
    while (id <= small_ids && state.rows(record).references.of(id) == counts[{record, id}]) {
      ++id;
    }
    if (id <= small_ids) {
      return fmt::format("{}: references to {}", plan.record(record).info().name, id);
    }
  }
  return {};
}

}  // namespace

std::string compare_indexes(const State& state, const Model& model, std::uint16_t record,
                            Choices& choices) {
  IndexComparison comparison(state, model, record);
  std::string broken;
  for (std::size_t i = 1; i < state.plan().record(record).keys().size() && broken.empty(); ++i) {
    broken = comparison.run(i, choices);
  }
  return broken;
}

std::string compare(const State& state, const Model& model, Choices& choices) {
  std::string broken;
  for (std::uint16_t i = 0; i < count_of(model.tables) && broken.empty(); ++i) {
    broken = compare_rows(state, model, i);
    if (broken.empty()) {
      broken = compare_indexes(state, model, i, choices);
    }
  }
  for (std::uint16_t i = 0; i < count_of(model.links) && broken.empty(); ++i) {
    broken = compare_links(state, model, i);
  }
  if (broken.empty()) {
    broken = compare_timers(state, model);
  }
  return broken.empty() ? compare_references(state, model) : broken;
}

std::vector<std::byte> checkpoint_of(const State& state) {
  std::vector<std::byte> bytes;
  const auto written = write_checkpoint(state, [&](std::span<const std::byte> piece) -> Result<> {
    bytes.insert(bytes.end(), piece.begin(), piece.end());
    return {};
  });
  CAIRN_CHECK(written.has_value());
  return bytes;
}

Result<std::unique_ptr<State>> state_of(const Plan& plan, const State::Options& options,
                                        std::span<const std::byte> bytes) {
  std::size_t at = 0;
  return read_checkpoint(plan, options, [&](std::span<std::byte> out) -> Result<std::size_t> {
    const std::size_t size = std::min(out.size(), bytes.size() - at);
    std::ranges::copy(bytes.subspan(at, size), out.begin());
    at += size;
    return size;
  });
}

}  // namespace cairn::state
