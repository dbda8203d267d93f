// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <stdexcept>

#include <cairn/domain.h>

/// The domain of counter.c, in C++: the same schema and the same rules, so that the two can be
/// compared step by step.
namespace counter {
using namespace cairn::dsl;

struct Counter {
  Key<Id<Counter>> id = {};
  Indexed<i64> value = {};
  using schema = Record<1>;
};

struct Open {
  Id<Counter> counter;
  using schema = Command<1>;
};

struct Add {
  Id<Counter> counter;
  i64 amount = 0;
  using schema = Command<2>;
};

struct Sweep {
  i64 below = 0;
  using schema = Command<3>;
};

struct Changed {
  Id<Counter> counter;
  i64 value = 0;
  using schema = Event<1, 1, About<&Changed::counter>>;
};

struct Room {
  i64 left = 0;
};

enum class Reject : u16 { UnknownCounter = 1, CounterExists, TooMuch };
using enum Reject;

struct Count : Domain<"counter", 1, Records<Counter>, Commands<Open, Add, Sweep>, Events<Changed>,
                      Rejects<Reject, Detail<TooMuch, Room>>> {};

using Tx = cairn::Tx<Count>;
using Outcome = Tx::Outcome;

inline constexpr i64 value_max = 1000;

inline Outcome handle(Tx& tx, const Open& command) {
  return tx.create(Counter{.id = command.counter}) ? Outcome(ok) : CounterExists;
}

inline Outcome handle(Tx& tx, const Add& command) {
  auto row = tx.find(command.counter);
  if (!row) return UnknownCounter;
  const i64 left = value_max - row->value.get();
  if (command.amount > left) return tx.reject<TooMuch>({.left = left});
  if (command.amount < -value_max) throw std::runtime_error("nobody takes that much away");
  tx.set<&Counter::value>(row, row->value.get() + command.amount);
  tx.emit(Changed{.counter = command.counter, .value = row->value.get()});
  return ok;
}

inline Outcome handle(Tx& tx, const Sweep& command) {
  while (auto row = tx.first<&Counter::value>()) {
    if (row->value.get() >= command.below) break;
    tx.emit(Changed{.counter = row->id, .value = 0});
    tx.erase(row);
  }
  return ok;
}
}  // namespace counter
