// SPDX-License-Identifier: Apache-2.0
#include "journal/tree_edge.h"

#include <algorithm>
#include <array>
#include <span>
#include <string>

#include "base/checksum.h"
#include "cairn/byte_reader.h"
#include "cairn/byte_writer.h"
#include "journal/history.h"
#include "journal/tree_shape.h"
#include "sys/whole_file.h"

namespace cairn::journal {

namespace {

constexpr std::array magic = {std::byte{'c'}, std::byte{'a'}, std::byte{'i'}, std::byte{'r'},
                              std::byte{'n'}, std::byte{'e'}, std::byte{'d'}, std::byte{1}};
constexpr std::size_t head_bytes = magic.size() + sizeof(std::uint64_t);
constexpr std::size_t bytes_max =
    head_bytes + group_leaves * sizeof(Digest) + sizeof(std::uint64_t);

std::unexpected<Error> damaged(const std::string& path) {
  return fail(Error(Errc::Corrupt, path + " is damaged").advise("restore it from a backup"));
}

}  // namespace

Result<TreeEdge> load_tree_edge(sys::Disk& disk, std::string_view folder) {
  const std::string path = part_of(folder, tree_edge_file);
  const auto read = sys::read_file(disk, path, bytes_max);
  if (!read) {
    return read.error().code() == Errc::NotFound ? Result<TreeEdge>(TreeEdge())
                                                 : fail(read.error());
  }
  const std::span<const std::byte> bytes(*read);
  constexpr std::size_t least = head_bytes + sizeof(std::uint64_t);
  if (bytes.size() < least || (bytes.size() - least) % sizeof(Digest) != 0 ||
      !std::ranges::equal(bytes.first(magic.size()), magic)) {
    return damaged(path);
  }
  const auto content = bytes.first(bytes.size() - sizeof(std::uint64_t));
  ByteReader end(bytes.subspan(content.size()));
  if (end.u64("checksum") != checksum64(content)) {
    return damaged(path);
  }
  TreeEdge edge;
  ByteReader reader(content.subspan(magic.size()));
  edge.first = reader.u64("first");
  edge.hashes.resize((content.size() - head_bytes) / sizeof(Digest));
  for (std::size_t i = 0; i < edge.hashes.size(); ++i) {
    std::ranges::copy(content.subspan(head_bytes + i * sizeof(Digest), sizeof(Digest)),
                      edge.hashes[i].bytes.begin());
  }
  return edge;
}

Result<> save_tree_edge(sys::Disk& disk, std::string_view folder, const TreeEdge& edge) {
  GrowingByteWriter writer;
  writer.bytes(magic);
  writer.u64(edge.first);
  for (const Digest& hash : edge.hashes) {
    writer.bytes(hash.bytes);
  }
  writer.u64(checksum64(writer.written()));
  return sys::replace_file(disk, part_of(folder, tree_edge_file), writer.written());
}

}  // namespace cairn::journal
