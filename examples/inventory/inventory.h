// SPDX-License-Identifier: Apache-2.0
// Stock that is reserved, then shipped or given back; what nobody ships in time comes back by
// itself.
#pragma once
#include <cairn/domain.h>

namespace inventory {
using namespace cairn::dsl;

struct Item {
  Key<Str<32>> sku = {};
  i64 on_hand = 0;   // in the warehouse, reserved or not
  i64 reserved = 0;  // of those, promised to somebody
  using schema = Record<1>;
};

struct Reservation {
  enum Status : u8 { Held, Shipped, Released, Expired };

  using Lifecycle = Machine<Initial<Held>, From<Held>::To<Shipped, Released, Expired>>;
  Key<Id<Reservation>> id = {};
  Immutable<i64> quantity = 0;
  State<Lifecycle> status = {};
  using schema = Record<2>;
};

//                     source             target               inverse name
struct of_item : Edge<Many<Reservation>, Required<One<Item>>, "reservations"> {};

struct Receive {
  Str<32> sku = {};
  i64 quantity = 0;
  using schema = Command<1>;
};

struct Reserve {
  Id<Reservation> reservation;
  Str<32> sku = {};
  i64 quantity = 0;
  Duration hold = {};
  using schema = Command<2>;
};

struct Ship {
  Id<Reservation> reservation;
  using schema = Command<3>;
};

struct Release {
  Id<Reservation> reservation;
  using schema = Command<4>;
};

struct Expire {
  Id<Reservation> reservation;
  using schema = Command<5>;
};

struct Received {
  Str<32> sku = {};
  i64 quantity = 0, on_hand = 0;
  using schema = Event<1>;
};

struct Reserved {
  Id<Reservation> reservation;
  Str<32> sku = {};
  i64 quantity = 0;
  Timestamp until = {};
  using schema = Event<2>;
};

struct Shipped {
  Id<Reservation> reservation;
  using schema = Event<3>;
};

struct Freed {
  Id<Reservation> reservation;
  bool in_time = false;  // given back, rather than expired
  using schema = Event<4>;
};

struct Shortage {
  i64 available = 0;
};

enum class Reject : u16 {
  InvalidQuantity = 1,
  UnknownItem,
  OutOfStock,
  ReservationExists,
  UnknownReservation,
  NotHeld
};
using enum Reject;

struct stock_is_never_negative : Invariant<Item> {};

struct Inventory
    : Domain<"inventory", 1, Records<Item, Reservation>, Edges<of_item>,
             Commands<Receive, Reserve, Ship, Release, Expire>,
             Events<Received, Reserved, Shipped, Freed>,
             Rejects<Reject, Detail<OutOfStock, Shortage>>, Invariants<stock_is_never_negative>> {};

using Tx = cairn::Tx<Inventory>;
using View = cairn::View<Inventory>;
using Outcome = Tx::Outcome;

inline bool holds(const View&, stock_is_never_negative, const Change<Item>& item) {
  return item.erased() ||
         (item.after->reserved >= 0 && item.after->reserved <= item.after->on_hand);
}

inline Outcome handle(Tx& tx, const Receive& cmd) {
  if (cmd.quantity <= 0) return InvalidQuantity;
  auto item = tx.find<Item>(cmd.sku);
  if (!item) item = tx.create(Item{.sku = cmd.sku});
  i64 on_hand;
  if (__builtin_add_overflow(item->on_hand, cmd.quantity, &on_hand)) return InvalidQuantity;
  item.edit().on_hand = on_hand;
  tx.emit(Received{.sku = cmd.sku, .quantity = cmd.quantity, .on_hand = on_hand});
  return ok;
}

inline Outcome handle(Tx& tx, const Reserve& cmd) {
  if (cmd.quantity <= 0) return InvalidQuantity;
  auto item = tx.find<Item>(cmd.sku);
  if (!item) return UnknownItem;
  const i64 available = item->on_hand - item->reserved;
  if (available < cmd.quantity) return tx.reject<OutOfStock>({.available = available});
  if (!tx.create(Reservation{.id = cmd.reservation, .quantity = cmd.quantity},
                 linked<of_item>(item)))
    return ReservationExists;
  item.edit().reserved += cmd.quantity;
  const Timestamp until = tx.now() + cmd.hold;
  tx.schedule(until, Expire{.reservation = cmd.reservation});
  tx.emit(Reserved{
      .reservation = cmd.reservation, .sku = cmd.sku, .quantity = cmd.quantity, .until = until});
  return ok;
}

inline Outcome handle(Tx& tx, const Ship& cmd) {
  auto reservation = tx.find(cmd.reservation);
  if (!reservation) return UnknownReservation;
  auto held = reservation.in<Reservation::Held>();
  if (!held) return NotHeld;
  auto& item = tx.out<of_item>(held).edit();
  item.on_hand -= held->quantity;
  item.reserved -= held->quantity;
  held.become<Reservation::Shipped>();
  tx.emit(Shipped{.reservation = cmd.reservation});
  return ok;
}

/// Gives back what was held, if it still is.
template <auto End>
Outcome give_back(Tx& tx, Id<Reservation> id) {
  auto reservation = tx.find(id);
  if (!reservation) return UnknownReservation;
  auto held = reservation.in<Reservation::Held>();
  if (!held) return NotHeld;
  tx.out<of_item>(held).edit().reserved -= held->quantity;
  held.template become<End>();
  tx.emit(Freed{.reservation = id, .in_time = End == Reservation::Released});
  return ok;
}

inline Outcome handle(Tx& tx, const Release& cmd) {
  return give_back<Reservation::Released>(tx, cmd.reservation);
}

inline Outcome handle(Tx& tx, const Expire& cmd) {
  return give_back<Reservation::Expired>(tx, cmd.reservation);
}
}  // namespace inventory
