// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstddef>
#include <cstdint>
#include <deque>
#include <string>
#include <vector>

#include "journal/transaction.h"
#include "schema/random_schema.h"

namespace cairn::journal {

/// Makes well-formed records of all kinds from a seed; for tests and fuzz targets. What a record
/// refers to lives as long as its maker, and changes with the next one.
class RandomRecord final {
 public:
  explicit RandomRecord(std::uint64_t seed) : choices_(seed) {}

  [[nodiscard]] const TransactionRecord& next();

 private:
  [[nodiscard]] std::uint64_t below(std::uint64_t end) { return choices_.below(end); }

  /// Small, middling or any: varints have edges.
  [[nodiscard]] std::uint64_t some_size_of_number();
  [[nodiscard]] std::string_view text(std::size_t size_min, std::size_t size_max);
  [[nodiscard]] std::span<const std::byte> bytes(std::size_t size_min, std::size_t size_max);
  [[nodiscard]] Uuid uuid();
  [[nodiscard]] EventPlace earlier(std::size_t events_here);
  void outcome();
  void gates();
  void events();

  schema::Choices choices_;
  TransactionRecord record_;
  std::vector<GateRecord> gates_;
  std::vector<EventRecord> events_;
  std::deque<std::string> texts_;
};

}  // namespace cairn::journal
