// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstddef>
#include <cstdint>
#include <map>
#include <memory>
#include <string>
#include <vector>

#include "cairn/digest.h"
#include "cairn/error.h"
#include "log/batch.h"
#include "log/folder.h"
#include "log/frontier.h"
#include "log/handover.h"
#include "log/segment.h"
#include "sys/disk.h"

namespace cairn::log {

struct ReaderOptions {
  std::size_t window_bytes = std::size_t{1} << 20U;  ///< read at a time
  /// Where the writer of this process puts what has become durable; may be null. What is found
  /// there is not read from the disk, nor checked again. Of one reader, which it outlives.
  Handover* handover = nullptr;
};

/// Reads a log in order, while it is written by this process or another: any number of readers, no
/// lock. Sees what the frontier says is durable, and nothing else. Every batch is checked against
/// its digest and against the one before it. One thread; the disk outlives it.
///
///   CAIRN_TRY(reader->seek(sequence));
///   CAIRN_TRY(const BatchView* batch, reader->next());   // null: nothing more is durable yet
class Reader final {
 public:
  /// NotFound when there is no log in the folder.
  static Result<std::unique_ptr<Reader>> open(sys::Disk& disk, const std::string& folder,
                                              const ReaderOptions& options = {});

  /// Looks again how far the log is durable.
  Result<std::uint64_t> refresh();

  /// As far as it was durable at the last look.
  [[nodiscard]] std::uint64_t durable() const noexcept { return frontier_slot_.durable; }

  /// Hash of the batch that `durable` ends with.
  [[nodiscard]] const Digest& head() const noexcept { return frontier_slot_.hash; }

  /// The oldest sequence there is. Corrupt when one that was promised to be there is not.
  Result<std::uint64_t> first();

  /// Goes to the batch that holds this sequence; costs the same wherever it is. One past the last
  /// durable one is where a follower begins. NotFound when retention has dropped it,
  /// InvalidArgument when it is not there yet.
  Result<> seek(std::uint64_t sequence);

  /// The batch here, and steps over it; null when nothing more is durable. The view is valid until
  /// the next call. NotFound when retention has dropped the place meanwhile. Corrupt names file,
  /// offset and sequence. Before any `seek`, begins with the oldest.
  Result<const BatchView*> next();

  /// The sequence that the next batch begins with.
  [[nodiscard]] std::uint64_t position() const noexcept { return link_.last + 1; }

 private:
  struct Current {
    SegmentName name;
    SegmentHeader header;
    std::unique_ptr<SegmentBytes> bytes;  ///< null before the first seek
  };

  Reader(Folder folder, FrontierFile frontier, const ReaderOptions& options);

  Result<> list_again();
  Result<std::uint64_t> first_of(std::size_t index);
  Result<std::size_t> find_segment(std::uint64_t sequence);
  [[nodiscard]] bool take_over();
  Result<> come_back();
  Result<> enter(const SegmentName& name);
  Result<> seek_inside(std::uint64_t sequence);
  Result<bool> seek_by_index(std::uint64_t sequence);
  Result<> walk_to(std::uint64_t sequence);
  Result<bool> seek_end();
  [[nodiscard]] std::uint64_t readable_end() const noexcept;
  Result<const char*> try_batch();
  Result<bool> move_on();
  Result<const char*> try_elsewhere(const char* reason);
  [[nodiscard]] std::unexpected<Error> damaged(const char* reason) const;
  [[nodiscard]] const char* check_header(Bytes block) const;
  [[nodiscard]] std::unexpected<Error> dropped(std::uint64_t sequence) const;

  const Folder folder_;
  FrontierFile frontier_;
  FrontierSlot frontier_slot_;
  std::vector<SegmentName> segments_;
  std::map<std::uint64_t, std::uint64_t> firsts_;  ///< by segment number, as far as known
  Current current_;
  Handover* handover_;
  std::uint64_t segment_ = 0;  ///< where the next batch should be; another than `current_` is of
                               ///< when one was taken over
  std::uint64_t offset_ = 0;   ///< of the next batch
  Link link_;                  ///< before it
  bool knows_hash_ = false;    ///< of the batch before it
  ReadWindow window_;
  BatchChecker checker_;
};

/// What checking a whole log has found.
struct Verified {
  std::uint64_t first = 0;
  std::uint64_t last = 0;
  std::uint64_t batches = 0;
  std::uint64_t bytes = 0;
  Digest head;
};

/// Checks everything that is durable: each batch, the chain, and that trailers and indexes say what
/// the segments hold. The first thing that is wrong is the error, and names its place. Whoever has
/// more to check is shown every good batch as `visit`, so that the log is read once.
[[nodiscard]] Result<Verified> verify_log(sys::Disk& disk, const std::string& folder,
                                          const BatchVisitor& visit = nullptr);

}  // namespace cairn::log
