// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <atomic>
#include <cstdint>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "base/mutex.h"
#include "cairn/error.h"
#include "cairn/store_core.h"
#include "journal/history.h"
#include "journal/index.h"
#include "journal/schemas.h"
#include "log/handover.h"
#include "log/writer.h"
#include "schema/schema.h"
#include "store/catalog.h"
#include "store/commit_loop.h"
#include "store/committer.h"
#include "store/event_check.h"
#include "store/evolution.h"
#include "store/follower.h"
#include "store/proofs.h"
#include "store/reader_pool.h"
#include "store/started.h"
#include "store/store_secrets.h"
#include "sys/clock.h"
#include "sys/disk.h"
#include "sys/randomness.h"
#include "sys/threads.h"

namespace cairn::store {

/// What a store stands on. All of it outlives the store.
struct Ground {
  sys::Disk& disk;
  sys::Clock& clock;
  sys::Random& random;
  sys::Threads* threads = nullptr;  ///< none: whoever made the store calls its steps
  /// Where the keyring lies, instead of on `disk` under the name of `StoreOptions::keyring`.
  sys::Disk* keyring_disk = nullptr;
  std::string keyring = {};  ///< its name there
};

/// The event store in a folder of a disk. A lone append is committed by the thread that asks.
/// Five threads: one commits what comes at the same time; one follows what has become durable into
/// the index, which makes it visible; one makes segments ahead, one writes index files, and one
/// merges them, mends them and takes old segments out, so that no append waits for a merge.
/// Readers read on their own threads.
class EventStore final : public StoreCore {
 public:
  static Result<std::unique_ptr<EventStore>> open(const Ground& ground, const std::string& folder,
                                                  const DomainInfo& domain,
                                                  const StoreOptions& options);

  ~EventStore() override;

  Result<Appended> append(const Append& append) override;
  Result<std::unique_ptr<Pending>> start(const Append& append) override;
  Result<StoredEvent> get(EventId id) override;
  Result<std::vector<StoredEvent>> page(const Region& region, Cursor& cursor,
                                        std::size_t limit) override;
  Result<> scan(const Region& region, Cursor& cursor, std::uint64_t through,
                const TakeEvent& take) override;
  Result<ConsumerPosition> position(std::string_view consumer) override;
  Result<std::string> signed_head() override;
  Result<std::string> receipt(std::uint64_t sequence) override;

  [[nodiscard]] SecretKeys& secrets() noexcept override { return secrets_; }

  Result<std::vector<std::byte>> load_sidecar(std::string_view name) override;
  Result<> save_sidecar(std::string_view name, std::span<const std::byte> bytes) override;
  Result<std::uint64_t> version(std::string_view entity, std::string_view scope) override;
  Result<std::uint64_t> sequence_at(Timestamp time) override;
  Result<std::uint64_t> wait_beyond(std::uint64_t sequence, Duration timeout) override;
  Result<Archived> archive_through(std::uint64_t through) override;
  [[nodiscard]] StoreStatus status() const override;
  Result<> close() override;

  /// One round of committing and maintaining, for whoever has no threads. False: it is over.
  bool step();
  /// As `start`, and does the work itself if nobody else is at it, as `append` does.
  Result<std::unique_ptr<Pending>> start_and_drive(const Append& append);

 private:
  /// What one of the threads is for.
  struct Errand {
    Condition called;
    bool is_wanted = false;
  };

  Result<std::unique_ptr<Pending>> start(const Append& append, Started::Way way);
  Result<> close_once();
  Result<> archive_all(std::uint64_t through, Archived& done);
  Result<> finish_archive();
  Result<> check_index(std::uint64_t through);
  Result<bool> follow_step();

  EventStore(const Ground& ground, std::string folder, const StoreOptions& options,
             schema::Schema schema);

  Result<> open_log();
  Result<> open_keyring();
  Result<> open_history(std::string_view signing_key);
  Result<> install_schema();
  Result<> install_key(const StoreOptions& options);
  void make_commit_loop();
  Result<bool> has_hash(std::uint64_t sequence, const Digest& hash);
  Result<> catch_up();
  Result<> start_threads();
  /// Everything that is durable now is visible when it returns how far that is.
  Result<std::uint64_t> wait_until_visible();
  [[nodiscard]] Result<> check_open() const;
  void follow();
  void maintain();
  void make_segments();
  void make_segment();
  void seal_indexes();
  void tidy_indexes();
  void maintain_index();
  void on_durable();
  void order(Errand& errand) CAIRN_REQUIRES(mutex_);
  [[nodiscard]] bool wait_for(Errand EventStore::* which);
  void show(std::uint64_t reached);
  void stop_showing(const Error& error);
  [[nodiscard]] bool is_index_full() const;
  [[nodiscard]] bool is_too_far_ahead() const;
  [[nodiscard]] bool must_wait();
  Result<> seal_index();
  Result<> seal_all();
  Result<bool> merge_some();
  journal::EventIndex::Mended mend_index();
  Result<> mend_damaged(journal::EventIndex::Mended& mended);
  void mend_for_all();
  Result<journal::HistoryReader> open_archive(journal::HistoryReader& kept);
  void restore_dropped();
  [[nodiscard]] bool wait_until_mended();
  [[nodiscard]] bool mend_if_damaged();
  Result<Archived> archive(std::uint64_t through);
  Result<std::uint64_t> archive_some(std::uint64_t through, Archived& done);
  Result<> pack_through(std::uint64_t through);
  void do_archive();
  [[nodiscard]] Result<> check_kept(std::uint64_t sequence) const;
  Result<std::optional<journal::CoordinateHead>> head(const journal::Coordinate& coordinate);
  void note_sealed(const Result<>& sealed);
  void note_merged(const Result<>& merged);
  [[nodiscard]] std::string trouble() const CAIRN_REQUIRES(mutex_);
  [[nodiscard]] bool is_closing() const;
  [[nodiscard]] bool is_mend_wanted() const;
  void note_mended(std::string_view what);

  const Ground ground_;
  const std::string folder_;
  const StoreOptions options_;  ///< without the private keys
  const schema::Schema schema_;
  StoreSecrets secrets_;
  const EventCheck values_;

  log::Handover handover_;  ///< from the writer to what follows it
  std::unique_ptr<log::Writer> writer_;
  std::unique_ptr<journal::Schemas> schemas_;
  TypeVersions types_;  ///< as it was opened: nothing but opening installs a schema
  std::unique_ptr<journal::EventIndex> index_;
  ReaderPool readers_;
  std::unique_ptr<journal::HistoryReader> lookup_reader_;
  std::unique_ptr<journal::HistoryReader> follow_reader_;
  std::unique_ptr<Proofs> proofs_;
  std::unique_ptr<Catalog> catalog_;
  std::unique_ptr<Committer> committer_;
  std::unique_ptr<Follower> follower_;
  std::unique_ptr<CommitLoop> commit_;

  std::string lost_;                               ///< what is known no more, since it was opened
  std::atomic<std::uint64_t> first_ = 1;           ///< the oldest transaction that is kept
  std::atomic<std::uint64_t> indexed_events_ = 0;  ///< of those that the follower took in
  std::uint64_t events_before_ = 0;                ///< that it took in when the store was opened
  std::atomic<bool> is_in_trouble_ = false;        ///< with following or sealing

  /// Between the pieces of what takes long.
  const journal::IndexPause unless_closing_ = [this] {
    return is_closing() ? fail(Errc::Closed, "the store closes") : Result<>();
  };
  Mutex maintenance_;     ///< whoever changes which files the log has: one call at a time
  Mutex sealing_;         ///< whoever seals the index: one call at a time
  bool can_mend_ = true;  ///< of whoever tidies: some of what was found damaged could be mended

  Mutex close_mutex_;
  std::optional<Result<>> closed_ CAIRN_GUARDED_BY(close_mutex_);

  mutable Mutex mutex_;
  Condition has_news_;  ///< for readers: `visible_`
  std::uint64_t visible_ CAIRN_GUARDED_BY(mutex_) = 0;
  std::atomic<std::uint32_t> watchers_ = 0;  ///< readers that wait for more to be visible
  std::uint32_t unfollowed_ = 0;             ///< of whoever commits: what nobody was told of
  Errand following_ CAIRN_GUARDED_BY(mutex_);
  Errand making_segment_ CAIRN_GUARDED_BY(mutex_);
  Errand sealing_index_ CAIRN_GUARDED_BY(mutex_);
  Errand tidying_index_ CAIRN_GUARDED_BY(mutex_);
  std::optional<std::uint64_t> archive_order_ CAIRN_GUARDED_BY(mutex_);
  std::optional<Result<Archived>> archived_ CAIRN_GUARDED_BY(mutex_);  ///< what came of it
  bool is_archiving_ CAIRN_GUARDED_BY(mutex_) = false;                 ///< somebody waits for that
  std::uint64_t mends_asked_ CAIRN_GUARDED_BY(mutex_) = 0;
  std::uint64_t mends_done_ CAIRN_GUARDED_BY(mutex_) = 0;  ///< of those that were asked for
  std::uint64_t files_mended_ CAIRN_GUARDED_BY(mutex_) = 0;
  bool is_closing_ CAIRN_GUARDED_BY(mutex_) = false;
  bool is_closed_ CAIRN_GUARDED_BY(mutex_) = false;
  std::optional<Error> failure_ CAIRN_GUARDED_BY(mutex_);  ///< of following
  std::string seal_trouble_ CAIRN_GUARDED_BY(mutex_);
  std::string mend_trouble_ CAIRN_GUARDED_BY(mutex_);
  std::string merge_trouble_ CAIRN_GUARDED_BY(mutex_);
  std::string mended_ CAIRN_GUARDED_BY(mutex_);

  std::unique_ptr<sys::Thread> commit_thread_;  // last: they end before what they use
  std::unique_ptr<sys::Thread> follow_thread_;
  std::unique_ptr<sys::Thread> segment_thread_;
  std::unique_ptr<sys::Thread> index_thread_;
  std::unique_ptr<sys::Thread> tidy_thread_;
};

}  // namespace cairn::store
