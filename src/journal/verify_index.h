// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstdint>
#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "cairn/error.h"
#include "journal/index_file.h"
#include "journal/transaction.h"
#include "journal/verify_entries.h"
#include "sys/disk.h"

namespace cairn::journal {

/// The files of a journal's index, as they are found; nothing is set aside or removed. One thread.
class IndexWitness final {
 public:
  /// Opens all files there are, before the log is looked at, so that it has all they are about.
  /// None when there is no folder. What is wrong with the first that is damaged is kept for
  /// `check`.
  static Result<IndexWitness> open(sys::Disk& disk, const std::string& folder);

  [[nodiscard]] std::uint64_t files() const noexcept { return files_.size(); }

  /// What is wrong; nothing when every page of every file is as it was written, and none is about
  /// transactions after `last`.
  Result<std::optional<std::string>> check(std::uint64_t last) const;

  /// From now on the files are compared with the transactions that are shown, entry by entry.
  void compare_entries();

  void add(const TransactionRecord& record, const Digest& hash) {
    for (EntryCheck& check : entries_) {
      check.add(record, hash);
    }
  }

  struct Difference {
    std::uint64_t at = 0;
    std::string reason;
  };

  /// After all transactions: the first file that says something else than they do.
  [[nodiscard]] std::optional<Difference> difference();

 private:
  IndexWitness() = default;

  Result<> add(sys::Disk& disk, const std::string& path, const std::string& name);

  std::vector<std::shared_ptr<IndexFile>> files_;
  std::vector<EntryCheck> entries_;
  std::optional<std::string> damage_;
};

}  // namespace cairn::journal
