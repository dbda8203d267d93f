// SPDX-License-Identifier: Apache-2.0
#include "journal/index_view.h"

#include <algorithm>

#include "base/check.h"

namespace cairn::journal {

namespace {

bool ends_before(const std::shared_ptr<IndexFile>& file, std::uint64_t sequence) noexcept {
  return file->last() < sequence;
}

}  // namespace

IndexView IndexView::open(sys::Disk& disk, std::string folder, const IndexRange& range) {
  IndexFolder files(disk, std::move(folder));
  IndexView view;
  if (auto found = files.look_at(range)) {
    view.files_ = *std::move(found);
  } else {
    view.complaints_.push_back(std::move(found).error());
  }
  for (Error& complaint : files.take_complaints()) {
    view.complaints_.push_back(std::move(complaint));
  }
  return view;
}

IndexView::Run IndexView::run_at(std::uint64_t sequence) const noexcept {
  const auto file = std::ranges::partition_point(
      files_, [&](const auto& each) { return ends_before(each, sequence); });
  if (file != files_.end() && (*file)->first() <= sequence) {
    return {.first = (*file)->first(), .last = (*file)->last(), .is_indexed = true};
  }
  return {.first = file == files_.begin() ? 1 : (*std::prev(file))->last() + 1,
          .last = file == files_.end() ? UINT64_MAX : (*file)->first() - 1};
}

Result<> IndexView::find(const Region& region, Cursor& cursor, std::size_t limit,
                         std::vector<EventPlace>& out) {
  const bool is_forward = cursor.direction == Direction::Forward;
  const Run run = run_at(cursor.next.sequence);
  CAIRN_CHECK(run.is_indexed);
  const auto file = std::ranges::partition_point(
      files_, [&](const auto& each) { return ends_before(each, run.first); });
  const std::size_t before = out.size();
  if (auto found = find_in_part(**file, region, cursor, limit, out); !found) {
    out.resize(before);
    complaints_.push_back(found.error());
    files_.erase(file);
    return found;
  }
  if (out.size() - before < limit) {
    cursor.next = is_forward ? EventId{.sequence = std::min(run.last, cursor.through) + 1}
                             : EventId{.sequence = std::max(run.first, cursor.through) - 1,
                                       .event = UINT32_MAX};
  } else if (limit != 0) {
    const EventPlace& last = out.back();
    cursor.next = {.sequence = last.transaction.value(), .event = last.event};
    if (is_forward) {
      ++cursor.next.event;
    } else if (cursor.next.event-- == 0) {
      cursor.next = {.sequence = last.transaction.value() - 1, .event = UINT32_MAX};
    }
  }
  return {};
}

}  // namespace cairn::journal
