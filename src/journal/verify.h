// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstdint>
#include <functional>
#include <optional>
#include <span>
#include <string>
#include <string_view>

#include "cairn/digest.h"
#include "cairn/error.h"
#include "cairn/ids.h"
#include "journal/keys.h"
#include "journal/proof.h"
#include "journal/proof_anchor.h"
#include "sys/disk.h"

namespace cairn::journal {

/// What a journal promises. Names and order are part of the command line's contract.
enum class Promise : std::uint8_t {
  Log,       ///< every durable byte is there, in batches that follow each other
  Record,    ///< each record is one, in its one form
  Position,  ///< each is the transaction of its place
  Time,      ///< time never goes back
  Schema,    ///< each names the schema in force, and every schema's file says what was installed
  Ancestor,  ///< each event is the next at its coordinate, and names the one before by its hash
  Cause,     ///< what an event or a command is said to be caused by is an earlier event
  Keys,      ///< each key that signs heads was given by the one before it
  NotRolledBack,  ///< what was anchored is there
  NotForked,      ///< and is the same
  Tree,           ///< the tree's file says what the log says
  Index,          ///< the index's files are as they were written, and of this log
  Value,          ///< each event is a value of its schema
  Entry,          ///< every entry of the index is in the log, and the other way round
};

/// "log", "record" …
[[nodiscard]] std::string_view to_string(Promise promise) noexcept;

/// The first promise that does not hold.
struct BrokenPromise {
  Promise promise = Promise::Log;
  Seq at;              ///< the transaction; 0 when it is about none
  std::string reason;  ///< for people: where, and what is wrong
  std::string advice;  ///< and what to do
};

struct VerifyOptions {
  /// Heads that this journal must have come through.
  const Anchors* anchors = nullptr;
  /// The keys with which it began. Without any, the first that a rotation names is believed.
  std::span<const VerifierKey> keys = {};
  /// Also reads every event with its schema.
  bool values = false;
  /// Also compares the index with the log, entry by entry.
  bool entries = false;
  /// Makes the tree's head also when no file and no anchor is there to be compared with it.
  bool wants_head = false;
  /// Called now and then: how many transactions are done, of how many.
  std::function<void(std::uint64_t done, std::uint64_t total)> progress = nullptr;
};

/// What verifying has found.
struct JournalVerdict {
  std::optional<BrokenPromise> broken = std::nullopt;
  Seq first;  ///< the oldest transaction that is kept
  Seq last;   ///< as far as it was looked at; 0 for an empty journal
  std::uint64_t batches = 0;
  std::uint64_t bytes = 0;  ///< of batches
  std::uint64_t events = 0;
  std::uint64_t coordinates = 0;
  std::uint32_t schemas = 0;
  std::uint64_t index_files = 0;
  Digest head;  ///< hash of the last batch
  /// The head to anchor, when it was made: where the beginning was dropped, that takes the tree's
  /// file.
  std::optional<TreePoint> tree = std::nullopt;
  bool has_tree_file = false;

  [[nodiscard]] bool holds() const noexcept { return !broken; }
};

/// Proves a whole journal: reads it once, from the oldest transaction that is kept to the last
/// whole batch, and stops at the first promise that is broken. Changes nothing, takes no lock, and
/// may run beside a writer. Where the beginning was dropped, what refers to it is believed.
///
/// Memory: one byte for each transaction, and for each coordinate its name and about 100 bytes.
///
/// An error says that nothing could be judged: there is no journal (NotFound), a file cannot be
/// read, or is of a newer version (Unsupported).
[[nodiscard]] Result<JournalVerdict> verify_journal(sys::Disk& disk, std::string_view folder,
                                                    const VerifyOptions& options);

}  // namespace cairn::journal
