// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstddef>
#include <cstdint>
#include <memory>
#include <optional>
#include <span>
#include <vector>

#include "cairn/digest.h"
#include "log/format.h"
#include "log/memory.h"
#include "log/record_hasher.h"

namespace cairn::log {

/// How far the chain has come: what the next batch has to follow.
struct Link {
  std::uint64_t last = 0;   ///< sequence of the last record
  Digest hash = {};         ///< of the last batch
  std::uint64_t epoch = 0;  ///< of the last batch

  friend bool operator==(const Link&, const Link&) = default;
};

/// Where a batch would lie.
struct Place {
  const SegmentHeader* segment = nullptr;
  std::uint64_t offset = 0;
};

/// A batch that is being filled. The records lie in memory as they will on disk. Allocates when
/// made and never after. One thread.
class BatchBuilder final {
 public:
  BatchBuilder(std::size_t bytes_max, std::uint32_t count_max);

  /// Whether one more record of this size has room.
  [[nodiscard]] bool has_room(std::size_t record_bytes) const noexcept;
  /// Requires: it has room.
  void add(Bytes record) noexcept;

  [[nodiscard]] std::uint32_t count() const noexcept { return count_; }

  /// What it would take on disk now.
  [[nodiscard]] std::uint64_t size() const noexcept;

  /// Completes the header, of which the caller gives time, durable_through, and epoch; returns the
  /// bytes to write. The builder must stay as it is until they are written. Requires: a record.
  [[nodiscard]] Bytes close(const Link& link, const Place& place, BatchHeader header) noexcept;

  [[nodiscard]] const BatchHeader& header() const noexcept { return header_; }

  /// Header and records, without the padding, once it is closed.
  [[nodiscard]] Bytes written() const noexcept {
    return memory_.span().first(sizeof(BatchHeader) + header_.frame_bytes);
  }

  /// Of the records, once it is closed.
  [[nodiscard]] std::span<const Digest> hashes() const noexcept {
    return {hashes_.get(), header_.count};
  }

  void clear() noexcept;

 private:
  AlignedBytes memory_;
  std::unique_ptr<Digest[]> hashes_;
  RecordHasher hasher_;
  BatchHeader header_;
  std::size_t end_ = sizeof(BatchHeader);
  std::uint32_t count_ = 0;
  std::uint32_t count_max_;
};

/// A batch in memory, checked. A view: valid as long as what it was read into.
class BatchView final {
 public:
  [[nodiscard]] std::uint64_t first() const noexcept { return header_.first; }

  [[nodiscard]] std::uint64_t last() const noexcept { return header_.last(); }

  [[nodiscard]] std::size_t count() const noexcept { return header_.count; }

  [[nodiscard]] std::int64_t time() const noexcept { return header_.time; }

  [[nodiscard]] const Digest& hash() const noexcept { return hash_; }

  [[nodiscard]] const BatchHeader& header() const noexcept { return header_; }

  /// Requires: index < count().
  [[nodiscard]] Bytes record(std::size_t index) const noexcept { return records_[index]; }

  [[nodiscard]] std::span<const Digest> hashes() const noexcept {
    return std::span(hashes_).first(header_.count);
  }

 private:
  friend class BatchChecker;

  BatchHeader header_;
  Digest hash_;
  std::vector<Bytes> records_;
  std::vector<Digest> hashes_;
};

/// Judges whether bytes are the batch that belongs to a place. Null: they are; else what is wrong,
/// as a literal. Keeps its scratch memory. One thread.
class BatchChecker final {
 public:
  /// Whether `block` begins with a batch header of this segment and place, whatever it follows.
  static const char* check_place(Bytes block, const Place& place) noexcept;
  /// The same, and that it follows `link`. A link whose `last` is 0 and whose hash is zero is the
  /// beginning of the log.
  static const char* check_header(Bytes block, const Place& place, const Link& link) noexcept;
  /// `batch`: the whole of it, padding included. Fills `view()` on success. Requires: its header is
  /// good.
  const char* check_records(Bytes batch);
  /// Fills `view()` with a batch of this process, whose hashes are known. Requires: it was written.
  void accept(Bytes batch, std::span<const Digest> hashes);

  [[nodiscard]] const BatchView& view() const noexcept { return view_; }

 private:
  bool split(Bytes frames);

  RecordHasher hasher_;
  BatchView view_;
};

}  // namespace cairn::log
