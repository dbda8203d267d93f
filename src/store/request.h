// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <array>
#include <cstddef>
#include <cstdint>
#include <span>

#include "cairn/byte_writer.h"
#include "cairn/error.h"
#include "cairn/store_core.h"
#include "journal/transaction.h"

namespace cairn::store {

/// Of what a request asks for: two appends of the same request must be the same.
using ContentHash = std::array<std::byte, 16>;

/// Whether an append is one that can be made, whatever the store holds. InvalidArgument or TooLarge
/// names the event.
Result<> check(const Append& append);

/// Of events, causes and correlation; not of what was expected or which gates were asked.
[[nodiscard]] ContentHash content_of(const Append& append, GrowingByteWriter& scratch);
/// The same of what was recorded. A denied request left no events, and has no content.
[[nodiscard]] ContentHash content_of(const journal::TransactionRecord& record,
                                     GrowingByteWriter& scratch);

[[nodiscard]] journal::Intent intent_of(const RequestId& request) noexcept;

}  // namespace cairn::store
