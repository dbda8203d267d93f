// SPDX-License-Identifier: Apache-2.0
#include "store/event_store.h"

#include <span>
#include <utility>

#include <fmt/format.h>

#include "log/folder.h"
#include "store/key_recorder.h"
#include "store/mended.h"

namespace cairn::store {

namespace {

/// How many durable batches may wait to be followed while no reader waits for them.
constexpr std::uint32_t unfollowed_max = 16;
/// What was just written is followed out of memory, if it is not more than that.
constexpr std::size_t handed_over_max = std::size_t{4} << 20U;
/// One file's events are written while the next one's come in.
constexpr std::uint64_t ahead_max = 2;

log::Options log_options(const StoreOptions& options, log::Handover& handover) {
  return {.segment_bytes = options.segment_bytes,
          .batch_bytes_max = options.batch_bytes_max,
          .depth = options.depth,
          .handover = &handover};
}

/// Private keys are needed while the store is opened, and kept by whoever opens it.
StoreOptions without_keys(const StoreOptions& options) {
  return {.segment_bytes = options.segment_bytes,
          .batch_bytes_max = options.batch_bytes_max,
          .depth = options.depth,
          .remembered_max = options.remembered_max,
          .indexed_in_memory_max = options.indexed_in_memory_max,
          .gates = options.gates,
          .keyring = options.keyring};
}

}  // namespace

EventStore::EventStore(const Ground& ground, std::string folder, const StoreOptions& options,
                       schema::Schema schema)
    : ground_(ground),
      folder_(std::move(folder)),
      options_(without_keys(options)),
      schema_(std::move(schema)),
      values_(schema_, secrets_),
      handover_(handed_over_max),
      readers_(ground.disk, folder_) {}

Result<std::unique_ptr<EventStore>> EventStore::open(const Ground& ground,
                                                     const std::string& folder,
                                                     const DomainInfo& domain,
                                                     const StoreOptions& options) {
  CAIRN_TRY(schema::Schema schema, schema::Schema::from_domain(domain));
  std::unique_ptr<EventStore> store(new EventStore(ground, folder, options, std::move(schema)));
  CAIRN_TRY(store->open_log());
  CAIRN_TRY(store->open_keyring());
  CAIRN_TRY(store->open_history(options.signing_key.reveal()));
  CAIRN_TRY(check_evolution(*store->schemas_, store->schema_, domain));
  CAIRN_TRY(store->catch_up());
  CAIRN_TRY(store->install_schema());
  CAIRN_TRY(store->install_key(options));
  store->types_ = TypeVersions(*store->schemas_);
  store->make_commit_loop();
  CAIRN_TRY(store->start_threads());
  return store;
}

Result<> EventStore::open_log() {
  CAIRN_TRY(writer_, log::Writer::open(ground_.disk, journal::part_of(folder_, journal::log_folder),
                                       log_options(options_, handover_), ground_.random));
  return {};
}

/// Whoever copies the store must not copy its keys: shredding would not reach the copy.
Result<> EventStore::open_keyring() {
  if (options_.keyring.empty()) {
    return {};
  }
  const bool is_elsewhere =
      ground_.keyring_disk != nullptr && ground_.keyring_disk != &ground_.disk;
  if (!is_elsewhere && (options_.keyring + '/').starts_with(folder_ + '/')) {
    return fail(Error(Errc::InvalidArgument, "the keyring lies in the folder of the store")
                    .advise("keep it apart: whatever copies the store must not copy its keys"));
  }
  return is_elsewhere ? secrets_.open(*ground_.keyring_disk, ground_.keyring, ground_.random)
                      : secrets_.open(ground_.disk, options_.keyring, ground_.random);
}

Result<> EventStore::open_history(std::string_view signing_key) {
  const std::uint64_t durable = writer_->durable();
  CAIRN_TRY(auto lookup_reader, journal::HistoryReader::open(ground_.disk, folder_));
  lookup_reader_ = std::make_unique<journal::HistoryReader>(std::move(lookup_reader));
  CAIRN_TRY(auto follow_reader,
            journal::HistoryReader::open(ground_.disk, folder_, {.handover = &handover_}));
  follow_reader_ = std::make_unique<journal::HistoryReader>(std::move(follow_reader));
  Committer::Options options = {.remembered_max = options_.remembered_max, .gates = options_.gates};
  if (durable > 0) {
    CAIRN_TRY(const journal::HistoryEntry* const last, lookup_reader_->at(Seq(durable)));
    options.last_time = last->record->time;
    options.schema = journal::Schemas::number_after(*last->record);
  }
  CAIRN_TRY(auto schemas, journal::Schemas::open(ground_.disk, folder_, options.schema));
  schemas_ = std::make_unique<journal::Schemas>(std::move(schemas));
  CAIRN_TRY(const Seq first, lookup_reader_->first());
  first_ = first.value();
  CAIRN_TRY(index_, journal::EventIndex::open(
                        ground_.disk, journal::part_of(folder_, journal::index_folder), durable,
                        {.first = first.value(),
                         .is_of_journal = [this](std::uint64_t sequence, const Digest& hash) {
                           return has_hash(sequence, hash);
                         }}));
  CAIRN_TRY(proofs_, Proofs::open(ground_.disk, folder_, durable, signing_key));
  restore_dropped();
  for (const Error& found : index_->set_aside_when_opened()) {
    note_mended(found.message());
  }
  catalog_ =
      std::make_unique<Catalog>(*index_, *lookup_reader_, [this] { return mend_if_damaged(); });
  CAIRN_TRY(committer_, Committer::make(*writer_, *catalog_, schema_, std::move(options)));
  return {};
}

/// An index of another history is not believed, as after a backup was restored.
Result<bool> EventStore::has_hash(std::uint64_t sequence, const Digest& hash) {
  CAIRN_TRY(const journal::HistoryEntry* const entry, lookup_reader_->at(Seq(sequence)));
  return entry->hash == hash;
}

/// Behind everything that is there, the schema included.
void EventStore::make_commit_loop() {
  commit_ =
      std::make_unique<CommitLoop>(*writer_, *committer_, *schemas_, ground_.clock,
                                   CommitLoop::Hooks{.advanced = [this] { on_durable(); },
                                                     .ordered =
                                                         [this] {
                                                           const MutexLock lock(mutex_);
                                                           order(making_segment_);
                                                         },
                                                     .must_wait = [this] { return must_wait(); }});
}

/// What holds the appends back is hurried on, whether or not anybody reads.
bool EventStore::must_wait() {
  if (!is_too_far_ahead()) {
    return false;
  }
  const MutexLock lock(mutex_);
  order(following_);
  return true;
}

/// Of events that are in no index file, no more are kept in memory, and none are fed again when the
/// store is opened, than so many times what one file takes. While files cannot be written there is
/// no end to wait for.
bool EventStore::is_too_far_ahead() const {
  const std::uint64_t events = events_before_ + commit_->events();
  return events > indexed_events_ + ahead_max * options_.indexed_in_memory_max && !is_in_trouble_;
}

/// What nobody waits for may be followed in larger pieces, which costs the disk and the other
/// threads less.
void EventStore::on_durable() {
  if (watchers_.load() == 0 && ++unfollowed_ < unfollowed_max && !handover_.is_half_full()) {
    return;
  }
  unfollowed_ = 0;
  const MutexLock lock(mutex_);
  order(following_);
}

void EventStore::order(Errand& errand) {
  errand.is_wanted = true;
  errand.called.notify_one();
}

/// The index has everything before the first append is decided, which relies on it.
Result<> EventStore::catch_up() {
  CAIRN_TRY(follower_, Follower::start(*index_, *proofs_, *follow_reader_));
  while (true) {
    CAIRN_TRY(const bool moved, follower_->step());
    CAIRN_TRY(seal_index());
    if (!moved) {
      break;
    }
  }
  events_before_ = follower_->events();
  show(follower_->reached());
  return {};
}

Result<> EventStore::install_schema() {
  const schema::Schema* const there = schemas_->find(schemas_->in_force());
  if (there != nullptr && there->fingerprint() == schema_.fingerprint()) {
    return {};
  }
  CAIRN_TRY(const std::uint32_t number, schemas_->add(schema_));
  journal::TransactionRecord record;
  record.kind = static_cast<std::uint16_t>(journal::SystemKind::SchemaInstalled);
  record.command = std::as_bytes(std::span(schema_.idl()));
  CAIRN_TRY(committer_->record(record, ground_.clock.wall_now()));
  CAIRN_TRY(writer_->flush(ground_.clock.wall_now()));
  committer_->set_schema(number);
  CAIRN_TRY(follow_step());
  return {};
}

/// Behind the schema: whoever reads the log knows how before he is told who signs.
Result<> EventStore::install_key(const StoreOptions& options) {
  KeyRecorder recorder({.index = *index_,
                        .reader = *lookup_reader_,
                        .writer = *writer_,
                        .committer = *committer_,
                        .clock = ground_.clock});
  CAIRN_TRY(const bool has_recorded,
            ask_mended(
                [&] {
                  return recorder.install({.signing = options.signing_key.reveal(),
                                           .retiring = options.retiring_key.reveal()});
                },
                [this] { return !mend_index().names.empty(); }));
  if (has_recorded) {
    CAIRN_TRY(follow_step());
  }
  return {};
}

Result<> EventStore::start_threads() {
  if (ground_.threads == nullptr) {
    return {};
  }
  using enum sys::Urgency;
  sys::Threads& threads = *ground_.threads;
  CAIRN_TRY(commit_thread_, threads.start("commit", Normal, [this] { commit_->run(); }));
  CAIRN_TRY(follow_thread_, threads.start("follow", Normal, [this] { follow(); }));
  CAIRN_TRY(segment_thread_, threads.start("segments", Normal, [this] { make_segments(); }));
  CAIRN_TRY(index_thread_, threads.start("index", Normal, [this] { seal_indexes(); }));
  CAIRN_TRY(tidy_thread_, threads.start("tidy", Background, [this] { tidy_indexes(); }));
  const MutexLock lock(mutex_);
  order(tidying_index_);  // what was left to merge
  return {};
}

EventStore::~EventStore() {
  // Whoever wants to know how it went has called it before.
  [[maybe_unused]] const Result<> closed = close();
}

Result<> EventStore::close() {
  // Whoever comes second waits for the first, and hears the same.
  const MutexLock closing(close_mutex_);
  if (!closed_) {
    closed_.emplace(close_once());
  }
  return *closed_;
}

Result<> EventStore::close_once() {
  {
    const MutexLock lock(mutex_);
    is_closed_ = true;
  }
  Result<> closed;
  if (commit_ != nullptr) {
    commit_->stop();
    commit_thread_.reset();
    while (ground_.threads == nullptr && step()) {
    }
    closed = writer_->close();
  }
  {
    const MutexLock lock(mutex_);
    is_closing_ = true;
    for (Errand* const errand : {&following_, &making_segment_, &sealing_index_, &tidying_index_}) {
      errand->called.notify_one();
    }
    has_news_.notify_all();
  }
  follow_thread_.reset();
  segment_thread_.reset();
  index_thread_.reset();
  tidy_thread_.reset();
  if (index_ != nullptr) {
    // What was found damaged is made anew by whoever opens the store next, from what the log has.
    if (auto mended = index_->set_aside_damaged(); closed && !mended) {
      closed = fail(std::move(mended).error());
    }
  }
  writer_.reset();
  secrets_.close();
  return closed;
}

Result<Appended> EventStore::append(const Append& append) {
  CAIRN_TRY(check(append));
  CAIRN_TRY(values_.check(append.events));
  Ticket ticket(append, commit_->next_meeting());
  CAIRN_TRY(commit_->post_and_drive(ticket));
  if (ground_.threads == nullptr) {
    maintain();
    while (ticket.poll() == nullptr) {
      step();
    }
  }
  return ticket.wait();
}

bool EventStore::step() {
  const bool goes_on = commit_->step(seconds(1));
  maintain();
  return goes_on;
}

/// What the threads do beside the commits.
void EventStore::maintain() {
  make_segment();
  if (is_too_far_ahead()) {
    if (auto followed = follow_step(); !followed) {
      stop_showing(followed.error());
    }
  }
  maintain_index();
}

Result<std::unique_ptr<Pending>> EventStore::start(const Append& append) {
  return start(append, &CommitLoop::post);
}

Result<std::unique_ptr<Pending>> EventStore::start_and_drive(const Append& append) {
  return start(append, &CommitLoop::post_and_drive);
}

Result<std::unique_ptr<Pending>> EventStore::start(const Append& append, Started::Way way) {
  CAIRN_TRY(check(append));
  CAIRN_TRY(values_.check(append.events));
  auto started = std::make_shared<Started>(append, commit_->next_meeting());
  CAIRN_TRY(Started::post(started, *commit_, way));
  return std::make_unique<PendingAppend>(std::move(started));
}

Result<bool> EventStore::follow_step() {
  bool has_moved = false;
  while (true) {
    CAIRN_TRY(const bool moved, follower_->step());
    if (!moved) {
      return has_moved;
    }
    has_moved = true;
    show(follower_->reached());
  }
}

void EventStore::show(std::uint64_t reached) {
  const bool is_full = is_index_full();
  const MutexLock lock(mutex_);
  visible_ = reached;
  has_news_.notify_all();
  if (is_full && !sealing_index_.is_wanted) {
    order(sealing_index_);
  }
}

void EventStore::follow() {
  while (wait_for(&EventStore::following_)) {
    if (auto followed = follow_step(); !followed) {
      stop_showing(followed.error());
      return;
    }
  }
}

/// Appends go on, and are durable; nobody sees them until the store is opened again.
void EventStore::stop_showing(const Error& error) {
  const MutexLock lock(mutex_);
  failure_.emplace(error);
  is_in_trouble_ = true;
  has_news_.notify_all();
  commit_->go_on();
}

void EventStore::make_segment() {
  if (const auto order = commit_->take_order()) {
    auto made = [&] {
      const MutexLock lock(maintenance_);
      return log::prepare_segment(writer_->folder(), *order);
    }();
    commit_->supply(std::move(made));
  }
}

/// Waits until it is wanted, and takes it on; false when the store closes.
bool EventStore::wait_for(Errand EventStore::* which) {
  const MutexLock lock(mutex_);
  Errand& errand = this->*which;
  while (!errand.is_wanted && !is_closing_) {
    errand.called.wait(mutex_);
  }
  errand.is_wanted = false;
  return !is_closing_;
}

void EventStore::make_segments() {
  while (wait_for(&EventStore::making_segment_)) {
    make_segment();
  }
}

/// The worst of it.
std::string EventStore::trouble() const {
  if (failure_) {
    return failure_->to_string();
  }
  for (const std::string* const each : {&seal_trouble_, &mend_trouble_, &merge_trouble_}) {
    if (!each->empty()) {
      return *each;
    }
  }
  return lost_;
}

StoreStatus EventStore::status() const {
  StoreStatus status = {.first = first_,
                        .durable = commit_->durable(),
                        .schema = schemas_->in_force(),
                        .is_out_of_space = commit_->is_out_of_space()};
  const MutexLock lock(mutex_);
  status.visible = visible_;
  status.mended = mended_;
  status.trouble = trouble();
  return status;
}

}  // namespace cairn::store
