// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstddef>
#include <cstdint>
#include <deque>
#include <optional>
#include <span>
#include <string_view>
#include <utility>
#include <vector>

#include <absl/container/btree_set.h>
#include <absl/hash/hash.h>
#include <boost/unordered/unordered_flat_map.hpp>

#include "examples/build/build.h"

/// The commands of examples/build as somebody writes them who needs no other domain and no engine:
/// the rival of the benchmark. It does by hand what the engine does for every domain, and nothing
/// that only an engine needs:
///
///   - commands from their canonical bytes, with the same codec, and the same rejections;
///   - both directions of every edge, and the index over jobs;
///   - a link that is there already is refused (a want that names a partition twice);
///   - of each row how often it was changed, and by which transaction last;
///   - what takes a command back exactly, from wherever it stops;
///   - the delta (docs/formats/delta.md) and the events, byte for byte those of the engine.
///
/// It is free of what makes an engine slower than such a program: rows and links are of types the
/// compiler knows, nothing is called through a table, no budget is counted, nobody is distrusted.
namespace cairn::execution {

class HandBuild final {
 public:
  /// An event among those of the last command.
  struct Emitted {
    std::uint16_t kind = 0;
    std::size_t offset = 0;
    std::size_t size = 0;
  };

  /// Executes a command; whether it was accepted. What came of it stays until the next one.
  bool execute(std::uint16_t kind, std::span<const std::byte> bytes, std::uint64_t position);

  /// Why the last command was not accepted; nothing when its bytes were no command.
  [[nodiscard]] std::optional<databuild::Reject> rejection() const { return rejection_; }

  [[nodiscard]] std::span<const std::byte> delta() const { return delta_.written(); }

  [[nodiscard]] std::span<const Emitted> events() const { return emitted_; }

  [[nodiscard]] std::span<const std::byte> event_bytes(const Emitted& event) const {
    return events_.written().subspan(event.offset, event.size);
  }

  /// How often the row was changed; 0 when it is not there.
  [[nodiscard]] std::uint32_t revision_of(Id<databuild::Want> id) const;
  [[nodiscard]] std::uint32_t revision_of(Id<databuild::JobRun> id) const;
  [[nodiscard]] std::uint32_t revision_of(std::string_view ref) const;

 private:
  using Index = std::uint32_t;
  using Rejection = std::optional<databuild::Reject>;
  static constexpr Index none_yet = ~Index{0};

  struct Want {
    std::uint64_t id = 0;
    std::uint64_t last = 0;  ///< the transaction that changed it last
    std::uint32_t revision = 0;
    std::uint32_t attempts = 0;
    databuild::Want::Status status = databuild::Want::New;
    std::vector<Index> targets;
    std::vector<Index> serviced_by;
  };

  struct Run {
    std::uint64_t id = 0;
    std::uint64_t last = 0;
    std::uint32_t revision = 0;
    databuild::JobRun::Status status = databuild::JobRun::Running;
    Str<48> job;
    std::vector<Index> wants;
    std::vector<Index> builds;
  };

  struct Partition {
    Str<64> ref;
    std::uint64_t last = 0;
    std::uint32_t revision = 0;
    Index built_by = none_yet;
    databuild::Partition::Status status = databuild::Partition::Missing;
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

  template <typename C>
  bool run(std::span<const std::byte> bytes);
  Rejection handle(const databuild::AddPartition& command);
  Rejection handle(const databuild::MakeWant& command);
  Rejection handle(const databuild::StartJob& command);
  Rejection handle(const databuild::FinishJob& command);
  Rejection handle(const databuild::CancelWant& command);

  Index add_want(Id<databuild::Want> id);
  Index add_run(const databuild::StartJob& command);
  void set_builder(Index part, Index run);
  void serve(Index run, Index row);
  void finish_partition(Index row, bool success);
  void finish_want(Index row, bool success);
  void set_status(Index row, databuild::Want::Status status);
  void set_status(Index row, databuild::JobRun::Status status);
  void set_status(Index row, databuild::Partition::Status status);

  template <typename E>
  void emit(const E& event);
  void put_id(std::uint64_t id);
  void put_key(const Str<64>& ref);
  void put_state(std::uint8_t status);
  void put_created(std::uint8_t record, std::size_t size);
  void put_changed(std::uint8_t record);
  void put_want(const Want& want, std::uint8_t fields);
  void put_builder(std::uint8_t code, const Partition& part, const Run& run);

  template <typename Row>
  void stamp(Row& row) const;
  void commit();
  void roll_back();
  void take_back(const Undo& undo);
  void restore_builder(const Undo& undo);

  std::vector<Want> wants_;
  std::vector<Run> runs_;
  std::deque<Partition> partitions_;  // they stay where they are: the map below points into them
  boost::unordered_flat_map<std::uint64_t, Index> wants_by_id_;
  boost::unordered_flat_map<std::uint64_t, Index> runs_by_id_;
  boost::unordered_flat_map<std::string_view, Index, absl::Hash<std::string_view>>
      partitions_by_ref_;
  absl::btree_set<std::pair<Str<48>, std::uint64_t>> runs_by_job_;
  std::vector<Undo> undo_;
  GrowingByteWriter delta_;
  GrowingByteWriter events_;
  std::vector<Emitted> emitted_;
  Rejection rejection_;
  std::uint64_t position_ = 0;
};

}  // namespace cairn::execution
