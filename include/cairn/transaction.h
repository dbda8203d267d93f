// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstddef>
#include <cstdint>
#include <span>
#include <string_view>

#include "cairn/ids.h"

namespace cairn {

/// What becomes of a command. Each is recorded history; the numbers are stored.
enum class OutcomeKind : std::uint8_t {
  Accepted = 0,
  Rejected = 1,  ///< a rule of the domain said no, with a code and perhaps a detail
  Denied = 2,    ///< a gate said no at the commit point
  Faulted = 3,   ///< the domain broke down or broke a rule; nothing of it stays
};

/// Why a command faulted. The numbers are stored.
enum class FaultKind : std::uint8_t {
  Threw = 0,          ///< code of the domain threw
  Stale = 1,          ///< used a row that was erased
  Undeclared = 2,     ///< asked for what the schema does not have
  Malformed = 3,      ///< gave bytes that are not what the schema says
  ReadOnly = 4,       ///< a guard, gate or invariant tried to change something
  OverBudget = 5,     ///< ran out of steps, changes or bytes
  Misused = 6,        ///< did what the façade forbids, like using a handle without a row
  Reference = 7,      ///< left a reference that leads to no row
  RequiredEnd = 8,    ///< left a required end of an edge open
  Invariant = 9,      ///< left an invariant broken
  ManagedField = 10,  ///< wrote to a field that is not the domain's to write
  Quarantined = 11,   ///< was not run: it had brought the process down before
};

/// "accepted": for JSON, logs and people.
[[nodiscard]] constexpr std::string_view to_string(OutcomeKind kind) noexcept {
  switch (kind) {
    case OutcomeKind::Accepted:
      return "accepted";
    case OutcomeKind::Rejected:
      return "rejected";
    case OutcomeKind::Denied:
      return "denied";
    case OutcomeKind::Faulted:
      return "faulted";
  }
  return "";
}

[[nodiscard]] constexpr std::string_view to_string(FaultKind kind) noexcept {
  switch (kind) {
    case FaultKind::Threw:
      return "threw";
    case FaultKind::Stale:
      return "stale";
    case FaultKind::Undeclared:
      return "undeclared";
    case FaultKind::Malformed:
      return "malformed";
    case FaultKind::ReadOnly:
      return "read_only";
    case FaultKind::OverBudget:
      return "over_budget";
    case FaultKind::Misused:
      return "misused";
    case FaultKind::Reference:
      return "reference";
    case FaultKind::RequiredEnd:
      return "required_end";
    case FaultKind::Invariant:
      return "invariant";
    case FaultKind::ManagedField:
      return "managed_field";
    case FaultKind::Quarantined:
      return "quarantined";
  }
  return "";
}

/// A fact that a transaction stated, as bytes.
struct EventView {
  std::uint16_t kind = 0;
  std::span<const std::byte> bytes = {};  ///< canonical
  Seq cause_transaction = {};             ///< 0: the command is the cause
  std::uint32_t cause_event = 0;          ///< among those of its transaction
};

/// What a gate said, and who overruled it.
struct GateView {
  std::string_view name = {};
  bool allowed = false;
  std::string_view approver = {};  ///< empty: nobody
  std::string_view reason = {};
};

/// A transaction, as bytes that belong to the engine and last for the call that shows it.
struct TransactionView {
  Seq position = {};
  std::int64_t time = 0;  ///< nanoseconds since 1970
  std::uint16_t kind = 0;
  std::span<const std::byte> command = {};  ///< canonical
  OutcomeKind outcome = OutcomeKind::Accepted;
  std::uint16_t code = 0;                  ///< of a rejection
  std::span<const std::byte> detail = {};  ///< of a rejection, canonical; possibly none
  std::string_view gate = {};              ///< that denied it
  FaultKind fault = FaultKind::Threw;      ///< meant only when faulted
  std::string_view text = {};              ///< of a fault, for people
  std::span<const std::byte> delta = {};   ///< docs/formats/delta.md
  std::span<const EventView> events = {};
  std::span<const GateView> gates = {};
};

}  // namespace cairn
