// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstddef>
#include <cstdint>
#include <optional>
#include <span>
#include <utility>
#include <vector>

#include "cairn/error.h"
#include "cairn/ids.h"
#include "journal/keys.h"
#include "journal/keys_ring.h"
#include "journal/note.h"
#include "journal/transaction.h"

namespace cairn::journal {

/// What a `ff02` record says: from here on this key signs the heads of the journal.
struct KeyChange {
  Seq at;                  ///< the record
  std::uint64_t size = 0;  ///< the first size of the tree whose head the key signs
  VerifierKey key;
  std::optional<VerifierKey> retired = std::nullopt;  ///< the one that gave it; none for the first
  Note note;
};

/// Which keys have signed a journal's heads, as its own records tell, each given by the one before
/// it. A plain value. One thread at a time.
class KeyHistory final {
 public:
  /// A key that is known from elsewhere, with which the journal may begin. Without any, the first
  /// that a record names is believed. Requires: before the first record.
  Result<> trust(VerifierKey key) { return ring_.trust(std::move(key)); }

  /// Takes the command of the next `ff02` record. Refused: what is no note of a key; a signature
  /// that is missing or wrong; a first key that is none of the trusted; another first key after
  /// there was one; whatever `Keyring::rotate` refuses. On failure: all is as before.
  Result<> add(Seq at, std::span<const std::byte> note);
  /// The same of any record; of those that are about no key, nothing. The error names the place.
  Result<> add(const TransactionRecord& record);

  /// In the order of the journal.
  [[nodiscard]] std::span<const KeyChange> changes() const noexcept { return changes_; }

  /// The last one; null when none was recorded.
  [[nodiscard]] const KeyChange* in_force() const noexcept {
    return changes_.empty() ? nullptr : &changes_.back();
  }

  /// What judges heads.
  [[nodiscard]] const Keyring& ring() const noexcept { return ring_; }

 private:
  Result<> add_first(Seq at, const Note& note);
  Result<> add_rotation(Seq at, const Note& note);

  Keyring ring_;
  std::vector<KeyChange> changes_;
};

}  // namespace cairn::journal
