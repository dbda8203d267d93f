// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstdint>
#include <functional>
#include <memory>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "cairn/error.h"
#include "journal/index_file.h"
#include "journal/index_write.h"
#include "sys/disk.h"

namespace cairn::journal {

/// What an index that is opened is to cover, and how it looks at its files.
struct IndexRange {
  /// Whether the journal's transaction with this sequence, which it has, has this hash.
  using IsOfJournal = std::function<Result<bool>(std::uint64_t, const Digest&)>;

  /// Sequence: what is before was dropped. What files say of that cannot be made again.
  std::uint64_t first = 1;
  std::uint64_t durable = 0;  ///< the last that the journal has
  IsOfJournal is_of_journal = {};
  bool check_all = false;  ///< look at every page of every file
};

/// The folder with the files of an index. A file comes into being under another name, and gets its
/// own when it is whole and synced. Of all that writes, one thread may `write` while another one
/// does the rest.
class IndexFolder final {
 public:
  using Files = std::vector<std::shared_ptr<IndexFile>>;

  /// Requires: the disk outlives this.
  IndexFolder(sys::Disk& disk, std::string path) : disk_(&disk), path_(std::move(path)) {}

  /// The files that cover the range from its first on without a gap, as far as they do, and what
  /// there is of what was dropped before. Makes the folder when it is not there. What was merged
  /// into another file is removed. What is damaged, says more than the journal has, or lies behind
  /// a gap is set aside: it keeps its bytes under another name until the next time. Unsupported for
  /// a file of a newer version, which is not touched.
  Result<Files> take_over(const IndexRange& range);

  /// The same for whoever only reads, beside a writer: no file is touched, and what cannot be used
  /// (of a newer version, too) is left out with a complaint. There may be gaps; each transaction is
  /// in one file at most. None when there is no folder.
  Result<Files> look_at(const IndexRange& range);

  /// Writes the transactions of what was in memory into a file, and opens it. Requires: as
  /// write_index.
  Result<std::shared_ptr<IndexFile>> write(const IndexSource& source) const;
  /// The same for what files are made of that take the place of others. Requires: as write_index.
  Result<std::shared_ptr<IndexFile>> rewrite(std::span<const IndexSource* const> sources,
                                             std::uint32_t level,
                                             const IndexPause& pause = {}) const;
  Result<> remove(const IndexFile& file) const;
  Result<> set_aside(const IndexFile& file) const;

  /// Why `take_over` set files aside, once.
  [[nodiscard]] std::vector<Error> take_complaints() noexcept {
    return std::exchange(complaints_, {});
  }

 private:
  struct Name {
    std::uint64_t first = 0;
    std::uint64_t last = 0;
  };

  [[nodiscard]] static std::string name_of(std::uint64_t first, std::uint64_t last);
  [[nodiscard]] std::string path_of(std::string_view name) const;
  [[nodiscard]] static std::optional<Name> parse(std::string_view name);
  [[nodiscard]] Result<std::vector<Name>> list() const;
  Result<> remove_left_overs();
  Result<bool> look_at(const Name& name, const IndexRange& range, Files& files);
  Result<> take(const Name& name, const IndexRange& range, Files& files);
  Result<> set_aside(const std::string& name) const;
  Result<> set_aside(const Name& name, Error why);
  Result<std::shared_ptr<IndexFile>> open(const Name& name) const;
  Result<std::shared_ptr<IndexFile>> write_as(std::string_view draft_name,
                                              std::span<const IndexSource* const> sources,
                                              std::uint32_t level, const IndexPause& pause) const;
  /// Corrupt when the file cannot be believed.
  Result<std::shared_ptr<IndexFile>> open_checked(const Name& name, const IndexRange& range) const;

  sys::Disk* disk_;
  std::string path_;
  std::vector<Error> complaints_;
};

}  // namespace cairn::journal
