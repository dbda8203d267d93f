// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <atomic>
#include <cstddef>
#include <cstdint>
#include <functional>
#include <string>
#include <string_view>
#include <vector>

#include "cairn/byte_writer.h"
#include "cairn/error.h"
#include "cairn/plugin.h"
#include "cairn/trust.h"
#include "execution/budget.h"
#include "execution/call.h"
#include "execution/key_hints.h"
#include "execution/read_set.h"
#include "execution/row_seal.h"
#include "execution/transaction.h"
#include "execution/value_check.h"
#include "state/delta.h"
#include "state/state.h"
#include "state/writer.h"

namespace cairn::execution {

class Notes;

/// Executes commands of one domain on one state: (state, command, context) → transaction. The same
/// state, command and context give the same transaction, byte by byte. Knows no clock, no disk, and
/// not where commands come from. The domain, the plan and the state must outlive it. One thread.
///
/// What a transaction shows belongs to the executor and lasts until its next call.
class Executor final {
 public:
  /// Requires: the table has every function that the schema of the state asks for; whoever made it
  /// (a loader, the types of a program) has seen to that.
  Executor(const cairn_domain& domain, Trust trust, state::State& state);
  Executor(const Executor&) = delete;
  Executor& operator=(const Executor&) = delete;
  ~Executor() = default;

  [[nodiscard]] const state::State& state() const noexcept { return state_; }

  /// Takes effect with the next command.
  void set_budget(const Budget& budget) noexcept { budget_ = budget; }

  /// A flag that another thread may raise to give up on a command that takes too long.
  void set_interrupt(const std::atomic<bool>* interrupt) noexcept { run_.interrupt = interrupt; }

  /// Takes notes of what each command meets from here on, which costs it some; null: no more. They
  /// hold what they are given until whoever reads them clears them. `read` notes nothing.
  void set_notes(Notes* notes);

  /// Executes a command, and commits what came of it: every outcome is a transaction. Fails with
  /// TimedOut, and leaves the state as it was, when the interrupt was raised on the way: what then
  /// becomes of the command is not this function's to say.
  /// Requires: the position is the next one, the time not before the last, a timer waits.
  Result<const Transaction*> execute(const Command& command, const Context& context);

  /// Records a command as faulted without running it.
  const Transaction& quarantine(const Command& command, const Context& context);

  /// Executes a command and takes everything back. `look` sees the transaction before that.
  Result<> what_if(const Command& command, const Context& context,
                   const std::function<void(const Transaction&)>& look);

  /// From here on what is executed stays only when the group is committed.
  void begin_group();
  void commit_group();
  void roll_back_group();

  [[nodiscard]] bool is_in_group() const noexcept { return in_group_; }

  /// Calls a reader with the means to look at the state, and notes what it reads where wanted. The
  /// reader has a budget of its own. Requires: no command is running.
  void read(const std::function<void(const cairn_host&, cairn_call&)>& reader,
            ReadSet* reads = nullptr);

  /// Asks for the memory that a command will touch, as far as its keys tell: first the places in
  /// the indexes, and some commands later the rows. A hint; costs little and changes nothing.
  void prefetch_places(const Command& command) const noexcept {
    hints_.prefetch_places(state_, command);
  }

  void prefetch_rows(const Command& command) const noexcept {
    hints_.prefetch_rows(state_, command);
  }

 private:
  /// What an invariant is about.
  struct Subject {
    enum class Kind : std::uint8_t { Transaction, Record, Edge };
    Kind kind = Kind::Transaction;
    std::uint16_t position = 0;
  };

  void plan_invariants();

  void run(const Command& command);
  void begin(const Command& command, const Context& context);
  void call_handler(const Command& command);
  void note_rejection();
  void note_fault();
  void set_fault(FaultKind kind, std::string text);
  void judge(const Command& command);
  void judge_settled();
  void judge_rules(const Command& command);
  void judge_invariants();
  bool invariant_holds(std::uint16_t position, const cairn_change* change);
  bool record_invariant_holds(std::uint16_t position, std::uint16_t record);
  bool edge_invariant_holds(std::uint16_t position, std::uint16_t edge);
  void judge_gates(const Command& command);
  bool is_an_answer(std::int32_t result, std::string_view kind, std::string_view name);
  void close(const Command& command);
  void publish();

  [[nodiscard]] bool is_going_well() const noexcept {
    return transaction_.outcome == OutcomeKind::Accepted;
  }

  const cairn_domain& domain_;
  const cairn_host* host_ = &host_table;  ///< what the domain works with while it executes
  state::State& state_;
  state::Writer writer_;
  const ValueCheck values_;
  Run run_;
  Run reader_;  ///< of its own, so that reading leaves what a transaction shows as it is
  Budget budget_;
  const KeyHints hints_;
  std::uint64_t seed_;
  std::vector<Subject> invariants_;
  cairn_call during_;
  cairn_call before_;
  cairn_call after_;
  RowSeal seal_;
  state::DeltaEncoder encoder_;
  GrowingByteWriter delta_;
  std::vector<Event> events_;
  std::vector<GateVerdict> gates_;
  std::string text_;
  Transaction transaction_;
  bool in_group_ = false;
};

}  // namespace cairn::execution
