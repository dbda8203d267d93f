// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <concepts>
#include <functional>
#include <memory>
#include <optional>
#include <stdexcept>
#include <string>
#include <string_view>
#include <type_traits>
#include <utility>
#include <vector>

#include "cairn/engine.h"
#include "cairn/testing_core.h"

/// The kit to test a domain with, from any test framework: what is not as expected is thrown as a
/// Failure, whose text says it all. docs/testing-your-domain.md teaches how.
namespace cairn::testing {

/// An expectation that did not come true.
class Failure final : public std::runtime_error {
 public:
  using std::runtime_error::runtime_error;
};

/// Given some commands, when one more comes, then this is what becomes of it.
///
///     Scenario<Bank>()
///         .given(OpenAccount{.account = ann, .opening = 10})
///         .when(Withdraw{.account = ann, .amount = 20})
///         .rejected(InsufficientFunds);
template <typename D>
class Scenario final {
 public:
  explicit Scenario(const EngineOptions& options = {}) : Scenario(Engine<D>::in_memory(options)) {}

  /// With an engine of one's own, as one that runs a plugin.
  explicit Scenario(Engine<D> engine)
      : engine_(std::move(engine)),
        subscription_(engine_.subscribe([this](const TransactionView& transaction) {
          last_text_ = engine_.core().describe(transaction);
          text_ += last_text_;
        })) {}

  Scenario(const Scenario&) = delete;
  Scenario& operator=(const Scenario&) = delete;
  ~Scenario() = default;

  /// Commands that are accepted, one after the other.
  template <typename... C>
  Scenario& given(const C&... commands) {
    (when(commands).accepted(), ...);
    return *this;
  }

  /// Time moves on, and what waits for it is executed.
  Scenario& after(Duration wait) {
    engine_.advance(engine_.time() + wait);
    return *this;
  }

  /// The command that the following expectations are about.
  template <typename C>
  Scenario& when(const C& command, std::span<const GateBypass> bypasses = {}) {
    Result<Submitted<D>> submitted = engine_.submit(command, bypasses);
    if (!submitted) {
      throw Failure(submitted.error().to_string());
    }
    submitted_.emplace(std::move(*submitted));
    return *this;
  }

  Scenario& accepted() { return expect(result().accepted(), "is accepted"); }

  Scenario& rejected(typename D::reject_code code) {
    return expect(result().rejected(code),
                  "is rejected with code " + std::to_string(static_cast<unsigned>(code)));
  }

  Scenario& denied(std::string_view gate) {
    return expect(result().denied() && result().denied_by() == gate,
                  "is denied by " + std::string(gate));
  }

  Scenario& faulted(FaultKind kind) {
    return expect(result().faulted() && result().fault() == kind,
                  "is a fault of kind " + std::string(to_string(kind)));
  }

  /// These events were stated, in this order, and no others.
  template <typename... E>
  Scenario& stated(const E&... events) {
    const std::vector<std::pair<std::uint16_t, std::vector<std::byte>>> expected = {
        {static_cast<std::uint16_t>(E::schema::kind), bytes_of(events)}...};
    bool same = result().events().size() == expected.size();
    for (std::size_t i = 0; same && i < expected.size(); ++i) {
      const auto& event = result().events()[i];
      same = event.kind == expected[i].first && event.bytes == expected[i].second;
    }
    return expect(same,
                  "states exactly the " + std::to_string(expected.size()) + " events expected");
  }

  /// The state is as a function of a `View<D>` says.
  template <typename F>
    requires std::predicate<F, const View<D>&>
  Scenario& leaves(F&& property) {
    return expect(engine_.read(std::forward<F>(property)), "leaves the state as expected");
  }

  /// What became of the last command.
  [[nodiscard]] const Submitted<D>& result() const {
    if (!submitted_) {
      throw Failure("nothing was submitted yet: call when(...) first");
    }
    return *submitted_;
  }

  [[nodiscard]] Engine<D>& engine() noexcept { return engine_; }

  /// All transactions so far, as text: for golden files.
  [[nodiscard]] const std::string& text() const noexcept { return text_; }

  /// The transactions so far are those that a file holds.
  Scenario& matches_golden(const std::string& path, Golden mode = Golden::Compare) {
    if (const std::string differs = compare_with_golden(text_, path, mode); !differs.empty()) {
      throw Failure(differs);
    }
    return *this;
  }

 private:
  template <typename E>
  static std::vector<std::byte> bytes_of(const E& event) {
    static_assert(check::EventListed<D, E>::ok);
    GrowingByteWriter writer;
    encode(writer, event);
    return {writer.written().begin(), writer.written().end()};
  }

  Scenario& expect(bool is_so, const std::string& expectation) {
    if (!is_so) {
      throw Failure("expected that the command " + expectation + ", and this is what happened:\n" +
                    last_text_);
    }
    return *this;
  }

  Engine<D> engine_;
  Subscription subscription_;
  std::optional<Submitted<D>> submitted_;
  std::string last_text_;
  std::string text_;
};

namespace detail {

template <typename D>
MakeEngine maker() {
  return [](const EngineOptions& options) {
    Result<std::unique_ptr<EngineCore>> core =
        make_memory_engine(domain_entry<D>, Trust::Compiled, options);
    if (!core) {
      throw Failure(core.error().to_string());
    }
    return std::move(*core);
  };
}

/// Whether a property holds of the state as it is.
template <typename D, typename F>
bool holds(EngineCore& core, F& property) {
  bool result = true;
  core.read([&](const cairn::detail::Call& call) { result = property(View<D>(call)); }, nullptr);
  return result;
}

}  // namespace detail

/// Looks for commands after which a property of the state does not hold, or that fault: what a
/// domain does wrong by itself. Without a property only faults are looked for.
template <typename D, typename F = std::nullptr_t>
[[nodiscard]] Search search(const SearchOptions& options, F property = nullptr) {
  const Judge judge = [&](EngineCore& core, const TransactionView& transaction) {
    if (transaction.outcome == OutcomeKind::Faulted) {
      return "a command faulted: " + std::string(transaction.text);
    }
    bool holds = true;
    if constexpr (!std::is_null_pointer_v<F>) {
      holds = detail::holds<D>(core, property);
    }
    return holds ? std::string() : std::string("the property does not hold");
  };
  return search(domain_info<D>(), detail::maker<D>(), options, judge);
}

/// Whether the domain does the same with the same commands: it looks at nothing but the state, the
/// command and what its context gives.
template <typename D>
[[nodiscard]] Search run_twice(const SearchOptions& options) {
  return run_twice(domain_info<D>(), detail::maker<D>(), options);
}

}  // namespace cairn::testing
