// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <algorithm>
#include <array>
#include <cstdint>
#include <span>
#include <type_traits>
#include <utility>

#include "cairn/check_entry.h"
#include "cairn/describe_idl.h"
#include "cairn/entry_call.h"
#include "cairn/entry_guard.h"
#include "cairn/entry_rule.h"
#include "cairn/layout_stamp.h"
#include "cairn/plugin.h"
#include "cairn/tx.h"
#include "cairn/upcast.h"

/// A domain as its host sees it: the table of `cairn/plugin.h`, made from types. Only what includes
/// this instantiates all functions of the domain.
namespace cairn {

namespace entry {

template <typename D, typename C>
std::int32_t run_command(const detail::Call& call, cairn_bytes bytes) {
  if constexpr (check::HandlerOf<D, C>::ok) {
    C command = {};
    decode_command<D>(call, bytes, command);
    Tx<D> tx(call);
    const Outcome<D> outcome = found_by_type::call_handle(tx, command);
    if (outcome.accepted()) {
      return CAIRN_ACCEPTED;
    }
    const std::span<const std::byte> detail = outcome.detail();
    call.host->reject(call.call, outcome.code(), {.data = detail.data(), .size = detail.size()});
    return CAIRN_REJECTED;
  } else {
    return CAIRN_FAULTED;
  }
}

using CommandFunction = std::int32_t (*)(const detail::Call&, cairn_bytes);

struct CommandEntry {
  std::int64_t kind = 0;
  CommandFunction run = nullptr;
};

template <typename D, typename L>
struct CommandTable;

/// By ascending kind.
template <typename D, typename... C>
struct CommandTable<D, reflect::List<C...>> {
  static constexpr std::array<CommandEntry, sizeof...(C)> entries = [] {
    std::array<CommandEntry, sizeof...(C)> all = {
        CommandEntry{.kind = C::schema::kind, .run = &run_command<D, C>}...};
    std::ranges::sort(all, {}, &CommandEntry::kind);
    return all;
  }();

  static CommandFunction find(std::uint16_t kind) {
    // Kinds are mostly numbered without gaps.
    if (std::size_t{kind} - 1 < entries.size() && entries[kind - 1U].kind == kind) [[likely]] {
      return entries[kind - 1U].run;
    }
    const auto* const entry = std::ranges::lower_bound(entries, kind, {}, &CommandEntry::kind);
    return entry != entries.end() && entry->kind == kind ? entry->run : nullptr;
  }
};

template <typename D>
std::int32_t execute(const cairn_host* host, cairn_call* handle, std::uint16_t kind,
                     cairn_bytes command) {
  const detail::Call call = {.host = host, .call = handle};
  const CommandFunction run = CommandTable<D, typename D::commands>::find(kind);
  if (run == nullptr) {
    return fault(call, CAIRN_UNDECLARED, "the domain has no command of this kind");
  }
  return guarded(call, [&] { return run(call, command); });
}

/// Makes an event that an E was, or one that such a one was, into the next version. False: it was
/// never of this version.
template <typename D, typename E>
bool upcast_in(const detail::Call& call, std::uint16_t version, cairn_bytes event,
               cairn_bytes& upcasted) {
  using Older = detail::OlderOf<E>;
  if constexpr (std::is_void_v<Older>) {
    return false;
  } else {
    static_assert(check::UpcastOf<E, Older>::ok);
    if (version != Older::schema::version) {
      return upcast_in<D, Older>(call, version, event, upcasted);
    }
    GrowingByteWriter made;
    if (!detail::upcast_once<D, Older>({static_cast<const std::byte*>(event.data), event.size},
                                       made)) {
      detail::end_call(CAIRN_MALFORMED, detail::status_text(CAIRN_MALFORMED));
    }
    std::byte* const memory = detail::take_memory(call, made.size());
    std::ranges::copy(made.written(), memory);
    upcasted = {.data = memory, .size = made.size()};
    return true;
  }
}

template <typename D, typename... E>
bool upcast_any([[maybe_unused]] const detail::Call& call, [[maybe_unused]] std::uint16_t kind,
                [[maybe_unused]] std::uint16_t version,
                [[maybe_unused]] std::pair<cairn_bytes, cairn_bytes&> bytes,
                reflect::List<E...> /*events*/) {
  return ((kind == E::schema::kind && upcast_in<D, E>(call, version, bytes.first, bytes.second)) ||
          ...);
}

template <typename D>
// NOLINTNEXTLINE(readability-function-size): as many parameters as the table's function has.
std::int32_t upcast_event(const cairn_host* host, cairn_call* handle, std::uint16_t kind,
                          std::uint16_t version, cairn_bytes event, cairn_bytes* upcasted) {
  const detail::Call call = {.host = host, .call = handle};
  return guarded(call, [&] {
    return upcast_any<D>(call, kind, version, {event, *upcasted}, typename D::events{})
               ? std::int32_t{CAIRN_ACCEPTED}
               : fault(call, CAIRN_UNDECLARED, "the domain has no event that was of this version");
  });
}

template <typename D>
void write_schema(cairn_write_function write, void* to) {
  describe::write_idl(domain_info<D>(), {.write = write, .to = to});
}

/// The name with a closing zero, for C.
template <typename D>
inline constexpr auto name_text = [] {
  std::array<char, D::name.size() + 1> text = {};
  std::ranges::copy(D::name, text.begin());
  return text;
}();

}  // namespace entry

/// The domain as a host calls it. A domain's shared object exports it with one line:
///   extern "C" const cairn_domain* cairn_domain_entry() { return &cairn::domain_entry<Bank>; }
template <typename D>
inline constexpr cairn_domain domain_entry = {
    .size = sizeof(cairn_domain),
    .abi_version = CAIRN_ABI_VERSION,
    .name = entry::name_text<D>.data(),
    .descriptor = &domain_info<D>(),
    .idl = {},
    .execute = &entry::execute<D>,
    .guard = &entry::guard<D>,
    .invariant = &entry::invariant<D>,
    .gate = &entry::gate<D>,
    .upcast = detail::has_older(typename D::events{}) ? &entry::upcast_event<D> : nullptr,
    .migrate = nullptr,
    .describe = &entry::write_schema<D>,
    .layout = layout_stamp(domain_info<D>()),
};

}  // namespace cairn
