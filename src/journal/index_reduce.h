// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstdint>
#include <string>

#include "journal/index_part.h"

namespace cairn::journal {

/// A source without what only finds events: of each coordinate the last event, and the requests.
/// That is what must be known of transactions that were dropped: what the next event of a
/// coordinate has to name, and that a request was answered. Events keep their numbers. One thread.
class ReducedSource final : public IndexSource {
 public:
  /// Requires: the source outlives it, and was looked through: damage that it meets is in `flaw`.
  ReducedSource(const IndexSource& source, IndexFlaw& flaw);

  [[nodiscard]] std::string source_name() const override { return source_.source_name(); }

  [[nodiscard]] const IndexHeader& header() const noexcept override { return header_; }

  [[nodiscard]] Term term(std::uint32_t number, IndexFlaw& flaw) const override;
  [[nodiscard]] IndexHead head(std::uint32_t coordinate, IndexFlaw& flaw) const override;
  [[nodiscard]] std::uint32_t ordinal(std::uint32_t transaction, IndexFlaw& flaw) const override;
  [[nodiscard]] std::uint32_t coordinate(std::uint32_t ordinal, IndexFlaw& flaw) const override;
  [[nodiscard]] std::int64_t time(std::uint32_t step, IndexFlaw& flaw) const override;

 private:
  const IndexSource& source_;
  IndexHeader header_;
};

/// Whether a file with this header has nothing more.
[[nodiscard]] bool is_reduced(const IndexHeader& header) noexcept;

}  // namespace cairn::journal
