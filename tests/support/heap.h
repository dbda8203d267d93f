// SPDX-License-Identifier: Apache-2.0
#pragma once

namespace cairn::test {

// Called by the operators new and delete in heap.cc, which replace those of the program. Whoever
// links them defines both. Any thread; they may not allocate.

void on_allocation() noexcept;
/// Of memory that is not null.
void before_free(void* memory) noexcept;

/// Does nothing, but that whoever calls it has heap.cc in the program, and not the library's.
void use_this_heap() noexcept;

}  // namespace cairn::test
