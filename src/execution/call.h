// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <atomic>
#include <cstddef>
#include <cstdint>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "cairn/byte_writer.h"
#include "execution/before.h"
#include "execution/budget.h"
#include "execution/transaction.h"
#include "execution/value_check.h"
#include "state/image_store.h"
#include "state/writer.h"

namespace cairn::execution {

class Notes;
class ReadSet;
class Run;

}  // namespace cairn::execution

/// What a `cairn_call` points at. The host's functions get it back and trust it; a domain only
/// passes it on.
struct cairn_call {
  cairn::execution::Run* run = nullptr;
  bool sees_before = false;  ///< the state as the command found it, instead of as it is
  bool may_change = false;
};

namespace cairn::execution {

/// The place of one scan that has given an entry: the key bytes of the one it gave last, those of
/// the index and then of the primary key.
struct ScanPlace {
  std::uint16_t record = 0;
  std::uint16_t index = 0;
  std::vector<std::byte> last;
  state::OrderedIndex::Place place;  ///< of that entry, as long as the index is as it was
};

/// One command under way: what the host's functions work on. Owned by the executor and used again
/// for each command, so that its memory is kept. One thread.
class Run final {
 public:
  struct EmittedEvent {
    std::uint16_t kind = 0;
    bool has_cause = false;
    cairn_event_place cause = {};
    std::size_t offset = 0;  ///< in event_bytes
    std::size_t size = 0;
  };

  /// A point to go back to.
  struct Mark {
    state::Writer::Mark writer;
    std::size_t events = 0;
    std::size_t event_bytes = 0;
  };

  Run(const ValueCheck& value_check, state::Writer& state_writer);
  Run(const Run&) = delete;
  Run& operator=(const Run&) = delete;
  ~Run() = default;

  /// Forgets the last command.
  void start(const Context& at, const Budget& limits, std::uint64_t seed);

  /// Uses steps of the budget. False when it is spent: the call has to end.
  bool take_steps(std::uint64_t count) noexcept {
    steps += count;
    if (interrupt != nullptr && interrupt->load(std::memory_order_relaxed)) [[unlikely]] {
      was_interrupted = true;
      return false;
    }
    return steps <= budget.steps_max;
  }

  /// Whether bytes are a canonical value of the struct, as far as the domain is not believed: a
  /// status.
  [[nodiscard]] std::int32_t judge(const StructInfo& structure, std::span<const std::byte> value);

  /// Keeps what a domain says of a fault: not too long, and UTF-8 whatever it gave.
  void set_fault_text(std::string_view text);

  /// Uses bytes of the budget. What is refused is not used.
  bool take_bytes(std::size_t count) noexcept {
    if (count > budget.bytes_max - bytes) [[unlikely]] {
      return false;
    }
    bytes += count;
    return true;
  }

  /// Remembers the first status that ends the call: a domain that goes on all the same is not
  /// believed when it says that all went well.
  void note_end(std::int32_t status) noexcept {
    if (ended == CAIRN_OK) {
      ended = status;
    }
  }

  const state::Plan& plan;
  const std::span<const EdgeInfo> edges;  ///< of the plan's domain, near at hand
  state::Writer& writer;
  Before before;
  const ValueCheck& values;
  ReadSet* reads = nullptr;  ///< notes what is read, where somebody wants to know
  Notes* notes = nullptr;    ///< what `noting_host_table` writes to
  const std::atomic<bool>* interrupt = nullptr;
  bool was_interrupted = false;

  Context context;
  Budget budget;
  std::uint64_t steps = 0;
  std::size_t bytes = 0;
  std::uint64_t random = 0;

  std::vector<EmittedEvent> events;
  GrowingByteWriter event_bytes;
  std::vector<Mark> marks;
  std::vector<ScanPlace> scans;  ///< those in use are the first `scans_used`
  std::size_t scans_used = 0;
  ScanPlace count_place;
  state::ImageStore memory;  ///< for the domain

  std::int32_t ended = CAIRN_OK;  ///< the status that ended the call

  // What the domain said through `reject` and `fault`.
  std::uint16_t code = 0;
  std::vector<std::byte> detail;
  std::int32_t fault_status = 0;
  std::string fault_text;

  std::vector<std::byte> scratch;  ///< to decode what is looked at
};

/// The functions a domain works with.
extern const cairn_host host_table;

}  // namespace cairn::execution
