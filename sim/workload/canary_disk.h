// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstdint>
#include <memory>
#include <string_view>

#include "sys/forwarding_disk.h"

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
class CanaryDisk final : public sys::ForwardingDisk {
 public:
  CanaryDisk(sys::Disk& disk, Canary canary) : ForwardingDisk(disk), canary_(canary) {}

  Result<std::unique_ptr<sys::File>> open(std::string_view path, sys::OpenOptions options) override;
  Result<> sync_folder(std::string_view folder) override;
  Result<std::unique_ptr<sys::IoQueue>> make_queue(sys::IoQueueOptions options) override;

 private:
  const Canary canary_;
};

}  // namespace cairn::sim
