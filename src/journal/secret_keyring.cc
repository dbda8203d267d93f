// SPDX-License-Identifier: Apache-2.0
#include "journal/secret_keyring.h"

#include <algorithm>
#include <span>
#include <utility>

#include <fmt/core.h>

#include "base/check.h"
#include "base/sign.h"
#include "cairn/utf8.h"

namespace cairn::journal {

namespace {

using secret_file::Block;
using secret_file::block_bytes;
using secret_file::file_name;
using secret_file::is_zero;
using secret_file::number_of;
using secret_file::WipedBlocks;

constexpr std::string_view draft_name = "keys.tmp";
constexpr std::size_t blocks_at_once = 128;

/// With every name on the way to it on stable storage.
Result<> make_folder(sys::Disk& disk, std::string_view folder) {
  CAIRN_TRY(disk.create_folder(folder));
  CAIRN_TRY(disk.sync_folder(""));
  for (std::size_t slash = folder.find('/'); slash != std::string_view::npos;
       slash = folder.find('/', slash + 1)) {
    CAIRN_TRY(disk.sync_folder(folder.substr(0, slash)));
  }
  return {};
}

/// All over the file, and onto stable storage.
Result<> write_zeros(sys::File& file) {
  CAIRN_TRY(const std::uint64_t size, file.size());
  const std::vector<std::byte> zeros(blocks_at_once * block_bytes);
  for (std::uint64_t at = 0; at < size; at += zeros.size()) {
    const std::size_t part = std::min<std::uint64_t>(zeros.size(), size - at);
    CAIRN_TRY(file.write(at, sys::ConstBuffer(std::span(zeros).first(part))));
  }
  return file.sync_data();
}

Result<> check_entity(std::string_view entity) {
  if (entity.empty() || entity.size() > secret_file::entity_bytes_max || !is_utf8(entity)) {
    return fail(Errc::InvalidArgument,
                fmt::format("an entity that has a key is text of 1 to {} bytes",
                            secret_file::entity_bytes_max));
  }
  return {};
}

}  // namespace

SecretKeyring::SecretKeyring(sys::Disk& disk, std::string folder, sys::Random& random,
                             std::unique_ptr<sys::FolderLock> lock)
    : disk_(disk), folder_(std::move(folder)), random_(random), lock_(std::move(lock)) {}

SecretKeyring::~SecretKeyring() = default;

Result<std::unique_ptr<SecretKeyring>> SecretKeyring::open(sys::Disk& disk,
                                                           const std::string& folder,
                                                           sys::Random& random) {
  CAIRN_TRY(make_folder(disk, folder));
  CAIRN_TRY(auto lock, disk.lock_folder(folder));
  std::unique_ptr<SecretKeyring> keyring(new SecretKeyring(disk, folder, random, std::move(lock)));
  if (auto loaded = keyring->load(); !loaded) {
    return fail(std::move(loaded).error().at(fmt::format("the keyring in \"{}\"", folder)));
  }
  return keyring;
}

std::string SecretKeyring::path_of(std::string_view name) const {
  return fmt::format("{}/{}", folder_, name);
}

Result<std::unique_ptr<sys::File>> SecretKeyring::open_file(std::string_view name,
                                                            sys::OpenMode mode) const {
  return disk_.open(path_of(name), {.mode = mode, .is_private = true});
}

/// The newest file is the keyring: it got its name when it was whole. What is older, or has no
/// number yet, holds keys that may be shredded later, and goes.
Result<> SecretKeyring::load() {
  CAIRN_TRY(const std::vector<sys::Entry> entries, disk_.list(folder_));
  for (const sys::Entry& entry : entries) {
    number_ = std::max(number_, number_of(entry.name));
  }
  if (number_ == 0) {
    return make_first();
  }
  CAIRN_TRY(file_, open_file(file_name(number_), sys::OpenMode::ReadWrite));
  CAIRN_TRY(load_file());
  for (const sys::Entry& entry : entries) {
    const std::uint64_t number = number_of(entry.name);
    if (entry.name != draft_name && (number == 0 || number == number_)) {
      continue;
    }
    CAIRN_TRY(erase_file(entry.name));
  }
  return {};
}

/// One without keys; as is a draft of it that a crash left.
Result<> SecretKeyring::make_first() {
  CAIRN_TRY(write_compacted());
  CAIRN_TRY(disk_.rename(path_of(draft_name), path_of(file_name(1))));
  CAIRN_TRY(disk_.sync_folder(folder_));
  number_ = 1;
  CAIRN_TRY(file_, open_file(file_name(number_), sys::OpenMode::ReadWrite));
  return {};
}

/// Of whole entries: one that was being written when the power failed was not acknowledged.
Result<std::uint64_t> SecretKeyring::count_entries() {
  CAIRN_TRY(const std::uint64_t size, file_->size());
  std::uint64_t blocks = size / block_bytes;
  if (blocks == 0) {
    return fail(Errc::Corrupt, "the file is shorter than its header");
  }
  if (blocks > 1) {
    WipedBlocks last(1);
    CAIRN_TRY(file_->read((blocks - 1) * block_bytes, sys::MutableBuffer(last.first(1))));
    blocks -= is_zero(last.first(1)) ? 1U : 0U;
  }
  if (blocks - 1 > secret_file::entries_max) {
    return fail(Errc::TooLarge, fmt::format("the file has {} entries; the limit is {}", blocks - 1,
                                            secret_file::entries_max));
  }
  if (size != blocks * block_bytes) {
    CAIRN_TRY(file_->resize(blocks * block_bytes));
    CAIRN_TRY(file_->sync_data());
  }
  return blocks - 1;
}

Result<> SecretKeyring::load_file() {
  WipedBlocks blocks(blocks_at_once);
  CAIRN_TRY(const std::uint64_t entries, count_entries());
  CAIRN_TRY(file_->read(0, sys::MutableBuffer(blocks.first(1))));
  CAIRN_TRY(const secret_file::Header header, secret_file::read_header(blocks[0]));
  for (std::uint64_t first = 0; first < entries; first += blocks_at_once) {
    const std::size_t count = std::min<std::uint64_t>(blocks_at_once, entries - first);
    CAIRN_TRY(const std::size_t size,
              file_->read((first + 1) * block_bytes, sys::MutableBuffer(blocks.first(count))));
    if (size != count * block_bytes) {
      return fail(Errc::Truncated, "the file became shorter while it was read");
    }
    CAIRN_TRY(take_all(blocks.blocks(count), first));
  }
  entries_ = entries;
  next_id_ = std::max(next_id_, header.next_id);
  return {};
}

Result<> SecretKeyring::take_all(std::span<Block> blocks, std::uint64_t first) {
  for (std::size_t i = 0; i < blocks.size(); ++i) {
    CAIRN_TRY(take(blocks[i], first + i));
  }
  return {};
}

Result<> SecretKeyring::take(Block& block, std::uint64_t position) {
  CAIRN_TRY(secret_file::ReadEntry entry, secret_file::read_entry(block, position));
  const bool is_next = keys_.empty() || entry.id > keys_.rbegin()->first;
  const bool is_live = entry.state == secret_file::State::Live;
  if (!is_next || (is_live && live_.contains(entry.entity))) {
    return fail(Errc::Corrupt, fmt::format("entry {} is out of order", position));
  }
  if (entry.state == secret_file::State::Marked) {
    CAIRN_TRY(finish_shredding(block, position));
  }
  if (is_live) {
    live_.emplace(entry.entity, entry.id);
  }
  next_id_ = entry.id + 1;
  keys_.emplace(
      entry.id,
      Slot{.entity = std::move(entry.entity),
           .position = position,
           .key = is_live ? std::make_unique<SealKey>(secret_file::key_in(block)) : nullptr});
  return {};
}

Result<> SecretKeyring::finish_shredding(Block& block, std::uint64_t position) {
  secret_file::shred(block);
  return write_block(block, position + 1);
}

Result<> SecretKeyring::write_block(Block& block, std::uint64_t block_number) {
  CAIRN_TRY(file_->write(block_number * block_bytes, sys::ConstBuffer(block)));
  return file_->sync_data();
}

Result<> SecretKeyring::check_usable() const {
  return failure_ ? Result<>(fail(*failure_)) : Result<>{};
}

Result<> SecretKeyring::finished(Result<> result) {
  if (!result) {
    failure_ = std::move(result)
                   .error()
                   .at(fmt::format("the keyring in \"{}\" has stopped", folder_))
                   .advise("restart: opening it again says which keys are there");
    return fail(*failure_);
  }
  return {};
}

Result<SecretKeyring::Held> SecretKeyring::key_for(std::string_view entity) {
  CAIRN_TRY(check_usable());
  CAIRN_TRY(check_entity(entity));
  const auto known = live_.find(entity);
  if (known != live_.end()) {
    return Held{.id = known->second, .key = keys_.at(known->second).key.get()};
  }
  if (entries_ == secret_file::entries_max) {
    return fail(Error(Errc::TooLarge, "the keyring is full")
                    .advise("compact it: that drops what was shredded"));
  }
  return make_key(entity);
}

Result<SecretKeyring::Held> SecretKeyring::make_key(std::string_view entity) {
  std::array<std::byte, SealKey::size> bytes;
  random_.fill(bytes);
  SealKey key(bytes);
  wipe_bytes(bytes);
  WipedBlocks block(1);
  secret_file::write_entry({.id = next_id_, .entity = entity}, key, entries_, block[0]);
  CAIRN_TRY(finished(write_block(block[0], entries_ + 1)));
  const std::uint64_t id = next_id_++;
  Slot slot{.entity = std::string(entity),
            .position = entries_++,
            .key = std::make_unique<SealKey>(std::move(key))};
  const auto made = keys_.emplace(id, std::move(slot)).first;
  live_.emplace(entity, id);
  return Held{.id = id, .key = made->second.key.get()};
}

SecretKeyring::Found SecretKeyring::find(std::string_view entity, std::uint64_t id) const noexcept {
  if (id == 0 || id >= next_id_) {
    return {.presence = Presence::Unknown};
  }
  const auto known = keys_.find(id);
  if (known == keys_.end()) {
    return {.presence = Presence::Shredded};
  }
  const Slot& slot = known->second;
  if (slot.entity != entity) {
    return {.presence = Presence::OfAnother};
  }
  return slot.key ? Found{.presence = Presence::Live, .key = slot.key.get()}
                  : Found{.presence = Presence::Shredded};
}

Result<bool> SecretKeyring::shred(std::string_view entity) {
  CAIRN_TRY(check_usable());
  const auto known = live_.find(entity);
  if (known == live_.end()) {
    return false;
  }
  Slot& slot = keys_.at(known->second);
  CAIRN_TRY(finished(shred_slot(slot, known->second)));
  slot.key.reset();
  live_.erase(known);
  return true;
}

/// First the mark and then the zeros, each durable before the next: a key that is half zero and not
/// marked is damage.
Result<> SecretKeyring::shred_slot(Slot& slot, std::uint64_t id) {
  WipedBlocks block(1);
  secret_file::write_entry({.id = id, .entity = slot.entity}, *slot.key, slot.position, block[0]);
  secret_file::mark(slot.position, block[0]);
  CAIRN_TRY(write_block(block[0], slot.position + 1));
  return finish_shredding(block[0], slot.position);
}

Result<> SecretKeyring::compact() {
  CAIRN_TRY(check_usable());
  if (shredded_count() == 0) {
    return {};
  }
  const auto replace = [&]() -> Result<> {
    CAIRN_TRY(write_compacted());
    CAIRN_TRY(disk_.rename(path_of(draft_name), path_of(file_name(number_ + 1))));
    CAIRN_TRY(disk_.sync_folder(folder_));
    CAIRN_TRY(file_, open_file(file_name(number_ + 1), sys::OpenMode::ReadWrite));
    return erase_file(file_name(number_));
  };
  CAIRN_TRY(finished(replace()));
  ++number_;
  std::erase_if(keys_, [](const auto& each) { return !each.second.key; });
  entries_ = 0;
  for (auto& [id, slot] : keys_) {
    slot.position = entries_++;
  }
  return {};
}

/// A draft, durable under its name.
Result<> SecretKeyring::write_compacted() {
  CAIRN_TRY(const auto draft, open_file(draft_name, sys::OpenMode::CreateOrOpen));
  CAIRN_TRY(write_live(*draft));
  return draft->sync_data();
}

Result<> SecretKeyring::write_live(sys::File& file) {
  WipedBlocks blocks(blocks_at_once);
  secret_file::write_header({.next_id = next_id_}, blocks[0]);
  std::size_t filled = 1;
  std::uint64_t written = 0;
  std::uint64_t position = 0;
  const auto flush = [&]() -> Result<> {
    CAIRN_TRY(file.write(written * block_bytes, sys::ConstBuffer(blocks.first(filled))));
    written += std::exchange(filled, 0);
    return {};
  };
  for (const auto& [id, slot] : keys_) {
    if (!slot.key) {
      continue;
    }
    CAIRN_TRY(filled < blocks_at_once ? Result<>{} : flush());
    secret_file::write_entry({.id = id, .entity = slot.entity}, *slot.key, position++,
                             blocks[filled++]);
  }
  CAIRN_TRY(flush());
  return file.resize(written * block_bytes);
}

/// Zeros on stable storage before the name goes: afterwards nobody could write them any more.
Result<> SecretKeyring::erase_file(std::string_view name) {
  {
    CAIRN_TRY(const auto file, open_file(name, sys::OpenMode::ReadWrite));
    CAIRN_TRY(write_zeros(*file));
  }
  CAIRN_TRY(disk_.remove(path_of(name)));
  return disk_.sync_folder(folder_);
}

}  // namespace cairn::journal
