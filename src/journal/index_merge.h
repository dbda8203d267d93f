// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstdint>
#include <span>
#include <string_view>
#include <vector>

#include "journal/index_part.h"

namespace cairn::journal {

/// The terms of several sources, each once, in order. One thread.
class TermMerge final {
 public:
  /// The source has the term that is looked at.
  struct Holder {
    std::uint32_t source = 0;  ///< which
    std::uint32_t number = 0;  ///< of the term there
    IndexWords postings;
  };

  /// All of their terms, or only coordinates. Requires: the sources and the flaw outlive this.
  TermMerge(std::span<const IndexSource* const> sources, bool only_coordinates, IndexFlaw& flaw);

  /// Goes to the next term; false when there is none, or when a source is damaged.
  [[nodiscard]] bool next();

  [[nodiscard]] std::string_view key() const noexcept { return key_; }

  [[nodiscard]] bool is_coordinate() const noexcept;
  /// Then its postings are transactions, counted from the first of each source.
  [[nodiscard]] bool is_request() const noexcept;

  /// At least one, in the order of the sources.
  [[nodiscard]] std::span<const Holder> holders() const noexcept { return holders_; }

 private:
  struct Reader {
    const IndexSource* source = nullptr;
    std::uint32_t number = 0;
    std::uint32_t end = 0;
    IndexSource::Term term = {};
  };

  /// Takes the reader's term and sees whether it may follow the one before.
  void load(Reader& reader);

  std::vector<Reader> readers_;
  std::vector<Holder> holders_;
  std::string_view key_;
  IndexFlaw& flaw_;
};

}  // namespace cairn::journal
