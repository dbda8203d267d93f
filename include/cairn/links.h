// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstddef>
#include <cstdint>

#include "cairn/call.h"
#include "cairn/check_use.h"
#include "cairn/row.h"

namespace cairn {

/// The rows at the far end of a row's links, in the order the links were made. A walk visits the
/// links that existed when it began and still exist when it gets there, so unlinking and linking on
/// the way is safe. Lives as long as the call.
template <typename Context, typename Far>
class Links final {
 public:
  class Iterator {
   public:
    Row<Context, Far> operator*() const {
      return detail::RowAccess::make<Row<Context, Far>>(links_->call_, row_);
    }

    Iterator& operator++() {
      next();
      return *this;
    }

    friend bool operator==(const Iterator& a, const Iterator& b) noexcept {
      return a.row_ == b.row_;
    }

   private:
    friend Links;

    Iterator() = default;

    explicit Iterator(const Links& links) : links_(&links) { next(); }

    void next() {
      const detail::Call& call = links_->call_;
      if (!detail::ok_unless(call.host->follow(call.call, links_->edge_, links_->direction_,
                                               links_->from_, &cursor_, &row_),
                             CAIRN_ABSENT)) {
        row_ = nullptr;
      }
    }

    const Links* links_ = nullptr;
    cairn_cursor cursor_ = {};
    cairn_row row_ = nullptr;
  };

  [[nodiscard]] Iterator begin() const { return Iterator(*this); }

  [[nodiscard]] Iterator end() const { return Iterator(); }

  [[nodiscard]] bool empty() const { return begin() == end(); }

  [[nodiscard]] std::size_t size() const {
    std::size_t count = 0;
    for (Iterator i = begin(); !(i == end()); ++i) {
      ++count;
    }
    return count;
  }

  /// The first row; none when there are no links.
  [[nodiscard]] Row<Context, Far> first() const {
    const Iterator i = begin();
    return i == end() ? Row<Context, Far>() : *i;
  }

  /// For the message: a range is not one row.
  template <typename Self = Links>
  const Far* operator->() const {
    static_assert(check::RangeIsNotOneRow<Self>::ok);
    return nullptr;
  }

  template <typename Self = Links>
  explicit operator bool() const {
    static_assert(check::RangeIsNotOneRow<Self>::ok);
    return false;
  }

 private:
  friend detail::RowAccess;

  Links(const detail::Call& call, std::uint16_t edge, std::uint32_t direction, cairn_row from)
      : call_(call), edge_(edge), direction_(direction), from_(from) {}

  detail::Call call_;
  std::uint16_t edge_;
  std::uint32_t direction_;
  cairn_row from_;
};

namespace detail {

/// What an end of an edge gives: one row, possibly none, or a range.
template <typename Context, typename End>
auto follow(const Call& call, std::uint16_t edge, std::uint32_t direction, cairn_row from) {
  using Far = typename End::record;
  if constexpr (End::cardinality == Cardinality::Many) {
    return RowAccess::make<Links<Context, Far>>(call, edge, direction, from);
  } else {
    cairn_cursor cursor = {};
    cairn_row row = nullptr;
    const bool found =
        ok_unless(call.host->follow(call.call, edge, direction, from, &cursor, &row), CAIRN_ABSENT);
    return RowAccess::make<Row<Context, Far>>(call, found ? row : nullptr);
  }
}

}  // namespace detail

}  // namespace cairn
