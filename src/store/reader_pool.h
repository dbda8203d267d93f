// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <memory>
#include <string>
#include <utility>
#include <vector>

#include "base/mutex.h"
#include "cairn/error.h"
#include "journal/history.h"
#include "sys/disk.h"

namespace cairn::store {

/// Readers of one journal that were used and may be used again. Any thread.
class ReaderPool final {
 public:
  ReaderPool(sys::Disk& disk, std::string folder) : disk_(disk), folder_(std::move(folder)) {}

  /// One reader, given back when it ends.
  class Lent final {
   public:
    Lent(ReaderPool& pool, std::unique_ptr<journal::HistoryReader> reader) noexcept
        : pool_(&pool), reader_(std::move(reader)) {}

    Lent(Lent&&) noexcept = default;
    Lent& operator=(Lent&&) = delete;

    ~Lent() {
      if (reader_ != nullptr) {
        pool_->give_back(std::move(reader_));
      }
    }

    journal::HistoryReader& operator*() const noexcept { return *reader_; }

    journal::HistoryReader* operator->() const noexcept { return reader_.get(); }

   private:
    ReaderPool* pool_;
    std::unique_ptr<journal::HistoryReader> reader_;
  };

  Result<Lent> lend();

 private:
  void give_back(std::unique_ptr<journal::HistoryReader> reader);

  sys::Disk& disk_;
  const std::string folder_;
  Mutex mutex_;
  std::vector<std::unique_ptr<journal::HistoryReader>> idle_ CAIRN_GUARDED_BY(mutex_);
};

}  // namespace cairn::store
