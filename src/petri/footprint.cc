// SPDX-License-Identifier: Apache-2.0
#include "petri/footprint.h"

#include <algorithm>
#include <iterator>

#include <fmt/core.h>

namespace cairn::petri {

namespace {

void tidy(std::vector<std::uint32_t>& touched) {
  std::ranges::sort(touched);
  const auto twice = std::ranges::unique(touched);
  touched.erase(twice.begin(), twice.end());
}

bool meet(const std::vector<std::uint32_t>& a, const std::vector<std::uint32_t>& b) {
  auto at = b.begin();
  for (const std::uint32_t touched : a) {
    at = std::lower_bound(at, b.end(), touched);
    if (at != b.end() && *at == touched) {
      return true;
    }
  }
  return false;
}

/// Places where the row was, is, or is not.
void add_places(const RowRun& row, const RecordPlaces& places, std::vector<std::uint32_t>& out) {
  if (!row.existed || !row.exists) {
    out.push_back(places.absent);
  }
  if (places.machines.empty() && (row.existed || row.exists)) {
    out.push_back(places.row);
  }
  for (std::size_t i = 0; i < row.states.size(); ++i) {
    for (const std::int64_t state : row.states[i]) {
      out.push_back(places.machines[i].place(state));
    }
  }
}

/// Where rows of the record are or could be.
void add_all_places(const RecordPlaces& places, std::vector<std::uint32_t>& out) {
  out.push_back(places.absent);
  if (places.row != nowhere) {
    out.push_back(places.row);
  }
  for (const MachinePlaces& machine : places.machines) {
    for (std::uint32_t i = 0; i < machine.count; ++i) {
      out.push_back(machine.first_place + i);
    }
  }
}

}  // namespace

Footprints::Footprints(const schema::Schema& schema, const Net& net, const Runs& runs)
    : prints_(schema.domain().commands.size()),
      first_edge_(static_cast<std::uint32_t>(net.places.size())) {
  for (const Place& place : net.places) {
    names_.push_back(place.name);
  }
  for (const EdgeInfo& edge : schema.domain().edges) {
    names_.push_back(fmt::format("edge {}", edge.name));
  }
  for (const auto& [run, count] : runs.seen()) {
    touch(run, net);
  }
  for (Footprint& print : prints_) {
    tidy(print.reads);
    tidy(print.writes);
    std::vector<std::uint32_t> only_read;
    std::ranges::set_difference(print.reads, print.writes, std::back_inserter(only_read));
    print.reads = std::move(only_read);
  }
}

void Footprints::touch(const CommandRun& run, const Net& net) {
  Footprint& print = prints_[run.command];
  print.is_known = true;
  for (const RowRun& row : run.rows) {
    const bool is_written = row.changed && run.accepted;
    add_places(row, net.records[row.record], is_written ? print.writes : print.reads);
  }
  for (const std::uint16_t edge : run.linked) {
    (run.accepted ? print.writes : print.reads).push_back(first_edge_ + edge);
  }
  for (const std::uint16_t edge : run.followed) {
    print.reads.push_back(first_edge_ + edge);
  }
  for (const std::uint16_t record : run.scanned) {
    add_all_places(net.records[record], print.reads);
  }
}

Overlap Footprints::overlap(std::size_t a, std::size_t b) const {
  const Footprint& one = prints_[a];
  const Footprint& other = prints_[b];
  if (!one.is_known || !other.is_known) {
    return Overlap::Unknown;
  }
  const bool shared = meet(one.writes, other.writes) || meet(one.writes, other.reads) ||
                      meet(one.reads, other.writes);
  return shared ? Overlap::Shared : Overlap::Disjoint;
}

}  // namespace cairn::petri
