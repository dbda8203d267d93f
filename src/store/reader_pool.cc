// SPDX-License-Identifier: Apache-2.0
#include "store/reader_pool.h"

namespace cairn::store {

namespace {

/// A reader's memory is a window and a batch or so; more idle ones than this are not kept.
constexpr std::size_t idle_max = 16;

/// Small enough that one event does not cost much more than its batch, large enough for a scan.
constexpr std::size_t window_bytes = std::size_t{128} << 10U;

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
  CAIRN_TRY(auto reader,
            journal::HistoryReader::open(disk_, folder_, {.window_bytes = window_bytes}));
  return Lent(*this, std::make_unique<journal::HistoryReader>(std::move(reader)));
}

void ReaderPool::give_back(std::unique_ptr<journal::HistoryReader> reader) {
  const MutexLock lock(mutex_);
  if (idle_.size() < idle_max) {
    idle_.push_back(std::move(reader));
  }
}

}  // namespace cairn::store
