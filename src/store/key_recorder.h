// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstdint>
#include <optional>
#include <string_view>

#include "cairn/error.h"
#include "journal/history.h"
#include "journal/index.h"
#include "journal/key_history.h"
#include "journal/transaction.h"
#include "log/writer.h"
#include "store/committer.h"
#include "sys/clock.h"

namespace cairn::store {

/// Sees to it that a store has recorded the key that is going to sign its heads, while the store is
/// opened. Whoever verifies then finds every key in the history, given by the one before it. A
/// record is an event of the store's own, so that the index finds the last, and each names the one
/// before.
class KeyRecorder final {
 public:
  struct Parts {
    journal::EventIndex& index;  ///< of everything that is durable
    journal::HistoryReader& reader;
    log::Writer& writer;
    Committer& committer;
    sys::Clock& clock;
  };

  /// Texts of private keys; empty: none.
  struct Keys {
    std::string_view signing = {};
    std::string_view retiring = {};
  };

  explicit KeyRecorder(const Parts& parts) noexcept : parts_(parts) {}

  /// True when it has recorded something, which is durable then. Conflict when the key is not the
  /// one that is recorded, and that one does not retire for it; Corrupt when the records contradict
  /// each other. Once.
  Result<bool> install(const Keys& keys);

 private:
  Result<journal::KeyHistory> read();
  Result<bool> install_first(const journal::SignerKey& key, const journal::SignerKey* retiring);
  Result<> record(const journal::Note& note);

  Parts parts_;
  std::optional<journal::CoordinateHead> head_;  ///< the last record
};

}  // namespace cairn::store
