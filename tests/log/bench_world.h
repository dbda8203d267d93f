// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstddef>
#include <memory>
#include <span>
#include <string>
#include <vector>

#include "cairn/time.h"
#include "sys/disk.h"
#include "sys/randomness.h"

namespace cairn::log {

[[nodiscard]] Instant bench_now();
[[nodiscard]] double seconds_since(Instant start);

class BenchRandom final : public sys::Random {
 public:
  void fill(std::span<std::byte> out) noexcept override;
};

/// A folder of its own on the disk that matters, gone afterwards.
class BenchWorld final {
 public:
  /// Below `parent`; below the current folder when that is empty.
  explicit BenchWorld(const std::string& parent);
  ~BenchWorld();
  BenchWorld(const BenchWorld&) = delete;
  BenchWorld& operator=(const BenchWorld&) = delete;

  [[nodiscard]] sys::Disk& disk() { return *disk_; }

  /// The same disk, but its queues call every write done and do not make it.
  [[nodiscard]] std::unique_ptr<sys::Disk> disk_without_writes();

  [[nodiscard]] std::string path(const std::string& name) const { return path_ + "/" + name; }

  /// The segments in a folder, as paths.
  [[nodiscard]] std::vector<std::string> segments(const std::string& folder) const;
  /// Takes a folder's files out of the page cache, if asked to.
  void drop_cache(const std::string& folder, bool is_wanted) const;

 private:
  std::string path_;
  std::unique_ptr<sys::Disk> disk_;
};

}  // namespace cairn::log
