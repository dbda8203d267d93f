// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstdint>
#include <memory>
#include <optional>
#include <string>
#include <string_view>

#include "journal/index_pages.h"
#include "journal/index_part.h"
#include "sys/mapping.h"

namespace cairn::journal {

/// A part of the index in a file that never changes. Its bytes may be anybody's: every number in it
/// is judged before it is followed, every page when it is first touched. Any thread.
class IndexFile final : public IndexPart, public IndexSource {
 public:
  /// Looks at the header and at the checksums of the pages, not at the pages. `name` is for errors:
  /// Corrupt, or Unsupported for a newer version.
  static Result<std::shared_ptr<IndexFile>> open(std::unique_ptr<sys::Mapping> mapping,
                                                 std::string name);

  [[nodiscard]] const IndexHeader& header() const noexcept override { return header_; }

  [[nodiscard]] std::uint64_t file_bytes() const noexcept { return layout_.file_bytes; }

  /// Something wrong was found in it since it was opened.
  [[nodiscard]] bool is_damaged() const noexcept { return pages_->is_damaged(); }

  /// Looks at every page again, and at the header.
  [[nodiscard]] Result<> check_all(const IndexPause& pause = {}) const;

  [[nodiscard]] std::string name() const override { return pages_->name(); }

  void note_damage() const noexcept override { pages_->note_damage(); }

  [[nodiscard]] Lock lock() const override { return {}; }

  [[nodiscard]] std::uint64_t first() const noexcept override { return header_.first; }

  [[nodiscard]] std::uint64_t last() const noexcept override { return header_.last; }

  [[nodiscard]] IndexWords ordinals(IndexFlaw& flaw) const override;
  [[nodiscard]] IndexWords column(IndexFlaw& flaw) const override;
  [[nodiscard]] IndexWords postings(std::string_view key, IndexFlaw& flaw) const override;
  [[nodiscard]] CoordinateRange coordinates(std::string_view key_prefix,
                                            IndexFlaw& flaw) const override;
  [[nodiscard]] bool is_in(const CoordinateRange& range, std::uint32_t number) const override;
  [[nodiscard]] std::optional<CoordinateHead> head(std::string_view key,
                                                   IndexFlaw& flaw) const override;
  [[nodiscard]] std::uint64_t first_at(std::int64_t time, IndexFlaw& flaw) const override;

  [[nodiscard]] std::string source_name() const override { return name(); }

  [[nodiscard]] Term term(std::uint32_t number, IndexFlaw& flaw) const override;
  [[nodiscard]] IndexHead head(std::uint32_t coordinate, IndexFlaw& flaw) const override;
  [[nodiscard]] std::uint32_t ordinal(std::uint32_t transaction, IndexFlaw& flaw) const override;
  [[nodiscard]] std::uint32_t coordinate(std::uint32_t ordinal, IndexFlaw& flaw) const override;
  [[nodiscard]] std::int64_t time(std::uint32_t step, IndexFlaw& flaw) const override;

 private:
  IndexFile(std::unique_ptr<sys::Mapping> mapping, const IndexHeader& header, std::string name);

  [[nodiscard]] Result<> check_page_table() const;
  [[nodiscard]] IndexWords words(IndexSection section, IndexFlaw& flaw) const;
  /// A piece of a section; empty when its page is damaged. Requires: it lies inside.
  [[nodiscard]] std::span<const std::byte> bytes(IndexSection section, std::uint64_t offset,
                                                 std::uint64_t size, IndexFlaw& flaw) const;
  template <typename Entry>
  [[nodiscard]] Entry entry(IndexSection section, std::uint64_t number, IndexFlaw& flaw) const;

  /// Where the term's key and postings begin: where those of the one before end.
  [[nodiscard]] TermEnds begin_of(std::uint32_t number, IndexFlaw& flaw) const;
  [[nodiscard]] std::string_view key(std::uint32_t number, IndexFlaw& flaw) const;
  [[nodiscard]] IndexWords postings_between(std::uint32_t begin, std::uint32_t end,
                                            IndexFlaw& flaw) const;
  /// The first term from `begin` on whose key is not less; below `end`, or `end`.
  [[nodiscard]] std::uint32_t lower_bound(std::string_view key, std::uint32_t begin,
                                          std::uint32_t end, IndexFlaw& flaw) const;
  /// The same for the first key that does not begin so. Requires: that at `begin` does, if any.
  [[nodiscard]] std::uint32_t prefix_end(std::string_view prefix, std::uint32_t begin,
                                         IndexFlaw& flaw) const;
  [[nodiscard]] std::optional<std::uint32_t> find(std::string_view key, IndexFlaw& flaw) const;
  [[nodiscard]] bool may_have(std::string_view key, IndexFlaw& flaw) const;

  const std::unique_ptr<sys::Mapping> mapping_;
  const IndexHeader header_;
  const IndexLayout layout_;
  /// What is known of the pages: a memory of what was looked at, which changes nothing of what a
  /// reader sees.
  const std::unique_ptr<IndexPages> pages_;
};

}  // namespace cairn::journal
