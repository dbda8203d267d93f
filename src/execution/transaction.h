// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstddef>
#include <cstdint>
#include <span>
#include <string_view>

#include "cairn/ids.h"
#include "cairn/plugin.h"
#include "cairn/transaction.h"
#include "state/change.h"

namespace cairn::execution {

/// Leave to pass a gate that says no. Recorded, whether it was needed or not. Without a name and a
/// reason it is no leave.
struct Bypass {
  std::uint16_t gate = 0;  ///< its position in the schema
  std::string_view approver;
  std::string_view reason;
};

/// What is to be executed. Refers to the caller's memory.
struct Command {
  std::uint16_t kind = 0;
  std::span<const std::byte> bytes;  ///< canonical
  std::uint64_t timer = 0;  ///< of the waiting command that this is; 0 for one from outside
  std::span<const Bypass> bypasses = {};
};

/// What the engine decides about a transaction before it is executed.
struct Context {
  Seq position;
  std::int64_t time = 0;  ///< nanoseconds since 1970; never before the last
};

/// A fact stated by a transaction.
struct Event {
  std::uint16_t kind = 0;
  bool has_cause = false;  ///< else the command is the cause
  cairn_event_place cause = {};
  std::span<const std::byte> bytes;  ///< canonical
};

/// What a gate said, and whether that was overruled.
struct GateVerdict {
  std::uint16_t gate = 0;
  bool allowed = false;
  const Bypass* bypass = nullptr;  ///< the leave that was given, if one was
};

/// What became of a command. All of it belongs to the executor and is valid until its next call.
struct Transaction {
  Context context;
  OutcomeKind outcome = OutcomeKind::Accepted;
  std::uint16_t code = 0;                       ///< of a rejection
  std::span<const std::byte> detail = {};       ///< of a rejection, canonical
  std::uint16_t gate = 0;                       ///< that denied it: its position in the schema
  FaultKind fault = FaultKind::Threw;           ///< meant only when faulted
  std::string_view text = {};                   ///< of a fault, for people
  std::span<const std::byte> delta = {};        ///< canonical: docs/formats/delta.md
  std::span<const state::Change> changes = {};  ///< the same in memory, with what was before
  std::span<const Event> events = {};
  std::span<const GateVerdict> gates = {};  ///< of those that were asked, in their order
  std::uint64_t steps = 0;                  ///< what was used of the budget
};

}  // namespace cairn::execution
