// SPDX-License-Identifier: Apache-2.0
#include "journal/secret_list.h"

#include <algorithm>
#include <memory>
#include <optional>
#include <utility>

#include <fmt/core.h>

#include "journal/secret_file.h"

namespace cairn::journal {

namespace {

using secret_file::block_bytes;
using secret_file::WipedBlocks;

Result<std::uint64_t> newest_file(sys::Disk& disk, const std::string& folder) {
  CAIRN_TRY(const std::vector<sys::Entry> entries, disk.list(folder));
  std::uint64_t number = 0;
  for (const sys::Entry& entry : entries) {
    number = std::max(number, secret_file::number_of(entry.name));
  }
  if (number == 0) {
    return fail(Errc::NotFound, "there is no keyring in this folder");
  }
  return number;
}

/// False behind the last entry: the end of the file, or an entry that is being written.
Result<bool> read_block(sys::File& file, std::uint64_t number, WipedBlocks& block) {
  CAIRN_TRY(const std::size_t size,
            file.read(number * block_bytes, sys::MutableBuffer(block.first(1))));
  return size == block_bytes && !secret_file::is_zero(block.first(1));
}

/// Nothing behind the last.
Result<std::optional<ListedKey>> read_key(sys::File& file, std::uint64_t position) {
  WipedBlocks block(1);
  CAIRN_TRY(const bool has_entry, read_block(file, position + 1, block));
  if (!has_entry) {
    CAIRN_TRY(const bool has_more, read_block(file, position + 2, block));
    return has_more ? Result<std::optional<ListedKey>>(
                          fail(Errc::Corrupt, fmt::format("entry {} is zero", position)))
                    : std::nullopt;
  }
  CAIRN_TRY(secret_file::ReadEntry entry, secret_file::read_entry(block[0], position));
  return ListedKey{.id = entry.id,
                   .entity = std::move(entry.entity),
                   .is_shredded = entry.state != secret_file::State::Live};
}

Result<std::vector<ListedKey>> list_file(sys::File& file) {
  WipedBlocks block(1);
  CAIRN_TRY(const bool has_header, read_block(file, 0, block));
  if (!has_header) {
    return fail(Errc::Corrupt, "the file is shorter than its header");
  }
  CAIRN_TRY(secret_file::read_header(block[0]));
  std::vector<ListedKey> keys;
  while (keys.size() < secret_file::entries_max) {
    CAIRN_TRY(std::optional<ListedKey> key, read_key(file, keys.size()));
    if (!key) {
      break;
    }
    keys.push_back(*std::move(key));
  }
  return keys;
}

}  // namespace

Result<std::vector<ListedKey>> list_keyring(sys::Disk& disk, const std::string& folder) {
  CAIRN_TRY(const std::uint64_t number, newest_file(disk, folder));
  const std::string path = fmt::format("{}/{}", folder, secret_file::file_name(number));
  CAIRN_TRY(const std::unique_ptr<sys::File> file, disk.open(path, {}));
  auto keys = list_file(*file);
  return keys ? std::move(keys) : fail(std::move(keys).error().at(path));
}

}  // namespace cairn::journal
