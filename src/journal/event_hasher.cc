// SPDX-License-Identifier: Apache-2.0
#include "journal/event_hasher.h"

#include <algorithm>

namespace cairn::journal {

void EventHasher::begin(std::size_t count) {
  digests_.resize(count);
  hasher_.begin(digests_);
}

void EventHasher::add(const EventRecord& event) {
  encode_content(event, content_);
  hasher_.add(content_.written());
}

std::span<const EventHash> EventHasher::finish() {
  hashes_.clear();
  for (const Digest& digest : hasher_.finish()) {
    hashes_.push_back(event_hash(digest));
  }
  return hashes_;
}

}  // namespace cairn::journal
