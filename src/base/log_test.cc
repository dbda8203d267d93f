// SPDX-License-Identifier: Apache-2.0
#include "base/log.h"

#include <concepts>
#include <string>
#include <utility>
#include <vector>

#include <gtest/gtest.h>
#include <nlohmann/json.hpp>
#include <rapidcheck/gtest.h>

#include "base/limits.h"
#include "base/text.h"
#include "cairn/utf8.h"

namespace cairn {
namespace {

using namespace std::string_view_literals;

constexpr Timestamp some_time{1'700'000'000'123'456'789};

/// Collects what the sink gets.
struct Capture {
  std::vector<std::string> lines;

  Logger logger(LogFormat format, LogLevel least = LogLevel::Debug) {
    return Logger({.format = format,
                   .least = least,
                   .now = [] { return some_time; },
                   .sink = [this](std::string_view line) { lines.emplace_back(line); }});
  }
};

std::string one_line(LogFormat format, std::string_view message, Logger::Fields fields = {}) {
  Capture capture;
  capture.logger(format).info(message, fields);
  return capture.lines.size() == 1 ? capture.lines[0] : "not one line";
}

TEST(Logger, WritesTextForPeople) {
  // One field of each type, as it shows on a terminal.
  Digest digest;
  digest.bytes[0] = std::byte{0xab};
  EXPECT_EQ(one_line(LogFormat::Text, "node started",
                     {{"port", 7600},
                      {"seq", Seq(7)},
                      {"lag", -3},
                      {"durable", true},
                      {"took", microseconds(1'234)},
                      {"since", Timestamp{}},
                      {"code", Errc::NotFound},
                      {"folder", "/var/lib/cairn"},
                      {"title", "two words"},
                      {"empty", ""},
                      {"equation", "a=b"},
                      {"head", digest}}),
            "2023-11-14T22:13:20.123456789Z info    node started port=7600 seq=7 lag=-3 "
            "durable=true took=1.234ms since=1970-01-01T00:00:00.000000000Z code=not_found "
            "folder=/var/lib/cairn title=\"two words\" empty=\"\" equation=\"a=b\" head=ab" +
                std::string(62, '0') + "\n");
}

TEST(Logger, WritesJsonForPrograms) {
  // The same types; a duration names its unit.
  EXPECT_EQ(one_line(LogFormat::Json, "node \"a\" started",
                     {{"port", 7600U},
                      {"durable", false},
                      {"took", microseconds(1'234)},
                      {"since", Timestamp{}},
                      {"folder", std::string("C:\\data")}}),
            "{\"time\":\"2023-11-14T22:13:20.123456789Z\",\"level\":\"info\","
            "\"message\":\"node \\\"a\\\" started\",\"port\":7600,\"durable\":false,"
            "\"took_ns\":1234000,\"since\":\"1970-01-01T00:00:00.000000000Z\","
            "\"folder\":\"C:\\\\data\"}\n");
}

TEST(Logger, NeverShowsASecret) {
  // The value appears in neither format.
  for (const LogFormat format : {LogFormat::Text, LogFormat::Json}) {
    const SecretText token("hunter2");
    const std::string line = one_line(format, "login", {{"token", token}});
    EXPECT_FALSE(line.contains("hunter2"));
    EXPECT_TRUE(line.contains("***"));
    EXPECT_EQ(token.reveal(), "hunter2");
  }
  static_assert(!std::convertible_to<SecretText, std::string_view>);
  static_assert(!std::copy_constructible<SecretText>);
}

TEST(SecretText, WipesItselfWhenMovedFrom) {
  // A short text lies inside the object, where it can be looked at after the move.
  SecretText secret("hunter2");
  const char* const place = secret.reveal().data();
  const SecretText other = std::move(secret);
  EXPECT_EQ(other.reveal(), "hunter2");
  EXPECT_EQ(std::string_view(place, 7), std::string_view("\0\0\0\0\0\0\0", 7));
}

TEST(Logger, DropsWhatIsBelowItsLevel) {
  // Four records, two of them at or above the least level.
  Capture capture;
  const Logger logger = capture.logger(LogFormat::Text, LogLevel::Warning);
  logger.debug("a");
  logger.info("b");
  logger.warning("c");
  logger.error("d");
  ASSERT_EQ(capture.lines.size(), 2U);
  EXPECT_TRUE(capture.lines[0].contains(" warning c\n"));
  EXPECT_TRUE(capture.lines[1].contains(" error   d\n"));
  EXPECT_FALSE(logger.enabled(LogLevel::Info));
}

TEST(Logger, KeepsOneRecordOnOneLine) {
  // Every character that ends a line, rings, clears or recolours a terminal, in message and value.
  const auto nasty = "a\nb\rc\x1b[31md\x7f\u0085e\u009b2J\u2028f\u2029g\0h\tz"sv;
  for (const LogFormat format : {LogFormat::Text, LogFormat::Json}) {
    std::string line = one_line(format, nasty, {{"value", nasty}});
    ASSERT_EQ(line.back(), '\n');
    line.pop_back();
    for (const char c : line) {
      EXPECT_TRUE(c >= ' ' && c < 0x7f) << static_cast<int>(c);
    }
    EXPECT_TRUE(
        line.contains("a\\nb\\rc\\u001b[31md\\u007f\\u0085e\\u009b2J\\u2028f\\u2029g"
                      "\\u0000h\\tz"));
  }
}

TEST(Logger, ReplacesBytesThatAreNotUtf8) {
  // Each bad byte becomes one replacement character; good text around it stays.
  EXPECT_TRUE(one_line(LogFormat::Json, "ok", {{"name", "Zo\xc3\xab \xff\xc3"}})
                  .contains("\"name\":\"Zo\u00eb \ufffd\ufffd\""));
}

TEST(Logger, CutsLongTextsAndSaysSo) {
  // One byte over the limit; and a cut never splits a character.
  const std::string text(log_text_bytes_max + 1, 'x');
  EXPECT_TRUE(one_line(LogFormat::Text, text)
                  .contains(std::string(log_text_bytes_max, 'x') + "[cut, 1 more bytes]\n"));
  std::string umlauts = "x";
  while (umlauts.size() < 2 * log_text_bytes_max) {
    umlauts += "\u00fc";
  }
  const auto line = one_line(LogFormat::Json, "ok", {{"name", umlauts}});
  EXPECT_TRUE(is_utf8(line));
  EXPECT_TRUE(line.contains("\u00fc[cut, 1024 more bytes]\""));
}

TEST(Logger, CountsFieldsThatDoNotFit) {
  // Texts that escape to six times their size fill the line; a small field behind them still fits.
  const std::string worst(log_text_bytes_max, '\x01');
  for (const LogFormat format : {LogFormat::Text, LogFormat::Json}) {
    const std::string line =
        one_line(format, worst, {{"a", worst}, {"b", worst}, {"c", worst}, {"port", 7600}});
    EXPECT_LE(line.size(), log_line_bytes_max);
    EXPECT_TRUE(line.contains(format == LogFormat::Json ? ",\"port\":7600,\"fields_dropped\":2}\n"sv
                                                        : " port=7600 fields_dropped=2\n"sv));
  }
}

TEST(Logger, PrintsDurationsInTheLargestWholeUnit) {
  // Each unit's first and last value, both signs, and the far ends.
  const std::vector<std::pair<Duration, std::string>> known = {
      {nanoseconds(0), "0ns"},
      {nanoseconds(999), "999ns"},
      {nanoseconds(1'000), "1.000us"},
      {nanoseconds(-999'999), "-999.999us"},
      {milliseconds(1), "1.000ms"},
      {nanoseconds(1'999'999'999), "1.999s"},
      {Duration{INT64_MAX}, "9223372036.854s"},
      {Duration{INT64_MIN}, "-9223372036.854s"}};
  for (const auto& [duration, text] : known) {
    EXPECT_TRUE(one_line(LogFormat::Text, "ok", {{"took", duration}}).ends_with("=" + text + "\n"))
        << text;
  }
}

TEST(Logger, PrintsTimesBefore1970) {
  // The far ends of what a Timestamp holds.
  EXPECT_TRUE(one_line(LogFormat::Text, "ok", {{"at", Timestamp{-1}}})
                  .contains("at=1969-12-31T23:59:59.999999999Z"));
  EXPECT_TRUE(one_line(LogFormat::Text, "ok", {{"at", Timestamp{INT64_MIN}}})
                  .contains("at=1677-09-21T00:12:43.145224192Z"));
  EXPECT_TRUE(one_line(LogFormat::Text, "ok", {{"at", Timestamp{INT64_MAX}}})
                  .contains("at=2262-04-11T23:47:16.854775807Z"));
}

RC_GTEST_PROP(Logger, WritesValidJsonWhateverTheTexts,
              (const std::string& message, const std::string& value, std::int64_t number)) {
  // Arbitrary bytes, also long ones, parsed by another implementation: text that is valid UTF-8
  // comes back as it was.
  const auto repeats = *rc::gen::inRange<std::size_t>(1, 200);
  std::string longer;
  for (std::size_t i = 0; i < repeats; ++i) {
    longer += value;
  }
  const std::string line = one_line(LogFormat::Json, message,
                                    {{"value", value}, {"longer", longer}, {"number", number}});
  RC_ASSERT(line.find('\n') == line.size() - 1);
  const auto parsed = nlohmann::json::parse(line);
  RC_ASSERT(parsed.at("number").get<std::int64_t>() == number);
  if (is_utf8(value) && value.size() <= log_text_bytes_max) {
    RC_ASSERT(parsed.at("value").get<std::string>() == value);
  }
  if (is_utf8(message) && message.size() <= log_text_bytes_max) {
    RC_ASSERT(parsed.at("message").get<std::string>() == message);
  }
}

RC_GTEST_PROP(Logger, WritesOneLineOfTextWhateverTheTexts,
              (const std::string& message, const std::string& value)) {
  // Arbitrary bytes: one newline, at the end, no other control, valid UTF-8, bounded.
  const std::string line = one_line(LogFormat::Text, message, {{"value", value}});
  RC_ASSERT(line.find('\n') == line.size() - 1);
  RC_ASSERT(std::ranges::count_if(line, [](char c) { return c >= 0 && c < ' '; }) == 1);
  RC_ASSERT(is_utf8(line));
  RC_ASSERT(line.size() <= log_line_bytes_max);
}

}  // namespace
}  // namespace cairn
