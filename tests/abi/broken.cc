// SPDX-License-Identifier: Apache-2.0
// Plugins that are wrong in one way each, chosen by the macro BROKEN_…: a host refuses the ones and
// survives the others.
#include <cstring>
#include <new>
#include <stdexcept>

#include "cairn/entry.h"
#include "tests/abi/counter.h"

namespace {

constexpr cairn_domain good = cairn::domain_entry<counter::Count>;

[[maybe_unused]] std::int32_t misbehave(const cairn_host*, cairn_call*, std::uint16_t kind,
                                        cairn_bytes) {
  switch (kind) {
    case 1:
      throw std::runtime_error("thrown across the border");
    case 2:
      throw 42;
    default:
      return 77;
  }
}

[[maybe_unused]] std::int32_t misbehave_guard(const cairn_host*, cairn_call*, std::uint16_t,
                                              cairn_row, std::uint16_t, std::int64_t,
                                              std::int64_t) {
  throw std::bad_alloc();
}

[[maybe_unused]] std::int32_t misbehave_invariant(const cairn_host*, cairn_call*, cairn_call*,
                                                  std::uint16_t, const cairn_change*) {
  throw std::bad_alloc();
}

[[maybe_unused]] std::int32_t misbehave_gate(const cairn_host*, cairn_call*, cairn_call*,
                                             std::uint16_t, std::uint16_t, cairn_bytes) {
  return -1;
}

[[maybe_unused]] std::int32_t misbehave_upcast(const cairn_host*, cairn_call*, std::uint16_t,
                                               std::uint16_t, cairn_bytes, cairn_bytes* out) {
  *out = {.data = nullptr, .size = 8};
  return CAIRN_ACCEPTED;
}

[[maybe_unused]] constexpr char rubbish[] = "{\"idl\": 1, \"name\": ";

[[maybe_unused]] void describe_by_throwing(cairn_write_function, void*) {
  throw std::runtime_error("nothing to say");
}

[[maybe_unused]] void describe_for_ever(cairn_write_function write, void* to) {
  char piece[4096];
  std::memset(piece, '[', sizeof(piece));
  for (int i = 0; i < 4096; ++i) {
    write(to, {.data = piece, .size = sizeof(piece)});
  }
}

cairn_domain make() {
  cairn_domain domain = good;
#if defined(BROKEN_SIZE)
  domain.size = offsetof(cairn_domain, execute);
#elif defined(BROKEN_HUGE)
  domain.size = 0xffffffff;
#elif defined(BROKEN_VERSION)
  domain.abi_version = 9;
#elif defined(BROKEN_EXECUTE)
  domain.execute = nullptr;
#elif defined(BROKEN_NAME)
  domain.name = "other";
#elif defined(BROKEN_NO_NAME)
  domain.name = nullptr;
#elif defined(BROKEN_SILENT)
  domain.describe = nullptr;
#elif defined(BROKEN_IDL)
  domain.idl = {.data = rubbish, .size = sizeof(rubbish) - 1};
#elif defined(BROKEN_DESCRIBE)
  domain.describe = &describe_by_throwing;
#elif defined(BROKEN_ENDLESS)
  domain.describe = &describe_for_ever;
#elif defined(BROKEN_LAYOUT)
  domain.layout += 1;
#elif defined(BROKEN_CALLS)
  domain.execute = &misbehave;
  domain.guard = &misbehave_guard;
  domain.invariant = &misbehave_invariant;
  domain.gate = &misbehave_gate;
  domain.upcast = &misbehave_upcast;
#endif
  return domain;
}

const cairn_domain domain = make();

}  // namespace

#if !defined(BROKEN_NO_ENTRY)
extern "C" const cairn_domain* cairn_domain_entry() {
#if defined(BROKEN_NULL)
  return nullptr;
#elif defined(BROKEN_THROW)
  throw std::runtime_error("no table today");
#else
  return &domain;
#endif
}
#endif
