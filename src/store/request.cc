// SPDX-License-Identifier: Apache-2.0
#include "store/request.h"

#include <algorithm>

#include <fmt/format.h>

#include "base/hash.h"
#include "base/limits.h"
#include "cairn/limits.h"
#include "cairn/utf8.h"
#include "journal/own_event.h"

namespace cairn::store {

namespace {

std::span<const std::byte> bytes_of(std::string_view text) noexcept {
  return std::as_bytes(std::span(text));
}

std::array<std::byte, 16> half_hash(std::span<const std::byte> bytes) noexcept {
  const Digest digest = blake3(bytes);
  std::array<std::byte, 16> half;
  std::ranges::copy(std::span(digest.bytes).first(half.size()), half.begin());
  return half;
}

Result<> check_text(std::string_view text, std::size_t size_max, std::string_view what) {
  if (text.size() > size_max) {
    return fail(Errc::TooLarge,
                fmt::format("{} of {} bytes: {} are the most", what, text.size(), size_max));
  }
  if (!is_utf8(text)) {
    return fail(Errc::InvalidArgument, fmt::format("{} is not UTF-8", what));
  }
  return {};
}

Result<> check_event(const NewEvent& event) {
  if (event.kind == 0 || event.kind > limits::kind_max) {
    return fail(Errc::InvalidArgument, fmt::format("no event is of kind {}", event.kind));
  }
  if (event.entity.empty()) {
    return fail(Error(Errc::InvalidArgument, "no entity").advise("say who the event is about"));
  }
  CAIRN_TRY(check_text(event.entity, journal_entity_bytes_max, "an entity"));
  CAIRN_TRY(check_text(event.scope, journal_entity_bytes_max, "a scope"));
  if (event.scope.starts_with(journal::own_scope_mark)) {
    return fail(Errc::InvalidArgument, "a scope that begins with U+0001 is the store's own");
  }
  if (event.bytes.size() > limits::encoded_bytes_max) {
    return fail(Errc::TooLarge, fmt::format("{} bytes: {} are the most", event.bytes.size(),
                                            limits::encoded_bytes_max));
  }
  if (event.expected == Expected::exactly(0)) {
    return fail(Error(Errc::InvalidArgument, "exactly 0 events are expected")
                    .advise("say Expected::none()"));
  }
  if (event.cause && event.cause->sequence == 0) {
    return fail(Errc::InvalidArgument, "its cause has sequence 0: the first event has 1");
  }
  return {};
}

Result<> check_request(const RequestId& request) {
  CAIRN_TRY(check_text(request.key, journal_key_bytes_max, "an idempotency key"));
  if (!request.key.empty() && request.number != 0) {
    return fail(Error(Errc::InvalidArgument, "a request with a key and a client's number")
                    .advise("one of them tells it from others"));
  }
  return {};
}

Result<> check_consumer(std::string_view name) {
  if (name.empty()) {
    return fail(Errc::InvalidArgument, "a consumer without a name");
  }
  return check_text(name, journal_entity_bytes_max, "a consumer's name");
}

/// One form for what is asked and what was recorded.
class Content final {
 public:
  explicit Content(GrowingByteWriter& out) : out_(out) { out_.clear(); }

  void correlation(const Uuid* correlation) {
    out_.u8(correlation == nullptr ? 0 : 1);
    if (correlation != nullptr) {
      out_.bytes(correlation->bytes);
    }
  }

  void event(std::uint16_t kind, const journal::Coordinate& at,
             std::span<const std::byte> payload) {
    out_.varint(kind);
    out_.sized_bytes(bytes_of(at.entity));
    out_.sized_bytes(bytes_of(at.scope));
    out_.sized_bytes(payload);
  }

  /// Sequence 0: none.
  void cause(std::uint64_t sequence, std::uint32_t event) {
    out_.varint(sequence);
    out_.varint(event);
  }

  [[nodiscard]] ContentHash hash() const { return half_hash(out_.written()); }

 private:
  GrowingByteWriter& out_;
};

}  // namespace

Result<> check(const Append& append) {
  if (append.move) {
    CAIRN_TRY(check_consumer(append.move->consumer));
  } else if (append.events.empty()) {
    return fail(Errc::InvalidArgument, "an append without an event");
  }
  // One place is kept for a consumer's move.
  if (append.events.size() >= journal_events_max) {
    return fail(Errc::TooLarge, fmt::format("an append of {} events: {} are the most",
                                            append.events.size(), journal_events_max - 1));
  }
  for (std::size_t i = 0; i < append.events.size(); ++i) {
    if (auto good = check_event(append.events[i]); !good) {
      return fail(std::move(good).error().at(fmt::format("event {}", i)));
    }
  }
  return check_request(append.request);
}

journal::Intent intent_of(const RequestId& request) noexcept {
  using Kind = journal::Intent::Kind;
  if (!request.key.empty()) {
    return {.kind = Kind::Key, .key = request.key};
  }
  return request.number == 0
             ? journal::Intent()
             : journal::Intent{
                   .kind = Kind::Client, .client = request.client, .number = request.number};
}

ContentHash content_of(const Append& append, GrowingByteWriter& scratch) {
  Content content(scratch);
  content.correlation(append.correlation ? &*append.correlation : nullptr);
  for (const NewEvent& event : append.events) {
    content.event(event.kind, {.entity = event.entity, .scope = event.scope}, event.bytes);
    const EventId cause = event.cause.value_or(EventId{});
    content.cause(cause.sequence, cause.event);
  }
  return content.hash();
}

ContentHash content_of(const journal::TransactionRecord& record, GrowingByteWriter& scratch) {
  ContentHash recorded = {};
  if (record.outcome == OutcomeKind::Denied && record.command.size() == recorded.size()) {
    std::ranges::copy(record.command, recorded.begin());
    return recorded;
  }
  Content content(scratch);
  content.correlation(record.has_correlation ? &record.correlation : nullptr);
  for (const journal::EventRecord& event : record.events) {
    if (event.kind > limits::kind_max) {
      continue;
    }
    content.event(event.kind, event.coordinate, event.payload);
    const bool is_own = event.has_cause && event.cause.transaction == record.position;
    const std::uint64_t cause = is_own ? every_sequence : event.cause.transaction.value();
    content.cause(event.has_cause ? cause : 0, event.has_cause ? event.cause.event : 0);
  }
  return content.hash();
}

}  // namespace cairn::store
