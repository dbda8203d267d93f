// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstdint>
#include <optional>

#include "cairn/error.h"
#include "journal/transaction.h"
#include "store/request.h"

namespace cairn::store {

/// The newest event of a coordinate.
struct Head {
  journal::EventPlace place = {};
  std::uint64_t version = 0;  ///< how many events the coordinate has; 0 for none
  journal::EventHash hash = {};
};

/// What became of a request that was made before.
struct Answer {
  std::uint64_t sequence = 0;
  std::int64_t time = 0;
  std::uint64_t version = 0;
  std::uint32_t count = 0;
  bool is_denied = false;
  std::uint16_t gate = 0;    ///< that denied it, by its position in the schema
  std::uint32_t schema = 0;  ///< that was in force then
  ContentHash content = {};
};

/// What the committer asks of the history behind it. Called by whoever drives it, rarely: what is
/// recent it knows by itself.
class Lookup {
 public:
  Lookup() = default;
  Lookup(const Lookup&) = delete;
  Lookup& operator=(const Lookup&) = delete;
  virtual ~Lookup() = default;

  /// Everything up to this sequence can be looked up. Only grows.
  [[nodiscard]] virtual std::uint64_t settled() const noexcept = 0;
  /// With version 0 when the coordinate has no event up to there.
  virtual Result<Head> head(const journal::Coordinate& coordinate) = 0;
  /// How many events a transaction up to there has.
  virtual Result<std::uint32_t> events_of(std::uint64_t sequence) = 0;
  /// None when no request up to there has this hash.
  virtual Result<std::optional<Answer>> answer(const journal::RequestHash& request) = 0;
};

}  // namespace cairn::store
