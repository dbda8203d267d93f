// SPDX-License-Identifier: Apache-2.0
#include "base/log.h"

#include <algorithm>
#include <array>
#include <chrono>
#include <cstring>
#include <span>
#include <utility>

#include <fmt/format.h>

#include "base/check.h"
#include "base/limits.h"
#include "base/text.h"
#include "cairn/utf8.h"

namespace cairn {

namespace {

constexpr std::size_t tail_bytes_max = 64;    // the count of dropped fields, braces, newline
constexpr std::size_t escaped_bytes_max = 6;  // of one byte of text: \u001f
constexpr std::size_t head_bytes_max = 256;   // time, level, names and quotes around the message

constexpr std::int64_t nanoseconds_per_second = 1'000'000'000;
constexpr std::int64_t nanoseconds_per_day = 86'400 * nanoseconds_per_second;

static_assert(log_text_bytes_max * escaped_bytes_max + head_bytes_max + tail_bytes_max <
                  log_line_bytes_max,
              "the longest message fits on a line");

std::string_view name_of(LogLevel level) noexcept {
  switch (level) {
    case LogLevel::Debug:
      return "debug";
    case LogLevel::Info:
      return "info";
    case LogLevel::Warning:
      return "warning";
    case LogLevel::Error:
      return "error";
  }
  std::unreachable();
}

/// The line in the making. What does not fit sets `overflowed`, and `cut_back` takes it off again.
class Line final {
 public:
  void put(std::string_view text) noexcept {
    if (text.size() > end_ - size_) {
      overflowed_ = true;
      return;
    }
    std::memcpy(bytes_.data() + size_, text.data(), text.size());
    size_ += text.size();
  }

  template <typename... Values>
  void format(fmt::format_string<Values...> pattern, const Values&... values) {
    const auto result = fmt::vformat_to_n(bytes_.data() + size_, end_ - size_, pattern,
                                          fmt::make_format_args(values...));
    if (result.size > end_ - size_) {
      overflowed_ = true;
      return;
    }
    size_ += result.size;
  }

  /// The space kept free for the end of the line becomes usable.
  void open_tail() noexcept { end_ = bytes_.size(); }

  void cut_back(std::size_t size) noexcept {
    size_ = size;
    overflowed_ = false;
  }

  [[nodiscard]] bool overflowed() const noexcept { return overflowed_; }

  [[nodiscard]] std::size_t size() const noexcept { return size_; }

  [[nodiscard]] std::string_view text() const noexcept { return {bytes_.data(), size_}; }

 private:
  std::size_t size_ = 0;
  std::size_t end_ = log_line_bytes_max - tail_bytes_max;
  bool overflowed_ = false;
  std::array<char, log_line_bytes_max> bytes_;
};

/// Controls of both ranges, and the two line separators, may break a line or drive a terminal.
bool must_be_escaped(std::string_view sequence) noexcept {
  const auto first = static_cast<unsigned char>(sequence[0]);
  if (sequence.size() == 1) {
    return first < 0x20 || first == 0x7f || first == '\\' || first == '"';
  }
  const bool is_c1 = first == 0xc2 && static_cast<unsigned char>(sequence[1]) < 0xa0;
  return is_c1 || sequence == "\u2028" || sequence == "\u2029";
}

void put_escaped(Line& line, std::string_view sequence) {
  if (sequence == "\u2028" || sequence == "\u2029") {
    line.put(sequence == "\u2028" ? "\\u2028" : "\\u2029");
    return;
  }
  const char c = sequence.back();  // of a two-byte control the last byte is the code point
  switch (c) {
    case '\n':
      return line.put("\\n");
    case '\t':
      return line.put("\\t");
    case '\r':
      return line.put("\\r");
    case '"':
      return line.put("\\\"");
    case '\\':
      return line.put("\\\\");
    default:
      return line.format("\\u{:04x}", static_cast<unsigned char>(c));
  }
}

/// The inside of a JSON string; in the text format, of a quoted one.
void put_text(Line& line, std::string_view text) {
  std::string_view rest = text;
  while (!rest.empty() && text.size() - rest.size() < log_text_bytes_max) {
    const std::size_t length = utf8_sequence(rest);
    const std::string_view sequence = rest.substr(0, std::max<std::size_t>(length, 1));
    if (length == 0) {
      line.put("\ufffd");
    } else if (must_be_escaped(sequence)) {
      put_escaped(line, sequence);
    } else {
      line.put(sequence);
    }
    rest.remove_prefix(sequence.size());
  }
  if (!rest.empty()) {
    line.format("[cut, {} more bytes]", rest.size());
  }
}

void put_quoted(Line& line, std::string_view text) {
  line.put("\"");
  put_text(line, text);
  line.put("\"");
}

void put_time(Line& line, Timestamp time) {
  std::int64_t days = time.nanoseconds / nanoseconds_per_day;
  std::int64_t in_day = time.nanoseconds % nanoseconds_per_day;
  if (in_day < 0) {
    --days;
    in_day += nanoseconds_per_day;
  }
  const std::chrono::year_month_day date{
      std::chrono::sys_days(std::chrono::days(static_cast<int>(days)))};
  const std::int64_t seconds = in_day / nanoseconds_per_second;
  line.format("{:04}-{:02}-{:02}T{:02}:{:02}:{:02}.{:09}Z", static_cast<int>(date.year()),
              static_cast<unsigned>(date.month()), static_cast<unsigned>(date.day()),
              seconds / 3600, seconds / 60 % 60, seconds % 60, in_day % nanoseconds_per_second);
}

/// "1.234ms": the largest unit that leaves a whole number in front, thousandths cut off.
void put_duration(Line& line, Duration duration) {
  struct Unit {
    std::uint64_t size;
    std::string_view name;
  };

  constexpr std::array units = {Unit{.size = 1'000'000'000, .name = "s"},
                                Unit{.size = 1'000'000, .name = "ms"},
                                Unit{.size = 1'000, .name = "us"}};
  const bool negative = duration.nanoseconds < 0;
  const auto bits = static_cast<std::uint64_t>(duration.nanoseconds);
  const std::uint64_t magnitude = negative ? 0 - bits : bits;
  line.put(negative ? "-" : "");
  for (const Unit& unit : units) {
    if (magnitude >= unit.size) {
      return line.format("{}.{:03}{}", magnitude / unit.size,
                         magnitude % unit.size / (unit.size / 1'000), unit.name);
    }
  }
  line.format("{}ns", magnitude);
}

bool is_plain_word(std::string_view text) noexcept {
  return !text.empty() && text.size() <= log_text_bytes_max &&
         std::ranges::all_of(
             text, [](char c) { return c > ' ' && c < 0x7f && c != '"' && c != '=' && c != '\\'; });
}

/// Writes one value in one format; `std::visit` picks the function by type.
struct ValueWriter {
  Line& line;
  LogFormat format;

  void operator()(LogValue::Hidden) const { put_word("***"); }

  void operator()(bool value) const { line.put(value ? "true" : "false"); }

  void operator()(std::int64_t value) const { line.format("{}", value); }

  void operator()(std::uint64_t value) const { line.format("{}", value); }

  void operator()(std::string_view text) const {
    if (format == LogFormat::Text && is_plain_word(text)) {
      line.put(text);
    } else {
      put_quoted(line, text);
    }
  }

  void operator()(Duration value) const {
    if (format == LogFormat::Json) {
      line.format("{}", value.nanoseconds);
    } else {
      put_duration(line, value);
    }
  }

  void operator()(Timestamp value) const {
    const std::string_view quote = format == LogFormat::Json ? "\"" : "";
    line.put(quote);
    put_time(line, value);
    line.put(quote);
  }

  void operator()(const Digest& value) const {
    std::array<char, 2 * sizeof(Digest)> digits = {};
    write_hex(value.bytes, digits);
    put_word({digits.data(), digits.size()});
  }

  void put_word(std::string_view word) const {
    if (format == LogFormat::Json) {
      put_quoted(line, word);
    } else {
      line.put(word);
    }
  }
};

void put_field(Line& line, LogFormat format, const LogField& field) {
  if (format == LogFormat::Json) {
    const bool is_duration = std::holds_alternative<Duration>(field.value());
    line.format(",\"{}{}\":", field.name(), is_duration ? "_ns" : "");
  } else {
    line.format(" {}=", field.name());
  }
  std::visit(ValueWriter{.line = line, .format = format}, field.value());
}

void put_head(Line& line, LogFormat format, Timestamp now, LogLevel level,
              std::string_view message) {
  if (format == LogFormat::Json) {
    line.put("{\"time\":\"");
    put_time(line, now);
    line.format("\",\"level\":\"{}\",\"message\":\"", name_of(level));
    put_text(line, message);
    line.put("\"");
  } else {
    put_time(line, now);
    line.format(" {:<7} ", name_of(level));
    put_text(line, message);
  }
  CAIRN_CHECK(!line.overflowed());
}

void put_tail(Line& line, LogFormat format, std::size_t dropped) {
  const bool is_json = format == LogFormat::Json;
  line.open_tail();
  if (dropped != 0 && is_json) {
    line.format(",\"fields_dropped\":{}", dropped);
  } else if (dropped != 0) {
    line.format(" fields_dropped={}", dropped);
  }
  line.put(is_json ? "}\n" : "\n");
  CAIRN_CHECK(!line.overflowed());
}

bool names_are_distinct(Logger::Fields fields) {
  return std::ranges::all_of(fields, [fields](const LogField& field) {
    return std::ranges::count(fields, field.name(), &LogField::name) == 1;
  });
}

}  // namespace

Logger::Logger(LogOptions options) : options_(std::move(options)) {
  CAIRN_CHECK(options_.now != nullptr);
  CAIRN_CHECK(options_.sink != nullptr);
}

void Logger::log(LogLevel level, std::string_view message, Fields fields) const {
  if (!enabled(level)) {
    return;
  }
  CAIRN_SLOW_CHECK(names_are_distinct(fields));
  Line line;
  put_head(line, options_.format, options_.now(), level, message);
  std::size_t dropped = 0;
  for (const LogField& field : fields) {
    const std::size_t size = line.size();
    put_field(line, options_.format, field);
    if (line.overflowed()) {
      line.cut_back(size);
      ++dropped;
    }
  }
  put_tail(line, options_.format, dropped);
  options_.sink(line.text());
}

}  // namespace cairn
