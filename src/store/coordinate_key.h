// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstddef>
#include <span>
#include <string>

#include "base/checksum.h"
#include "journal/transaction.h"

namespace cairn::store {

/// A coordinate that owns its text: what maps are keyed by, and looked into without making one.
struct CoordinateKey {
  explicit CoordinateKey(const journal::Coordinate& from)
      : text(std::string(from.entity).append(from.scope)), entity_size(from.entity.size()) {}

  [[nodiscard]] journal::Coordinate view() const noexcept {
    const std::string_view all = text;
    return {.entity = all.substr(0, entity_size), .scope = all.substr(entity_size)};
  }

  std::string text;
  std::size_t entity_size;
};

struct CoordinateHash {
  using is_transparent = void;
  using is_avalanching = void;

  std::size_t operator()(const journal::Coordinate& coordinate) const noexcept {
    return checksum64(bytes(coordinate.scope), checksum64(bytes(coordinate.entity)));
  }

  std::size_t operator()(const CoordinateKey& key) const noexcept { return (*this)(key.view()); }

 private:
  static std::span<const std::byte> bytes(std::string_view text) noexcept {
    return std::as_bytes(std::span(text));
  }
};

struct CoordinateEqual {
  using is_transparent = void;

  static journal::Coordinate view(const CoordinateKey& key) noexcept { return key.view(); }

  static journal::Coordinate view(const journal::Coordinate& key) noexcept { return key; }

  template <typename A, typename B>
  bool operator()(const A& a, const B& b) const noexcept {
    return view(a) == view(b);
  }
};

}  // namespace cairn::store
