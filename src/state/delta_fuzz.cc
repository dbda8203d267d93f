// SPDX-License-Identifier: Apache-2.0
// Hostile deltas over a small state with rows, links and commands that wait. The first byte chooses
// a delta that is right there, the second how many of its bytes the input changes, or that the
// input is a delta as it is; what follows is positions and bytes, or that. Invariants: what is
// refused leaves the state as it was; what is taken can be taken back.
#include "state/delta.h"

#include <cstddef>
#include <cstdint>
#include <span>
#include <vector>

#include "base/check.h"
#include "cairn/bytes.h"
#include "state/checkpoint.h"
#include "state/random_state.h"
#include "state/sample_state.h"

namespace {

using cairn::Seq;
using cairn::state::DeltaEncoder;
using cairn::state::Model;
using cairn::state::Plan;
using cairn::state::RandomCommand;
using cairn::state::State;
using cairn::state::Writer;

/// A state, and deltas of commands that could come next.
struct Sample {
  Sample() : schema(cairn::schema::Schema::from_domain(depot::info)), plan(*schema), state(plan) {
    cairn::schema::Choices choices(7);
    Model model(plan);
    cairn::state::Made made;
    Writer writer(state);
    constexpr std::uint64_t history = 60;
    constexpr std::size_t deltas_max = 32;
    for (std::uint64_t i = 1; deltas.size() < deltas_max; ++i) {
      const Model before = model;
      RandomCommand command(writer, model, choices, {.rows = 6}, made);
      CAIRN_CHECK(command.run(12));
      if (writer.settle().has_value()) {
        writer.roll_back_all();
        model = before;
        continue;
      }
      cairn::GrowingByteWriter out;
      DeltaEncoder encoder;
      CAIRN_CHECK(encoder.encode(writer, out).has_value());
      writer.commit(Seq(i), 0);
      if (i < history) {
        writer.finish();
      } else {
        deltas.emplace_back(out.written().begin(), out.written().end());
        writer.roll_back_all();
        model = before;
      }
    }
    digest = digest_of(state);
  }

  cairn::Result<cairn::schema::Schema> schema;
  Plan plan;
  State state;
  std::vector<std::vector<std::byte>> deltas;
  cairn::Digest digest;
};

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  static Sample sample;
  static Writer writer(sample.state);
  if (size < 2) {
    return 0;
  }
  const auto input = std::as_bytes(std::span(data + 2, size - 2));
  std::vector<std::byte> delta(input.begin(), input.end());
  const std::size_t which = data[0] % (sample.deltas.size() + 4);
  if (which < sample.deltas.size() && !sample.deltas[which].empty()) {
    delta = sample.deltas[which];
    for (std::size_t i = 0; i + 1 < input.size() && i / 2 < data[1] % 8U; i += 2) {
      delta[std::to_integer<std::size_t>(input[i]) % delta.size()] = input[i + 1];
    }
  }
  const Seq next = sample.state.position().next();
  if (apply_delta(writer, delta, next, 1)) {
    CAIRN_CHECK(sample.state.position() == next);
    writer.roll_back_all();
  } else {
    writer.finish();
  }
  CAIRN_CHECK(digest_of(sample.state) == sample.digest);
  return 0;
}
