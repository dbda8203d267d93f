// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstdint>
#include <expected>
#include <memory>
#include <string>
#include <string_view>
#include <utility>

namespace cairn {

/// What kind of failure happened. The list is closed: a caller may switch over it, and the names
/// are part of the CLI, HTTP and log contracts. Stored and printed by name, so the numbers are free
/// to change.
enum class Errc : std::uint8_t {
  InvalidArgument,   ///< the caller asked for something that makes no sense
  NotFound,          ///< the named thing does not exist
  AlreadyExists,     ///< the named thing exists and must not
  Truncated,         ///< bytes end before the value does
  Corrupt,           ///< bytes are there and wrong
  Unsupported,       ///< a version, platform or feature this build does not know
  TooLarge,          ///< over a stated limit
  Busy,              ///< held by someone else, or a bounded queue is full: try later
  NoSpace,           ///< the disk or a quota is full
  ReadOnly,          ///< the place cannot be written
  PermissionDenied,  ///< the operating system or a policy refuses
  IoFailed,          ///< the device or the operating system reported an error
  Conflict,          ///< what the caller relied on has changed
  TimedOut,          ///< not done within the time given
  Closed,            ///< the other end, or this object, is closed
  Cancelled,         ///< given up on request
  Unavailable,       ///< the peer or a needed service cannot be reached
};

/// The stable, lower-case name of a code: "not_found". Used in JSON, logs and exit messages.
std::string_view to_string(Errc code) noexcept;

/// A failure from outside the program: disk, peer, or bytes somebody else made. Carries a code to
/// act on, a message that says what was wrong, where it was, and a hint that says what to do. One
/// pointer wide, so that Result<T> stays cheap when nothing fails. A moved-from Error may only be
/// destroyed or assigned.
class [[nodiscard]] Error final {
 public:
  Error(Errc code, std::string message);
  Error(const Error& other);
  Error(Error&& other) noexcept = default;
  Error& operator=(const Error& other);
  Error& operator=(Error&& other) noexcept = default;
  ~Error() = default;

  [[nodiscard]] Errc code() const noexcept;
  [[nodiscard]] const std::string& message() const noexcept;
  [[nodiscard]] const std::string& where() const noexcept;
  [[nodiscard]] const std::string& hint() const noexcept;

  /// Adds an outer place: at("header").at("segment 7") reads "segment 7: header". Added at folder
  /// borders.
  [[nodiscard]] Error at(std::string_view place) &&;
  /// Says what the reader can do about it. The first hint wins: it was given by whoever knew most.
  [[nodiscard]] Error advise(std::string_view hint) &&;

  /// "corrupt: segment 7: header: checksum mismatch (do this)": one line, without a trailing
  /// newline.
  [[nodiscard]] std::string to_string() const;

 private:
  struct Detail;

  struct DetailDeleter {
    void operator()(Detail* detail) const noexcept;
  };

  std::unique_ptr<Detail, DetailDeleter> detail_;
};

template <typename T = void>
using Result = std::expected<T, Error>;

/// Shorthand for returning a failure: `return fail(Errc::Corrupt, "bad magic");` Cold, so that the
/// code of failures stands apart from the code that runs.
[[nodiscard, gnu::cold]] inline std::unexpected<Error> fail(Errc code, std::string message) {
  return std::unexpected<Error>(Error(code, std::move(message)));
}

[[nodiscard, gnu::cold]] inline std::unexpected<Error> fail(Error error) {
  return std::unexpected<Error>(std::move(error));
}

}  // namespace cairn

// The one way to pass a failure on. Two forms, both statements:
//   CAIRN_TRY(write(bytes));                 Result<void>, or a value that is not wanted
//   CAIRN_TRY(const auto size, file.size()); declares `size` from the value
// An expression that holds a top-level comma goes into parentheses.
#define CAIRN_PRIVATE_TRY_JOIN(a, b) a##b
#define CAIRN_PRIVATE_TRY_NAME(line) CAIRN_PRIVATE_TRY_JOIN(cairn_try_, line)
#define CAIRN_PRIVATE_TRY_VOID(expression)                                    \
  if (auto cairn_try_result = (expression); !cairn_try_result) [[unlikely]] { \
    return ::cairn::fail(std::move(cairn_try_result).error());                \
  } else                                                                      \
    static_cast<void>(0)
#define CAIRN_PRIVATE_TRY_VALUE(declaration, expression)                       \
  auto CAIRN_PRIVATE_TRY_NAME(__LINE__) = (expression);                        \
  if (!CAIRN_PRIVATE_TRY_NAME(__LINE__)) [[unlikely]] {                        \
    return ::cairn::fail(std::move(CAIRN_PRIVATE_TRY_NAME(__LINE__)).error()); \
  }                                                                            \
  /* NOLINTNEXTLINE(bugprone-macro-parentheses): a declaration takes none */   \
  declaration = *std::move(CAIRN_PRIVATE_TRY_NAME(__LINE__))
#define CAIRN_PRIVATE_TRY_CHOOSE(_1, _2, chosen, ...) chosen
#define CAIRN_TRY(...)                                                                   \
  CAIRN_PRIVATE_TRY_CHOOSE(__VA_ARGS__, CAIRN_PRIVATE_TRY_VALUE, CAIRN_PRIVATE_TRY_VOID, \
                           0)(__VA_ARGS__)
