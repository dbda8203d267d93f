// SPDX-License-Identifier: Apache-2.0
#include "journal/secret_file.h"

#include <algorithm>
#include <charconv>
#include <cstring>
#include <system_error>

#include <fmt/core.h>

#include "base/check.h"
#include "base/checksum.h"
#include "base/sign.h"
#include "cairn/utf8.h"

namespace cairn::journal::secret_file {

namespace {

constexpr std::array<char, 8> magic = {'c', 'a', 'i', 'r', 'n', 'k', 'e', 'y'};
constexpr std::uint32_t format_version = 1;
constexpr std::size_t checksum_bytes = 16;

constexpr std::string_view file_prefix = "keys-";
constexpr std::size_t number_digits = 12;

/// The parts of a block, one after the other. An entry's mark and key have checksums of their own,
/// so that its identity outlives both.
constexpr std::size_t header_bytes = 24;
constexpr std::size_t identity_bytes = 16 + entity_bytes_max;
constexpr std::size_t mark_offset = identity_bytes + checksum_bytes;
constexpr std::size_t key_offset = mark_offset + checksum_bytes;
constexpr std::size_t entry_bytes = key_offset + SealKey::size + checksum_bytes;
static_assert(entry_bytes <= block_bytes);

/// What a checksum is over, besides the bytes: the same bytes elsewhere have another one.
enum class Part : std::uint64_t { Header, Identity, Mark, Key };

using Checksum = std::array<std::byte, checksum_bytes>;

Checksum checksum_of(Part part, std::uint64_t position, std::span<const std::byte> bytes) noexcept {
  const std::uint64_t seed = position * 4 + static_cast<std::uint64_t>(part);
  const Checksum128 value = checksum128(bytes, seed);
  Checksum checksum;
  std::memcpy(checksum.data(), &value.low, sizeof(value.low));
  std::memcpy(checksum.data() + sizeof(value.low), &value.high, sizeof(value.high));
  return checksum;
}

void put_checksum(Part part, std::uint64_t position, std::size_t begin, std::size_t end,
                  Block& block) noexcept {
  const Checksum checksum =
      checksum_of(part, position, std::span(block).subspan(begin, end - begin));
  std::ranges::copy(checksum, block.begin() + static_cast<std::ptrdiff_t>(end));
}

bool has_checksum(Part part, std::uint64_t position, std::span<const std::byte> bytes,
                  std::span<const std::byte> stored) noexcept {
  return std::ranges::equal(checksum_of(part, position, bytes), stored);
}

/// What a mark says: the identity under another seed. It is no secret, and one look tells it.
Checksum mark_of(BlockView block, std::uint64_t position) noexcept {
  return checksum_of(Part::Mark, position, block.first(identity_bytes));
}

}  // namespace

WipedBlocks::~WipedBlocks() {
  wipe_bytes(std::as_writable_bytes(std::span(blocks_)));
}

bool is_zero(std::span<const std::byte> bytes) noexcept {
  return std::ranges::all_of(bytes, [](std::byte byte) { return byte == std::byte{0}; });
}

std::string file_name(std::uint64_t number) {
  return fmt::format("{}{:0{}}", file_prefix, number, number_digits);
}

std::uint64_t number_of(std::string_view name) noexcept {
  std::uint64_t number = 0;
  const std::string_view digits = name.substr(std::min(file_prefix.size(), name.size()));
  const auto [end, error] = std::from_chars(digits.data(), digits.data() + digits.size(), number);
  const bool is_number = error == std::errc() && end == digits.data() + digits.size();
  return is_number && name.starts_with(file_prefix) && digits.size() == number_digits ? number : 0;
}

void write_header(const Header& header, Block& block) noexcept {
  block.fill(std::byte{0});
  FixedByteWriter writer(block);
  writer.bytes(std::as_bytes(std::span(magic)));
  writer.u32(format_version);
  writer.u32(0);
  writer.u64(header.next_id);
  put_checksum(Part::Header, 0, 0, header_bytes, block);
}

Result<Header> read_header(BlockView block) {
  ByteReader reader(block);
  const auto begin = reader.bytes(magic.size(), "magic");
  const std::uint32_t version = reader.u32("version");
  const std::uint32_t zero = reader.u32("zero");
  const Header header{.next_id = reader.u64("next id")};
  if (!std::ranges::equal(begin, std::as_bytes(std::span(magic)))) {
    return fail(Errc::Corrupt, "this is no keyring");
  }
  if (!has_checksum(Part::Header, 0, block.first(header_bytes),
                    block.subspan(header_bytes, checksum_bytes))) {
    return fail(Errc::Corrupt, "the header of the keyring is damaged");
  }
  if (version > format_version) {
    return fail(Error(Errc::Unsupported,
                      fmt::format("the keyring is of format version {}; this build reads version "
                                  "{}",
                                  version, format_version))
                    .advise("use the newer cairn that wrote it"));
  }
  if (version != format_version || zero != 0 || header.next_id == 0 ||
      !is_zero(block.subspan(header_bytes + checksum_bytes))) {
    return fail(Errc::Corrupt, "the header of the keyring holds impossible values");
  }
  return header;
}

void write_entry(const Entry& entry, const SealKey& key, std::uint64_t position,
                 Block& block) noexcept {
  CAIRN_CHECK(!entry.entity.empty());
  CAIRN_CHECK(entry.entity.size() <= entity_bytes_max);
  block.fill(std::byte{0});
  FixedByteWriter writer(block);
  writer.u64(entry.id);
  writer.u64(entry.entity.size());
  writer.bytes(std::as_bytes(std::span(entry.entity)));
  put_checksum(Part::Identity, position, 0, identity_bytes, block);
  std::ranges::copy(key.reveal(), block.begin() + key_offset);
  put_checksum(Part::Key, position, key_offset, key_offset + SealKey::size, block);
}

Result<ReadEntry> read_entry(BlockView block, std::uint64_t position) {
  ByteReader reader(block);
  ReadEntry entry{.id = reader.u64("id"), .entity = {}};
  const std::uint64_t size = reader.u64("size");
  const auto name = reader.bytes(entity_bytes_max, "entity");
  if (!has_checksum(Part::Identity, position, block.first(identity_bytes),
                    block.subspan(identity_bytes, checksum_bytes))) {
    return fail(Errc::Corrupt, fmt::format("entry {} of the keyring is damaged", position));
  }
  if (entry.id == 0 || size == 0 || size > entity_bytes_max || !is_zero(name.subspan(size)) ||
      !is_zero(block.subspan(entry_bytes))) {
    return fail(Errc::Corrupt,
                fmt::format("entry {} of the keyring holds impossible values", position));
  }
  entry.entity.assign(reinterpret_cast<const char*>(name.data()), size);
  if (!is_utf8(entry.entity)) {
    return fail(Errc::Corrupt, fmt::format("entry {} of the keyring is no text", position));
  }
  const auto key = block.subspan(key_offset, SealKey::size + checksum_bytes);
  if (std::ranges::equal(mark_of(block, position), block.subspan(mark_offset, checksum_bytes))) {
    entry.state = is_zero(key) ? State::Shredded : State::Marked;
    return entry;
  }
  // A mark that is not whole was never acknowledged.
  if (!has_checksum(Part::Key, position, key.first(SealKey::size), key.last(checksum_bytes))) {
    return fail(Errc::Corrupt,
                fmt::format("the key in entry {} of the keyring is damaged", position));
  }
  entry.state = State::Live;
  return entry;
}

SealKey key_in(BlockView block) noexcept {
  return SealKey(block.subspan<key_offset, SealKey::size>());
}

void mark(std::uint64_t position, Block& block) noexcept {
  std::ranges::copy(mark_of(block, position), block.begin() + mark_offset);
}

void shred(Block& block) noexcept {
  wipe_bytes(std::span(block).subspan(key_offset, SealKey::size + checksum_bytes));
}

}  // namespace cairn::journal::secret_file
