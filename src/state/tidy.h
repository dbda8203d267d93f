// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstddef>

#include "cairn/descriptor.h"

namespace cairn::state {

/// Whether memory of the type may hold bytes that belong to no value: behind a text that is shorter
/// than its place, in an option without value, between fields.
[[nodiscard]] bool has_slack(const TypeInfo& type);

/// Sets those bytes to zero, so that equal values are equal bytes. What is no value at all stays as
/// it is, for a codec to refuse.
void tidy(const TypeInfo& type, std::byte* memory) noexcept;

}  // namespace cairn::state
