// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <array>
#include <cstddef>
#include <cstdint>
#include <optional>
#include <span>
#include <string_view>
#include <vector>

#include "cairn/byte_writer.h"
#include "cairn/digest.h"
#include "cairn/error.h"
#include "cairn/ids.h"
#include "cairn/transaction.h"
#include "cairn/uuid.h"

/// The record of one transaction, as the journal keeps it: docs/formats/transaction.md. Everything
/// that a later reader needs is in the record itself, beside the schema; nothing in it depends on
/// where it lies or on other records, so it proves itself when it is taken out and shown.
namespace cairn::journal {

/// An event by its transaction and its place in it.
struct EventPlace {
  Seq transaction;
  std::uint32_t event = 0;

  friend bool operator==(const EventPlace&, const EventPlace&) noexcept = default;
};

/// Who an event is about, and where.
struct Coordinate {
  std::string_view entity = {};
  std::string_view scope = {};

  friend bool operator==(const Coordinate&, const Coordinate&) noexcept = default;
};

/// The first half of the BLAKE3 digest of an event's content. Nobody finds another event with the
/// same; and it does not hang on the event's own ancestor, so those of a batch are found side by
/// side.
using EventHash = std::array<std::byte, 16>;

/// A fact, and its place in the history of what it is about.
struct EventRecord {
  enum class About : std::uint8_t {
    Nothing,
    Declared,  ///< the schema says which fields name the coordinate
    Named,     ///< the coordinate is in the record
  };

  std::uint16_t kind = 0;
  std::span<const std::byte> payload = {};
  bool has_cause = false;  ///< else the command is the cause
  EventPlace cause = {};   ///< an earlier event, possibly of the same transaction
  About about = About::Nothing;
  Coordinate coordinate = {};  ///< Named
  std::uint64_t version = 0;   ///< Declared, Named: of the coordinate's events, from 1
  EventPlace ancestor = {};    ///< version > 1: the one before it there
  EventHash ancestor_hash = {};
};

/// What a gate said at the commit point, and who overruled it.
struct GateRecord {
  std::uint16_t gate = 0;
  bool allowed = false;
  bool is_bypassed = false;
  std::string_view approver = {};
  std::string_view reason = {};
};

/// What tells a client's request from every other: two with the same intent are the same request.
struct Intent {
  enum class Kind : std::uint8_t { None, Client, Key };

  Kind kind = Kind::None;
  Uuid client = {};          ///< Client
  std::uint64_t number = 0;  ///< Client: of the request, the client's own count
  std::string_view key = {};
};

/// The name of a request, by which it is told from others: half of a BLAKE3 digest of its intent,
/// since whoever sends requests chooses what is in that.
using RequestHash = std::array<std::byte, 16>;

/// Kinds that are no domain's: limits::kind_max is below them.
enum class SystemKind : std::uint16_t {
  Append = 0xff00,           ///< events that somebody states, without a command
  SchemaInstalled = 0xff01,  ///< from here on the schema is the one whose IDL is the command
  KeyRotated = 0xff02,
  CheckpointTaken = 0xff03,  ///< the digest of the state at this position
  Cutover = 0xff04,          ///< a migration
  Operation = 0xff05,        ///< something an operator did
};

/// A transaction as views, to be written or just read.
struct TransactionRecord {
  Seq position;
  std::int64_t time = 0;     ///< nanoseconds since 1970
  std::uint32_t schema = 0;  ///< which of the schemas installed so far, from 1; 0: none yet
  std::uint16_t kind = 0;    ///< of the command, or a SystemKind
  std::span<const std::byte> command = {};  ///< canonical
  OutcomeKind outcome = OutcomeKind::Accepted;
  std::uint16_t code = 0;                  ///< Rejected
  std::span<const std::byte> detail = {};  ///< Rejected
  std::uint16_t gate = 0;                  ///< Denied
  FaultKind fault = FaultKind::Threw;      ///< Faulted
  Intent intent = {};
  bool has_correlation = false;
  Uuid correlation = {};
  bool has_cause = false;  ///< the command was given because of an event
  EventPlace cause = {};
  std::uint64_t timer = 0;  ///< of the waiting command that this is; 0 for one from outside
  std::span<const GateRecord> gates = {};
  std::span<const std::byte> delta = {};
  std::span<const EventRecord> events = {};
};

/// Appends the record's bytes. A record has one form. Requires: it is well formed, as
/// TransactionReader would judge it.
void encode(const TransactionRecord& record, GrowingByteWriter& out);

/// Reads records that somebody else may have made; keeps its memory from one to the next.
class TransactionReader final {
 public:
  /// The record, valid until the next call and as long as the bytes. An error names the field and
  /// the offset. What the schema would say of kinds, values and delta is not judged here.
  Result<const TransactionRecord*> read(std::span<const std::byte> bytes);

 private:
  TransactionRecord record_;
  std::vector<GateRecord> gates_;
  std::vector<EventRecord> events_;
};

/// The hash by which the next event at the same coordinate names this one: of its kind, coordinate
/// and payload, and the version there. `scratch` is written over.
[[nodiscard]] EventHash hash_of(const EventRecord& event, GrowingByteWriter& scratch);

/// What is hashed of an event, zero-padded to a multiple of 64 bytes: it ends where it says, so
/// that the zeros hide nothing. Replaces what is in `content`.
void encode_content(const EventRecord& event, GrowingByteWriter& content);
/// Of the BLAKE3 digest of the padded content.
[[nodiscard]] EventHash event_hash(const Digest& digest) noexcept;

/// None for a transaction that nobody asked for by a name. `scratch` is written over.
[[nodiscard]] std::optional<RequestHash> hash_of(const Intent& intent, GrowingByteWriter& scratch);

}  // namespace cairn::journal
