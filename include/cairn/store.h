// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstddef>
#include <cstdint>
#include <memory>
#include <optional>
#include <span>
#include <stdexcept>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "cairn/byte_writer.h"
#include "cairn/domain.h"
#include "cairn/error.h"
#include "cairn/region.h"
#include "cairn/secret.h"
#include "cairn/store_core.h"
#include "cairn/store_outcome.h"
#include "cairn/store_secret.h"
#include "cairn/submitted.h"
#include "cairn/time.h"
#include "cairn/upcast.h"

/// An event store: plain structs in, one durable order of them out. docs/store.md teaches it.
///
///   struct Shop : Domain<"shop", 1, Events<Ordered, Shipped>> {};
///   CAIRN_TRY(auto shop, Store<Shop>::open("data/shop"));
///   CAIRN_TRY(const auto done, shop.append({"order/7"}, Ordered{.pieces = 3}));
namespace cairn::store {

/// How an event is appended, beside what it says.
struct EventOptions {
  Expected expected = {};
  std::optional<EventId> cause = std::nullopt;
};

/// How an append is made, beside its events. Refers to the caller's memory.
struct AppendOptions {
  RequestId request = {};
  std::optional<Uuid> correlation = std::nullopt;
  std::span<const std::string_view> gates = {};
};

/// Events that are appended together. Keeps their bytes; what names coordinates is the caller's and
/// must outlive it. Used again after `clear` without asking for memory.
template <typename D>
class Batch final {
 public:
  template <typename E>
  Batch& add(At at, const E& event, const EventOptions& options = {}) {
    static_assert(check::EventListed<D, E>::ok);
    const std::size_t begin = writer_.size();
    encode(writer_, event);
    events_.push_back({.entity = at.entity,
                       .scope = at.scope,
                       .kind = static_cast<std::uint16_t>(E::schema::kind),
                       .expected = options.expected,
                       .cause = options.cause});
    ends_.push_back({.begin = begin, .end = writer_.size()});
    return *this;
  }

  [[nodiscard]] std::size_t size() const noexcept { return events_.size(); }

  void clear() noexcept {
    events_.clear();
    ends_.clear();
    writer_.clear();
  }

  /// What is in it, until it is changed.
  [[nodiscard]] Append view(const AppendOptions& options = {}) {
    for (std::size_t i = 0; i < events_.size(); ++i) {
      events_[i].bytes = writer_.written().subspan(ends_[i].begin, ends_[i].end - ends_[i].begin);
    }
    return {.events = events_,
            .request = options.request,
            .correlation = options.correlation,
            .gates = options.gates};
  }

 private:
  struct Extent {
    std::size_t begin = 0;
    std::size_t end = 0;
  };

  GrowingByteWriter writer_;
  std::vector<NewEvent> events_;
  std::vector<Extent> ends_;
};

/// The event as a value, whatever version of its type it was stored in; none when it is of another
/// type.
template <typename E, typename D>
[[nodiscard]] std::optional<Decoded<E>> as(const StoredEvent& event) {
  static_assert(check::EventListed<D, E>::ok);
  if (event.kind != E::schema::kind) {
    return std::nullopt;
  }
  GrowingByteWriter room;
  const auto bytes = cairn::detail::as_now<D, E>(event.bytes, event.type_version, room);
  if (!bytes) {
    throw std::logic_error(bytes.error().to_string());
  }
  return Decoded<E>::template from<D>(*bytes);
}

/// An event store for the events of domain D. Any thread, all at once; closed when destroyed.
template <typename D>
class Store final {
 public:
  using Options = StoreOptions;

  /// Opens the store in a folder, which is made if it is missing.
  static Result<Store> open(const std::string& folder, const Options& options = {}) {
    static_assert(check::upcasts_ok(typename D::events{}));
    CAIRN_TRY(auto core, open_store(folder, domain_info<D>(), options));
    return Store(std::move(core));
  }

  explicit Store(std::unique_ptr<StoreCore> core) noexcept : core_(std::move(core)) {}

  /// What judges a gate of the domain: for `Options::gates`.
  template <typename G>
  [[nodiscard]] static GateFunction gate(std::function<bool(const GateQuestion&)> allows) {
    return {.name = std::string(gate_name<G>()), .allows = std::move(allows)};
  }

  /// For `AppendOptions::gates`.
  template <typename G>
  [[nodiscard]] static constexpr std::string_view gate_name() {
    static_assert(reflect::contains<G, typename D::gates>,
                  "cairn: this gate is not in the domain; add it to Gates<...>");
    return reflect::name_from<D, G>;
  }

  /// Appends one event, and comes back when it is durable.
  template <typename E>
  Result<Appended> append(At at, const E& event, const EventOptions& options = {},
                          const AppendOptions& how = {}) {
    Batch<D> batch;
    return append(batch.add(at, event, options), how);
  }

  /// Appends all of them or none.
  Result<Appended> append(Batch<D>& batch, const AppendOptions& how = {}) {
    return core_->append(batch.view(how));
  }

  /// The same without waiting: pending until it is durable.
  Outcome<Appended> start(Batch<D>& batch, const AppendOptions& how = {}) {
    auto started = core_->start(batch.view(how));
    if (!started) {
      return Outcome<Appended>::from(fail(std::move(started).error()));
    }
    return ask(std::shared_ptr<Pending>(*std::move(started)));
  }

  template <typename E>
  Outcome<Appended> start(At at, const E& event, const EventOptions& options = {},
                          const AppendOptions& how = {}) {
    Batch<D> batch;
    return start(batch.add(at, event, options), how);
  }

  Result<StoredEvent> get(EventId id) { return core_->get(id); }

  /// The next events of a region, in the order of the store or backward; the cursor moves on.
  Result<std::vector<StoredEvent>> page(const Region& region, Cursor& cursor,
                                        std::size_t limit = 256) {
    return core_->page(region, cursor, limit);
  }

  /// The event before this one at its coordinate; none for the first.
  Result<std::optional<StoredEvent>> ancestor(const StoredEvent& event) {
    if (!event.ancestor) {
      return std::nullopt;
    }
    CAIRN_TRY(StoredEvent found, core_->get(*event.ancestor));
    return found;
  }

  /// How many events a coordinate has.
  Result<std::uint64_t> version(At at) { return core_->version(at.entity, at.scope); }

  template <typename E>
  [[nodiscard]] static std::optional<Decoded<E>> as(const StoredEvent& event) {
    return store::as<E, D>(event);
  }

  /// Seals a value for a field of an event at a coordinate, under the key of its entity; makes one
  /// if there is none. It opens there and nowhere else.
  ///
  ///   CAIRN_TRY(const auto name, shop.seal<&Joined::name>({"customer/7"}, "Ada"));
  ///   CAIRN_TRY(shop.append({"customer/7"}, Joined{.name = name}));
  template <auto Field>
  Result<typename SecretField<D, Field>::Sealed> seal(
      At at, const typename SecretField<D, Field>::Value& value) {
    return cairn::seal(core_->secrets(), SecretField<D, Field>::spot(at).view(), value);
  }

  /// What was sealed into a field; nothing when it was erased. Corrupt when it was sealed for
  /// another place, NotFound when nothing was sealed into it.
  template <auto Field>
  Result<std::optional<typename SecretField<D, Field>::Value>> reveal(
      At at, const typename SecretField<D, Field>::Sealed& secret) {
    return cairn::open(core_->secrets(), SecretField<D, Field>::spot(at).view(), secret);
  }

  /// The same of an event that the store has shown: a StoredEvent or an EventRef.
  template <auto Field, typename Shown>
  Result<std::optional<typename SecretField<D, Field>::Value>> reveal(const Shown& event) {
    CAIRN_TRY(const auto secret, (SecretField<D, Field>::in(event)));
    return reveal<Field>(At{.entity = event.entity, .scope = event.scope}, secret);
  }

  /// Destroys the key of an entity: all that was sealed about it is erased, in every copy of the
  /// store, for ever. False when it had none.
  Result<bool> shred(std::string_view entity) { return core_->secrets().shred(entity); }

  /// What shows, without the store, that an append is in it.
  Result<std::string> receipt(std::uint64_t sequence) { return core_->receipt(sequence); }

  /// A signed head of the store's tree, to be kept elsewhere.
  Result<std::string> signed_head() { return core_->signed_head(); }

  [[nodiscard]] StoreStatus status() const { return core_->status(); }

  /// Takes the oldest events out of the store, into its archive: see StoreCore.
  Result<Archived> archive_through(std::uint64_t through) {
    return core_->archive_through(through);
  }

  Result<> close() { return core_->close(); }

  [[nodiscard]] StoreCore& core() noexcept { return *core_; }

 private:
  static Outcome<Appended> ask(const std::shared_ptr<Pending>& pending) {
    if (const Result<Appended>* const done = pending->poll()) {
      return Outcome<Appended>::from(*done);
    }
    return Outcome<Appended>::pending([pending] { return ask(pending); });
  }

  std::unique_ptr<StoreCore> core_;
};

}  // namespace cairn::store

namespace cairn {

using store::Store;

}  // namespace cairn
