// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <concepts>
#include <cstdint>
#include <functional>
#include <initializer_list>
#include <string>
#include <string_view>
#include <variant>

#include "cairn/digest.h"
#include "cairn/error.h"
#include "cairn/ids.h"
#include "cairn/secret_text.h"
#include "cairn/time.h"

namespace cairn {

enum class LogLevel : std::uint8_t { Debug, Info, Warning, Error };

enum class LogFormat : std::uint8_t {
  Text,  ///< for people at a terminal
  Json,  ///< one object per line, for programs
};

/// The name of a field: a string literal in snake_case, judged when it is compiled.
class LogName final {
 public:
  // NOLINTNEXTLINE(google-explicit-constructor): fields are written {"name", value}
  consteval LogName(const char* literal) : text_(literal) {
    if (!is_snake_case(text_)) {
      throw "a field name is snake_case: a-z first, then a-z, 0-9 and _";
    }
    if (text_ == "time" || text_ == "level" || text_ == "message" || text_ == "fields_dropped") {
      throw "every line has a field of this name already";
    }
  }

  [[nodiscard]] constexpr std::string_view text() const noexcept { return text_; }

 private:
  static constexpr bool is_snake_case(std::string_view text) {
    bool good = !text.empty() && text[0] >= 'a' && text[0] <= 'z';
    for (const char c : text) {
      good = good && ((c >= 'a' && c <= 'z') || (c >= '0' && c <= '9') || c == '_');
    }
    return good;
  }

  std::string_view text_;
};

/// A typed value of a field. Texts are borrowed until the call that logs them returns.
class LogValue final {
 public:
  struct Hidden {};

  using Variant = std::variant<Hidden, bool, std::int64_t, std::uint64_t, std::string_view,
                               Duration, Timestamp, Digest>;

  // NOLINTBEGIN(google-explicit-constructor): fields are written {"name", value}
  template <std::same_as<bool> Bool>
  LogValue(Bool value) noexcept : value_(value) {}

  template <std::signed_integral Integer>
  LogValue(Integer value) noexcept : value_(static_cast<std::int64_t>(value)) {}

  template <std::unsigned_integral Integer>
    requires(!std::same_as<Integer, bool>)
  LogValue(Integer value) noexcept : value_(static_cast<std::uint64_t>(value)) {}

  template <typename Tag, typename Rep>
  LogValue(StrongId<Tag, Rep> id) noexcept : LogValue(id.value()) {}

  template <std::convertible_to<std::string_view> Text>
  LogValue(const Text& text) noexcept : value_(std::string_view(text)) {}

  LogValue(Errc code) noexcept : value_(to_string(code)) {}

  LogValue(Duration value) noexcept : value_(value) {}

  LogValue(Timestamp value) noexcept : value_(value) {}

  LogValue(const Digest& value) noexcept : value_(value) {}

  LogValue(const SecretText&) noexcept {}

  // NOLINTEND(google-explicit-constructor)

  [[nodiscard]] const Variant& get() const noexcept { return value_; }

 private:
  Variant value_;
};

class LogField final {
 public:
  LogField(LogName name, const LogValue& value) noexcept : name_(name), value_(value) {}

  [[nodiscard]] std::string_view name() const noexcept { return name_.text(); }

  [[nodiscard]] const LogValue::Variant& value() const noexcept { return value_.get(); }

 private:
  LogName name_;
  LogValue value_;
};

/// How lines look and where they go. Time and output are handed in by the composition root.
struct LogOptions {
  LogFormat format = LogFormat::Json;
  LogLevel least = LogLevel::Info;  ///< what is below is not even formatted
  std::move_only_function<Timestamp() const> now;
  /// Gets each line whole, in one call, with its one newline at the end: one write(2) keeps lines
  /// of several threads apart.
  std::move_only_function<void(std::string_view line) const> sink;
};

/// Writes log lines: a level, a message that is the same for every event of its kind, and typed
/// fields that tell the events apart. Any thread; then `now` and `sink` are called from any thread
/// too, several at once: there is no lock here. Allocates nothing.
///
/// One record is one line of at most log_line_bytes_max bytes, whatever the texts hold: control
/// characters and line separators are escaped, bytes that are not UTF-8 become U+FFFD. A text over
/// log_text_bytes_max is cut and says how much is missing; a field that does not fit into the line
/// is left out and counted in `fields_dropped`.
///
/// JSON: {"time", "level", "message", fields…}; a Duration field is named with _ns behind and holds
/// nanoseconds. Text: "time level message name=value …", values quoted as in JSON where needed.
class Logger final {
 public:
  using Fields = std::initializer_list<LogField>;

  explicit Logger(LogOptions options);

  [[nodiscard]] bool enabled(LogLevel level) const noexcept { return level >= options_.least; }

  void log(LogLevel level, std::string_view message, Fields fields = {}) const;

  void debug(std::string_view message, Fields fields = {}) const {
    log(LogLevel::Debug, message, fields);
  }

  void info(std::string_view message, Fields fields = {}) const {
    log(LogLevel::Info, message, fields);
  }

  void warning(std::string_view message, Fields fields = {}) const {
    log(LogLevel::Warning, message, fields);
  }

  void error(std::string_view message, Fields fields = {}) const {
    log(LogLevel::Error, message, fields);
  }

 private:
  LogOptions options_;
};

}  // namespace cairn
