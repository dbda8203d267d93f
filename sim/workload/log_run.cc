// SPDX-License-Identifier: Apache-2.0
#include "sim/workload/log_run.h"

#include <algorithm>
#include <utility>

#include <fmt/format.h>

#include "log/archive.h"
#include "log/reader.h"
#include "log/retention.h"

namespace cairn::sim {

namespace {

constexpr const char* folder = "log";

DiskFaults draw_faults(const World& world, Atlas atlas) {
  Rng rng = world.stream("swarm.disk");
  return draw_disk_faults(rng, atlas);
}

log::Options draw_log_options(const World& world) {
  Rng rng = world.stream("swarm.log");
  log::Options options;
  options.batch_bytes_max = rng.between(1, 3) * 8192;
  options.segment_bytes = 65'536 + rng.below(4) * 16'384;
  options.batch_count_max = static_cast<std::uint32_t>(rng.between(1, 40));
  options.depth = static_cast<std::uint32_t>(rng.between(1, 4));
  options.keeps_reserve = rng.chance(1, 2);
  return options;
}

}  // namespace

Result<Payloads> read_log(sys::Disk& disk, std::uint64_t first) {
  CAIRN_TRY(const auto reader, log::Reader::open(disk, folder));
  CAIRN_TRY(const std::uint64_t oldest, reader->first());
  CAIRN_TRY(reader->seek(std::max(first, oldest)));
  Payloads found;
  while (true) {
    CAIRN_TRY(const log::BatchView* const batch, reader->next());
    if (batch == nullptr) {
      return found;
    }
    for (std::size_t i = 0; i < batch->count(); ++i) {
      const log::Bytes record = batch->record(i);
      found[batch->first() + i] = Payload(record.begin(), record.end());
    }
  }
}

LogRun::LogRun(const LogRunOptions& options)
    : options_(options),
      world_(options.seed),
      choice_(world_.stream("workload.choice")),
      disk_(world_, "disk", draw_faults(world_, options.atlas)),
      canary_disk_(disk_, options.canary),
      random_(world_, "workload.salt"),
      faults_(draw_faults(world_, options.atlas)),
      log_options_(draw_log_options(world_)),
      oracle_(options.atlas) {
  world_.print_trace_to(options.trace);
}

LogRunReport LogRun::run() {
  while (report_.steps < options_.steps && !is_over_) {
    ++report_.steps;
    world_.schedule(Duration{static_cast<std::int64_t>(choice_.below(1'000'000))},
                    [this] { step(); });
    world_.step();
  }
  if (!is_over_) {
    finish();
  }
  // Not destroyed alive at the end of the world: see SimDisk.
  if (log_ != nullptr) {
    kill();
  }
  report_.acknowledged = oracle_.acknowledged_count();
  report_.marks = world_.marks();
  report_.digest = world_.trace_digest().to_string();
  return std::move(report_);
}

void LogRun::fail_run(std::string failure) {
  report_.failure = fmt::format("step {}: {}", report_.steps, failure);
  is_over_ = true;
}

void LogRun::crash() {
  // The queue dies with the machine, not after it.
  disk_.crash();
  log_.reset();
  ++report_.crashes;
}

void LogRun::die() {
  if (choice_.chance(1, 2)) {
    crash();
  } else {
    kill();
  }
}

/// The power may be gone already, with nobody having noticed.
void LogRun::kill() {
  if (disk_.crashed()) {
    crash();
    return;
  }
  disk_.kill();
  log_.reset();
  ++report_.kills;
}

void LogRun::after(const Result<>& done) {
  if (log_ != nullptr) {
    oracle_.acknowledged(log_->durable());
    world_.trace("log.durable", "log", {log_->durable()});
  }
  if (done) {
    return;
  }
  world_.mark("log." + std::string(to_string(done.error().code())));
  if (done.error().code() == Errc::Corrupt) {
    damage_found(done.error());
  } else if (done.error().code() != Errc::NoSpace || disk_.crashed() || choice_.chance(1, 2)) {
    die();
  }
}

void LogRun::damage_found(const Error& error) {
  if (options_.atlas == Atlas::Everything) {
    world_.mark("log.halted");
    report_.is_halted = true;
    is_over_ = true;
  } else {
    fail_run("damage is reported where none can be: " + error.to_string());
  }
}

void LogRun::open() {
  auto opened = log::Writer::open(canary_disk_, folder, log_options_, random_);
  if (!opened) {
    after(fail(opened.error()));
    return;
  }
  log_ = *std::move(opened);
  world_.trace("log.recovered", "log", {log_->durable(), log_->recovery().cut ? 1U : 0U});
  if (log_->recovery().cut) {
    world_.mark("log.cut");
  }
  judge();
}

/// Looks at what is there with a disk that does nothing wrong meanwhile.
void LogRun::judge() {
  disk_.set_faults({});
  const auto found = read_log(disk_, oracle_.first());
  disk_.set_faults(faults_);
  if (!found) {
    damage_found(found.error());
    return;
  }
  if (std::string failure = oracle_.recovered(*found, log_->durable()); !failure.empty()) {
    fail_run(std::move(failure));
  }
}

void LogRun::step() {
  if (log_ == nullptr) {
    open();
  } else {
    act();
  }
}

void LogRun::act() {
  const std::uint64_t choice = choice_.below(100);
  if (choice < 3) {
    crash();
  } else if (choice < 6) {
    kill();
  } else if (choice < 8) {
    after(log_->close());
    log_.reset();
  } else if (choice < 14) {
    disk_.crash_at(disk_.operations() + 1 + choice_.below(12));
  } else if (choice < 18) {
    after(maintain(choice < 16));
  } else {
    after(append());
  }
}

Result<> LogRun::maintain(bool archives) {
  const std::uint64_t through = log_->durable() - log_->durable() / 4;
  if (archives) {
    world_.mark("log.archive");
    // Not packed: the digest of a run must not depend on the library that packs.
    CAIRN_TRY(
        log::archive_through(log_->folder(), through, {.compression = log::Compression::None}));
    return {};
  }
  world_.mark("log.drop");
  // Once it is asked for, it may happen whatever the answer.
  auto first = log::drop_through(log_->folder(), through / 2);
  const auto floor = first ? first : Result<std::uint64_t>(through / 2 + 1);
  oracle_.dropped(*floor);
  return first ? Result<>{} : fail(first.error());
}

Payload LogRun::make_payload() {
  const bool is_long = choice_.chance(1, 4);
  Payload payload(choice_.between(8, is_long ? 3000 : 200));
  ++payloads_;
  for (std::size_t i = 0; i < payload.size(); ++i) {
    payload[i] = static_cast<std::byte>(i < 8 ? payloads_ >> (8 * i) : choice_.below(256));
  }
  return payload;
}

/// Waits for room where there is none.
Result<> LogRun::stage(const Payload& payload, Timestamp time) {
  auto sequence = log_->stage(payload);
  while (!sequence && sequence.error().code() == Errc::Busy) {
    CAIRN_TRY(const auto batch, log_->submit(time));
    CAIRN_TRY(batch ? Result<>{} : log_->poll(seconds(1)));
    sequence = log_->stage(payload);
  }
  CAIRN_TRY(const std::uint64_t given, std::move(sequence));
  oracle_.tried(given, payload);
  return {};
}

Result<> LogRun::append() {
  const Timestamp time{static_cast<std::int64_t>(payloads_)};
  const std::uint64_t count = choice_.between(1, 8);
  for (std::uint64_t i = 0; i < count; ++i) {
    CAIRN_TRY(stage(make_payload(), time));
    const bool submits = i + 1 == count || choice_.chance(1, 3);
    CAIRN_TRY(submits ? log_->submit(time) : std::nullopt);
  }
  // Sometimes all is waited for, sometimes the next step comes while writes are under way.
  return choice_.chance(1, 3) ? log_->flush(time) : log_->poll(Duration{});
}

void LogRun::finish() {
  // The world heals: a log that cannot come back now, or has lost something, never will.
  faults_ = {.lose_one_in = 1};
  disk_.set_faults(faults_);
  crash();
  for (int round = 0; round < 2; ++round) {
    open();
    if (is_over_) {
      return;
    }
    if (log_ == nullptr) {
      fail_run("the log does not open although nothing fails any more");
      return;
    }
    const auto appended = append();
    const auto flushed = appended ? log_->flush({}) : appended;
    if (!flushed) {
      fail_run("the log does not take a record although nothing fails any more: " +
               flushed.error().to_string());
      return;
    }
    oracle_.acknowledged(log_->durable());
    crash();
  }
  open();
}

}  // namespace cairn::sim
