// SPDX-License-Identifier: Apache-2.0
#include "base/unique_id.h"

#include <array>
#include <cstdint>
#include <vector>

#include <gtest/gtest.h>
#include <rapidcheck/gtest.h>

namespace cairn {
namespace {

using Random = std::array<std::byte, UniqueIdGenerator::random_bytes>;

Random all(std::uint8_t octet) {
  Random random;
  random.fill(static_cast<std::byte>(octet));
  return random;
}

Random drawn() {
  Random random = {};
  for (std::byte& byte : random) {
    byte = static_cast<std::byte>(*rc::gen::arbitrary<std::uint8_t>());
  }
  return random;
}

Timestamp at_millisecond(std::int64_t millisecond) {
  return Timestamp{} + milliseconds(millisecond);
}

RC_GTEST_PROP(UniqueId, IncreasesWhateverTheClockDoes, (const std::vector<std::int16_t>& steps)) {
  // A clock that stands, leaps and goes back, with random and with extreme randomness; every id is
  // greater than the one before, and is a UUID of version 7 whose text parses back.
  UniqueIdGenerator generator;
  Uuid last;
  std::int64_t millisecond = 1'700'000'000'000;
  for (const std::int16_t step : steps) {
    millisecond += step % 3;
    const Random random = *rc::gen::element(drawn(), all(0x00), all(0xff));
    const Uuid id = generator.next(at_millisecond(millisecond), random);
    RC_ASSERT(id > last);
    RC_ASSERT((id.bytes[6] & std::byte{0xf0}) == std::byte{0x70});
    RC_ASSERT((id.bytes[8] & std::byte{0xc0}) == std::byte{0x80});
    RC_ASSERT(Uuid::parse(id.to_string()).value() == id);
    last = id;
  }
}

TEST(UniqueId, IsMadeOfItsArgumentsAlone) {
  // The same arguments give the same id, and its layout is that of RFC 9562: the millisecond, then
  // the version, the random bits and the variant.
  const Timestamp now = at_millisecond(0x0123456789ab);
  UniqueIdGenerator one;
  UniqueIdGenerator other;
  const Uuid id = one.next(now, all(0xff));
  EXPECT_EQ(id, other.next(now, all(0xff)));
  EXPECT_EQ(id.to_string(), "01234567-89ab-7fff-bfff-ffffffffffff");
  UniqueIdGenerator third;
  EXPECT_EQ(third.next(now, all(0)).to_string(), "01234567-89ab-7000-8000-000000000000");
}

TEST(UniqueId, RunsAheadOfTheClockWhenTheMillisecondIsFull) {
  // All random bits set, then one more id in the same millisecond: the next millisecond begins.
  UniqueIdGenerator generator;
  const Timestamp now = at_millisecond(1000);
  EXPECT_EQ(generator.next(now, all(0xff)).to_string(), "00000000-03e8-7fff-bfff-ffffffffffff");
  EXPECT_EQ(generator.next(now, all(0x00)).to_string(), "00000000-03e9-7000-8000-000000000000");
  EXPECT_EQ(generator.next(now, all(0x00)).to_string(), "00000000-03e9-7000-8000-000000000001");
}

TEST(UniqueId, CarriesFromTheLowerIntoTheUpperRandomBits) {
  // The 62 lower bits are full, the 12 upper ones are not: the upper ones grow by one.
  UniqueIdGenerator generator;
  Random random = all(0xff);
  random[0] = std::byte{0};
  random[1] = std::byte{5};
  EXPECT_EQ(generator.next(at_millisecond(1), random).to_string(),
            "00000000-0001-7005-bfff-ffffffffffff");
  EXPECT_EQ(generator.next(at_millisecond(1), all(0)).to_string(),
            "00000000-0001-7006-8000-000000000000");
}

TEST(UniqueId, CountsATimeBefore1970As1970) {
  // A clock that was never set must not stop a node.
  UniqueIdGenerator generator;
  EXPECT_EQ(generator.next(Timestamp{-1}, all(0)).to_string(),
            "00000000-0000-7000-8000-000000000000");
}

}  // namespace
}  // namespace cairn
