// SPDX-License-Identifier: Apache-2.0
#include "sys/whole_file.h"

#include <memory>
#include <string>

#include <fmt/core.h>

namespace cairn::sys {

Result<std::vector<std::byte>> read_file(Disk& disk, std::string_view path, std::size_t bytes_max) {
  CAIRN_TRY(const std::unique_ptr<File> file, disk.open(path, {}));
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

namespace {

std::string_view parent_of(std::string_view path) noexcept {
  const std::size_t slash = path.rfind('/');
  return slash == std::string_view::npos ? std::string_view() : path.substr(0, slash);
}

}  // namespace

Result<> replace_file(Disk& disk, std::string_view path, std::span<const std::byte> bytes) {
  const std::string next = fmt::format("{}.new", path);
  {
    CAIRN_TRY(const std::unique_ptr<File> file, disk.open(next, {.mode = OpenMode::CreateOrOpen}));
    CAIRN_TRY(file->resize(0));
    CAIRN_TRY(file->write(0, bytes));
    CAIRN_TRY(file->sync_data());
  }
  CAIRN_TRY(disk.rename(next, path));
  return disk.sync_folder(parent_of(path));
}

Result<> make_folder(Disk& disk, std::string_view path) {
  if (path.empty()) {
    return {};
  }
  CAIRN_TRY(disk.create_folder(path));
  // One that was there already may not have been durable either.
  while (!path.empty()) {
    path = parent_of(path);
    CAIRN_TRY(disk.sync_folder(path));
  }
  return {};
}

}  // namespace cairn::sys
