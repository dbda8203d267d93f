// SPDX-License-Identifier: Apache-2.0
// Hostile transaction records: as they are, or a good one with some of its bytes changed. The first
// byte says which. Invariants: nothing crashes; what is taken is written again byte for byte.
#include "journal/transaction.h"

#include <algorithm>
#include <cstddef>
#include <cstdint>
#include <span>
#include <vector>

#include "base/check.h"
#include "journal/random_record.h"

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  using namespace cairn::journal;  // NOLINT(google-build-using-namespace): one page of its names
  if (size == 0) {
    return 0;
  }
  const auto input = std::as_bytes(std::span(data + 1, size - 1));
  std::vector<std::byte> bytes(input.begin(), input.end());
  if (data[0] % 2 == 1) {
    RandomRecord random(data[0] / 2);
    cairn::GrowingByteWriter out;
    encode(random.next(), out);
    bytes.assign(out.written().begin(), out.written().end());
    for (std::size_t i = 0; i + 2 < input.size(); i += 3) {
      const auto at =
          std::to_integer<std::size_t>(input[i]) * 256 + std::to_integer<std::size_t>(input[i + 1]);
      bytes[at % bytes.size()] = input[i + 2];
    }
  }
  TransactionReader reader;
  if (const auto record = reader.read(bytes)) {
    cairn::GrowingByteWriter again;
    encode(**record, again);
    CAIRN_CHECK(std::ranges::equal(again.written(), bytes));
  }
  return 0;
}
