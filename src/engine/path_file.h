// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstddef>
#include <memory>
#include <string>
#include <string_view>
#include <vector>

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

/// All of a file. TooLarge beyond so many bytes.
Result<std::vector<std::byte>> read_all(sys::Disk& disk, std::string_view name,
                                        std::size_t bytes_max);

/// The file becomes this text, durably; until then it is what it was.
Result<> replace_file(sys::Disk& disk, const std::string& name, std::string_view text);

}  // namespace cairn::engine
