// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstddef>
#include <cstdint>
#include <functional>
#include <memory>
#include <string>
#include <string_view>
#include <vector>

#include "cairn/descriptor.h"
#include "cairn/engine_core.h"
#include "cairn/time.h"

/// The test kit without types: random commands made from a schema, the search for a list of them
/// that breaks something, and the shortest such list.
namespace cairn::engine {
class RunLog;
}  // namespace cairn::engine

namespace cairn::testing {

/// What commands were seen to do: which were accepted, which rows and links they met, which
/// transitions they took. Engines that are given one note each command they execute, kept or not;
/// others pay nothing. `cairn check DOMAIN --runs FILE` reads what `write` writes. One thread.
///
///     Recording recording(domain_info<Bank>());
///     Scenario<Bank>({.recording = &recording}).given(…);
class Recording final {
 public:
  /// Of one domain, of which it keeps a copy.
  explicit Recording(const DomainInfo& domain);
  ~Recording();
  Recording(const Recording&) = delete;
  Recording& operator=(const Recording&) = delete;

  /// What is declared and no recorded command did, a line for each; empty when nothing is missing.
  [[nodiscard]] std::string missing() const;

  /// The JSON of docs/petri.md. Over a bound there is an error instead of a part of it.
  [[nodiscard]] Result<std::string> to_json() const;

  /// Adds what was written by another recording of the same domain.
  Result<> add(std::string_view json);

  /// The same with files.
  [[nodiscard]] Result<> write(const std::string& path) const;
  Result<> read(const std::string& path);

  /// For engines.
  [[nodiscard]] engine::RunLog& log() noexcept { return *log_; }

 private:
  std::unique_ptr<engine::RunLog> log_;
};

/// A command, and how long before it time moved on.
struct Step {
  Duration wait = {};
  std::uint16_t kind = 0;
  std::vector<std::byte> bytes;  ///< canonical
};

struct SearchOptions {
  std::uint64_t seed = 1;   ///< the same seed makes the same commands, everywhere
  std::size_t runs = 20;    ///< each starts from nothing
  std::size_t steps = 500;  ///< commands of a run
  /// Numbers are drawn from 1 to this, so that commands meet the same rows again.
  std::uint64_t ids = 6;
  EngineOptions engine = {};
};

/// What a search came to.
struct Search {
  bool found = false;       ///< a list of commands that breaks the property
  std::string why;          ///< what broke, for people
  std::vector<Step> steps;  ///< the shortest list that was found to break it; its last one does
  std::string text;         ///< the transactions of that list, and how to run it again
  std::size_t executed = 0;
  std::size_t accepted = 0;  ///< too few, and the search has seen little

  explicit operator bool() const noexcept { return !found; }  ///< all is well
};

/// Looks at an engine after a transaction; gives back what is wrong, or nothing.
using Judge = std::function<std::string(EngineCore&, const TransactionView&)>;
using MakeEngine = std::function<std::unique_ptr<EngineCore>(const EngineOptions&)>;

/// A command drawn from the schema.
[[nodiscard]] Step random_step(const DomainInfo& domain, const SearchOptions& options,
                               std::uint64_t number);

/// Runs random commands until the judge finds something, then leaves out and makes smaller what can
/// be, as long as something is still found.
[[nodiscard]] Search search(const DomainInfo& domain, const MakeEngine& make,
                            const SearchOptions& options, const Judge& judge);

/// Runs random commands on two engines at once; they must agree in every transaction, byte by byte,
/// and in the digest of the state.
[[nodiscard]] Search run_twice(const DomainInfo& domain, const MakeEngine& make,
                               const SearchOptions& options);

/// Where two texts part: the number of the line, and both lines. Empty when they are the same.
[[nodiscard]] std::string difference(std::string_view expected, std::string_view actual);

enum class Golden : std::uint8_t {
  Compare,
  Write,  ///< the file becomes what the text is
};

/// Compares a text with a file, line by line. Gives back what differs, or nothing.
[[nodiscard]] std::string compare_with_golden(std::string_view text, const std::string& path,
                                              Golden mode = Golden::Compare);

}  // namespace cairn::testing
