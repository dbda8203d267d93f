// SPDX-License-Identifier: Apache-2.0
#include <algorithm>
#include <cstring>
#include <utility>

#include <fmt/core.h>

#include "cairn/testing_core.h"
#include "engine/random_command.h"
#include "schema/codec.h"

namespace cairn::testing {

namespace {

constexpr std::size_t shrink_attempts_max = 2000;

/// A list of commands run from nothing, up to where something was found.
struct Outcome {
  std::string why;
  std::size_t executed = 0;
  std::size_t accepted = 0;
  std::string text;
};

class Searcher final {
 public:
  Searcher(const DomainInfo& domain, const MakeEngine& make, const SearchOptions& options,
           const Judge& judge)
      : domain_(domain), make_(make), options_(options), judge_(judge) {}

  Search run() {
    Search search;
    for (std::size_t run = 0; run < options_.runs && !search.found; ++run) {
      std::vector<Step> steps;
      for (std::size_t i = 0; i < options_.steps; ++i) {
        steps.push_back(random_step(domain_, options_, run * options_.steps + i));
      }
      const Outcome outcome = execute(steps);
      search.executed += outcome.executed;
      search.accepted += outcome.accepted;
      if (!outcome.why.empty()) {
        steps.resize(outcome.executed);
        search.found = true;
        search.steps = shrink(std::move(steps));
        describe(search);
      }
    }
    return search;
  }

 private:
  Outcome execute(const std::vector<Step>& steps) const {
    Outcome outcome;
    const std::unique_ptr<EngineCore> engine = make_(options_.engine);
    for (const Step& step : steps) {
      engine->advance(engine->time() + step.wait);
      const Result<> done = engine->execute(
          {.kind = step.kind, .bytes = step.bytes}, [&](const TransactionView& transaction) {
            outcome.accepted += transaction.outcome == OutcomeKind::Accepted ? 1U : 0U;
            outcome.text += engine->describe(transaction);
            outcome.why = judge_(*engine, transaction);
          });
      ++outcome.executed;
      if (!done) {
        outcome.why = done.error().to_string();
      }
      if (!outcome.why.empty()) {
        break;
      }
    }
    return outcome;
  }

  /// Whether the steps still break something; then those behind it are dropped.
  bool breaks(std::vector<Step>& steps) {
    ++attempts_;
    const Outcome outcome = execute(steps);
    if (outcome.why.empty()) {
      return false;
    }
    steps.resize(outcome.executed);
    return true;
  }

  /// Leaves out pieces, halving their size; then makes numbers smaller.
  std::vector<Step> shrink(std::vector<Step> steps) {
    for (std::size_t piece = std::max<std::size_t>(steps.size() / 2, 1);; piece /= 2) {
      for (std::size_t at = 0; at < steps.size() && attempts_ < shrink_attempts_max;) {
        std::vector<Step> fewer = steps;
        const std::size_t end = std::min(at + piece, fewer.size());
        fewer.erase(fewer.begin() + static_cast<std::ptrdiff_t>(at),
                    fewer.begin() + static_cast<std::ptrdiff_t>(end));
        if (breaks(fewer)) {
          steps = std::move(fewer);
        } else {
          at += piece;
        }
      }
      if (piece <= 1) {
        break;
      }
    }
    for (std::size_t i = 0; i < steps.size(); ++i) {
      shrink_step(steps, i);
    }
    return steps;
  }

  void shrink_step(std::vector<Step>& steps, std::size_t position) {
    const auto try_instead = [&](Step step) {
      std::vector<Step> simpler = steps;
      simpler[position] = std::move(step);
      if (attempts_ < shrink_attempts_max && breaks(simpler) && position < simpler.size()) {
        steps = std::move(simpler);
        return true;
      }
      return false;
    };
    if (steps[position].wait != Duration()) {
      Step now = steps[position];
      now.wait = {};
      try_instead(std::move(now));
    }
    const StructInfo& command = *command_of(steps[position].kind);
    for (const FieldInfo& field : command.fields) {
      if (field.type->kind == TypeKind::Integer && field.type->width <= sizeof(std::int64_t)) {
        for (const std::int64_t value : {0, 1, 2}) {
          Step simpler = steps[position];
          if (!set_integer(command, field, value, simpler.bytes) || try_instead(simpler)) {
            break;
          }
        }
      }
    }
  }

  [[nodiscard]] const StructInfo* command_of(std::uint16_t kind) const {
    return *std::ranges::find_if(domain_.commands,
                                 [&](const StructInfo* each) { return each->kind == kind; });
  }

  /// Puts a number into a command's bytes. False when it is there already.
  static bool set_integer(const StructInfo& command, const FieldInfo& field, std::int64_t value,
                          std::vector<std::byte>& bytes) {
    const schema::Codec codec(command);
    std::vector<std::uint64_t> memory(command.memory_size / sizeof(std::uint64_t) + 4);
    std::vector<std::uint64_t> room(bytes.size() * 2 + 8);
    Scratch scratch(std::as_writable_bytes(std::span(room)));
    Scratch aligned(std::as_writable_bytes(std::span(memory)));
    std::byte* const place = aligned.take(command.memory_size, command.memory_align);
    if (place == nullptr || !codec.decode(bytes, place, scratch) ||
        std::memcmp(place + field.offset, &value, field.type->width) == 0) {
      return false;
    }
    std::memcpy(place + field.offset, &value, field.type->width);
    const Result<std::size_t> size = codec.encoded_size(place);
    bytes.resize(size.value_or(0));
    return size.has_value() && codec.encode(place, bytes).has_value();
  }

  void describe(Search& search) const {
    const Outcome outcome = execute(search.steps);
    search.why = outcome.why;
    search.text = fmt::format("{} after {} of {} commands (seed {}):\n{}", outcome.why,
                              search.steps.size(), search.executed, options_.seed, outcome.text);
  }

  const DomainInfo& domain_;
  const MakeEngine& make_;
  const SearchOptions& options_;
  const Judge& judge_;
  std::size_t attempts_ = 0;
};

}  // namespace

Step random_step(const DomainInfo& domain, const SearchOptions& options, std::uint64_t number) {
  engine::RandomCommand random(options.seed * 0x100000001b3U + number, options.ids);
  const StructInfo& command = *domain.commands[random.below(domain.commands.size())];
  constexpr std::uint64_t wait_ns_max = 2'000'000'000;
  const bool waits = random.below(4) == 0;
  return {.wait = Duration{waits ? static_cast<std::int64_t>(random.below(wait_ns_max)) : 0},
          .kind = command.kind,
          .bytes = random.draw(command)};
}

Search search(const DomainInfo& domain, const MakeEngine& make, const SearchOptions& options,
              const Judge& judge) {
  return Searcher(domain, make, options, judge).run();
}

Search run_twice(const DomainInfo& domain, const MakeEngine& make, const SearchOptions& options) {
  // The twin runs what the first engine runs, one transaction behind the judge's question.
  std::unique_ptr<EngineCore> twin;
  const MakeEngine make_both = [&](const EngineOptions& engine) {
    twin = make(engine);
    return make(engine);
  };
  const Judge agree = [&](EngineCore& first, const TransactionView& transaction) {
    twin->advance(first.time());
    std::string theirs;
    std::string ours = first.describe(transaction);
    const Result<> done =
        twin->execute({.kind = transaction.kind, .bytes = transaction.command},
                      [&](const TransactionView& other) { theirs = twin->describe(other); });
    if (!done) {
      return done.error().to_string();
    }
    if (const std::string differs = difference(ours, theirs); !differs.empty()) {
      return "executed twice, a command gave two transactions: " + differs;
    }
    return first.digest() == twin->digest()
               ? std::string()
               : std::string("executed twice, a command left two states");
  };
  return search(domain, make_both, options, agree);
}

}  // namespace cairn::testing
