// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstddef>
#include <span>
#include <string_view>
#include <vector>

#include "cairn/error.h"
#include "sys/disk.h"

namespace cairn::sys {

/// All of a file. TooLarge beyond so many bytes.
Result<std::vector<std::byte>> read_file(Disk& disk, std::string_view path, std::size_t bytes_max);

/// The file becomes these bytes, durably; until then it is what it was. Uses the name with ".new"
/// behind it.
Result<> replace_file(Disk& disk, std::string_view path, std::span<const std::byte> bytes);

/// Makes a folder and its missing parents, durably: neither it nor what it lies in can be lost by a
/// power cut. "" is there already.
Result<> make_folder(Disk& disk, std::string_view path);

}  // namespace cairn::sys
