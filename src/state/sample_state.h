// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <array>

#include "cairn/declare.h"
#include "cairn/describe.h"
#include "cairn/edge.h"
#include "cairn/fields.h"
#include "cairn/machine.h"
#include "cairn/values.h"

/// A domain with every sort of index, edge and reference, for tests, fuzz targets and benchmarks of
/// the state; not part of the product.
namespace depot {

using namespace cairn;       // NOLINT(google-build-using-namespace): this is how a domain begins
using namespace cairn::dsl;  // NOLINT(google-build-using-namespace)

struct Padded {
  u8 small = 0;
  u64 large = 0;
  Option<u16> maybe = {};
};

struct Account {
  enum Status : u8 { Open, Frozen, Closed };
  enum class Mood : i8 { Low = -1, High = 0 };
  using Lifecycle = Machine<Initial<Open>, From<Open>::To<Frozen, Closed>, From<Frozen>::To<Open>>;
  using Temper =
      Machine<Initial<Mood::Low>, From<Mood::Low>::To<Mood::High>, From<Mood::High>::To<Mood::Low>>;

  Key<Id<Account>> id = {};
  Unique<Str<12>> email = {};
  Indexed<i64> balance = 0;
  Indexed<i128> weight = 0;
  Indexed<Decimal<2>> rate = {};
  Indexed<Str<24>> name = {};
  Indexed<Option<Str<8>>> nick = {};
  State<Lifecycle> status = {};
  State<Temper> temper = {};
  Immutable<Timestamp> since = {};
  Option<Id<Account>> friend_of = {};
  Padded padded = {};
  u32 edits = 0;
  Bytes<5> tag = {};
  using schema = Record<1, 1, IndexOn<&Account::status, &Account::balance>>;
};

struct Item {
  Key<Str<20>> sku = {};
  Indexed<u32> shelf = 0;
  Indexed<i8> row = 0;
  std::array<Option<Id<Account>>, 2> owners = {};
  Unique<Uuid> code = {};
  bool sold = false;
  using schema = Record<2, 1, UniqueOn<&Item::shelf, &Item::row>>;
};

struct Node;

struct PartKey {
  u16 number = 0;
  i16 side = 0;
};

struct Part {
  Key<PartKey> key = {};
  Id<Node> of = {};
  i64 count = 0;
  using schema = Record<3>;
};

struct Node {
  Key<Id<Node>> id = {};
  u8 color = 0;
  using schema = Record<4>;
};

struct Flag {
  Key<u8> number = {};
  u8 up = 0;
  Str<3> text = {};
  using schema = Record<5>;
};

// NOLINTBEGIN(readability-identifier-naming): the name of an edge is that of its struct
struct owned_by : Edge<Many<Item>, One<Account>, "items", OnErase::Cascade> {};

struct reports_to : Edge<Many<Account>, One<Account>, "reports", OnErase::Unlink> {};

struct likes : Edge<Many<Account>, Many<Item>, "liked_by"> {};

struct next : Edge<One<Node>, One<Node>, "previous", OnErase::Cascade> {};

struct knows : Edge<Many<Node>, Many<Node>, "known_by", OnErase::Cascade> {};

struct part_of : Edge<Many<Part>, Required<One<Account>>, "parts", OnErase::Cascade> {};

struct flagged : Edge<Required<Many<Node>>, Many<Flag>, "flags", OnErase::Unlink> {};

// NOLINTEND(readability-identifier-naming)

struct Remind {
  u32 what = 0;
  Text<100> note = {};
  using schema = Command<1>;
};

struct Depot
    : Domain<"depot", 1, Records<Account, Item, Part, Node, Flag>,
             Edges<owned_by, reports_to, likes, next, knows, part_of, flagged>, Commands<Remind>> {
};

inline constexpr const DomainInfo& info = describe::DomainTable<Depot>::info;

// NOLINTBEGIN(readability-identifier-naming): positions read like the names they stand for
enum Records : std::uint16_t { account, item, part, node, flag };

enum Edges : std::uint16_t { owning, reporting, liking, following, knowing, parts, flags };

// NOLINTEND(readability-identifier-naming)

}  // namespace depot

/// Records of sixty-four bytes, for what is measured.
namespace vault {

using namespace cairn;       // NOLINT(google-build-using-namespace): this is how a domain begins
using namespace cairn::dsl;  // NOLINT(google-build-using-namespace)

struct Numbered {
  Key<Id<Numbered>> id = {};
  i64 balance = 0;
  std::array<u64, 6> rest = {};
  using schema = Record<1>;
};

struct Named {
  Key<Str<22>> name = {};
  std::array<u64, 5> rest = {};
  using schema = Record<2>;
};

struct Sorted {
  Key<Id<Sorted>> id = {};
  Indexed<i64> price = 0;
  std::array<u64, 6> rest = {};
  using schema = Record<3>;
};

struct Listed {
  Key<Id<Listed>> id = {};
  Indexed<Str<22>> name = {};
  std::array<u64, 4> rest = {};
  using schema = Record<4>;
};

// NOLINTBEGIN(readability-identifier-naming): the name of an edge is that of its struct
struct held_by : Edge<Many<Sorted>, One<Numbered>, "holds", OnErase::Unlink> {};

struct knows : Edge<Many<Numbered>, Many<Numbered>, "known_by", OnErase::Unlink> {};

// NOLINTEND(readability-identifier-naming)

struct Vault : Domain<"vault", 1, Records<Numbered, Named, Sorted, Listed>, Edges<held_by, knows>> {
};

inline constexpr const DomainInfo& info = describe::DomainTable<Vault>::info;

// NOLINTBEGIN(readability-identifier-naming): as above
enum Records : std::uint16_t { numbered, named, sorted, listed };

enum Edges : std::uint16_t { holds, knowing };

// NOLINTEND(readability-identifier-naming)

}  // namespace vault
