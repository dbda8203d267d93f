// SPDX-License-Identifier: Apache-2.0
// Blocks of a keyring and sealed values out of hostile bytes: what is read is written the same
// again, and nothing opens that was not sealed.
#include "journal/secrets.h"

#include <algorithm>
#include <cstddef>
#include <cstdint>
#include <span>
#include <vector>

#include "base/check.h"
#include "base/checksum.h"
#include "journal/secret_file.h"

namespace {

namespace file = cairn::journal::secret_file;
using Bytes = std::span<const std::byte>;

/// A live entry, its identity and key repaired when asked to, so that the fuzzer gets past them.
file::Block block_of(Bytes input, bool is_entry) {
  file::Block block = {};
  std::ranges::copy(input.first(std::min(input.size(), block.size())), block.begin());
  if (is_entry) {
    const std::span<const std::byte, std::tuple_size_v<file::Block>> all(block);
    const cairn::SealKey key(all.last<cairn::SealKey::size>());
    const std::size_t size = 1 + static_cast<std::size_t>(block[8]) % file::entity_bytes_max;
    const std::string_view entity(reinterpret_cast<const char*>(block.data()) + 16, size);
    file::Block made;
    file::write_entry({.id = static_cast<std::uint64_t>(block[0]), .entity = entity}, key, 5, made);
    // One stretch of the input over it.
    const std::size_t from = static_cast<std::size_t>(block[1]) * 2;
    const std::size_t count = static_cast<std::size_t>(block[2]) % 32;
    std::copy_n(block.begin(), std::min(count, made.size() - from),
                made.begin() + static_cast<std::ptrdiff_t>(from));
    return made;
  }
  return block;
}

void read_block(const file::Block& block) {
  if (const auto header = file::read_header(block)) {
    file::Block again;
    file::write_header(*header, again);
    CAIRN_CHECK(again == block);
  }
  const auto entry = file::read_entry(block, 5);
  if (!entry) {
    return;
  }
  CAIRN_CHECK(!entry->entity.empty());
  CAIRN_CHECK(entry->id != 0);
  file::Block shredded = block;
  file::mark(5, shredded);
  file::shred(shredded);
  const auto after = file::read_entry(shredded, 5);
  CAIRN_CHECK(after.has_value());
  CAIRN_CHECK(after->state == file::State::Shredded);
  CAIRN_CHECK(after->id == entry->id && after->entity == entry->entity);
  CAIRN_CHECK(!file::read_entry(block, 6));
}

void read_sealed(Bytes bytes) {
  const auto parts = cairn::journal::parse_sealed(bytes);
  if (!parts) {
    return;
  }
  CAIRN_CHECK(parts->head.size() + parts->nonce.size() + parts->sealed.size() == bytes.size());
  const cairn::SealKey key(std::array<std::byte, cairn::SealKey::size>{});
  std::vector<std::byte> plain(parts->sealed.size() - cairn::seal_tag_bytes);
  const cairn::SealContext context{.nonce = parts->nonce, .associated = parts->head};
  CAIRN_CHECK(!cairn::unseal(key, context, parts->sealed, plain));
}

}  // namespace

// NOLINTNEXTLINE(readability-identifier-naming): the fuzzer calls it by this name
extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  if (size == 0) {
    return 0;
  }
  const Bytes input = std::as_bytes(std::span(data, size)).subspan(1);
  read_block(block_of(input, data[0] % 4 != 0));
  read_sealed(input);
  return 0;
}
