// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <atomic>
#include <cstdint>
#include <memory>
#include <optional>
#include <string>
#include <utility>
#include <vector>

#include "base/mutex.h"
#include "cairn/error.h"
#include "cairn/store_core.h"
#include "cairn/time.h"
#include "sys/clock.h"

namespace cairn::store {

/// Longer than anybody waits, and short enough to be added to any time.
inline constexpr Duration patience_max = seconds(365 * 24 * 3600);

/// Where those wait whose appends came together, and so are decided together: one call wakes all.
/// Nobody takes a lock when he wakes up, or else they would queue for it; only who waits for some
/// time at most needs one.
class Meeting final {
 public:
  explicit Meeting(sys::Clock& clock) noexcept : clock_(clock) {}

  /// Once tickets of it are finished: wakes their owners, and others who look and go on waiting.
  void announce() noexcept;

 private:
  friend class Ticket;

  sys::Clock& clock_;
  std::atomic<std::uint32_t> round_ = 0;      ///< how often something was announced
  std::atomic<std::uint32_t> impatient_ = 0;  ///< how many wait for some time at most
  Mutex mutex_;                               ///< theirs
  Condition has_news_;
};

/// One append on its way from the thread that asks to the thread that commits and back. Whoever
/// waits for it owns it, unless it was given to itself.
class Ticket final {
 public:
  Ticket(const Append& append, std::shared_ptr<Meeting> meeting)
      : append_(append), meeting_(std::move(meeting)) {}

  Ticket(const Ticket&) = delete;
  Ticket& operator=(const Ticket&) = delete;

  /// For whoever drives the commits, until it is done.
  [[nodiscard]] const Append& append() const noexcept { return append_; }

  [[nodiscard]] const std::shared_ptr<Meeting>& meeting() const noexcept { return meeting_; }

  /// Told once, by whoever drives the commits, who keeps the meeting, may not touch the ticket
  /// afterwards, and has it announced there.
  void finish(Result<Appended> result) {
    // Kept until then: with nobody else holding it, it would end inside.
    const std::shared_ptr<Ticket> self = std::move(self_);
    result_.emplace(std::move(result));
    // From here on its owner may end it.
    is_finished_ = true;
  }

  /// Null while it is not decided.
  [[nodiscard]] const Result<Appended>* poll() const noexcept {
    return is_finished_ ? &*result_ : nullptr;
  }

  Result<Appended> wait();
  Result<Appended> wait(Duration timeout);

  /// From here on it lives until it is done, whoever else forgets it.
  void keep_until_done(std::shared_ptr<Ticket> self) noexcept { self_ = std::move(self); }

 private:
  void await(Duration timeout) CAIRN_REQUIRES(meeting_->mutex_);

  const Append append_;
  const std::shared_ptr<Meeting> meeting_;
  std::shared_ptr<Ticket> self_;
  std::optional<Result<Appended>> result_;  ///< nobody else's before it is finished
  std::atomic<bool> is_finished_ = false;
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
