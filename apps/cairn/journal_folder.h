// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstdint>
#include <memory>
#include <string>
#include <string_view>

#include "cairn/error.h"
#include "journal/history.h"
#include "journal/payloads.h"
#include "journal/print.h"
#include "journal/schemas.h"
#include "sys/disk.h"

namespace cairn::cli {

/// The disk whose root is the folder of a journal. The error names the path.
Result<std::unique_ptr<sys::Disk>> open_folder(const std::string& path);

/// A journal that is read: beside its writer if there is one, without a lock, and without changing
/// anything. One thread.
class JournalFolder final {
 public:
  static Result<JournalFolder> open(const std::string& path);

  [[nodiscard]] journal::HistoryReader& reader() noexcept { return *reader_; }

  [[nodiscard]] sys::Disk& disk() noexcept { return *disk_; }

  [[nodiscard]] journal::Schemas& schemas() noexcept { return *schemas_; }

  /// Shows transactions; has read every schema that is in force before or at this one.
  Result<journal::Printer*> printer_for(const journal::TransactionRecord& record);

 private:
  explicit JournalFolder(std::unique_ptr<sys::Disk> disk) : disk_(std::move(disk)) {}

  Result<> load_schemas(std::uint32_t in_force);

  std::unique_ptr<sys::Disk> disk_;
  // What points into them stays where it is when this moves.
  std::unique_ptr<journal::HistoryReader> reader_;
  std::unique_ptr<journal::Schemas> schemas_;
  std::unique_ptr<journal::Payloads> payloads_;
  std::unique_ptr<journal::Printer> printer_;
};

}  // namespace cairn::cli
