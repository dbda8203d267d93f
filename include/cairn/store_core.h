// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstddef>
#include <cstdint>
#include <functional>
#include <memory>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "cairn/descriptor.h"
#include "cairn/digest.h"
#include "cairn/error.h"
#include "cairn/region.h"
#include "cairn/secret_text.h"
#include "cairn/store_types.h"
#include "cairn/time.h"

namespace cairn {

class SecretKeys;

}  // namespace cairn

/// The event store without types: what `Store<D>` is made of, and what tools use that know the
/// events only by their schema. docs/store.md teaches the typed one.
namespace cairn::store {

/// How a store is kept. All but the schema may differ from one opening to the next. The store keeps
/// no copy of the texts of private keys: they can be dropped once it is open.
struct StoreOptions {
  std::uint64_t segment_bytes = std::uint64_t{16} << 20U;  ///< of a log segment
  std::size_t batch_bytes_max = std::size_t{1} << 20U;     ///< of one durable write
  std::uint32_t depth = 4;                                 ///< durable writes under way at once
  /// How many coordinates and requests are remembered in memory; others are looked up on disk.
  std::size_t remembered_max = std::size_t{1} << 17U;
  /// How many of the newest events may be indexed in memory before that goes into a file.
  std::size_t indexed_in_memory_max = std::size_t{1} << 17U;
  std::vector<GateFunction> gates = {};
  /// The text of a private key, as `cairn keys generate` writes it: signs heads. Empty: none. The
  /// store records the first it is opened with, and refuses any other one (Conflict) unless
  /// `retiring_key` is the one that it has.
  SecretText signing_key = {};
  /// The private key that has signed until now, for the one opening from which `signing_key`
  /// follows it; it does not matter afterwards. That is recorded, signed by both.
  SecretText retiring_key = {};
  /// The folder of the keys under which secrets of events are sealed, made if it is missing; it
  /// must not lie in the store's own, which is copied. Empty: none, and secrets stay as they are.
  std::string keyring = {};
};

/// What a store is and where it stands.
struct StoreStatus {
  std::uint64_t first = 1;    ///< the oldest transaction that is kept
  std::uint64_t durable = 0;  ///< appended and on stable storage
  /// Shown to readers; at most durable. Whoever reads waits until all is visible that was answered,
  /// so while nobody does this may lag.
  std::uint64_t visible = 0;
  Digest head = {};          ///< of the last durable batch
  std::uint32_t schema = 0;  ///< which of the schemas it has had is in force
  bool is_out_of_space = false;
  std::string trouble = {};  ///< what goes wrong beside the appends, for people; empty: nothing
  /// What of the index was found damaged since the store was opened, and made again from the log,
  /// for people; empty: nothing.
  std::string mended = {};
};

/// What was taken out of a store.
struct Archived {
  std::uint64_t first = 1;        ///< the oldest transaction that is kept
  std::uint64_t segments = 0;     ///< of the log, that were taken out now
  std::uint64_t plain_bytes = 0;  ///< that they took
  std::uint64_t bytes = 0;        ///< that they take in the archive
};

/// The folder in a store's folder that holds what was taken out. A journal of its own: `cairn log`,
/// `export` and `verify` read it; it may be moved elsewhere, and another one is begun.
inline constexpr std::string_view archive_folder = "archive";

/// An append under way: how to learn what became of it. Dropped, nobody waits for it, and it goes
/// on.
class Pending {
 public:
  Pending() = default;
  Pending(const Pending&) = delete;
  Pending& operator=(const Pending&) = delete;
  virtual ~Pending() = default;

  /// Null while it is not decided.
  virtual const Result<Appended>* poll() = 0;
  /// Waits for it to be durable; TimedOut does not mean that it will not be.
  virtual Result<Appended> wait(Duration timeout) = 0;
};

/// Keeps events in order, durably, and reads them. Any thread, all at once.
class StoreCore {
 public:
  StoreCore() = default;
  StoreCore(const StoreCore&) = delete;
  StoreCore& operator=(const StoreCore&) = delete;
  /// Closes it; what was not durable yet may be lost.
  virtual ~StoreCore() = default;

  /// Appends, and comes back when it is durable. Conflict: a coordinate is not as expected, or the
  /// same request was made before with other events. On an error of the disk it is not known
  /// whether it will be there after the store is opened again: ask with the same request.
  virtual Result<Appended> append(const Append& append) = 0;
  /// The same without waiting. What it refers to is copied. Busy when too many are under way.
  virtual Result<std::unique_ptr<Pending>> start(const Append& append) = 0;

  /// NotFound when there is none.
  virtual Result<StoredEvent> get(EventId id) = 0;
  /// The next events of a region from the cursor on, at most `limit`, of which the cursor is moved
  /// past. NotFound when what should come next was archived; Cursor{} begins with what is kept.
  /// Fewer than `limit`: there are no more for now. Sees every append that was answered before it
  /// was called.
  virtual Result<std::vector<StoredEvent>> page(const Region& region, Cursor& cursor,
                                                std::size_t limit) = 0;
  /// Shows the events of a region from the cursor on, none copied, up to those of transaction
  /// `through`, and moves the cursor behind those that were taken. `take` calls no store.
  virtual Result<> scan(const Region& region, Cursor& cursor, std::uint64_t through,
                        const TakeEvent& take) = 0;
  /// How many events a coordinate has; 0 for none.
  virtual Result<std::uint64_t> version(std::string_view entity, std::string_view scope) = 0;
  virtual Result<ConsumerPosition> position(std::string_view consumer) = 0;
  /// The first sequence whose time is not before this.
  virtual Result<std::uint64_t> sequence_at(Timestamp time) = 0;
  /// Waits until more than this sequence is visible; returns what is. TimedOut, or Closed.
  virtual Result<std::uint64_t> wait_beyond(std::uint64_t sequence, Duration timeout) = 0;

  /// A signed head of the tree over all transactions that are visible: a C2SP note, to be kept
  /// elsewhere. InvalidArgument without a key.
  virtual Result<std::string> signed_head() = 0;
  /// What shows, without the store, that a transaction is in it: docs/formats/receipt.md.
  /// `cairn receipt verify` reads it.
  virtual Result<std::string> receipt(std::uint64_t sequence) = 0;

  /// Seals, opens and shreds under the keys of `StoreOptions::keyring`; `Store<D>` says for which
  /// place. Unlike others of its kind, for any thread. InvalidArgument from each call without a
  /// keyring; Closed after `close`.
  [[nodiscard]] virtual SecretKeys& secrets() noexcept = 0;

  /// Bytes that can be made again, kept beside the store under a name; NotFound when there are
  /// none, or they are not what was kept.
  virtual Result<std::vector<std::byte>> load_sidecar(std::string_view name) = 0;
  virtual Result<> save_sidecar(std::string_view name, std::span<const std::byte> bytes) = 0;

  /// Takes the oldest transactions out, in whole segments of the log, none after `through`, and
  /// puts them into the store's archive. They are read no more: whoever asks for them, a consumer
  /// that stands there too, is told what is kept (NotFound). Versions, requests and proofs of what
  /// is kept stay what they were. Waits until it is done; Busy when another call is at it.
  virtual Result<Archived> archive_through(std::uint64_t through) = 0;

  [[nodiscard]] virtual StoreStatus status() const = 0;

  /// Makes everything durable that was started, and ends. Later calls give Closed.
  virtual Result<> close() = 0;
};

/// Opens the store in a folder, which is made if it is missing. One process at a time appends; a
/// second one is told who holds it (Busy). A schema that differs from the one in the store is
/// installed if that harms nothing, and refused with the report if it does. `domain` must outlive
/// it.
[[nodiscard]] Result<std::unique_ptr<StoreCore>> open_store(const std::string& folder,
                                                            const DomainInfo& domain,
                                                            const StoreOptions& options);

}  // namespace cairn::store
