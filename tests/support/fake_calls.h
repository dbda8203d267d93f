// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "tests/support/fake_host.h"

namespace cairn::test {

/// The functions of the host table, on a FakeHost. What each promises is in `cairn/plugin.h`.
struct FakeCalls {
  using Call = FakeHost::Call;

  static Call& call(cairn_call* handle) { return *reinterpret_cast<Call*>(handle); }

  static cairn_call* handle(Call& call) { return reinterpret_cast<cairn_call*>(&call); }

  /// Counts a step; CAIRN_LIMIT when they are used up.
  static std::int32_t step(const Call& call);
  /// The living row, or null.
  static ModelRow* living(const Call& call, std::uint16_t record, cairn_row row);
  /// A step that changes: refused for readers and for rows that are gone.
  static std::int32_t change(const Call& call, std::uint16_t record, cairn_row row);

  /// Every living row of a table by its key bytes in an index; the primary key makes them distinct.
  static std::map<std::string, const void*> entries(const FakeHost& host, const ModelState& state,
                                                    std::uint16_t record, std::uint16_t index);
  /// Whether `memory` would share a unique value with a living row other than `self`.
  static bool is_taken(const Call& call, std::uint16_t record, const void* memory,
                       const void* self);

  /// Erases a row and what goes with it; may leave half of it done when an edge refuses.
  static std::int32_t erase_with_sources(const Call& call, cairn_row row);

  static std::int64_t now(cairn_call*);
  static std::uint64_t position(cairn_call*);
  static std::uint64_t random(cairn_call*);
  static std::int32_t new_id(cairn_call*, std::uint16_t record, std::uint64_t* id);
  static std::int32_t find(cairn_call*, std::uint16_t record, std::uint16_t index, cairn_bytes key,
                           cairn_row*);
  static std::int32_t create(cairn_call*, std::uint16_t record, const void* memory, cairn_row*);
  static std::int32_t edit(cairn_call*, std::uint16_t record, cairn_row, void** memory);
  static std::int32_t set(cairn_call*, std::uint16_t record, cairn_row, std::uint16_t field,
                          const void* memory);
  static std::int32_t become(cairn_call*, std::uint16_t record, cairn_row, std::uint16_t field,
                             std::int64_t state);
  static std::int32_t erase(cairn_call*, std::uint16_t record, cairn_row);
  static std::int32_t link(cairn_call*, std::uint16_t edge, cairn_row source, cairn_row target);
  static std::int32_t unlink(cairn_call*, std::uint16_t edge, cairn_row source, cairn_row target);
  static std::int32_t follow(cairn_call*, std::uint16_t edge, std::uint32_t direction, cairn_row,
                             cairn_cursor*, cairn_row*);
  static std::int32_t scan(cairn_call*, const cairn_scan*, cairn_cursor*, cairn_row*);
  static std::int32_t count(cairn_call*, const cairn_scan*, std::uint64_t* entries);
  static std::int32_t emit(cairn_call*, std::uint16_t kind, cairn_bytes event,
                           const cairn_event_place* cause, cairn_event_place*);
  static std::int32_t schedule(cairn_call*, std::int64_t at, std::uint16_t kind,
                               cairn_bytes command);
  static void reject(cairn_call*, std::uint16_t code, cairn_bytes detail);
  static void fault(cairn_call*, std::int32_t status, cairn_bytes text);
  static std::int32_t savepoint(cairn_call*, std::uint64_t* mark);
  static std::int32_t roll_back(cairn_call*, std::uint64_t mark);
  static void* take_memory(cairn_call*, std::size_t size);
};

extern const cairn_host fake_host_table;

}  // namespace cairn::test
