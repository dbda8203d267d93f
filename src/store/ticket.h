// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <memory>
#include <optional>
#include <string>
#include <utility>
#include <vector>

#include "base/mutex.h"
#include "cairn/error.h"
#include "cairn/store_core.h"
#include "cairn/time.h"

namespace cairn::store {

/// One append on its way from the thread that asks to the thread that commits and back. Whoever
/// waits for it owns it, unless it was given to itself.
class Ticket final {
 public:
  explicit Ticket(const Append& append) : append_(append) {}

  Ticket(const Ticket&) = delete;
  Ticket& operator=(const Ticket&) = delete;

  /// The committing thread only, until it is done.
  [[nodiscard]] const Append& append() const noexcept { return append_; }

  /// Told once, by the committing thread, which may not touch it afterwards.
  void finish(Result<Appended> result) {
    // Kept until the lock is given back: with nobody else holding it, it would end inside.
    const std::shared_ptr<Ticket> self = std::move(self_);
    const MutexLock lock(mutex_);
    result_.emplace(std::move(result));
    is_done_.notify_all();
  }

  /// Null while it is not decided.
  const Result<Appended>* poll() {
    const MutexLock lock(mutex_);
    return result_ ? &*result_ : nullptr;
  }

  Result<Appended> wait();
  Result<Appended> wait(Duration timeout);

  /// From here on it lives until it is done, whoever else forgets it.
  void keep_until_done(std::shared_ptr<Ticket> self) noexcept { self_ = std::move(self); }

 private:
  const Append append_;
  std::shared_ptr<Ticket> self_;
  Mutex mutex_;
  Condition is_done_;
  std::optional<Result<Appended>> result_ CAIRN_GUARDED_BY(mutex_);
};

/// A copy of everything that an append refers to.
class AppendCopy final {
 public:
  explicit AppendCopy(const Append& from);

  AppendCopy(const AppendCopy&) = delete;
  AppendCopy& operator=(const AppendCopy&) = delete;

  [[nodiscard]] const Append& view() const noexcept { return append_; }

 private:
  std::string_view keep(std::string_view text);

  std::string texts_;  ///< reserved once, so that views stay
  std::vector<std::byte> bytes_;
  std::vector<NewEvent> events_;
  std::vector<std::string_view> gates_;
  Append append_;
};

}  // namespace cairn::store
