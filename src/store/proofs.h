// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstdint>
#include <memory>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <utility>

#include "base/mutex.h"
#include "cairn/digest.h"
#include "cairn/error.h"
#include "journal/history.h"
#include "journal/keys.h"
#include "journal/tree.h"
#include "journal/tree_file.h"
#include "sys/disk.h"

namespace cairn::store {

/// The transparency tree of a store as it grows, and what is signed of it. Any thread; disk and
/// folder outlive it.
class Proofs final {
 public:
  /// Goes on with the tree of the first `durable` transactions; what its file lacks is read from
  /// the log. `key`: the text of a private key, or empty: then nothing can be signed.
  static Result<std::unique_ptr<Proofs>> open(sys::Disk& disk, const std::string& folder,
                                              std::uint64_t durable, std::string_view key);

  /// Adds transactions, from `first` on, of which it may know some. What it could not write before,
  /// and what was left out meanwhile, is read from the log again. On failure: tried again with the
  /// next, and whoever wants a proof until then gets the error.
  void append(std::uint64_t first, std::span<const Digest> transaction_hashes);

  /// What was added survives a crash without being read again.
  Result<> sync();

  /// Before the transactions in front of `first` are dropped: what proofs need of them is kept.
  /// Fails when the tree does not have them yet.
  Result<> keep_before(std::uint64_t first);

  /// A signed head of the tree: everything that was added so far. InvalidArgument without a key.
  Result<std::string> signed_head();

  /// The receipt of a transaction under a head that is signed now.
  Result<std::string> receipt(journal::HistoryReader& reader, std::uint64_t sequence);

 private:
  Proofs(sys::Disk& disk, std::string folder) : disk_(disk), folder_(std::move(folder)) {}

  Result<> grow(std::uint64_t first, std::span<const Digest> transaction_hashes)
      CAIRN_REQUIRES(mutex_);
  Result<journal::Note> sign() CAIRN_REQUIRES(mutex_);

  sys::Disk& disk_;
  const std::string folder_;
  Mutex mutex_;
  std::optional<journal::HistoryReader> reader_ CAIRN_GUARDED_BY(mutex_);
  std::optional<journal::HistoryHashes> hashes_ CAIRN_GUARDED_BY(mutex_);
  std::unique_ptr<journal::FileHashStore> file_ CAIRN_GUARDED_BY(mutex_);
  std::optional<journal::Tree> tree_ CAIRN_GUARDED_BY(mutex_);
  std::optional<journal::SignerKey> key_ CAIRN_GUARDED_BY(mutex_);
  std::optional<Error> failure_ CAIRN_GUARDED_BY(mutex_);  ///< of the last try to add
};

}  // namespace cairn::store
