// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstddef>
#include <cstdint>
#include <memory>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "cairn/digest.h"
#include "cairn/error.h"
#include "cairn/region.h"
#include "cairn/uuid.h"
#include "journal/schemas.h"
#include "journal/transaction.h"
#include "schema/json.h"
#include "schema/schema.h"

namespace cairn::journal {

// A journal as lines of JSON: docs/formats/export.md. Lines come from anywhere, and may be hostile.

/// The longest line that is read.
inline constexpr std::size_t export_line_bytes_max = schema::json_bytes_max;

/// The first line: of which journal the others are.
struct ExportHeader {
  Digest origin;       ///< hash of the oldest transaction of the journal: what tells it from others
  std::string schema;  ///< the IDL in force at the end
  std::vector<std::string> older = {};  ///< those before it, from the first on
};

/// Of a journal whose oldest transaction has that hash.
[[nodiscard]] ExportHeader make_export_header(const Digest& origin, const Schemas& schemas);

[[nodiscard]] std::string print_export_header(const ExportHeader& header);

/// Reads what `print_export_header` writes. Unsupported for a newer version, by number.
Result<ExportHeader> parse_export_header(std::string_view line);

/// An event as a line states it, with its bytes.
struct ExportedEvent {
  std::string entity;
  std::string scope;
  std::uint16_t kind = 0;
  std::vector<std::byte> bytes;  ///< canonical
  std::optional<EventPlace> cause = std::nullopt;
};

/// How far a consumer has come, in the journal that was exported.
struct ExportedMove {
  std::string consumer;
  EventId next = {};
};

/// A transaction as a line states it. Only events that somebody stated can be stated again: of
/// others, `events` is empty.
struct ExportedTransaction {
  std::uint64_t sequence = 0;
  std::uint32_t schema = 0;  ///< that it is stated in, from 1 on
  std::optional<Uuid> correlation = std::nullopt;
  std::vector<ExportedEvent> events;
  std::optional<ExportedMove> move = std::nullopt;
};

/// Reads the lines behind the first, each with the schema that it is stated in: those that the
/// first line has, which outlive it. Keeps its memory from one to the next. One thread.
class ExportReader final {
 public:
  explicit ExportReader(std::span<const schema::Schema> schemas);
  ExportReader(ExportReader&& other) noexcept;
  ExportReader& operator=(ExportReader&& other) noexcept;
  ~ExportReader();

  /// The transaction, valid until the next call. The error names the member.
  Result<const ExportedTransaction*> read(std::string_view line);

  /// From now on transactions of earlier schemas are stated again in this one, by number; Conflict
  /// for an event that it has in another version.
  void restate_in(std::uint32_t schema);

 private:
  struct State;

  std::unique_ptr<State> state_;
};

}  // namespace cairn::journal
