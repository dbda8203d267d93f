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
  std::string difference;  ///< where two parted; empty when none did
  std::string digest;      ///< over every transaction and the state behind it
  std::size_t accepted = 0;
  std::size_t rejected = 0;
  std::size_t denied = 0;
  std::size_t faulted = 0;
};

/// Submits `count` random commands to both, each on an executor of its own: the embedded domain
/// trusted, the loaded one not. Time moves on, and commands that wait are executed as they come
/// due. Compared are all bytes of the transactions and the digest of the state after each; and with
/// them what the model host makes of the embedded domain, as far as it knows transactions.
[[nodiscard]] StreamResult run_stream(const cairn_domain& embedded, const cairn_domain& loaded,
                                      std::size_t count);

}  // namespace cairn::test
