// SPDX-License-Identifier: Apache-2.0
#include "tests/journal/rig.h"

#include <algorithm>
#include <cstdio>
#include <type_traits>
#include <utility>

#include <cairn/store.h>
#include <fmt/format.h>

#include "base/check.h"
#include "journal/history.h"
#include "journal/keys.h"
#include "journal/keys_ring.h"
#include "journal/tree.h"
#include "journal/tree_file.h"
#include "log/writer.h"
#include "store/event_store.h"
#include "sys/posix/posix_disk.h"
#include "tests/log/rig.h"
#include "tests/support/temp_folder.h"

namespace cairn::journal {

namespace {

constexpr std::string_view journal_name = "shop";

/// What must work for there to be a sample; what went wrong is printed.
template <typename T>
T must(Result<T> result) {
  if (!result) {
    fmt::print(stderr, "{}\n", result.error().to_string());
  }
  CAIRN_CHECK(result.has_value());
  if constexpr (!std::is_void_v<T>) {
    return *std::move(result);
  }
}

std::string path_in(std::string_view folder, std::string_view name) {
  if (name.empty()) {
    return std::string(folder);
  }
  return folder.empty() ? std::string(name) : fmt::format("{}/{}", folder, name);
}

void read_into(Files& files, sys::Disk& disk, const std::string& folder, const std::string& below) {
  const std::vector<sys::Entry> entries = must(disk.list(path_in(folder, below)));
  for (const sys::Entry& entry : entries) {
    const std::string name = path_in(below, entry.name);
    if (entry.kind == sys::EntryKind::Folder) {
      read_into(files, disk, folder, name);
      continue;
    }
    const auto file = must(disk.open(path_in(folder, name), {}));
    test::Bytes bytes(must(file->size()));
    CAIRN_CHECK(must(file->read(0, sys::MutableBuffer(bytes))) == bytes.size());
    files[name] = std::move(bytes);
  }
}

std::unexpected<Error> frozen() {
  return fail(Errc::ReadOnly, "this disk is not to be changed");
}

class FrozenFile final : public sys::File {
 public:
  explicit FrozenFile(const test::Bytes& bytes) : bytes_(bytes) {}

  using sys::File::read;
  using sys::File::write;

  Result<std::size_t> read(std::uint64_t offset,
                           std::span<const sys::MutableBuffer> buffers) override {
    std::size_t done = 0;
    for (const sys::MutableBuffer buffer : buffers) {
      const std::uint64_t at = std::min<std::uint64_t>(offset + done, bytes_.size());
      const std::size_t count = std::min<std::size_t>(buffer.size(), bytes_.size() - at);
      std::copy_n(bytes_.begin() + static_cast<std::ptrdiff_t>(at), count, buffer.begin());
      done += count;
    }
    return done;
  }

  Result<> write(std::uint64_t /*offset*/, std::span<const sys::ConstBuffer> /*buffers*/) override {
    return frozen();
  }

  Result<> sync_data() override { return frozen(); }

  [[nodiscard]] Result<std::uint64_t> size() const override { return bytes_.size(); }

  Result<> resize(std::uint64_t /*size*/) override { return frozen(); }

  Result<> preallocate(std::uint64_t /*size*/, sys::Allocation /*how*/) override {
    return frozen();
  }

  [[nodiscard]] bool is_direct() const noexcept override { return false; }

 private:
  const test::Bytes& bytes_;
};

class FrozenDisk final : public sys::Disk {
 public:
  explicit FrozenDisk(const Files& files) : files_(files) {}

  Result<std::unique_ptr<sys::File>> open(std::string_view path,
                                          sys::OpenOptions options) override {
    if (options.mode != sys::OpenMode::ReadOnly) {
      return frozen();
    }
    const auto found = files_.find(std::string(path));
    if (found == files_.end()) {
      return fail(Errc::NotFound, fmt::format("{} is not there", path));
    }
    return std::make_unique<FrozenFile>(found->second);
  }

  Result<> create_folder(std::string_view /*path*/) override { return frozen(); }

  Result<std::vector<sys::Entry>> list(std::string_view folder) override {
    const std::string prefix = folder.empty() ? std::string() : fmt::format("{}/", folder);
    std::vector<sys::Entry> entries;
    for (const auto& [path, bytes] : files_) {
      if (path.starts_with(prefix) && path.find('/', prefix.size()) == std::string::npos) {
        entries.push_back({.name = path.substr(prefix.size()), .size = bytes.size()});
      }
    }
    return entries.empty() ? Result<std::vector<sys::Entry>>(fail(Errc::NotFound, "no folder"))
                           : entries;
  }

  Result<sys::Entry> stat(std::string_view path) override {
    const auto found = files_.find(std::string(path));
    if (found == files_.end()) {
      return fail(Errc::NotFound, fmt::format("{} is not there", path));
    }
    return sys::Entry{.name = std::string(path.substr(path.rfind('/') + 1)),
                      .size = found->second.size()};
  }

  Result<> rename(std::string_view /*from*/, std::string_view /*to*/) override { return frozen(); }

  Result<> remove(std::string_view /*path*/) override { return frozen(); }

  Result<> sync_folder(std::string_view /*folder*/) override { return frozen(); }

  Result<std::unique_ptr<sys::FolderLock>> lock_folder(std::string_view /*folder*/) override {
    return frozen();
  }

  Result<sys::Space> free_space() override { return sys::Space(); }

  Result<std::unique_ptr<sys::IoQueue>> make_queue(sys::IoQueueOptions /*options*/) override {
    return frozen();
  }

  [[nodiscard]] std::string_view backend() const noexcept override { return "frozen"; }

 private:
  const Files& files_;
};

/// Goes on by a second whenever it is asked.
class CountingClock final : public sys::Clock {
 public:
  [[nodiscard]] Timestamp wall_now() noexcept override {
    now_ += 1'000'000'000;
    return {.nanoseconds = 1'700'000'000'000'000'000 + now_};
  }

  [[nodiscard]] Instant monotonic_now() noexcept override { return Instant{now_}; }

 private:
  std::int64_t now_ = 0;
};

log::Options log_options() {
  return {.segment_bytes = 65'536,
          .batch_bytes_max = 16'384,
          .batch_count_max = 64,
          .depth = 2,
          .keeps_reserve = false};
}

/// Makes the sample in a folder of its own.
class Maker final {
 public:
  SampleJournal run();

 private:
  void append_all();
  void append_round(std::uint32_t round);
  void rotate_keys();
  void grow_tree();
  void read_back(SampleJournal& made);

  test::TempFolder temp_;
  std::unique_ptr<sys::Disk> disk_ = must(sys::make_posix_disk(temp_.path()));
  CountingClock clock_;
  log::CountedRandom random_{7};
  std::unique_ptr<store::EventStore> store_;
};

/// A few transactions that become one batch.
void Maker::append_round(std::uint32_t round) {
  using sample::Shop;
  std::vector<std::unique_ptr<store::Pending>> pending;
  const auto start = [&](store::Batch<Shop>& batch, const store::AppendOptions& options) {
    pending.push_back(must(store_->start(batch.view(options))));
  };
  constexpr std::string_view small_only = store::Store<Shop>::gate_name<sample::small_orders>();
  for (std::uint32_t i = 0; i < 5; ++i) {
    const std::string order = fmt::format("order/{}", (round * 5 + i) % 37);
    const std::string key = fmt::format("request-{}-{}", round, i);
    store::EventOptions caused;
    if (round > 0 && i == 3) {
      caused.cause = EventId{.sequence = 2 + (round - 1) * 5, .event = 0};
    }
    store::Batch<Shop> batch;
    batch.add({.entity = order, .scope = i % 2 == 0 ? "north" : "south"},
              sample::Placed{.what = "table", .pieces = round + i}, caused);
    const std::string text(round * 7 % 90, 'n');
    const auto note = Text<200>::from(text).value();
    if (i == 1) {
      batch.add({.entity = order, .scope = "south"}, sample::Noted{.note = note});
      batch.add({.entity = "log"}, sample::Noted{.note = note}, {.cause = caused.cause});
    }
    const Uuid correlation = {.bytes = {std::byte(round + 1)}};
    start(batch,
          {.request = {.key = i == 0 ? std::string_view() : key},
           .correlation = i == 4 ? std::optional(correlation) : std::nullopt,
           .gates = i == 2 ? std::span(&small_only, 1) : std::span<const std::string_view>()});
  }
  while (std::ranges::any_of(pending, [](auto& one) { return one->poll() == nullptr; })) {
    CAIRN_CHECK(store_->step());
  }
  CAIRN_CHECK(std::ranges::all_of(pending, [](auto& one) { return one->poll()->has_value(); }));
  // What is asked for is indexed first.
  must(store_->version("log", ""));
}

void Maker::append_all() {
  store::StoreOptions options = {
      .segment_bytes = 65'536, .batch_bytes_max = 16'384, .indexed_in_memory_max = 40};
  options.gates.push_back(store::Store<sample::Shop>::gate<sample::small_orders>(
      [](const store::GateQuestion& question) { return question.versions.front() % 7 != 3; }));
  store_ = must(store::EventStore::open({.disk = *disk_, .clock = clock_, .random = random_},
                                        std::string(journal_name), domain_info<sample::Shop>(),
                                        options));
  for (std::uint32_t round = 0; round < 48; ++round) {
    append_round(round);
  }
  must(store_->close());
  store_.reset();
}

void Maker::rotate_keys() {
  const SignerKey older = SignerKey::generate("example.org/shop", random_);
  const SignerKey newer = SignerKey::generate("example.org/shop", random_);
  const std::string note = print_note(sign_rotation(100, older, newer));
  auto writer =
      must(log::Writer::open(*disk_, path_in(journal_name, log_folder), log_options(), random_));
  TransactionRecord record;
  record.position = Seq(writer->next());
  record.time = clock_.wall_now().nanoseconds;
  record.schema = 1;
  record.kind = static_cast<std::uint16_t>(SystemKind::KeyRotated);
  record.command = std::as_bytes(std::span(note));
  GrowingByteWriter bytes;
  encode(std::as_const(record), bytes);
  must(writer->stage(bytes.written()));
  must(writer->flush(clock_.wall_now()));
  must(writer->close());
}

void Maker::grow_tree() {
  auto file =
      must(disk_->open(path_in(journal_name, tree_file), {.mode = sys::OpenMode::CreateOrOpen}));
  const auto store = must(FileHashStore::open(std::move(file)));
  HistoryReader reader = must(HistoryReader::open(*disk_, journal_name));
  HistoryHashes hashes = must(HistoryHashes::open(*disk_, journal_name, reader));
  Tree tree = must(Tree::open(*store, hashes, reader.durable().value()));
  must(tree.sync());
}

void Maker::read_back(SampleJournal& made) {
  HistoryReader reader = must(HistoryReader::open(*disk_, journal_name));
  while (const HistoryEntry* const entry = must(reader.next())) {
    made.records.push_back(test::exact_copy(entry->bytes));
    made.hashes.push_back(entry->hash);
  }
}

SampleJournal Maker::run() {
  append_all();
  rotate_keys();
  grow_tree();
  SampleJournal made;
  read_back(made);
  made.files = read_files(*disk_, std::string(journal_name));
  made.verdict = must(verify_journal(*disk_, journal_name, {.values = true, .wants_head = true}));
  return made;
}

}  // namespace

Files read_files(sys::Disk& disk, const std::string& folder) {
  Files files;
  read_into(files, disk, folder, "");
  return files;
}

void write_files(const Files& files, sys::Disk& disk, const std::string& folder) {
  for (const auto& [path, unused] : read_files(disk, folder)) {
    if (!files.contains(path)) {
      must(disk.remove(path_in(folder, path)));
    }
  }
  for (const auto& [path, bytes] : files) {
    const std::string target = path_in(folder, path);
    if (const std::size_t slash = target.rfind('/'); slash != std::string::npos) {
      must(disk.create_folder(target.substr(0, slash)));
    }
    const auto file = must(disk.open(target, {.mode = sys::OpenMode::CreateOrOpen}));
    must(file->resize(bytes.size()));
    must(file->write(0, sys::ConstBuffer(bytes)));
  }
}

std::unique_ptr<sys::Disk> make_frozen_disk(const Files& files) {
  return std::make_unique<FrozenDisk>(files);
}

const SampleJournal& sample_journal() {
  static const SampleJournal made = Maker().run();
  return made;
}

Files forge(const std::vector<test::Bytes>& records, std::size_t batch_count) {
  const test::TempFolder temp;
  const auto disk = must(sys::make_posix_disk(temp.path()));
  log::CountedRandom random(11);
  auto writer = must(log::Writer::open(*disk, std::string(log_folder), log_options(), random));
  for (std::size_t i = 0; i < records.size(); ++i) {
    must(writer->stage(records[i]));
    if ((i + 1) % batch_count == 0 || i + 1 == records.size()) {
      must(writer->flush({.nanoseconds = 0}));
    }
  }
  must(writer->close());
  Files files = read_files(*disk, "");
  for (const auto& [path, bytes] : sample_journal().files) {
    if (path.starts_with(schema_folder)) {
      files[path] = bytes;
    }
  }
  return files;
}

test::Bytes changed(const test::Bytes& bytes,
                    const std::function<void(TransactionRecord&)>& change) {
  TransactionReader reader;
  TransactionRecord record = *must(reader.read(bytes));
  change(record);
  GrowingByteWriter out;
  encode(std::as_const(record), out);
  return test::exact_copy(out.written());
}

test::Bytes changed_event(const test::Bytes& bytes, std::size_t event,
                          const std::function<void(EventRecord&)>& change) {
  return changed(bytes, [&](TransactionRecord& record) {
    static std::vector<EventRecord> events;
    events.assign(record.events.begin(), record.events.end());
    change(events.at(event));
    record.events = events;
  });
}

}  // namespace cairn::journal
