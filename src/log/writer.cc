// SPDX-License-Identifier: Apache-2.0
#include "log/writer.h"

#include <algorithm>
#include <limits>
#include <utility>

#include <fmt/format.h>

#include "base/check.h"
#include "log/handover.h"
#include "sys/whole_file.h"

namespace cairn::log {

namespace {

// Tokens of the writes that are no batches; those of batches are the indexes of their slots.
constexpr std::uint64_t footer_token = std::numeric_limits<std::uint64_t>::max();
constexpr std::uint64_t header_token = footer_token - 1;
constexpr Duration long_wait = seconds(60);

Result<> check_options(const Options& options) {
  const bool is_good =
      options.segment_bytes % block_bytes == 0 && options.segment_bytes <= segment_bytes_limit &&
      options.batch_bytes_max % block_bytes == 0 && options.batch_bytes_max >= block_bytes &&
      options.batch_bytes_max <= batch_bytes_limit && options.batch_count_max >= 1 &&
      options.batch_count_max <= batch_count_limit && options.depth >= 1 &&
      options.depth <= depth_limit &&
      options.segment_bytes >= batches_begin + options.batch_bytes_max + footer_size(1);
  if (!is_good) {
    return fail(Errc::InvalidArgument,
                "the options of a log make no sense: sizes are multiples of 4096, a segment holds "
                "at least one batch and its footer, and 1 to 16 writes are under way");
  }
  return {};
}

std::uint64_t seal_limit(const Options& options) {
  return footer_size(options.segment_bytes / block_bytes);
}

Error full_disk(const Folder& folder) {
  return Error(Errc::NoSpace,
               fmt::format("the log in \"{}\" has no space for another segment", folder.path()))
      .advise("free some space on its disk; the log goes on by itself");
}

}  // namespace

Result<std::unique_ptr<Writer>> Writer::open(sys::Disk& disk, const std::string& folder,
                                             const Options& options, sys::Random& random) {
  CAIRN_TRY(check_options(options));
  CAIRN_TRY(sys::make_folder(disk, folder));
  CAIRN_TRY(auto lock, disk.lock_folder(folder));
  CAIRN_TRY(Recovered recovered, recover(Folder(disk, folder), options, random));
  std::unique_ptr<Writer> writer(
      new Writer(Folder(disk, folder), options, random, std::move(lock), std::move(recovered)));
  CAIRN_TRY(writer->start());
  return writer;
}

Writer::Writer(Folder folder, const Options& options, sys::Random& random,
               std::unique_ptr<sys::FolderLock> lock, Recovered recovered)
    : folder_(std::move(folder)),
      options_(options),
      random_(random),
      lock_(std::move(lock)),
      frontier_(std::move(recovered.frontier)),
      frontier_slot_(recovered.slot),
      active_(std::move(recovered.active)),
      next_(std::move(recovered.next)),
      link_(recovered.link),
      durable_(recovered.link),
      recovery_(std::move(recovered.report)),
      phase_(active_.is_sealed ? Phase::Draining : Phase::Writing),
      footer_(seal_limit(options)),
      header_block_(block_bytes),
      completions_(options.depth + 2) {}

Writer::~Writer() = default;

Result<> Writer::start() {
  // One more than can be under way, so that the next batch is filled meanwhile.
  for (std::uint32_t i = 0; i <= options_.depth; ++i) {
    slots_.push_back(std::make_unique<Slot>(options_));
    free_.push_back(slots_.back().get());
  }
  open_ = free_.back();
  free_.pop_back();
  free_.reserve(slots_.size());
  flights_.reserve(options_.depth);
  active_.index.entries.reserve(active_.header.segment_bytes / block_bytes);
  CAIRN_TRY(queue_, folder_.disk().make_queue({.depth = std::max(options_.depth, 2U)}));
  if (options_.keeps_reserve) {
    auto made = prepare_segment(folder_, make_order(0, true));
    is_out_of_space_ = !made && made.error().code() == Errc::NoSpace;
    return made || is_out_of_space_ ? Result<>{} : fail(std::move(made).error());
  }
  return {};
}

Result<> Writer::check_usable() const {
  return failure_ ? Result<>(fail(*failure_)) : Result<>{};
}

Error Writer::finish(Error error) {
  if (!failure_) {
    failure_ =
        std::move(error)
            .at(fmt::format("the log in \"{}\" has stopped", folder_.path()))
            .advise("nothing is appended any more; restart, and recovery says what is there");
  }
  return *failure_;
}

Result<> Writer::finished(Result<> result) {
  return result ? std::move(result) : Result<>(fail(finish(std::move(result).error())));
}

std::uint64_t Writer::next() const noexcept {
  return link_.last + open_->builder.count() + 1;
}

Result<std::uint64_t> Writer::stage(Bytes record) {
  if (is_out_of_space_) [[unlikely]] {
    CAIRN_TRY(check_usable());
    return fail(full_disk(folder_));
  }
  return put(record);
}

Result<std::uint64_t> Writer::stage_last_word(Bytes record) {
  return put(record);
}

Result<std::uint64_t> Writer::put(Bytes record) {
  CAIRN_TRY(check_usable());
  if (!open_->builder.has_room(record.size())) [[unlikely]] {
    if (open_->builder.count() == 0) {
      return fail(Errc::TooLarge, fmt::format("a record of {} bytes; a batch holds {} at most",
                                              record.size(), options_.batch_bytes_max));
    }
    return fail(Errc::Busy, "the open batch is full");
  }
  const std::uint64_t sequence = next();
  open_->builder.add(record);
  return sequence;
}

bool Writer::fits() const noexcept {
  return active_.end + open_->builder.size() + footer_size(active_.index.entries.size() + 1) <=
         active_.header.segment_bytes;
}

Result<std::optional<Submitted>> Writer::submit(Timestamp time) {
  CAIRN_TRY(check_usable());
  if (open_->builder.count() == 0) {
    return std::nullopt;
  }
  if (phase_ == Phase::Writing && !fits()) {
    phase_ = Phase::Draining;
  }
  if (phase_ != Phase::Writing) {
    CAIRN_TRY(advance_rotation());
    return std::nullopt;
  }
  if (!has_free_slot()) {
    return std::nullopt;
  }
  return write_open_batch(time);
}

Result<bool> Writer::write_through(Timestamp time) {
  CAIRN_TRY(check_usable());
  if (open_->builder.count() == 0 || queue_->in_flight() > 0 || phase_ != Phase::Writing ||
      !fits()) {
    return false;
  }
  const Bytes bytes = close_open_batch(time);
  CAIRN_TRY(finished(active_.file->write_durably(active_.end, bytes)));
  take_open_batch().is_written = true;
  CAIRN_TRY(finished(advance_frontier()));
  return true;
}

Result<Submitted> Writer::write_open_batch(Timestamp time) {
  const Bytes bytes = close_open_batch(time);
  const std::uint64_t token = static_cast<std::uint64_t>(
      std::ranges::find(slots_, open_, &std::unique_ptr<Slot>::get) - slots_.begin());
  CAIRN_TRY(finished(write_durably(*active_.file, active_.end, bytes, token)));
  const Slot& slot = take_open_batch();
  return Submitted{.first = slot.builder.header().first,
                   .last = link_.last,
                   .hash = link_.hash,
                   .record_hashes = slot.builder.hashes()};
}

Bytes Writer::close_open_batch(Timestamp time) {
  return open_->builder.close(
      link_, {.segment = &active_.header, .offset = active_.end},
      {.time = time.nanoseconds, .durable_through = durable_.last, .epoch = frontier_slot_.epoch});
}

/// What was closed is on its way, and the next batch is open.
Writer::Slot& Writer::take_open_batch() {
  Slot& slot = *open_;
  const BatchHeader& header = slot.builder.header();
  active_.index.add(header, active_.header.first, active_.end);
  active_.end += batch_size(header.frame_bytes);
  link_ = {.last = header.last(), .hash = batch_hash(header), .epoch = header.epoch};
  slot.link = link_;
  slot.end = active_.end;
  slot.is_written = false;
  flights_.push_back(open_);
  open_ = free_.back();
  free_.pop_back();
  open_->builder.clear();
  return slot;
}

Result<> Writer::write_durably(sys::File& file, std::uint64_t offset, Bytes bytes,
                               std::uint64_t token) {
  CAIRN_TRY(queue_->submit({.kind = sys::IoKind::Write,
                            .durable = true,
                            .file = &file,
                            .offset = offset,
                            .write_from = std::span(&bytes, 1),
                            .token = token}));
  return {};
}

Result<> Writer::poll(Duration timeout) {
  if (queue_->in_flight() > 0) {
    return wait(timeout);
  }
  CAIRN_TRY(check_usable());
  return advance_rotation();
}

Result<> Writer::wait(Duration timeout) {
  CAIRN_TRY(check_usable());
  auto taken = take_all(queue_->wait(completions_, timeout));
  // What became durable before the failure is still told.
  CAIRN_TRY(finished(advance_frontier()));
  CAIRN_TRY(finished(std::move(taken)));
  return advance_rotation();
}

/// The first failure, after all have been taken.
Result<> Writer::take_all(std::size_t count) {
  Result<> first_failure;
  for (const sys::IoCompletion& completion : std::span(completions_).first(count)) {
    auto taken = take(completion);
    if (first_failure && !taken) {
      first_failure = std::move(taken);
    }
  }
  return first_failure;
}

Result<> Writer::take(const sys::IoCompletion& completion) {
  if (!completion.result) {
    return fail(completion.result.error());
  }
  if (completion.token >= header_token) {
    --sealing_;
    return {};
  }
  slots_[completion.token]->is_written = true;
  return {};
}

/// In the order of the sequences: a batch counts only when all before it are durable too.
Result<> Writer::advance_frontier() {
  const auto first_open =
      std::ranges::find_if(flights_, [](const Slot* slot) { return !slot->is_written; });
  if (first_open == flights_.begin()) {
    return {};
  }
  const Slot& last = **std::prev(first_open);
  const Link reached = last.link;
  frontier_slot_.generation += 1;
  frontier_slot_.durable = last.link.last;
  frontier_slot_.hash = last.link.hash;
  frontier_slot_.segment = active_.header.number;
  frontier_slot_.end = last.end;
  // Readers see it before anybody hears of it.
  CAIRN_TRY(frontier_.write(frontier_slot_));
  if (options_.handover != nullptr) {
    hand_over(std::span(flights_.begin(), first_open));
  }
  free_.insert(free_.end(), flights_.begin(), first_open);
  flights_.erase(flights_.begin(), first_open);
  durable_ = reached;
  return {};
}

void Writer::hand_over(std::span<Slot* const> durable) noexcept {
  for (const Slot* const slot : durable) {
    const BatchBuilder& batch = slot->builder;
    options_.handover->put({.segment = active_.header.number,
                            .offset = slot->end - batch_size(batch.header().frame_bytes),
                            .bytes = batch.written(),
                            .hashes = batch.hashes()});
  }
}

Result<> Writer::advance_rotation() {
  if (phase_ == Phase::Sealing && sealing_ == 0) {
    move_on();
  }
  if (phase_ != Phase::Draining || !flights_.empty()) {
    return {};
  }
  if (!has_next()) {
    if (has_order_out_) {
      return {};
    }
    CAIRN_TRY(make_next());
  }
  return finished(seal());
}

SegmentOrder Writer::make_order(std::uint64_t number, bool wants_reserve) {
  SegmentOrder order = order_segment(options_, random_, number);
  order.wants_reserve = wants_reserve;
  return order;
}

/// On the owner's thread, because nobody has made one ahead.
Result<> Writer::make_next() {
  const std::uint64_t number = active_.header.number + 1;
  has_order_out_ = true;
  CAIRN_TRY(supply(prepare_segment(folder_, make_order(number, is_out_of_space_))));
  return has_next() ? Result<>{} : Result<>(fail(full_disk(folder_)));
}

std::optional<SegmentOrder> Writer::take_order() {
  const bool is_wanted = !has_next() || is_out_of_space_;
  if (!is_wanted || has_order_out_ || failure_) {
    return std::nullopt;
  }
  has_order_out_ = true;
  return make_order(has_next() ? 0 : active_.header.number + 1, is_out_of_space_);
}

Result<> Writer::supply(Result<PreparedSegment> made) {
  CAIRN_CHECK(has_order_out_);
  has_order_out_ = false;
  CAIRN_TRY(check_usable());
  if (made) {
    is_out_of_space_ = false;
    if (made->file) {
      next_ = *std::move(made);
    }
    return {};
  }
  if (made.error().code() != Errc::NoSpace) {
    return fail(finish(std::move(made).error()));
  }
  is_out_of_space_ = true;
  CAIRN_TRY(const bool has_reserve, folder_.has(reserve_name));
  if (has_next() || !has_reserve) {
    return {};
  }
  auto taken = take_reserve(folder_, make_order(active_.header.number + 1, false));
  if (!taken) {
    return fail(finish(std::move(taken).error()));
  }
  next_ = *std::move(taken);
  return {};
}

/// Both at once: all batches are durable already, so each of the two is right without the other.
Result<> Writer::seal() {
  next_.header.first = link_.last + 1;
  next_.header.previous = link_.hash;
  store(next_.header, 0, header_block_.span());
  phase_ = Phase::Sealing;
  if (!active_.is_sealed) {
    const Footer footer = build_footer(active_.header, active_.index, active_.end, link_, footer_);
    CAIRN_TRY(write_durably(*active_.file, footer.offset, footer.bytes, footer_token));
    ++sealing_;
  }
  CAIRN_TRY(write_durably(*next_.file, 0, header_block_.span(), header_token));
  ++sealing_;
  return {};
}

void Writer::move_on() {
  active_.header = next_.header;
  active_.file = std::move(next_.file);
  active_.end = batches_begin;
  active_.is_sealed = false;
  active_.index.entries.clear();
  active_.index.entries.reserve(active_.header.segment_bytes / block_bytes);
  next_ = {};
  phase_ = Phase::Writing;
}

bool Writer::waits_for_segment() const noexcept {
  return phase_ == Phase::Draining && has_order_out_ && flights_.empty();
}

Result<> Writer::flush(Timestamp time) {
  while (staged() > 0 || !flights_.empty()) {
    CAIRN_TRY(const auto submitted, submit(time));
    if (submitted) {
      continue;
    }
    if (waits_for_segment()) {
      return fail(Errc::Busy, "the next segment is being made");
    }
    CAIRN_TRY(poll(long_wait));
  }
  return {};
}

Result<> Writer::wait_for_all() {
  while (in_flight() > 0) {
    CAIRN_TRY(poll(long_wait));
  }
  return {};
}

Result<> Writer::close() {
  CAIRN_TRY(check_usable());
  CAIRN_TRY(wait_for_all());
  CAIRN_TRY(finished(frontier_.write_both(frontier_slot_)));
  failure_ = Error(Errc::Closed, fmt::format("the log in \"{}\" was closed", folder_.path()));
  return {};
}

}  // namespace cairn::log
