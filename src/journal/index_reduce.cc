// SPDX-License-Identifier: Apache-2.0
#include "journal/index_reduce.h"

namespace cairn::journal {

ReducedSource::ReducedSource(const IndexSource& source, IndexFlaw& flaw)
    : source_(source), header_(source.header()) {
  header_.terms = header_.coordinates + header_.requests;
  header_.postings = 0;
  header_.key_bytes = 0;
  for (std::uint32_t number = 0; number < header_.terms && !flaw.is_found(); ++number) {
    const Term kept = term(number, flaw);
    header_.postings += kept.postings.size();
    header_.key_bytes += static_cast<std::uint32_t>(kept.key.size());
  }
}

IndexSource::Term ReducedSource::term(std::uint32_t number, IndexFlaw& flaw) const {
  if (number >= header_.coordinates) {
    const std::uint32_t requests = source_.header().terms - header_.requests;
    return source_.term(requests + (number - header_.coordinates), flaw);
  }
  Term term = source_.term(number, flaw);
  const auto size = static_cast<std::uint32_t>(term.postings.size());
  term.postings = size == 0 ? term.postings : term.postings.part(size - 1, size);
  return term;
}

IndexHead ReducedSource::head(std::uint32_t coordinate, IndexFlaw& flaw) const {
  return source_.head(coordinate, flaw);
}

std::uint32_t ReducedSource::ordinal(std::uint32_t transaction, IndexFlaw& flaw) const {
  return source_.ordinal(transaction, flaw);
}

std::uint32_t ReducedSource::coordinate(std::uint32_t ordinal, IndexFlaw& flaw) const {
  return source_.coordinate(ordinal, flaw);
}

std::int64_t ReducedSource::time(std::uint32_t step, IndexFlaw& flaw) const {
  return source_.time(step, flaw);
}

bool is_reduced(const IndexHeader& header) noexcept {
  return header.terms == header.coordinates + header.requests;
}

}  // namespace cairn::journal
