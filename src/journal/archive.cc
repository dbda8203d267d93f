// SPDX-License-Identifier: Apache-2.0
#include "journal/archive.h"

#include <string>
#include <utility>

#include "journal/schemas.h"
#include "journal/tree_edge.h"
#include "journal/tree_shape.h"
#include "schema/idl.h"
#include "sys/whole_file.h"

namespace cairn::journal {

Result<log::Folder> prepare_archive(sys::Disk& disk, std::string_view folder,
                                    std::uint32_t in_force) {
  const std::string archive = part_of(folder, archive_folder);
  CAIRN_TRY(sys::make_folder(disk, part_of(archive, schema_folder)));
  for (std::uint32_t number = 1; number <= in_force; ++number) {
    CAIRN_TRY(const auto bytes,
              sys::read_file(disk, Schemas::path_of(folder, number), schema::idl_bytes_max));
    CAIRN_TRY(sys::replace_file(disk, Schemas::path_of(archive, number), bytes));
  }
  log::Folder target(disk, part_of(archive, log_folder));
  CAIRN_TRY(sys::make_folder(disk, target.path()));
  return target;
}

Result<HistoryReader> open_archive(sys::Disk& disk, std::string_view folder, std::uint64_t first,
                                   HistoryReader& kept) {
  const std::string path = part_of(folder, archive_folder);
  CAIRN_TRY(kept.seek(Seq(first)));
  CAIRN_TRY(const log::BatchView* const next, kept.next_batch());
  CAIRN_TRY(HistoryReader archive, HistoryReader::open(disk, path));
  const bool may_fit = next != nullptr && archive.durable() == Seq(first - 1);
  const log::BatchView* last = nullptr;
  if (may_fit) {
    CAIRN_TRY(archive.seek(Seq(first - 1)));
    CAIRN_TRY(last, archive.next_batch());
  }
  if (last == nullptr || last->hash() != next->header().previous) {
    return fail(Errc::NotFound, path + ": it does not end where what is kept begins");
  }
  return archive;
}

Result<> keep_tree_before(sys::Disk& disk, std::string_view folder, std::uint64_t first, Tree& tree,
                          HistoryHashes& hashes) {
  if (tree.size() + 1 < first) {
    return fail(Errc::Busy, "the tree does not have all that is to be dropped yet");
  }
  CAIRN_TRY(tree.sync());
  const std::uint64_t end = first - 1;
  TreeEdge edge = {.first = end / group_leaves * group_leaves, .hashes = {}};
  edge.hashes.resize(end - edge.first);
  CAIRN_TRY(hashes.read(edge.first, edge.hashes));
  CAIRN_TRY(save_tree_edge(disk, folder, edge));
  hashes.set_edge(std::move(edge));
  return {};
}

}  // namespace cairn::journal
