// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cairn/domain.h>

/// A small shop that uses every sort of declaration once. Tests run it; the compile-fail cases make
/// mistakes with it.
namespace shop {
// NOLINTNEXTLINE(google-build-using-namespace): how every domain starts.
using namespace cairn::dsl;

struct Customer {
  Key<Id<Customer>> id = {};
  Unique<Str<64>> email = {};
  Immutable<Timestamp> since = {};
  Secret<Str<64>> name = {};
  using schema = Record<1>;
};

struct Order {
  enum Status : u8 { Draft, Open, Shipped, Canceled };
  enum class Payment : u8 { Due, Paid };
  using Lifecycle = Machine<Initial<Draft>, From<Draft>::To<Open, Canceled>,
                            From<Open>::To<Canceled>, From<Open>::Guarded<Shipped>>;
  using Money = Machine<Initial<Payment::Due>, From<Payment::Due>::To<Payment::Paid>>;
  Key<Id<Order>> id = {};
  Ordered<i64> price = 0;
  Indexed<Str<16>> region = {};
  u32 edits = 0;
  Option<Id<Order>> replaces = {};
  State<Lifecycle> status = {};
  State<Money> payment = {};
  using schema = Record<2, 1, IndexOn<&Order::status, &Order::price>, IndexOn<&Order::id>>;
};

struct LineKey {
  u64 order = 0;
  u64 number = 0;
};

struct Line {
  Key<LineKey> key = {};
  Ordered<Str<16>> sku = {};
  Ordered<u32> shelf = 0;
  u32 quantity = 0;
  using schema = Record<3, 1, UniqueOn<&Line::sku, &Line::shelf>>;
};

struct Tag {
  Key<Str<16>> name = {};
  using schema = Record<4>;
};

// NOLINTBEGIN(readability-identifier-naming): the edges and rules of a domain are lower case.
//                         source       target                inverse
struct placed_by : Edge<Many<Order>, One<Customer>, "orders"> {};

struct part_of : Edge<Many<Line>, Required<One<Order>>, "lines", OnErase::Cascade> {};

struct tagged : Edge<Many<Order>, Many<Tag>, "tags_of", OnErase::Unlink> {};

// NOLINTEND(readability-identifier-naming)

struct Join {
  Id<Customer> customer = {};
  Str<64> email = {};
  using schema = Command<1>;
};

struct Place {
  Option<Id<Customer>> customer = {};
  i64 price = 0;
  Text<100'000> note = {};
  List<u32, 1000> quantities = {};
  using schema = Command<2>;
};

struct Ship {
  u64 order = 0;
  using schema = Command<3>;
};

struct Do {
  u32 what = 0;
  u64 order = 0;
  using schema = Command<4>;
};

struct Placed {
  Id<Order> order;
  u64 lines = 0;
  using schema = Event<1, 1, About<&Placed::order>>;
};

struct Noted {
  Text<100'000> note = {};
  using schema = Event<2>;
};

enum class Reject : u16 { NoSuchOrder = 1, NotPaid, Taken, TooDear, Unshippable };
using enum Reject;

struct Shortfall {
  i64 missing = 0;
};

// NOLINTBEGIN(readability-identifier-naming): the edges and rules of a domain are lower case.
struct price_is_positive : Invariant<Order> {};

struct lines_stay_small : Invariant<part_of> {};

struct orders_are_few : Invariant<> {};

struct price_limit : Gate<Place> {};

struct not_after_closing : Gate<> {};

// NOLINTEND(readability-identifier-naming)

struct Shop : Domain<"shop", 3, Records<Customer, Order, Line, Tag>,
                     Edges<placed_by, part_of, tagged>, Commands<Join, Place, Ship, Do>,
                     Events<Placed, Noted>, Rejects<Reject, Detail<TooDear, Shortfall>>,
                     Invariants<price_is_positive, lines_stay_small, orders_are_few>,
                     Gates<price_limit, not_after_closing>> {};

using Tx = cairn::Tx<Shop>;
using View = cairn::View<Shop>;
using Outcome = Tx::Outcome;

inline bool guard(const View& view, View::In<Order, Order::Open> order, To<Order::Shipped>) {
  return order->payment.get() == Order::Payment::Paid && !view.in<part_of>(order).empty();
}

inline bool holds(const View& /*view*/, price_is_positive, const Change<Order>& change) {
  return change.erased() || change.after->price >= 0;
}

inline bool holds(const View& /*view*/, lines_stay_small, const LinkChange<part_of>& change) {
  return change.source->quantity < 1000;
}

inline bool holds(const View& before, const View& after, orders_are_few) {
  return after.count<&Order::id>() <= before.count<&Order::id>() + 1;
}

inline bool allows(const View& /*before*/, const View& /*after*/, price_limit, const Place& cmd) {
  return cmd.price < 1'000'000;
}

/// What a test wants to look at when a command is about to commit; set by the test.
// NOLINTNEXTLINE(cppcoreguidelines-avoid-non-const-global-variables): gates see no other.
inline void (*look_at_this)(const View& before, const View& after) = nullptr;

inline bool allows(const View& before, const View& after, not_after_closing) {
  if (look_at_this != nullptr) {
    look_at_this(before, after);
  }
  return after.now() < Timestamp{1'000'000'000};
}

inline Outcome handle(Tx& tx, const Join& cmd) {
  const auto made = tx.create(Customer{.id = cmd.customer, .email = cmd.email, .since = tx.now()});
  return made ? Outcome(ok) : Taken;
}

inline Outcome handle(Tx& tx, const Place& cmd) {
  if (cmd.price > 10'000 && cmd.price < 500'000) {
    return tx.reject<TooDear>({.missing = cmd.price - 10'000});
  }
  const auto order = tx.create(Order{.id = tx.new_id<Order>(), .price = cmd.price});
  if (cmd.customer) {
    const auto customer = tx.find(*cmd.customer);
    if (!customer) {
      return NoSuchOrder;
    }
    tx.link<placed_by>(order, customer);
  }
  u64 number = 0;
  for (const u32 quantity : cmd.quantities) {
    ++number;
    const auto line =
        tx.create(Line{.key = LineKey{.order = order->id.get().value, .number = number},
                       .sku = "a",
                       .shelf = static_cast<u32>(order->id.get().value * 1000 + number),
                       .quantity = quantity},
                  linked<part_of>(order));
    if (!line) {
      return Taken;
    }
  }
  order.in<Order::Draft>().become<Order::Open>();
  const auto placed = tx.emit(Placed{.order = order->id, .lines = tx.in<part_of>(order).size()});
  if (!cmd.note.empty()) {
    tx.emit(Noted{.note = cmd.note}, placed);
  }
  return ok;
}

inline Outcome handle(Tx& tx, const Ship& cmd) {
  const auto open = tx.find(Id<Order>{cmd.order}).in<Order::Open>();
  if (!open) {
    return NoSuchOrder;
  }
  return open.become<Order::Shipped>() ? Outcome(ok) : Unshippable;
}

/// What a test wants to see inside a handler; set by the test, called by `Do`.
// NOLINTNEXTLINE(cppcoreguidelines-avoid-non-const-global-variables): handlers see no other.
inline Outcome (*do_this)(Tx&, const Do&) = nullptr;

inline Outcome handle(Tx& tx, const Do& cmd) {
  return do_this(tx, cmd);
}

}  // namespace shop
