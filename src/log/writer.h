// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstddef>
#include <cstdint>
#include <memory>
#include <optional>
#include <span>
#include <string>
#include <vector>

#include "cairn/digest.h"
#include "cairn/error.h"
#include "cairn/time.h"
#include "log/batch.h"
#include "log/folder.h"
#include "log/frontier.h"
#include "log/options.h"
#include "log/recovery.h"
#include "sys/disk.h"
#include "sys/io_queue.h"
#include "sys/randomness.h"

namespace cairn::log {

/// A batch that has been handed to the disk.
struct Submitted {
  std::uint64_t first = 0;
  std::uint64_t last = 0;
  Digest hash;
  /// Of its records, valid until the batch is durable and another one is submitted.
  std::span<const Digest> record_hashes;
};

/// Appends to a log. One thread at a time, and no lock: its owner (the commit pipeline) says whose
/// turn it is. Disk and randomness outlive it. Stage records, submit them as one batch, poll until
/// they are durable, and stage the next ones meanwhile:
///
///   CAIRN_TRY(const auto sequence, writer->stage(record));   // Busy: poll first
///   CAIRN_TRY(const auto batch, writer->submit(now));        // nothing: no slot is free yet
///   CAIRN_TRY(writer->poll(timeout));                        // then look at durable()
///
/// In the steady state nothing is allocated. What is acknowledged is what `durable()` has reached.
/// Any write or sync of batches that fails is final: every later call fails with the same error,
/// and opening again recovers. A full disk is not: see `is_out_of_space`.
class Writer final {
 public:
  /// Locks the folder (made if missing), recovers what is there, and starts a log where none is.
  /// Busy, naming the holder, when another writer has it open.
  static Result<std::unique_ptr<Writer>> open(sys::Disk& disk, const std::string& folder,
                                              const Options& options, sys::Random& random);

  ~Writer();
  Writer(const Writer&) = delete;
  Writer& operator=(const Writer&) = delete;

  /// Copies a record into the open batch; returns its sequence. Busy when the batch is full:
  /// `submit`, or `poll` until that works. TooLarge for a record that no batch can hold. NoSpace
  /// while the disk is full: nothing is staged then.
  Result<std::uint64_t> stage(Bytes record);
  /// The same also while the disk is full, out of what is set aside for a last word. NoSpace when
  /// that is used up.
  Result<std::uint64_t> stage_last_word(Bytes record);

  /// Closes the open batch and starts to write it. Nothing when there is none, when `depth` writes
  /// are under way, or while the log moves on to its next segment: poll, and try again. NoSpace
  /// when a segment is needed and there is no space for one: what is staged stays so; try again
  /// when there is space.
  Result<std::optional<Submitted>> submit(Timestamp time);
  /// Closes the open batch, writes it on the calling thread, which waits for the disk, and has it
  /// durable: cheaper than `submit` and `poll` for whoever has nothing else to do. False, and
  /// nothing is done, when something is under way or the log must move on to its next segment.
  Result<bool> write_through(Timestamp time);
  /// Takes what the disk has finished, waiting for it up to `timeout` if something is under way.
  Result<> poll(Duration timeout);
  /// The same, and waits for `wake` too, also when nothing is under way.
  Result<> wait(Duration timeout);

  /// Makes the current or the next `wait` or `poll` that waits return. Any thread.
  void wake() noexcept { queue_->wake(); }

  /// Submits and polls until all that is staged is durable.
  Result<> flush(Timestamp time);
  /// Flushes nothing: waits for what is under way, and makes the frontier durable. Nothing can be
  /// appended afterwards.
  Result<> close();

  /// Everything up to this sequence is durable, and visible to readers.
  [[nodiscard]] std::uint64_t durable() const noexcept { return durable_.last; }

  /// Hash of the batch that `durable` ends with.
  [[nodiscard]] const Digest& head() const noexcept { return durable_.hash; }

  /// The sequence that the next staged record gets.
  [[nodiscard]] std::uint64_t next() const noexcept;

  [[nodiscard]] std::uint32_t staged() const noexcept { return open_->builder.count(); }

  [[nodiscard]] std::uint64_t staged_bytes() const noexcept { return open_->builder.size(); }

  [[nodiscard]] bool has_free_slot() const noexcept { return flights_.size() < options_.depth; }

  [[nodiscard]] std::size_t in_flight() const noexcept { return flights_.size() + sealing_; }

  /// The disk was full when a segment was needed. Only last words are taken. It ends when an order
  /// is supplied (or made by `submit`) that includes the reserve.
  [[nodiscard]] bool is_out_of_space() const noexcept { return is_out_of_space_; }

  [[nodiscard]] const Recovery& recovery() const noexcept { return recovery_; }

  [[nodiscard]] std::uint64_t active_segment() const noexcept { return active_.header.number; }

  /// The segment that should be made ready now, for `prepare_segment` on another thread; nothing
  /// when none is wanted or one is being made. What was taken must be supplied, whatever came of
  /// it. Whoever never asks gets segments made inside `submit` and `poll`, which then block.
  [[nodiscard]] std::optional<SegmentOrder> take_order();
  Result<> supply(Result<PreparedSegment> made);

  [[nodiscard]] const Folder& folder() const noexcept { return folder_; }

 private:
  /// A batch in memory, from its first record until it is durable.
  struct Slot {
    explicit Slot(const Options& options)
        : builder(options.batch_bytes_max, options.batch_count_max) {}

    BatchBuilder builder;
    Link link;              ///< after it
    std::uint64_t end = 0;  ///< of it in the segment
    bool is_written = false;
  };

  /// What the log is doing. In this order, for each segment.
  enum class Phase : std::uint8_t {
    Writing,   ///< batches go to the active segment
    Draining,  ///< the next batch belongs to the next segment: wait until all are durable
    Sealing,   ///< the footer and the header of the next segment are under way
  };

  Writer(Folder folder, const Options& options, sys::Random& random,
         std::unique_ptr<sys::FolderLock> lock, Recovered recovered);

  Result<> start();
  Result<> check_usable() const;
  Result<std::uint64_t> put(Bytes record);
  [[nodiscard]] bool fits() const noexcept;

  [[nodiscard]] bool has_next() const noexcept { return next_.file != nullptr; }

  [[nodiscard]] bool waits_for_segment() const noexcept;
  Result<Submitted> write_open_batch(Timestamp time);
  [[nodiscard]] Bytes close_open_batch(Timestamp time);
  Slot& take_open_batch();
  Result<> take_all(std::size_t count);
  Result<> take(const sys::IoCompletion& completion);
  Result<> advance_frontier();
  void hand_over(std::span<Slot* const> durable) noexcept;
  Result<> advance_rotation();
  Result<> make_next();
  Result<> seal();
  Result<> write_durably(sys::File& file, std::uint64_t offset, Bytes bytes, std::uint64_t token);
  void move_on();
  Result<> wait_for_all();
  /// Makes a failure final.
  Error finish(Error error);
  Result<> finished(Result<> result);
  [[nodiscard]] SegmentOrder make_order(std::uint64_t number, bool wants_reserve);

  const Folder folder_;
  const Options options_;
  sys::Random& random_;
  std::unique_ptr<sys::FolderLock> lock_;
  FrontierFile frontier_;
  FrontierSlot frontier_slot_;
  ActiveSegment active_;
  PreparedSegment next_;  ///< without a file when none is ready
  Link link_;             ///< after the last submitted batch
  Link durable_;          ///< after the last durable batch
  const Recovery recovery_;

  std::vector<std::unique_ptr<Slot>> slots_;
  std::vector<Slot*> free_;
  std::vector<Slot*> flights_;  ///< oldest first
  Slot* open_ = nullptr;

  Phase phase_ = Phase::Writing;
  std::size_t sealing_ = 0;  ///< writes of `seal` under way
  AlignedBytes footer_;
  AlignedBytes header_block_;
  bool has_order_out_ = false;
  bool is_out_of_space_ = false;
  std::optional<Error> failure_;
  std::vector<sys::IoCompletion> completions_;
  std::unique_ptr<sys::IoQueue> queue_;  ///< last: it waits for what is under way
};

}  // namespace cairn::log
