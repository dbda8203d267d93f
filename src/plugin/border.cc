// SPDX-License-Identifier: Apache-2.0
#include "plugin/border.h"

#include <array>
#include <cstdint>
#include <exception>
#include <string>
#include <string_view>
#include <utility>

#include <fmt/core.h>

#include "base/check.h"
#include "base/mutex.h"

namespace cairn::plugin {

namespace {

// NOLINTNEXTLINE(cppcoreguidelines-avoid-non-const-global-variables): C functions find it by number
Mutex mutex;
// NOLINTNEXTLINE(cppcoreguidelines-avoid-non-const-global-variables): the same
std::array<bool, plugins_max> claimed CAIRN_GUARDED_BY(mutex) = {};
/// Written while a slot is claimed and not yet handed out, and read by its calls.
// NOLINTNEXTLINE(cppcoreguidelines-avoid-non-const-global-variables): the same
std::array<cairn_domain, plugins_max> tables = {};

/// Whom to tell.
struct Call {
  const cairn_host* host;
  cairn_call* call;
};

std::int32_t fault(const Call& call, std::string_view text, std::int32_t status = 0) {
  call.host->fault(call.call, status, {.data = text.data(), .size = text.size()});
  return CAIRN_FAULTED;
}

template <typename Run>
std::int32_t guarded(const Call& call, Run run) noexcept {
  try {
    const std::int32_t status = run();
    return status == CAIRN_ACCEPTED || status == CAIRN_REJECTED || status == CAIRN_FAULTED
               ? status
               : fault(call, fmt::format("the plugin answered {}, which means nothing", status),
                       status);
  } catch (const std::exception& error) {
    return fault(call, fmt::format("an exception left the plugin: {}", error.what()));
  } catch (...) {
    return fault(call, "something that is no std::exception left the plugin");
  }
}

/// The same for functions that hand bytes back.
template <typename Run>
std::int32_t guarded_bytes(const Call& call, cairn_bytes* out, Run run) noexcept {
  *out = {};
  const std::int32_t status = guarded(call, run);
  return status == CAIRN_ACCEPTED && out->data == nullptr && out->size != 0
             ? fault(call, "the plugin answered with bytes that are nowhere")
             : status;
}

/// The functions of one slot.
template <std::size_t Index>
struct Slot {
  static const cairn_domain& domain() noexcept { return tables[Index]; }

  static std::int32_t execute(const cairn_host* host, cairn_call* call, std::uint16_t kind,
                              cairn_bytes command) noexcept {
    return guarded({.host = host, .call = call},
                   [&] { return domain().execute(host, call, kind, command); });
  }

  // NOLINTNEXTLINE(readability-function-size): the parameters are those of the C table.
  static std::int32_t guard(const cairn_host* host, cairn_call* call, std::uint16_t record,
                            cairn_row row, std::uint16_t field, std::int64_t from,
                            std::int64_t to) noexcept {
    return guarded({.host = host, .call = call},
                   [&] { return domain().guard(host, call, record, row, field, from, to); });
  }

  static std::int32_t invariant(const cairn_host* host, cairn_call* before, cairn_call* after,
                                std::uint16_t position, const cairn_change* change) noexcept {
    return guarded({.host = host, .call = after},
                   [&] { return domain().invariant(host, before, after, position, change); });
  }

  // NOLINTNEXTLINE(readability-function-size): the parameters are those of the C table.
  static std::int32_t gate(const cairn_host* host, cairn_call* before, cairn_call* after,
                           std::uint16_t position, std::uint16_t kind,
                           cairn_bytes command) noexcept {
    return guarded({.host = host, .call = after},
                   [&] { return domain().gate(host, before, after, position, kind, command); });
  }

  // NOLINTNEXTLINE(readability-function-size): the parameters are those of the C table.
  static std::int32_t upcast(const cairn_host* host, cairn_call* call, std::uint16_t kind,
                             std::uint16_t version, cairn_bytes event, cairn_bytes* out) noexcept {
    return guarded_bytes({.host = host, .call = call}, out,
                         [&] { return domain().upcast(host, call, kind, version, event, out); });
  }

  // NOLINTNEXTLINE(readability-function-size): the parameters are those of the C table.
  static std::int32_t migrate(const cairn_host* host, cairn_call* call, std::uint16_t record,
                              std::uint16_t version, cairn_bytes row, cairn_bytes* out) noexcept {
    return guarded_bytes({.host = host, .call = call}, out,
                         [&] { return domain().migrate(host, call, record, version, row, out); });
  }

  static constexpr cairn_domain functions() {
    return {.size = sizeof(cairn_domain),
            .abi_version = CAIRN_ABI_VERSION,
            .name = nullptr,
            .descriptor = nullptr,
            .idl = {},
            .execute = &execute,
            .guard = &guard,
            .invariant = &invariant,
            .gate = &gate,
            .upcast = &upcast,
            .migrate = &migrate,
            .describe = nullptr,
            .layout = 0};
  }
};

template <std::size_t... I>
constexpr std::array<cairn_domain, plugins_max> all_functions(std::index_sequence<I...> /*slots*/) {
  return {Slot<I>::functions()...};
}

constexpr std::array slots = all_functions(std::make_index_sequence<plugins_max>{});

}  // namespace

std::optional<BorderSlot> BorderSlot::claim(const cairn_domain& domain) {
  const MutexLock lock(mutex);
  for (std::size_t i = 0; i < plugins_max; ++i) {
    if (!claimed[i]) {
      claimed[i] = true;
      tables[i] = domain;
      return BorderSlot(i);
    }
  }
  return std::nullopt;
}

BorderSlot::BorderSlot(BorderSlot&& other) noexcept
    : index_(std::exchange(other.index_, plugins_max)) {}

BorderSlot& BorderSlot::operator=(BorderSlot&& other) noexcept {
  std::swap(index_, other.index_);
  return *this;
}

BorderSlot::~BorderSlot() {
  if (index_ < plugins_max) {
    const MutexLock lock(mutex);
    claimed[index_] = false;
    tables[index_] = {};
  }
}

cairn_domain BorderSlot::functions() const {
  CAIRN_CHECK(index_ < plugins_max);
  cairn_domain functions = slots[index_];
  const cairn_domain& plugin = tables[index_];
  functions.guard = plugin.guard == nullptr ? nullptr : functions.guard;
  functions.invariant = plugin.invariant == nullptr ? nullptr : functions.invariant;
  functions.gate = plugin.gate == nullptr ? nullptr : functions.gate;
  functions.upcast = plugin.upcast == nullptr ? nullptr : functions.upcast;
  functions.migrate = plugin.migrate == nullptr ? nullptr : functions.migrate;
  return functions;
}

}  // namespace cairn::plugin
