// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstdint>
#include <memory>
#include <string>
#include <string_view>
#include <vector>

#include "sys/disk.h"

namespace cairn::sim {

/// A bug that can be planted between the log and its disk, so that it can be shown that the harness
/// finds it.
enum class Canary : std::uint8_t {
  None,
  SkipsSync,          ///< calls durable what is only written
  IgnoresErrors,      ///< calls durable what could not be written
  ForgetsFolderSync,  ///< never makes a name durable
  RetriesSync,        ///< opens the file anew after a failed sync, and believes the second one
  TrustsPageCache,    ///< does not write again what can be read already
};

/// The name of a canary on the command line, and back. Null when there is none of that name.
[[nodiscard]] std::string_view to_string(Canary canary) noexcept;
[[nodiscard]] const Canary* find_canary(std::string_view name) noexcept;

/// A disk that does what another does, but for one bug. One thread; the other outlives it.
class CanaryDisk final : public sys::Disk {
 public:
  CanaryDisk(sys::Disk& disk, Canary canary) : disk_(disk), canary_(canary) {}

  Result<std::unique_ptr<sys::File>> open(std::string_view path, sys::OpenOptions options) override;

  Result<> create_folder(std::string_view path) override { return disk_.create_folder(path); }

  Result<std::vector<sys::Entry>> list(std::string_view folder) override {
    return disk_.list(folder);
  }

  Result<sys::Entry> stat(std::string_view path) override { return disk_.stat(path); }

  Result<> rename(std::string_view from, std::string_view to) override {
    return disk_.rename(from, to);
  }

  Result<> remove(std::string_view path) override { return disk_.remove(path); }

  Result<> sync_folder(std::string_view folder) override;

  Result<std::unique_ptr<sys::FolderLock>> lock_folder(std::string_view folder) override {
    return disk_.lock_folder(folder);
  }

  Result<sys::Space> free_space() override { return disk_.free_space(); }

  Result<std::unique_ptr<sys::IoQueue>> make_queue(sys::IoQueueOptions options) override;

  [[nodiscard]] std::string_view backend() const noexcept override { return disk_.backend(); }

 private:
  sys::Disk& disk_;
  const Canary canary_;
};

}  // namespace cairn::sim
