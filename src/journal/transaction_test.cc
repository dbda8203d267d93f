// SPDX-License-Identifier: Apache-2.0
#include "journal/transaction.h"

#include <array>
#include <string>
#include <vector>

#include <fmt/core.h>
#include <gtest/gtest.h>

#include "base/hash.h"
#include "base/text.h"
#include "journal/random_record.h"
#include "tests/support/golden.h"

namespace cairn::journal {
namespace {

using Bytes = std::span<const std::byte>;

Bytes bytes_of(std::string_view text) {
  return std::as_bytes(std::span(text));
}

std::vector<std::byte> encoded(const TransactionRecord& record) {
  GrowingByteWriter out;
  encode(record, out);
  return {out.written().begin(), out.written().end()};
}

std::string describe(const EventPlace& place) {
  return fmt::format("{}.{}", place.transaction.value(), place.event);
}

std::string describe(const EventRecord& event) {
  return fmt::format("event {} {} cause {} {} about {} {} {} version {} ancestor {} {}", event.kind,
                     to_hex(event.payload), event.has_cause, describe(event.cause),
                     static_cast<int>(event.about), event.coordinate.entity, event.coordinate.scope,
                     event.version, describe(event.ancestor), to_hex(event.ancestor_hash));
}

/// All of a record in words: what must be the same after writing and reading.
std::string describe(const TransactionRecord& record) {
  std::string text = fmt::format(
      "{} at {} schema {} kind {} {} outcome {} code {} {} gate {} fault {} intent {} {} {} {} "
      "correlation {} {} cause {} {} timer {} delta {}\n",
      record.position.value(), record.time, record.schema, record.kind, to_hex(record.command),
      to_string(record.outcome), record.code, to_hex(record.detail), record.gate,
      to_string(record.fault), static_cast<int>(record.intent.kind),
      to_hex(record.intent.client.bytes), record.intent.number, record.intent.key,
      record.has_correlation, to_hex(record.correlation.bytes), record.has_cause,
      describe(record.cause), record.timer, to_hex(record.delta));
  for (const GateRecord& gate : record.gates) {
    text += fmt::format("gate {} {} {} {} {}\n", gate.gate, gate.allowed, gate.is_bypassed,
                        gate.approver, gate.reason);
  }
  for (const EventRecord& event : record.events) {
    text += describe(event) + '\n';
  }
  return text;
}

TEST(Transaction, IsReadAsItWasWritten) {
  RandomRecord random(1);
  TransactionReader reader;
  for (int i = 0; i < 20'000; ++i) {
    const TransactionRecord& record = random.next();
    const std::vector<std::byte> bytes = encoded(record);
    const auto read = reader.read(bytes);
    ASSERT_TRUE(read.has_value()) << read.error().to_string() << '\n' << describe(record);
    ASSERT_EQ(describe(**read), describe(record));
  }
}

TEST(Transaction, CutAnywhereIsRefused) {
  RandomRecord random(2);
  TransactionReader reader;
  for (int i = 0; i < 200; ++i) {
    std::vector<std::byte> bytes = encoded(random.next());
    for (std::size_t size = 0; size < bytes.size(); ++size) {
      ASSERT_FALSE(reader.read(Bytes(bytes).first(size)).has_value()) << size;
    }
    bytes.push_back(std::byte{0});
    EXPECT_FALSE(reader.read(bytes).has_value()) << "a byte too many";
  }
}

/// Changes the byte at `at`: whether that is still a record. If so, these are its bytes.
bool reads_as_another(std::vector<std::byte> bytes, std::size_t at) {
  bytes[at] ^= static_cast<std::byte>(1U << (at % 8));
  TransactionReader reader;
  const auto read = reader.read(bytes);
  if (read) {
    EXPECT_EQ(encoded(**read), bytes) << at;
  }
  return read.has_value();
}

TEST(Transaction, HasOneForm) {
  // Whatever a changed byte makes of it: it is refused, or is another record whose bytes these are.
  RandomRecord random(3);
  std::size_t accepted = 0;
  for (int i = 0; i < 200; ++i) {
    const std::vector<std::byte> bytes = encoded(random.next());
    for (std::size_t at = 0; at < bytes.size(); ++at) {
      accepted += reads_as_another(bytes, at) ? 1U : 0U;
    }
  }
  EXPECT_GT(accepted, 1000U);  // times, payloads and numbers may be anything
}

TransactionRecord plain() {
  return {.position = Seq(7), .time = 1'700'000'000'000'000'000, .schema = 1, .kind = 2};
}

std::string why_refused(const TransactionRecord& record) {
  TransactionReader reader;
  const auto read = reader.read(encoded(record));
  return read ? "" : read.error().to_string();
}

TEST(Transaction, SaysWhichFieldIsWrongAndWhere) {
  TransactionRecord record = plain();
  record.position = Seq(0);
  EXPECT_EQ(why_refused(record), "corrupt: position at offset 3: is 0: the first is 1");
  record = plain();
  record.kind = 0;
  EXPECT_NE(why_refused(record).find("command kind"), std::string::npos);
  record = plain();
  record.intent = {.kind = Intent::Kind::Key, .key = "\xff"};
  EXPECT_NE(why_refused(record).find("idempotency key"), std::string::npos);
  record = plain();
  const std::array events = {EventRecord{.kind = 1}};
  record.events = events;
  EXPECT_EQ(why_refused(record), "");
  record.outcome = OutcomeKind::Denied;
  EXPECT_NE(why_refused(record).find("events"), std::string::npos);
  record = plain();
  record.delta = bytes_of("x");
  record.outcome = OutcomeKind::Rejected;
  record.code = 1;
  EXPECT_NE(why_refused(record).find("delta"), std::string::npos);
  record.timer = 1;  // that it fired stays, whatever came of the command
  EXPECT_EQ(why_refused(record), "");
  record = plain();
  const std::array gates = {GateRecord{.gate = 1, .is_bypassed = true, .approver = "kim"}};
  record.gates = gates;
  EXPECT_NE(why_refused(record).find("reason"), std::string::npos);
}

TEST(Transaction, NamesOnlyEarlierEvents) {
  TransactionRecord record = plain();
  std::array events = {EventRecord{.kind = 1}, EventRecord{.kind = 1, .has_cause = true}};
  record.events = events;
  events[1].cause = {.transaction = record.position, .event = 0};
  EXPECT_EQ(why_refused(record), "");
  events[1].cause.event = 1;  // itself
  EXPECT_NE(why_refused(record).find("event's cause"), std::string::npos);
  record.events = {};
  record.has_cause = true;
  record.cause = {.transaction = record.position, .event = 0};
  EXPECT_NE(why_refused(record).find("is no earlier event"), std::string::npos);
}

TEST(Transaction, OfANewerFormatIsRefusedByName) {
  std::vector<std::byte> bytes = encoded(plain());
  bytes[0] = std::byte{2};
  TransactionReader reader;
  const auto read = reader.read(bytes);
  ASSERT_FALSE(read.has_value());
  EXPECT_EQ(read.error().code(), Errc::Unsupported);
  EXPECT_NE(read.error().to_string().find("version 2"), std::string::npos);
}

TEST(Transaction, HostileCountsTakeNoMemory) {
  // Says that it has as many events as may be, and has none.
  TransactionRecord record = plain();
  const std::array events = {EventRecord{.kind = 1}};
  record.events = events;
  std::vector<std::byte> bytes = encoded(record);
  const std::size_t count = bytes.size() - 4;  // before kind, parts and payload size
  ASSERT_EQ(bytes[count], std::byte{1});
  bytes[count] = std::byte{0xff};
  bytes.insert(bytes.begin() + static_cast<std::ptrdiff_t>(count) + 1,
               {std::byte{0xff}, std::byte{3}});
  TransactionReader reader;
  EXPECT_FALSE(reader.read(bytes).has_value());
}

TEST(Transaction, TheHashOfAnEventHangsOnItsContentAndNotOnItsLinks) {
  GrowingByteWriter scratch;
  const EventRecord event = {.kind = 3,
                             .payload = bytes_of("paid"),
                             .about = EventRecord::About::Named,
                             .coordinate = {.entity = "user:1", .scope = "eu"},
                             .version = 2,
                             .ancestor = {.transaction = Seq(1), .event = 0}};
  const EventHash hash = hash_of(event, scratch);
  EventRecord other = event;
  other.ancestor.event = 9;
  EXPECT_EQ(hash_of(other, scratch), hash);
  other = event;
  other.version = 3;
  EXPECT_NE(hash_of(other, scratch), hash);
  other = event;
  other.payload = bytes_of("owed");
  EXPECT_NE(hash_of(other, scratch), hash);
  // Where one text ends and the next begins is part of it.
  other = event;
  other.coordinate = {.entity = "user:1e", .scope = "u"};
  EXPECT_NE(hash_of(other, scratch), hash);
}

TEST(Transaction, OfASmallEventIsSmall) {
  // An event of 17 bytes about somebody somewhere, not the first there.
  const std::array events = {EventRecord{.kind = 1,
                                         .payload = bytes_of("seventeen bytes!!"),
                                         .about = EventRecord::About::Named,
                                         .coordinate = {.entity = "user:1042", .scope = "chat"},
                                         .version = 300,
                                         .ancestor = {.transaction = Seq(999'000), .event = 0}}};
  const TransactionRecord append = {.position = Seq(1'000'000),
                                    .time = 1'700'000'000'000'000'000,
                                    .kind = static_cast<std::uint16_t>(SystemKind::Append),
                                    .events = events};
  EXPECT_LE(encoded(append).size(), 76U);
}

/// Records of every outcome, pinned in tests/golden/transaction.txt; CAIRN_UPDATE_GOLDEN=1 writes
/// the file instead of comparing.
TEST(TransactionGolden, BytesAndHashesAreTheOnesOnFile) {
  RandomRecord random(2026);
  std::string text;
  for (int i = 0; i < 24; ++i) {
    const TransactionRecord& record = random.next();
    const std::vector<std::byte> bytes = encoded(record);
    text += fmt::format("{}bytes {}\n", describe(record), to_hex(bytes));
    GrowingByteWriter scratch;
    for (const EventRecord& event : record.events) {
      text += fmt::format("event hash {}\n", to_hex(hash_of(event, scratch)));
    }
  }
  test::expect_golden("transaction.txt", text);
}

}  // namespace
}  // namespace cairn::journal
