// SPDX-License-Identifier: Apache-2.0
// Proofs that somebody changed: hashes replaced, left out, doubled, and sizes that are not those of
// the proof. Whatever verifies is true by the definition of RFC 9162.
#include <algorithm>
#include <cstddef>
#include <cstdint>
#include <span>
#include <vector>

#include "base/check.h"
#include "cairn/byte_reader.h"
#include "journal/tree_sample.h"

namespace {

using cairn::Digest;
namespace journal = cairn::journal;

constexpr std::uint64_t leaves_max = 40;

struct Sample {
  Sample() : leaves(journal::sample::transaction_hashes(leaves_max)) {
    journal::leaf_hashes(leaves, leaves);
    for (std::uint64_t size = 0; size <= leaves_max; ++size) {
      roots.push_back(journal::sample::mth(std::span(leaves).first(size)));
    }
  }

  [[nodiscard]] journal::TreePoint head(std::uint64_t size) const {
    return {.size = size, .root = roots[size]};
  }

  std::vector<Digest> leaves;
  std::vector<Digest> roots;
};

/// A few edits, as the script says; hashes come from the tree itself, where they hurt most.
void change(journal::Proof& proof, cairn::ByteReader& script, const Sample& sample) {
  while (script.remaining() >= 3 && !proof.empty()) {
    const std::uint8_t what = script.u8("what");
    const auto place = static_cast<std::ptrdiff_t>(script.u8("place") % proof.size());
    const std::uint8_t value = script.u8("value");
    switch (what % 4) {
      case 0:
        proof[static_cast<std::size_t>(place)] = sample.leaves[value % leaves_max];
        break;
      case 1:
        proof.erase(proof.begin() + place);
        break;
      case 2:
        proof.insert(proof.begin() + place, sample.roots[value % leaves_max]);
        break;
      default:
        std::ranges::rotate(proof, proof.begin() + place);
    }
  }
}

}  // namespace

// NOLINTNEXTLINE(readability-identifier-naming): the fuzzer calls it by this name
extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  static const Sample sample;
  cairn::ByteReader script(std::as_bytes(std::span(data, size)));
  const std::uint64_t first = script.u8("first") % leaves_max;
  const std::uint64_t count = first + 1 + script.u8("count") % (leaves_max - first);
  const std::uint64_t other = script.u64("other");
  const std::uint64_t asked = other % 2 == 0 ? first : other;
  if (script.failed()) {
    return 0;
  }
  const auto leaves = std::span(sample.leaves).first(count);
  const journal::Proof true_path = journal::sample::path(first, leaves);
  const journal::Proof true_step = journal::sample::subproof(first + 1, leaves, true);
  journal::Proof path = true_path;
  journal::Proof step = true_step;
  change(path, script, sample);
  change(step, script, sample);
  const journal::TreePoint head = sample.head(count);
  if (verify_inclusion(sample.leaves[first], asked, head, path)) {
    CAIRN_CHECK(asked == first);
    CAIRN_CHECK(path == true_path);
  }
  const journal::TreePoint earlier{.size = asked == first ? first + 1 : asked,
                                   .root = sample.roots[first + 1]};
  if (verify_consistency(earlier, head, step)) {
    CAIRN_CHECK(earlier.size == first + 1);
    CAIRN_CHECK(step == true_step);
  }
  static_cast<void>(journal::verify_inclusion(sample.leaves[first], first,
                                              {.size = other, .root = head.root}, path));
  static_cast<void>(journal::verify_consistency(earlier, {.size = other, .root = head.root}, step));
  return 0;
}
