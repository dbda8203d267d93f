// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <functional>
#include <memory>
#include <optional>
#include <span>
#include <stdexcept>
#include <string>
#include <type_traits>
#include <utility>

#include "cairn/byte_writer.h"
#include "cairn/codec.h"
#include "cairn/engine_core.h"
#include "cairn/entry.h"
#include "cairn/submitted.h"
#include "cairn/view.h"

/// The engine in a program of its own. docs/execution.md tells what it does with a command.
namespace cairn {

/// A subscription; ends when dropped. The engine must outlive it.
class [[nodiscard]] Subscription final {
 public:
  Subscription(EngineCore& core, std::uint64_t number) noexcept : core_(&core), number_(number) {}

  Subscription(Subscription&& other) noexcept
      : core_(std::exchange(other.core_, nullptr)), number_(other.number_) {}

  Subscription& operator=(Subscription&& other) noexcept {
    std::swap(core_, other.core_);
    std::swap(number_, other.number_);
    return *this;
  }

  ~Subscription() {
    if (core_ != nullptr) {
      core_->unsubscribe(number_);
    }
  }

 private:
  EngineCore* core_;
  std::uint64_t number_;
};

template <typename D>
class Engine;

/// Several commands that stay together or not at all: what was applied is taken back unless
/// `commit` is called. While a group is open, commands go through it. The engine must outlive it.
template <typename D>
class [[nodiscard]] Group final {
 public:
  Group(Group&& other) noexcept : core_(std::exchange(other.core_, nullptr)) {}

  Group& operator=(Group&&) = delete;

  ~Group() {
    if (core_ != nullptr) {
      core_->roll_back_group();
    }
  }

  /// Executes a command on what those before it left.
  template <typename C>
  Result<Submitted<D>> apply(const C& command) {
    return Engine<D>::execute_with(command, {}, [&](const CommandView& view, const auto& take) {
      return core_->execute(view, take);
    });
  }

  /// Everything that was applied becomes history, in its order.
  void commit() { std::exchange(core_, nullptr)->commit_group(); }

 private:
  friend Engine<D>;

  explicit Group(EngineCore& core) : core_(&core) { core.begin_group(); }

  EngineCore* core_;
};

/// Runs a domain: commands in, transactions out, state to look at. One thread at a time. Rows that
/// a reader sees are for the duration of the reader.
template <typename D>
class Engine final {
 public:
  using Options = EngineOptions;

  /// An engine that keeps nothing beyond its life: for tests, tools, speculation. Time stands still
  /// until `advance` moves it. Throws when the options cannot be met, which the defaults can.
  [[nodiscard]] static Engine in_memory(const Options& options = {}) {
    Result<std::unique_ptr<EngineCore>> core =
        make_memory_engine(domain_entry<D>, Trust::Compiled, options);
    if (!core) {
      throw std::runtime_error(core.error().to_string());
    }
    return Engine(std::move(*core));
  }

  /// The same, and the rules are those of a shared object: it has to have the schema of these
  /// types.
  [[nodiscard]] static Result<Engine> in_memory(PluginFile plugin, const Options& options = {}) {
    CAIRN_TRY(plugin.fingerprint, fingerprint_of(domain_info<D>()));
    CAIRN_TRY(std::unique_ptr<EngineCore> core, make_memory_engine(plugin, options));
    return Engine(std::move(core));
  }

  /// Executes a command. Every outcome is recorded; an error means that nothing was.
  template <typename C>
  Result<Submitted<D>> submit(const C& command, std::span<const GateBypass> bypasses = {}) {
    return execute_with(command, bypasses, [&](const CommandView& view, const auto& take) {
      return core_->execute(view, take);
    });
  }

  /// Executes a command that is recorded only when it is accepted.
  template <typename C>
  Result<Submitted<D>> try_step(const C& command) {
    return execute_with(command, {}, [&](const CommandView& view, const auto& take) {
      return core_->try_execute(view, take);
    });
  }

  /// What would become of a command. Leaves no trace.
  template <typename C>
  Result<Submitted<D>> what_if(const C& command) {
    return execute_with(command, {}, [&](const CommandView& view, const auto& take) {
      return core_->what_if(view, take);
    });
  }

  /// Starts a group of commands that stay together or not at all.
  Group<D> begin() { return Group<D>(*core_); }

  /// Shows the state to a function of a `View<D>`, and gives back what it returns.
  template <typename F>
  auto read(F&& reader) const {
    return read_with(std::forward<F>(reader), nullptr);
  }

  /// A copy of a row, by number or by natural key; none when there is none.
  template <typename R>
  [[nodiscard]] std::optional<R> find(Id<R> id) const {
    return read([&](const View<D>& view) {
      const auto row = view.find(id);
      return row ? std::optional<R>(*row) : std::nullopt;
    });
  }

  template <typename R, typename K>
  [[nodiscard]] std::optional<R> find(const K& key) const {
    return read([&](const View<D>& view) {
      const auto row = view.template find<R>(key);
      return row ? std::optional<R>(*row) : std::nullopt;
    });
  }

  /// What a reader saw and made of it, for `submit_if`.
  template <typename T>
  struct Observed {
    std::unique_ptr<Observation> observation;
    T value;
  };

  /// Reads, and remembers what was read.
  template <typename F>
  auto observe(F&& reader) const {
    std::unique_ptr<Observation> observation = core_->make_observation();
    auto value = read_with(std::forward<F>(reader), observation.get());
    return Observed<decltype(value)>{.observation = std::move(observation),
                                     .value = std::move(value)};
  }

  /// Executes a command unless what was observed has changed since: then Conflict, and nothing is
  /// recorded.
  template <typename T, typename C>
  Result<Submitted<D>> submit_if(const Observed<T>& observed, const C& command) {
    return execute_with(command, {}, [&](const CommandView& view, const auto& take) {
      return core_->execute_if(*observed.observation, view, take);
    });
  }

  /// Calls a function for each transaction after it was committed. It does not call the engine.
  [[nodiscard]] Subscription subscribe(std::function<void(const TransactionView&)> take) {
    return {*core_, core_->subscribe(std::move(take))};
  }

  /// Moves time on. Commands that wait are executed as they come due.
  void advance(Timestamp to) { core_->advance(to); }

  [[nodiscard]] Seq position() const noexcept { return core_->position(); }

  [[nodiscard]] Timestamp time() const noexcept { return core_->time(); }

  [[nodiscard]] Digest digest() const { return core_->digest(); }

  [[nodiscard]] EngineCore& core() noexcept { return *core_; }

 private:
  friend Group<D>;

  explicit Engine(std::unique_ptr<EngineCore> core) : core_(std::move(core)) {}

  /// A reader that does what no reader may, like using a handle without a row, gets an exception.
  template <typename F>
  auto read_with(F&& reader, Observation* observation) const {
    try {
      return value_of(reader, observation);
    } catch (const detail::CallEnded& ended) {
      throw std::logic_error(std::string(ended.text));
    }
  }

  template <typename F>
  auto value_of(F& reader, Observation* observation) const {
    using T = std::invoke_result_t<F&, const View<D>&>;
    if constexpr (std::is_void_v<T>) {
      core_->read([&](const detail::Call& call) { reader(View<D>(call)); }, observation);
    } else {
      std::optional<T> value;
      core_->read([&](const detail::Call& call) { value.emplace(reader(View<D>(call))); },
                  observation);
      return shown(value);
    }
  }

  /// What the engine has handed over before it came back.
  template <typename T>
  static T shown(std::optional<T>& value) {
    if (!value) {
      throw std::logic_error("the engine came back without an answer");
    }
    return std::move(*value);
  }

  template <typename C, typename Execute>
  static Result<Submitted<D>> execute_with(const C& command, std::span<const GateBypass> bypasses,
                                           const Execute& execute) {
    static_assert(check::CommandListed<D, C>::ok);
    GrowingByteWriter writer;
    encode(writer, command);
    std::optional<Submitted<D>> submitted;
    CAIRN_TRY(execute(CommandView{.kind = static_cast<std::uint16_t>(C::schema::kind),
                                  .bytes = writer.written(),
                                  .bypasses = bypasses},
                      [&](const TransactionView& transaction) { submitted.emplace(transaction); }));
    return shown(submitted);
  }

  std::unique_ptr<EngineCore> core_;
};

}  // namespace cairn
