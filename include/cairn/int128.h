// SPDX-License-Identifier: Apache-2.0
#pragma once

namespace cairn {

/// Integers of 128 bits. No standard type has that width; this is the one place that names the
/// compilers' own.
// NOLINTBEGIN(modernize-use-using): no other spelling is free of a pedantic warning
__extension__ typedef __int128 Int128;
__extension__ typedef unsigned __int128 UInt128;
// NOLINTEND(modernize-use-using)

}  // namespace cairn
