// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstdint>
#include <map>
#include <memory>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "base/seal.h"
#include "cairn/error.h"
#include "journal/secret_file.h"
#include "sys/disk.h"
#include "sys/randomness.h"

namespace cairn::journal {

/// The keys under which secrets are sealed, one for each entity, in a folder of their own beside
/// the journal: a journal can be copied without them, and they must never be copied with it. All
/// are in memory, about 300 bytes each, and wipe themselves; none is in an error or a log line.
///
/// A key is on stable storage before anybody has it. A key that was shredded never comes back, also
/// not in a copy that this made: see docs/formats/keyring.md for what the disk may still hold.
///
/// A write that fails is final: whatever changes the keys fails from then on, and opening anew says
/// what is there. Owned by one thread; one keyring of a folder at a time, in any process.
class SecretKeyring final {
 public:
  /// Makes the folder and an empty keyring when there is none.
  static Result<std::unique_ptr<SecretKeyring>> open(sys::Disk& disk, const std::string& folder,
                                                     sys::Random& random);
  ~SecretKeyring();
  SecretKeyring(const SecretKeyring&) = delete;
  SecretKeyring& operator=(const SecretKeyring&) = delete;

  /// A key that is there. Valid until the next call that changes keys.
  struct Held {
    std::uint64_t id = 0;
    const SealKey* key = nullptr;
  };

  /// The entity's key, made when it has none. An entity is text of 1 to 200 bytes.
  [[nodiscard]] Result<Held> key_for(std::string_view entity);

  enum class Presence : std::uint8_t {
    Live,
    Shredded,
    OfAnother,  ///< another entity's
    Unknown,    ///< no key of this keyring ever had this id
  };

  struct Found {
    Presence presence = Presence::Unknown;
    const SealKey* key = nullptr;  ///< when Live
  };

  [[nodiscard]] Found find(std::string_view entity, std::uint64_t id) const noexcept;

  /// Destroys the entity's key; false when it has none.
  Result<bool> shred(std::string_view entity);

  /// Writes the keys that are left to a new file, and zeros over the old one. Forgets the names of
  /// the entities whose keys were shredded.
  Result<> compact();

  [[nodiscard]] std::size_t live_count() const noexcept { return live_.size(); }

  /// Entries that hold no key any more: what `compact` would drop.
  [[nodiscard]] std::size_t shredded_count() const noexcept { return keys_.size() - live_.size(); }

 private:
  struct Slot {
    std::string entity;
    std::uint64_t position = 0;
    std::unique_ptr<SealKey> key;  ///< null when shredded
  };

  SecretKeyring(sys::Disk& disk, std::string folder, sys::Random& random,
                std::unique_ptr<sys::FolderLock> lock);

  [[nodiscard]] std::string path_of(std::string_view name) const;
  Result<std::unique_ptr<sys::File>> open_file(std::string_view name, sys::OpenMode mode) const;
  Result<> load();
  Result<> make_first();
  Result<> load_file();
  Result<std::uint64_t> count_entries();
  Result<> take_all(std::span<secret_file::Block> blocks, std::uint64_t first);
  Result<> take(secret_file::Block& block, std::uint64_t position);
  Result<> finish_shredding(secret_file::Block& block, std::uint64_t position);
  Result<> write_block(secret_file::Block& block, std::uint64_t block_number);
  Result<Held> make_key(std::string_view entity);
  Result<> shred_slot(Slot& slot, std::uint64_t id);
  Result<> write_compacted();
  Result<> write_live(sys::File& file);
  Result<> erase_file(std::string_view name);
  Result<> check_usable() const;
  Result<> finished(Result<> result);

  sys::Disk& disk_;
  const std::string folder_;
  sys::Random& random_;
  std::unique_ptr<sys::FolderLock> lock_;
  std::unique_ptr<sys::File> file_;
  std::uint64_t number_ = 0;   ///< of the file
  std::uint64_t entries_ = 0;  ///< in the file
  std::uint64_t next_id_ = 1;
  std::map<std::uint64_t, Slot> keys_;                      ///< by id
  std::map<std::string, std::uint64_t, std::less<>> live_;  ///< the id of each entity's key
  std::optional<Error> failure_;
};

}  // namespace cairn::journal
