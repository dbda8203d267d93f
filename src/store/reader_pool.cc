// SPDX-License-Identifier: Apache-2.0
#include "store/reader_pool.h"

namespace cairn::store {

namespace {

/// A reader's memory is a window and a batch or so; more idle ones than this are not kept.
constexpr std::size_t idle_max = 16;

}  // namespace

Result<ReaderPool::Lent> ReaderPool::lend() {
  {
    const MutexLock lock(mutex_);
    if (!idle_.empty()) {
      auto reader = std::move(idle_.back());
      idle_.pop_back();
      return Lent(*this, std::move(reader));
    }
  }
  CAIRN_TRY(auto reader, journal::HistoryReader::open(disk_, folder_));
  return Lent(*this, std::make_unique<journal::HistoryReader>(std::move(reader)));
}

void ReaderPool::give_back(std::unique_ptr<journal::HistoryReader> reader) {
  const MutexLock lock(mutex_);
  if (idle_.size() < idle_max) {
    idle_.push_back(std::move(reader));
  }
}

}  // namespace cairn::store
