// SPDX-License-Identifier: Apache-2.0
// How much each tenant may use in a window of time; a gate watches over large grants.
#pragma once
#include <cairn/domain.h>

namespace quota {
using namespace cairn::dsl;

struct Tenant {
  Key<Str<48>> name = {};
  u64 limit = 0;  // units in one window
  u64 used = 0;   // units of the window that began at `since`
  Duration window = {};
  Timestamp since = {};
  using schema = Record<1>;
};

struct Grant {
  Str<48> tenant = {};
  u64 limit = 0;
  Duration window = {};
  using schema = Command<1>;
};

struct Use {
  Str<48> tenant = {};
  u64 units = 0;
  using schema = Command<2>;
};

struct Granted {
  Str<48> tenant = {};
  u64 limit = 0;
  using schema = Event<1>;
};

struct Used {
  Str<48> tenant = {};
  u64 units = 0, left = 0;
  using schema = Event<2>;
};

struct Shortfall {
  u64 left = 0;
  Timestamp again = {};  // when the next window begins
};

enum class Reject : u16 { InvalidWindow = 1, InvalidUnits, UnknownTenant, Exhausted };
using enum Reject;

struct large_grants_are_approved : Gate<Grant> {};

struct use_stays_within_limit : Invariant<Tenant> {};

struct Quota : Domain<"quota", 1, Records<Tenant>, Commands<Grant, Use>, Events<Granted, Used>,
                      Rejects<Reject, Detail<Exhausted, Shortfall>>,
                      Invariants<use_stays_within_limit>, Gates<large_grants_are_approved>> {};

using Tx = cairn::Tx<Quota>;
using View = cairn::View<Quota>;
using Outcome = Tx::Outcome;

/// Above this somebody with a name has to say why.
inline constexpr u64 large = 1'000'000;

inline bool allows(const View&, const View&, large_grants_are_approved, const Grant& cmd) {
  return cmd.limit <= large;
}

inline bool holds(const View&, use_stays_within_limit, const Change<Tenant>& tenant) {
  return tenant.erased() || tenant.after->used <= tenant.after->limit;
}

inline Outcome handle(Tx& tx, const Grant& cmd) {
  if (cmd.window <= Duration{0}) return InvalidWindow;
  auto tenant = tx.find<Tenant>(cmd.tenant);
  if (!tenant) tenant = tx.create(Tenant{.name = cmd.tenant});
  auto& now = tenant.edit();  // what was used before a new grant is forgotten
  now.limit = cmd.limit;
  now.used = 0;
  now.window = cmd.window;
  now.since = tx.now();
  tx.emit(Granted{.tenant = cmd.tenant, .limit = cmd.limit});
  return ok;
}

inline Outcome handle(Tx& tx, const Use& cmd) {
  if (cmd.units == 0) return InvalidUnits;
  auto tenant = tx.find<Tenant>(cmd.tenant);
  if (!tenant) return UnknownTenant;
  const Timestamp end = tenant->since + tenant->window;
  const bool begins = tx.now() >= end;
  const u64 left = tenant->limit - (begins ? 0 : tenant->used);
  if (cmd.units > left) return tx.reject<Exhausted>({.left = left, .again = end});
  auto& now = tenant.edit();
  if (begins) now.since = tx.now();
  now.used = now.limit - left + cmd.units;
  tx.emit(Used{.tenant = cmd.tenant, .units = cmd.units, .left = left - cmd.units});
  return ok;
}
}  // namespace quota
