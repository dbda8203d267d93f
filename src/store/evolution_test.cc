// SPDX-License-Identifier: Apache-2.0
// A store that outlives versions of its events: the domain of each generation reads what the ones
// before it stored. Three generations of one shop.
#include <algorithm>
#include <array>
#include <cstdint>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "cairn/store_consumer.h"
#include "cairn/store_projection.h"
#include "journal/verify.h"
#include "tests/store/sample_shop.h"

namespace shop_1 {
using namespace cairn::dsl;

enum class Colour : u8 { Red = 1, Blue };

struct Ordered {
  u32 pieces = 0;
  Colour colour = Colour::Red;
  using schema = Event<1>;
};

struct Shipped {
  u32 pieces = 0;
  using schema = Event<2>;
};

struct Shop : Domain<"shop", 1, Events<Ordered, Shipped>> {};

}  // namespace shop_1

namespace shop_2 {
using namespace cairn::dsl;

struct Shipped {
  u32 pieces = 0;
  using schema = Event<2>;
};

enum class Colour : u8 { Red = 1, Blue, Green };

struct OrderedV1 {
  u32 pieces = 0;
  Colour colour = Colour::Red;
  using schema = Event<1>;
};

struct Ordered {
  u64 grams = 0;
  Colour colour = Colour::Red;
  Text<40> note = {};
  using schema = Event<1, 2, Was<OrderedV1>>;
};

Ordered upcast(const OrderedV1& older) {
  return {.grams = u64{older.pieces} * 10, .colour = older.colour, .note = "in pieces"};
}

struct Shop : Domain<"shop", 2, Events<Ordered, Shipped>> {};

/// The same schema, and nothing that reads the older version.
namespace forgetful {
enum class Colour : u8 { Red = 1, Blue, Green };

struct Shipped {
  u32 pieces = 0;
  using schema = Event<2>;
};

struct Ordered {
  u64 grams = 0;
  Colour colour = Colour::Red;
  Text<40> note = {};
  using schema = Event<1, 2>;
};

struct Shop : Domain<"shop", 2, Events<Ordered, Shipped>> {};
}  // namespace forgetful

/// It says that version 1 was something else.
namespace mistaken {
enum class Colour : u8 { Red = 1, Blue, Green };

struct Shipped {
  u32 pieces = 0;
  using schema = Event<2>;
};

struct OrderedV1 {
  u64 pieces = 0;
  Colour colour = Colour::Red;
  using schema = Event<1>;
};

struct Ordered {
  u64 grams = 0;
  Colour colour = Colour::Red;
  Text<40> note = {};
  using schema = Event<1, 2, Was<OrderedV1>>;
};

Ordered upcast(const OrderedV1&) {
  return {};
}

struct Shop : Domain<"shop", 2, Events<Ordered, Shipped>> {};
}  // namespace mistaken

}  // namespace shop_2

namespace shop_3 {
using namespace cairn::dsl;
using shop_2::Colour;

struct Shipped {
  u32 pieces = 0;
  using schema = Event<2>;
};

struct OrderedV1 {
  u32 pieces = 0;
  Colour colour = Colour::Red;
  using schema = Event<1>;
};

struct OrderedV2 {
  u64 grams = 0;
  Colour colour = Colour::Red;
  Text<40> note = {};
  using schema = Event<1, 2, Was<OrderedV1>>;
};

struct Ordered {
  u64 grams = 0;
  Text<40> note = {};
  bool is_red = false;
  using schema = Event<1, 3, Was<OrderedV2>>;
};

OrderedV2 upcast(const OrderedV1& older) {
  return {.grams = u64{older.pieces} * 10, .colour = older.colour, .note = "in pieces"};
}

Ordered upcast(const OrderedV2& older) {
  return {.grams = older.grams, .note = older.note, .is_red = older.colour == Colour::Red};
}

struct Shop : Domain<"shop", 3, Events<Ordered, Shipped>> {};

/// Folded from orders of every version.
struct Totals {
  u64 grams = 0;
  u32 red = 0;
  u32 with_note = 0;
};

void apply(Totals& totals, const Ordered& event, const cairn::store::EventRef&) {
  totals.grams += event.grams;
  totals.red += event.is_red ? 1U : 0U;
  totals.with_note += event.note.view().empty() ? 0U : 1U;
}

}  // namespace shop_3

namespace club {
using namespace cairn::dsl;

struct NamedV1 {
  Secret<Str<8>> name = {};
  using schema = Event<1>;
};

struct Named {
  u32 visits = 0;
  Secret<Str<8>> name = {};
  using schema = Event<1, 2, Was<NamedV1>>;
};

Named upcast(const NamedV1& older) {
  return {.visits = 0, .name = older.name};
}

struct Club : Domain<"club", 2, Events<Named>> {};

}  // namespace club

namespace cairn::store {
namespace {

using ::testing::HasSubstr;

template <typename D, typename E>
EventId append_to(ShopRig& rig, std::string_view entity, const E& event) {
  Batch<D> batch;
  batch.add({entity}, event);
  return rig.core().append(batch.view()).value().event();
}

/// One order of the first generation, one of the second.
struct TwoOrders {
  explicit TwoOrders(ShopRig& rig) {
    EXPECT_TRUE(rig.open<shop_1::Shop>());
    first = append_to<shop_1::Shop>(rig, "order/1",
                                    shop_1::Ordered{.pieces = 7, .colour = shop_1::Colour::Blue});
    append_to<shop_1::Shop>(rig, "order/1", shop_1::Shipped{.pieces = 7});
    const auto opened = rig.open<shop_2::Shop>();
    EXPECT_TRUE(opened) << opened.error().to_string();
    second = append_to<shop_2::Shop>(rig, "order/2", shop_2::Ordered{.grams = 5});
  }

  EventId first;
  EventId second;
};

TEST(Evolution, AnOlderVersionIsReadAsTheNewerOneAndTheNewerAsItIs) {
  ShopRig rig;
  const TwoOrders orders(rig);
  const auto first = as<shop_2::Ordered, shop_2::Shop>(rig.core().get(orders.first).value());
  EXPECT_EQ((*first)->grams, 70U);
  EXPECT_EQ((*first)->colour, shop_2::Colour::Blue);
  EXPECT_EQ((*first)->note.view(), "in pieces");
  const auto second = as<shop_2::Ordered, shop_2::Shop>(rig.core().get(orders.second).value());
  EXPECT_EQ((*second)->grams, 5U);
  EXPECT_EQ((*second)->note.view(), "");
}

TEST(Evolution, ASecretIsFoundInAnEventOfAnOlderVersion) {
  const std::array<std::byte, 50> sealed = {std::byte{7}};
  const club::NamedV1 older = {.name = Secret<Str<8>>::from_sealed(sealed).value()};
  GrowingByteWriter writer;
  encode(writer, older);
  const EventRef event = {.kind = 1, .type_version = 1, .bytes = writer.written()};
  const auto found = SecretField<club::Club, &club::Named::name>::in(event);
  ASSERT_TRUE(found) << found.error().to_string();
  EXPECT_TRUE(*found == older.name);
}

TEST(Evolution, VersionsAreUpcastOneAfterTheOther) {
  // The third generation knows only what the second was, which knows what the first was.
  ShopRig rig;
  const TwoOrders orders(rig);
  const auto opened = rig.open<shop_3::Shop>();
  ASSERT_TRUE(opened) << opened.error().to_string();
  const EventId third =
      append_to<shop_3::Shop>(rig, "order/3", shop_3::Ordered{.grams = 1, .is_red = true});
  const auto read = [&](EventId id) {
    return as<shop_3::Ordered, shop_3::Shop>(rig.core().get(id).value()).value();
  };
  EXPECT_EQ(read(orders.first)->grams, 70U);
  EXPECT_EQ(read(orders.first)->note.view(), "in pieces");
  EXPECT_FALSE(read(orders.first)->is_red);
  EXPECT_TRUE(read(orders.second)->is_red);
  EXPECT_TRUE(read(third)->is_red);
}

TEST(Evolution, ProjectionsAndConsumersSeeTheNewerVersionOnly) {
  ShopRig rig;
  const TwoOrders orders(rig);
  ASSERT_TRUE(rig.open<shop_3::Shop>());
  append_to<shop_3::Shop>(rig, "order/3", shop_3::Ordered{.grams = 1, .is_red = true});
  const auto totals = project<shop_3::Shop, shop_3::Totals>(rig.core(), {});
  ASSERT_TRUE(totals) << totals.error().to_string();
  EXPECT_EQ(totals->grams, 76U);
  EXPECT_EQ(totals->red, 2U);
  EXPECT_EQ(totals->with_note, 1U);

  auto consumer = Consumer::open(rig.core(), "mailer", {.kinds = {1}}).value();
  std::vector<std::uint64_t> grams;
  const std::vector<StoredEvent> events = consumer.next(10, seconds(0)).value();
  for (const StoredEvent& event : events) {
    grams.push_back((*as<shop_3::Ordered, shop_3::Shop>(event))->grams);
  }
  EXPECT_THAT(grams, ::testing::ElementsAre(70, 5, 1));
}

TEST(Evolution, StoredBytesAndHashesStayAsTheyWere) {
  // Read by three generations: the bytes of the first event, and the proof of the whole.
  ShopRig rig;
  ASSERT_TRUE(rig.open<shop_1::Shop>());
  const EventId id = append_to<shop_1::Shop>(rig, "order/1", shop_1::Ordered{.pieces = 7});
  const StoredEvent before = rig.core().get(id).value();
  EXPECT_EQ(before.type_version, 1U);
  ASSERT_TRUE(rig.open<shop_2::Shop>());
  EXPECT_EQ((*as<shop_2::Ordered, shop_2::Shop>(rig.core().get(id).value()))->grams, 70U);
  ASSERT_TRUE(rig.open<shop_3::Shop>());
  for (int times = 0; times < 2; ++times) {
    EXPECT_EQ((*as<shop_3::Ordered, shop_3::Shop>(rig.core().get(id).value()))->grams, 70U);
  }
  EXPECT_EQ(rig.core().get(id).value(), before);
  rig.close();
  const auto verdict = journal::verify_journal(rig.disk(), "shop", {.values = true});
  ASSERT_TRUE(verdict) << verdict.error().to_string();
  EXPECT_TRUE(verdict->holds()) << verdict->broken->reason;
}

TEST(Evolution, AVersionThatNothingReadsIsRefusedWhenTheStoreIsOpened) {
  // Whether the schema is new to the store, or there already: the types decide, not the schema.
  ShopRig rig;
  ASSERT_TRUE(rig.open<shop_1::Shop>());
  append_to<shop_1::Shop>(rig, "order/1", shop_1::Ordered{.pieces = 7});
  for (int times = 0; times < 2; ++times) {
    const auto refused = rig.open<shop_2::forgetful::Shop>();
    ASSERT_FALSE(refused);
    EXPECT_EQ(refused.error().code(), Errc::Conflict);
    const std::string text = refused.error().to_string();
    EXPECT_THAT(text, HasSubstr("event Ordered: the store has it in version 1, the domain in "
                                "version 2"));
    EXPECT_THAT(text, HasSubstr("Event<1, 2, Was<OrderedV1>>"));
    EXPECT_THAT(text, HasSubstr("Ordered upcast(const OrderedV1& older)"));
    ASSERT_TRUE(rig.open<shop_2::Shop>());
  }
}

TEST(Evolution, AVersionThatWasSomethingElseIsRefusedByField) {
  ShopRig rig;
  ASSERT_TRUE(rig.open<shop_1::Shop>());
  const auto refused = rig.open<shop_2::mistaken::Shop>();
  ASSERT_FALSE(refused);
  EXPECT_EQ(refused.error().code(), Errc::Conflict);
  EXPECT_THAT(refused.error().to_string(), HasSubstr("OrderedV1 is not what the store "
                                                     "has as version 1: its field pieces is u64, "
                                                     "and u32 there"));
}

TEST(Evolution, AnOlderDomainCannotOpenWhatANewerOneWroteInto) {
  ShopRig rig;
  const TwoOrders orders(rig);
  const auto refused = rig.open<shop_1::Shop>();
  ASSERT_FALSE(refused);
  EXPECT_THAT(refused.error().to_string(), HasSubstr("the version goes back from 2 to 1"));
}

/// The host's side of one call: memory and faults, and nothing else.
struct UpcastCall {
  std::array<std::byte, 256> memory = {};
  std::string fault;
  cairn_host host = {};

  UpcastCall() {
    host.take_memory = [](cairn_call* call, std::size_t) -> void* {
      return reinterpret_cast<UpcastCall*>(call)->memory.data();
    };
    host.fault = [](cairn_call* call, std::int32_t, cairn_bytes text) {
      reinterpret_cast<UpcastCall*>(call)->fault = {static_cast<const char*>(text.data), text.size};
    };
  }

  std::int32_t upcast(std::uint16_t version, std::span<const std::byte> event, cairn_bytes& out) {
    return domain_entry<shop_3::Shop>.upcast(&host, reinterpret_cast<cairn_call*>(this), 1, version,
                                             {.data = event.data(), .size = event.size()}, &out);
  }
};

TEST(Evolution, ADomainUpcastsForItsHostByOneVersion) {
  EXPECT_EQ(domain_entry<shop_1::Shop>.upcast, nullptr);
  UpcastCall call;
  GrowingByteWriter older;
  encode(older, shop_3::OrderedV1{.pieces = 7, .colour = shop_2::Colour::Blue});
  cairn_bytes upcasted = {};
  ASSERT_EQ(call.upcast(1, older.written(), upcasted), CAIRN_ACCEPTED) << call.fault;
  GrowingByteWriter expected;
  encode(expected,
         shop_3::OrderedV2{.grams = 70, .colour = shop_2::Colour::Blue, .note = "in pieces"});
  const std::span<const std::byte> made(static_cast<const std::byte*>(upcasted.data),
                                        upcasted.size);
  EXPECT_TRUE(std::ranges::equal(made, expected.written()));
  EXPECT_EQ(call.upcast(3, older.written(), upcasted), CAIRN_FAULTED);
  EXPECT_EQ(call.upcast(2, {}, upcasted), CAIRN_FAULTED);
}

}  // namespace
}  // namespace cairn::store
