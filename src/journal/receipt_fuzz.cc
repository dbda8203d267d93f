// SPDX-License-Identifier: Apache-2.0
// Receipts out of hostile bytes: any text, and good receipts with some bytes changed. What is read
// writes back to exactly the bytes it came from, and holds only if it is one of the good ones.
#include <algorithm>
#include <cstddef>
#include <cstdint>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "base/check.h"
#include "journal/receipt_sample.h"

namespace {

using cairn::journal::sample::Journal;

struct Sample {
  Sample() : journal(13), ring(journal.ring()), anchors(journal.anchors({4, 13})) {
    for (std::uint64_t index = 0; index < 13; index += 3) {
      receipts.push_back(print_receipt(journal.receipt(index, 13)));
      receipts.push_back(print_receipt(journal.receipt(index, index + 1, 4)));
    }
  }

  Journal journal;
  cairn::journal::Keyring ring;
  cairn::journal::Anchors anchors;
  std::vector<std::string> receipts;
};

/// The input, or a good receipt with up to seven bytes changed as the input says.
std::string text_of(const Sample& sample, std::span<const std::uint8_t> input) {
  const std::size_t which = input[0] % (sample.receipts.size() + 1);
  const auto rest = input.subspan(2);
  if (which == sample.receipts.size()) {
    return {rest.begin(), rest.end()};
  }
  std::string text = sample.receipts[which];
  for (std::size_t i = 0; i + 2 < rest.size() && i / 3 < input[1] % 8U; i += 3) {
    const std::size_t place = rest[i] * 256U + rest[i + 1];
    text[place % text.size()] = static_cast<char>(rest[i + 2]);
  }
  return text;
}

}  // namespace

// NOLINTNEXTLINE(readability-identifier-naming): the fuzzer calls it by this name
extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  static const Sample sample;
  if (size < 2) {
    return 0;
  }
  const std::string text = text_of(sample, {data, size});
  const auto receipt = cairn::journal::parse_receipt(text);
  if (!receipt) {
    CAIRN_CHECK(!receipt.error().message().empty());
    return 0;
  }
  CAIRN_CHECK(print_receipt(*receipt) == text);
  const bool holds = verify_receipt(*receipt, sample.ring).holds();
  CAIRN_CHECK(holds == (std::ranges::find(sample.receipts, text) != sample.receipts.end()));
  const bool is_anchored = verify_receipt(*receipt, sample.ring, &sample.anchors).holds();
  CAIRN_CHECK(holds || !is_anchored);
  return 0;
}
