// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstddef>
#include <cstdint>
#include <functional>
#include <memory>
#include <optional>
#include <string>
#include <utility>
#include <vector>

#include "cairn/error.h"
#include "log/batch.h"
#include "log/folder.h"
#include "log/format.h"
#include "log/memory.h"
#include "sys/disk.h"

namespace cairn::log {

/// The bytes of a segment, whether they lie there plainly or are archived. One thread.
class SegmentBytes {
 public:
  virtual ~SegmentBytes() = default;

  /// Reads until `out` is full or the segment ends; returns the bytes read.
  virtual Result<std::size_t> read(std::uint64_t offset, std::span<std::byte> out) = 0;
};

class PlainBytes final : public SegmentBytes {
 public:
  explicit PlainBytes(std::unique_ptr<sys::File> file) : file_(std::move(file)) {}

  Result<std::size_t> read(std::uint64_t offset, std::span<std::byte> out) override {
    return file_->read(offset, sys::MutableBuffer(out));
  }

 private:
  std::unique_ptr<sys::File> file_;
};

/// A part of a segment in memory that moves ahead. One thread.
class ReadWindow final {
 public:
  explicit ReadWindow(std::size_t bytes) : memory_(bytes) {}

  /// The bytes [offset, offset + size), or those before `end` and the end of the segment; valid
  /// until the next call. Reads ahead, never past `end`.
  Result<Bytes> at(SegmentBytes& segment, std::uint64_t offset, std::size_t size,
                   std::uint64_t end);

  /// Forgets what was read.
  void clear() noexcept { size_ = 0; }

 private:
  void keep_from(std::uint64_t offset, std::size_t size);

  AlignedBytes memory_;
  std::uint64_t base_ = 0;
  std::size_t size_ = 0;
};

/// A segment as it is read.
struct OpenedSegment {
  SegmentHeader header;
  std::unique_ptr<SegmentBytes> bytes;
};

/// Whether a writer may be at it meanwhile. It is read right in either case, but not as fast.
enum class Growth : std::uint8_t { Ended, GoesOn };

/// Opens it and checks its header: number, and that the rest of the first block is zero. Corrupt
/// and Unsupported name the file.
[[nodiscard]] Result<OpenedSegment> open_segment(const Folder& folder, const SegmentName& name,
                                                 Growth growth = Growth::Ended);

/// Whether a file holds a batch that was written into the segment of this number, whatever its
/// salt. If not, its header may be one whose first write was torn: batches follow only when the
/// header is durable.
[[nodiscard]] Result<bool> holds_batches(const Folder& folder, const SegmentName& name);

/// What a segment's batches are, in the order written. Its memory is reserved once.
struct SegmentIndex {
  std::vector<IndexEntry> entries = {};
  std::int64_t first_time = 0;
  std::int64_t last_time = 0;

  void add(const BatchHeader& header, std::uint64_t segment_first, std::uint64_t offset);
};

/// Index and trailer of a segment that ends at `end` with `link`, ready to be written at the
/// returned offset. `memory` must stay until then. Requires: a batch, and room for all of it.
struct Footer {
  std::uint64_t offset = 0;
  Bytes bytes;
};

[[nodiscard]] Footer build_footer(const SegmentHeader& header, const SegmentIndex& index,
                                  std::uint64_t end, const Link& link, AlignedBytes& memory);

/// The trailer of a sealed segment; nothing when there is no valid one.
[[nodiscard]] Result<std::optional<Trailer>> read_trailer(SegmentBytes& bytes,
                                                          const SegmentHeader& header);
/// Its index; nothing when that is damaged.
[[nodiscard]] Result<std::optional<std::vector<IndexEntry>>> read_index(SegmentBytes& bytes,
                                                                        const SegmentHeader& header,
                                                                        const Trailer& trailer);

/// The batches of a segment from its beginning on, as far as they follow each other.
struct SegmentScan {
  std::uint64_t end = batches_begin;  ///< offset behind the last good batch
  Link link;                          ///< after it
  SegmentIndex index = {};
  const char* reason = nullptr;      ///< why what stands at `end` is not the next batch
  bool is_newer = false;             ///< it is one, of a newer format version
  std::optional<Link> watched = {};  ///< after the batch that ends where the caller asked
};

/// What the first batch of a segment has to follow.
[[nodiscard]] inline Link link_before(const SegmentHeader& header) noexcept {
  return {.last = header.first - 1, .hash = header.previous, .epoch = 0};
}

/// Is shown every good batch, in order. An error ends the scan, which then fails with it.
using BatchVisitor = std::function<Result<>(const BatchView&)>;

/// Reads and checks every batch, records included. `visit` may be null.
[[nodiscard]] Result<SegmentScan> scan_segment(SegmentBytes& bytes, const SegmentHeader& header,
                                               const Link& before, std::uint64_t watched_end = 0,
                                               const BatchVisitor& visit = nullptr);

/// What batches of this use of a segment lie behind an offset, though none lies there.
struct Remains {
  std::uint64_t durable_through = 0;  ///< the most that any of them says was durable
  std::uint64_t offset = 0;           ///< of the one that says so
  std::uint64_t epoch = 0;            ///< the last in which one was written
};

[[nodiscard]] Result<Remains> search_remains(SegmentBytes& bytes, const SegmentHeader& header,
                                             std::uint64_t from);

}  // namespace cairn::log
