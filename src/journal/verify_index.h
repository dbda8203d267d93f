// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstdint>
#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "cairn/error.h"
#include "journal/index_file.h"
#include "sys/disk.h"

namespace cairn::journal {

/// The files of a journal's index, as they are found; nothing is set aside or removed. One thread.
class IndexWitness final {
 public:
  /// Opens all files there are, before the log is looked at, so that it has all they are about.
  /// None when there is no folder. What is wrong with the first that is damaged is kept for
  /// `check`.
  static Result<IndexWitness> open(sys::Disk& disk, const std::string& folder);

  [[nodiscard]] std::uint64_t files() const noexcept { return files_.size(); }

  /// What is wrong; nothing when every page of every file is as it was written, and none is about
  /// transactions after `last`.
  Result<std::optional<std::string>> check(std::uint64_t last) const;

 private:
  IndexWitness() = default;

  Result<> add(sys::Disk& disk, const std::string& path, const std::string& name);

  std::vector<std::shared_ptr<IndexFile>> files_;
  std::optional<std::string> damage_;
};

}  // namespace cairn::journal
