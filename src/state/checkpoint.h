// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstddef>
#include <functional>
#include <memory>
#include <span>

#include "cairn/digest.h"
#include "cairn/error.h"
#include "state/state.h"

namespace cairn::state {

/// An image of a state in canonical bytes: docs/formats/checkpoint.md. Equal states give equal
/// bytes, however they came about; what is read back walks in the same order as what was written.

/// Takes bytes, front to back.
using Sink = std::function<Result<>(std::span<const std::byte>)>;

/// Fills the front of a buffer with what comes next; says how much that was. 0 only at the end.
using Source = std::function<Result<std::size_t>(std::span<std::byte>)>;

/// Writes the state in pieces, and returns the digest that ends it. Requires: no command is
/// running.
Result<Digest> write_checkpoint(const State& state, const Sink& sink);

/// Reads a state. The bytes may be hostile: everything is checked, and sizes they claim reserve
/// nothing. An error names the place; there is no half state.
Result<std::unique_ptr<State>> read_checkpoint(const Plan& plan, const State::Options& options,
                                               const Source& source);

/// The digest that a checkpoint of the state would end with.
[[nodiscard]] Digest digest_of(const State& state);

}  // namespace cairn::state
