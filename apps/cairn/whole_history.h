// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstdint>
#include <memory>
#include <span>
#include <string>
#include <vector>

#include "cairn/digest.h"
#include "cairn/error.h"
#include "cairn/ids.h"
#include "journal/history.h"
#include "journal/tree.h"
#include "sys/disk.h"

namespace cairn::cli {

/// A journal from its first transaction on, wherever that is: what was taken out of it lies in
/// archives, each a journal of its own. Reads beside the writer. One thread.
class WholeHistory final : public journal::TransactionHashes {
 public:
  /// Of the journal in a folder: with `archives`, and the one in the folder itself. NotFound, and
  /// what to say, when transactions are in none of them; Corrupt when an archive is not of this
  /// journal.
  static Result<WholeHistory> open(const std::string& folder,
                                   const std::vector<std::string>& archives);

  /// How many transactions are durable.
  [[nodiscard]] std::uint64_t size() const noexcept {
    return parts_.back().reader.durable().value();
  }

  /// Valid until the next call. NotFound when there is none.
  Result<const journal::HistoryEntry*> at(Seq position);

  Result<> read(std::uint64_t first, std::span<Digest> out) override;

 private:
  struct Part {
    std::string path;
    std::unique_ptr<sys::Disk> disk;
    journal::HistoryReader reader;
    Seq first;
  };

  static Result<Part> open_part(const std::string& path);
  static Result<std::vector<Part>> find_parts(const std::string& folder,
                                              std::vector<std::string> paths);
  static Result<> check_seam(Part* older, Part& newer);

  std::vector<Part> parts_;  ///< the journal itself is the last; each goes on at least to the next
};

}  // namespace cairn::cli
