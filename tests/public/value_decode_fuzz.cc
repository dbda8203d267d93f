// SPDX-License-Identifier: Apache-2.0
// Decodes hostile bytes as a struct of every type. Invariants: what is refused names a place inside
// the bytes and leaves object and scratch space alone; what is accepted encodes to exactly the
// bytes it came from.
#include <algorithm>
#include <cstddef>
#include <cstdint>
#include <cstring>
#include <span>
#include <vector>

#include "base/check.h"
#include "cairn/codec.h"
#include "tests/public/sample_values.h"

namespace {

using namespace cairn;  // NOLINT(google-build-using-namespace)

template <typename T>
void check(std::span<const std::byte> input) {
  const std::vector<std::byte> bytes(input.begin(), input.end());
  std::vector<std::byte> memory(4096);
  Scratch scratch(memory);
  alignas(T) std::array<std::byte, sizeof(T)> object;
  object.fill(std::byte{0x5a});
  T& value = *reinterpret_cast<T*>(object.data());
  const Result<> result = decode(bytes, scratch, value);
  if (!result) {
    CAIRN_CHECK(std::ranges::all_of(object, [](std::byte b) { return b == std::byte{0x5a}; }));
    CAIRN_CHECK(scratch.remaining() == memory.size());
    CAIRN_CHECK(result.error().message().find("at offset ") != std::string::npos);
    return;
  }
  GrowingByteWriter writer;
  encode(writer, value);
  CAIRN_CHECK(std::ranges::equal(writer.written(), bytes));
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  if (size == 0) {
    return 0;
  }
  const auto input = std::as_bytes(std::span(data, size)).subspan(1);
  switch (data[0] % 6) {
    case 0:
      check<sample::Everything>(input);
      break;
    case 1:
      check<sample::Keys>(input);
      break;
    case 2:
      check<dsl::List<dsl::List<dsl::Text<300>, 40>, 9>>(input);
      break;
    case 3:
      check<dsl::Text<2000>>(input);
      break;
    case 4:
      check<std::array<dsl::Option<dsl::Str<20>>, 3>>(input);
      break;
    default:
      check<dsl::Decimal<7>>(input);
  }
  return 0;
}
