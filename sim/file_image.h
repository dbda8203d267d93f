// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <array>
#include <cstddef>
#include <cstdint>
#include <map>
#include <set>
#include <span>
#include <vector>

#include "sim/rng.h"

namespace cairn::sim {

/// What a device writes whole or not at all.
inline constexpr std::uint64_t sector_size = 512;
using SectorBytes = std::array<std::byte, sector_size>;

/// Numbers every change to a disk in the order in which it was made. From 1.
using ChangeNumber = std::uint64_t;

/// What one sync promises, fixed when it is submitted: the changes up to `last` but for those whose
/// completions the caller had not taken, and the size of that moment.
struct SyncScope {
  ChangeNumber last = 0;
  std::set<ChangeNumber> untaken = {};
  std::uint64_t size = 0;
  std::uint64_t size_stamp = 0;  ///< how often the size had changed

  [[nodiscard]] bool covers(ChangeNumber change) const {
    return change <= last && !untaken.contains(change);
  }
};

/// The bytes of one file in two layers: what the media holds for good, and every change since, by
/// sector. Knows nothing of errors, time or names: the disk above draws the faults and calls this.
/// Owned by its Node; sparse, so that an untouched sector costs nothing and reads as zeros.
///
/// Invariant: what a reader sees in a sector is its last change, or else its durable bytes.
class FileImage final {
 public:
  /// A sector of a change that a power loss may keep or lose.
  struct Unsynced {
    ChangeNumber change = 0;
    bool is_size = false;
    std::uint64_t sector = 0;  ///< for a size: the size
  };

  [[nodiscard]] std::uint64_t size() const noexcept;

  /// Requires for both: the range lies inside the file. The stale one sees each sector as it was
  /// one change earlier.
  void read(std::uint64_t offset, std::span<std::byte> out) const;
  void read_stale(std::uint64_t offset, std::span<std::byte> out) const;

  /// Both change what readers see at once and the media not at all.
  void write(ChangeNumber change, std::uint64_t offset, std::span<const std::byte> bytes);
  void resize(ChangeNumber change, std::uint64_t size);

  /// A write is untaken from `hold` to `take`: no sync submitted in between covers it.
  void hold(ChangeNumber change) { untaken_.insert(change); }

  void take(ChangeNumber change) { untaken_.erase(change); }

  void take_all() { untaken_.clear(); }

  [[nodiscard]] SyncScope scope(ChangeNumber last) const {
    return {.last = last, .untaken = untaken_, .size = size(), .size_stamp = size_stamp_};
  }

  /// Puts what the scope covers on the media.
  void sync(const SyncScope& scope);
  /// A sync that reported failure: each covered sector reached the media or did not, and the system
  /// believes all are clean. Those that did not are seen by readers until the power fails, and no
  /// later sync writes them.
  void fail_sync(const SyncScope& scope, Rng& rng);
  /// Puts what readers see of a range on the media, and the size where the range needs it.
  void sync_range(std::uint64_t offset, std::uint64_t length);

  /// Everything a power loss may keep or lose, in an order that depends on nothing but history.
  [[nodiscard]] std::vector<Unsynced> unsynced() const;
  /// Puts one of them on the media.
  void keep(const Unsynced& item);
  /// Forgets all that is not on the media.
  void forget_unsynced();

  /// Flips one bit on the media and in what readers see of it. Requires: inside the file.
  void flip_bit(std::uint64_t bit);

 private:
  struct Version {
    ChangeNumber change = 0;
    bool is_forgotten = false;  ///< believed clean, so no sync and no power loss writes it
    SectorBytes bytes{};
  };

  struct Sector {
    SectorBytes previous{};  ///< the durable bytes before these
    SectorBytes durable{};
    std::vector<Version> versions;

    [[nodiscard]] const SectorBytes& visible() const {
      return versions.empty() ? durable : versions.back().bytes;
    }

    [[nodiscard]] const SectorBytes& stale() const;
    void settle(const SectorBytes& bytes);
    void fail_sync(const SyncScope& scope, Rng& rng);
  };

  struct SizeChange {
    ChangeNumber change = 0;
    std::uint64_t stamp = 0;
    std::uint64_t size = 0;
  };

  void read_sectors(std::uint64_t offset, std::span<std::byte> out, bool stale) const;
  void set_size(ChangeNumber change, std::uint64_t size);
  void sync_size(const SyncScope& scope);

  std::map<std::uint64_t, Sector> sectors_;
  std::uint64_t durable_size_ = 0;
  std::uint64_t durable_size_stamp_ = 0;
  std::uint64_t size_stamp_ = 0;
  std::vector<SizeChange> sizes_;
  std::set<ChangeNumber> untaken_;
};

}  // namespace cairn::sim
