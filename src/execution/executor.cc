// SPDX-License-Identifier: Apache-2.0
#include "execution/executor.h"

#include <algorithm>
#include <cstring>
#include <exception>
#include <utility>

#include <fmt/core.h>

#include "base/check.h"
#include "cairn/bytes.h"
#include "execution/notes.h"
#include "schema/codec.h"
#include "schema/domain_table.h"

namespace cairn::execution {

namespace {

/// Numbers that differ between domains and are the same on every machine.
std::uint64_t seed_of(const Digest& fingerprint) noexcept {
  std::uint64_t seed = 0;
  std::memcpy(&seed, fingerprint.bytes.data(), sizeof(seed));
  return seed;
}

FaultKind fault_of(std::int32_t status) noexcept {
  switch (status) {
    case 0:
      return FaultKind::Threw;
    case CAIRN_STALE:
      return FaultKind::Stale;
    case CAIRN_UNDECLARED:
      return FaultKind::Undeclared;
    case CAIRN_MALFORMED:
      return FaultKind::Malformed;
    case CAIRN_READ_ONLY:
      return FaultKind::ReadOnly;
    case CAIRN_LIMIT:
      return FaultKind::OverBudget;
    default:
      return FaultKind::Misused;
  }
}

/// Calls code of the domain. Nothing may be thrown across; what is thrown all the same is a fault,
/// and so is an answer given after the call had ended.
template <typename Call>
std::int32_t call_domain(Run& run, const Call& call) {
  try {
    const std::int32_t result = call();
    if (run.ended == CAIRN_OK || result == CAIRN_FAULTED) [[likely]] {
      return result;
    }
    run.fault_status = run.ended;
    run.set_fault_text("the domain went on after its call had ended");
    return CAIRN_FAULTED;
  } catch (const std::exception& error) {
    run.set_fault_text(error.what());
  } catch (...) {
    run.set_fault_text("the domain threw something that is no std::exception");
  }
  run.fault_status = 0;
  return CAIRN_FAULTED;
}

/// Ends the process unless the table has all functions that it will be called for.
void check_whole(const cairn_domain& domain, const DomainInfo& schema) {
  if (const char* const missing = schema::missing_function(domain, schema)) {
    const std::string what =
        fmt::format("the table of {} has the function `{}`", schema.name, missing);
    check_failed(what.c_str());
  }
}

/// However a reader ends, nobody takes notes after it.
class ReadsEnd final {
 public:
  explicit ReadsEnd(Run& run) noexcept : run_(run) {}

  ReadsEnd(const ReadsEnd&) = delete;
  ReadsEnd& operator=(const ReadsEnd&) = delete;

  ~ReadsEnd() { run_.reads = nullptr; }

 private:
  Run& run_;
};

}  // namespace

Executor::Executor(const cairn_domain& domain, Trust trust, state::State& state)
    : domain_(domain),
      state_(state),
      writer_(state),
      values_(state.plan(), trust),
      run_(values_, writer_),
      reader_(values_, writer_),
      hints_(state.plan()),
      seed_(seed_of(state.plan().schema().fingerprint())),
      during_{.run = &run_, .sees_before = false, .may_change = true},
      before_{.run = &run_, .sees_before = true, .may_change = false},
      after_{.run = &run_, .sees_before = false, .may_change = false} {
  check_whole(domain_, state_.plan().domain());
  plan_invariants();
}

void Executor::plan_invariants() {
  const DomainInfo& domain = state_.plan().domain();
  for (const RuleInfo& rule : domain.invariants) {
    Subject subject;
    const std::uint16_t record = state_.plan().record_named(rule.subject);
    const auto edge = std::ranges::find(domain.edges, rule.subject, &EdgeInfo::name);
    if (record != state::no_record) {
      subject = {.kind = Subject::Kind::Record, .position = record};
    } else if (edge != domain.edges.end()) {
      subject = {.kind = Subject::Kind::Edge,
                 .position = static_cast<std::uint16_t>(edge - domain.edges.begin())};
    }
    invariants_.push_back(subject);
  }
}

void Executor::set_notes(Notes* notes) {
  run_.notes = notes;
  host_ = notes == nullptr ? &host_table : &noting_host_table();
}

void Executor::begin(const Command& command, const Context& context) {
  CAIRN_CHECK(context.position == state_.position().next());
  CAIRN_CHECK(context.time >= state_.time());
  if (!in_group_) {
    writer_.finish();
  }
  run_.start(context, budget_, seed_ ^ context.position.value());
  during_.may_change = true;
  transaction_.context = context;
  transaction_.outcome = OutcomeKind::Accepted;
  transaction_.code = 0;
  transaction_.detail = {};
  transaction_.gate = 0;
  transaction_.fault = FaultKind::Threw;
  events_.clear();
  gates_.clear();
  delta_.clear();
  text_.clear();
  writer_.begin({.changes_max = budget_.changes_max, .bytes_max = budget_.bytes_max});
  if (command.timer != 0) {
    writer_.fire(command.timer);
  }
}

void Executor::set_fault(FaultKind kind, std::string text) {
  transaction_.outcome = OutcomeKind::Faulted;
  transaction_.fault = kind;
  text_ = std::move(text);
}

void Executor::note_fault() {
  set_fault(fault_of(run_.fault_status),
            run_.fault_text.empty() ? "the domain gave no reason" : run_.fault_text);
}

/// A rejection has a code of the schema, and the detail declared for it or none.
void Executor::note_rejection() {
  const RejectInfo* const info = state_.plan().schema().reject(run_.code);
  if (info == nullptr) {
    return set_fault(FaultKind::Undeclared,
                     fmt::format("rejected with code {}, which the schema lacks", run_.code));
  }
  const std::int32_t status = run_.detail.empty()       ? std::int32_t{CAIRN_OK}
                              : info->detail == nullptr ? std::int32_t{CAIRN_MALFORMED}
                                                        : run_.judge(*info->detail, run_.detail);
  if (status != CAIRN_OK) {
    return set_fault(fault_of(status),
                     fmt::format("rejected as {} with a detail that is not its", info->name));
  }
  transaction_.outcome = OutcomeKind::Rejected;
  transaction_.code = run_.code;
  transaction_.detail = run_.detail;
}

void Executor::call_handler(const Command& command) {
  const std::int32_t result = call_domain(run_, [&] {
    return domain_.execute(host_, &during_, command.kind,
                           {.data = command.bytes.data(), .size = command.bytes.size()});
  });
  // A domain that kept the call cannot change anything with it when its rules are asked.
  during_.may_change = false;
  switch (result) {
    case CAIRN_ACCEPTED:
      return;
    case CAIRN_REJECTED:
      return note_rejection();
    case CAIRN_FAULTED:
      return note_fault();
    default:
      return set_fault(FaultKind::Misused, fmt::format("the domain's execute returned {}", result));
  }
}

/// What the rules say about what the handler left behind, and then what the gates say.
void Executor::judge(const Command& command) {
  judge_settled();
  if (is_going_well()) {
    judge_rules(command);
  }
  if (is_going_well()) {
    if (const Result<> encoded = encoder_.encode(writer_, delta_); !encoded) {
      delta_.clear();
      set_fault(FaultKind::Malformed, encoded.error().message());
    }
  }
}

void Executor::judge_settled() {
  const std::optional<state::Broken> broken = writer_.settle();
  if (!broken) {
    return;
  }
  const auto field_name = [&] {
    const state::RecordPlan& plan = state_.plan().record(broken->position);
    return fmt::format("{}.{}", plan.info().name, plan.fields()[broken->field].info->name);
  };
  switch (broken->rule) {
    case state::Broken::Rule::Reference:
      return set_fault(FaultKind::Reference,
                       state::is_alive(broken->row)
                           ? fmt::format("{} refers to no row", field_name())
                           : fmt::format("an erased row is still referred to: {}", field_name()));
    case state::Broken::Rule::SourceEnd:
    case state::Broken::Rule::TargetEnd:
      return set_fault(
          FaultKind::RequiredEnd,
          fmt::format("a required end of {} is open", state_.links(broken->position).edge().name));
    case state::Broken::Rule::ManagedField:
      return set_fault(FaultKind::ManagedField,
                       fmt::format("{} was written to through edit", field_name()));
  }
}

/// Asks invariants and gates, of the state as it is settled: they change nothing, by no way.
void Executor::judge_rules(const Command& command) {
  const DomainInfo& domain = state_.plan().domain();
  if (domain.invariants.empty() && domain.gates.empty()) {
    return;
  }
  run_.before.reset();  // whatever the handler looked at, the rules see what it found
  seal_.close(writer_);
  judge_invariants();
  if (is_going_well()) {
    judge_gates(command);
  }
  const std::optional<std::uint16_t> written = seal_.restore(writer_);
  if (written && transaction_.outcome != OutcomeKind::Faulted) {
    transaction_.gate = 0;
    set_fault(FaultKind::ReadOnly, fmt::format("an invariant or a gate wrote to a row of {}",
                                               domain.records[*written]->name));
  }
}

/// Whether a rule gave an answer that means something; else that is a fault.
bool Executor::is_an_answer(std::int32_t result, std::string_view kind, std::string_view name) {
  if (result == CAIRN_FAULTED) {
    note_fault();
    return false;
  }
  if (result != CAIRN_ACCEPTED && result != CAIRN_REJECTED) {
    set_fault(FaultKind::Misused,
              fmt::format("{} {} answered {}, which means nothing", kind, name, result));
    return false;
  }
  return true;
}

bool Executor::invariant_holds(std::uint16_t position, const cairn_change* change) {
  const std::int32_t result = call_domain(
      run_, [&] { return domain_.invariant(host_, &before_, &after_, position, change); });
  if (result == CAIRN_ACCEPTED) {
    return true;
  }
  const std::string_view name = state_.plan().domain().invariants[position].name;
  if (is_an_answer(result, "invariant", name)) {
    set_fault(FaultKind::Invariant, fmt::format("invariant {} does not hold", name));
  }
  return false;
}

bool Executor::record_invariant_holds(std::uint16_t position, std::uint16_t record) {
  return std::ranges::all_of(writer_.changes(), [&](const state::Change& change) {
    if (!state::is_about_row(change) || !change.is_first || change.position != record) {
      return true;
    }
    const cairn_change rows = {.before = state::before_of(change),
                               .after = state::after_of(change)};
    const bool same =
        change.kind == state::Change::Kind::Changed && rows.after != nullptr && change.number == 0;
    return same || (rows.before == nullptr && rows.after == nullptr) ||
           invariant_holds(position, &rows);
  });
}

/// Links that are there now and were not before, and the other way round.
bool Executor::edge_invariant_holds(std::uint16_t position, std::uint16_t edge) {
  const state::LinkTable& links = state_.links(edge);
  const state::Table& sources = state_.rows(links.edge().source).table;
  const state::Table& targets = state_.rows(links.edge().target).table;
  return std::ranges::all_of(writer_.changes(), [&](const state::Change& change) {
    const bool made = change.kind == state::Change::Kind::Linked;
    if ((!made && change.kind != state::Change::Kind::Unlinked) || change.position != edge) {
      return true;
    }
    const state::LinkTable::Link& link = links.link(change.node);
    if (made ? link.is_cut : link.is_new) {
      return true;
    }
    const cairn_change ends = {.before = sources.row(link.end[0]),
                               .after = targets.row(link.end[1])};
    return invariant_holds(position, &ends);
  });
}

void Executor::judge_invariants() {
  const auto count = static_cast<std::uint16_t>(invariants_.size());
  for (std::uint16_t i = 0; i < count; ++i) {
    bool holds = true;
    switch (invariants_[i].kind) {
      case Subject::Kind::Transaction:
        holds = invariant_holds(i, nullptr);
        break;
      case Subject::Kind::Record:
        holds = record_invariant_holds(i, invariants_[i].position);
        break;
      case Subject::Kind::Edge:
        holds = edge_invariant_holds(i, invariants_[i].position);
        break;
    }
    if (!holds) {
      return;
    }
  }
}

void Executor::judge_gates(const Command& command) {
  const std::span<const RuleInfo> gates = state_.plan().domain().gates;
  for (std::uint16_t i = 0; i < state::count_of(gates); ++i) {
    const std::int32_t result = call_domain(run_, [&] {
      return domain_.gate(host_, &before_, &after_, i, command.kind,
                          {.data = command.bytes.data(), .size = command.bytes.size()});
    });
    if (!is_an_answer(result, "gate", gates[i].name)) {
      return;
    }
    const auto leave = std::ranges::find_if(command.bypasses, [&](const Bypass& each) {
      return each.gate == i && !each.approver.empty() && !each.reason.empty();
    });
    const Bypass* const bypass = leave == command.bypasses.end() ? nullptr : &*leave;
    const bool allowed = result == CAIRN_ACCEPTED;
    gates_.push_back({.gate = i, .allowed = allowed, .bypass = bypass});
    if (!allowed && bypass == nullptr) {
      transaction_.outcome = OutcomeKind::Denied;
      transaction_.gate = i;
      return;
    }
  }
}

/// Commits. Of a command that came to nothing only that a timer fired stays.
void Executor::close(const Command& command) {
  if (!is_going_well()) {
    writer_.roll_back_command();
    run_.events.clear();
    delta_.clear();
    writer_.begin({});
    if (command.timer != 0) {
      writer_.fire(command.timer);
      const Result<> encoded = encoder_.encode(writer_, delta_);
      CAIRN_CHECK(encoded.has_value());
    }
  }
  writer_.commit(transaction_.context.position, transaction_.context.time);
  publish();
}

void Executor::publish() {
  for (const Run::EmittedEvent& event : run_.events) {
    Event& shown = events_.emplace_back();
    shown.kind = event.kind;
    shown.has_cause = event.has_cause;
    shown.cause = event.cause;
    shown.bytes = run_.event_bytes.written().subspan(event.offset, event.size);
  }
  transaction_.delta = delta_.written();
  transaction_.changes = writer_.changes();
  transaction_.events = events_;
  transaction_.gates = gates_;
  transaction_.text = text_;
  transaction_.steps = run_.steps;
}

void Executor::run(const Command& command) {
  call_handler(command);
  if (is_going_well()) {
    judge(command);
  }
}

Result<const Transaction*> Executor::execute(const Command& command, const Context& context) {
  hints_.prefetch_places(state_, command);
  begin(command, context);
  run(command);
  if (run_.was_interrupted) {
    writer_.roll_back_command();
    return fail(Error(Errc::TimedOut, "the command took longer than it may")
                    .advise("it changed nothing and is not recorded; quarantine it"));
  }
  close(command);
  return &transaction_;
}

const Transaction& Executor::quarantine(const Command& command, const Context& context) {
  begin(command, context);
  set_fault(FaultKind::Quarantined, "the command was not run: it had not come to an end before");
  close(command);
  return transaction_;
}

void Executor::begin_group() {
  CAIRN_CHECK(!in_group_);
  writer_.finish();
  in_group_ = true;
}

void Executor::commit_group() {
  CAIRN_CHECK(in_group_);
  in_group_ = false;
}

void Executor::roll_back_group() {
  CAIRN_CHECK(in_group_);
  in_group_ = false;
  writer_.roll_back_all();
}

Result<> Executor::what_if(const Command& command, const Context& context,
                           const std::function<void(const Transaction&)>& look) {
  const bool is_outermost = !in_group_;
  CAIRN_CHECK(is_outermost);
  begin_group();
  const Result<const Transaction*> done = execute(command, context);
  if (done) {
    look(**done);
  }
  roll_back_group();
  return done ? Result<>() : fail(done.error());
}

void Executor::read(const std::function<void(const cairn_host&, cairn_call&)>& reader,
                    ReadSet* reads) {
  reader_.start({.position = state_.position(), .time = state_.time()}, budget_, 0);
  reader_.reads = reads;
  const ReadsEnd end(reader_);
  cairn_call call = {.run = &reader_, .sees_before = false, .may_change = false};
  reader(host_table, call);
}

}  // namespace cairn::execution
