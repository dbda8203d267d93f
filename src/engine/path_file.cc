// SPDX-License-Identifier: Apache-2.0
#include "engine/path_file.h"

#include <utility>

#include <fmt/core.h>

#include "sys/posix/posix_disk.h"

namespace cairn::engine {

Result<PathFile> open_path(const std::string& path) {
  const std::size_t slash = path.rfind('/');
  const std::string folder = slash == std::string::npos ? "." : path.substr(0, slash + 1);
  std::string name = path.substr(slash == std::string::npos ? 0 : slash + 1);
  if (Result<> checked = sys::check_path(name); !checked || name.empty()) {
    return fail(Error(Errc::InvalidArgument, "this is no path of a file").at(path));
  }
  auto disk = sys::make_posix_disk(folder, sys::DiskBackend::Threads);
  if (!disk) {
    return fail(std::move(disk).error().at(path));
  }
  return PathFile{.disk = std::move(*disk), .name = std::move(name)};
}

}  // namespace cairn::engine
