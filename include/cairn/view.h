// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <array>
#include <cstddef>
#include <cstdint>
#include <type_traits>

#include "cairn/ids.h"
#include "cairn/links.h"
#include "cairn/row.h"
#include "cairn/scan.h"

namespace cairn {

namespace detail {

template <typename T>
inline constexpr bool is_id = false;
template <typename R>
inline constexpr bool is_id<Id<R>> = true;

template <typename R>
struct KeyField {
  template <typename... F>
  static consteval std::size_t find(reflect::List<F...> /*fields*/) {
    constexpr std::array<FieldKind, sizeof...(F)> kinds = {FieldTraits<F>::kind...};
    std::size_t i = 0;
    while (kinds[i] != FieldKind::Key) {
      ++i;
    }
    return i;
  }

  static constexpr std::size_t position = find(reflect::FieldTypes<R>{});
  using Value = FieldValue<reflect::FieldType<R, position>>;
};

template <typename R>
using KeyOf = typename KeyField<R>::Value;

template <typename R, typename... Parts>
cairn_row find_row(const Call& call, std::uint16_t record, std::uint16_t index,
                   const Parts&... parts) {
  std::array<std::byte, key_size_max<Parts...>> memory;
  const std::span<const std::byte> key = encode_key(memory, parts...);
  cairn_row row = nullptr;
  const bool found = ok_unless(
      call.host->find(call.call, record, index, {.data = key.data(), .size = key.size()}, &row),
      CAIRN_ABSENT);
  return found ? row : nullptr;
}

}  // namespace detail

/// Everything that reads, shared by View and Tx, which is `Self`.
template <typename Self, typename D>
class Reader {
 public:
  using Domain = D;

  /// The row with this number; none when there is none.
  template <typename R>
  [[nodiscard]] cairn::Row<Self, R> find(Id<R> id) const {
    if constexpr (!check::RecordListed<D, R>::ok) {
      return {};
    } else if constexpr (!std::is_same_v<detail::KeyOf<R>, Id<R>>) {
      static_assert(check::NumberedRecord<R>::ok);
      return {};
    } else {
      return row<R>(detail::find_row<R>(call_, detail::record_position<D, R>, 0, id));
    }
  }

  /// The row with this natural key: `tx.find<Partition>("a/b")`.
  template <typename R = void, typename K>
    requires(!std::is_same_v<K, Id<R>> && (!detail::is_id<K> || !std::is_void_v<R>))
  [[nodiscard]] auto find(const K& key) const {
    if constexpr (!check::KeyOfRecord<R, K>::ok) {
      return false;
    } else if constexpr (!check::RecordListed<D, R>::ok) {
      return cairn::Row<Self, R>();
    } else if constexpr (!check::KeyMatches<R, K, detail::KeyOf<R>>::ok) {
      return cairn::Row<Self, R>();
    } else {
      const detail::KeyOf<R> value = key;
      return row<R>(detail::find_row<R>(call_, detail::record_position<D, R>, 0, value));
    }
  }

  /// The one row with these values in a unique index: `tx.find_by<&User::email>(email)`.
  template <auto... Fields>
  [[nodiscard]] auto find_by(const FieldValue<reflect::MemberOf<Fields>>&... values) const {
    using Index = detail::IndexOver<D, Fields...>;
    using R = typename Index::R;
    if constexpr (!check::RecordListed<D, R>::ok) {
      return cairn::Row<Self, R>();
    } else if constexpr (!check::UniqueIndex < R, Index::unique != Index::none, Fields... > ::ok) {
      return cairn::Row<Self, R>();
    } else {
      return row<R>(detail::find_row<R>(call_, detail::record_position<D, R>,
                                        static_cast<std::uint16_t>(Index::unique), values...));
    }
  }

  /// All rows that agree with the values in the first fields of the index.
  template <auto... Fields, typename... V>
  [[nodiscard]] auto prefix(const V&... values) const {
    using Index = detail::IndexOver<D, Fields...>;
    static_assert(check::PrefixFits<sizeof...(V), sizeof...(Fields)>::ok);
    static_assert(check::OrderedIndex < typename Index::R, Index::is_of_one_record, Index::is_key,
                  Index::ordered != Index::none, Fields... > ::ok);
    detail::KeyBound<Index::key_bytes> bound;
    if constexpr (sizeof...(V) <= sizeof...(Fields)) {
      append<Index, 0>(bound, values...);
    }
    return detail::RowAccess::make<Scan<Self, Index, sizeof...(V)>>(call_, &bound);
  }

  /// Rows from `low`, before `high`, in the order of the index.
  template <auto... Fields, typename Low, typename High>
  [[nodiscard]] auto range(const Low& low, const High& high) const {
    return prefix<Fields...>().from(low).before(high);
  }

  template <auto... Fields, typename... V>
  [[nodiscard]] auto first(const V&... values) const {
    return prefix<Fields...>(values...).first();
  }

  template <auto... Fields, typename... V>
  [[nodiscard]] auto last(const V&... values) const {
    return prefix<Fields...>(values...).backward().first();
  }

  template <auto... Fields, typename... V>
  [[nodiscard]] std::uint64_t count(const V&... values) const {
    return prefix<Fields...>(values...).count();
  }

  /// What the row's links of edge E lead to: a row where the target end is One, else a range.
  template <typename E, typename RowType>
  [[nodiscard]] auto out(const RowType& from) const {
    if constexpr (check::EdgeListed<D, E>::ok) {
      if constexpr (check::RowAtSource<E, RowType>::ok) {
        return detail::follow<Self, typename E::target_end>(call_, edge<E>, CAIRN_OUT,
                                                            detail::RowAccess::memory(from));
      }
    }
  }

  /// What leads to the row by edge E: a row where the source end is One, else a range.
  template <typename E, typename RowType>
  [[nodiscard]] auto in(const RowType& to) const {
    if constexpr (check::EdgeListed<D, E>::ok) {
      if constexpr (check::RowAtTarget<E, RowType>::ok) {
        return detail::follow<Self, typename E::source_end>(call_, edge<E>, CAIRN_IN,
                                                            detail::RowAccess::memory(to));
      }
    }
  }

  /// The transaction's time; never before that of the transaction before.
  [[nodiscard]] Timestamp now() const { return {call_.host->now(call_.call)}; }

  /// The transaction's place in the one order of all.
  [[nodiscard]] Seq position() const { return Seq(call_.host->position(call_.call)); }

 protected:
  template <typename R>
  [[nodiscard]] cairn::Row<Self, R> row(cairn_row memory) const {
    return detail::RowAccess::make<cairn::Row<Self, R>>(call_, memory);
  }

  template <typename E>
  static constexpr auto edge = static_cast<std::uint16_t>(reflect::index_of<E, typename D::edges>);

  [[nodiscard]] const detail::Call& call() const { return call_; }

 private:
  friend Self;

  explicit Reader(const detail::Call& call) : call_(call) {}

  template <typename Index, std::size_t At, typename Bound, typename V, typename... Rest>
  static void append(Bound& bound, const V& value, const Rest&... rest) {
    using Value = reflect::at<At, typename Index::Values>;
    if constexpr (check::ValueMatches<Value, V, Value>::ok) {
      const Value converted = value;
      bound.append(converted);
      append<Index, At + 1>(bound, rest...);
    }
  }

  template <typename Index, std::size_t At, typename Bound>
  static void append(Bound& /*bound*/) {}

  detail::Call call_;
};

/// State to look at: what guards, gates, invariants and queries get. Everything a Tx reads with,
/// and nothing that changes. Made by the façade for one call.
template <typename D>
class View final : public Reader<View<D>, D> {
  static_assert(check::domain_ok<D>());

 public:
  static constexpr bool can_write = false;
  template <typename R>
  using Row = cairn::Row<View, R>;
  template <typename R, auto S>
  using In = cairn::In<View, R, S>;

  explicit View(const detail::Call& call) : Reader<View, D>(call) {}
};

/// A row of R before and after a transaction; null where it was not there.
template <typename R>
struct Change {
  const R* before = nullptr;
  const R* after = nullptr;

  [[nodiscard]] bool created() const noexcept { return before == nullptr; }

  [[nodiscard]] bool erased() const noexcept { return after == nullptr; }
};

/// A link of edge E that a transaction made or cut. The rows are as they are after it; one that the
/// transaction erased is as it was last.
template <typename E>
struct LinkChange {
  const typename E::source* source = nullptr;
  const typename E::target* target = nullptr;
};

}  // namespace cairn
