// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstdint>
#include <memory>
#include <string>
#include <string_view>
#include <vector>

#include "cairn/error.h"
#include "journal/transaction.h"
#include "schema/schema.h"
#include "sys/disk.h"

namespace cairn::journal {

/// The schemas that a journal has had: number 1 is the first, and each transaction says which one
/// it is to be read with. Each is a file with its IDL, which the journal's own record repeats: the
/// files are there so that nobody has to look for the records, nor keep them. One thread; the disk
/// outlives it.
class Schemas final {
 public:
  /// Reads those up to the one in force: what `number_after` says of the last durable transaction.
  /// A file beyond it was written for an installation that never became durable, and is not read.
  static Result<Schemas> open(sys::Disk& disk, std::string_view folder, std::uint32_t in_force);

  /// The one that transactions after this one have.
  [[nodiscard]] static std::uint32_t number_after(const TransactionRecord& last) noexcept;

  [[nodiscard]] std::uint32_t in_force() const noexcept {
    return static_cast<std::uint32_t>(schemas_.size());
  }

  /// Where the file of one lies, below the disk's root.
  [[nodiscard]] static std::string path_of(std::string_view journal, std::uint32_t number);

  /// Null for 0 and for one that there is not.
  [[nodiscard]] const schema::Schema* find(std::uint32_t number) const noexcept;

  /// Makes the next schema durable. Before the transaction that installs it is.
  Result<std::uint32_t> add(const schema::Schema& schema);

 private:
  Schemas(sys::Disk& disk, std::string journal) : disk_(&disk), journal_(std::move(journal)) {}

  Result<> load(std::uint32_t number);

  sys::Disk* disk_;
  std::string journal_;
  std::vector<std::unique_ptr<schema::Schema>> schemas_;  ///< by number, from 1
};

}  // namespace cairn::journal
