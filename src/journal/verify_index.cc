// SPDX-License-Identifier: Apache-2.0
#include "journal/verify_index.h"

#include <utility>

#include <fmt/format.h>

namespace cairn::journal {

namespace {

constexpr std::string_view prefix = "index-";

}  // namespace

Result<IndexWitness> IndexWitness::open(sys::Disk& disk, const std::string& folder) {
  IndexWitness witness;
  auto entries = disk.list(folder);
  if (!entries && entries.error().code() == Errc::NotFound) {
    return witness;
  }
  CAIRN_TRY(const std::vector<sys::Entry> listed, std::move(entries));
  for (const sys::Entry& entry : listed) {
    const bool is_one = entry.kind == sys::EntryKind::File && entry.name.starts_with(prefix);
    CAIRN_TRY(is_one ? witness.add(disk, fmt::format("{}/{}", folder, entry.name), entry.name)
                     : Result<>());
  }
  return witness;
}

Result<> IndexWitness::add(sys::Disk& disk, const std::string& path, const std::string& name) {
  auto file = disk.open(path, {});
  if (!file && file.error().code() == Errc::NotFound) {
    // It was merged into another one meanwhile.
    return {};
  }
  CAIRN_TRY(const std::unique_ptr<sys::File> bytes, std::move(file));
  CAIRN_TRY(std::unique_ptr<sys::Mapping> mapping, bytes->map());
  auto opened = IndexFile::open(std::move(mapping), path);
  if (!opened && opened.error().code() == Errc::Corrupt) {
    damage_ = damage_.value_or(opened.error().to_string());
    return {};
  }
  CAIRN_TRY(std::shared_ptr<IndexFile> index, std::move(opened));
  if (name != fmt::format("{}{:012}-{:012}", prefix, index->first(), index->last())) {
    damage_ = damage_.value_or(fmt::format("{}: it is about other transactions", path));
  }
  files_.push_back(std::move(index));
  return {};
}

Result<std::optional<std::string>> IndexWitness::check(std::uint64_t last) const {
  if (damage_) {
    return damage_;
  }
  for (const std::shared_ptr<IndexFile>& file : files_) {
    if (file->last() > last) {
      return fmt::format("{}: it is about transactions up to {}, and the log has {}", file->name(),
                         file->last(), last);
    }
    const Result<> checked = file->check_all();
    if (!checked && checked.error().code() == Errc::Corrupt) {
      return checked.error().message();
    }
    CAIRN_TRY(checked);
  }
  return std::nullopt;
}

void IndexWitness::compare_entries() {
  for (const std::shared_ptr<IndexFile>& file : files_) {
    entries_.emplace_back(file);
  }
}

std::optional<IndexWitness::Difference> IndexWitness::difference() {
  for (EntryCheck& check : entries_) {
    if (auto reason = check.finish()) {
      return Difference{.at = check.at(), .reason = *std::move(reason)};
    }
  }
  return std::nullopt;
}

}  // namespace cairn::journal
