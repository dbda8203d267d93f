// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstdint>
#include <memory>
#include <optional>
#include <string>
#include <utility>

#include "cairn/byte_writer.h"
#include "cairn/digest.h"
#include "cairn/error.h"
#include "journal/index_file.h"
#include "journal/transaction.h"

namespace cairn::journal {

/// Compares one index file with the transactions that it is about, entry by entry, in both
/// directions: everything that is to be indexed is there, and as many entries are there as that is,
/// so nothing else is. Is shown the transactions in order. Keeps nothing for each of them. One
/// thread.
class EntryCheck final {
 public:
  explicit EntryCheck(std::shared_ptr<IndexFile> file) : file_(std::move(file)) {}

  /// Takes the next transaction; one that the file is not about is passed over. Once something was
  /// found wrong, nothing more is looked at.
  void add(const TransactionRecord& record, const Digest& hash);

  /// What is wrong; nothing when all is right. After all transactions.
  [[nodiscard]] std::optional<std::string> finish();

  /// The transaction at which it was found; 0: at none.
  [[nodiscard]] std::uint64_t at() const noexcept { return at_; }

 private:
  void begin(std::uint64_t sequence);
  void add_event(const TransactionRecord& record, const EventRecord& event, std::uint32_t ordinal);
  void check_coordinate(const EventRecord& event, std::uint32_t ordinal);
  void check_request(const TransactionRecord& record, std::uint32_t number);
  void check_time(const TransactionRecord& record);
  /// That the term of `key_` has this posting.
  void expect(std::uint32_t posting);
  void wrong(const char* what);

  const std::shared_ptr<IndexFile> file_;
  IndexFlaw flaw_;
  std::optional<std::string> reason_;
  std::uint64_t at_ = 0;
  std::uint64_t sequence_ = 0;  ///< of the last that was taken
  bool is_whole_ = false;       ///< it is about nothing that was dropped
  bool has_declared_ = false;   ///< coordinates that only the schema knows
  std::uint32_t ordinal_ = 0;   ///< of the next event
  std::uint64_t entries_ = 0;
  std::uint64_t heads_ = 0;
  std::int64_t time_ = INT64_MIN;
  std::string key_;
  GrowingByteWriter scratch_;
};

}  // namespace cairn::journal
