// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstdint>
#include <deque>
#include <memory>
#include <optional>
#include <string>
#include <utility>
#include <vector>

#include "cairn/engine_core.h"
#include "engine/command_guard.h"
#include "engine/run_log.h"
#include "execution/executor.h"
#include "execution/notes.h"
#include "plugin/plugin.h"
#include "schema/schema.h"
#include "state/plan.h"
#include "state/state.h"

namespace cairn::engine {

/// Executes on a state in memory and keeps no history. Owns schema, state, executor and, when it
/// runs one, the plugin. One thread.
class MemoryEngine final : public EngineCore {
 public:
  static Result<std::unique_ptr<EngineCore>> make(const cairn_domain& domain, Trust trust,
                                                  const EngineOptions& options);
  static Result<std::unique_ptr<EngineCore>> make(plugin::Plugin plugin,
                                                  const EngineOptions& options);

  Result<> execute(const CommandView& command, const Take& take) override;
  Result<> try_execute(const CommandView& command, const Take& take) override;
  Result<> what_if(const CommandView& command, const Take& take) override;
  Result<> execute_if(const Observation& observed, const CommandView& command,
                      const Take& take) override;
  void begin_group() override;
  void commit_group() override;
  void roll_back_group() override;
  void read(const std::function<void(const detail::Call&)>& reader,
            Observation* observation) override;
  [[nodiscard]] std::unique_ptr<Observation> make_observation() const override;
  std::uint64_t subscribe(Take take) override;
  void unsubscribe(std::uint64_t subscription) noexcept override;
  void advance(Timestamp to) override;
  [[nodiscard]] const DomainInfo& domain() const noexcept override;
  [[nodiscard]] Seq position() const noexcept override;
  [[nodiscard]] Timestamp time() const noexcept override;
  [[nodiscard]] Digest digest() const override;
  [[nodiscard]] std::string describe(const TransactionView& transaction) const override;
  [[nodiscard]] std::string describe(const CommandView& command) const override;

 private:
  /// A transaction that waits for its group to be committed.
  struct Kept;

  /// The functions to call, and how far they are trusted.
  struct Hosted {
    const cairn_domain& table;
    Trust trust;
  };

  MemoryEngine(std::optional<plugin::Plugin> plugin, Hosted hosted, schema::Schema schema,
               const EngineOptions& options);

  Result<> watch(const WatchdogOptions& options);
  Result<std::vector<execution::Bypass>> bypasses_of(const CommandView& command) const;
  [[nodiscard]] execution::Context next() const noexcept;
  [[nodiscard]] std::uint16_t command_of(std::uint16_t kind) const;
  const execution::Transaction& run_to_end(const execution::Command& command);
  const execution::Transaction& perform(const execution::Command& command);
  void show(const CommandView& command, const execution::Transaction& transaction,
            const Take& take);
  void publish(const TransactionView& transaction);
  Result<> run(const CommandView& command, std::uint64_t timer, const Take& take);

  std::optional<plugin::Plugin> plugin_;  // first, so that it goes last
  schema::Schema schema_;
  state::Plan plan_;
  state::State state_;
  execution::Executor executor_;
  RunLog* log_ = nullptr;  ///< of the recording, where there is one
  execution::Notes notes_;
  std::unique_ptr<CommandGuard> guard_;  ///< where commands are watched
  Timestamp time_;
  std::vector<std::pair<std::uint64_t, Take>> subscribers_;
  std::uint64_t last_subscription_ = 0;
  std::deque<std::unique_ptr<Kept>> group_;
  std::vector<EventView> events_;
  std::vector<GateView> gates_;
};

}  // namespace cairn::engine
