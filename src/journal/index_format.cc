// SPDX-License-Identifier: Apache-2.0
#include "journal/index_format.h"

#include <algorithm>
#include <cstring>

#include <fmt/core.h>

#include "base/checksum.h"
#include "base/limits.h"

namespace cairn::journal {

namespace {

constexpr std::array<char, 8> magic = {'c', 'a', 'i', 'r', 'n', 'i', 'd', 'x'};
constexpr std::uint32_t version = 1;

std::uint64_t checksum_of(const IndexHeader& header) noexcept {
  return checksum64(std::as_bytes(std::span(&header, 1)).first(offsetof(IndexHeader, checksum)));
}

Error wrong(const std::string& name, std::string_view what) {
  return Error(Errc::Corrupt, fmt::format("{}: {}", name, what))
      .advise("the index can be made again from the journal");
}

/// The header's counts against one another, so that a layout can be computed from them.
bool is_possible(const IndexHeader& header) noexcept {
  const bool has_range = header.first != 0 && header.first <= header.last;
  return has_range && header.last - header.first < index_transactions_max &&
         header.events <= index_events_max && header.coordinates <= header.terms &&
         header.requests <= header.terms - header.coordinates &&
         (header.coordinates + header.requests == 0) == (header.filter_blocks == 0);
}

}  // namespace

IndexLayout layout_of(const IndexHeader& header) noexcept {
  const std::uint64_t transactions = header.last - header.first + 1;
  constexpr std::uint64_t word = sizeof(std::uint32_t);
  IndexLayout layout;
  const std::array<std::uint64_t, index_sections - 1> sizes = {
      header.terms * std::uint64_t{sizeof(TermEnds)},
      header.key_bytes,
      header.postings * word,
      header.coordinates * std::uint64_t{sizeof(IndexHead)},
      header.filter_blocks * std::uint64_t{filter_block_bytes},
      (transactions + 1) * word,
      header.events * word,
      (header.last / index_times_step - header.first / index_times_step + 1) * sizeof(std::int64_t),
  };
  std::uint64_t offset = index_page_bytes;
  for (std::size_t i = 0; i < sizes.size(); ++i) {
    layout.parts[i] = {.offset = offset, .bytes = sizes[i]};
    offset = index_aligned(offset + sizes[i]);
  }
  layout.checked_pages = (offset - 1) / index_page_bytes;
  const std::uint64_t pages_offset = (layout.checked_pages + 1) * index_page_bytes;
  const std::uint64_t pages_bytes = layout.checked_pages * sizeof(std::uint64_t);
  layout.parts.back() = {.offset = pages_offset, .bytes = pages_bytes};
  layout.file_bytes = pages_offset + pages_bytes;
  return layout;
}

void seal(IndexHeader& header) noexcept {
  header.magic = magic;
  header.version = version;
  header.header_bytes = sizeof(IndexHeader);
  header.checksum = checksum_of(header);
}

Result<IndexHeader> read_index_header(std::span<const std::byte> file, const std::string& name) {
  IndexHeader header;
  if (file.size() < index_page_bytes) {
    return fail(wrong(name, fmt::format("{} bytes are no index file", file.size())));
  }
  std::memcpy(&header, file.data(), sizeof(header));
  if (header.magic != magic) {
    return fail(wrong(name, "this is no index file"));
  }
  // The frame of a header is the same in every version: its checksum is at its end.
  const std::uint32_t size = header.header_bytes;
  if (size < sizeof(IndexHeader) || size > index_page_bytes) {
    return fail(wrong(name, "the header is damaged"));
  }
  std::uint64_t checksum = 0;
  std::memcpy(&checksum, file.data() + size - sizeof(checksum), sizeof(checksum));
  if (checksum64(file.first(size - sizeof(checksum))) != checksum) {
    return fail(wrong(name, "the header is damaged"));
  }
  if (header.version > version) {
    return fail(Errc::Unsupported, fmt::format("{}: version {} of the index; this build reads {}",
                                               name, header.version, version));
  }
  const auto rest = file.first(index_page_bytes).subspan(size);
  if (std::ranges::any_of(rest, [](std::byte byte) { return byte != std::byte{0}; })) {
    return fail(wrong(name, "there is something behind the header"));
  }
  if (header.version != version || size != sizeof(IndexHeader) || !is_possible(header)) {
    return fail(wrong(name, "the header says what cannot be"));
  }
  const std::uint64_t file_bytes = layout_of(header).file_bytes;
  if (file_bytes != file.size()) {
    return fail(wrong(name, fmt::format("it has {} bytes, not {}", file.size(), file_bytes)));
  }
  return header;
}

std::uint64_t index_page_checksum(std::span<const std::byte> page, std::uint64_t number) noexcept {
  return checksum64(page, number);
}

}  // namespace cairn::journal
