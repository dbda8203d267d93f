// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <array>
#include <cstddef>
#include <cstdint>
#include <cstring>
#include <memory>
#include <optional>
#include <span>
#include <vector>

#include <boost/unordered/unordered_flat_map.hpp>

#include "cairn/byte_writer.h"
#include "cairn/error.h"
#include "cairn/store_core.h"
#include "cairn/time.h"
#include "journal/event_hasher.h"
#include "journal/transaction.h"
#include "log/writer.h"
#include "schema/schema.h"
#include "store/coordinate_key.h"
#include "store/fifo.h"
#include "store/lookup.h"
#include "store/recent.h"
#include "store/request.h"

namespace cairn::store {

/// Decides appends, one after the other, and stages those that it takes: the one place where order
/// is made. Looks up the request first, then what is expected, then asks the gates. Decides on what
/// is staged, durable or not; nobody is told before it is durable. One thread at a time, that which
/// drives the log's writer; writer, lookup and schema outlive it.
class Committer final {
 public:
  struct Options {
    std::size_t remembered_max = 0;
    std::vector<GateFunction> gates;
    std::int64_t last_time = 0;  ///< of the last transaction in the log
    std::uint32_t schema = 0;    ///< number of the one in force
  };

  /// InvalidArgument for a gate that the schema does not have, or has twice.
  static Result<std::unique_ptr<Committer>> make(log::Writer& writer, Lookup& lookup,
                                                 const schema::Schema& schema, Options options);

  /// The answer holds once the log is durable up to its sequence. Conflict: not as expected, or the
  /// same request with other content. Busy: the open batch is full; submit it and offer again.
  Result<Answer> offer(const Append& append, Timestamp now);

  /// A transaction that is not an append.
  Result<std::uint64_t> record(journal::TransactionRecord record, Timestamp now);

  /// How many events were staged.
  [[nodiscard]] std::uint64_t events() const noexcept { return events_; }

  void set_schema(std::uint32_t number) noexcept { options_.schema = number; }

 private:
  struct RequestKeyHash {
    using is_transparent = void;
    using is_avalanching = void;

    std::size_t operator()(const journal::RequestHash& hash) const noexcept {
      std::size_t value = 0;
      std::memcpy(&value, hash.data(), sizeof(value));
      return value;
    }
  };

  using Heads = Recent<CoordinateKey, Head, CoordinateHash, CoordinateEqual>;
  using Requests = Recent<journal::RequestHash, Answer, RequestKeyHash, std::equal_to<>>;

  /// What one append would do, while it is not decided.
  struct Draft {
    std::vector<journal::EventRecord> events;
    std::vector<std::uint64_t> versions;  ///< of each event's coordinate, before the append
    std::span<const journal::EventHash> hashes;
    std::uint32_t shown = 0;  ///< how many of the events are the caller's
    /// The last event at each coordinate.
    boost::unordered_flat_map<journal::Coordinate, std::uint32_t, CoordinateHash, CoordinateEqual>
        latest;
    std::vector<journal::GateRecord> gates;
    std::optional<std::uint16_t> denied_by;
  };

  Committer(log::Writer& writer, Lookup& lookup, const schema::Schema& schema, Options options);

  Result<std::optional<Answer>> answered(const journal::RequestHash& request,
                                         const ContentHash& content);
  Result<Head> head_of(const journal::Coordinate& coordinate);
  Result<> draft_events(const Append& append, std::uint64_t sequence);
  void hash_draft(std::uint64_t sequence);
  Result<> draft_event(const NewEvent& event, std::uint64_t sequence);
  Result<> draft_move(const ConsumerMove& move, std::uint64_t sequence);
  Result<> ask_gates(const Append& append);
  Result<std::uint16_t> find_gate(std::string_view name) const;
  Result<Answer> stage(const Append& append, const ContentHash& content, Timestamp now);
  void note_count(std::uint64_t sequence, std::size_t events);
  void keep_heads(std::uint64_t sequence);
  Result<> check_cause(EventId cause, std::uint64_t sequence);

  log::Writer& writer_;
  Lookup& lookup_;
  const schema::Schema& schema_;
  Options options_;
  std::vector<const GateFunction*> gates_;  ///< by position in the schema
  Heads heads_;
  Requests requests_;
  Draft draft_;
  /// How many events the newest transactions have, up to the last: those that cannot be looked up.
  Fifo<std::uint32_t> counts_;
  std::uint64_t events_ = 0;
  journal::EventHasher hasher_;
  GrowingByteWriter scratch_;
  GrowingByteWriter record_;
  GrowingByteWriter move_;
};

}  // namespace cairn::store
