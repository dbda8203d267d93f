// SPDX-License-Identifier: Apache-2.0
#include "state/state.h"

#include <algorithm>
#include <array>
#include <bit>
#include <cstring>
#include <utility>

#include "base/check.h"

namespace cairn::state {

Rows::Rows(const RecordPlan& record, std::uint64_t hash_seed)
    : plan(&record), table(record.info()), keys(table, record.keys().front(), hash_seed) {
  for (const KeyPlan& key : record.keys().subspan(1)) {
    indexes.push_back(std::make_unique<OrderedIndex>(table, key, record.keys().front()));
    indexes_are_unique = indexes_are_unique || key.index().is_unique;
  }
}

bool Rows::add_to_indexes(Row row) {
  return add_to_indexes(row, keys.hash_of(row));
}

bool Rows::add_to_indexes(Row row, std::uint64_t hash) {
  keys.insert(row, hash);
  bool agrees = true;
  for (const auto& index : indexes) {
    agrees = index->insert(row) && agrees;
  }
  return agrees;
}

bool Rows::remove_from_indexes(ConstRow row) noexcept {
  bool agrees = keys.erase(row);
  for (const auto& index : indexes) {
    agrees = index->erase(row) && agrees;
  }
  return agrees;
}

void Rows::index_again() {
  for (const auto& index : indexes) {
    index->clear();
    for (std::uint32_t slot = 0; slot < table.slots(); ++slot) {
      const Row row = table.row(slot);
      const bool fits = !is_alive(row) || index->insert(row);
      CAIRN_CHECK(fits);
    }
  }
}

State::State(const Plan& plan) : State(plan, Options()) {}

State::State(const Plan& plan, const Options& options) : plan_(&plan) {
  for (std::uint16_t i = 0; i < plan.records(); ++i) {
    rows_.push_back(std::make_unique<Rows>(plan.record(i), options.hash_seed));
  }
  for (const EdgeInfo& edge : plan.domain().edges) {
    links_.push_back(std::make_unique<LinkTable>(edge, options.hash_seed));
  }
}

Row State::find_number(std::uint16_t record, std::uint64_t id) const noexcept {
  const std::uint64_t bytes = std::byteswap(id);
  return rows_[record]->keys.find(std::as_bytes(std::span(&bytes, 1)));
}

std::vector<ConstRow> State::by_key(std::uint16_t record) const {
  struct Entry {
    std::uint64_t prefix;
    ConstRow row;
  };

  const Rows& rows = *rows_[record];
  const KeyPlan& key = rows.plan->keys().front();
  std::vector<Entry> entries;
  entries.reserve(rows.table.size());
  for (std::uint32_t slot = 0; slot < rows.table.slots(); ++slot) {
    const ConstRow row = rows.table.row(slot);
    if (is_alive(row)) {
      entries.push_back({.prefix = key.prefix(row), .row = row});
    }
  }
  std::ranges::sort(entries, [&](const Entry& a, const Entry& b) {
    if (a.prefix != b.prefix || key.is_number()) {
      return a.prefix < b.prefix;
    }
    return key.compare(a.row, b.row) < 0;
  });
  std::vector<ConstRow> sorted(entries.size());
  std::ranges::transform(entries, sorted.begin(), &Entry::row);
  return sorted;
}

std::vector<LinkTable::Node> State::by_age(std::uint16_t edge) const {
  const LinkTable& links = *links_[edge];
  std::vector<LinkTable::Node> nodes;
  nodes.reserve(links.size());
  for (LinkTable::Node node = 0; node < links.nodes(); ++node) {
    const LinkTable::Link& link = links.link(node);
    if (link.number != 0 && !link.is_cut) {
      nodes.push_back(node);
    }
  }
  std::ranges::sort(nodes, {}, [&](LinkTable::Node node) { return links.link(node).number; });
  return nodes;
}

std::vector<MemoryUse> State::memory_use() const {
  std::vector<MemoryUse> uses;
  for (const auto& rows : rows_) {
    MemoryUse use = {.name = rows->plan->info().name,
                     .count = rows->table.size(),
                     .content_bytes = rows->table.size() * rows->plan->info().memory_size,
                     .table_bytes = rows->table.memory_bytes() + rows->references.memory_bytes(),
                     .index_bytes = rows->keys.memory_bytes()};
    for (const auto& index : rows->indexes) {
      use.index_bytes += index->memory_bytes();
    }
    uses.push_back(use);
  }
  for (const auto& links : links_) {
    uses.push_back({.name = links->edge().name,
                    .count = links->size(),
                    .content_bytes = links->size() * 2 * sizeof(std::uint32_t),
                    .table_bytes = links->memory_bytes(),
                    .index_bytes = 0});
  }
  uses.push_back({.name = "timers",
                  .count = timers_.size(),
                  .content_bytes = timers_.memory_bytes(),
                  .table_bytes = timers_.memory_bytes(),
                  .index_bytes = 0});
  return uses;
}

}  // namespace cairn::state
