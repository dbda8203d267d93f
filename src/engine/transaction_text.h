// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstddef>
#include <span>
#include <string>

#include "cairn/descriptor.h"
#include "cairn/transaction.h"
#include "state/plan.h"

/// Transactions for people and for golden files: every line is made from the schema alone, and the
/// same transaction always gives the same text.
namespace cairn::engine {

/// `Deposit{account: 1, amount: 5}`, of canonical bytes; a note in place of bytes that are no
/// value.
[[nodiscard]] std::string value_text(const StructInfo& structure, std::span<const std::byte> bytes);

/// The command, what became of it, what it changed and what it stated, a line each.
[[nodiscard]] std::string transaction_text(const state::Plan& plan,
                                           const TransactionView& transaction);

}  // namespace cairn::engine
