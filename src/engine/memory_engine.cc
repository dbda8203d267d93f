// SPDX-License-Identifier: Apache-2.0
#include "engine/memory_engine.h"

#include <algorithm>

#include <fmt/core.h>

#include "base/check.h"
#include "cairn/testing_core.h"
#include "engine/transaction_text.h"
#include "schema/domain_table.h"
#include "state/checkpoint.h"

namespace cairn::engine {

namespace {

/// What a reader saw.
class MemoryObservation final : public Observation {
 public:
  execution::ReadSet reads;
};

std::vector<std::byte> copy_of(std::span<const std::byte> bytes) {
  return {bytes.begin(), bytes.end()};
}

/// What is recorded is of one schema.
Result<> check_recording(const EngineOptions& options, const schema::Schema& schema) {
  if (options.recording == nullptr) {
    return {};
  }
  const Digest& recorded = options.recording->log().schema().fingerprint();
  if (recorded != schema.fingerprint()) {
    return fail(Errc::InvalidArgument,
                fmt::format("the recording is of fingerprint {}, and the domain has {}",
                            recorded.to_string(), schema.fingerprint().to_string()));
  }
  return {};
}

}  // namespace

struct MemoryEngine::Kept {
  explicit Kept(const TransactionView& from)
      : view(from),
        command(copy_of(from.command)),
        detail(copy_of(from.detail)),
        delta(copy_of(from.delta)),
        text(from.text),
        events(from.events.begin(), from.events.end()),
        gates(from.gates.begin(), from.gates.end()) {
    for (EventView& event : events) {
      event_bytes.push_back(copy_of(event.bytes));
      event.bytes = event_bytes.back();
    }
    view.command = command;
    view.detail = detail;
    view.delta = delta;
    view.text = text;
    view.events = events;
    view.gates = gates;
  }

  TransactionView view;
  std::vector<std::byte> command;
  std::vector<std::byte> detail;
  std::vector<std::byte> delta;
  std::string text;
  std::deque<std::vector<std::byte>> event_bytes;
  std::vector<EventView> events;
  std::vector<GateView> gates;
};

Result<std::unique_ptr<EngineCore>> MemoryEngine::make(const cairn_domain& domain, Trust trust,
                                                       const EngineOptions& options) {
  const auto* const types = static_cast<const DomainInfo*>(domain.descriptor);
  if (trust == Trust::Compiled && types == nullptr) {
    return fail(Error(Errc::InvalidArgument, "a table without a descriptor was not compiled in")
                    .advise("hand it over as Trust::Checked"));
  }
  CAIRN_TRY(schema::Schema schema, trust == Trust::Compiled ? schema::Schema::from_domain(*types)
                                                            : schema::read_schema(domain));
  CAIRN_TRY(schema::check_table(domain, schema.domain()));
  CAIRN_TRY(check_recording(options, schema));
  std::unique_ptr<MemoryEngine> engine(new MemoryEngine(
      std::nullopt, {.table = domain, .trust = trust}, std::move(schema), options));
  CAIRN_TRY(engine->watch(options.watchdog));
  return engine;
}

Result<std::unique_ptr<EngineCore>> MemoryEngine::make(plugin::Plugin plugin,
                                                       const EngineOptions& options) {
  CAIRN_TRY(schema::Schema schema, schema::Schema::from_idl(plugin.schema().idl()));
  CAIRN_TRY(check_recording(options, schema));
  const cairn_domain& table = plugin.domain();  // it stays where it is when the plugin moves
  std::unique_ptr<MemoryEngine> engine(new MemoryEngine(
      std::move(plugin), {.table = table, .trust = Trust::Checked}, std::move(schema), options));
  CAIRN_TRY(engine->watch(options.watchdog));
  return engine;
}

MemoryEngine::MemoryEngine(std::optional<plugin::Plugin> plugin, Hosted hosted,
                           schema::Schema schema, const EngineOptions& options)
    : plugin_(std::move(plugin)),
      schema_(std::move(schema)),
      plan_(schema_),
      state_(plan_),
      executor_(hosted.table, hosted.trust, state_),
      time_(options.start) {
  executor_.set_budget({.steps_max = options.budget.steps_max,
                        .changes_max = options.budget.changes_max,
                        .bytes_max = options.budget.bytes_max});
  state_.set_position(Seq(), options.start.nanoseconds);
  if (options.recording != nullptr) {
    log_ = &options.recording->log();
    executor_.set_notes(&notes_);
  }
}

/// Watches commands, and refuses those in quarantine, when the options say so.
Result<> MemoryEngine::watch(const WatchdogOptions& options) {
  if (options.limit != Duration{} || !options.quarantine_file.empty()) {
    CAIRN_TRY(guard_, CommandGuard::make(schema_, options));
    executor_.set_interrupt(guard_->interrupt());
  }
  return {};
}

execution::Context MemoryEngine::next() const noexcept {
  return {.position = state_.position().next(), .time = time_.nanoseconds};
}

Result<std::vector<execution::Bypass>> MemoryEngine::bypasses_of(const CommandView& command) const {
  if (schema_.command(command.kind) == nullptr) {
    return fail(Errc::NotFound,
                fmt::format("{} has no command of kind {}", schema_.domain().name, command.kind));
  }
  std::vector<execution::Bypass> bypasses;
  for (const GateBypass& bypass : command.bypasses) {
    const auto& gates = schema_.domain().gates;
    const auto gate = std::ranges::find(gates, bypass.gate, &RuleInfo::name);
    if (gate == gates.end()) {
      return fail(Errc::NotFound,
                  fmt::format("{} has no gate {}", schema_.domain().name, bypass.gate));
    }
    if (bypass.approver.empty() || bypass.reason.empty()) {
      return fail(
          Error(Errc::InvalidArgument,
                fmt::format("gate {} is passed without saying who allows it and why", bypass.gate))
              .advise("name an approver and a reason"));
    }
    bypasses.push_back({.gate = static_cast<std::uint16_t>(gate - gates.begin()),
                        .approver = bypass.approver,
                        .reason = bypass.reason});
  }
  return bypasses;
}

/// Shows a transaction as the public face has it.
void MemoryEngine::show(const CommandView& command, const execution::Transaction& transaction,
                        const Take& take) {
  events_.clear();
  for (const execution::Event& event : transaction.events) {
    events_.push_back({.kind = event.kind,
                       .bytes = event.bytes,
                       .cause_transaction = Seq(event.has_cause ? event.cause.transaction : 0),
                       .cause_event = event.has_cause ? event.cause.event : 0});
  }
  gates_.clear();
  for (const execution::GateVerdict& verdict : transaction.gates) {
    gates_.push_back({.name = schema_.domain().gates[verdict.gate].name,
                      .allowed = verdict.allowed,
                      .approver = verdict.bypass == nullptr ? "" : verdict.bypass->approver,
                      .reason = verdict.bypass == nullptr ? "" : verdict.bypass->reason});
  }
  const bool denied = transaction.outcome == OutcomeKind::Denied;
  take({.position = transaction.context.position,
        .time = transaction.context.time,
        .kind = command.kind,
        .command = command.bytes,
        .outcome = transaction.outcome,
        .code = transaction.code,
        .detail = transaction.detail,
        .gate = denied ? schema_.domain().gates[transaction.gate].name : std::string_view(),
        .fault = transaction.fault,
        .text = transaction.text,
        .delta = transaction.delta,
        .events = events_,
        .gates = gates_});
}

void MemoryEngine::publish(const TransactionView& transaction) {
  if (subscribers_.empty()) {
    return;
  }
  if (executor_.is_in_group()) {
    group_.push_back(std::make_unique<Kept>(transaction));
    return;
  }
  for (const auto& [number, take] : subscribers_) {
    take(transaction);
  }
}

/// The position of a command in the schema. Requires: it has one of this kind.
std::uint16_t MemoryEngine::command_of(std::uint16_t kind) const {
  const auto commands = schema_.domain().commands;
  const auto found = std::ranges::find(commands, kind, &StructInfo::kind);
  CAIRN_CHECK(found != commands.end());
  return static_cast<std::uint16_t>(found - commands.begin());
}

/// Executes a command that is not in quarantine; when it runs too long, it is from then on.
const execution::Transaction& MemoryEngine::run_to_end(const execution::Command& command) {
  for (;;) {
    if (log_ != nullptr) {
      notes_.clear();
    }
    if (guard_ != nullptr) {
      guard_->start(command, next().position);
    }
    const Result<const execution::Transaction*> transaction = executor_.execute(command, next());
    const bool ran_too_long = guard_ != nullptr && guard_->finish();
    if (transaction) {
      return **transaction;
    }
    // Otherwise the interrupt was raised for the command before, just when that ended.
    if (ran_too_long) {
      guard_->quarantine();
      return executor_.quarantine(command, next());
    }
  }
}

/// The one way in which commands become transactions.
const execution::Transaction& MemoryEngine::perform(const execution::Command& command) {
  if (guard_ != nullptr && guard_->refuses(command)) {
    return executor_.quarantine(command, next());
  }
  const execution::Transaction& transaction = run_to_end(command);
  if (log_ != nullptr) {
    log_->add(run_of(plan_, command_of(command.kind), transaction, notes_));
  }
  return transaction;
}

Result<> MemoryEngine::run(const CommandView& command, std::uint64_t timer, const Take& take) {
  CAIRN_TRY(const std::vector<execution::Bypass> bypasses, bypasses_of(command));
  const execution::Transaction& transaction =
      perform({.kind = command.kind, .bytes = command.bytes, .timer = timer, .bypasses = bypasses});
  show(command, transaction, [&](const TransactionView& view) {
    take(view);
    publish(view);
  });
  return {};
}

Result<> MemoryEngine::execute(const CommandView& command, const Take& take) {
  return run(command, 0, take);
}

Result<> MemoryEngine::try_execute(const CommandView& command, const Take& take) {
  CAIRN_CHECK(!executor_.is_in_group());
  CAIRN_TRY(const std::vector<execution::Bypass> bypasses, bypasses_of(command));
  executor_.begin_group();
  const execution::Transaction& transaction =
      perform({.kind = command.kind, .bytes = command.bytes, .bypasses = bypasses});
  const bool accepted = transaction.outcome == OutcomeKind::Accepted;
  if (accepted) {
    executor_.commit_group();
  }
  show(command, transaction, [&](const TransactionView& view) {
    take(view);
    if (accepted) {
      publish(view);
    }
  });
  if (!accepted) {
    executor_.roll_back_group();
  }
  return {};
}

Result<> MemoryEngine::what_if(const CommandView& command, const Take& take) {
  CAIRN_TRY(const std::vector<execution::Bypass> bypasses, bypasses_of(command));
  CAIRN_CHECK(!executor_.is_in_group());
  executor_.begin_group();
  show(command, perform({.kind = command.kind, .bytes = command.bytes, .bypasses = bypasses}),
       take);
  executor_.roll_back_group();
  return {};
}

Result<> MemoryEngine::execute_if(const Observation& observed, const CommandView& command,
                                  const Take& take) {
  const auto* const mine = dynamic_cast<const MemoryObservation*>(&observed);
  CAIRN_CHECK(mine != nullptr);
  if (!mine->reads.holds(state_)) {
    return fail(Error(Errc::Conflict, "what was read has changed since")
                    .advise("read again, and decide again"));
  }
  return run(command, 0, take);
}

void MemoryEngine::begin_group() {
  executor_.begin_group();
}

void MemoryEngine::commit_group() {
  executor_.commit_group();
  const std::deque<std::unique_ptr<Kept>> kept = std::move(group_);
  group_.clear();
  for (const auto& each : kept) {
    publish(each->view);
  }
}

void MemoryEngine::roll_back_group() {
  group_.clear();
  executor_.roll_back_group();
}

void MemoryEngine::read(const std::function<void(const detail::Call&)>& reader,
                        Observation* observation) {
  auto* const mine = dynamic_cast<MemoryObservation*>(observation);
  CAIRN_CHECK(observation == nullptr || mine != nullptr);
  executor_.read(
      [&](const cairn_host& host, cairn_call& call) { reader({.host = &host, .call = &call}); },
      mine == nullptr ? nullptr : &mine->reads);
}

std::unique_ptr<Observation> MemoryEngine::make_observation() const {
  return std::make_unique<MemoryObservation>();
}

std::uint64_t MemoryEngine::subscribe(Take take) {
  subscribers_.emplace_back(++last_subscription_, std::move(take));
  return last_subscription_;
}

void MemoryEngine::unsubscribe(std::uint64_t subscription) noexcept {
  std::erase_if(subscribers_, [&](const auto& each) { return each.first == subscription; });
}

void MemoryEngine::advance(Timestamp to) {
  CAIRN_CHECK(!executor_.is_in_group());
  const Timestamp goal = std::max(time_, to);
  for (auto due = state_.timers().due(goal.nanoseconds); due.number != 0;
       due = state_.timers().due(goal.nanoseconds)) {
    time_ = std::max(time_, Timestamp{due.timer->at});
    const std::vector<std::byte> bytes = due.timer->command;
    const Result<> done =
        run({.kind = due.timer->kind, .bytes = bytes}, due.number, [](const TransactionView&) {});
    CAIRN_CHECK(done.has_value());
  }
  time_ = goal;
}

const DomainInfo& MemoryEngine::domain() const noexcept {
  return schema_.domain();
}

Seq MemoryEngine::position() const noexcept {
  return state_.position();
}

Timestamp MemoryEngine::time() const noexcept {
  return time_;
}

Digest MemoryEngine::digest() const {
  return state::digest_of(state_);
}

std::string MemoryEngine::describe(const TransactionView& transaction) const {
  return transaction_text(plan_, transaction);
}

std::string MemoryEngine::describe(const CommandView& command) const {
  return value_text(*schema_.command(command.kind), command.bytes);
}

}  // namespace cairn::engine

namespace cairn {

Result<std::unique_ptr<EngineCore>> make_memory_engine(const cairn_domain& domain, Trust trust,
                                                       const EngineOptions& options) {
  return engine::MemoryEngine::make(domain, trust, options);
}

Result<std::unique_ptr<EngineCore>> make_memory_engine(const PluginFile& plugin,
                                                       const EngineOptions& options) {
  CAIRN_TRY(
      plugin::Plugin loaded,
      plugin::Plugin::load(plugin.path, {.fingerprint = plugin.fingerprint, .name = plugin.name}));
  return engine::MemoryEngine::make(std::move(loaded), options);
}

Result<Digest> fingerprint_of(const DomainInfo& domain) {
  CAIRN_TRY(const schema::Schema schema, schema::Schema::from_domain(domain));
  return schema.fingerprint();
}

}  // namespace cairn
