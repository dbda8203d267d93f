// SPDX-License-Identifier: Apache-2.0
#include "journal/index_merge.h"

#include "journal/index_term.h"

namespace cairn::journal {

namespace {

bool is_coordinate_key(std::string_view key) noexcept {
  return !key.empty() && key.front() == static_cast<char>(IndexTag::Coordinate);
}

}  // namespace

TermMerge::TermMerge(std::span<const IndexSource* const> sources, bool only_coordinates,
                     IndexFlaw& flaw)
    : flaw_(flaw) {
  for (const IndexSource* const source : sources) {
    const IndexHeader& header = source->header();
    readers_.push_back(
        {.source = source, .end = only_coordinates ? header.coordinates : header.terms});
    load(readers_.back());
  }
}

void TermMerge::load(Reader& reader) {
  if (reader.number == reader.end) {
    return;
  }
  const std::string_view before = reader.term.key;
  reader.term = reader.source->term(reader.number, flaw_);
  const bool should_be_coordinate = reader.number < reader.source->header().coordinates;
  if (reader.term.key <= before || is_coordinate_key(reader.term.key) != should_be_coordinate) {
    flaw_.note(reader.source->source_name(), "the order of term", reader.number);
  }
}

bool TermMerge::next() {
  const Reader* least = nullptr;
  for (const Reader& reader : readers_) {
    if (reader.number != reader.end && (least == nullptr || reader.term.key < least->term.key)) {
      least = &reader;
    }
  }
  if (least == nullptr || flaw_.is_found()) {
    return false;
  }
  key_ = least->term.key;
  holders_.clear();
  for (std::uint32_t i = 0; i < readers_.size(); ++i) {
    Reader& reader = readers_[i];
    if (reader.number != reader.end && reader.term.key == key_) {
      holders_.push_back({.source = i, .number = reader.number, .postings = reader.term.postings});
      ++reader.number;
      load(reader);
    }
  }
  return !flaw_.is_found();
}

bool TermMerge::is_coordinate() const noexcept {
  return is_coordinate_key(key_);
}

}  // namespace cairn::journal
