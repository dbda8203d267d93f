// SPDX-License-Identifier: Apache-2.0
// The laws of Outcome, on outcomes of every kind.
#include <string>
#include <vector>

#include <gtest/gtest.h>

#include "cairn/store_outcome.h"

namespace cairn::store {
namespace {

using Number = Outcome<int>;
using Text = Outcome<std::string>;

/// Everything an outcome says, for comparing.
template <typename T>
std::string show(const Outcome<T>& outcome) {
  if (outcome.is_ok()) {
    if constexpr (std::is_same_v<T, std::string>) {
      return "ok " + *outcome.value();
    } else {
      return "ok " + std::to_string(*outcome.value());
    }
  }
  if (outcome.is_error()) {
    return "error " + outcome.failure()->to_string();
  }
  if (outcome.is_retry()) {
    return "retry " + outcome.again()->reason.to_string() + " after " +
           outcome.again()->after.to_string();
  }
  if (outcome.is_cancelled()) {
    return "cancelled " + outcome.cancellation()->reason;
  }
  if (outcome.is_pending()) {
    return "pending " + show(outcome.poll());
  }
  std::string all = "batch";
  for (const auto& each : *outcome.outcomes()) {
    all += " (" + show(each) + ")";
  }
  return all;
}

Error error_of(const char* text) {
  return Error(Errc::Conflict, text);
}

/// One of each kind, and a batch with all of them and a batch.
std::vector<Number> samples() {
  std::vector<Number> each = {
      Number::ok(3),
      Number::ok(-1),
      Number::error(error_of("no")),
      Number::retry(error_of("later"), milliseconds(5)),
      Number::cancelled("enough"),
      Number::pending([] { return Number::pending([] { return Number::ok(8); }); })};
  each.push_back(Number::batch({Number::ok(1), Number::batch(each)}));
  each.push_back(Number::batch({}));
  return each;
}

/// Makes an outcome of another kind for each of some values.
Text spell(const int& number) {
  switch (number) {
    case 1:
      return Text::error(error_of("one"));
    case 3:
      return Text::ok("three");
    case 8:
      return Text::pending([] { return Text::ok("eight"); });
    default:
      return Text::batch({Text::ok("x"), Text::cancelled("y")});
  }
}

Number length(const std::string& text) {
  return text == "x" ? Number::retry(error_of("x"), seconds(1))
                     : Number::ok(static_cast<int>(text.size()));
}

TEST(Outcome, ThenWithOkIsTheSame) {
  for (const Number& sample : samples()) {
    EXPECT_EQ(show(sample.then([](const int& value) { return Number::ok(value); })), show(sample));
  }
}

TEST(Outcome, OkThenAFunctionIsTheFunction) {
  for (const int value : {1, 3, 8, 20}) {
    EXPECT_EQ(show(Number::ok(value).then(spell)), show(spell(value)));
  }
}

TEST(Outcome, ThenIsAssociative) {
  for (const Number& sample : samples()) {
    const auto both = [](const int& value) { return spell(value).then(length); };
    EXPECT_EQ(show(sample.then(spell).then(length)), show(sample.then(both)));
  }
}

TEST(Outcome, MapIsThenWithAPlainFunction) {
  const auto twice = [](const int& value) { return 2 * value; };
  for (const Number& sample : samples()) {
    EXPECT_EQ(show(sample.map(twice)),
              show(sample.then([&](const int& value) { return Number::ok(twice(value)); })));
    EXPECT_EQ(show(sample.map([](const int& value) { return value; })), show(sample));
  }
}

TEST(Outcome, OrElseTouchesErrorsOnly) {
  for (const Number& sample : samples()) {
    EXPECT_EQ(show(sample.or_else([](const Error& error) { return Number::error(error); })),
              show(sample));
  }
  const auto recover = [](const Error&) { return Number::ok(0); };
  EXPECT_EQ(show(Number::error(error_of("no")).or_else(recover)), "ok 0");
  EXPECT_EQ(show(Number::batch({Number::ok(1), Number::error(error_of("no"))}).or_else(recover)),
            "batch (ok 1) (ok 0)");
}

TEST(Outcome, JoinGivesAllValuesOrWhatStandsInTheWay) {
  const auto joined = Number::batch({Number::ok(1), Number::batch({Number::ok(2)})}).join();
  ASSERT_TRUE(joined.is_ok());
  EXPECT_EQ(*joined.value(), (std::vector<int>{1, 2}));
  const Number later = Number::retry(error_of("later"), milliseconds(5));
  const Number much_later = Number::retry(error_of("much later"), seconds(5));
  const Number waits = Number::pending([] { return Number::ok(7); });
  EXPECT_TRUE(Number::batch({later, Number::error(error_of("no"))}).join().is_error());
  EXPECT_TRUE(Number::batch({later, Number::cancelled("enough")}).join().is_cancelled());
  EXPECT_EQ(Number::batch({later, waits, much_later}).join().again()->after, seconds(5));
  const auto pending = Number::batch({Number::ok(1), waits}).join();
  ASSERT_TRUE(pending.is_pending());
  EXPECT_EQ(*pending.poll().value(), (std::vector<int>{1, 7}));
}

TEST(Outcome, OfAResultSaysWhatIsWorthAnotherTry) {
  EXPECT_TRUE(Number::from(3).is_ok());
  for (const Errc code : {Errc::Busy, Errc::TimedOut, Errc::Unavailable}) {
    EXPECT_TRUE(Number::from(fail(code, "x")).is_retry());
  }
  EXPECT_TRUE(Number::from(fail(Errc::Cancelled, "x")).is_cancelled());
  EXPECT_TRUE(Number::from(fail(Errc::Conflict, "x")).is_error());
}

}  // namespace
}  // namespace cairn::store
