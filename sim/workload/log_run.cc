// SPDX-License-Identifier: Apache-2.0
#include "sim/workload/log_run.h"

#include <algorithm>
#include <array>
#include <utility>

#include <fmt/format.h>

#include "base/hash.h"

namespace cairn::sim {

namespace {

struct CanaryName {
  Canary canary = Canary::None;
  std::string_view name;
};

constexpr std::array canary_names{
    CanaryName{.canary = Canary::None, .name = "none"},
    CanaryName{.canary = Canary::SkipsSync, .name = "skips-sync"},
    CanaryName{.canary = Canary::IgnoresTornTail, .name = "ignores-torn-tail"},
    CanaryName{.canary = Canary::ForgetsFolderSync, .name = "forgets-folder-sync"},
    CanaryName{.canary = Canary::RetriesSync, .name = "retries-sync"},
    CanaryName{.canary = Canary::TrustsPageCache, .name = "trusts-page-cache"},
};

Digest extended(const Digest& history, const Payload& payload) {
  Blake3Hasher hasher;
  hasher.update(history.bytes);
  hasher.update(payload);
  return hasher.finish();
}

DiskFaults draw_faults(const World& world, Atlas atlas) {
  Rng rng = world.stream("swarm.disk");
  return draw_disk_faults(rng, atlas);
}

LogOptions draw_log_options(const World& world, Canary canary) {
  Rng rng = world.stream("swarm.log");
  LogOptions options{.canary = canary};
  options.queue_depth = static_cast<std::uint32_t>(rng.between(1, 8));
  options.durable_writes = rng.chance(1, 2);
  options.segment_reserve = rng.chance(1, 2) ? 65'536 : 0;
  return options;
}

}  // namespace

std::string_view to_string(Canary canary) noexcept {
  return std::ranges::find(canary_names, canary, &CanaryName::canary)->name;
}

const Canary* find_canary(std::string_view name) noexcept {
  const auto* const found = std::ranges::find(canary_names, name, &CanaryName::name);
  return found == canary_names.end() ? nullptr : &found->canary;
}

void PrefixOracle::tried(std::span<const Payload> payloads) {
  for (const Payload& payload : payloads) {
    last_history_ = extended(last_history_, payload);
    histories_.insert(last_history_);
    expected_.push_back(payload);
  }
}

std::string PrefixOracle::check_against_last(const std::vector<Payload>& payloads) const {
  if (payloads.size() < acknowledged_) {
    return fmt::format("{} records were acknowledged, {} are there", acknowledged_,
                       payloads.size());
  }
  if (payloads.size() > expected_.size()) {
    return fmt::format("{} records were tried, {} are there", expected_.size(), payloads.size());
  }
  const auto wrong = std::ranges::mismatch(payloads, expected_).in1;
  if (wrong != payloads.end()) {
    return fmt::format("record {} is not what was appended", wrong - payloads.begin());
  }
  return {};
}

std::string PrefixOracle::check_against_all(const std::vector<Payload>& payloads) const {
  Digest history;
  for (std::size_t i = 0; i < payloads.size(); ++i) {
    history = extended(history, payloads[i]);
    if (!histories_.contains(history)) {
      return fmt::format("record {} was never appended after those before it", i);
    }
  }
  return {};
}

std::string PrefixOracle::recovered(const std::vector<Payload>& payloads) {
  std::string failure =
      atlas_ == Atlas::OneCopy ? check_against_last(payloads) : check_against_all(payloads);
  expected_ = payloads;
  acknowledged_ = payloads.size();
  last_history_ = {};
  for (const Payload& payload : expected_) {
    last_history_ = extended(last_history_, payload);
  }
  return failure;
}

LogRun::LogRun(const LogRunOptions& options)
    : options_(options),
      world_(options.seed),
      choice_(world_.stream("workload.choice")),
      disk_(world_, "disk", draw_faults(world_, options.atlas)),
      log_options_(draw_log_options(world_, options.canary)),
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
    disk_.kill();
    log_.reset();
  }
  report_.acknowledged = oracle_.acknowledged_count();
  report_.marks = world_.marks();
  report_.digest = world_.trace_digest().to_string();
  return std::move(report_);
}

void LogRun::fail_run(std::string failure) {
  world_.mark("run.failed");
  report_.failure = std::move(failure);
  is_over_ = true;
}

void LogRun::crash() {
  disk_.crash();
  log_.reset();
  ++report_.crashes;
}

void LogRun::die() {
  if (disk_.crashed() || choice_.chance(1, 2)) {
    crash();
  } else {
    disk_.kill();
    log_.reset();
    ++report_.kills;
  }
}

void LogRun::after(const Result<>& done) {
  if (!done) {
    world_.mark("log." + std::string(to_string(done.error().code())));
    die();
  }
}

void LogRun::open() {
  auto opened = Log::open(disk_, log_options_);
  if (opened) {
    log_ = *std::move(opened);
    world_.trace("log.recovered", "log", {log_->recovered().size()});
    if (std::string failure = oracle_.recovered(log_->recovered()); !failure.empty()) {
      fail_run(std::move(failure));
    }
    return;
  }
  const Error& error = opened.error();
  if (error.code() != Errc::Corrupt) {
    after(fail(error));
  } else if (options_.atlas == Atlas::Everything) {
    world_.mark("log.halted");
    report_.is_halted = true;
    is_over_ = true;
  } else {
    fail_run("recovery reports damage where none can be: " + error.to_string());
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
  if (choice < 4) {
    crash();
  } else if (choice < 8) {
    disk_.kill();
    log_.reset();
    ++report_.kills;
  } else if (choice < 10) {
    log_.reset();
  } else if (choice < 16) {
    disk_.crash_at(disk_.operations() + 1 + choice_.below(12));
  } else if (choice < 22) {
    after(log_->rotate());
  } else {
    append();
  }
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

void LogRun::append() {
  std::vector<Payload> payloads;
  const std::uint64_t count = choice_.between(1, 5);
  payloads.reserve(count);
  for (std::uint64_t i = 0; i < count; ++i) {
    payloads.push_back(make_payload());
  }
  oracle_.tried(payloads);
  const auto done = log_->append(payloads);
  if (done) {
    world_.trace("log.acknowledged", "log", {payloads_});
    oracle_.acknowledged();
  }
  after(done);
}

void LogRun::finish() {
  // The world heals: a log that cannot come back now, or has lost something, never will.
  disk_.set_faults({.lose_one_in = 1});
  crash();
  open();
  if (is_over_) {
    return;
  }
  if (log_ == nullptr) {
    fail_run("the log does not open although nothing fails any more");
    return;
  }
  append();
  if (log_ == nullptr) {
    fail_run("the log does not take a record although nothing fails any more");
    return;
  }
  crash();
  open();
}

}  // namespace cairn::sim
