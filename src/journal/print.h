// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstddef>
#include <cstdint>
#include <string>

#include "journal/history.h"
#include "journal/payloads.h"
#include "journal/schemas.h"
#include "journal/transaction.h"

namespace cairn::journal {

/// "12.0": the first event of transaction 12.
[[nodiscard]] std::string to_string(const EventPlace& place);

/// Shows transactions and events with the journal's own schemas: docs/formats/export.md. What no
/// schema can read is shown as bytes. Schemas and payloads outlive it. One thread.
class Printer final {
 public:
  Printer(const Schemas& schemas, Payloads& payloads) : schemas_(&schemas), payloads_(&payloads) {}

  /// The whole transaction as canonical JSON, without a line feed.
  [[nodiscard]] std::string transaction_json(const HistoryEntry& entry);
  /// One of its events, by itself.
  [[nodiscard]] std::string event_json(const HistoryEntry& entry, std::size_t event);
  /// The whole transaction for people, in lines.
  [[nodiscard]] std::string transaction_text(const HistoryEntry& entry);

  /// What an event says: `Placed{what: "table", pieces: 3}`.
  [[nodiscard]] std::string event_text(const TransactionRecord& record, const EventRecord& event);
  /// The same as JSON; empty when it cannot be read.
  [[nodiscard]] std::string value_json(const TransactionRecord& record, const EventRecord& event);

  /// "Placed", "consumer moved", or "kind 7" when the schema does not have it.
  [[nodiscard]] std::string event_name(const TransactionRecord& record,
                                       const EventRecord& event) const;
  /// Of the command: "append", "schema_installed", "Transfer" …
  [[nodiscard]] std::string kind_name(const TransactionRecord& record) const;
  /// "accepted", "denied by small_orders", "rejected: NotOpen" …
  [[nodiscard]] std::string outcome_text(const TransactionRecord& record) const;

 private:
  [[nodiscard]] std::string gate_name(const TransactionRecord& record, std::uint16_t gate) const;
  [[nodiscard]] std::string event_members(const TransactionRecord& record, std::size_t event,
                                          bool has_time);
  [[nodiscard]] std::string command_json(const TransactionRecord& record);
  [[nodiscard]] std::string gates_json(const TransactionRecord& record) const;

  const Schemas* schemas_;
  Payloads* payloads_;
};

}  // namespace cairn::journal
