// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstddef>
#include <cstdint>
#include <limits>
#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "apps/cairn/journal_folder.h"
#include "cairn/error.h"
#include "cairn/region.h"
#include "journal/history.h"
#include "journal/index_view.h"
#include "journal/print.h"
#include "journal/transaction.h"

namespace cairn::cli {

inline constexpr std::uint64_t list_no_limit = std::numeric_limits<std::int64_t>::max();

/// Which events to print, and how.
struct ListRequest {
  std::string folder;
  std::uint64_t from = 0;
  std::uint64_t to = list_no_limit;
  std::uint64_t limit = list_no_limit;
  std::optional<std::string> entity;
  std::optional<std::string> entity_prefix;
  std::optional<std::string> scope;
  std::string kind;
  bool backward = false;
  bool follow = false;
  std::string format = "table";

  [[nodiscard]] bool chooses() const noexcept {
    return entity || entity_prefix || scope || !kind.empty();
  }
};

/// Waits for the writer of a journal to make more durable.
class JournalWatch;

/// Goes through a journal and prints what was chosen: by its index where there is one that is good,
/// and by reading the log where there is none. What is wrong with the index goes to standard error.
class EventLister final {
 public:
  EventLister(const ListRequest& request, JournalFolder folder);
  ~EventLister();
  EventLister(const EventLister&) = delete;
  EventLister& operator=(const EventLister&) = delete;

  Result<> run();

 private:
  Result<> check_kind();
  Result<> open_index();
  void complain();
  void wait();
  void choose_kinds();
  Result<> forward();
  Result<> forward_by_index(EventId& next);
  Result<bool> forward_some(EventId& next, std::uint64_t last);
  Result<> forward_by_log(EventId& next, std::uint64_t through);
  Result<> backward();
  Result<> backward_some(EventId& next, std::uint64_t oldest);
  Result<> print_found(journal::Cursor cursor, EventId& next);
  Result<> print(const journal::HistoryEntry& entry, std::uint32_t from);
  void print_event(const journal::HistoryEntry& entry, std::size_t event);
  void print_transaction(const journal::HistoryEntry& entry);
  void put(const std::string& line);
  [[nodiscard]] bool is_chosen(const journal::TransactionRecord& record,
                               const journal::EventRecord& event) const;

  [[nodiscard]] bool is_full() const noexcept { return printed_ == request_.limit; }

  const ListRequest& request_;
  JournalFolder folder_;
  journal::IndexView index_;  ///< without a file: everything is read
  Region region_;
  std::vector<journal::EventPlace> places_;
  std::unique_ptr<JournalWatch> watch_;
  journal::Printer* printer_ = nullptr;
  std::uint64_t printed_ = 0;
};

}  // namespace cairn::cli
