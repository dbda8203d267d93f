// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstddef>
#include <cstdint>
#include <memory>
#include <span>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include <absl/container/btree_set.h>
#include <boost/unordered/unordered_flat_map.hpp>

#include "examples/build/build.h"

/// The commands of examples/build as somebody writes them who needs nothing else: both directions
/// of every edge, the index over jobs, what takes a command back, delta and events, all by hand.
/// The rival of the benchmark.
namespace cairn::execution {

class HandBuild final {
 public:
  /// Executes a command; whether it was accepted.
  bool execute(std::uint16_t kind, std::span<const std::byte> bytes, std::uint64_t position);

  [[nodiscard]] std::size_t delta_size() const { return delta_.size(); }

 private:
  using Index = std::uint32_t;
  static constexpr Index none_yet = ~Index{0};

  struct Want {
    std::uint64_t id = 0;
    std::uint64_t last = 0;
    std::uint32_t attempts = 0;
    databuild::Want::Status status = databuild::Want::New;
    std::vector<Index> targets;
    std::vector<Index> serviced_by;
  };

  struct Run {
    std::uint64_t id = 0;
    std::uint64_t last = 0;
    Str<48> job;
    databuild::JobRun::Status status = databuild::JobRun::Running;
    std::vector<Index> wants;
    std::vector<Index> builds;
  };

  struct Partition {
    Str<64> ref;
    std::uint64_t last = 0;
    databuild::Partition::Status status = databuild::Partition::Missing;
    Index built_by = none_yet;
    std::vector<Index> wanted_by;
  };

  /// What takes one change back.
  struct Undo {
    enum class Kind : std::uint8_t {
      NewWant,
      NewRun,
      NewPartition,
      WantStatus,
      RunStatus,
      PartitionStatus,
      Attempts,
      Target,
      Service,
      BuiltBy
    };
    Kind kind = Kind::NewWant;
    std::uint32_t before = 0;
    Index row = 0;
    Index other = 0;
  };

  bool add_partition(ByteReader& reader, Scratch& none);
  bool make_want(ByteReader& reader, Scratch& none);
  bool start_job(ByteReader& reader, Scratch& none);
  void serve(Index run, Index row);
  bool finish_job(ByteReader& reader, Scratch& none);
  void finish_partition(Index row, bool success);
  void finish_want(Index row, bool success);
  void set_status(Want& want, Index row, databuild::Want::Status status);
  void set_status(Partition& part, Index row, databuild::Partition::Status status);
  void put_number(std::uint64_t number);
  void put_changed(std::uint64_t record, std::uint64_t last, std::uint64_t mask);
  void put_want(Want& want, std::uint64_t mask);
  void put_link(std::uint64_t edge, std::uint64_t id, std::string_view ref);
  void roll_back();
  void take_back(const Undo& undo);

  std::vector<Want> wants_;
  std::vector<Run> runs_;
  std::vector<Partition> partitions_;
  std::vector<std::unique_ptr<std::string>> refs_;
  boost::unordered_flat_map<std::uint64_t, Index> wants_by_id_;
  boost::unordered_flat_map<std::uint64_t, Index> runs_by_id_;
  boost::unordered_flat_map<std::string_view, Index> partitions_by_ref_;
  absl::btree_set<std::pair<Str<48>, std::uint64_t>> runs_by_job_;
  std::vector<Undo> undo_;
  GrowingByteWriter delta_;
  GrowingByteWriter events_;
  std::uint64_t position_ = 0;
};

}  // namespace cairn::execution
