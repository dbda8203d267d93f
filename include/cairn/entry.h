// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <algorithm>
#include <array>
#include <cstddef>
#include <cstdint>
#include <exception>
#include <span>
#include <string_view>

#include "cairn/check_entry.h"
#include "cairn/codec.h"
#include "cairn/plugin.h"
#include "cairn/tx.h"

/// A domain as its host sees it: the table of `cairn/plugin.h`, made from types. This is the only
/// place where a handler's exceptions are caught, and the only one that instantiates all of them.
namespace cairn {

namespace entry {

inline std::int32_t fault(const detail::Call& call, std::int32_t status, std::string_view text) {
  call.host->fault(call.call, status, {.data = text.data(), .size = text.size()});
  return CAIRN_FAULTED;
}

/// Runs code of the domain; whatever it throws becomes a fault.
template <typename F>
std::int32_t guarded(const detail::Call& call, F&& run) noexcept {
  try {
    return run();
  } catch (const detail::CallEnded& ended) {
    return fault(call, ended.status, ended.text);
  } catch (const std::exception& error) {
    return fault(call, 0, error.what());
  } catch (...) {
    return fault(call, 0, "the domain threw something that is no std::exception");
  }
}

/// Decodes a command, with space for what its texts and lists point at.
template <typename D, typename C>
void decode_command(const detail::Call& call, cairn_bytes bytes, C& command) {
  constexpr std::uint64_t per_byte = describe::scratch_per_byte(describe::type_info<D, C>);
  Scratch scratch;
  if constexpr (per_byte != 0) {
    const std::size_t size = bytes.size * per_byte;
    scratch = Scratch({detail::take_memory(call, size), size});
  }
  ByteReader reader({static_cast<const std::byte*>(bytes.data), bytes.size});
  if (!decode(reader, scratch, command) || reader.remaining() != 0) [[unlikely]] {
    detail::end_call(CAIRN_MALFORMED, detail::status_text(CAIRN_MALFORMED));
  }
}

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

struct GuardEntry {
  std::uint16_t record = 0;
  std::uint16_t field = 0;
  std::int64_t from = 0;
  std::int64_t to = 0;
  bool (*ask)(const detail::Call&, cairn_row) = nullptr;
};

template <typename D, typename R, auto Source, auto Target>
bool ask_guard(const detail::Call& call, cairn_row memory) {
  using Context = Tx<D>;
  const auto row = detail::RowAccess::make<Row<Context, R>>(call, memory);
  const In<Context, R, Source> in(row);
  return in && detail::ask_guard<Context, Target>(in);
}

/// The guarded transitions of one State field.
template <typename D, typename R, std::size_t I>
struct FieldGuards {
  using M = typename reflect::FieldType<R, I>::machine;
  static constexpr const auto& transitions = M::transitions;
  static constexpr std::size_t count = [] {
    std::size_t guarded_ones = 0;
    for (const Transition& each : transitions) {
      guarded_ones += each.guarded ? 1 : 0;
    }
    return guarded_ones;
  }();

  template <std::size_t T>
  static constexpr GuardEntry entry() {
    constexpr Transition each = transitions[T];
    if constexpr (each.guarded) {
      constexpr auto from = static_cast<typename M::State>(each.from);
      constexpr auto to = static_cast<typename M::State>(each.to);
      return {.record = detail::record_position<D, R>,
              .field = static_cast<std::uint16_t>(I),
              .from = each.from,
              .to = each.to,
              .ask = &ask_guard<D, R, from, to>};
    } else {
      return {};
    }
  }

  template <std::size_t... T>
  static const GuardEntry* find(const GuardEntry& wanted, std::index_sequence<T...> /*all*/) {
    static constexpr std::array<GuardEntry, sizeof...(T)> entries = {entry<T>()...};
    for (const GuardEntry& each : entries) {
      if (each.ask != nullptr && each.from == wanted.from && each.to == wanted.to) {
        return &each;
      }
    }
    return nullptr;
  }
};

template <typename D, typename R, std::size_t I>
const GuardEntry* find_in_field(const GuardEntry& wanted) {
  if constexpr (FieldTraits<reflect::FieldType<R, I>>::kind == FieldKind::State) {
    using Guards = FieldGuards<D, R, I>;
    if constexpr (Guards::count != 0) {
      return Guards::find(wanted, std::make_index_sequence<Guards::transitions.size()>{});
    }
  }
  static_cast<void>(wanted);
  return nullptr;
}

template <typename D, typename R, std::size_t... I>
const GuardEntry* find_in_record(const GuardEntry& wanted, std::index_sequence<I...> /*fields*/) {
  const GuardEntry* found = nullptr;
  static_cast<void>(
      ((wanted.field == I && (found = find_in_field<D, R, I>(wanted)) != nullptr) || ...));
  return found;
}

template <typename D, typename... R>
const GuardEntry* find_guard(const GuardEntry& wanted, reflect::List<R...> /*records*/) {
  const GuardEntry* found = nullptr;
  static_cast<void>(
      ((wanted.record == detail::record_position<D, R> &&
        (found = find_in_record<D, R>(
             wanted, std::make_index_sequence<reflect::field_count<R>>{})) != nullptr) ||
       ...));
  return found;
}

template <typename D>
std::int32_t guard(const cairn_host* host, cairn_call* handle, std::uint16_t record, cairn_row row,
                   std::uint16_t field, std::int64_t from, std::int64_t to) {
  const detail::Call call = {.host = host, .call = handle};
  const GuardEntry* const found = find_guard<D>(
      {.record = record, .field = field, .from = from, .to = to}, typename D::records{});
  if (found == nullptr) {
    return fault(call, CAIRN_UNDECLARED, "the domain has no such guarded transition");
  }
  return guarded(call, [&] { return found->ask(call, row) ? CAIRN_ACCEPTED : CAIRN_REJECTED; });
}

using InvariantFunction = bool (*)(const detail::Call& before, const detail::Call& after,
                                   const cairn_change*);

template <typename D, typename Rule>
bool ask_invariant(const detail::Call& before, const detail::Call& after,
                   const cairn_change* change) {
  using Subject = typename Rule::subject;
  const View<D> view(after);
  if constexpr (std::is_void_v<Subject>) {
    if constexpr (check::detail::invariant_function_ok<D, Rule, View<D>, View<D>, Rule>) {
      return found_by_type::call_holds(View<D>(before), view, Rule{});
    }
  } else if constexpr (EdgeType<Subject>) {
    if constexpr (check::detail::invariant_function_ok<D, Rule, View<D>, Rule,
                                                       LinkChange<Subject>>) {
      return found_by_type::call_holds(
          view, Rule{},
          LinkChange<Subject>{
              .source = static_cast<const typename Subject::source*>(change->before),
              .target = static_cast<const typename Subject::target*>(change->after)});
    }
  } else {
    if constexpr (check::detail::invariant_function_ok<D, Rule, View<D>, Rule, Change<Subject>>) {
      return found_by_type::call_holds(
          view, Rule{},
          Change<Subject>{.before = static_cast<const Subject*>(change->before),
                          .after = static_cast<const Subject*>(change->after)});
    }
  }
  static_cast<void>(before);
  static_cast<void>(change);
  return false;
}

template <typename D, typename L>
struct InvariantTable;

template <typename D, typename... Rule>
struct InvariantTable<D, reflect::List<Rule...>> {
  static constexpr std::array<InvariantFunction, sizeof...(Rule)> functions = {
      &ask_invariant<D, Rule>...};
};

template <typename D>
std::int32_t invariant(const cairn_host* host, cairn_call* before, cairn_call* after,
                       std::uint16_t position, const cairn_change* change) {
  const detail::Call call = {.host = host, .call = after};
  if (position >= D::invariants::size) {
    return fault(call, CAIRN_UNDECLARED, "the domain has no such invariant");
  }
  return guarded(call, [&] {
    const InvariantFunction ask =
        InvariantTable<D, typename D::invariants>::functions.data()[position];
    return ask({.host = host, .call = before}, call, change) ? CAIRN_ACCEPTED : CAIRN_REJECTED;
  });
}

/// Which command a gate is judged for, and with what.
struct Judged {
  std::uint16_t kind = 0;
  cairn_bytes command;
};

using GateFunction = bool (*)(const detail::Call& before, const detail::Call& after, const Judged&);

template <typename D, typename Rule>
bool ask_gate(const detail::Call& before, const detail::Call& after, const Judged& judged) {
  using Subject = typename Rule::subject;
  if constexpr (std::is_void_v<Subject>) {
    if constexpr (check::detail::gate_function_ok<D, Rule, View<D>, View<D>, Rule>) {
      return found_by_type::call_allows(View<D>(before), View<D>(after), Rule{});
    }
  } else {
    if constexpr (check::detail::gate_function_ok<D, Rule, View<D>, View<D>, Rule, Subject>) {
      if (judged.kind != Subject::schema::kind) {
        return true;
      }
      Subject command = {};
      decode_command<D>(after, judged.command, command);
      return found_by_type::call_allows(View<D>(before), View<D>(after), Rule{}, command);
    }
  }
  static_cast<void>(before);
  static_cast<void>(after);
  static_cast<void>(judged);
  return false;
}

template <typename D, typename L>
struct GateTable;

template <typename D, typename... Rule>
struct GateTable<D, reflect::List<Rule...>> {
  static constexpr std::array<GateFunction, sizeof...(Rule)> functions = {&ask_gate<D, Rule>...};
};

template <typename D>
std::int32_t gate(const cairn_host* host, cairn_call* before, cairn_call* after,
                  std::uint16_t position, std::uint16_t kind, cairn_bytes command) {
  const detail::Call call = {.host = host, .call = after};
  if (position >= D::gates::size) {
    return fault(call, CAIRN_UNDECLARED, "the domain has no such gate");
  }
  return guarded(call, [&] {
    const GateFunction ask = GateTable<D, typename D::gates>::functions.data()[position];
    return ask({.host = host, .call = before}, call, {.kind = kind, .command = command})
               ? CAIRN_ACCEPTED
               : CAIRN_REJECTED;
  });
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
    .upcast = nullptr,
    .migrate = nullptr,
};

}  // namespace cairn
