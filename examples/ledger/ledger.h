// SPDX-License-Identifier: Apache-2.0
// Double entry: every entry moves money between accounts, and what it moves sums up to nothing.
#pragma once
#include <cairn/domain.h>

namespace ledger {
using namespace cairn::dsl;

struct Account {
  enum Status : u8 { Open, Closed };

  using Lifecycle = Machine<Initial<Open>, From<Open>::To<Closed>>;
  Key<Id<Account>> id = {};
  Immutable<i64> overdraft = 0;  // how far below zero it may go
  i64 balance = 0;
  State<Lifecycle> status = {};
  using schema = Record<1>;
};

struct Entry {
  Key<Id<Entry>> id = {};
  Immutable<Timestamp> at = {};
  using schema = Record<2>;
};

struct Line {
  u64 entry = 0;
  u64 number = 0;
};

struct Posting {
  Key<Line> line = {};
  Immutable<i64> amount = 0;
  using schema = Record<3>;
};

//                   source         target                  inverse name
struct of_entry : Edge<Many<Posting>, Required<One<Entry>>, "postings"> {};

struct on_account : Edge<Many<Posting>, Required<One<Account>>, "history"> {};

struct OpenAccount {
  Id<Account> account;
  i64 overdraft = 0;
  using schema = Command<1>;
};

struct Move {
  Id<Account> account;
  i64 amount = 0;  // into the account; out of it when negative
};

struct Post {
  Id<Entry> entry;
  List<Move, 16> moves = {};
  using schema = Command<2>;
};

struct CloseAccount {
  Id<Account> account;
  using schema = Command<3>;
};

struct Opened {
  Id<Account> account;
  using schema = Event<1>;
};

struct Posted {
  Id<Entry> entry;
  u32 lines = 0;
  using schema = Event<2>;
};

struct Closed {
  Id<Account> account;
  using schema = Event<3>;
};

struct Difference {
  i64 sum = 0;
};

struct Overdraft {
  Id<Account> account;
  i128 missing = 0;
};

enum class Reject : u16 {
  InvalidOverdraft = 1,
  AccountExists,
  UnknownAccount,
  AccountClosed,
  EntryExists,
  NothingMoves,
  Unbalanced,
  Overdrawn,
  Overflow,
  BalanceLeft
};
using enum Reject;

struct entries_are_balanced : Invariant<Entry> {};

struct nobody_owes_too_much : Invariant<Account> {};

struct Ledger
    : Domain<"ledger", 1, Records<Account, Entry, Posting>, Edges<of_entry, on_account>,
             Commands<OpenAccount, Post, CloseAccount>, Events<Opened, Posted, Closed>,
             Rejects<Reject, Detail<Unbalanced, Difference>, Detail<Overdrawn, Overdraft>>,
             Invariants<entries_are_balanced, nobody_owes_too_much>> {};

using Tx = cairn::Tx<Ledger>;
using View = cairn::View<Ledger>;
using Outcome = Tx::Outcome;

/// Money is neither made nor lost.
inline bool holds(const View& view, entries_are_balanced, const Change<Entry>& entry) {
  if (entry.erased()) return false;
  i128 sum = 0;
  for (auto posting : view.in<of_entry>(view.find(entry.after->id.get())))
    sum += posting->amount;
  return sum == 0;
}

inline bool holds(const View&, nobody_owes_too_much, const Change<Account>& account) {
  return account.erased() || account.after->balance >= -account.after->overdraft;
}

inline Outcome handle(Tx& tx, const OpenAccount& cmd) {
  if (cmd.overdraft < 0) return InvalidOverdraft;
  if (!tx.create(Account{.id = cmd.account, .overdraft = cmd.overdraft})) return AccountExists;
  tx.emit(Opened{.account = cmd.account});
  return ok;
}

inline Outcome handle(Tx& tx, const Post& cmd) {
  i64 sum = 0;
  for (const Move& move : cmd.moves)
    if (__builtin_add_overflow(sum, move.amount, &sum)) return Overflow;
  if (sum != 0) return tx.reject<Unbalanced>({.sum = sum});
  if (cmd.moves.empty()) return NothingMoves;

  auto entry = tx.create(Entry{.id = cmd.entry, .at = tx.now()});
  if (!entry) return EntryExists;
  u32 lines = 0;
  for (const Move& move : cmd.moves) {
    if (move.amount == 0) return NothingMoves;
    auto account = tx.find(move.account);
    if (!account) return UnknownAccount;
    if (!account.in<Account::Open>()) return AccountClosed;
    i64 balance;
    if (__builtin_add_overflow(account->balance, move.amount, &balance)) return Overflow;
    account.edit().balance = balance;
    // The line's key is new because its entry is.
    (void)tx.create(
        Posting{.line = Line{.entry = cmd.entry.value, .number = ++lines}, .amount = move.amount},
        linked<of_entry>(entry), linked<on_account>(account));
  }
  for (const Move& move : cmd.moves) {  // an account may go below its limit on the way, not after
    auto account = tx.find(move.account);
    const i64 least = -account->overdraft.get();
    if (account->balance < least)
      return tx.reject<Overdrawn>(
          {.account = move.account, .missing = i128{least} - account->balance});
  }
  tx.emit(Posted{.entry = cmd.entry, .lines = lines});
  return ok;
}

inline Outcome handle(Tx& tx, const CloseAccount& cmd) {
  auto account = tx.find(cmd.account);
  if (!account) return UnknownAccount;
  auto open = account.in<Account::Open>();
  if (!open) return AccountClosed;
  if (account->balance != 0) return BalanceLeft;
  open.become<Account::Closed>();
  tx.emit(Closed{.account = cmd.account});
  return ok;
}
}  // namespace ledger
