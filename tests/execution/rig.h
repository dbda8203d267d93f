// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstddef>
#include <cstdint>
#include <span>
#include <string>

#include "cairn/codec.h"
#include "cairn/plugin.h"
#include "execution/executor.h"
#include "schema/schema.h"
#include "state/plan.h"
#include "state/state.h"

/// What tests of the execution share: a domain with a state and an executor, and ways to tell two
/// of them apart.
namespace cairn::execution {

/// A domain under test. One thread.
class Rig final {
 public:
  explicit Rig(const cairn_domain& domain, Trust trust = Trust::Compiled);

  /// Executes the command as the next transaction. The interrupt must not be raised.
  const Transaction& execute(const Command& command);

  template <typename C>
  const Transaction& submit(const C& command, std::span<const Bypass> bypasses = {}) {
    GrowingByteWriter writer;
    encode(writer, command);
    return execute({.kind = static_cast<std::uint16_t>(C::schema::kind),
                    .bytes = writer.written(),
                    .bypasses = bypasses});
  }

  /// Where the next transaction will stand.
  [[nodiscard]] Context next() const { return {.position = state.position().next(), .time = time}; }

  /// The digest of the state without its position and time.
  [[nodiscard]] std::string content();

  const schema::Schema schema;
  const state::Plan plan;
  state::State state;
  Executor executor;
  std::int64_t time = 0;
};

/// All of a state as text: rows by key, links by age, last numbers, what waits. The text that
/// `FakeHost::dump` gives for the same.
[[nodiscard]] std::string dump(const state::State& state);

/// All that a transaction shows, so that two can be compared.
[[nodiscard]] std::string text_of(const Transaction& transaction);

[[nodiscard]] std::string text_of(std::span<const std::byte> bytes);

}  // namespace cairn::execution
