// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstdint>
#include <string_view>

#include "cairn/error.h"
#include "journal/history.h"
#include "journal/index.h"
#include "journal/tree.h"
#include "log/folder.h"
#include "sys/disk.h"

/// Before the oldest transactions leave a journal (`log::move_through`).
namespace cairn::journal {

/// In the journal's folder: what was taken out, a journal of its own.
inline constexpr std::string_view archive_folder = "archive";

/// Makes the archive's folder, with all schemas that the journal has had. Where its log is.
Result<log::Folder> prepare_archive(sys::Disk& disk, std::string_view folder,
                                    std::uint32_t in_force);

/// Keeps what proofs need of the transactions before `first`. Busy when the tree does not have them
/// yet. Requires: the tree is that of the journal, kept in its file, and made from these hashes.
Result<> keep_tree_before(sys::Disk& disk, std::string_view folder, std::uint64_t first, Tree& tree,
                          HistoryHashes& hashes);

/// Whether `older` has what was right before `newer`, which begins with `first`: its first batch
/// names the one before it by its hash, or its frontier does when there is none. One that never had
/// anything could follow whatever ends there.
Result<bool> is_right_before(HistoryReader& older, HistoryReader& newer, std::uint64_t first);

/// Reads what was taken out of a journal that begins with `first` now, of which `kept` is a reader.
/// NotFound when that is not there any more, or does not end where the journal begins.
Result<HistoryReader> open_archive(sys::Disk& disk, std::string_view folder, std::uint64_t first,
                                   HistoryReader& kept);

/// What an index lost of transactions that were taken out of its journal is made again from the
/// archive in the folder, in pieces of about so many events.
Result<> restore_dropped(EventIndex& index, sys::Disk& disk, std::string_view folder,
                         HistoryReader& kept, std::uint64_t events_max);

}  // namespace cairn::journal
