// SPDX-License-Identifier: Apache-2.0
#include "journal/tree_store.h"

#include <algorithm>

#include "base/check.h"

namespace cairn::journal {

Result<> MemoryHashStore::read(std::uint64_t first, std::span<Digest> out) {
  CAIRN_CHECK(first <= hashes_.size());
  CAIRN_CHECK(out.size() <= hashes_.size() - first);
  std::ranges::copy(std::span(hashes_).subspan(first, out.size()), out.begin());
  return {};
}

Result<> MemoryHashStore::append(std::span<const Digest> hashes) {
  hashes_.insert(hashes_.end(), hashes.begin(), hashes.end());
  return {};
}

Result<> MemoryHashStore::cut(std::uint64_t size) {
  CAIRN_CHECK(size <= hashes_.size());
  hashes_.resize(size);
  return {};
}

Result<> MemoryHashStore::sync() {
  return {};
}

}  // namespace cairn::journal
