// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <array>
#include <cstddef>
#include <cstdint>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "base/seal.h"
#include "cairn/bytes.h"
#include "cairn/error.h"

/// The bytes of a keyring file: a header and entries, each in a block of its own; see
/// docs/formats/keyring.md. Pure; any thread. Whoever holds a block that has a key in it wipes it.
namespace cairn::journal::secret_file {

/// What every disk writes whole or not at all.
inline constexpr std::size_t block_bytes = 512;
inline constexpr std::size_t entity_bytes_max = 200;
/// Entries of a file: 2 GiB.
inline constexpr std::uint64_t entries_max = std::uint64_t{1} << 22U;

using Block = std::array<std::byte, block_bytes>;
using BlockView = std::span<const std::byte, block_bytes>;

/// Blocks that have keys in them, for as long as they are needed.
class WipedBlocks final {
 public:
  explicit WipedBlocks(std::size_t count) : blocks_(count) {}

  WipedBlocks(const WipedBlocks&) = delete;
  WipedBlocks& operator=(const WipedBlocks&) = delete;
  ~WipedBlocks();

  Block& operator[](std::size_t i) { return blocks_[i]; }

  std::span<Block> blocks(std::size_t count) { return std::span(blocks_).first(count); }

  std::span<std::byte> first(std::size_t count) {
    return std::as_writable_bytes(std::span(blocks_).first(count));
  }

 private:
  std::vector<Block> blocks_;
};

[[nodiscard]] bool is_zero(std::span<const std::byte> bytes) noexcept;

/// The file with this number; the highest is the keyring.
[[nodiscard]] std::string file_name(std::uint64_t number);
/// 0 for other names.
[[nodiscard]] std::uint64_t number_of(std::string_view name) noexcept;

/// Every id below `next_id` that the entries lack was given to a key that is gone.
struct Header {
  std::uint64_t next_id = 1;
};

void write_header(const Header& header, Block& block) noexcept;
/// Unsupported, by its number, for a newer version; Corrupt for anything else that is no header.
[[nodiscard]] Result<Header> read_header(BlockView block);

struct Entry {
  std::uint64_t id = 0;
  std::string_view entity;
};

/// Requires: 1 to entity_bytes_max bytes of entity. `position` counts the entries of the file.
void write_entry(const Entry& entry, const SealKey& key, std::uint64_t position,
                 Block& block) noexcept;

enum class State : std::uint8_t {
  Live,      ///< the key is there
  Marked,    ///< to be shredded; the key may be there or not
  Shredded,  ///< the key is zero
};

struct ReadEntry {
  std::uint64_t id = 0;
  std::string entity;
  State state = State::Shredded;
};

/// Corrupt for a block that is no entry of this position.
[[nodiscard]] Result<ReadEntry> read_entry(BlockView block, std::uint64_t position);
/// Requires: `read_entry` said Live.
[[nodiscard]] SealKey key_in(BlockView block) noexcept;

/// Says in an entry that its key is to be shredded.
void mark(std::uint64_t position, Block& block) noexcept;
/// Takes the key out of a marked entry, and leaves its identity.
void shred(Block& block) noexcept;

}  // namespace cairn::journal::secret_file
