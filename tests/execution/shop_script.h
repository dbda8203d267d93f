// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstdint>

#include "tests/dsl/shop.h"

/// Handlers and gates for the shop of the tests that do what a random number says, and take note of
/// everything they see: two hosts that agree on what they saw agree on what their functions do.
namespace shop {

/// Random operations on all of the shop, chosen by `cmd.what`, most of them allowed; what was seen
/// is stated as an event. For `do_this`.
Outcome run_script(Tx& tx, const Do& cmd);

/// Reads both views in every way, and adds what it saw to `looked`. For `look_at_this`.
void look_at_both(const View& before, const View& after);

/// What `look_at_both` has seen since it was asked last.
std::uint64_t take_looked();

}  // namespace shop
