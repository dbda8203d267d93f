// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <array>

#include "cairn/declare.h"
#include "cairn/describe.h"
#include "cairn/edge.h"
#include "cairn/fields.h"
#include "cairn/machine.h"
#include "cairn/values.h"

/// A domain that uses every type and every kind of declaration, for tests that compare what the
/// compiler makes of it with what the schema makes of it.
namespace shop {

using namespace cairn;       // NOLINT(google-build-using-namespace): this is how a domain begins
using namespace cairn::dsl;  // NOLINT(google-build-using-namespace)

enum class Color : i16 { Red = -2, Green = 0, Blue = 300 };

struct Address {
  Str<40> street = {};
  Option<Str<9>> zip = {};
};

struct Customer {
  Key<Id<Customer>> id = {};
  Unique<Str<60>> email = {};
  Address address = {};
  Option<Id<Customer>> invited_by = {};
  Decimal<2> credit = {};
  using schema = Record<1>;
};

struct Order {
  enum Status : u8 { Open, Paid, Shipped, Cancelled };

  using Lifecycle = Machine<Initial<Open>, From<Open>::To<Paid, Cancelled>,
                            From<Paid>::Guarded<Shipped>, From<Paid>::To<Cancelled>>;
  Key<Id<Order>> id = {};
  Immutable<Id<Customer>> customer = {};
  Indexed<Timestamp> placed = {};
  State<Lifecycle> status = {};
  bool gift = false;
  u8 boxes = 0;
  i128 weight = 0;
  std::array<u16, 3> size = {};
  Uuid tracking = {};
  using schema = Record<2, 3, IndexOn<&Order::status, &Order::placed>>;
};

struct Product {
  Key<Str<20>> sku = {};
  Color color = Color::Green;
  Bytes<5> tag = {};
  u64 stock = 0;
  i32 shelf = 0;
  Digest picture = {};
  Option<Decimal<38>> rate = {};
  using schema = Record<7>;
};

// NOLINTBEGIN(readability-identifier-naming): the name of an edge is that of its struct
struct ordered_by : Edge<Many<Order>, Required<One<Customer>>, "orders", OnErase::Cascade> {};

struct contains : Edge<Many<Order>, Many<Product>, "contained_in"> {};

// NOLINTEND(readability-identifier-naming)

struct Line {
  Str<20> sku = {};
  u32 count = 0;
  Text<200> note = {};
};

struct Place {
  Id<Order> order = {};
  Id<Customer> customer = {};
  List<Line, 50> lines = {};
  Text<1000> message = {};
  Option<Address> deliver_to = {};
  using schema = Command<1>;
};

struct Touch {
  using schema = Command<2>;
};

struct Paint {
  Str<20> sku = {};
  Color color = Color::Red;
  Blob<4096> image = {};
  std::array<Option<u128>, 2> ranges = {};
  List<Duration, 4> waits = {};
  i8 small = 0;
  u16 medium = 0;
  i64 large = 0;
  using schema = Command<3>;
};

struct Placed {
  Id<Order> order = {};
  Id<Customer> customer = {};
  u32 lines = 0;
  using schema = Event<1, 1, About<&Placed::order, &Placed::customer>>;
};

struct Shortage {
  Str<20> sku = {};
  u64 missing = 0;
};

enum class Reject : u16 { UnknownCustomer = 1, OutOfStock = 5 };

// NOLINTBEGIN(readability-identifier-naming): the name of a rule is that of its struct
struct in_hours : Gate<> {};

struct stock_positive : Invariant<Product> {};

// NOLINTEND(readability-identifier-naming)

struct Shop : Domain<"shop", 4, Records<Customer, Order, Product>, Edges<ordered_by, contains>,
                     Commands<Place, Touch, Paint>, Events<Placed>,
                     Rejects<Reject, Detail<Reject::OutOfStock, Shortage>>, Gates<in_hours>,
                     Invariants<stock_positive>> {};

inline constexpr const DomainInfo& info = describe::DomainTable<Shop>::info;

}  // namespace shop
