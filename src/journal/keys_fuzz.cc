// SPDX-License-Identifier: Apache-2.0
// Key files out of hostile bytes: what is read writes exactly the same again, and a private key
// signs what its public key verifies.
#include <cstddef>
#include <cstdint>
#include <span>
#include <string>

#include "base/check.h"
#include "journal/receipt_sample.h"

namespace {

namespace journal = cairn::journal;

/// The input, or a good file with one stretch replaced.
std::string text_of(std::span<const std::uint8_t> input) {
  const auto rest = input.subspan(1);
  if (input[0] % 4 == 0) {
    return {rest.begin(), rest.end()};
  }
  const journal::SignerKey key = journal::sample::key(input[0] % 3);
  std::string text =
      input[0] % 2 == 0 ? std::string(key.to_text().reveal()) : key.verifier().to_string();
  text += '\n';
  if (!rest.empty()) {
    text.replace(rest[0] % text.size(), input[0] % 8U, std::string(rest.begin() + 1, rest.end()));
  }
  return text;
}

}  // namespace

// NOLINTNEXTLINE(readability-identifier-naming): the fuzzer calls it by this name
extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  if (size == 0) {
    return 0;
  }
  const std::string text = text_of({data, size});
  if (const auto keys = journal::parse_key_file(text)) {
    std::string again;
    for (const journal::VerifierKey& key : *keys) {
      again += key.to_string() + '\n';
    }
    CAIRN_CHECK(again == text);
  }
  if (const auto signer = journal::parse_signer_file(text)) {
    CAIRN_CHECK(std::string(signer->to_text().reveal()) + '\n' == text);
    CAIRN_CHECK(signer->verifier().verifies("text\n", signer->sign("text\n")));
    CAIRN_CHECK(!journal::parse_key_file(text));
  }
  return 0;
}
