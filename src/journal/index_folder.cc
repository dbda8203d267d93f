// SPDX-License-Identifier: Apache-2.0
#include "journal/index_folder.h"

#include <algorithm>
#include <charconv>
#include <optional>
#include <string_view>
#include <utility>

#include <fmt/format.h>

#include "sys/whole_file.h"

namespace cairn::journal {

namespace {

constexpr std::string_view prefix = "index-";
constexpr std::string_view aside_prefix = "aside-";
/// One for each thread that may write, so that neither writes into what the other one does.
constexpr std::string_view sealed_draft = "index.tmp";
constexpr std::string_view merged_draft = "merged.tmp";

std::optional<std::uint64_t> take_number(std::string_view& text) {
  std::uint64_t number = 0;
  const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), number);
  if (error != std::errc()) {
    return std::nullopt;
  }
  text.remove_prefix(static_cast<std::size_t>(end - text.data()));
  return number;
}

bool is_left_over(std::string_view name) {
  return name.starts_with(aside_prefix) || name == sealed_draft || name == merged_draft;
}

/// What is wrong with a file that is whole.
Error misfit(const std::string& path, bool continues) {
  return Error(Errc::Conflict, fmt::format("{}: {}", path,
                                           continues ? "it says more than the journal has"
                                                     : "the one before it is missing"))
      .advise("what is missing is indexed again");
}

}  // namespace

std::string IndexFolder::name_of(std::uint64_t first, std::uint64_t last) {
  return fmt::format("{}{:012}-{:012}", prefix, first, last);
}

std::string IndexFolder::path_of(std::string_view name) const {
  return path_.empty() ? std::string(name) : fmt::format("{}/{}", path_, name);
}

/// Nothing for a name that has another form: the file is none of ours.
std::optional<IndexFolder::Name> IndexFolder::parse(std::string_view name) {
  if (!name.starts_with(prefix)) {
    return std::nullopt;
  }
  std::string_view rest = name.substr(prefix.size());
  const auto first = take_number(rest);
  const bool has_last = rest.starts_with('-');
  rest.remove_prefix(has_last ? 1 : 0);
  const auto last = has_last ? take_number(rest) : std::nullopt;
  const bool is_name =
      first && last && *first != 0 && *first <= *last && name_of(*first, *last) == name;
  return is_name ? std::optional(Name{.first = *first, .last = *last}) : std::nullopt;
}

/// By their first sequence; of those with the same, the longest first.
Result<std::vector<IndexFolder::Name>> IndexFolder::list() const {
  CAIRN_TRY(const std::vector<sys::Entry> entries, disk_->list(path_));
  std::vector<Name> names;
  for (const sys::Entry& entry : entries) {
    const auto name = parse(entry.name);
    if (name) {
      names.push_back(*name);
    }
  }
  std::ranges::sort(names, [](const Name& a, const Name& b) {
    return a.first != b.first ? a.first < b.first : a.last > b.last;
  });
  return names;
}

/// What an earlier time has set aside or not finished.
Result<> IndexFolder::remove_left_overs() {
  CAIRN_TRY(const std::vector<sys::Entry> entries, disk_->list(path_));
  for (const sys::Entry& entry : entries) {
    if (is_left_over(entry.name)) {
      CAIRN_TRY(disk_->remove(path_of(entry.name)));
    }
  }
  return {};
}

Result<IndexFolder::Files> IndexFolder::take_over(const IndexRange& range) {
  CAIRN_TRY(sys::make_folder(*disk_, path_));
  CAIRN_TRY(remove_left_overs());
  CAIRN_TRY(const std::vector<Name> names, list());
  Files files;
  for (const Name& name : names) {
    CAIRN_TRY(take(name, range, files));
  }
  return files;
}

/// Adds the file to those that are taken, if it goes on where they end.
Result<> IndexFolder::take(const Name& name, const IndexRange& range, Files& files) {
  const std::uint64_t covered = files.empty() ? 0 : files.back()->last();
  if (name.last <= covered) {
    return disk_->remove(path_of(name_of(name.first, name.last)));
  }
  // A gap in what was dropped is not filled from the log.
  const bool continues =
      name.first == covered + 1 ||
      (covered < range.first - 1 && name.first > covered && name.first <= range.first);
  if (!continues || name.last > range.durable) {
    return set_aside(name, misfit(path_of(name_of(name.first, name.last)), continues));
  }
  auto opened = open_checked(name, range);
  if (opened) {
    files.push_back(*std::move(opened));
    return {};
  }
  const bool is_damage = opened.error().code() == Errc::Corrupt;
  return is_damage ? set_aside(name, std::move(opened).error()) : fail(std::move(opened).error());
}

Result<IndexFolder::Files> IndexFolder::look_at(const IndexRange& range) {
  // A file that is gone was merged into another one meanwhile, which is there already.
  constexpr int looks_max = 10;
  for (int looks = 0; looks < looks_max; ++looks) {
    auto names = list();
    if (!names) {
      return names.error().code() == Errc::NotFound ? Result<Files>(Files())
                                                    : fail(std::move(names).error());
    }
    complaints_.clear();
    Files files;
    bool is_whole = true;
    for (const Name& name : *names) {
      CAIRN_TRY(const bool is_there, look_at(name, range, files));
      is_whole = is_whole && is_there;
    }
    if (is_whole) {
      return files;
    }
  }
  return fail(Errc::Busy, fmt::format("{}: its files change faster than they are read", path_));
}

/// Adds the file if it can be used and goes on where they end or later. False: it is gone.
Result<bool> IndexFolder::look_at(const Name& name, const IndexRange& range, Files& files) {
  const std::uint64_t covered = files.empty() ? range.first - 1 : files.back()->last();
  const bool overlaps = !files.empty() && name.first <= covered;
  if (name.last <= covered || overlaps) {
    return true;
  }
  if (name.last > range.durable) {
    complaints_.push_back(misfit(path_of(name_of(name.first, name.last)), true));
    return true;
  }
  auto opened = open_checked(name, range);
  if (opened) {
    files.push_back(*std::move(opened));
  } else if (opened.error().code() != Errc::NotFound) {
    complaints_.push_back(std::move(opened).error());
  } else {
    return false;
  }
  return true;
}

Result<std::shared_ptr<IndexFile>> IndexFolder::open(const Name& name) const {
  const std::string path = path_of(name_of(name.first, name.last));
  CAIRN_TRY(const std::unique_ptr<sys::File> file, disk_->open(path, {}));
  CAIRN_TRY(std::unique_ptr<sys::Mapping> mapping, file->map());
  CAIRN_TRY(std::shared_ptr<IndexFile> opened, IndexFile::open(std::move(mapping), path));
  if (opened->first() != name.first || opened->last() != name.last) {
    return fail(Errc::Corrupt, fmt::format("{}: it is about other transactions", path));
  }
  return opened;
}

Result<std::shared_ptr<IndexFile>> IndexFolder::open_checked(const Name& name,
                                                             const IndexRange& range) const {
  CAIRN_TRY(std::shared_ptr<IndexFile> file, open(name));
  if (range.check_all) {
    CAIRN_TRY(file->check_all());
  }
  // Of what was dropped, nobody can say.
  if (range.is_of_journal && name.last >= range.first) {
    CAIRN_TRY(const bool is_of_journal, range.is_of_journal(name.last, file->header().last_hash));
    if (!is_of_journal) {
      return fail(Errc::Corrupt, fmt::format("{}: it is of another journal", file->name()));
    }
  }
  return file;
}

Result<> IndexFolder::set_aside(const Name& name, Error why) {
  complaints_.push_back(std::move(why));
  return set_aside(name_of(name.first, name.last));
}

Result<> IndexFolder::set_aside(const std::string& name) const {
  return disk_->rename(path_of(name), path_of(fmt::format("{}{}", aside_prefix, name)));
}

Result<> IndexFolder::set_aside(const IndexFile& file) const {
  return set_aside(name_of(file.first(), file.last()));
}

Result<> IndexFolder::remove(const IndexFile& file) const {
  return disk_->remove(path_of(name_of(file.first(), file.last())));
}

Result<std::shared_ptr<IndexFile>> IndexFolder::write(const IndexSource& source) const {
  const IndexSource* const only = &source;
  return write_as(sealed_draft, std::span(&only, 1), 0, {});
}

Result<std::shared_ptr<IndexFile>> IndexFolder::rewrite(std::span<const IndexSource* const> sources,
                                                        std::uint32_t level,
                                                        const IndexPause& pause) const {
  return write_as(merged_draft, sources, level, pause);
}

Result<std::shared_ptr<IndexFile>> IndexFolder::write_as(
    std::string_view draft_name, std::span<const IndexSource* const> sources, std::uint32_t level,
    const IndexPause& pause) const {
  const std::string draft = path_of(draft_name);
  const Name name = {.first = sources.front()->header().first,
                     .last = sources.back()->header().last};
  {
    CAIRN_TRY(const auto file, disk_->open(draft, {.mode = sys::OpenMode::CreateOrOpen}));
    CAIRN_TRY(file->resize(0));
    if (auto written = write_index(*file, sources, level, pause); !written) {
      // Best effort: the first failure is the one to tell, and the next draft replaces this one.
      const auto removed = disk_->remove(draft);
      (void)removed;
      return fail(std::move(written).error());
    }
  }
  CAIRN_TRY(disk_->rename(draft, path_of(name_of(name.first, name.last))));
  CAIRN_TRY(disk_->sync_folder(path_));
  return open(name);
}

}  // namespace cairn::journal
