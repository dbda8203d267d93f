// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstddef>
#include <cstdint>
#include <span>
#include <vector>

#include "cairn/byte_writer.h"
#include "cairn/error.h"
#include "cairn/ids.h"
#include "state/writer.h"

namespace cairn::state {

/// What a transaction changed, in canonical bytes: docs/formats/delta.md. Nothing at all when it
/// changed nothing.

/// Writes deltas; kept, so that it needs no memory of its own each time. One thread.
class DeltaEncoder final {
 public:
  /// Appends the delta of the writer's running command, in the order its changes were made. An
  /// error names the field that holds what its type does not allow, which only a domain in C can
  /// bring about. Requires: `settle` found nothing, `commit` has not been called.
  Result<> encode(const Writer& writer, GrowingByteWriter& out);

 private:
  std::vector<std::byte> scratch_;
  std::vector<std::uint16_t> numbered_;
};

/// Makes the changes of a delta and commits them as this transaction: the one way in which a state
/// changes without a command. All of it is checked: rows that are named must be there, or not
/// there, values must be what the schema says, back pointers must lead where the state says.
/// Commands that will wait are not looked into: whoever executes one decodes it. On failure the
/// state is as before, and the error names operation and offset. `finish` is left to the caller,
/// who may still take the transaction back.
Result<> apply_delta(Writer& writer, std::span<const std::byte> delta, Seq position,
                     std::int64_t time);

/// What the first byte of an operation says.
enum class DeltaCode : std::uint8_t {
  Created = 1,
  Changed = 2,
  Erased = 3,
  Linked = 4,
  Unlinked = 5,
  Numbered = 6,
  Scheduled = 7,
  Fired = 8,
};

}  // namespace cairn::state
