// SPDX-License-Identifier: Apache-2.0
// An exchange: orders meet at the best price, and at one price the oldest goes first.
#pragma once
#include <algorithm>

#include <cairn/domain.h>

namespace orderbook {
using namespace cairn::dsl;

enum class Side : u8 { Buy, Sell };

struct Order {
  enum Status : u8 { Open, Filled, Canceled };

  using Lifecycle = Machine<Initial<Open>, From<Open>::To<Filled, Canceled>>;
  Key<Id<Order>> id = {};
  Ordered<Str<12>> instrument = {};
  Ordered<Side> side = {};
  Ordered<i64> rank = 0;  // the best is the least: the price of a sale, the negative one of a bid
  Ordered<u64> arrival = 0;  // the transaction that brought it
  i64 remaining = 0;
  State<Lifecycle> status = {};
  using schema = Record<
      1, 1,
      IndexOn<&Order::instrument, &Order::side, &Order::status, &Order::rank, &Order::arrival>>;
};

struct Place {
  Id<Order> order;
  Str<12> instrument = {};
  Side side = {};
  i64 price = 0;
  i64 quantity = 0;
  using schema = Command<1>;
};

struct Cancel {
  Id<Order> order;
  using schema = Command<2>;
};

struct Traded {
  Id<Order> maker, taker;  // the order that waited, and the one that came
  i64 price = 0, quantity = 0;
  using schema = Event<1>;
};

struct Rested {
  Id<Order> order;
  i64 remaining = 0;
  using schema = Event<2>;
};

struct Withdrawn {
  Id<Order> order;
  i64 remaining = 0;
  using schema = Event<3>;
};

enum class Reject : u16 { InvalidPrice = 1, InvalidQuantity, OrderExists, UnknownOrder, NotOpen };
using enum Reject;

struct book_is_not_crossed : Invariant<Order> {};

struct Exchange
    : Domain<"orderbook", 1, Records<Order>, Commands<Place, Cancel>,
             Events<Traded, Rested, Withdrawn>, Rejects<Reject>, Invariants<book_is_not_crossed>> {
};

using Tx = cairn::Tx<Exchange>;
using View = cairn::View<Exchange>;
using Outcome = Tx::Outcome;

/// The first in line on one side.
template <typename Reader>
auto best(const Reader& reader, const Str<12>& instrument, Side side) {
  return reader.template first<&Order::instrument, &Order::side, &Order::status, &Order::rank,
                               &Order::arrival>(instrument, side, Order::Open);
}

inline Side other(Side side) {
  return side == Side::Buy ? Side::Sell : Side::Buy;
}

/// Nobody asks for less than somebody bids.
inline bool holds(const View& view, book_is_not_crossed, const Change<Order>& order) {
  if (order.erased()) return true;
  const auto bid = best(view, order.after->instrument, Side::Buy);
  const auto ask = best(view, order.after->instrument, Side::Sell);
  return !bid || !ask || -bid->rank < ask->rank;
}

inline Outcome handle(Tx& tx, const Place& cmd) {
  if (cmd.price <= 0) return InvalidPrice;
  if (cmd.quantity <= 0) return InvalidQuantity;
  const i64 rank = cmd.side == Side::Buy ? -cmd.price : cmd.price;
  auto taker = tx.create(Order{.id = cmd.order,
                               .instrument = cmd.instrument,
                               .side = cmd.side,
                               .rank = rank,
                               .arrival = tx.position().value(),
                               .remaining = cmd.quantity});
  if (!taker) return OrderExists;

  while (taker->remaining > 0) {
    auto maker = best(tx, cmd.instrument, other(cmd.side));
    if (!maker || -maker->rank < rank) break;  // nobody waits, or not at this price
    const i64 quantity = std::min(maker->remaining, taker->remaining);
    maker.edit().remaining -= quantity;
    taker.edit().remaining -= quantity;
    tx.emit(Traded{.maker = maker->id,
                   .taker = cmd.order,
                   .price = std::max<i64>(maker->rank, -maker->rank),
                   .quantity = quantity});
    if (maker->remaining == 0) maker.in<Order::Open>().become<Order::Filled>();
  }
  if (taker->remaining == 0)
    taker.in<Order::Open>().become<Order::Filled>();
  else
    tx.emit(Rested{.order = cmd.order, .remaining = taker->remaining});
  return ok;
}

inline Outcome handle(Tx& tx, const Cancel& cmd) {
  auto order = tx.find(cmd.order);
  if (!order) return UnknownOrder;
  auto open = order.in<Order::Open>();
  if (!open) return NotOpen;
  open.become<Order::Canceled>();
  tx.emit(Withdrawn{.order = cmd.order, .remaining = order->remaining});
  return ok;
}
}  // namespace orderbook
