// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <memory>
#include <string>

#include "cairn/error.h"
#include "sys/disk.h"

namespace cairn::engine {

/// A path that a user gave, as the disk of its folder and a name there.
struct PathFile {
  std::unique_ptr<sys::Disk> disk;
  std::string name;
};

/// Fails when the folder is not there, or the path ends in none.
Result<PathFile> open_path(const std::string& path);

}  // namespace cairn::engine
