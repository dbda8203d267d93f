// SPDX-License-Identifier: Apache-2.0
#include <memory>
#include <string>
#include <utility>

#include "cairn/store_core.h"
#include "engine/path_file.h"
#include "store/event_store.h"
#include "sys/posix/posix_clock.h"
#include "sys/posix/posix_path.h"
#include "sys/posix/posix_random.h"
#include "sys/posix/posix_threads.h"

namespace cairn::store {

namespace {

/// A store with the real machine under it.
class PosixStore final : public StoreCore {
 public:
  /// Where the store lies, and its keyring; no disk: it has none.
  PosixStore(engine::PathFile place, engine::PathFile keyring)
      : place_(std::move(place)), keyring_(std::move(keyring)) {}

  Result<> open(const DomainInfo& domain, const StoreOptions& options) {
    CAIRN_TRY(store_, EventStore::open({.disk = *place_.disk,
                                        .clock = clock_,
                                        .random = random_,
                                        .threads = &threads_,
                                        .keyring_disk = keyring_.disk.get(),
                                        .keyring = keyring_.name},
                                       place_.name, domain, options));
    return {};
  }

  Result<Appended> append(const Append& append) override { return store_->append(append); }

  Result<std::unique_ptr<Pending>> start(const Append& append) override {
    return store_->start(append);
  }

  Result<StoredEvent> get(EventId id) override { return store_->get(id); }

  Result<std::vector<StoredEvent>> page(const Region& region, Cursor& cursor,
                                        std::size_t limit) override {
    return store_->page(region, cursor, limit);
  }

  Result<> scan(const Region& region, Cursor& cursor, std::uint64_t through,
                const TakeEvent& take) override {
    return store_->scan(region, cursor, through, take);
  }

  Result<ConsumerPosition> position(std::string_view consumer) override {
    return store_->position(consumer);
  }

  Result<std::string> signed_head() override { return store_->signed_head(); }

  Result<std::string> receipt(std::uint64_t sequence) override { return store_->receipt(sequence); }

  Result<std::vector<std::byte>> load_sidecar(std::string_view name) override {
    return store_->load_sidecar(name);
  }

  Result<> save_sidecar(std::string_view name, std::span<const std::byte> bytes) override {
    return store_->save_sidecar(name, bytes);
  }

  Result<std::uint64_t> version(std::string_view entity, std::string_view scope) override {
    return store_->version(entity, scope);
  }

  Result<std::uint64_t> sequence_at(Timestamp time) override { return store_->sequence_at(time); }

  Result<std::uint64_t> wait_beyond(std::uint64_t sequence, Duration timeout) override {
    return store_->wait_beyond(sequence, timeout);
  }

  [[nodiscard]] SecretKeys& secrets() noexcept override { return store_->secrets(); }

  Result<Archived> archive_through(std::uint64_t through) override {
    return store_->archive_through(through);
  }

  [[nodiscard]] StoreStatus status() const override { return store_->status(); }

  Result<> close() override { return store_->close(); }

 private:
  engine::PathFile place_;
  engine::PathFile keyring_;
  sys::PosixClock clock_;
  sys::PosixRandom random_;
  sys::PosixThreads threads_;
  std::unique_ptr<EventStore> store_;  // last: it stands on the others
};

Result<engine::PathFile> find_keyring(const std::string& folder, const std::string& keyring) {
  if (keyring.empty()) {
    return engine::PathFile();
  }
  if (sys::lies_in(keyring, folder)) {
    return fail(Error(Errc::InvalidArgument, "the keyring lies in the folder of the store")
                    .at(keyring)
                    .advise("keep it apart: whatever copies the store must not copy its keys"));
  }
  return engine::open_path(keyring);
}

}  // namespace

Result<std::unique_ptr<StoreCore>> open_store(const std::string& folder, const DomainInfo& domain,
                                              const StoreOptions& options) {
  CAIRN_TRY(engine::PathFile place, engine::open_path(folder));
  CAIRN_TRY(engine::PathFile keyring, find_keyring(folder, options.keyring));
  auto store = std::make_unique<PosixStore>(std::move(place), std::move(keyring));
  if (auto opened = store->open(domain, options); !opened) {
    return fail(std::move(opened).error().at(folder));
  }
  return store;
}

}  // namespace cairn::store
