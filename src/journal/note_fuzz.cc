// SPDX-License-Identifier: Apache-2.0
// Notes out of hostile bytes, and what their texts may be: heads, first keys and rotations. The
// first byte chooses a start; each reader that takes the bytes writes exactly them again, no text
// is two of them, and a ring believes only what its key has signed.
#include <cstddef>
#include <cstdint>
#include <span>
#include <string>

#include "base/check.h"
#include "journal/key_history.h"
#include "journal/receipt_sample.h"

namespace {

namespace journal = cairn::journal;

struct Sample {
  Sample() {
    journal::sample::Journal small(5);
    ring = small.ring();
    head = print_note(small.head(5));
    rotation = print_note(sign_rotation(3, small.signer(), journal::sample::key(2)));
    first_key = print_note(sign_first_key(2, small.signer()));
  }

  journal::Keyring ring;
  std::string head;
  std::string rotation;
  std::string first_key;
};

std::string text_of(const Sample& sample, std::span<const std::uint8_t> input) {
  const auto rest = input.subspan(1);
  if (input[0] % 4 == 0) {
    return {rest.begin(), rest.end()};
  }
  // A good note, cut somewhere, with the rest of the input in between.
  std::string text = input[0] % 2 == 0   ? sample.head
                     : input[0] % 4 == 1 ? sample.rotation
                                         : sample.first_key;
  if (!rest.empty()) {
    const std::size_t place = rest[0] % text.size();
    text.replace(place, input[0] % 16U, std::string(rest.begin() + 1, rest.end()));
  }
  return text;
}

void check_texts(const Sample& sample, const journal::Note& note, const std::string& text) {
  const auto head = journal::parse_head(note.text);
  const auto rotation = journal::parse_rotation(note.text);
  CAIRN_CHECK(!head || !rotation);
  CAIRN_CHECK(!head || print_head(*head) == note.text);
  CAIRN_CHECK(!rotation || print_rotation(*rotation) == note.text);
  if (head && sample.ring.judge(note, *head) == journal::HeadTrust::Trusted) {
    CAIRN_CHECK(sample.head.starts_with(note.text));
  }
  journal::Keyring ring = sample.ring;
  CAIRN_CHECK(!ring.rotate(note) || sample.rotation.starts_with(note.text));
  const auto first = journal::parse_first_key(note.text);
  CAIRN_CHECK(!first || (!head && !rotation && print_first_key(*first) == note.text));
  journal::KeyHistory history;
  CAIRN_CHECK(history.trust(sample.ring.entries().front().key).has_value());
  if (history.add(cairn::Seq(1), std::as_bytes(std::span(text)))) {
    CAIRN_CHECK(sample.rotation.starts_with(note.text) || sample.first_key.starts_with(note.text));
  }
  CAIRN_CHECK(print_note(note) == text);
}

}  // namespace

// NOLINTNEXTLINE(readability-identifier-naming): the fuzzer calls it by this name
extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  static const Sample sample;
  if (size == 0) {
    return 0;
  }
  const std::string text = text_of(sample, {data, size});
  if (const auto note = journal::parse_note(text)) {
    check_texts(sample, *note, text);
  }
  if (const auto anchors = journal::parse_anchors(text)) {
    CAIRN_CHECK(print_anchors(*anchors) == text);
  }
  return 0;
}
