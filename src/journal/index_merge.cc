// SPDX-License-Identifier: Apache-2.0
#include "journal/index_merge.h"

#include "journal/index_term.h"

namespace cairn::journal {

namespace {

bool has_tag(std::string_view key, IndexTag tag) noexcept {
  return !key.empty() && key.front() == static_cast<char>(tag);
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
  const IndexHeader& header = reader.source->header();
  const bool should_be_coordinate = reader.number < header.coordinates;
  const bool should_be_request = reader.number >= header.terms - header.requests;
  const std::string_view key = reader.term.key;
  if (key <= before || has_tag(key, IndexTag::Coordinate) != should_be_coordinate ||
      has_tag(key, IndexTag::Request) != should_be_request) {
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
  return has_tag(key_, IndexTag::Coordinate);
}

bool TermMerge::is_request() const noexcept {
  return has_tag(key_, IndexTag::Request);
}

}  // namespace cairn::journal
