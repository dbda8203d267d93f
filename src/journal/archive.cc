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

Result<bool> is_right_before(HistoryReader& older, HistoryReader& newer, std::uint64_t first) {
  if (older.durable() < Seq(first - 1)) {
    return false;
  }
  CAIRN_TRY(newer.seek(Seq(first)));
  CAIRN_TRY(const log::BatchView* const begun, newer.next_batch());
  if (begun == nullptr && newer.durable() == Seq(0)) {
    return true;
  }
  // One that has nothing more of its own knows the hash of what was last.
  const Digest wanted = begun != nullptr ? begun->header().previous : newer.head();
  CAIRN_TRY(older.seek(Seq(first - 1)));
  CAIRN_TRY(const log::BatchView* const ended, older.next_batch());
  return ended != nullptr && ended->last() + 1 == first && ended->hash() == wanted;
}

Result<HistoryReader> open_archive(sys::Disk& disk, std::string_view folder, std::uint64_t first,
                                   HistoryReader& kept) {
  const std::string path = part_of(folder, archive_folder);
  auto archive = HistoryReader::open(disk, path);
  if (!archive && archive.error().code() == Errc::NotFound) {
    return fail(Errc::NotFound, path + ": there is no archive");
  }
  if (!archive) {
    return archive;
  }
  CAIRN_TRY(const bool fits, is_right_before(*archive, kept, first));
  if (!fits) {
    return fail(Errc::NotFound, path + ": it does not end where what is kept begins");
  }
  return archive;
}

Result<> restore_dropped(EventIndex& index, sys::Disk& disk, std::string_view folder,
                         HistoryReader& kept, std::uint64_t events_max) {
  if (index.knows_dropped()) {
    return {};
  }
  CAIRN_TRY(const Seq first, kept.first());
  auto archive = open_archive(disk, folder, first.value(), kept);
  if (!archive) {
    return fail(std::move(archive)
                    .error()
                    .at("the index has lost what it kept of transactions that were taken out")
                    .advise("put the archive back to where it was, or restore the index from a "
                            "backup"));
  }
  CAIRN_TRY(index.restore_dropped(*archive, events_max));
  return index.drop_through(first.value() - 1);
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
