// SPDX-License-Identifier: Apache-2.0
// What is kept beside the store and can be made again: projections.
#include <algorithm>
#include <array>
#include <utility>

#include <fmt/format.h>

#include "base/hash.h"
#include "store/event_store.h"
#include "sys/whole_file.h"

namespace cairn::store {

namespace {

constexpr std::string_view sidecar_folder = "sidecar";
constexpr std::size_t sidecar_bytes_max = std::size_t{1} << 30U;
constexpr std::array magic = {std::byte{'c'}, std::byte{'a'}, std::byte{'i'}, std::byte{'r'},
                              std::byte{'n'}, std::byte{'S'}, std::byte{'c'}, std::byte{1}};

/// Names are the users', and become those of files.
Result<std::string> file_name(std::string_view name) {
  const auto is_plain = [](char c) {
    return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9') || c == '-' ||
           c == '_' || c == '.';
  };
  if (name.empty() || name.size() > 100 || name.front() == '.' ||
      !std::ranges::all_of(name, is_plain)) {
    return fail(Error(Errc::InvalidArgument, fmt::format("a sidecar cannot be called \"{}\"", name))
                    .advise("letters, digits, '-', '_' and '.', at most 100 of them"));
  }
  return std::string(name);
}

}  // namespace

Result<std::vector<std::byte>> EventStore::load_sidecar(std::string_view name) {
  CAIRN_TRY(check_open());
  CAIRN_TRY(const std::string file, file_name(name));
  const std::string path = fmt::format("{}/{}", journal::part_of(folder_, sidecar_folder), file);
  CAIRN_TRY(
      std::vector<std::byte> bytes,
      sys::read_file(ground_.disk, path, sidecar_bytes_max + magic.size() + Digest().bytes.size()));
  const std::size_t head_size = magic.size() + Digest().bytes.size();
  const auto content = std::span<const std::byte>(bytes).subspan(std::min(head_size, bytes.size()));
  const auto head = std::span<const std::byte>(bytes).first(bytes.size() - content.size());
  if (head.size() != head_size || !std::ranges::equal(head.first(magic.size()), magic) ||
      !std::ranges::equal(head.subspan(magic.size()), blake3(content).bytes)) {
    return fail(Errc::NotFound, fmt::format("{}: what is there is not what was kept", path));
  }
  bytes.erase(bytes.begin(), bytes.begin() + static_cast<std::ptrdiff_t>(head_size));
  return bytes;
}

Result<> EventStore::save_sidecar(std::string_view name, std::span<const std::byte> bytes) {
  CAIRN_TRY(check_open());
  CAIRN_TRY(const std::string file, file_name(name));
  if (bytes.size() > sidecar_bytes_max) {
    return fail(Errc::TooLarge, fmt::format("a sidecar of {} bytes: {} are the most", bytes.size(),
                                            sidecar_bytes_max));
  }
  const std::string folder = journal::part_of(folder_, sidecar_folder);
  CAIRN_TRY(ground_.disk.create_folder(folder));
  std::vector<std::byte> whole(magic.begin(), magic.end());
  const Digest digest = blake3(bytes);
  whole.insert(whole.end(), digest.bytes.begin(), digest.bytes.end());
  whole.insert(whole.end(), bytes.begin(), bytes.end());
  return sys::replace_file(ground_.disk, fmt::format("{}/{}", folder, file), whole);
}

}  // namespace cairn::store
