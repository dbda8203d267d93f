// SPDX-License-Identifier: Apache-2.0
#include "apps/cairn/whole_history.h"

#include <algorithm>
#include <filesystem>
#include <system_error>
#include <utility>

#include <fmt/core.h>

#include "apps/cairn/journal_folder.h"
#include "journal/archive.h"

namespace cairn::cli {

Result<WholeHistory::Part> WholeHistory::open_part(const std::string& path) {
  CAIRN_TRY(auto disk, open_folder(path));
  auto reader = journal::HistoryReader::open(*disk, "");
  if (!reader) {
    return fail(std::move(reader).error().at(path));
  }
  CAIRN_TRY(const Seq first, reader->first());
  return Part{.path = path, .disk = std::move(disk), .reader = *std::move(reader), .first = first};
}

/// Each batch names the one before it by its hash, also across the seam. `older` is null for the
/// first.
Result<> WholeHistory::check_seam(Part* older, Part& newer) {
  const std::uint64_t known = older == nullptr ? 0 : older->reader.durable().value();
  if (newer.first.value() > known + 1) {
    return fail(
        Error(Errc::NotFound, fmt::format("transactions {} to {} were taken out of the journal",
                                          known + 1, newer.first.value() - 1))
            .at(newer.path)
            .advise("say where they are: --archive FOLDER, for each folder that has some"));
  }
  if (older == nullptr) {
    return {};
  }
  CAIRN_TRY(const bool fits,
            journal::is_right_before(older->reader, newer.reader, newer.first.value()));
  if (!fits) {
    return fail(Error(Errc::Corrupt, fmt::format("it is not what was before transaction {} of {}",
                                                 newer.first.value(), newer.path))
                    .at(older->path));
  }
  return {};
}

/// Those of its archives that have something from before it, and the journal itself.
Result<std::vector<WholeHistory::Part>> WholeHistory::find_parts(const std::string& folder,
                                                                 std::vector<std::string> paths) {
  std::vector<Part> parts;
  CAIRN_TRY(Part journal, open_part(folder));
  std::string own = journal::part_of(folder, journal::archive_folder);
  std::error_code error;
  if (std::filesystem::is_directory(journal::part_of(own, journal::log_folder), error)) {
    paths.push_back(std::move(own));
  }
  if (journal.first == Seq(1)) {
    paths.clear();
  }
  for (const std::string& path : paths) {
    CAIRN_TRY(Part part, open_part(path));
    if (part.first < journal.first) {
      parts.push_back(std::move(part));
    }
  }
  // The same may be named twice: of those that begin together the longest has all.
  std::ranges::sort(parts, [](const Part& left, const Part& right) {
    return left.first != right.first ? left.first < right.first
                                     : left.reader.durable() > right.reader.durable();
  });
  const auto repeated = std::ranges::unique(parts, {}, &Part::first);
  parts.erase(repeated.begin(), repeated.end());
  parts.push_back(std::move(journal));
  return parts;
}

Result<WholeHistory> WholeHistory::open(const std::string& folder,
                                        const std::vector<std::string>& archives) {
  WholeHistory history;
  CAIRN_TRY(history.parts_, find_parts(folder, archives));
  Part* older = nullptr;
  for (Part& part : history.parts_) {
    CAIRN_TRY(check_seam(older, part));
    older = &part;
  }
  return history;
}

Result<const journal::HistoryEntry*> WholeHistory::at(Seq position) {
  const auto behind = std::ranges::upper_bound(parts_, position, {}, &Part::first);
  return (behind == parts_.begin() ? behind : behind - 1)->reader.at(position);
}

Result<> WholeHistory::read(std::uint64_t first, std::span<Digest> out) {
  for (Digest& hash : out) {
    CAIRN_TRY(const journal::HistoryEntry* const entry, at(Seq(++first)));
    hash = entry->hash;
  }
  return {};
}

}  // namespace cairn::cli
