// SPDX-License-Identifier: Apache-2.0
#include "log/recovery.h"

#include <algorithm>
#include <utility>

#include <fmt/format.h>

#include "log/memory.h"

namespace cairn::log {

namespace {

constexpr std::string_view restore = "restore the folder from a backup or a copy";
constexpr sys::OpenOptions direct_write = {.mode = sys::OpenMode::ReadWrite, .direct = true};

std::unexpected<Error> damaged(std::string message) {
  return fail(Error(Errc::Corrupt, std::move(message)).advise(restore));
}

/// The steps of `recover`, which share what they find.
class Recoverer final {
 public:
  Recoverer(const Folder& folder, const Options& options, sys::Random& random)
      : folder_(folder), options_(options), random_(random) {}

  Result<Recovered> run();

 private:
  struct Known {
    SegmentName name;
    SegmentHeader header;
  };

  Result<FrontierFile> open_frontier();
  Result<bool> is_torn_header(const SegmentName& name, const Error& error);
  Result<> excuse(const SegmentName& name, const Error& error);
  Result<> read_headers();
  Result<> note(const Known& known);
  Result<> check_beginning();
  Result<> start_anew();
  Result<> activate(PreparedSegment prepared);
  Result<> settle_active();
  Result<> judge_end(const SegmentScan& scan, const std::optional<Trailer>& trailer);
  Result<> check_frontier(const SegmentScan& scan);
  Result<> judge_remains(const SegmentScan& scan, const Remains& remains);
  Result<> settle_previous(const Known& previous);
  Result<> rebuild_footer(const OpenedSegment& previous, const std::string& label);
  Result<> rewrite_unproven();
  Result<> adopt_next();
  Result<> replace_small_active();
  Result<> publish();
  Result<> read_folder();
  Result<> settle();
  [[nodiscard]] std::string label(const SegmentHeader& header) const;
  [[nodiscard]] std::unexpected<Error> lost(const SegmentScan& scan, std::string_view witness,
                                            std::uint64_t durable) const;

  const Folder& folder_;
  const Options& options_;
  sys::Random& random_;
  Listing listing_;
  std::uint64_t floor_ = 1;
  std::vector<Known> in_use_;
  std::optional<Known> prepared_;
  std::unique_ptr<FrontierFile> frontier_;
  FrontierSlot slot_;
  ActiveSegment active_;
  PreparedSegment next_;
  Link link_;
  std::uint64_t epoch_ = 0;  ///< the last one known of
  Recovery report_;
};

/// Writes what can be read of a range once more, durably: after a failed sync, or a killed process,
/// what can be read may be in memory only.
Result<> rewrite(sys::File& file, std::uint64_t begin, std::uint64_t end) {
  constexpr std::uint64_t piece = std::uint64_t{1} << 20U;
  const AlignedBytes memory(std::min(piece, end - begin));
  for (std::uint64_t offset = begin; offset < end; offset += piece) {
    const std::span<std::byte> part = memory.span().first(std::min(piece, end - offset));
    CAIRN_TRY(const std::size_t size, file.read(offset, sys::MutableBuffer(part)));
    if (size != part.size()) {
      return fail(Errc::Truncated, "a segment is shorter than it was a moment ago");
    }
    CAIRN_TRY(file.write(offset, sys::ConstBuffer(part)));
  }
  return file.sync_data();
}

std::string Recoverer::label(const SegmentHeader& header) const {
  return folder_.path_of(numbered(segment_prefix, header.number));
}

std::unexpected<Error> Recoverer::lost(const SegmentScan& scan, std::string_view witness,
                                       std::uint64_t durable) const {
  return damaged(fmt::format(
      "{}: offset {}: sequence {} should follow, but {}; {} says that "
      "everything up to sequence {} was durable",
      label(active_.header), scan.end, scan.link.last + 1, scan.reason, witness, durable));
}

Result<FrontierFile> Recoverer::open_frontier() {
  const bool is_new = listing_.segments.empty();
  if (!listing_.has_frontier) {
    if (!is_new && !options_.rebuilds_frontier) {
      return damaged(folder_.path_of(frontier_name) + " is missing, though there are segments");
    }
    return FrontierFile::create(folder_);
  }
  CAIRN_TRY(FrontierFile file, FrontierFile::open(folder_, sys::OpenMode::ReadWrite));
  const auto slot = file.read();
  if (!slot && slot.error().code() == Errc::Corrupt && (is_new || options_.rebuilds_frontier)) {
    return FrontierFile::create(folder_);
  }
  return slot ? Result<FrontierFile>(std::move(file)) : fail(slot.error());
}

/// Whether the segment was being put into use when the writer died: then it is made anew.
Result<bool> Recoverer::is_torn_header(const SegmentName& name, const Error& error) {
  if (error.code() != Errc::Corrupt || name.is_archived || slot_.segment >= name.number) {
    return false;
  }
  CAIRN_TRY(const bool is_used, holds_batches(folder_, name));
  return !is_used;
}

Result<> Recoverer::read_headers() {
  for (const SegmentName& name : listing_.segments) {
    const auto read = open_segment(folder_, name);
    CAIRN_TRY(read ? note({.name = name, .header = read->header}) : excuse(name, read.error()));
  }
  return {};
}

/// A segment that cannot be opened is passed over only where it was never used.
Result<> Recoverer::excuse(const SegmentName& name, const Error& error) {
  const bool is_last = name.number == listing_.segments.back().number;
  CAIRN_TRY(const bool is_torn, is_last ? is_torn_header(name, error) : Result<bool>(false));
  return is_torn ? Result<>{} : fail(error);
}

Result<> Recoverer::note(const Known& known) {
  if (prepared_) {
    return damaged(fmt::format("{} is not in use, though there are segments behind it",
                               label(prepared_->header)));
  }
  if (!known.header.is_in_use()) {
    prepared_ = known;
    return {};
  }
  if (!in_use_.empty() && known.header.first <= in_use_.back().header.first) {
    return damaged(fmt::format("{} begins with sequence {}, and the segment before it with {}",
                               label(known.header), known.header.first,
                               in_use_.back().header.first));
  }
  in_use_.push_back(known);
  return {};
}

Result<> Recoverer::check_beginning() {
  const std::uint64_t first = in_use_.empty() ? 1 : in_use_.front().header.first;
  const bool is_wrong_start =
      !in_use_.empty() && first == 1 && in_use_.front().header.previous != Digest{};
  if (first > floor_ || is_wrong_start) {
    return damaged(fmt::format("{}: the log begins with sequence {}, and must hold all from {} on",
                               folder_.path(), first, floor_));
  }
  if (in_use_.empty() && (slot_.durable > 0 || floor_ > 1)) {
    return damaged(fmt::format("{}: no segment is there, though sequence {} was durable",
                               folder_.path(), std::max(slot_.durable, floor_ - 1)));
  }
  report_.first = std::max(first, floor_);
  return {};
}

Result<> Recoverer::start_anew() {
  report_.is_new = true;
  CAIRN_TRY(PreparedSegment made, prepare_segment(folder_, order_segment(options_, random_, 1)));
  prepared_.reset();
  return activate(std::move(made));
}

Result<> Recoverer::activate(PreparedSegment prepared) {
  active_ = {.header = prepared.header, .file = std::move(prepared.file), .index = {}};
  active_.header.first = link_.last + 1;
  active_.header.previous = link_.hash;
  const AlignedBytes block(block_bytes);
  store(active_.header, 0, block.span());
  CAIRN_TRY(active_.file->write(0, sys::ConstBuffer(block.span())));
  return active_.file->sync_data();
}

Result<> Recoverer::settle_active() {
  const Known& known = in_use_.back();
  if (known.name.is_archived) {
    return damaged(known.name.name() + " is archived, though no segment follows it");
  }
  CAIRN_TRY(const OpenedSegment opened, open_segment(folder_, known.name));
  active_.header = known.header;
  const std::uint64_t watched = slot_.segment == known.header.number ? slot_.end : 0;
  CAIRN_TRY(SegmentScan scan,
            scan_segment(*opened.bytes, known.header, link_before(known.header), watched));
  if (scan.is_newer) {
    return fail(
        Error(Errc::Unsupported, fmt::format("{}: offset {}: a batch of a newer format version",
                                             label(known.header), scan.end))
            .advise("use the newer cairn that wrote it"));
  }
  CAIRN_TRY(const auto trailer, read_trailer(*opened.bytes, known.header));
  CAIRN_TRY(const Remains remains,
            search_remains(*opened.bytes, known.header, trailer ? ~std::uint64_t{0} : scan.end));
  CAIRN_TRY(judge_end(scan, trailer));
  CAIRN_TRY(check_frontier(scan));
  CAIRN_TRY(judge_remains(scan, remains));
  link_ = scan.link;
  epoch_ = std::max({slot_.epoch, scan.link.epoch, remains.epoch});
  CAIRN_TRY(active_.file, folder_.open(known.name.name(), direct_write));
  active_.index = std::move(scan.index);
  active_.end = scan.end;
  active_.is_sealed = trailer.has_value();
  return {};
}

Result<> Recoverer::judge_end(const SegmentScan& scan, const std::optional<Trailer>& trailer) {
  if (!trailer) {
    return {};
  }
  if (scan.end < trailer->data_end || scan.link.last < trailer->last) {
    return lost(scan, "the segment's trailer", trailer->last);
  }
  if (scan.end != trailer->data_end || scan.link.last != trailer->last ||
      scan.link.hash != trailer->last_hash) {
    return damaged(label(active_.header) + " does not end as its trailer says");
  }
  return {};
}

Result<> Recoverer::check_frontier(const SegmentScan& scan) {
  if (slot_.durable > scan.link.last) {
    return lost(scan, folder_.path_of(frontier_name), slot_.durable);
  }
  const SegmentHeader& header = active_.header;
  const bool is_inside = slot_.segment == header.number;
  const std::optional<Link> there = is_inside ? scan.watched : link_before(header);
  const bool is_told = slot_.durable > 0 && (is_inside || slot_.durable + 1 == header.first);
  if (is_told && (!there || there->last != slot_.durable || there->hash != slot_.hash)) {
    return damaged(fmt::format("{}: sequence {} does not end the batch that {} names",
                               label(header), slot_.durable, folder_.path_of(frontier_name)));
  }
  return {};
}

Result<> Recoverer::judge_remains(const SegmentScan& scan, const Remains& remains) {
  if (remains.durable_through > scan.link.last) {
    return lost(scan, fmt::format("the batch at offset {}", remains.offset),
                remains.durable_through);
  }
  // What an earlier recovery has cut stays where it is until it is overwritten.
  if (remains.epoch > 0 && remains.epoch >= slot_.epoch) {
    report_.cut = Cut{.segment = label(active_.header),
                      .offset = scan.end,
                      .first = scan.link.last + 1,
                      .why = scan.reason};
  }
  return {};
}

Result<> Recoverer::settle_previous(const Known& previous) {
  CAIRN_TRY(const OpenedSegment opened, open_segment(folder_, previous.name));
  const std::string name = label(previous.header);
  const SegmentHeader& next = in_use_.back().header;
  CAIRN_TRY(const auto trailer, read_trailer(*opened.bytes, previous.header));
  if (!trailer) {
    return previous.name.is_archived ? Result<>(damaged(name + ": the archive has no trailer"))
                                     : rebuild_footer(opened, name);
  }
  if (trailer->last + 1 != next.first || trailer->last_hash != next.previous) {
    return damaged(fmt::format("{} ends with sequence {}, and the next segment does not follow it",
                               name, trailer->last));
  }
  if (slot_.segment >= next.number || previous.name.is_archived) {
    return {};
  }
  // Its two parts were one write, of many sectors.
  CAIRN_TRY(const auto entries, read_index(*opened.bytes, previous.header, *trailer));
  if (!entries) {
    return rebuild_footer(opened, name);
  }
  CAIRN_TRY(const auto file, folder_.open(previous.name.name(), direct_write));
  const std::uint64_t bytes = previous.header.segment_bytes;
  return rewrite(*file, bytes - footer_size(trailer->batches), bytes);
}

Result<> Recoverer::rebuild_footer(const OpenedSegment& previous, const std::string& label) {
  const SegmentHeader& next = in_use_.back().header;
  CAIRN_TRY(const SegmentScan scan,
            scan_segment(*previous.bytes, previous.header, link_before(previous.header)));
  if (scan.link.last + 1 != next.first || scan.link.hash != next.previous) {
    return damaged(
        fmt::format("{}: offset {}: sequence {} should follow, but {}; the next segment "
                    "begins with sequence {}",
                    label, scan.end, scan.link.last + 1, scan.reason, next.first));
  }
  AlignedBytes memory;
  const Footer footer = build_footer(previous.header, scan.index, scan.end, scan.link, memory);
  CAIRN_TRY(const auto file,
            folder_.open(numbered(segment_prefix, previous.header.number), direct_write));
  CAIRN_TRY(file->write(footer.offset, sys::ConstBuffer(footer.bytes)));
  report_.footer_rebuilt = true;
  return file->sync_data();
}

/// Everything behind the frontier. What lies before it was durable once, and stays.
Result<> Recoverer::rewrite_unproven() {
  const SegmentHeader& header = active_.header;
  const std::uint64_t begin = slot_.segment == header.number ? slot_.end : 0;
  if (begin < active_.end) {
    CAIRN_TRY(rewrite(*active_.file, begin, active_.end));
  }
  if (active_.is_sealed) {
    // The trailer is whole; the index in front of it may be torn.
    AlignedBytes memory;
    const Footer footer = build_footer(header, active_.index, active_.end, link_, memory);
    CAIRN_TRY(active_.file->write(footer.offset, sys::ConstBuffer(footer.bytes)));
    CAIRN_TRY(active_.file->sync_data());
  }
  return {};
}

Result<> Recoverer::adopt_next() {
  if (!prepared_ || prepared_->header.segment_bytes != options_.segment_bytes) {
    return {};
  }
  next_.header = prepared_->header;
  CAIRN_TRY(next_.file, folder_.open(prepared_->name.name(), direct_write));
  return {};
}

/// An empty segment that was made for smaller batches cannot be sealed, so it is made anew.
Result<> Recoverer::replace_small_active() {
  const std::uint64_t needed = batches_begin + options_.batch_bytes_max + footer_size(1);
  if (!active_.index.entries.empty() || active_.header.segment_bytes >= needed) {
    return {};
  }
  const SegmentOrder order = order_segment(options_, random_, active_.header.number);
  active_.file.reset();
  CAIRN_TRY(PreparedSegment made, prepare_segment(folder_, order));
  return activate(std::move(made));
}

Result<> Recoverer::publish() {
  slot_.epoch = epoch_ + 1;
  slot_.durable = link_.last;
  slot_.hash = link_.hash;
  slot_.segment = link_.last == 0 ? 0 : active_.header.number;
  slot_.end = link_.last == 0 ? 0 : active_.end;
  return frontier_->write_both(slot_);
}

Result<> Recoverer::read_folder() {
  // The names of the process before may be in memory only: a sync of it may have failed.
  CAIRN_TRY(folder_.sync());
  CAIRN_TRY(listing_, list(folder_));
  CAIRN_TRY(floor_, read_floor(folder_));
  CAIRN_TRY(FrontierFile frontier, open_frontier());
  frontier_ = std::make_unique<FrontierFile>(std::move(frontier));
  CAIRN_TRY(slot_, frontier_->read());
  // It may be in memory only as well, and from now on there is more that it must be held against.
  CAIRN_TRY(frontier_->write(slot_));
  CAIRN_TRY(frontier_->sync());
  CAIRN_TRY(read_headers());
  return check_beginning();
}

Result<> Recoverer::settle() {
  CAIRN_TRY(settle_active());
  if (in_use_.size() > 1) {
    CAIRN_TRY(settle_previous(in_use_[in_use_.size() - 2]));
  }
  CAIRN_TRY(rewrite_unproven());
  CAIRN_TRY(replace_small_active());
  return adopt_next();
}

Result<Recovered> Recoverer::run() {
  CAIRN_TRY(read_folder());
  epoch_ = slot_.epoch;
  CAIRN_TRY(in_use_.empty() ? start_anew() : settle());
  CAIRN_TRY(publish());
  report_.last = link_.last;
  report_.head = link_.hash;
  return Recovered{.frontier = std::move(*frontier_),
                   .slot = slot_,
                   .active = std::move(active_),
                   .next = std::move(next_),
                   .link = link_,
                   .report = std::move(report_)};
}

}  // namespace

SegmentOrder order_segment(const Options& options, sys::Random& random, std::uint64_t number) {
  SegmentOrder order{.number = number, .segment_bytes = options.segment_bytes};
  random.fill(order.salt);
  return order;
}

Result<Recovered> recover(const Folder& folder, const Options& options, sys::Random& random) {
  return Recoverer(folder, options, random).run();
}

}  // namespace cairn::log
