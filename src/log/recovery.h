// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstdint>
#include <memory>
#include <optional>
#include <string>

#include "cairn/digest.h"
#include "cairn/error.h"
#include "log/batch.h"
#include "log/folder.h"
#include "log/frontier.h"
#include "log/options.h"
#include "log/segment.h"
#include "sys/disk.h"
#include "sys/randomness.h"

namespace cairn::log {

/// A tail that was cut: batches that nobody was told of, because the writer died in their midst.
struct Cut {
  std::string segment;
  std::uint64_t offset = 0;
  std::uint64_t first = 0;  ///< the sequence that is given out again
  std::string why;
};

/// What opening a log has found, for whoever wants to say it.
struct Recovery {
  bool is_new = false;
  std::uint64_t first = 1;  ///< oldest sequence
  std::uint64_t last = 0;   ///< newest; 0: the log is empty
  Digest head;              ///< hash of the last batch
  std::optional<Cut> cut;
  bool footer_rebuilt = false;  ///< that of the segment before the active one was not whole
};

/// The segment that is appended to.
struct ActiveSegment {
  SegmentHeader header;
  std::unique_ptr<sys::File> file;  ///< direct
  SegmentIndex index;
  std::uint64_t end = batches_begin;
  bool is_sealed = false;  ///< its footer is durable; only rotation can follow
};

/// With what a writer begins.
struct Recovered {
  FrontierFile frontier;
  FrontierSlot slot;  ///< as it stands in the file
  ActiveSegment active;
  PreparedSegment next;  ///< ready, not in use; without a file when none is
  Link link;
  Recovery report;
};

/// Finds the end of the log and makes it durable. Requires: the folder is locked by the caller.
///
/// A batch that is not whole is the torn tail, and cut, when nothing says that it was durable; it
/// is damage, and refused as Corrupt with file, offset and sequence, when the frontier, a batch
/// behind it, the segment's trailer or the next segment says so. The README proves the rule.
[[nodiscard]] Result<Recovered> recover(const Folder& folder, const Options& options,
                                        sys::Random& random);

/// What to order when a log needs a segment.
[[nodiscard]] SegmentOrder order_segment(const Options& options, sys::Random& random,
                                         std::uint64_t number);

}  // namespace cairn::log
