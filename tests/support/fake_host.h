// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstddef>
#include <cstdint>
#include <deque>
#include <functional>
#include <map>
#include <memory>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "cairn/codec.h"
#include "cairn/descriptor.h"
#include "cairn/domain.h"
#include "cairn/plugin.h"
#include "cairn/transaction.h"

/// A host without cleverness: everything is a sorted map or a list, every question is answered by
/// looking through all of it, every transaction starts with a copy. It runs domains in tests, and
/// is the model that the real execution is compared with. One thread; owns its rows.
namespace cairn::test {

/// The key bytes of the fields of a row, as docs/formats/values.md says, written independently of
/// the product's codecs.
std::string model_key(const StructInfo& record, std::span<const std::uint16_t> fields,
                      const void* row);

/// A row; its memory never moves. It stays after it was erased, so that a stale use is seen.
struct ModelRow {
  std::unique_ptr<std::byte[]> memory;
  bool alive = true;
};

struct ModelLink {
  std::uint64_t number = 0;  ///< in the order made
  std::uint16_t edge = 0;
  const void* source = nullptr;
  const void* target = nullptr;
};

struct ModelEvent {
  std::uint16_t kind = 0;
  std::string bytes;
  bool has_cause = false;
  cairn_event_place cause = {};
};

struct ModelTimer {
  std::int64_t at = 0;
  std::uint16_t kind = 0;
  std::string bytes;
};

/// What a savepoint or a transaction can go back to: the memory of every living row, and the rest.
struct ModelImage {
  std::vector<std::map<const void*, std::string>> rows;
  std::vector<ModelLink> links;
  std::vector<std::uint64_t> last_ids;
  std::size_t events = 0;
  std::size_t timers = 0;
};

struct ModelState {
  std::vector<std::map<const void*, ModelRow>> tables;
  std::vector<ModelLink> links;
  std::vector<std::uint64_t> last_ids;
  std::uint64_t links_made = 0;
};

enum class ModelVerdict : std::uint8_t { Accepted, Rejected, Denied, Faulted };

struct ModelResult {
  ModelVerdict verdict = ModelVerdict::Accepted;
  std::uint16_t code = 0;         ///< of the rejection
  std::string detail;             ///< canonical bytes
  std::int32_t fault_status = 0;  ///< 0 when the domain threw
  FaultKind fault = FaultKind::Threw;
  std::string text;                ///< of the fault, or the name of the gate
  std::vector<ModelEvent> events;  ///< empty unless accepted
  std::vector<ModelTimer> timers;  ///< those it scheduled
};

class FakeHost {
 public:
  explicit FakeHost(const cairn_domain& domain);
  FakeHost(const FakeHost&) = delete;
  FakeHost& operator=(const FakeHost&) = delete;

  /// `timer` is the number of the waiting command that this is; 0 for one from outside.
  ModelResult execute(std::uint16_t kind, std::span<const std::byte> command,
                      std::uint64_t timer = 0);

  template <typename C>
  ModelResult submit(const C& command) {
    GrowingByteWriter writer;
    encode(writer, command);
    return execute(static_cast<std::uint16_t>(C::schema::kind), writer.written());
  }

  /// What the domain's exported guard answers for a transition of a living row.
  std::int32_t ask_guard(std::uint16_t record, const void* row, std::uint16_t field,
                         const Transition& transition);

  /// The living row with this primary key in memory form; null when there is none.
  [[nodiscard]] const void* find(std::uint16_t record, const std::string& key) const;

  /// All of the state as text, the same for the same state: to compare before and after.
  [[nodiscard]] std::string dump() const;

  /// The commands that wait, by number.
  [[nodiscard]] const std::map<std::uint64_t, ModelTimer>& waiting() const { return waiting_; }

  std::int64_t time = 0;
  std::uint64_t seed = 0;  ///< of what `random` gives
  std::uint64_t steps_max = 100'000;
  std::size_t memory_max = std::size_t{1} << 26U;

  [[nodiscard]] std::uint64_t position() const { return position_; }

 private:
  friend struct FakeCalls;

  /// What a cairn_call points at.
  struct Call {
    FakeHost* host = nullptr;
    ModelState* state = nullptr;
    bool read_only = false;
  };

  [[nodiscard]] ModelImage image(const ModelState& state) const;
  void restore(ModelState& state, const ModelImage& image);
  [[nodiscard]] ModelState copy_of(const ModelState& state,
                                   std::map<const void*, const void*>& copies) const;

  /// What the rules compare: the state as the command found it, as it left it, and the rows of the
  /// one in the other.
  struct Judged {
    Call before;
    Call after;
    const std::map<const void*, const void*>* copies = nullptr;
    const std::vector<ModelLink>* links = nullptr;  ///< there were, of the rows as they are
  };

  /// Looks at what an accepted handler left behind: references, required ends, invariants, gates.
  void judge(ModelResult& result, Judged& judged, std::uint16_t kind,
             std::span<const std::byte> command);
  std::string broken_invariant(Judged& judged);
  std::string broken_reference(const ModelState& state) const;
  std::string broken_edge(const ModelState& state) const;
  bool rule_holds(std::uint16_t position, Judged& judged);
  bool holds_for_rows(std::uint16_t record, Judged& judged,
                      const std::function<bool(const cairn_change&)>& holds);
  bool holds_for_links(std::string_view edge, Judged& judged,
                       const std::function<bool(const cairn_change&)>& holds);
  std::string closed_gate(Judged& judged, std::uint16_t kind, std::span<const std::byte> command);
  void finish(ModelResult& result, const ModelImage& start);

  const cairn_domain& domain_;
  const DomainInfo& schema_;
  ModelState state_;
  std::vector<ModelEvent> events_;
  std::vector<ModelTimer> timers_;
  std::map<std::uint64_t, ModelTimer> waiting_;
  std::uint64_t timers_made_ = 0;
  std::vector<ModelImage> savepoints_;
  std::vector<std::string> scans_;  ///< the last key of each running scan
  std::deque<std::unique_ptr<std::byte[]>> memory_;
  std::size_t memory_used_ = 0;
  std::uint64_t steps_ = 0;
  std::uint64_t random_ = 0;
  std::uint64_t position_ = 0;
  ModelResult said_;  ///< what the domain reported through reject and fault
};

/// The same, for one compiled domain.
template <typename D>
class TypedHost final : public FakeHost {
 public:
  TypedHost() : FakeHost(domain_entry<D>) {}

  /// The row with this key; null when there is none.
  template <typename R>
  const R* row(const detail::KeyOf<R>& key) const {
    std::array<std::byte, key_size_max<detail::KeyOf<R>>> memory = {};
    const std::span<const std::byte> bytes = encode_key(memory, key);
    return static_cast<const R*>(
        find(detail::record_position<D, R>,
             std::string(reinterpret_cast<const char*>(bytes.data()), bytes.size())));
  }
};

/// The event's value, decoded; the test fails when it is not of this type.
template <typename E>
E event_as(const ModelEvent& event) {
  E value = {};
  Scratch scratch;
  const auto read = decode(std::as_bytes(std::span(event.bytes)), scratch, value);
  if (event.kind != E::schema::kind || !read) {
    throw std::runtime_error("the event is of another kind");
  }
  return value;
}

}  // namespace cairn::test
