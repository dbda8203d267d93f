// SPDX-License-Identifier: Apache-2.0
#include "engine/path_file.h"

#include <span>
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

Result<std::vector<std::byte>> read_all(sys::Disk& disk, std::string_view name,
                                        std::size_t bytes_max) {
  CAIRN_TRY(const std::unique_ptr<sys::File> file, disk.open(name, {}));
  CAIRN_TRY(const std::uint64_t size, file->size());
  if (size > bytes_max) {
    return fail(Errc::TooLarge,
                fmt::format("the file has {} bytes; the limit is {}", size, bytes_max));
  }
  std::vector<std::byte> bytes(size);
  CAIRN_TRY(const std::size_t read, file->read(0, std::span(bytes)));
  bytes.resize(read);
  return bytes;
}

Result<> replace_file(sys::Disk& disk, const std::string& name, std::string_view text) {
  const std::string next = name + ".new";
  CAIRN_TRY(const std::unique_ptr<sys::File> file,
            disk.open(next, {.mode = sys::OpenMode::CreateOrOpen}));
  CAIRN_TRY(file->resize(0));
  CAIRN_TRY(file->write(0, std::as_bytes(std::span(text))));
  CAIRN_TRY(file->sync_data());
  CAIRN_TRY(disk.rename(next, name));
  return disk.sync_folder("");
}

}  // namespace cairn::engine
