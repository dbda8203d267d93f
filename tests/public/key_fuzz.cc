// SPDX-License-Identifier: Apache-2.0
// Reads two keys off hostile bytes, and makes two values from them. Invariants: what is accepted as
// a key is the key of what was read; keys sort as their values do.
#include "cairn/key.h"

#include <algorithm>
#include <array>
#include <compare>
#include <cstddef>
#include <cstdint>
#include <span>
#include <vector>

#include "base/check.h"
#include "tests/public/sample_values.h"

namespace {

using namespace cairn;  // NOLINT(google-build-using-namespace)

template <typename T>
void check_order(const T& a, const T& b) {
  std::array<std::byte, key_size_max<T>> space_a = {};
  std::array<std::byte, key_size_max<T>> space_b = {};
  const auto order = detail::compare_bytes(encode_key(space_a, a), encode_key(space_b, b));
  CAIRN_CHECK(order == (a <=> b));
}

template <typename T>
void check(std::span<const std::byte> input) {
  const auto half = static_cast<std::ptrdiff_t>(input.size() / 2);
  const std::vector<std::byte> first(input.begin(), input.begin() + half);
  const std::vector<std::byte> second(input.begin() + half, input.end());
  T a = {};
  T b = {};
  const bool has_a = decode_key(first, a).has_value();
  const bool has_b = decode_key(second, b).has_value();
  std::array<std::byte, key_size_max<T>> space = {};
  CAIRN_CHECK(!has_a || std::ranges::equal(encode_key(space, a), first));
  CAIRN_CHECK(!has_b || std::ranges::equal(encode_key(space, b), second));
  check_order(a, b);
}

/// Values that decoding would seldom find: texts, numbers and options straight from the bytes.
void check_made(std::span<const std::byte> input) {
  using Parts = std::array<dsl::Option<dsl::Bytes<6>>, 3>;
  Parts a = {};
  Parts b = {};
  for (std::size_t i = 0; i < 2 * a.size() && !input.empty(); ++i) {
    const std::size_t size =
        std::min<std::size_t>(std::to_integer<std::size_t>(input[0]) % 7, input.size() - 1);
    (i % 2 == 0 ? a : b)[i / 2] = *dsl::Bytes<6>::from(input.subspan(1, size));
    input = input.subspan(1 + size);
  }
  check_order(a, b);
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  if (size == 0) {
    return 0;
  }
  const auto input = std::as_bytes(std::span(data, size)).subspan(1);
  switch (data[0] % 5) {
    case 0:
      check<sample::Keys>(input);
      break;
    case 1:
      check<dsl::Str<9>>(input);
      break;
    case 2:
      check<std::array<dsl::Option<dsl::Bytes<3>>, 2>>(input);
      break;
    case 3:
      check<dsl::Decimal<4>>(input);
      break;
    default:
      check_made(input);
  }
  return 0;
}
