// SPDX-License-Identifier: Apache-2.0
#include "log/archive.h"

#include <algorithm>
#include <array>
#include <utility>
#include <vector>

#include <fmt/format.h>
#include <zstd.h>

#include "base/checksum.h"
#include "log/retention.h"

namespace cairn::log {

namespace {

constexpr std::uint64_t chunk_bytes = std::uint64_t{1} << 20U;
constexpr std::string_view draft_name = "archive.tmp";
constexpr std::string_view restore = "restore the file from a backup or a copy";

enum class Form : std::uint32_t { Zeros = 0, Plain = 1, Zstd = 2 };

struct FreeContext {
  void operator()(ZSTD_CCtx* context) const noexcept { ZSTD_freeCCtx(context); }
};

std::uint64_t chunk_count(std::uint64_t segment_bytes) noexcept {
  return (segment_bytes + chunk_bytes - 1) / chunk_bytes;
}

class ArchiveBytes final : public SegmentBytes {
 public:
  ArchiveBytes(std::unique_ptr<sys::File> file, std::string label)
      : file_(std::move(file)), label_(std::move(label)) {}

  Result<> read_table();
  Result<std::size_t> read(std::uint64_t offset, std::span<std::byte> out) override;

 private:
  Result<Bytes> rest_of_chunk(std::uint64_t place);
  Result<> load_chunk(std::uint64_t number);

  [[nodiscard]] std::unexpected<Error> damaged(std::string_view what) const {
    return fail(Error(Errc::Corrupt, fmt::format("{}: {}", label_, what)).advise(restore));
  }

  std::unique_ptr<sys::File> file_;
  std::string label_;
  ArchiveHeader header_;
  std::vector<ArchiveChunk> chunks_;
  std::vector<std::byte> stored_;
  std::vector<std::byte> plain_;  ///< of one chunk
  std::uint64_t loaded_ = ~std::uint64_t{0};
};

Result<> ArchiveBytes::read_table() {
  std::vector<std::byte> block(block_bytes);
  CAIRN_TRY(const std::size_t size, file_->read(0, sys::MutableBuffer(block)));
  const Flaw flaw = judge<ArchiveHeader>(Bytes(block).first(size), 0);
  if (flaw != Flaw::Nothing) {
    return fail(flaw_error(flaw, block, label_).advise(restore));
  }
  header_ = load<ArchiveHeader>(block);
  const bool is_possible =
      header_.chunk_bytes == chunk_bytes && header_.segment_bytes <= segment_bytes_limit &&
      header_.chunks == chunk_count(header_.segment_bytes) && is_zero(header_.reserved);
  if (!is_possible) {
    return damaged("impossible header");
  }
  chunks_.resize(header_.chunks);
  const std::span<std::byte> table = std::as_writable_bytes(std::span(chunks_));
  CAIRN_TRY(const std::size_t got, file_->read(sizeof(ArchiveHeader), sys::MutableBuffer(table)));
  if (got != table.size() || checksum64(table) != header_.table_checksum) {
    return damaged("its table of chunks is damaged");
  }
  return {};
}

Result<std::size_t> ArchiveBytes::read(std::uint64_t offset, std::span<std::byte> out) {
  std::size_t done = 0;
  while (done < out.size() && offset + done < header_.segment_bytes) {
    CAIRN_TRY(const Bytes rest, rest_of_chunk(offset + done));
    const std::size_t count = std::min(rest.size(), out.size() - done);
    std::copy_n(rest.begin(), count, out.begin() + static_cast<std::ptrdiff_t>(done));
    done += count;
  }
  return done;
}

Result<Bytes> ArchiveBytes::rest_of_chunk(std::uint64_t place) {
  if (loaded_ != place / chunk_bytes) {
    CAIRN_TRY(load_chunk(place / chunk_bytes));
  }
  return Bytes(plain_).subspan(place % chunk_bytes);
}

Result<> ArchiveBytes::load_chunk(std::uint64_t number) {
  loaded_ = ~std::uint64_t{0};
  const ArchiveChunk& chunk = chunks_[number];
  plain_.assign(std::min(chunk_bytes, header_.segment_bytes - number * chunk_bytes), std::byte{0});
  if (chunk.size > ZSTD_compressBound(chunk_bytes)) {
    return damaged(fmt::format("chunk {} is too long", number));
  }
  stored_.resize(chunk.size);
  CAIRN_TRY(const std::size_t got, file_->read(chunk.offset, sys::MutableBuffer(stored_)));
  bool is_whole = got == stored_.size() && checksum64(stored_, number) == chunk.checksum;
  switch (static_cast<Form>(chunk.form)) {
    case Form::Zeros:
      is_whole = is_whole && stored_.empty();
      break;
    case Form::Plain:
      is_whole = is_whole && stored_.size() == plain_.size();
      plain_ = is_whole ? stored_ : plain_;
      break;
    case Form::Zstd:
      is_whole = is_whole && ZSTD_decompress(plain_.data(), plain_.size(), stored_.data(),
                                             stored_.size()) == plain_.size();
      break;
    default:
      is_whole = false;
  }
  if (!is_whole) {
    return damaged(fmt::format("chunk {} is damaged", number));
  }
  loaded_ = number;
  return {};
}

/// Writes one archive, front to back; the header last.
class ArchiveWriter final {
 public:
  ArchiveWriter(sys::File& file, const ArchiveOptions& options)
      : file_(file), options_(options), packer_(ZSTD_createCCtx()) {}

  /// Copies the segment but for the gap [data_end, footer), whose content means nothing.
  Result<> copy(SegmentBytes& bytes, const SegmentHeader& header, const Trailer& trailer);

  [[nodiscard]] std::uint64_t size() const noexcept { return end_; }

 private:
  Result<> add_chunk(Bytes plain);
  Result<> finish(const SegmentHeader& header);

  sys::File& file_;
  const ArchiveOptions& options_;
  std::unique_ptr<ZSTD_CCtx, FreeContext> packer_;
  std::vector<ArchiveChunk> chunks_;
  std::vector<std::byte> packed_;
  std::uint64_t end_ = 0;
};

Result<> ArchiveWriter::copy(SegmentBytes& bytes, const SegmentHeader& header,
                             const Trailer& trailer) {
  const std::uint64_t footer = header.segment_bytes - footer_size(trailer.batches);
  end_ = sizeof(ArchiveHeader) + chunk_count(header.segment_bytes) * sizeof(ArchiveChunk);
  std::vector<std::byte> plain(chunk_bytes);
  for (std::uint64_t begin = 0; begin < header.segment_bytes; begin += chunk_bytes) {
    plain.resize(std::min(chunk_bytes, header.segment_bytes - begin));
    CAIRN_TRY(const std::size_t got, bytes.read(begin, plain));
    if (got != plain.size()) {
      return fail(Errc::Truncated, fmt::format("segment {} ends early", header.number));
    }
    const auto place = [&](std::uint64_t offset) {
      const std::uint64_t inside = std::clamp(offset, begin, begin + plain.size()) - begin;
      return plain.begin() + static_cast<std::ptrdiff_t>(inside);
    };
    std::fill(place(trailer.data_end), place(footer), std::byte{0});
    CAIRN_TRY(add_chunk(plain));
  }
  return finish(header);
}

Result<> ArchiveWriter::add_chunk(Bytes plain) {
  ArchiveChunk chunk{.offset = end_, .form = static_cast<std::uint32_t>(Form::Plain)};
  Bytes stored = plain;
  if (is_zero(plain)) {
    stored = {};
    chunk.form = static_cast<std::uint32_t>(Form::Zeros);
  } else if (options_.compression == Compression::Zstd) {
    packed_.resize(ZSTD_compressBound(plain.size()));
    const std::size_t size = ZSTD_compressCCtx(packer_.get(), packed_.data(), packed_.size(),
                                               plain.data(), plain.size(), options_.level);
    if (ZSTD_isError(size) == 0 && size < plain.size()) {
      stored = Bytes(packed_).first(size);
      chunk.form = static_cast<std::uint32_t>(Form::Zstd);
    }
  }
  chunk.size = static_cast<std::uint32_t>(stored.size());
  chunk.checksum = checksum64(stored, chunks_.size());
  if (!stored.empty()) {
    CAIRN_TRY(file_.write(end_, stored));
  }
  end_ += stored.size();
  chunks_.push_back(chunk);
  return {};
}

Result<> ArchiveWriter::finish(const SegmentHeader& header) {
  const Bytes table = std::as_bytes(std::span(chunks_));
  ArchiveHeader head{.number = header.number,
                     .segment_bytes = header.segment_bytes,
                     .chunk_bytes = chunk_bytes,
                     .chunks = chunks_.size(),
                     .table_checksum = checksum64(table)};
  std::array<std::byte, sizeof(ArchiveHeader)> front = {};
  store(head, 0, front);
  CAIRN_TRY(file_.write(0, sys::ConstBuffer(front)));
  CAIRN_TRY(file_.write(front.size(), table));
  return file_.sync_data();
}

/// A segment that is read in pieces, with a pause before each.
class PausingBytes final : public SegmentBytes {
 public:
  PausingBytes(SegmentBytes& bytes, const PackPause& pause) : bytes_(bytes), pause_(pause) {}

  Result<std::size_t> read(std::uint64_t offset, std::span<std::byte> out) override {
    if (pause_) {
      CAIRN_TRY(pause_());
    }
    return bytes_.read(offset, out);
  }

 private:
  SegmentBytes& bytes_;
  const PackPause& pause_;
};

/// A segment, or the draft of its archive, and what it says of itself.
struct Sealed {
  std::unique_ptr<SegmentBytes> bytes;
  SegmentHeader header;
  Trailer trailer;
};

Result<Sealed> open_sealed(const Folder& folder, const SegmentName& name) {
  CAIRN_TRY(OpenedSegment segment, open_segment(folder, name));
  CAIRN_TRY(const auto trailer, read_trailer(*segment.bytes, segment.header));
  if (!trailer) {
    return fail(Error(Errc::Corrupt, folder.path_of(name.name()) + " has no valid trailer")
                    .advise(restore));
  }
  return Sealed{.bytes = std::move(segment.bytes), .header = segment.header, .trailer = *trailer};
}

bool is_same(const Trailer& one, const Trailer& other) noexcept {
  return std::ranges::equal(std::as_bytes(std::span(&one, 1)), std::as_bytes(std::span(&other, 1)));
}

Result<std::unique_ptr<SegmentBytes>> open_draft(const Folder& folder) {
  CAIRN_TRY(auto file, folder.open(draft_name, {}));
  return open_archive(std::move(file), folder.path_of(draft_name));
}

/// Reads the archive as a reader would, and finds in it all that the segment held.
Result<> prove(const Folder& folder, const Trailer& trailer, const PackPause& pause) {
  CAIRN_TRY(const auto draft, open_draft(folder));
  PausingBytes bytes(*draft, pause);
  std::vector<std::byte> block(block_bytes);
  CAIRN_TRY(bytes.read(0, block));
  const auto header = load<SegmentHeader>(block);
  CAIRN_TRY(const SegmentScan scan, scan_segment(bytes, header, link_before(header)));
  CAIRN_TRY(const auto found, read_trailer(bytes, header));
  if (!found || scan.end != trailer.data_end || scan.link.last != trailer.last ||
      scan.link.hash != trailer.last_hash) {
    return fail(
        Error(Errc::Corrupt, fmt::format("{}: offset {}: {}",
                                         folder.path_of(numbered(segment_prefix, header.number)),
                                         scan.end, scan.reason))
            .advise(restore));
  }
  return {};
}

Result<std::uint64_t> write_draft(const Folder& folder, const Sealed& segment,
                                  const ArchiveOptions& options) {
  PausingBytes bytes(*segment.bytes, options.pause);
  CAIRN_TRY(const auto draft, folder.open(draft_name, {.mode = sys::OpenMode::CreateOrOpen}));
  CAIRN_TRY(draft->resize(0));
  return write_archive(*draft, bytes, segment.header, segment.trailer, options);
}

}  // namespace

Result<PackedSegment> pack(const Folder& folder, const SegmentName& name,
                           const ArchiveOptions& options) {
  CAIRN_TRY(const Sealed segment, open_sealed(folder, name));
  const auto written = write_draft(folder, segment, options);
  const auto proved =
      written ? prove(folder, segment.trailer, options.pause) : fail(written.error());
  if (!proved) {
    // Best effort: the first failure is the one to tell, and the next draft replaces this one.
    const auto removed = folder.remove(draft_name);
    (void)removed;
    return fail(proved.error());
  }
  return PackedSegment{.name = name, .trailer = segment.trailer, .bytes = *written};
}

Result<> put_in_place(const Folder& folder, const PackedSegment& packed, std::size_t spares_max) {
  CAIRN_TRY(const Sealed segment, open_sealed(folder, packed.name));
  CAIRN_TRY(const auto draft, open_draft(folder));
  CAIRN_TRY(const auto found, read_trailer(*draft, segment.header));
  if (!found || !is_same(*found, packed.trailer) || !is_same(segment.trailer, packed.trailer)) {
    return fail(Errc::Conflict,
                fmt::format("{} is not what was packed", folder.path_of(packed.name.name())));
  }
  CAIRN_TRY(folder.rename(draft_name, numbered(archive_prefix, packed.name.number)));
  CAIRN_TRY(folder.sync());
  return retire(folder, packed.name, spares_max);
}

Result<std::uint64_t> write_archive(sys::File& file, SegmentBytes& bytes,
                                    const SegmentHeader& header, const Trailer& trailer,
                                    const ArchiveOptions& options) {
  ArchiveWriter writer(file, options);
  CAIRN_TRY(writer.copy(bytes, header, trailer));
  return writer.size();
}

Result<std::unique_ptr<SegmentBytes>> open_archive(std::unique_ptr<sys::File> file,
                                                   std::string label) {
  auto bytes = std::make_unique<ArchiveBytes>(std::move(file), std::move(label));
  CAIRN_TRY(bytes->read_table());
  return bytes;
}

Result<Archived> archive_through(const Folder& folder, std::uint64_t through,
                                 const ArchiveOptions& options, std::size_t spares_max) {
  CAIRN_TRY(const std::vector<SegmentName> names, sealed_through(folder, through));
  Archived done;
  for (const SegmentName& name : names) {
    if (name.is_archived) {
      continue;
    }
    CAIRN_TRY(const PackedSegment packed, pack(folder, name, options));
    CAIRN_TRY(put_in_place(folder, packed, spares_max));
    done.segments += 1;
    done.plain_bytes += packed.trailer.data_end;
    done.bytes += packed.bytes;
  }
  return done;
}

}  // namespace cairn::log
