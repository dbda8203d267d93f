// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <memory>
#include <utility>

#include "cairn/store_core.h"
#include "store/commit_loop.h"
#include "store/ticket.h"

namespace cairn::store {

/// An append that goes on while nobody waits for it, with all that it refers to.
class Started final {
 public:
  Started(const Append& append, std::shared_ptr<Meeting> meeting)
      : copy_(append), ticket_(copy_.view(), std::move(meeting)) {}

  /// How a ticket gets on its way.
  using Way = Result<> (CommitLoop::*)(Ticket&);

  static Result<> post(const std::shared_ptr<Started>& started, CommitLoop& loop, Way way) {
    Ticket& ticket = started->ticket_;
    ticket.keep_until_done(std::shared_ptr<Ticket>(started, &ticket));
    auto posted = (loop.*way)(ticket);
    if (!posted) {
      ticket.keep_until_done(nullptr);
    }
    return posted;
  }

  [[nodiscard]] Ticket& ticket() noexcept { return ticket_; }

 private:
  AppendCopy copy_;
  Ticket ticket_;
};

class PendingAppend final : public Pending {
 public:
  explicit PendingAppend(std::shared_ptr<Started> started) : started_(std::move(started)) {}

  const Result<Appended>* poll() override { return started_->ticket().poll(); }

  Result<Appended> wait(Duration timeout) override { return started_->ticket().wait(timeout); }

 private:
  std::shared_ptr<Started> started_;
};

}  // namespace cairn::store
