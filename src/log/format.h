// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <array>
#include <bit>
#include <cstddef>
#include <cstdint>
#include <cstring>
#include <span>
#include <string>
#include <string_view>
#include <type_traits>

#include "cairn/digest.h"
#include "cairn/error.h"

namespace cairn::log {

// The bytes of a log's files: docs/formats/segment.md is the contract, and tests/golden/log.txt
// pins it. Every header begins with a Preamble and ends with a checksum of all bytes before it,
// seeded with its place, whatever its version; so damage and a newer version are told apart.

inline constexpr std::uint32_t format_version = 1;
/// What everything in a segment is aligned to, and what a header lies alone in.
inline constexpr std::size_t block_bytes = 4096;
inline constexpr std::uint64_t batches_begin = block_bytes;  ///< behind the segment's header

// "cairnseg" and so on, read as little-endian numbers.
inline constexpr std::uint64_t segment_magic = 0x676573'6e72696163;
inline constexpr std::uint64_t batch_magic = 0x746162'6e72696163;
inline constexpr std::uint64_t trailer_magic = 0x646e65'6e72696163;
inline constexpr std::uint64_t frontier_magic = 0x6e7266'6e72696163;
inline constexpr std::uint64_t floor_magic = 0x726c66'6e72696163;
inline constexpr std::uint64_t archive_magic = 0x637261'6e72696163;

// Bounds, so that no size that is only said reserves memory.
inline constexpr std::size_t batch_bytes_limit = std::size_t{64} << 20U;
inline constexpr std::uint32_t batch_count_limit = 1U << 20U;
inline constexpr std::uint64_t segment_bytes_limit = std::uint64_t{1} << 32U;
inline constexpr std::size_t segments_max = std::size_t{1} << 24U;  ///< of one log

using Salt = std::array<std::byte, 16>;
using Bytes = std::span<const std::byte>;

struct Preamble {
  std::uint64_t magic = 0;
  std::uint32_t version = format_version;
  std::uint32_t header_bytes = 0;
};

/// The first block of a segment. `first` 0: prepared, and not in use yet.
struct SegmentHeader {
  static constexpr std::uint64_t magic = segment_magic;

  Preamble preamble = {};
  std::uint64_t number = 0;
  Salt salt = {};
  std::uint64_t first = 0;          ///< sequence of its first record
  std::uint64_t segment_bytes = 0;  ///< of the file
  Digest previous = {};  ///< hash of the batch before its first; zero before the first of all
  std::array<std::byte, 32> reserved = {};
  std::uint64_t checksum = 0;

  [[nodiscard]] bool is_in_use() const noexcept { return first != 0; }
};

/// In front of the frames of a batch. Its first half says what the batch is, and is what the chain
/// hashes; the second says where it lies, and differs from copy to copy.
struct BatchHeader {
  static constexpr std::uint64_t magic = batch_magic;
  static constexpr std::size_t hashed_bytes = 128;

  Preamble preamble = {};
  std::uint64_t first = 0;  ///< sequence of its first record
  std::uint32_t count = 0;
  std::uint32_t frame_bytes = 0;  ///< behind the header, without the padding
  std::int64_t time = 0;          ///< as the caller gave it
  std::array<std::byte, 24> reserved = {};
  Digest previous = {};  ///< hash of the batch before it
  Digest records = {};   ///< of the records' hashes
  // The place.
  Salt salt = {};
  std::uint64_t segment = 0;
  std::uint64_t durable_through = 0;  ///< what was known to be durable when this was written
  std::uint64_t epoch = 0;            ///< which opening of the log wrote it
  std::array<std::byte, 16> place_reserved = {};
  std::uint64_t checksum = 0;

  [[nodiscard]] std::uint64_t last() const noexcept { return first + count - 1; }
};

/// In the last block of a sealed segment, behind the index.
struct Trailer {
  static constexpr std::uint64_t magic = trailer_magic;

  Preamble preamble = {};
  std::uint64_t number = 0;
  Salt salt = {};
  std::uint64_t first = 0;
  std::uint64_t last = 0;
  std::uint64_t data_end = 0;  ///< offset behind its last batch
  std::uint64_t batches = 0;
  std::int64_t first_time = 0;
  std::int64_t last_time = 0;
  std::uint64_t index_checksum = 0;
  Digest last_hash = {};  ///< of its last batch
  std::array<std::byte, 56> reserved = {};
  std::uint64_t checksum = 0;
};

/// One batch in the index of a sealed segment.
struct IndexEntry {
  std::uint32_t block = 0;  ///< its offset, in blocks
  std::uint32_t first = 0;  ///< its first sequence, from that of the segment on
};

/// One of the two slots of the file `frontier`: what is durable, for readers and for recovery.
struct FrontierSlot {
  static constexpr std::uint64_t magic = frontier_magic;

  Preamble preamble = {};
  std::uint64_t generation = 0;  ///< the higher one counts
  std::uint64_t epoch = 0;       ///< how often the log was opened for writing
  std::uint64_t durable = 0;     ///< last durable sequence
  std::uint64_t segment = 0;     ///< of the batch that holds it; 0: there is none
  std::uint64_t end = 0;         ///< offset behind that batch
  Digest hash = {};              ///< of that batch
  std::array<std::byte, 32> reserved = {};
  std::uint64_t checksum = 0;
};

/// The file `floor`: what retention has dropped.
struct Floor {
  static constexpr std::uint64_t magic = floor_magic;

  Preamble preamble = {};
  std::uint64_t first = 0;  ///< the oldest sequence that is promised to be there
  std::uint64_t checksum = 0;
};

static_assert(sizeof(SegmentHeader) == 128 && sizeof(BatchHeader) == 192 &&
              sizeof(Trailer) == 192 && sizeof(IndexEntry) == 8 && sizeof(FrontierSlot) == 128 &&
              sizeof(Floor) == 32);
static_assert(offsetof(SegmentHeader, previous) == 56 && offsetof(SegmentHeader, checksum) == 120);
static_assert(offsetof(BatchHeader, previous) == 64 && offsetof(BatchHeader, records) == 96 &&
              offsetof(BatchHeader, salt) == BatchHeader::hashed_bytes &&
              offsetof(BatchHeader, checksum) == 184);
static_assert(offsetof(Trailer, last_hash) == 96 && offsetof(Trailer, checksum) == 184);
static_assert(offsetof(FrontierSlot, hash) == 56 && offsetof(FrontierSlot, checksum) == 120);
static_assert(std::has_unique_object_representations_v<SegmentHeader> &&
                  std::has_unique_object_representations_v<BatchHeader> &&
                  std::has_unique_object_representations_v<Trailer> &&
                  std::has_unique_object_representations_v<FrontierSlot>,
              "stored structs have no padding");
static_assert(std::endian::native == std::endian::little);

/// What is wrong with bytes that should be a header; `Nothing`: they are one.
enum class Flaw : std::uint8_t { Nothing, Damaged, Newer };

/// Judges preamble and checksum. `seed` is the header's place.
[[nodiscard]] Flaw judge_header(Bytes bytes, std::uint64_t magic, std::size_t size,
                                std::uint64_t seed) noexcept;
[[nodiscard]] std::uint64_t header_checksum(Bytes header, std::uint64_t seed) noexcept;

template <typename Header>
[[nodiscard]] Flaw judge(Bytes bytes, std::uint64_t seed) noexcept {
  return judge_header(bytes, Header::magic, sizeof(Header), seed);
}

/// Requires: at least as many bytes.
template <typename Header>
[[nodiscard]] Header load(Bytes bytes) noexcept {
  Header header;
  std::memcpy(&header, bytes.data(), sizeof(Header));
  return header;
}

/// Fills in preamble and checksum, and writes the header to the front of `out`.
template <typename Header>
void store(Header& header, std::uint64_t seed, std::span<std::byte> out) noexcept {
  header.preamble = {.magic = Header::magic,
                     .version = format_version,
                     .header_bytes = static_cast<std::uint32_t>(sizeof(Header))};
  header.checksum = header_checksum(std::as_bytes(std::span(&header, 1)), seed);
  std::memcpy(out.data(), &header, sizeof(Header));
}

/// The error for a header that is no good: Corrupt, or Unsupported where it is newer.
[[nodiscard]] Error flaw_error(Flaw flaw, Bytes bytes, std::string_view what);

/// The hash of a batch: what the next one names as `previous`.
[[nodiscard]] Digest batch_hash(const BatchHeader& header) noexcept;

[[nodiscard]] constexpr std::uint64_t in_blocks(std::uint64_t bytes) noexcept {
  return (bytes + block_bytes - 1) / block_bytes * block_bytes;
}

/// What a batch takes on disk.
[[nodiscard]] constexpr std::uint64_t batch_size(std::uint64_t frame_bytes) noexcept {
  return in_blocks(sizeof(BatchHeader) + frame_bytes);
}

/// What index and trailer of so many batches take at the end of a segment.
[[nodiscard]] constexpr std::uint64_t footer_size(std::uint64_t batches) noexcept {
  return in_blocks(batches * sizeof(IndexEntry)) + block_bytes;
}

[[nodiscard]] bool is_zero(Bytes bytes) noexcept;

// Names in the log's folder.
inline constexpr std::string_view frontier_name = "frontier";
inline constexpr std::string_view floor_name = "floor";
inline constexpr std::string_view floor_draft = "floor.tmp";
inline constexpr std::string_view next_name = "next";
inline constexpr std::string_view reserve_name = "reserve";
inline constexpr std::string_view segment_prefix = "segment-";
inline constexpr std::string_view archive_prefix = "archive-";
inline constexpr std::string_view spare_prefix = "spare-";

/// "segment-000000000042" and so on.
[[nodiscard]] std::string numbered(std::string_view prefix, std::uint64_t number);
/// The number of such a name; 0: it is none.
[[nodiscard]] std::uint64_t number_of(std::string_view prefix, std::string_view name) noexcept;

}  // namespace cairn::log
