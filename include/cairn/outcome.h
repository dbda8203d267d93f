// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <algorithm>
#include <array>
#include <cstddef>
#include <cstdint>
#include <span>
#include <type_traits>

#include "cairn/bytes.h"
#include "cairn/call.h"
#include "cairn/check_use.h"
#include "cairn/codec.h"

namespace cairn {

/// What a handler returns when all went well: `return ok;`.
struct Accepted {};

inline constexpr Accepted ok = {};

namespace detail {

template <auto Code, typename... Details>
struct DetailOf {
  using type = void;
};

template <auto Code, typename T, typename... Rest>
struct DetailOf<Code, Detail<Code, T>, Rest...> {
  using type = T;
};

template <auto Code, typename Other, typename... Rest>
struct DetailOf<Code, Other, Rest...> : DetailOf<Code, Rest...> {};

template <auto Code, typename L>
struct DetailIn;

template <auto Code, typename... Details>
struct DetailIn<Code, reflect::List<Details...>> : DetailOf<Code, Details...> {};

/// The parameter of `reject`: the declared detail, or a stand-in where none is, so that the check
/// can speak.
template <auto Code, typename L>
struct RejectParameter {
  struct None {};

  using Declared = typename DetailIn<Code, L>::type;
  using type = std::conditional_t<std::is_void_v<Declared>, None, Declared>;
};

template <typename... Details>
consteval std::size_t detail_bytes_max(reflect::List<Details...> /*details*/) {
  return std::max({std::size_t{0}, encoded_size_max<typename Details::type>...});
}

/// Room for the canonical bytes of the largest detail; nothing at all where no code has one.
template <std::size_t Max>
struct DetailBytes {
  std::array<std::byte, Max> bytes = {};
  std::size_t size = 0;

  [[nodiscard]] std::span<const std::byte> view() const { return {bytes.data(), size}; }

  template <typename T>
  void store(const T& value) {
    FixedByteWriter writer(bytes);
    encode(writer, value);
    size = writer.size();
  }
};

template <>
struct DetailBytes<0> {
  [[nodiscard]] static std::span<const std::byte> view() { return {}; }
};

}  // namespace detail

/// What became of a command: accepted, or rejected with a code of the domain and what was declared
/// to go with it. Made by the handler, of `ok`, of a code, or with `tx.reject<Code>({...})`.
template <typename D>
class [[nodiscard]] Outcome final {
 public:
  using Code = typename D::reject_code;

  // NOLINTNEXTLINE(google-explicit-constructor): reads `return ok;`
  constexpr Outcome(Accepted) noexcept {}

  constexpr Outcome(Code code) noexcept  // NOLINT(google-explicit-constructor)
      : code_(static_cast<std::uint16_t>(code)) {}

  /// Nothing else is an outcome; says so.
  template <typename T>
    requires(!std::is_same_v<T, Code> && (std::is_enum_v<T> || std::is_arithmetic_v<T>))
  constexpr Outcome(T /*value*/) noexcept {  // NOLINT(google-explicit-constructor)
    if constexpr (std::is_enum_v<T>) {
      static_assert(check::RejectOfDomain<D, T>::ok);
    } else {
      static_assert(check::OutcomeFrom<D, T>::ok);
    }
  }

  [[nodiscard]] constexpr bool accepted() const noexcept { return code_ == 0; }

  [[nodiscard]] constexpr std::uint16_t code() const noexcept { return code_; }

  /// Canonical bytes; empty without a detail.
  [[nodiscard]] std::span<const std::byte> detail() const noexcept { return detail_.view(); }

  friend constexpr bool operator==(const Outcome& outcome, Code code) noexcept {
    return outcome.code_ == static_cast<std::uint16_t>(code);
  }

  friend constexpr bool operator==(const Outcome& outcome, Accepted) noexcept {
    return outcome.accepted();
  }

  template <Code Of>
  static Outcome with_detail(
      const typename detail::DetailIn<Of, typename D::reject_details>::type& value) {
    Outcome outcome(Of);
    outcome.detail_.store(value);
    return outcome;
  }

 private:
  std::uint16_t code_ = 0;
  [[no_unique_address]] detail::DetailBytes<detail::detail_bytes_max(typename D::reject_details{})>
      detail_;
};

}  // namespace cairn
