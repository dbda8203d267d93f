// SPDX-License-Identifier: Apache-2.0
#include "journal/index_write.h"

#include <algorithm>
#include <limits>
#include <vector>

#include "base/check.h"
#include "base/checksum.h"
#include "base/limits.h"
#include "journal/index_filter.h"
#include "journal/index_merge.h"

namespace cairn::journal {

namespace {

/// Writes a file from its second page on, front to back, and keeps the checksum of each page.
class PageWriter final {
 public:
  PageWriter(sys::File& file, const IndexPause& pause) : file_(file), pause_(pause) {
    waiting_.reserve(buffer_bytes);
  }

  template <typename Value>
  Result<> put(const Value& value) {
    return put_bytes(std::as_bytes(std::span(&value, 1)));
  }

  Result<> put_bytes(std::span<const std::byte> bytes) {
    waiting_.insert(waiting_.end(), bytes.begin(), bytes.end());
    return waiting_.size() >= buffer_bytes ? write_pages() : Result<>();
  }

  /// Ends a section.
  Result<> align() {
    waiting_.resize(index_aligned(waiting_.size()));
    return write_pages();
  }

  /// Ends the last page, and writes the checksums behind it. Returns theirs.
  Result<std::uint64_t> finish() {
    waiting_.resize((waiting_.size() + index_page_bytes - 1) / index_page_bytes * index_page_bytes);
    CAIRN_TRY(write_pages());
    const auto checksums = std::as_bytes(std::span(checksums_));
    CAIRN_TRY(file_.write(offset_, sys::ConstBuffer(checksums)));
    return checksum64(checksums);
  }

 private:
  static constexpr std::size_t buffer_bytes = std::size_t{1} << 18U;
  /// What the disk is given at a time: an append that is written meanwhile waits behind that, and
  /// not behind a whole file.
  static constexpr std::size_t unsynced_max = std::size_t{1} << 22U;

  /// Writes the pages that are whole.
  Result<> write_pages() {
    CAIRN_TRY(take(pause_));
    const std::size_t bytes = waiting_.size() / index_page_bytes * index_page_bytes;
    if (bytes == 0) {
      return {};
    }
    const auto whole = std::span<const std::byte>(waiting_).first(bytes);
    for (std::size_t at = 0; at < bytes; at += index_page_bytes) {
      const std::uint64_t number = (offset_ + at) / index_page_bytes;
      checksums_.push_back(index_page_checksum(whole.subspan(at, index_page_bytes), number));
    }
    CAIRN_TRY(file_.write(offset_, sys::ConstBuffer(whole)));
    offset_ += bytes;
    waiting_.erase(waiting_.begin(), waiting_.begin() + static_cast<std::ptrdiff_t>(bytes));
    unsynced_ += bytes;
    if (unsynced_ < unsynced_max) {
      return {};
    }
    unsynced_ = 0;
    return file_.sync_data();
  }

  sys::File& file_;
  const IndexPause& pause_;
  std::uint64_t offset_ = index_page_bytes;
  std::size_t unsynced_ = 0;
  std::vector<std::byte> waiting_;
  std::vector<std::uint64_t> checksums_;
};

/// Several sources become one. A pass for each section, so that none has to wait in memory.
class IndexWriter final {
 public:
  IndexWriter(sys::File& file, std::span<const IndexSource* const> sources, std::uint32_t level,
              const IndexPause& pause)
      : file_(file), pages_(file, pause), sources_(sources), numbers_(sources.size()) {
    header_.first = sources.front()->header().first;
    header_.last = sources.back()->header().last;
    header_.last_hash = sources.back()->header().last_hash;
    header_.level = level;
    for (std::size_t i = 0; i < sources.size(); ++i) {
      const IndexHeader& header = sources[i]->header();
      CAIRN_CHECK(i == 0 || header.first == sources[i - 1]->header().last + 1);
      bases_.push_back(header_.events);
      header_.events += header.events;
      numbers_[i].resize(header.coordinates);
    }
  }

  Result<> run() {
    CAIRN_TRY(terms());
    CAIRN_TRY(keys());
    CAIRN_TRY(postings());
    CAIRN_TRY(heads());
    CAIRN_TRY(filter());
    CAIRN_TRY(ordinals());
    CAIRN_TRY(column());
    CAIRN_TRY(times());
    CAIRN_TRY(header_.pages_checksum, pages_.finish());
    seal(header_);
    std::vector<std::byte> page(index_page_bytes);
    std::ranges::copy(std::as_bytes(std::span(&header_, 1)), page.begin());
    CAIRN_TRY(file_.write(0, sys::ConstBuffer(page)));
    CAIRN_TRY(const std::uint64_t size, file_.size());
    CAIRN_CHECK(size == layout_of(header_).file_bytes);
    return file_.sync_data();
  }

 private:
  [[nodiscard]] TermMerge merge(bool only_coordinates = false) {
    return {sources_, only_coordinates, flaw_};
  }

  /// Ends a section, unless something in the sources was wrong.
  Result<> end_section() {
    return flaw_.is_found() ? Result<>(fail(flaw_.error())) : pages_.align();
  }

  void blame(std::size_t source, const char* what, std::uint64_t place) {
    flaw_.note(sources_[source]->source_name(), what, place);
  }

  Result<> terms() {
    TermMerge merged = merge();
    while (merged.next()) {
      CAIRN_TRY(end_term(merged));
    }
    return end_section();
  }

  Result<> end_term(const TermMerge& merged) {
    for (const TermMerge::Holder& holder : merged.holders()) {
      if (merged.is_coordinate()) {
        numbers_[holder.source][holder.number] = header_.coordinates;
      }
      header_.postings += holder.postings.size();
    }
    header_.coordinates += merged.is_coordinate() ? 1U : 0U;
    header_.requests += merged.is_request() ? 1U : 0U;
    header_.key_bytes += static_cast<std::uint32_t>(merged.key().size());
    ++header_.terms;
    return pages_.put(TermEnds{.key = header_.key_bytes, .postings = header_.postings});
  }

  Result<> keys() {
    TermMerge merged = merge();
    while (merged.next()) {
      CAIRN_TRY(pages_.put_bytes(std::as_bytes(std::span(merged.key()))));
    }
    return end_section();
  }

  Result<> postings() {
    TermMerge merged = merge();
    while (merged.next()) {
      CAIRN_TRY(postings_of(merged));
    }
    return end_section();
  }

  Result<> postings_of(const TermMerge& merged) {
    for (const TermMerge::Holder& holder : merged.holders()) {
      CAIRN_TRY(postings_of(holder, merged.is_request()));
    }
    return {};
  }

  /// Of events, or of transactions: those of a source follow those of the sources before it.
  Result<> postings_of(const TermMerge::Holder& holder, bool is_request) {
    const IndexHeader& header = sources_[holder.source]->header();
    const auto transactions = static_cast<std::uint32_t>(header.last - header.first + 1);
    const std::uint32_t end = is_request ? transactions : header.events;
    const std::uint32_t base = is_request ? static_cast<std::uint32_t>(header.first - header_.first)
                                          : bases_[holder.source];
    for (std::uint32_t i = 0; i < holder.postings.size(); ++i) {
      const std::uint32_t posting = holder.postings[i];
      if (posting >= end) {
        blame(holder.source, "a posting of term", holder.number);
        return fail(flaw_.error());
      }
      CAIRN_TRY(pages_.put(base + posting));
    }
    return {};
  }

  Result<> heads() {
    TermMerge merged = merge(true);
    while (merged.next()) {
      const TermMerge::Holder& last = merged.holders().back();
      CAIRN_TRY(pages_.put(sources_[last.source]->head(last.number, flaw_)));
    }
    return end_section();
  }

  Result<> filter() {
    IndexFilter filter(std::uint64_t{header_.coordinates} + header_.requests);
    header_.filter_blocks = filter.blocks();
    TermMerge merged = merge(header_.requests == 0);
    while (merged.next()) {
      if (merged.is_coordinate() || merged.is_request()) {
        filter.add(merged.key());
      }
    }
    CAIRN_TRY(pages_.put_bytes(filter.bytes()));
    return end_section();
  }

  Result<> ordinals() {
    for (std::size_t i = 0; i < sources_.size(); ++i) {
      CAIRN_TRY(ordinals_of(i));
    }
    CAIRN_TRY(pages_.put(header_.events));
    return end_section();
  }

  Result<> ordinals_of(std::size_t source) {
    const IndexHeader& header = sources_[source]->header();
    const auto transactions = static_cast<std::uint32_t>(header.last - header.first + 1);
    for (std::uint32_t number = 0; number < transactions; ++number) {
      const std::uint32_t ordinal = sources_[source]->ordinal(number, flaw_);
      if (ordinal > header.events) {
        blame(source, "the ordinal of transaction", header.first + number);
      }
      CAIRN_TRY(pages_.put(bases_[source] + ordinal));
    }
    return {};
  }

  Result<> column() {
    for (std::size_t i = 0; i < sources_.size(); ++i) {
      CAIRN_TRY(column_of(i));
    }
    return end_section();
  }

  Result<> column_of(std::size_t source) {
    const IndexHeader& header = sources_[source]->header();
    for (std::uint32_t ordinal = 0; ordinal < header.events; ++ordinal) {
      const std::uint32_t number = sources_[source]->coordinate(ordinal, flaw_);
      if (number != no_coordinate && number >= header.coordinates) {
        blame(source, "the coordinate of event", ordinal);
        return fail(flaw_.error());
      }
      CAIRN_TRY(pages_.put(number == no_coordinate ? no_coordinate : numbers_[source][number]));
    }
    return {};
  }

  Result<> times() {
    std::vector<std::int64_t> latest;
    for (const IndexSource* const source : sources_) {
      const IndexHeader& header = source->header();
      const std::uint64_t begin = header.first / index_times_step;
      const std::uint64_t end = header.last / index_times_step + 1;
      for (std::uint64_t step = begin; step < end; ++step) {
        const std::size_t here = step - header_.first / index_times_step;
        const std::int64_t before =
            latest.empty() ? std::numeric_limits<std::int64_t>::min() : latest.back();
        latest.resize(here + 1, before);
        const auto number = static_cast<std::uint32_t>(step - begin);
        latest.back() = std::max(before, source->time(number, flaw_));
      }
    }
    CAIRN_TRY(pages_.put_bytes(std::as_bytes(std::span(latest))));
    return end_section();
  }

  sys::File& file_;
  PageWriter pages_;
  const std::span<const IndexSource* const> sources_;
  IndexHeader header_;
  IndexFlaw flaw_;
  std::vector<std::uint32_t> bases_;                 ///< ordinal of each source's first event
  std::vector<std::vector<std::uint32_t>> numbers_;  ///< of each source's coordinates, in the whole
};

}  // namespace

bool fit_together(std::span<const IndexSource* const> sources) noexcept {
  std::uint64_t events = 0;
  std::uint64_t terms = 0;
  std::uint64_t postings = 0;
  std::uint64_t key_bytes = 0;
  for (const IndexSource* const source : sources) {
    const IndexHeader& header = source->header();
    events += header.events;
    terms += header.terms;
    postings += header.postings;
    key_bytes += header.key_bytes;
  }
  const std::uint64_t transactions =
      sources.back()->header().last - sources.front()->header().first + 1;
  return events <= index_events_max && transactions <= index_transactions_max &&
         std::max({terms, postings, key_bytes}) <= UINT32_MAX;
}

Result<> write_index(sys::File& file, std::span<const IndexSource* const> sources,
                     std::uint32_t level, const IndexPause& pause) {
  return IndexWriter(file, sources, level, pause).run();
}

}  // namespace cairn::journal
