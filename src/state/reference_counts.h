// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstddef>
#include <cstdint>

#include <boost/unordered/unordered_flat_map.hpp>

namespace cairn::state {

/// How many references there are to each row of a numbered record, by number, whether or not the
/// row is there. Never walked. Owned by the State; one thread.
class ReferenceCounts final {
 public:
  [[nodiscard]] std::uint64_t of(std::uint64_t id) const {
    const auto found = counts_.find(id);
    return found == counts_.end() ? 0 : found->second;
  }

  void add(std::uint64_t id) { ++counts_[id]; }

  /// Requires: there is a reference to it.
  void remove(std::uint64_t id) {
    const auto found = counts_.find(id);
    if (--found->second == 0) {
      counts_.erase(found);
    }
  }

  [[nodiscard]] std::size_t memory_bytes() const noexcept {
    return counts_.bucket_count() * (sizeof(std::uint64_t) * 2 + 1);
  }

 private:
  boost::unordered_flat_map<std::uint64_t, std::uint64_t> counts_;
};

}  // namespace cairn::state
