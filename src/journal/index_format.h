// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <array>
#include <cstddef>
#include <cstdint>
#include <span>
#include <string>

#include "cairn/digest.h"
#include "cairn/error.h"

/// How an index lies in its file: docs/formats/index.md.
namespace cairn::journal {

inline constexpr std::size_t index_page_bytes = 4096;
/// Transactions that share one entry of the times: those whose sequences, divided by this, are the
/// same.
inline constexpr std::uint32_t index_times_step = 128;
/// In the column of coordinates: an event about nothing.
inline constexpr std::uint32_t no_coordinate = UINT32_MAX;

/// The start of the file; the rest of its page is zero. From the counts follows where everything
/// lies, so there is no offset to be wrong.
struct IndexHeader {
  std::array<char, 8> magic = {};
  std::uint32_t version = 0;
  std::uint32_t header_bytes = 0;
  std::uint64_t first = 0;  ///< sequence
  std::uint64_t last = 0;
  std::uint32_t level = 0;  ///< how often its content was merged
  std::uint32_t events = 0;
  std::uint32_t terms = 0;
  std::uint32_t coordinates = 0;  ///< of the terms, the first
  std::uint32_t postings = 0;
  std::uint32_t key_bytes = 0;
  std::uint32_t filter_blocks = 0;
  std::uint32_t requests = 0;        ///< of the terms, the last
  Digest last_hash = {};             ///< of the last transaction; zero when it was not told
  std::uint64_t pages_checksum = 0;  ///< of the section that has the checksum of each page
  std::uint64_t checksum = 0;        ///< of all before it

  friend bool operator==(const IndexHeader&, const IndexHeader&) noexcept = default;
};

static_assert(sizeof(IndexHeader) == 112);

/// Of a term: where its key and its postings end, in bytes and in postings. Both begin where those
/// of the term before end.
struct TermEnds {
  std::uint32_t key = 0;
  std::uint32_t postings = 0;
};

static_assert(sizeof(TermEnds) == 8);

/// Of a coordinate: what its next event has to name.
struct IndexHead {
  std::uint64_t version = 0;
  std::array<std::byte, 16> hash = {};
};

static_assert(sizeof(IndexHead) == 24);

/// In the order in which they lie in the file.
enum class IndexSection : std::uint8_t {
  Terms,
  Keys,
  Postings,
  Heads,
  Filter,
  Ordinals,
  Column,
  Times,
  Pages,
};

inline constexpr std::size_t index_sections = 9;
inline constexpr std::size_t filter_block_bytes = 64;

struct IndexLayout {
  struct Part {
    std::uint64_t offset = 0;
    std::uint64_t bytes = 0;
  };

  std::array<Part, index_sections> parts = {};
  std::uint64_t checked_pages = 0;  ///< those with a checksum, from page 1 on
  std::uint64_t file_bytes = 0;

  [[nodiscard]] const Part& operator[](IndexSection section) const noexcept {
    return parts[static_cast<std::size_t>(section)];
  }
};

/// Where everything lies. Requires: first <= last, and transactions as many as a u32 can count.
[[nodiscard]] IndexLayout layout_of(const IndexHeader& header) noexcept;

/// Every section begins at a multiple of this, so that no number crosses the border of a page.
inline constexpr std::size_t index_alignment = 64;

[[nodiscard]] constexpr std::uint64_t index_aligned(std::uint64_t offset) noexcept {
  return (offset + index_alignment - 1) / index_alignment * index_alignment;
}

/// Sets magic, version, size and checksum.
void seal(IndexHeader& header) noexcept;

/// Reads and judges a header. `name` is the file's, for the error: Unsupported for a newer version,
/// Corrupt for all else that is wrong.
Result<IndexHeader> read_index_header(std::span<const std::byte> file, const std::string& name);

[[nodiscard]] std::uint64_t index_page_checksum(std::span<const std::byte> page,
                                                std::uint64_t number) noexcept;

}  // namespace cairn::journal
