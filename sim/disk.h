// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstdint>
#include <memory>
#include <string>
#include <string_view>
#include <vector>

#include "sim/device.h"
#include "sim/disk_faults.h"
#include "sys/disk.h"

namespace cairn::sim {

/// The disk of one simulated machine. The product sees a `sys::Disk`; the test that owns it also
/// has the switches below, with which it makes the disk fail and lets the machine die. Single
/// thread, that of its World; outlived by it.
///
/// Files, queues and locks belong to an *incarnation* of the machine: the time between two deaths.
/// Those of a dead one fail with Closed, and only wait to be destroyed. A test kills first and
/// destroys the product's objects afterwards: a queue that is destroyed alive waits for its
/// requests, as it must, and that would be too kind.
class SimDisk final : public sys::Disk {
 public:
  SimDisk(World& world, std::string name, const DiskFaults& faults = {});
  ~SimDisk() override;
  SimDisk(const SimDisk&) = delete;
  SimDisk& operator=(const SimDisk&) = delete;

  Result<std::unique_ptr<sys::File>> open(std::string_view path, sys::OpenOptions options) override;
  Result<> create_folder(std::string_view path) override;
  Result<std::vector<sys::Entry>> list(std::string_view folder) override;
  Result<sys::Entry> stat(std::string_view path) override;
  Result<> rename(std::string_view from, std::string_view to) override;
  Result<> remove(std::string_view path) override;
  Result<> sync_folder(std::string_view folder) override;
  Result<std::unique_ptr<sys::FolderLock>> lock_folder(std::string_view folder) override;
  Result<sys::Space> free_space() override;
  Result<std::unique_ptr<sys::IoQueue>> make_queue(sys::IoQueueOptions options) override;

  [[nodiscard]] std::string_view backend() const noexcept override { return "simulated"; }

  void set_faults(const DiskFaults& faults) noexcept { device_.faults = faults; }

  /// Lets one operation fail, or all from one on, whatever the rates say. A default one ends that.
  void place_failure(const PlacedFailure& failure) noexcept { device_.placed = failure; }

  /// Operations so far that change the disk: writes, syncs, new names, renames, removals, resizes.
  [[nodiscard]] std::uint64_t operations() const noexcept { return device_.operations(); }

  /// The power fails in the midst of the operation with this number: it fails, as does every call
  /// after it, and `crashed` is true until `crash` starts the next incarnation.
  void crash_at(std::uint64_t operation) noexcept { device_.power_off_at(operation); }

  [[nodiscard]] bool crashed() const noexcept { return device_.is_off(); }

  /// Cuts the power if it is still on, lets the faults decide what of the unsynced changes and of
  /// the requests under way reached the media, and starts the next incarnation.
  void crash();

  /// The same in three steps, for a test that wants to try every outcome: cut the power, ask how
  /// many sectors, sizes and names are unsynced, and say of each whether it is kept.
  void power_off() { device_.power_off(); }

  [[nodiscard]] std::size_t unsynced_count() const { return device_.unsynced().size(); }

  void power_on(const std::vector<bool>& kept) { device_.power_on(device_.unsynced(), kept); }

  /// The process dies and the machine does not: completed writes stay. Requires: not crashed.
  void kill() { device_.kill(); }

  /// Flips one bit of a file at rest. Requires: it is there, and long enough.
  void flip_bit(std::string_view path, std::uint64_t bit);

 private:
  [[nodiscard]] Result<> begin(std::string_view path);
  [[nodiscard]] Result<NodePointer> find(std::string_view path) const;
  [[nodiscard]] Result<NodePointer> find_folder(std::string_view path) const;
  [[nodiscard]] Result<> check_parent(std::string_view path) const;
  [[nodiscard]] Result<NodePointer> find_or_create(std::string_view path, sys::OpenMode mode);
  [[nodiscard]] Result<> check_rename(std::string_view from, std::string_view to) const;
  [[nodiscard]] Result<> check_names(std::string_view path, std::uint64_t operation);
  Result<> create_missing(std::string_view path);
  Result<> move(std::string_view from, std::string_view to);
  Result<> forget_name(std::string_view path);

  Device device_;
  std::uint64_t last_lock_ = 0;
};

}  // namespace cairn::sim
