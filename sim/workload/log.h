// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <array>
#include <cstddef>
#include <cstdint>
#include <memory>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "base/hash.h"
#include "cairn/digest.h"
#include "cairn/error.h"
#include "sys/disk.h"
#include "sys/io_queue.h"

namespace cairn::sim {

/// A bug that can be planted into the log, so that it can be shown that the harness finds it.
enum class Canary : std::uint8_t {
  None,
  SkipsSync,          ///< acknowledges what is only written
  IgnoresTornTail,    ///< believes a record by its header alone
  ForgetsFolderSync,  ///< replaces the manifest without making the new name durable
  RetriesSync,        ///< opens the file anew after a failed sync, and believes the second one
  TrustsPageCache,    ///< believes on restart that what can be read is on the disk
};

using Payload = std::vector<std::byte>;

struct LogOptions {
  Canary canary = Canary::None;
  std::uint32_t queue_depth = 4;
  bool durable_writes = false;  ///< a lone record goes out as one durable write
  /// Space set aside in each new segment. 0: segments grow with each record.
  std::uint64_t segment_reserve = 0;
};

/// A small append-only log, written as product code would be: the subject on which the simulated
/// disk and its oracles are tried. Records are length-prefixed, numbered, and chained by digest
/// through all segments; a manifest, replaced by renaming, lists the segments. What one incarnation
/// has acknowledged, every later one finds.
///
/// After any failure the log is finished: it must be destroyed and opened again, and recovery says
/// what is there. One thread; owned by whoever opened it; the disk outlives it.
class Log final {
 public:
  /// Recovers what is there, or starts a new log. Corrupt when something that was acknowledged is
  /// damaged; any other error may be gone at the next try.
  static Result<std::unique_ptr<Log>> open(sys::Disk& disk, const LogOptions& options);

  /// All payloads, from the first on, in order.
  [[nodiscard]] const std::vector<Payload>& recovered() const noexcept { return recovered_; }

  /// Writes the payloads, several at once. On success all of them are durable.
  Result<> append(std::span<const Payload> payloads);
  /// Ends the segment and starts the next.
  Result<> rotate();

 private:
  struct Segment {
    std::uint64_t number = 0;
    std::uint64_t first_record = 0;
    Digest previous;  ///< of the last record before it
  };

  Log(sys::Disk& disk, const LogOptions& options);

  Result<> recover();
  Result<> start_anew();
  Result<> read_manifest();
  Result<> publish(const std::vector<Segment>& segments);
  Result<> create_segment(std::uint64_t number);
  Result<> scan(const Segment& segment, bool is_last);
  Result<> settle_tail(std::span<const std::byte> contents);
  [[nodiscard]] std::size_t take_record(std::span<const std::byte> bytes);
  [[nodiscard]] std::vector<std::byte> encode(const Payload& payload);
  Result<> try_append(std::span<const Payload> payloads);
  Result<> write_all(std::span<const std::vector<std::byte>> records);
  Result<> sync();
  Result<> take_all();
  Result<> try_rotate();

  sys::Disk& disk_;
  const LogOptions options_;
  std::unique_ptr<sys::FolderLock> lock_;
  std::unique_ptr<sys::File> file_;
  std::unique_ptr<sys::IoQueue> queue_;
  std::vector<Segment> segments_;
  std::uint64_t records_ = 0;
  Digest last_;
  std::uint64_t end_ = 0;  ///< of the records in the last segment
  std::vector<Payload> recovered_;
  bool is_broken_ = false;
};

}  // namespace cairn::sim
