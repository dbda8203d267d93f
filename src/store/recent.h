// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <algorithm>
#include <cstddef>
#include <cstdint>
#include <utility>

#include <boost/unordered/unordered_flat_map.hpp>

namespace cairn::store {

/// The entries that were used last, at least `limit` of them and at most about twice as many: what
/// is old and was not asked for again is forgotten, unless it is too new to be found elsewhere.
/// Each entry belongs to a sequence; everything up to `settled` can be looked up elsewhere. One
/// thread.
template <typename Key, typename Value, typename Hash, typename Equal>
class Recent final {
 public:
  /// Grows with what is used, so that few entries stay close together.
  explicit Recent(std::size_t limit) noexcept : limit_(limit) {}

  /// Null when it is not remembered. Valid until the next call.
  template <typename K>
  Value* find(const K& key) {
    if (const auto found = young_.find(key); found != young_.end()) {
      return &found->second;
    }
    const auto found = old_.find(key);
    if (found == old_.end()) {
      return nullptr;
    }
    const auto [moved, is_new] = young_.emplace(found->first, std::move(found->second));
    static_cast<void>(is_new);
    old_.erase(found);
    young_last_ = std::max(young_last_, old_last_);
    return &moved->second;
  }

  /// Remembers, or replaces what was remembered. `sequence`: that the value belongs to.
  template <typename K>
  void put(const K& key, Value value, std::uint64_t sequence, std::uint64_t settled) {
    if (Value* const known = find(key)) {
      *known = std::move(value);
    } else {
      make_room(settled);
      young_.emplace(Key(key), std::move(value));
    }
    young_last_ = std::max(young_last_, sequence);
  }

  [[nodiscard]] std::size_t size() const noexcept { return young_.size() + old_.size(); }

 private:
  using Map = boost::unordered_flat_map<Key, Value, Hash, Equal>;

  /// Nothing is forgotten before it is settled, however many that makes.
  void make_room(std::uint64_t settled) {
    if (young_.size() < limit_ || old_last_ > settled) {
      return;
    }
    std::swap(old_, young_);
    old_last_ = std::exchange(young_last_, 0);
    young_.clear();
  }

  const std::size_t limit_;
  Map young_;
  Map old_;
  std::uint64_t young_last_ = 0;  ///< the greatest sequence of an entry there, or more
  std::uint64_t old_last_ = 0;
};

}  // namespace cairn::store
