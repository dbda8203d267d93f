// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstddef>
#include <cstdint>
#include <string>

#include "cairn/plugin.h"
#include "schema/random_schema.h"
#include "schema/schema.h"

/// Runs two forms of one domain side by side: the same random commands, step by step compared.
namespace cairn::test {

/// A random command of the domain with its canonical bytes. Numbers are small and texts short, so
/// that commands meet what earlier ones made; now and then the bytes are damaged.
struct RandomCommand {
  std::uint16_t kind = 0;
  std::string bytes;
};

[[nodiscard]] RandomCommand random_command(const schema::Schema& schema, schema::Choices& choices);

/// What a stream came to: equal for equal domains, on every compiler and optimisation level.
struct StreamResult {
  std::string difference;  ///< where the two parted; empty when they did not
  std::string digest;      ///< over every outcome and the state at the end
  std::size_t accepted = 0;
  std::size_t rejected = 0;
  std::size_t faulted = 0;
};

/// Submits `count` random commands to both, each on a model host of its own.
[[nodiscard]] StreamResult run_stream(const cairn_domain& embedded, const cairn_domain& loaded,
                                      const schema::Schema& schema, std::size_t count);

}  // namespace cairn::test
