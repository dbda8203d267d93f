// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstddef>
#include <cstdint>
#include <optional>
#include <span>
#include <stdexcept>
#include <string>
#include <string_view>
#include <vector>

#include "cairn/codec.h"
#include "cairn/describe_struct.h"
#include "cairn/ids.h"
#include "cairn/outcome.h"
#include "cairn/scratch.h"
#include "cairn/sizes.h"
#include "cairn/time.h"
#include "cairn/transaction.h"

namespace cairn {

/// A value that was decoded, together with the memory that its texts and lists point into.
template <typename T>
class Decoded final {
 public:
  const T& operator*() const noexcept { return value_; }

  const T* operator->() const noexcept { return &value_; }

  /// The value that canonical bytes are. Requires: they are one; an engine gives no others.
  template <typename D>
  static Decoded from(std::span<const std::byte> bytes) {
    Decoded decoded;
    decoded.memory_.resize(bytes.size() * describe::scratch_per_byte(describe::type_info<D, T>));
    Scratch scratch(decoded.memory_);
    const Result<> read = decode(bytes, scratch, decoded.value_);
    if (!read) {
      throw std::logic_error(read.error().to_string());
    }
    return decoded;
  }

 private:
  Decoded() = default;

  std::vector<std::byte> memory_;  // a move keeps its address, so views stay what they are
  T value_ = {};
};

/// What became of a command: a transaction of domain D, kept.
template <typename D>
class Submitted final {
 public:
  using Code = typename D::reject_code;

  struct Event {
    std::uint16_t kind = 0;
    std::vector<std::byte> bytes;  ///< canonical
    Seq cause_transaction;         ///< 0: the command is the cause
    std::uint32_t cause_event = 0;
  };

  struct Gate {
    std::string name;
    bool allowed = false;
    std::string approver;
    std::string reason;
  };

  explicit Submitted(const TransactionView& from)
      : position_(from.position),
        time_{from.time},
        outcome_(from.outcome),
        code_(from.code),
        fault_(from.fault),
        detail_(from.detail.begin(), from.detail.end()),
        delta_(from.delta.begin(), from.delta.end()),
        gate_(from.gate),
        text_(from.text) {
    for (const EventView& event : from.events) {
      events_.push_back({.kind = event.kind,
                         .bytes = {event.bytes.begin(), event.bytes.end()},
                         .cause_transaction = event.cause_transaction,
                         .cause_event = event.cause_event});
    }
    for (const GateView& gate : from.gates) {
      gates_.push_back({.name = std::string(gate.name),
                        .allowed = gate.allowed,
                        .approver = std::string(gate.approver),
                        .reason = std::string(gate.reason)});
    }
  }

  [[nodiscard]] Seq position() const noexcept { return position_; }

  [[nodiscard]] Timestamp time() const noexcept { return time_; }

  [[nodiscard]] OutcomeKind outcome() const noexcept { return outcome_; }

  [[nodiscard]] bool accepted() const noexcept { return outcome_ == OutcomeKind::Accepted; }

  [[nodiscard]] bool rejected() const noexcept { return outcome_ == OutcomeKind::Rejected; }

  [[nodiscard]] bool denied() const noexcept { return outcome_ == OutcomeKind::Denied; }

  [[nodiscard]] bool faulted() const noexcept { return outcome_ == OutcomeKind::Faulted; }

  /// Whether it was rejected with this code.
  [[nodiscard]] bool rejected(Code code) const noexcept {
    return rejected() && code_ == static_cast<std::uint16_t>(code);
  }

  /// The code of the rejection; none when it was not rejected.
  [[nodiscard]] std::optional<Code> code() const noexcept {
    return rejected() ? std::optional(static_cast<Code>(code_)) : std::nullopt;
  }

  /// What the handler said along with a rejection of this code; none when it is another, or when it
  /// said nothing.
  template <auto C>
  [[nodiscard]] auto detail() const {
    using T = typename detail::DetailIn<C, typename D::reject_details>::type;
    static_assert(check::RejectHasDetail<D, C, T>::ok);
    return rejected(C) && !detail_.empty() ? std::optional(Decoded<T>::template from<D>(detail_))
                                           : std::nullopt;
  }

  /// The gate that denied it; empty when none did.
  [[nodiscard]] std::string_view denied_by() const noexcept { return gate_; }

  /// Why it faulted. Means something only then.
  [[nodiscard]] FaultKind fault() const noexcept { return fault_; }

  [[nodiscard]] std::string_view fault_text() const noexcept { return text_; }

  [[nodiscard]] std::span<const Event> events() const noexcept { return events_; }

  [[nodiscard]] std::span<const Gate> gates() const noexcept { return gates_; }

  /// Those of one type, in order.
  template <typename E>
  [[nodiscard]] std::vector<Decoded<E>> events_of() const {
    static_assert(check::EventListed<D, E>::ok);
    std::vector<Decoded<E>> found;
    for (const Event& event : events_) {
      if (event.kind == E::schema::kind) {
        found.push_back(Decoded<E>::template from<D>(event.bytes));
      }
    }
    return found;
  }

  /// Canonical: docs/formats/delta.md.
  [[nodiscard]] std::span<const std::byte> delta() const noexcept { return delta_; }

 private:
  Seq position_;
  Timestamp time_;
  OutcomeKind outcome_;
  std::uint16_t code_;
  FaultKind fault_;
  std::vector<std::byte> detail_;
  std::vector<std::byte> delta_;
  std::string gate_;
  std::string text_;
  std::vector<Event> events_;
  std::vector<Gate> gates_;
};

}  // namespace cairn
