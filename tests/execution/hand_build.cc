// SPDX-License-Identifier: Apache-2.0
#include "tests/execution/hand_build.h"

#include <algorithm>
#include <bit>

namespace cairn::execution {

namespace {

// Positions in the schema.
constexpr std::uint8_t want_record = 0;
constexpr std::uint8_t run_record = 1;
constexpr std::uint8_t partition_record = 2;
constexpr std::uint8_t servicing_wants_edge = 0;
constexpr std::uint8_t built_by_edge = 1;
constexpr std::uint8_t targets_edge = 2;

// Operations of a delta, and the bits of the fields that are changed.
constexpr std::uint8_t created = 1;
constexpr std::uint8_t changed = 2;
constexpr std::uint8_t linked = 4;
constexpr std::uint8_t unlinked = 5;
constexpr std::uint8_t want_attempts = 2;
constexpr std::uint8_t want_status = 4;
constexpr std::uint8_t run_status = 4;
constexpr std::uint8_t partition_status = 2;

}  // namespace

bool HandBuild::execute(std::uint16_t kind, std::span<const std::byte> bytes,
                        std::uint64_t position) {
  undo_.clear();
  delta_.clear();
  events_.clear();
  emitted_.clear();
  rejection_.reset();
  position_ = position;
  switch (kind) {
    case databuild::AddPartition::schema::kind:
      return run<databuild::AddPartition>(bytes);
    case databuild::MakeWant::schema::kind:
      return run<databuild::MakeWant>(bytes);
    case databuild::StartJob::schema::kind:
      return run<databuild::StartJob>(bytes);
    case databuild::FinishJob::schema::kind:
      return run<databuild::FinishJob>(bytes);
    case databuild::CancelWant::schema::kind:
      return run<databuild::CancelWant>(bytes);
    default:
      return false;
  }
}

template <typename C>
bool HandBuild::run(std::span<const std::byte> bytes) {
  C command;
  ByteReader reader(bytes);
  Scratch none;
  if (!decode(reader, none, command) || reader.remaining() != 0) {
    return false;
  }
  rejection_ = handle(command);
  if (rejection_) {
    roll_back();
    return false;
  }
  commit();
  return true;
}

HandBuild::Rejection HandBuild::handle(const databuild::AddPartition& command) {
  if (partitions_by_ref_.contains(command.ref.view())) {
    return databuild::Exists;
  }
  const auto row = static_cast<Index>(partitions_.size());
  const Partition& part = partitions_.emplace_back(Partition{.ref = command.ref, .wanted_by = {}});
  partitions_by_ref_.emplace(part.ref.view(), row);
  undo_.push_back({.kind = Undo::Kind::NewPartition, .row = row});
  put_created(partition_record, encoded_size(part.ref) + 1);
  encode(delta_, part.ref);
  delta_.u8(part.status);
  return {};
}

HandBuild::Index HandBuild::add_want(Id<databuild::Want> id) {
  const auto row = static_cast<Index>(wants_.size());
  wants_.push_back({.id = id.value, .targets = {}, .serviced_by = {}});
  wants_by_id_.emplace(id.value, row);
  undo_.push_back({.kind = Undo::Kind::NewWant, .row = row});
  return row;
}

HandBuild::Rejection HandBuild::handle(const databuild::MakeWant& command) {
  if (wants_by_id_.contains(command.want.value)) {
    return databuild::Exists;
  }
  const Index row = add_want(command.want);
  Want& want = wants_[row];
  want.status = databuild::Want::Idle;  // it is new: what takes it back takes that back
  put_created(want_record, sizeof(want.id) + sizeof(want.attempts) + 1);
  delta_.u64(want.id);
  delta_.u32(want.attempts);
  delta_.u8(want.status);
  for (const Str<64>& ref : command.partitions) {
    if (ref.view().empty()) {
      continue;
    }
    const auto part = partitions_by_ref_.find(ref.view());
    if (part == partitions_by_ref_.end()) {
      return databuild::UnknownPartition;
    }
    if (std::ranges::find(want.targets, part->second) != want.targets.end()) {
      return databuild::Exists;
    }
    want.targets.push_back(part->second);
    partitions_[part->second].wanted_by.push_back(row);
    undo_.push_back({.kind = Undo::Kind::Target, .row = row, .other = part->second});
    delta_.u8(linked);
    delta_.u8(targets_edge);
    put_id(want.id);
    put_key(ref);
  }
  return {};
}

HandBuild::Index HandBuild::add_run(const databuild::StartJob& command) {
  const auto row = static_cast<Index>(runs_.size());
  const Run& run = runs_.emplace_back(
      Run{.id = command.run.value, .job = command.job, .wants = {}, .builds = {}});
  runs_by_id_.emplace(run.id, row);
  runs_by_job_.emplace(run.job, run.id);
  undo_.push_back({.kind = Undo::Kind::NewRun, .row = row});
  put_created(run_record, sizeof(run.id) + encoded_size(run.job) + 1);
  delta_.u64(run.id);
  encode(delta_, run.job);
  delta_.u8(run.status);
  return row;
}

HandBuild::Rejection HandBuild::handle(const databuild::StartJob& command) {
  const auto found = partitions_by_ref_.find(command.partition.view());
  if (found == partitions_by_ref_.end()) {
    return databuild::UnknownPartition;
  }
  const Partition& part = partitions_[found->second];
  if (part.status != databuild::Partition::Missing) {
    return databuild::PartitionBusy;
  }
  if (runs_by_id_.contains(command.run.value)) {
    return databuild::Exists;
  }
  const Index run = add_run(command);
  set_status(found->second, databuild::Partition::Building);
  set_builder(found->second, run);
  std::uint32_t wants = 0;
  for (const Index each : part.wanted_by) {
    if (wants_[each].status == databuild::Want::Idle) {
      serve(run, each);
      ++wants;
    }
  }
  emit(databuild::JobStarted{.run = command.run, .partition = command.partition, .wants = wants});
  return {};
}

/// The partition's former builder, if it has one, builds it no more.
void HandBuild::set_builder(Index part, Index run) {
  Partition& built = partitions_[part];
  Undo& undo = undo_.emplace_back();
  undo.kind = Undo::Kind::BuiltBy;
  undo.row = part;
  undo.other = built.built_by;
  if (built.built_by != none_yet) {
    std::vector<Index>& builds = runs_[built.built_by].builds;
    const auto former = std::ranges::find(builds, part);
    undo.before = static_cast<std::uint32_t>(former - builds.begin());
    builds.erase(former);
    put_builder(unlinked, built, runs_[built.built_by]);
  }
  built.built_by = run;
  runs_[run].builds.push_back(part);
  put_builder(linked, built, runs_[run]);
}

/// The run is new and a partition lists a want once, so the two are not linked yet.
void HandBuild::serve(Index run, Index row) {
  Want& want = wants_[row];
  set_status(row, databuild::Want::Building);
  undo_.push_back({.kind = Undo::Kind::Attempts, .before = want.attempts, .row = row});
  ++want.attempts;
  put_want(want, want_attempts | want_status);
  runs_[run].wants.push_back(row);
  want.serviced_by.push_back(run);
  undo_.push_back({.kind = Undo::Kind::Service, .row = run, .other = row});
  delta_.u8(linked);
  delta_.u8(servicing_wants_edge);
  put_id(runs_[run].id);
  put_id(want.id);
}

HandBuild::Rejection HandBuild::handle(const databuild::FinishJob& command) {
  const auto found = runs_by_id_.find(command.run.value);
  if (found == runs_by_id_.end()) {
    return databuild::UnknownRun;
  }
  const Run& run = runs_[found->second];
  if (run.status != databuild::JobRun::Running) {
    return databuild::JobNotRunning;
  }
  set_status(found->second,
             command.success ? databuild::JobRun::Succeeded : databuild::JobRun::Failed);
  for (const Index each : run.builds) {
    finish_partition(each, command.success);
  }
  for (const Index each : run.wants) {
    finish_want(each, command.success);
  }
  return {};
}

void HandBuild::finish_partition(Index row, bool success) {
  const Partition& part = partitions_[row];
  if (part.status != databuild::Partition::Building) {
    return;
  }
  set_status(row, success ? databuild::Partition::Live : databuild::Partition::Missing);
  if (success) {
    emit(databuild::PartitionLive{.ref = part.ref});
  }
}

void HandBuild::finish_want(Index row, bool success) {
  const Want& want = wants_[row];
  if (want.status != databuild::Want::Building) {
    return;
  }
  const auto is_live = [&](Index part) {
    return partitions_[part].status == databuild::Partition::Live;
  };
  if (success && !std::ranges::all_of(want.targets, is_live)) {
    return;
  }
  set_status(row, success ? databuild::Want::Successful : databuild::Want::Idle);
  put_want(want, want_status);
  if (success) {
    emit(databuild::WantDone{.want = Id<databuild::Want>{want.id}, .success = true});
  }
}

HandBuild::Rejection HandBuild::handle(const databuild::CancelWant& command) {
  const auto found = wants_by_id_.find(command.want.value);
  if (found == wants_by_id_.end()) {
    return databuild::UnknownWant;
  }
  const Want& want = wants_[found->second];
  if (want.status >= databuild::Want::Successful) {
    return databuild::WantFinished;
  }
  set_status(found->second, databuild::Want::Canceled);
  put_want(want, want_status);
  emit(databuild::WantDone{.want = command.want, .success = false});
  return {};
}

/// What a want's delta says beside, its caller knows.
void HandBuild::set_status(Index row, databuild::Want::Status status) {
  Want& want = wants_[row];
  undo_.push_back({.kind = Undo::Kind::WantStatus, .before = want.status, .row = row});
  want.status = status;
}

void HandBuild::set_status(Index row, databuild::JobRun::Status status) {
  Run& run = runs_[row];
  undo_.push_back({.kind = Undo::Kind::RunStatus, .before = run.status, .row = row});
  run.status = status;
  put_changed(run_record);
  put_id(run.id);
  delta_.varint(run.last);
  delta_.u8(run_status);
  put_state(status);
}

void HandBuild::set_status(Index row, databuild::Partition::Status status) {
  Partition& part = partitions_[row];
  undo_.push_back({.kind = Undo::Kind::PartitionStatus, .before = part.status, .row = row});
  part.status = status;
  put_changed(partition_record);
  put_key(part.ref);
  delta_.varint(part.last);
  delta_.u8(partition_status);
  put_state(status);
}

template <typename E>
void HandBuild::emit(const E& event) {
  const std::size_t offset = events_.size();
  encode(events_, event);
  emitted_.push_back({.kind = static_cast<std::uint16_t>(E::schema::kind),
                      .offset = offset,
                      .size = events_.size() - offset});
}

void HandBuild::put_id(std::uint64_t id) {
  delta_.u64(std::byteswap(id));
}

void HandBuild::put_state(std::uint8_t status) {
  delta_.u8(sizeof(status));
  delta_.u8(status);
}

/// Refs hold no zero bytes here, so nothing in them is escaped.
void HandBuild::put_key(const Str<64>& ref) {
  delta_.varint(ref.view().size() + 2);
  delta_.bytes(std::as_bytes(std::span(ref.view())));
  delta_.u16(0);
}

/// No row here takes 128 bytes, so one byte says how many follow.
void HandBuild::put_created(std::uint8_t record, std::size_t size) {
  delta_.u8(created);
  delta_.u8(record);
  delta_.u8(static_cast<std::uint8_t>(size));
}

void HandBuild::put_changed(std::uint8_t record) {
  delta_.u8(changed);
  delta_.u8(record);
}

void HandBuild::put_want(const Want& want, std::uint8_t fields) {
  put_changed(want_record);
  put_id(want.id);
  delta_.varint(want.last);
  delta_.u8(fields);
  if ((fields & want_attempts) != 0) {
    delta_.u32(want.attempts);
  }
  put_state(want.status);
}

void HandBuild::put_builder(std::uint8_t code, const Partition& part, const Run& run) {
  delta_.u8(code);
  delta_.u8(built_by_edge);
  put_key(part.ref);
  put_id(run.id);
}

/// A row that was changed twice by one transaction was changed once.
template <typename Row>
void HandBuild::stamp(Row& row) const {
  if (row.last != position_) {
    row.last = position_;
    ++row.revision;
  }
}

void HandBuild::commit() {
  for (const Undo& undo : undo_) {
    switch (undo.kind) {
      case Undo::Kind::NewWant:
      case Undo::Kind::WantStatus:
      case Undo::Kind::Attempts:
        stamp(wants_[undo.row]);
        break;
      case Undo::Kind::NewRun:
      case Undo::Kind::RunStatus:
        stamp(runs_[undo.row]);
        break;
      case Undo::Kind::NewPartition:
      case Undo::Kind::PartitionStatus:
        stamp(partitions_[undo.row]);
        break;
      case Undo::Kind::Target:
      case Undo::Kind::Service:
      case Undo::Kind::BuiltBy:
        break;  // links are no part of a row
    }
  }
}

void HandBuild::roll_back() {
  for (std::size_t i = undo_.size(); i-- > 0;) {
    take_back(undo_[i]);
  }
  delta_.clear();
  events_.clear();
  emitted_.clear();
}

void HandBuild::take_back(const Undo& undo) {
  switch (undo.kind) {
    case Undo::Kind::NewWant:
      wants_by_id_.erase(wants_.back().id);
      return wants_.pop_back();
    case Undo::Kind::NewRun:
      runs_by_id_.erase(runs_.back().id);
      runs_by_job_.erase({runs_.back().job, runs_.back().id});
      return runs_.pop_back();
    case Undo::Kind::NewPartition:
      partitions_by_ref_.erase(partitions_.back().ref.view());
      return partitions_.pop_back();
    case Undo::Kind::WantStatus:
      wants_[undo.row].status = static_cast<databuild::Want::Status>(undo.before);
      return;
    case Undo::Kind::RunStatus:
      runs_[undo.row].status = static_cast<databuild::JobRun::Status>(undo.before);
      return;
    case Undo::Kind::PartitionStatus:
      partitions_[undo.row].status = static_cast<databuild::Partition::Status>(undo.before);
      return;
    case Undo::Kind::Attempts:
      wants_[undo.row].attempts = undo.before;
      return;
    case Undo::Kind::Target:
      wants_[undo.row].targets.pop_back();
      return partitions_[undo.other].wanted_by.pop_back();
    case Undo::Kind::Service:
      runs_[undo.row].wants.pop_back();
      return wants_[undo.other].serviced_by.pop_back();
    case Undo::Kind::BuiltBy:
      return restore_builder(undo);
  }
}

void HandBuild::restore_builder(const Undo& undo) {
  Partition& part = partitions_[undo.row];
  runs_[part.built_by].builds.pop_back();
  part.built_by = undo.other;
  if (undo.other != none_yet) {
    std::vector<Index>& builds = runs_[undo.other].builds;
    builds.insert(builds.begin() + undo.before, undo.row);
  }
}

std::uint32_t HandBuild::revision_of(Id<databuild::Want> id) const {
  const auto found = wants_by_id_.find(id.value);
  return found == wants_by_id_.end() ? 0 : wants_[found->second].revision;
}

std::uint32_t HandBuild::revision_of(Id<databuild::JobRun> id) const {
  const auto found = runs_by_id_.find(id.value);
  return found == runs_by_id_.end() ? 0 : runs_[found->second].revision;
}

std::uint32_t HandBuild::revision_of(std::string_view ref) const {
  const auto found = partitions_by_ref_.find(ref);
  return found == partitions_by_ref_.end() ? 0 : partitions_[found->second].revision;
}

}  // namespace cairn::execution
