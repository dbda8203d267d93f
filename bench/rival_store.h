// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstddef>
#include <cstdint>
#include <memory>
#include <span>
#include <string>
#include <string_view>

namespace cairn::bench {

struct RivalEvent {
  std::string_view stream;
  std::uint64_t version = 0;
  std::string_view payload;
};

/// Another database in the role of an event store: events in one order, and by stream and version,
/// each of which is there once. One thread. Whatever goes wrong ends the process.
class RivalStore {
 public:
  RivalStore() = default;
  RivalStore(const RivalStore&) = delete;
  RivalStore& operator=(const RivalStore&) = delete;
  virtual ~RivalStore() = default;

  /// Appends all in one transaction, durable when it returns.
  virtual void append(std::span<const RivalEvent> events) = 0;
};

/// SQLite with a write-ahead log that is synced at each commit (WAL, synchronous=FULL).
[[nodiscard]] std::unique_ptr<RivalStore> make_sqlite_store(const std::string& folder);

/// RocksDB with a sync at each write batch. Null when this was built without it.
[[nodiscard]] std::unique_ptr<RivalStore> make_rocksdb_store(const std::string& folder);

}  // namespace cairn::bench
