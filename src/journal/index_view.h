// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstddef>
#include <cstdint>
#include <memory>
#include <span>
#include <string>
#include <utility>
#include <vector>

#include "cairn/error.h"
#include "cairn/region.h"
#include "journal/index_file.h"
#include "journal/index_find.h"
#include "journal/index_folder.h"
#include "sys/disk.h"

namespace cairn::journal {

/// The files of a journal's index as they are found, beside the writer or without one: takes no
/// lock and changes nothing. What is missing, damaged, or of another journal is not there; whoever
/// asks looks at the log in its place. One thread; the disk outlives it.
class IndexView final {
 public:
  /// A stretch of transactions: of one file, or of those that no file is about.
  struct Run {
    std::uint64_t first = 0;
    std::uint64_t last = 0;  ///< every sequence, behind the last file
    bool is_indexed = false;
  };

  /// An index that cannot be used is as good as none: why is among the complaints.
  static IndexView open(sys::Disk& disk, std::string folder, const IndexRange& range);

  /// The run that a transaction is in.
  [[nodiscard]] Run run_at(std::uint64_t sequence) const noexcept;

  /// Appends up to `limit` events of the region from the cursor on, and moves it behind them; with
  /// fewer there are no more in this run, and the cursor is at the end of it. On failure (Corrupt)
  /// neither changes, and from now on the run is not indexed.
  /// Requires: the run at the cursor is indexed, and the region is possible.
  Result<> find(const Region& region, Cursor& cursor, std::size_t limit,
                std::vector<EventPlace>& out);

  /// Why files are not used, since it was asked last.
  [[nodiscard]] std::vector<Error> take_complaints() { return std::exchange(complaints_, {}); }

  [[nodiscard]] std::size_t files() const noexcept { return files_.size(); }

 private:
  std::vector<std::shared_ptr<IndexFile>> files_;  ///< ascending, each transaction in one
  std::vector<Error> complaints_;
};

}  // namespace cairn::journal
