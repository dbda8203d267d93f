// SPDX-License-Identifier: Apache-2.0
#include "tests/execution/hand_build.h"

#include <array>
#include <cstring>

namespace cairn::execution {

bool HandBuild::execute(std::uint16_t kind, std::span<const std::byte> bytes,
                        std::uint64_t position) {
  undo_.clear();
  delta_.clear();
  events_.clear();
  position_ = position;
  ByteReader reader(bytes);
  Scratch none;
  const bool accepted = kind == 1   ? add_partition(reader, none)
                        : kind == 2 ? make_want(reader, none)
                        : kind == 3 ? start_job(reader, none)
                                    : finish_job(reader, none);
  if (!accepted) {
    roll_back();
  }
  return accepted;
}

bool HandBuild::add_partition(ByteReader& reader, Scratch& none) {
  databuild::AddPartition command;
  if (!decode(reader, none, command) || partitions_by_ref_.contains(command.ref.view())) {
    return false;
  }
  const auto row = static_cast<Index>(partitions_.size());
  partitions_.push_back({.ref = command.ref, .last = position_, .wanted_by = {}});
  refs_.push_back(std::make_unique<std::string>(command.ref.view()));
  partitions_by_ref_.emplace(std::string_view(*refs_.back()), row);
  undo_.push_back({.kind = Undo::Kind::NewPartition, .row = row});
  delta_.u8(1);
  delta_.varint(2);
  delta_.sized_bytes(std::as_bytes(std::span(command.ref.view())));
  delta_.u8(0);
  return true;
}

bool HandBuild::make_want(ByteReader& reader, Scratch& none) {
  databuild::MakeWant command;
  if (!decode(reader, none, command) || wants_by_id_.contains(command.want.value)) {
    return false;
  }
  const auto row = static_cast<Index>(wants_.size());
  wants_.push_back({.id = command.want.value, .last = position_, .targets = {}, .serviced_by = {}});
  wants_by_id_.emplace(command.want.value, row);
  undo_.push_back({.kind = Undo::Kind::NewWant, .row = row});
  for (const Str<64>& ref : command.partitions) {
    if (ref.view().empty()) {
      continue;
    }
    const auto part = partitions_by_ref_.find(ref.view());
    if (part == partitions_by_ref_.end()) {
      return false;
    }
    wants_[row].targets.push_back(part->second);
    partitions_[part->second].wanted_by.push_back(row);
    undo_.push_back({.kind = Undo::Kind::Target, .row = row, .other = part->second});
    put_link(2, wants_[row].id, ref.view());
  }
  set_status(wants_[row], row, databuild::Want::Idle);
  delta_.u8(1);
  delta_.varint(0);
  put_number(wants_[row].id);
  put_number(wants_[row].attempts);
  delta_.u8(wants_[row].status);
  return true;
}

bool HandBuild::start_job(ByteReader& reader, Scratch& none) {
  databuild::StartJob command;
  if (!decode(reader, none, command)) {
    return false;
  }
  const auto found = partitions_by_ref_.find(command.partition.view());
  if (found == partitions_by_ref_.end() || runs_by_id_.contains(command.run.value)) {
    return false;
  }
  Partition& part = partitions_[found->second];
  if (part.status != databuild::Partition::Missing) {
    return false;
  }
  const auto row = static_cast<Index>(runs_.size());
  runs_.push_back({.id = command.run.value,
                   .last = position_,
                   .job = command.job,
                   .wants = {},
                   .builds = {found->second}});
  runs_by_id_.emplace(command.run.value, row);
  runs_by_job_.emplace(command.job, command.run.value);
  undo_.push_back({.kind = Undo::Kind::NewRun, .row = row});
  set_status(part, found->second, databuild::Partition::Building);
  undo_.push_back({.kind = Undo::Kind::BuiltBy, .row = found->second, .other = part.built_by});
  if (part.built_by != none_yet) {
    std::erase(runs_[part.built_by].builds, found->second);
    put_link(1, runs_[part.built_by].id, part.ref.view());
  }
  part.built_by = row;
  put_link(1, command.run.value, part.ref.view());
  std::uint32_t wants = 0;
  for (const Index each : part.wanted_by) {
    if (wants_[each].status == databuild::Want::Idle) {
      serve(row, each);
      ++wants;
    }
  }
  delta_.u8(1);
  delta_.varint(1);
  put_number(command.run.value);
  delta_.sized_bytes(std::as_bytes(std::span(command.job.view())));
  delta_.u8(0);
  encode(events_,
         databuild::JobStarted{.run = command.run, .partition = command.partition, .wants = wants});
  return true;
}

void HandBuild::serve(Index run, Index row) {
  Want& want = wants_[row];
  set_status(want, row, databuild::Want::Building);
  undo_.push_back({.kind = Undo::Kind::Attempts, .before = want.attempts, .row = row});
  ++want.attempts;
  runs_[run].wants.push_back(row);
  want.serviced_by.push_back(run);
  undo_.push_back({.kind = Undo::Kind::Service, .row = run, .other = row});
  delta_.u8(4);
  delta_.varint(0);
  put_number(runs_[run].id);
  put_number(want.id);
  put_want(want, 6);
}

bool HandBuild::finish_job(ByteReader& reader, Scratch& none) {
  databuild::FinishJob command;
  if (!decode(reader, none, command)) {
    return false;
  }
  const auto found = runs_by_id_.find(command.run.value);
  if (found == runs_by_id_.end() || runs_[found->second].status != databuild::JobRun::Running) {
    return false;
  }
  Run& run = runs_[found->second];
  undo_.push_back({.kind = Undo::Kind::RunStatus, .before = run.status, .row = found->second});
  run.status = command.success ? databuild::JobRun::Succeeded : databuild::JobRun::Failed;
  put_changed(1, run.last, 4);
  put_number(run.id);
  delta_.u8(run.status);
  run.last = position_;
  for (const Index each : run.builds) {
    finish_partition(each, command.success);
  }
  for (const Index each : run.wants) {
    finish_want(each, command.success);
  }
  return true;
}

void HandBuild::finish_partition(Index row, bool success) {
  Partition& part = partitions_[row];
  if (part.status != databuild::Partition::Building) {
    return;
  }
  set_status(part, row, success ? databuild::Partition::Live : databuild::Partition::Missing);
  if (success) {
    encode(events_, databuild::PartitionLive{.ref = part.ref});
  }
}

void HandBuild::finish_want(Index row, bool success) {
  Want& want = wants_[row];
  if (want.status != databuild::Want::Building) {
    return;
  }
  if (!success) {
    set_status(want, row, databuild::Want::Idle);
    put_want(want, 4);
    return;
  }
  for (const Index part : want.targets) {
    if (partitions_[part].status != databuild::Partition::Live) {
      return;
    }
  }
  set_status(want, row, databuild::Want::Successful);
  put_want(want, 4);
  encode(events_, databuild::WantDone{.want = Id<databuild::Want>{want.id}, .success = true});
}

void HandBuild::set_status(Want& want, Index row, databuild::Want::Status status) {
  undo_.push_back({.kind = Undo::Kind::WantStatus, .before = want.status, .row = row});
  want.status = status;
}

void HandBuild::set_status(Partition& part, Index row, databuild::Partition::Status status) {
  undo_.push_back({.kind = Undo::Kind::PartitionStatus, .before = part.status, .row = row});
  part.status = status;
  put_changed(2, part.last, 2);
  delta_.sized_bytes(std::as_bytes(std::span(part.ref.view())));
  delta_.u8(status);
  part.last = position_;
}

void HandBuild::put_number(std::uint64_t number) {
  std::array<std::byte, 8> bytes = {};
  std::memcpy(bytes.data(), &number, sizeof(number));
  delta_.bytes(bytes);
}

void HandBuild::put_changed(std::uint64_t record, std::uint64_t last, std::uint64_t mask) {
  delta_.u8(2);
  delta_.varint(record);
  delta_.varint(last);
  delta_.varint(mask);
}

void HandBuild::put_want(Want& want, std::uint64_t mask) {
  put_changed(0, want.last, mask);
  put_number(want.id);
  delta_.u8(want.status);
  want.last = position_;
}

void HandBuild::put_link(std::uint64_t edge, std::uint64_t id, std::string_view ref) {
  delta_.u8(4);
  delta_.varint(edge);
  put_number(id);
  delta_.sized_bytes(std::as_bytes(std::span(ref)));
}

void HandBuild::roll_back() {
  for (std::size_t i = undo_.size(); i-- > 0;) {
    take_back(undo_[i]);
  }
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
      partitions_by_ref_.erase(*refs_.back());
      refs_.pop_back();
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
      partitions_[undo.row].built_by = undo.other;
      return;
  }
}

}  // namespace cairn::execution
