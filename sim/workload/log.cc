// SPDX-License-Identifier: Apache-2.0
#include "sim/workload/log.h"

#include <algorithm>
#include <utility>

#include <fmt/format.h>

#include "base/check.h"

namespace cairn::sim {

namespace {

constexpr std::uint64_t record_magic = 0x31474F4C4E524943U;
constexpr std::uint64_t manifest_magic = 0x3146494E414D4943U;
constexpr std::string_view manifest_name = "MANIFEST";
constexpr std::string_view manifest_draft = "MANIFEST.tmp";
constexpr std::size_t word_size = 8;
constexpr std::size_t digest_size = sizeof(Digest);
// Magic, number, length, digest of the record before; then the payload and the digest of it all.
constexpr std::size_t record_head = 3 * word_size + digest_size;
constexpr std::size_t record_overhead = record_head + digest_size;
constexpr std::size_t payload_max = std::size_t{1} << 20U;
constexpr std::size_t manifest_max = std::size_t{1} << 20U;

using Bytes = std::span<const std::byte>;

void put_word(std::vector<std::byte>& out, std::uint64_t value) {
  for (unsigned shift = 0; shift < 64; shift += 8) {
    out.push_back(static_cast<std::byte>((value >> shift) & 0xFFU));
  }
}

std::uint64_t word_at(Bytes bytes, std::size_t index) {
  std::uint64_t value = 0;
  for (unsigned i = 0; i < word_size; ++i) {
    value |= std::to_integer<std::uint64_t>(bytes[index * word_size + i]) << (8 * i);
  }
  return value;
}

void put_digest(std::vector<std::byte>& out, const Digest& digest) {
  out.insert(out.end(), digest.bytes.begin(), digest.bytes.end());
}

Digest digest_at(Bytes bytes, std::size_t offset) {
  Digest digest;
  std::ranges::copy(bytes.subspan(offset, digest_size), digest.bytes.begin());
  return digest;
}

bool ends_with_its_digest(Bytes bytes) {
  const std::size_t covered = bytes.size() - digest_size;
  return digest_at(bytes, covered) == blake3(bytes.first(covered));
}

std::string segment_name(std::uint64_t number) {
  return fmt::format("log-{:08}", number);
}

Result<std::vector<std::byte>> read_whole(sys::File& file) {
  CAIRN_TRY(const std::uint64_t size, file.size());
  std::vector<std::byte> bytes(size);
  CAIRN_TRY(const std::size_t count, file.read(0, sys::MutableBuffer(bytes)));
  bytes.resize(count);
  return bytes;
}

}  // namespace

Log::Log(sys::Disk& disk, const LogOptions& options) : disk_(disk), options_(options) {}

Result<std::unique_ptr<Log>> Log::open(sys::Disk& disk, const LogOptions& options) {
  std::unique_ptr<Log> log(new Log(disk, options));
  CAIRN_TRY(log->lock_, disk.lock_folder(""));
  CAIRN_TRY(log->queue_, disk.make_queue({.depth = options.queue_depth}));
  CAIRN_TRY(log->recover());
  return log;
}

Result<> Log::recover() {
  // The names of the incarnation before may be in memory only: a sync of it may have failed.
  CAIRN_TRY(disk_.sync_folder(""));
  const auto manifest = disk_.stat(manifest_name);
  if (!manifest) {
    return manifest.error().code() == Errc::NotFound ? start_anew() : fail(manifest.error());
  }
  CAIRN_TRY(read_manifest());
  for (std::size_t i = 0; i < segments_.size(); ++i) {
    CAIRN_TRY(scan(segments_[i], i + 1 == segments_.size()));
  }
  return {};
}

Result<> Log::start_anew() {
  CAIRN_TRY(create_segment(1));
  return publish({{.number = 1, .first_record = 0, .previous = {}}});
}

Result<> Log::create_segment(std::uint64_t number) {
  CAIRN_TRY(file_, disk_.open(segment_name(number), {.mode = sys::OpenMode::CreateOrOpen}));
  CAIRN_TRY(file_->resize(0));
  if (options_.segment_reserve > 0) {
    CAIRN_TRY(file_->preallocate(options_.segment_reserve, sys::Allocation::WriteZeros));
  }
  CAIRN_TRY(file_->sync_data());
  CAIRN_TRY(disk_.sync_folder(""));
  end_ = 0;
  return {};
}

Result<> Log::publish(const std::vector<Segment>& segments) {
  std::vector<std::byte> bytes;
  put_word(bytes, manifest_magic);
  put_word(bytes, segments.size());
  for (const Segment& segment : segments) {
    put_word(bytes, segment.number);
    put_word(bytes, segment.first_record);
    put_digest(bytes, segment.previous);
  }
  put_digest(bytes, blake3(bytes));
  {
    CAIRN_TRY(const auto draft, disk_.open(manifest_draft, {.mode = sys::OpenMode::CreateOrOpen}));
    CAIRN_TRY(draft->resize(0));
    CAIRN_TRY(draft->write(0, sys::ConstBuffer(bytes)));
    CAIRN_TRY(draft->sync_data());
  }
  CAIRN_TRY(disk_.rename(manifest_draft, manifest_name));
  if (options_.canary != Canary::ForgetsFolderSync) {
    CAIRN_TRY(disk_.sync_folder(""));
  }
  segments_ = segments;
  return {};
}

Result<> Log::read_manifest() {
  CAIRN_TRY(const auto file, disk_.open(manifest_name, {.mode = sys::OpenMode::ReadOnly}));
  CAIRN_TRY(const std::vector<std::byte> bytes, read_whole(*file));
  constexpr std::size_t entry_size = 2 * word_size + digest_size;
  if (bytes.size() < 2 * word_size + entry_size + digest_size || bytes.size() > manifest_max ||
      !ends_with_its_digest(bytes) || word_at(bytes, 0) != manifest_magic) {
    return fail(Errc::Corrupt, "the manifest is damaged");
  }
  for (std::uint64_t i = 0; i < word_at(bytes, 1); ++i) {
    const Bytes entry = Bytes(bytes).subspan(2 * word_size + i * entry_size, entry_size);
    segments_.push_back({.number = word_at(entry, 0),
                         .first_record = word_at(entry, 1),
                         .previous = digest_at(entry, 2 * word_size)});
  }
  return {};
}

Result<> Log::scan(const Segment& segment, bool is_last) {
  const std::string name = segment_name(segment.number);
  // Checked before each segment: the one before it must have ended where this one begins.
  if (segment.first_record != records_ || segment.previous != last_) {
    return fail(Errc::Corrupt, name + " does not follow the segment before it");
  }
  auto opened = disk_.open(name, {.mode = sys::OpenMode::ReadWrite});
  if (!opened) {
    // The manifest names only segments whose names are durable.
    const bool is_missing = opened.error().code() == Errc::NotFound;
    return is_missing ? fail(Errc::Corrupt, name + " is missing") : fail(opened.error());
  }
  file_ = *std::move(opened);
  CAIRN_TRY(const std::vector<std::byte> bytes, read_whole(*file_));
  std::size_t end = 0;
  while (const std::size_t length = take_record(Bytes(bytes).subspan(end))) {
    end += length;
  }
  end_ = end;
  return is_last ? settle_tail(Bytes(bytes).first(end)) : Result<>{};
}

std::size_t Log::take_record(std::span<const std::byte> bytes) {
  if (bytes.size() < record_overhead || word_at(bytes, 0) != record_magic ||
      word_at(bytes, 1) != records_ || word_at(bytes, 2) > payload_max ||
      digest_at(bytes, 3 * word_size) != last_) {
    return 0;
  }
  const std::size_t length = record_overhead + word_at(bytes, 2);
  if (length > bytes.size()) {
    return 0;
  }
  const Bytes record = bytes.first(length);
  if (options_.canary != Canary::IgnoresTornTail && !ends_with_its_digest(record)) {
    return 0;
  }
  const Bytes payload = record.subspan(record_head, word_at(bytes, 2));
  recovered_.emplace_back(payload.begin(), payload.end());
  last_ = digest_at(record, length - digest_size);
  ++records_;
  return length;
}

Result<> Log::settle_tail(std::span<const std::byte> contents) {
  // What can be read may be in memory only: after a sync that failed, the system believes that it
  // is written and no sync writes it again. So the tail is written again before anybody is told of
  // it, and what follows it is cut off before anything else can follow it.
  if (options_.canary != Canary::TrustsPageCache) {
    CAIRN_TRY(file_->write(0, contents));
  }
  CAIRN_TRY(file_->resize(contents.size()));
  return file_->sync_data();
}

std::vector<std::byte> Log::encode(const Payload& payload) {
  std::vector<std::byte> bytes;
  put_word(bytes, record_magic);
  put_word(bytes, records_);
  put_word(bytes, payload.size());
  put_digest(bytes, last_);
  bytes.insert(bytes.end(), payload.begin(), payload.end());
  last_ = blake3(bytes);
  put_digest(bytes, last_);
  ++records_;
  return bytes;
}

Result<> Log::append(std::span<const Payload> payloads) {
  if (is_broken_) {
    return fail(Error(Errc::IoFailed, "the log has failed before").advise("open it again"));
  }
  auto done = try_append(payloads);
  is_broken_ = !done;
  return done;
}

Result<> Log::try_append(std::span<const Payload> payloads) {
  std::vector<std::vector<std::byte>> records;
  records.reserve(payloads.size());
  for (const Payload& payload : payloads) {
    records.push_back(encode(payload));
  }
  CAIRN_TRY(write_all(records));
  const bool is_synced = options_.durable_writes && records.size() == 1;
  if (is_synced || options_.canary == Canary::SkipsSync) {
    return {};
  }
  return sync();
}

Result<> Log::write_all(std::span<const std::vector<std::byte>> records) {
  std::vector<sys::ConstBuffer> buffers(records.begin(), records.end());
  Result<> submitted;
  for (const sys::ConstBuffer& buffer : buffers) {
    if (queue_->in_flight() == options_.queue_depth) {
      CAIRN_TRY(take_all());
    }
    submitted = queue_->submit({.kind = sys::IoKind::Write,
                                .durable = options_.durable_writes && records.size() == 1 &&
                                           options_.canary != Canary::SkipsSync,
                                .file = file_.get(),
                                .offset = end_,
                                .write_from = std::span(&buffer, 1)});
    if (!submitted) {
      break;
    }
    end_ += buffer.size();
  }
  // The buffers must live until all that was submitted is taken, whatever went wrong.
  auto taken = take_all();
  return submitted ? std::move(taken) : std::move(submitted);
}

Result<> Log::sync() {
  CAIRN_TRY(queue_->submit({.kind = sys::IoKind::SyncData, .file = file_.get()}));
  auto synced = take_all();
  if (!synced && options_.canary == Canary::RetriesSync) {
    CAIRN_TRY(file_, disk_.open(segment_name(segments_.back().number),
                                {.mode = sys::OpenMode::ReadWrite}));
    return file_->sync_data();
  }
  return synced;
}

Result<> Log::take_all() {
  Result<> first_failure;
  while (queue_->in_flight() > 0) {
    std::array<sys::IoCompletion, 4> completions{};
    const std::size_t count = queue_->wait(completions, seconds(60));
    const auto taken = std::span(completions).first(count);
    const auto failed = std::ranges::find_if(taken, [](const auto& done) { return !done.result; });
    if (failed != taken.end() && first_failure) {
      first_failure = fail(failed->result.error());
    }
  }
  return first_failure;
}

Result<> Log::rotate() {
  if (is_broken_) {
    return fail(Error(Errc::IoFailed, "the log has failed before").advise("open it again"));
  }
  auto done = try_rotate();
  is_broken_ = !done;
  return done;
}

Result<> Log::try_rotate() {
  std::vector<Segment> segments = segments_;
  segments.push_back(
      {.number = segments_.back().number + 1, .first_record = records_, .previous = last_});
  CAIRN_TRY(create_segment(segments.back().number));
  return publish(segments);
}

}  // namespace cairn::sim
