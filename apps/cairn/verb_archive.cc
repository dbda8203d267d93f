// SPDX-License-Identifier: Apache-2.0
#include <cstdint>
#include <cstdio>
#include <limits>
#include <memory>
#include <string>
#include <utility>
#include <vector>

#include <fmt/core.h>

#include "apps/cairn/arguments.h"
#include "apps/cairn/journal_folder.h"
#include "apps/cairn/verb.h"
#include "journal/archive.h"
#include "journal/history.h"
#include "journal/index.h"
#include "journal/index_feed.h"
#include "journal/schemas.h"
#include "journal/tree.h"
#include "journal/tree_file.h"
#include "log/archive.h"
#include "log/retention.h"
#include "schema/json_tree.h"

namespace cairn::cli {

namespace {

using schema::JsonTree;

constexpr auto archive_help =
    "Packs the sealed segments of a journal's log whose transactions are all at most --through. "
    "They stay\n"
    "readable, by everybody. With --take-out they leave the journal, and become one of their own "
    "in "
    "DIR/archive,\n"
    "which may be moved elsewhere. The journal must not be open for writing.\n\n"
    "exit status: 0 done; 1 the journal is in use, or cannot be read or written; 2 wrong usage\n\n"
    "example: cairn archive data/shop --through 1000000";

constexpr auto compact_help =
    "Completes the index of a journal and merges its files, as its writer does when it has the "
    "time: "
    "what no\n"
    "file is about, or a damaged one was, is read from the log. The journal must not be open for "
    "writing.\n\n"
    "exit status: 0 done; 1 the journal is in use, or cannot be read or written, or the index has "
    "lost what\n"
    "only an archive knows that is not there; 2 wrong usage\n\n"
    "example: cairn compact data/shop";

Exit report(std::string_view verb, const Error& error) {
  fmt::print(stderr, "cairn {}: {}\n", verb, error.to_string());
  return Exit::Failed;
}

/// That there is a journal, and the lock of its writer.
Result<std::unique_ptr<sys::FolderLock>> lock_journal(sys::Disk& disk, const std::string& path) {
  if (const auto reader = journal::HistoryReader::open(disk, ""); !reader) {
    return reader.error().code() == Errc::NotFound
               ? fail(Error(Errc::NotFound, "there is no journal in this folder").at(path))
               : fail(Error(reader.error()).at(path));
  }
  auto lock = disk.lock_folder(journal::log_folder);
  return lock ? std::move(lock)
              : fail(std::move(lock).error().at(path).advise("close the store first"));
}

/// Events that are indexed in memory before they go into a file.
constexpr std::uint64_t indexed_in_memory_max = std::uint64_t{1} << 20U;

/// The next batch of what the index lacks; false when it lacks nothing. `in_files`: how many of the
/// events that were fed are in files.
Result<bool> feed_some(journal::EventIndex& index, journal::HistoryReader& reader,
                       journal::IndexFeeder& feeder, std::uint64_t& in_files) {
  CAIRN_TRY(const log::BatchView* const batch, reader.next_batch());
  if (batch == nullptr) {
    return false;
  }
  CAIRN_TRY(feeder.add(*batch));
  if (feeder.events() - in_files > indexed_in_memory_max) {
    CAIRN_TRY(index.seal());
    in_files = feeder.events();
  }
  return true;
}

/// Reads what the index lacks from the log. How many events.
Result<std::uint64_t> complete(journal::EventIndex& index, journal::HistoryReader& reader) {
  journal::IndexFeeder feeder(index);
  std::uint64_t in_files = 0;
  bool goes_on = true;
  CAIRN_TRY(reader.seek(Seq(index.last() + 1)));
  while (goes_on) {
    CAIRN_TRY(goes_on, feed_some(index, reader, feeder, in_files));
  }
  CAIRN_TRY(index.seal());
  return feeder.events();
}

/// The index, with every page looked at, and what is damaged aside.
Result<std::unique_ptr<journal::EventIndex>> open_index(sys::Disk& disk,
                                                        journal::HistoryReader& reader) {
  CAIRN_TRY(const Seq first, reader.first());
  const auto is_of_journal = [&](std::uint64_t sequence, const Digest& hash) -> Result<bool> {
    CAIRN_TRY(const journal::HistoryEntry* const entry, reader.at(Seq(sequence)));
    return entry->hash == hash;
  };
  // Of each level, all neighbours are merged: two are enough.
  constexpr std::size_t merge_width = 2;
  return journal::EventIndex::open(disk, std::string(journal::index_folder),
                                   reader.durable().value(),
                                   {.first = first.value(),
                                    .is_of_journal = is_of_journal,
                                    .check_all = true,
                                    .merge_width = merge_width});
}

/// What is not in the log any more must be in index and tree before.
Result<log::Moved> take_out(const std::string& path, std::uint64_t through) {
  CAIRN_TRY(const auto disk, open_folder(path));
  CAIRN_TRY(const auto lock, lock_journal(*disk, path));
  CAIRN_TRY(journal::HistoryReader reader, journal::HistoryReader::open(*disk, ""));
  const log::Folder folder(*disk, std::string(journal::log_folder));
  CAIRN_TRY(const std::uint64_t first, log::first_after(folder, through));
  CAIRN_TRY(const Seq oldest, reader.first());
  CAIRN_TRY(const auto left, log::sealed_through(folder, oldest.value() - 1));
  if (first <= oldest.value() && left.empty()) {
    return log::Moved{.first = oldest.value()};
  }
  CAIRN_TRY(const auto index, open_index(*disk, reader));
  CAIRN_TRY(journal::restore_dropped(*index, *disk, "", reader, indexed_in_memory_max));
  CAIRN_TRY(complete(*index, reader));
  const std::uint64_t durable = reader.durable().value();
  CAIRN_TRY(const journal::HistoryEntry* const last, reader.at(Seq(durable)));
  const std::uint32_t schemas = journal::Schemas::number_after(*last->record);
  CAIRN_TRY(auto hashes, journal::HistoryHashes::open(*disk, "", reader));
  CAIRN_TRY(auto file, disk->open(journal::tree_file, {.mode = sys::OpenMode::CreateOrOpen}));
  CAIRN_TRY(const auto tree_store, journal::FileHashStore::open(std::move(file)));
  CAIRN_TRY(journal::Tree tree, journal::Tree::open(*tree_store, hashes, durable));
  CAIRN_TRY(journal::keep_tree_before(*disk, "", first, tree, hashes));
  CAIRN_TRY(const log::Folder target, journal::prepare_archive(*disk, "", schemas));
  CAIRN_TRY(const log::Moved moved, log::move_through(folder, through, target));
  CAIRN_TRY(index->drop_through(moved.first - 1));
  return moved;
}

Result<log::Archived> archive(const std::string& path, std::uint64_t through, bool packs) {
  CAIRN_TRY(const auto disk, open_folder(path));
  CAIRN_TRY(const auto lock, lock_journal(*disk, path));
  const log::ArchiveOptions options = {.compression =
                                           packs ? log::Compression::Zstd : log::Compression::None};
  return archive_through(log::Folder(*disk, std::string(journal::log_folder)), through, options);
}

struct Compacted {
  std::uint64_t indexed = 0;
  std::uint64_t merges = 0;
  std::vector<std::string> complaints;
  bool is_whole = true;  ///< else it has lost what only the archive knows
  journal::EventIndex::Stats stats;
};

Result<Compacted> compact(const std::string& path) {
  CAIRN_TRY(const auto disk, open_folder(path));
  CAIRN_TRY(const auto lock, lock_journal(*disk, path));
  CAIRN_TRY(journal::HistoryReader reader, journal::HistoryReader::open(*disk, ""));
  CAIRN_TRY(const auto index, open_index(*disk, reader));
  Compacted done;
  const auto restored = journal::restore_dropped(*index, *disk, "", reader, indexed_in_memory_max);
  for (const Error& complaint : index->set_aside_when_opened()) {
    done.complaints.push_back(complaint.message() +
                              (restored ? "; made again" : "; made again of what is kept"));
  }
  if (!restored) {
    done.is_whole = false;
    done.complaints.push_back(restored.error().to_string());
  }
  CAIRN_TRY(done.indexed, complete(*index, reader));
  while (true) {
    CAIRN_TRY(const bool merged, index->merge());
    if (!merged) {
      break;
    }
    ++done.merges;
  }
  done.stats = index->stats();
  return done;
}

Exit print_moved(const log::Moved& moved, bool json) {
  if (json) {
    fmt::print("{}\n", JsonTree::object({{"bytes", JsonTree::number(moved.bytes)},
                                         {"first", JsonTree::number(moved.first)},
                                         {"plain_bytes", JsonTree::number(moved.plain_bytes)},
                                         {"segments", JsonTree::number(moved.segments)}})
                           .canonical());
    return Exit::Ok;
  }
  fmt::print("taken out    {} segments, {} bytes in {}\nkept         from transaction {} on\n",
             moved.segments, moved.plain_bytes, moved.bytes, moved.first);
  return Exit::Ok;
}

}  // namespace

Exit run_archive(Arguments arguments) {
  CLI::App app(archive_help);
  std::string folder;
  std::uint64_t through = 0;
  bool plain = false;
  bool json = false;
  app.add_option("DIR", folder, "the folder of the journal")->required();
  add_number(app, "--through", through, {.min = 1, .max = std::numeric_limits<std::int64_t>::max()},
             "the last transaction")
      ->required();
  bool takes_out = false;
  app.add_flag("--take-out", takes_out, "move them into DIR/archive")
      ->excludes(
          app.add_flag("--plain", plain, "only leave out what is empty, and compress nothing"));
  app.add_flag("--json", json, "one JSON object");
  if (const auto ended = parse(app, "archive", arguments)) {
    return *ended;
  }
  if (takes_out) {
    const auto moved = take_out(folder, through);
    return moved ? print_moved(*moved, json) : report("archive", moved.error());
  }
  const auto done = archive(folder, through, !plain);
  if (!done) {
    return report("archive", done.error());
  }
  if (json) {
    fmt::print("{}\n", JsonTree::object({{"bytes", JsonTree::number(done->bytes)},
                                         {"plain_bytes", JsonTree::number(done->plain_bytes)},
                                         {"segments", JsonTree::number(done->segments)}})
                           .canonical());
    return Exit::Ok;
  }
  fmt::print("archived     {} segments, {} bytes in {}\n", done->segments, done->plain_bytes,
             done->bytes);
  return Exit::Ok;
}

Exit run_compact(Arguments arguments) {
  CLI::App app(compact_help);
  std::string folder;
  bool json = false;
  app.add_option("DIR", folder, "the folder of the journal")->required();
  app.add_flag("--json", json, "one JSON object");
  if (const auto ended = parse(app, "compact", arguments)) {
    return *ended;
  }
  const auto done = compact(folder);
  if (!done) {
    return report("compact", done.error());
  }
  for (const std::string& complaint : done->complaints) {
    fmt::print(stderr, "cairn compact: {}\n", complaint);
  }
  const Exit status = done->is_whole ? Exit::Ok : Exit::Failed;
  if (json) {
    fmt::print("{}\n",
               JsonTree::object({{"bytes", JsonTree::number(done->stats.file_bytes)},
                                 {"files", JsonTree::number(std::uint64_t{done->stats.files})},
                                 {"indexed", JsonTree::number(done->indexed)},
                                 {"merges", JsonTree::number(done->merges)}})
                   .canonical());
    return status;
  }
  fmt::print("indexed      {} events\nindex        {} files, {} bytes, after {} merges\n",
             done->indexed, done->stats.files, done->stats.file_bytes, done->merges);
  return status;
}

}  // namespace cairn::cli
