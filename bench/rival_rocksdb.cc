// SPDX-License-Identifier: Apache-2.0
#include "bench/rival_store.h"

#if defined(CAIRN_HAS_ROCKSDB)

#include <filesystem>

#include <rocksdb/db.h>
#include <rocksdb/write_batch.h>

#include "base/check.h"

namespace cairn::bench {

namespace {

class RocksStore final : public RivalStore {
 public:
  explicit RocksStore(const std::string& folder) {
    std::filesystem::create_directories(folder);
    rocksdb::Options options;
    options.create_if_missing = true;
    rocksdb::DB* opened = nullptr;
    CAIRN_CHECK(rocksdb::DB::Open(options, folder, &opened).ok());
    database_.reset(opened);
    write_.sync = true;
  }

  /// Each event by its sequence, and its sequence by stream and version.
  void append(std::span<const RivalEvent> events) override {
    batch_.Clear();
    for (const RivalEvent& event : events) {
      const std::string key = big_endian(++sequence_);
      std::string name = "s";
      name.append(event.stream).append(big_endian(event.version));
      std::string value(event.stream);
      value.append(event.payload);
      CAIRN_CHECK(batch_.Put("e" + key, value).ok());
      CAIRN_CHECK(batch_.Put(name, key).ok());
    }
    CAIRN_CHECK(database_->Write(write_, &batch_).ok());
  }

 private:
  static std::string big_endian(std::uint64_t number) {
    std::string bytes(8, '\0');
    for (std::size_t i = 0; i < bytes.size(); ++i) {
      bytes[i] = static_cast<char>(number >> (8 * (7 - i)));
    }
    return bytes;
  }

  std::unique_ptr<rocksdb::DB> database_;
  rocksdb::WriteOptions write_;
  rocksdb::WriteBatch batch_;
  std::uint64_t sequence_ = 0;
};

}  // namespace

std::unique_ptr<RivalStore> make_rocksdb_store(const std::string& folder) {
  return std::make_unique<RocksStore>(folder);
}

}  // namespace cairn::bench

#else

namespace cairn::bench {

std::unique_ptr<RivalStore> make_rocksdb_store(const std::string& /*folder*/) {
  return nullptr;
}

}  // namespace cairn::bench

#endif
