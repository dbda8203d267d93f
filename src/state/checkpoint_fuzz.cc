// SPDX-License-Identifier: Apache-2.0
// Hostile checkpoints. The first byte chooses one of a few that are right, the second how many of
// its bytes the input changes; the third says whether the digest at the end is made right again, so
// that what lies behind it is reached. Or it is the input as it is. Invariants: what is accepted is
// written again byte for byte; nothing crashes, and nothing takes memory for sizes that are only
// said.
#include "state/checkpoint.h"

#include <algorithm>
#include <cstddef>
#include <cstdint>
#include <cstring>
#include <span>
#include <vector>

#include "base/check.h"
#include "base/hash.h"
#include "state/random_state.h"
#include "state/sample_state.h"

namespace {

using cairn::state::Model;
using cairn::state::Plan;
using cairn::state::RandomCommand;
using cairn::state::State;
using cairn::state::Writer;

/// Checkpoints of one history.
struct Sample {
  Sample() : schema(cairn::schema::Schema::from_domain(depot::info)), plan(*schema) {
    cairn::schema::Choices choices(9);
    Model model(plan);
    cairn::state::Made made;
    State state(plan);
    Writer writer(state);
    constexpr std::size_t checkpoints_max = 8;
    for (std::uint64_t i = 1; checkpoints.size() < checkpoints_max; ++i) {
      const Model before = model;
      RandomCommand command(writer, model, choices, {.rows = 3}, made);
      CAIRN_CHECK(command.run(8));
      if (writer.settle().has_value()) {
        writer.roll_back_all();
        model = before;
        continue;
      }
      writer.commit(cairn::Seq(i), 0);
      writer.finish();
      if (i % 8 == 0) {
        checkpoints.push_back(checkpoint_of(state));
      }
    }
  }

  cairn::Result<cairn::schema::Schema> schema;
  Plan plan;
  std::vector<std::vector<std::byte>> checkpoints;
};

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  static const Sample sample;
  constexpr std::size_t head_bytes = 3;
  constexpr std::size_t digest_bytes = sizeof(cairn::Digest);
  if (size < head_bytes) {
    return 0;
  }
  const auto input = std::as_bytes(std::span(data + head_bytes, size - head_bytes));
  std::vector<std::byte> bytes(input.begin(), input.end());
  const std::size_t which = data[0] % (sample.checkpoints.size() + 1);
  if (which < sample.checkpoints.size()) {
    bytes = sample.checkpoints[which];
    for (std::size_t i = 0; i + 2 < input.size() && i / 3 < data[1] % 8U; i += 3) {
      const auto place =
          std::to_integer<std::size_t>(input[i]) * 256 + std::to_integer<std::size_t>(input[i + 1]);
      bytes[place % bytes.size()] = input[i + 2];
    }
    if (data[2] % 4 != 0) {
      const cairn::Digest digest =
          cairn::blake3(std::span(bytes).first(bytes.size() - digest_bytes));
      std::memcpy(bytes.data() + bytes.size() - digest_bytes, digest.bytes.data(), digest_bytes);
    }
  }
  const auto state = cairn::state::state_of(sample.plan, {}, bytes);
  if (state) {
    CAIRN_CHECK(std::ranges::equal(checkpoint_of(**state), bytes));
  }
  return 0;
}
