// SPDX-License-Identifier: Apache-2.0
// What the store promises to one thread, on the real disk.
#include <array>
#include <string>
#include <string_view>
#include <vector>

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "journal/keys_ring.h"
#include "journal/receipt.h"
#include "sys/whole_file.h"
#include "tests/store/sample_shop.h"

namespace cairn::store {
namespace {

using sample_shop::in_stock;
using sample_shop::LargerShop;
using sample_shop::Noted;
using sample_shop::open_for_business;
using sample_shop::Ordered;
using sample_shop::Shipped;
using sample_shop::Shop;
using ::testing::HasSubstr;

TEST(Store, WhatIsAppendedIsReadBackWithEverythingThatWasSaid) {
  ShopRig rig;
  ASSERT_TRUE(rig.open());
  rig.clock().now = {5'000'000};
  const Uuid correlation = Uuid::parse("0190c0de-0000-7000-8000-000000000001").value();
  const auto first = rig->append({"order/7", "eu"}, Ordered{.pieces = 3, .article = "bolt"});
  ASSERT_TRUE(first) << first.error().to_string();
  const auto second = rig->append({"order/7", "eu"}, Shipped{.pieces = 2},
                                  {.cause = first->event()}, {.correlation = correlation});
  ASSERT_TRUE(second) << second.error().to_string();
  EXPECT_EQ(second->sequence, first->sequence + 1);
  EXPECT_EQ(second->version, 2U);

  const StoredEvent event = rig->get(second->event()).value();
  EXPECT_EQ(event.id, second->event());
  EXPECT_EQ(event.time, Timestamp{5'000'000});
  EXPECT_EQ(event.entity, "order/7");
  EXPECT_EQ(event.scope, "eu");
  EXPECT_EQ(event.version, 2U);
  EXPECT_EQ(event.cause, first->event());
  EXPECT_EQ(event.ancestor, first->event());
  EXPECT_EQ(event.correlation, correlation);
  EXPECT_EQ((*rig).as<Shipped>(event).value()->pieces, 2U);
  EXPECT_FALSE((*rig).as<Ordered>(event).has_value());
  const StoredEvent ancestor = rig->ancestor(event).value().value();
  EXPECT_EQ((*rig).as<Ordered>(ancestor).value()->article, "bolt");
  EXPECT_EQ(ancestor.ancestor, std::nullopt);
  EXPECT_EQ(ancestor.cause, std::nullopt);
}

TEST(Store, ABatchIsAppendedWholeOrNotAtAll) {
  // The third event is not as expected: nothing of the batch is there, and nothing is recorded.
  ShopRig rig;
  ASSERT_TRUE(rig.open());
  Batch<Shop> batch;
  batch.add({"a"}, Ordered{.pieces = 1}).add({"a"}, Shipped{.pieces = 1}).add({"b"}, Shipped{});
  const auto done = rig->append(batch);
  ASSERT_TRUE(done) << done.error().to_string();
  EXPECT_EQ(done->count, 3U);
  EXPECT_EQ(rig->get(done->event(1)).value().version, 2U);
  EXPECT_EQ(rig->get(done->event(1)).value().ancestor, done->event(0));
  EXPECT_EQ(rig->get(done->event(2)).value().version, 1U);
  const std::uint64_t durable = rig->status().durable;

  batch.clear();
  batch.add({"a"}, Shipped{})
      .add({"c"}, Shipped{})
      .add({"b"}, Shipped{}, {.expected = Expected::none()});
  const auto refused = rig->append(batch);
  ASSERT_FALSE(refused);
  EXPECT_EQ(refused.error().code(), Errc::Conflict);
  EXPECT_EQ(rig->status().durable, durable);
  EXPECT_EQ(rig->version({"a"}).value(), 2U);
  EXPECT_EQ(rig->version({"c"}).value(), 0U);
}

TEST(Store, ExpectedVersionsSayWhatTheyMean) {
  ShopRig rig;
  ASSERT_TRUE(rig.open());
  const auto attempt = [&](std::string_view entity, Expected expected) {
    return rig->append({entity}, Shipped{}, {.expected = expected}).has_value();
  };
  EXPECT_FALSE(attempt("a", Expected::exists()));
  EXPECT_FALSE(attempt("a", Expected::exactly(1)));
  EXPECT_TRUE(attempt("a", Expected::none()));
  EXPECT_FALSE(attempt("a", Expected::none()));
  EXPECT_TRUE(attempt("a", Expected::exists()));
  EXPECT_FALSE(attempt("a", Expected::exactly(1)));
  EXPECT_FALSE(attempt("a", Expected::exactly(3)));
  EXPECT_TRUE(attempt("a", Expected::exactly(2)));
  EXPECT_TRUE(attempt("a", Expected::any()));
  EXPECT_TRUE(attempt("b", Expected::any()));
  // The same entity elsewhere is another coordinate.
  EXPECT_TRUE(rig->append({"a", "eu"}, Shipped{}, {.expected = Expected::none()}));
  const auto zero = rig->append({"z"}, Shipped{}, {.expected = Expected::exactly(0)});
  ASSERT_FALSE(zero);
  EXPECT_THAT(zero.error().to_string(), HasSubstr("none()"));
  const auto conflict = rig->append({"a"}, Shipped{}, {.expected = Expected::exactly(9)});
  EXPECT_THAT(conflict.error().to_string(), HasSubstr("version 4"));
  EXPECT_THAT(conflict.error().to_string(), HasSubstr("version 9 was expected"));
}

TEST(Store, EventsOfOneAppendAreExpectedAgainstWhatWasBeforeIt) {
  ShopRig rig;
  ASSERT_TRUE(rig.open());
  Batch<Shop> batch;
  batch.add({"a"}, Ordered{}, {.expected = Expected::none()})
      .add({"a"}, Shipped{}, {.expected = Expected::none()});
  const auto done = rig->append(batch);
  ASSERT_TRUE(done) << done.error().to_string();
  EXPECT_EQ(done->version, 2U);
}

TEST(Store, TheSameRequestIsAnsweredOnceAndForAll) {
  // Asked again at once, after many others, and after opening again: by key, and by client and
  // number. What is expected is not asked again: it was right then.
  ShopRig rig;
  ASSERT_TRUE(rig.open());
  const Uuid client = Uuid::parse("0190c0de-0000-7000-8000-000000000007").value();
  const std::array<RequestId, 2> requests = {RequestId{.key = "payment-1"},
                                             RequestId{.client = client, .number = 1}};
  std::vector<Appended> answers;
  for (const RequestId& request : requests) {
    const auto done = rig->append({request.key.empty() ? "b" : "a"}, Ordered{.pieces = 1},
                                  {.expected = Expected::none()}, {.request = request});
    ASSERT_TRUE(done) << done.error().to_string();
    EXPECT_FALSE(done->is_repeat);
    answers.push_back(*done);
  }
  const auto ask_again = [&] {
    for (std::size_t i = 0; i < requests.size(); ++i) {
      const std::uint64_t durable = rig->status().durable;
      const auto again = rig->append({i == 0 ? "a" : "b"}, Ordered{.pieces = 1},
                                     {.expected = Expected::none()}, {.request = requests[i]});
      ASSERT_TRUE(again) << again.error().to_string();
      EXPECT_TRUE(again->is_repeat);
      EXPECT_EQ(again->sequence, answers[i].sequence);
      EXPECT_EQ(again->version, answers[i].version);
      EXPECT_EQ(again->time, answers[i].time);
      EXPECT_EQ(rig->status().durable, durable);
      const auto other = rig->append({"a"}, Ordered{.pieces = 2}, {}, {.request = requests[i]});
      ASSERT_FALSE(other);
      EXPECT_EQ(other.error().code(), Errc::Conflict);
      EXPECT_THAT(other.error().to_string(), HasSubstr("made before"));
    }
  };
  ask_again();
  rig.clock().now = {9'000'000};
  for (int i = 0; i < 100; ++i) {
    ASSERT_TRUE(rig->append({"c"}, Shipped{}, {}, {.request = {.key = "k" + std::to_string(i)}}));
  }
  ask_again();
  ASSERT_TRUE(rig.open());
  ask_again();
}

TEST(Store, AGateThatSaysNoIsRecordedAndIsTheAnswerToTheSameRequest) {
  ShopRig rig;
  int asked = 0;
  std::vector<std::uint64_t> versions;
  rig.options().gates = {
      Store<Shop>::gate<open_for_business>([](const GateQuestion&) { return true; }),
      Store<Shop>::gate<in_stock>([&](const GateQuestion& question) {
        ++asked;
        versions.assign(question.versions.begin(), question.versions.end());
        return question.events.front().entity != "empty";
      })};
  ASSERT_TRUE(rig.open());
  const std::array gates = {Store<Shop>::gate_name<open_for_business>(),
                            Store<Shop>::gate_name<in_stock>()};
  ASSERT_TRUE(rig->append({"full"}, Ordered{}, {}, {.gates = gates}));
  ASSERT_TRUE(rig->append({"full"}, Ordered{}, {}, {.gates = gates}));
  EXPECT_EQ(versions, (std::vector<std::uint64_t>{1}));
  for (const bool is_repeat : {false, true}) {
    const auto denied =
        rig->append({"empty"}, Ordered{}, {}, {.request = {.key = "r"}, .gates = gates});
    ASSERT_TRUE(denied) << denied.error().to_string();
    EXPECT_EQ(denied->denied_by, "in_stock");
    EXPECT_EQ(denied->count, 0U);
    EXPECT_EQ(denied->is_repeat, is_repeat);
  }
  EXPECT_EQ(asked, 3);
  EXPECT_EQ(rig->version({"empty"}).value(), 0U);
  // The trace: which gates were asked, and what they said.
  auto reader = journal::HistoryReader::open(rig.disk(), "shop").value();
  const auto* const entry = reader.at(Seq(rig->status().durable)).value();
  EXPECT_EQ(entry->record->outcome, OutcomeKind::Denied);
  ASSERT_EQ(entry->record->gates.size(), 2U);
  EXPECT_TRUE(entry->record->gates[0].allowed);
  EXPECT_FALSE(entry->record->gates[1].allowed);
  EXPECT_EQ(entry->record->gates[1].gate, 0U);

  rig.options().gates.pop_back();
  ASSERT_TRUE(rig.open());
  const auto again =
      rig->append({"empty"}, Ordered{}, {}, {.request = {.key = "r"}, .gates = gates});
  ASSERT_TRUE(again) << again.error().to_string();
  EXPECT_EQ(again->denied_by, "in_stock");
  const auto unjudged = rig->append({"empty"}, Ordered{}, {}, {.gates = gates});
  ASSERT_FALSE(unjudged);
  EXPECT_THAT(unjudged.error().to_string(), HasSubstr("nobody judges gate in_stock"));
}

TEST(Store, GatesThatAreUnknownOrGivenTwiceAreRefused) {
  ShopRig rig;
  const auto yes = [](const GateQuestion&) { return true; };
  rig.options().gates = {{.name = "no_such_gate", .allows = yes}};
  EXPECT_THAT(rig.open().error().to_string(), HasSubstr("no gate no_such_gate"));
  rig.options().gates = {{.name = "in_stock", .allows = yes}, {.name = "in_stock", .allows = yes}};
  EXPECT_THAT(rig.open().error().to_string(), HasSubstr("given twice"));
}

TEST(Store, AGateThatThrowsRefusesTheAppendAndNothingElse) {
  ShopRig rig;
  rig.options().gates = {Store<Shop>::gate<in_stock>(
      [](const GateQuestion&) -> bool { throw std::runtime_error("no stock list"); })};
  ASSERT_TRUE(rig.open());
  const std::array gates = {Store<Shop>::gate_name<in_stock>()};
  const auto refused = rig->append({"a"}, Ordered{}, {}, {.gates = gates});
  ASSERT_FALSE(refused);
  EXPECT_THAT(refused.error().to_string(), HasSubstr("no stock list"));
  EXPECT_TRUE(rig->append({"a"}, Ordered{}));
}

TEST(Store, WhatCannotBeAnEventIsRefusedByName) {
  ShopRig rig;
  ASSERT_TRUE(rig.open());
  const std::uint64_t durable = rig->status().durable;
  const std::array<std::byte, 3> bytes = {};
  const std::string long_name(300, 'x');
  const auto refusal = [&](NewEvent event) {
    const auto done = rig->core().append({.events = std::span(&event, 1)});
    return done ? std::string("taken") : done.error().to_string();
  };
  EXPECT_THAT(refusal({.entity = "a", .kind = 9, .bytes = bytes}), HasSubstr("no event of kind 9"));
  EXPECT_THAT(refusal({.entity = "a", .kind = 0, .bytes = bytes}), HasSubstr("kind 0"));
  EXPECT_THAT(refusal({.entity = "a", .kind = 2, .bytes = bytes}), HasSubstr("Shipped"));
  EXPECT_THAT(refusal({.entity = "", .kind = 2}), HasSubstr("no entity"));
  EXPECT_THAT(refusal({.entity = long_name, .kind = 2}), HasSubstr("300 bytes"));
  EXPECT_THAT(refusal({.entity = "\xff", .kind = 2}), HasSubstr("UTF-8"));
  EXPECT_THAT(rig->append({"a"}, Shipped{}, {.cause = EventId{.sequence = 99}}).error().to_string(),
              HasSubstr("no event before"));
  EXPECT_THAT(rig->core().append({}).error().to_string(), HasSubstr("without an event"));
  EXPECT_THAT(
      rig->append({"a"}, Shipped{}, {}, {.request = {.key = "k", .number = 3}}).error().to_string(),
      HasSubstr("key and a client"));
  EXPECT_EQ(rig->status().durable, durable);
}

TEST(Store, AnEventOfAnAppendMayBeCausedByAnEarlierOneOfIt) {
  // It is recorded by its place, and the same request asked again is the same.
  ShopRig rig;
  ASSERT_TRUE(rig.open());
  Batch<Shop> batch;
  batch.add({"a"}, Ordered{.pieces = 1}).add({"a"}, Shipped{}, {.cause = of_this_append(0)});
  const auto done = rig->append(batch, {.request = {.key = "one"}});
  ASSERT_TRUE(done) << done.error().to_string();
  EXPECT_EQ(rig->get(done->event(1)).value().cause, done->event(0));
  for (int times = 0; times < 2; ++times) {
    const auto again = rig->append(batch, {.request = {.key = "one"}});
    ASSERT_TRUE(again) << again.error().to_string();
    EXPECT_TRUE(again->is_repeat);
    ASSERT_TRUE(rig.open());
  }
  batch.clear();
  batch.add({"a"}, Shipped{}, {.cause = of_this_append(0)});
  EXPECT_EQ(rig->append(batch).error().code(), Errc::InvalidArgument);
}

TEST(Store, ACauseMustBeThere) {
  // An event number that its transaction does not have is no event.
  ShopRig rig;
  ASSERT_TRUE(rig.open());
  const auto first = rig->append({"a"}, Shipped{});
  ASSERT_TRUE(first);
  EXPECT_TRUE(rig->append({"a"}, Shipped{}, {.cause = first->event(0)}));
  const auto refused = rig->append({"a"}, Shipped{}, {.cause = first->event(1)});
  ASSERT_FALSE(refused);
  EXPECT_THAT(refused.error().to_string(), HasSubstr("no event"));
}

TEST(Store, GetSaysWhatIsNotThere) {
  ShopRig rig;
  ASSERT_TRUE(rig.open());
  const auto done = rig->append({"a"}, Shipped{});
  ASSERT_TRUE(done);
  EXPECT_EQ(rig->get(done->event(1)).error().code(), Errc::NotFound);
  EXPECT_EQ(rig->get({.sequence = 0}).error().code(), Errc::NotFound);
  EXPECT_EQ(rig->get({.sequence = 50}).error().code(), Errc::NotFound);
}

TEST(Store, TimeNeverGoesBack) {
  ShopRig rig;
  ASSERT_TRUE(rig.open());
  rig.clock().now = {500'000'000};
  ASSERT_TRUE(rig->append({"a"}, Shipped{}));
  rig.clock().now = {5};
  ASSERT_TRUE(rig->append({"a"}, Shipped{}));
  ASSERT_TRUE(rig.open());
  const auto last = rig->append({"a"}, Shipped{});
  ASSERT_TRUE(last);
  EXPECT_EQ(last->time, Timestamp{500'000'000});
}

TEST(Store, SequencesAreFoundByTime) {
  ShopRig rig;
  ASSERT_TRUE(rig.open());
  std::vector<Appended> done;
  for (int i = 1; i <= 150; ++i) {
    rig.clock().now = {i * std::int64_t{1'000'000'000}};
    done.push_back(rig->append({"a"}, Shipped{}).value());
  }
  for (const Appended& each : done) {
    EXPECT_EQ(rig->core().sequence_at(each.time).value(), each.sequence);
    EXPECT_EQ(rig->core().sequence_at({each.time.nanoseconds - 1}).value(), each.sequence);
  }
  EXPECT_EQ(rig->core().sequence_at({}).value(), 1U);
  EXPECT_EQ(rig->core().sequence_at(rig.clock().now + seconds(1)).value(),
            done.back().sequence + 1);
}

TEST(Store, ASchemaThatOnlyAddsIsInstalledAndAnotherIsRefused) {
  ShopRig rig;
  ASSERT_TRUE(rig.open());
  EXPECT_EQ(rig->status().schema, 1U);
  ASSERT_TRUE(rig->append({"a"}, Shipped{}));
  ASSERT_TRUE(rig.open());
  EXPECT_EQ(rig->status().schema, 1U);
  EXPECT_EQ(rig->status().durable, 2U);
  ASSERT_TRUE(rig.open<LargerShop>());
  EXPECT_EQ(rig->status().schema, 2U);
  const auto smaller = rig.open();
  ASSERT_FALSE(smaller);
  EXPECT_EQ(smaller.error().code(), Errc::Conflict);
  EXPECT_THAT(smaller.error().to_string(), HasSubstr("Returned"));
  ASSERT_TRUE(rig.open<LargerShop>());
  EXPECT_EQ(rig->version({"a"}).value(), 1U);
}

/// Makes one bit of the first index file another; false when it is not that long. Its name.
bool spoil_index(ShopRig& rig, std::uint64_t at, std::string& name) {
  name = rig.disk().list("shop/index").value().front().name;
  const auto file =
      rig.disk().open("shop/index/" + name, {.mode = sys::OpenMode::ReadWrite}).value();
  std::array<std::byte, 1> byte = {};
  if (at >= file->size().value() || !file->read(at, std::span(byte))) {
    return false;
  }
  byte[0] ^= std::byte{4};
  return file->write(at, byte).has_value();
}

TEST(Store, ADamagedIndexIsMadeAnewWhileTheStoreIsUsedAndNamed) {
  // Every byte of an index file, one after the other in steps: what is asked is answered right all
  // the same, and what was found and made again is named.
  ShopRig rig;
  ASSERT_TRUE(rig.open());
  for (int i = 0; i < 60; ++i) {
    ASSERT_TRUE(rig->append({i % 2 == 0 ? "a" : "b"}, Shipped{}));
  }
  const auto expected = rig.all({.entity = "a"});
  ASSERT_EQ(expected.size(), 30U);
  int named = 0;
  std::string name;
  for (std::uint64_t at = 0; at < 20'000; at += 97) {
    rig.close();
    if (!spoil_index(rig, at, name)) {
      break;
    }
    ASSERT_TRUE(rig.open());
    for (int times = 0; times < 2; ++times) {
      Cursor cursor;
      const auto page = rig->page({.entity = "a"}, cursor, 1000);
      ASSERT_TRUE(page) << at << ": " << page.error().to_string();
      EXPECT_EQ(*page, expected) << "byte " << at;
    }
    EXPECT_EQ(rig->version({"b"}).value(), 30U);
    EXPECT_EQ(rig->status().trouble, "");
    if (!rig->status().mended.empty()) {
      ++named;
      EXPECT_THAT(rig->status().mended, HasSubstr(name));
    }
  }
  EXPECT_GT(named, 20);
}

TEST(Store, AnAppendIsDecidedRightWithADamagedIndex) {
  // What is expected of old coordinates, an old request, an old cause: all of it is looked up.
  ShopRig rig;
  ASSERT_TRUE(rig.open());
  const auto first = rig->append({"old"}, Shipped{.pieces = 1}, {}, {.request = {.key = "one"}});
  for (int i = 0; i < 60; ++i) {
    ASSERT_TRUE(rig->append({std::to_string(i)}, Shipped{}));
  }
  ASSERT_TRUE(rig.open());
  std::string name;
  for (std::uint64_t at = 4096; at < 8192; at += 8) {
    rig.close();
    ASSERT_TRUE(spoil_index(rig, at, name));
  }
  ASSERT_TRUE(rig.open());
  const auto again = rig->append({"old"}, Shipped{.pieces = 1}, {}, {.request = {.key = "one"}});
  ASSERT_TRUE(again) << again.error().to_string();
  EXPECT_TRUE(again->is_repeat);
  EXPECT_FALSE(rig->append({"old"}, Shipped{}, {.expected = Expected::none()}));
  const auto next =
      rig->append({"old"}, Shipped{}, {.expected = Expected::exactly(1), .cause = first->event()});
  ASSERT_TRUE(next) << next.error().to_string();
  EXPECT_THAT(rig->status().mended, HasSubstr(name));
}

TEST(Store, FewLargeAppendsFillTheIndexAsManySmallOnesDo) {
  // It is events that take memory, and that are fed again when the store is opened.
  ShopRig rig;
  ASSERT_TRUE(rig.open());
  Batch<Shop> batch;
  for (int i = 0; i < 30; ++i) {
    batch.add({"a"}, Shipped{});
  }
  for (int i = 0; i < 4; ++i) {
    ASSERT_TRUE(rig->append(batch));
    EXPECT_EQ(rig.all().size(), 30U * static_cast<std::size_t>(i + 1));
  }
  EXPECT_GE(rig.disk().list("shop/index").value().size(), 1U);
}

TEST(Store, TheIndexOfAnotherHistoryIsNotBelieved) {
  // The log of one store with the index of another one of the same length.
  ShopRig rig;
  ShopRig other;
  ASSERT_TRUE(rig.open());
  ASSERT_TRUE(other.open());
  for (int i = 0; i < 60; ++i) {
    ASSERT_TRUE(rig->append({i % 2 == 0 ? "a" : "b"}, Shipped{}));
    ASSERT_TRUE(other->append({i % 3 == 0 ? "a" : "b"}, Shipped{}));
  }
  // What has been read is indexed, and the next append writes that into a file.
  EXPECT_NE(rig.all().size(), 0U);
  EXPECT_NE(other.all().size(), 0U);
  ASSERT_TRUE(rig->append({"a"}, Shipped{}));
  ASSERT_TRUE(other->append({"b"}, Shipped{}));
  const auto expected = rig.all({.entity = "a"});
  rig.close();
  other.close();
  const auto files = other.disk().list("shop/index").value();
  ASSERT_FALSE(files.empty());
  const auto own = rig.disk().list("shop/index").value();
  for (const sys::Entry& file : own) {
    ASSERT_TRUE(rig.disk().remove("shop/index/" + file.name));
  }
  for (const sys::Entry& file : files) {
    const auto bytes =
        sys::read_file(other.disk(), "shop/index/" + file.name, std::size_t{1} << 24U).value();
    ASSERT_TRUE(sys::replace_file(rig.disk(), "shop/index/" + file.name, bytes));
  }
  ASSERT_TRUE(rig.open());
  EXPECT_EQ(rig.all({.entity = "a"}), expected);
  EXPECT_EQ(rig->version({"a"}).value(), expected.size());
}

TEST(Store, ReceiptsVerifyWithoutIt) {
  // Of the first, of one in between and of the last, also after the store was opened again; a head
  // covers all that was appended, and without a key nothing is signed.
  ShopRig rig;
  sys::PosixRandom random;
  const auto key = journal::SignerKey::generate("example.com/shop", random);
  journal::Keyring ring;
  ASSERT_TRUE(ring.trust(key.verifier()));
  ASSERT_TRUE(rig.open());
  ASSERT_TRUE(rig->append({"a"}, Shipped{}));
  EXPECT_EQ(rig->receipt(1).error().code(), Errc::InvalidArgument);
  rig.options().signing_key = key.to_text();
  for (int round = 0; round < 3; ++round) {
    ASSERT_TRUE(rig.open());
    for (int i = 0; i < 40; ++i) {
      ASSERT_TRUE(rig->append({"a"}, Shipped{}));
    }
    const std::uint64_t last = rig->status().durable;
    for (const std::uint64_t sequence : {std::uint64_t{1}, last / 2, last}) {
      const auto text = rig->receipt(sequence);
      ASSERT_TRUE(text) << text.error().to_string();
      const journal::Receipt receipt = journal::parse_receipt(*text).value();
      EXPECT_EQ(receipt.sequence, Seq(sequence));
      EXPECT_EQ(receipt.size, last);
      const auto verdict = verify_receipt(receipt, ring);
      EXPECT_TRUE(verdict.holds()) << verdict.reason;
    }
    EXPECT_EQ(rig->receipt(last + 1).error().code(), Errc::NotFound);
    EXPECT_THAT(rig->signed_head().value(), HasSubstr("example.com/shop\n" + std::to_string(last)));
  }
}

TEST(Store, AClosedStoreSaysSo) {
  ShopRig rig;
  ASSERT_TRUE(rig.open());
  ASSERT_TRUE(rig->append({"a"}, Shipped{}));
  ASSERT_TRUE(rig->close());
  EXPECT_EQ(rig->append({"a"}, Shipped{}).error().code(), Errc::Closed);
  EXPECT_EQ(rig->get({.sequence = 1}).error().code(), Errc::Closed);
  EXPECT_EQ(rig->version({"a"}).error().code(), Errc::Closed);
  EXPECT_TRUE(rig->close());
}

TEST(Store, ASecondWriterIsToldWhoHasIt) {
  ShopRig rig;
  ASSERT_TRUE(rig.open());
  const auto disk = sys::make_posix_disk(rig.path()).value();
  SetClock clock;
  sys::PosixRandom random;
  const auto second = EventStore::open({.disk = *disk, .clock = clock, .random = random}, "shop",
                                       domain_info<Shop>(), rig.options());
  ASSERT_FALSE(second);
  EXPECT_EQ(second.error().code(), Errc::Busy);
}

}  // namespace
}  // namespace cairn::store
