// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstddef>
#include <cstdint>
#include <limits>
#include <string_view>

#include "cairn/call.h"
#include "cairn/check_use.h"
#include "cairn/index_over.h"
#include "cairn/key_bound.h"
#include "cairn/row.h"

namespace cairn {

/// An ordered scan: the rows of an index, from a lower bound to an upper one. Made by a Tx or View:
///   tx.range<&Account::owner>("a", "b")                      from "a", before "b"
///   tx.prefix<&Order::status, &Order::price>(Order::Open)    all open orders by price
///       .from(low).before(high).backward().limit(10)
/// It sees the call's own changes: each step continues behind the row before it, in the index as it
/// is then. Lives as long as the call.
template <typename Context, typename Index, std::size_t Fixed>
class Scan final {
 public:
  using R = typename Index::R;

  class Iterator {
   public:
    Row<Context, R> operator*() const {
      return detail::RowAccess::make<Row<Context, R>>(scan_->call_, row_);
    }

    Iterator& operator++() {
      next();
      return *this;
    }

    friend bool operator==(const Iterator& a, const Iterator& b) noexcept {
      return a.row_ == b.row_;
    }

   private:
    friend Scan;

    Iterator() = default;

    explicit Iterator(const Scan& scan) : scan_(&scan), left_(scan.limit_) { next(); }

    void next() {
      if (left_ == 0) {
        row_ = nullptr;
        return;
      }
      --left_;
      const cairn_scan request = scan_->request();
      const detail::Call& call = scan_->call_;
      if (scan_->is_empty_ ||
          !detail::ok_unless(call.host->scan(call.call, &request, &cursor_, &row_), CAIRN_ABSENT)) {
        row_ = nullptr;
        left_ = 0;
      }
    }

    const Scan* scan_ = nullptr;
    std::uint64_t left_ = 0;
    cairn_cursor cursor_ = {};
    cairn_row row_ = nullptr;
  };

  [[nodiscard]] Iterator begin() const { return Iterator(*this); }

  [[nodiscard]] Iterator end() const { return Iterator(); }

  [[nodiscard]] bool empty() const { return begin() == end(); }

  /// The first row of the scan; none when it is empty.
  [[nodiscard]] Row<Context, R> first() const {
    const Iterator i = begin();
    return i == end() ? Row<Context, R>() : *i;
  }

  /// How many rows, whatever the limit.
  [[nodiscard]] std::uint64_t count() const {
    std::uint64_t entries = 0;
    const cairn_scan asked = request();
    if (!is_empty_) {
      detail::expect_ok(call_.host->count(call_.call, &asked, &entries));
    }
    return entries;
  }

  /// Bounds on the fields that follow those fixed by the prefix: at least, more than, less than, at
  /// most these values.
  template <typename... V>
  [[nodiscard]] Scan from(const V&... values) const {
    Scan scan = *this;
    scan.lower_ = bound(values...);
    return scan;
  }

  template <typename... V>
  [[nodiscard]] Scan after(const V&... values) const {
    Scan scan = from(values...);
    scan.is_empty_ = is_empty_ || !scan.lower_.step_over();
    return scan;
  }

  template <typename... V>
  [[nodiscard]] Scan before(const V&... values) const {
    Scan scan = *this;
    scan.upper_ = bound(values...);
    scan.is_empty_ = is_empty_ || scan.upper_.size == 0;
    return scan;
  }

  template <typename... V>
  [[nodiscard]] Scan through(const V&... values) const {
    Scan scan = *this;
    scan.upper_ = bound(values...);
    scan.step_over_upper();
    return scan;
  }

  /// Rows whose next field, a Str or Bytes, starts with the text.
  [[nodiscard]] Scan starting_with(std::string_view text) const {
    using Value = reflect::at<Fixed, typename Index::Values>;
    static_assert(
        Shape<Value>::kind == TypeKind::Str,
        "cairn: starting_with() is for a Str field; the next field of this index is none");
    Scan scan = *this;
    const auto start = Value::from(text);
    if (!start) {
      scan.is_empty_ = true;  // longer than any value
      return scan;
    }
    scan.lower_ = bound(*start);
    scan.lower_.size -= 2;  // without the end mark, which sorts before any further text
    scan.upper_ = scan.lower_;
    scan.step_over_upper();
    return scan;
  }

  [[nodiscard]] Scan backward() const {
    Scan scan = *this;
    scan.direction_ = CAIRN_BACKWARD;
    return scan;
  }

  /// No more than `rows` rows.
  [[nodiscard]] Scan limit(std::uint64_t rows) const {
    Scan scan = *this;
    scan.limit_ = rows;
    return scan;
  }

 private:
  using Bound = detail::KeyBound<Index::key_bytes>;
  friend detail::RowAccess;
  friend Iterator;

  Scan(const detail::Call& call, const Bound* prefix) : call_(call), prefix_(*prefix) {
    lower_ = prefix_;
    upper_ = prefix_;
    step_over_upper();
  }

  void step_over_upper() {
    if (!upper_.step_over()) {
      upper_.size = 0;  // no bound
    }
  }

  template <typename... V>
  [[nodiscard]] Bound bound(const V&... values) const {
    static_assert(check::PrefixFits<Fixed + sizeof...(V), Index::size>::ok);
    Bound made = prefix_;
    if constexpr (Fixed + sizeof...(V) <= Index::size) {
      append<Fixed>(made, values...);
    }
    return made;
  }

  template <std::size_t At, typename V, typename... Rest>
  static void append(Bound& to, const V& value, const Rest&... rest) {
    using Value = reflect::at<At, typename Index::Values>;
    if constexpr (check::ValueMatches<Value, V, Value>::ok) {
      to.append(static_cast<const Value&>(Value(value)));
      append<At + 1>(to, rest...);
    }
  }

  template <std::size_t At>
  static void append(Bound& /*to*/) {}

  [[nodiscard]] cairn_scan request() const {
    return {.record = detail::record_position<typename Context::Domain, R>,
            .index = static_cast<std::uint16_t>(Index::ordered),
            .direction = direction_,
            .lower = lower_.view(),
            .upper = upper_.view()};
  }

  detail::Call call_;
  Bound prefix_;
  Bound lower_;
  Bound upper_;
  std::uint32_t direction_ = CAIRN_FORWARD;
  bool is_empty_ = false;
  std::uint64_t limit_ = std::numeric_limits<std::uint64_t>::max();
};

}  // namespace cairn
