// SPDX-License-Identifier: Apache-2.0
// Hostile segments and archives. The first bytes choose one of a few that are right, how many of
// its bytes the input changes, and whether the checksums of its headers are made right again, so
// that what lies behind them is reached. Or it is the input as it is. Invariants: nothing crashes
// or reads past its end, memory is not taken for sizes that are only said, and every batch that is
// accepted is one that was written, unless its own hashes were forged too.
#include "log/segment.h"

#include <algorithm>
#include <array>
#include <cstddef>
#include <cstdint>
#include <cstring>
#include <memory>
#include <span>
#include <vector>

#include "base/check.h"
#include "base/checksum.h"
#include "log/archive.h"
#include "log/batch.h"
#include "log/format.h"

namespace {

using namespace cairn::log;  // NOLINT(google-build-using-namespace): a fuzz target is one file

constexpr std::uint64_t segment_bytes = 32'768;

using Image = std::vector<std::byte>;

class ImageBytes final : public SegmentBytes {
 public:
  explicit ImageBytes(const Image& image) : image_(image) {}

  cairn::Result<std::size_t> read(std::uint64_t offset, std::span<std::byte> out) override {
    const std::uint64_t left = offset < image_.size() ? image_.size() - offset : 0;
    const std::size_t count = std::min<std::uint64_t>(left, out.size());
    std::copy_n(image_.data() + (count > 0 ? offset : 0), count, out.begin());
    return count;
  }

 private:
  const Image& image_;
};

/// Just enough of a file to write an archive and to open it.
class ImageFile final : public cairn::sys::File {
 public:
  explicit ImageFile(Image& image) : image_(image), bytes_(image) {}

  using File::read;
  using File::write;

  cairn::Result<std::size_t> read(std::uint64_t offset,
                                  std::span<const cairn::sys::MutableBuffer> buffers) override {
    std::size_t done = 0;
    for (const cairn::sys::MutableBuffer buffer : buffers) {
      done += bytes_.read(offset + done, buffer).value();
    }
    return done;
  }

  cairn::Result<> write(std::uint64_t offset,
                        std::span<const cairn::sys::ConstBuffer> buffers) override {
    for (const cairn::sys::ConstBuffer buffer : buffers) {
      image_.resize(std::max<std::size_t>(image_.size(), offset + buffer.size()));
      std::ranges::copy(buffer, image_.begin() + static_cast<std::ptrdiff_t>(offset));
      offset += buffer.size();
    }
    return {};
  }

  cairn::Result<> sync_data() override { return {}; }

  [[nodiscard]] cairn::Result<std::uint64_t> size() const override { return image_.size(); }

  cairn::Result<> resize(std::uint64_t) override { return sync_data(); }

  cairn::Result<> preallocate(std::uint64_t, cairn::sys::Allocation) override {
    return sync_data();
  }

  [[nodiscard]] bool is_direct() const noexcept override { return false; }

 private:
  Image& image_;
  ImageBytes bytes_;
};

/// A sealed segment with a few batches.
Image make_segment(std::size_t batches) {
  Image image(segment_bytes);
  SegmentHeader header{.number = 1, .salt = {std::byte{7}}, .first = 1};
  header.segment_bytes = segment_bytes;
  store(header, 0, image);
  Link link;
  SegmentIndex index;
  std::uint64_t end = batches_begin;
  for (std::size_t i = 0; i < batches; ++i) {
    BatchBuilder builder(block_bytes, 64);
    const Image record(i * 7, std::byte(i));
    for (std::size_t k = 0; k <= i * 3; ++k) {
      builder.add(record);
    }
    const Bytes written =
        builder.close(link, {.segment = &header, .offset = end}, {.time = 5, .epoch = 1});
    std::ranges::copy(written, image.begin() + static_cast<std::ptrdiff_t>(end));
    index.add(builder.header(), header.first, end);
    link = {.last = builder.header().last(), .hash = batch_hash(builder.header()), .epoch = 1};
    end += written.size();
  }
  AlignedBytes memory;
  const Footer footer = build_footer(header, index, end, link, memory);
  std::ranges::copy(footer.bytes, image.begin() + static_cast<std::ptrdiff_t>(footer.offset));
  return image;
}

Image make_archive(const Image& segment, Compression compression) {
  ImageBytes bytes(segment);
  const auto header = load<SegmentHeader>(segment);
  const auto trailer = load<Trailer>(std::span(segment).last(block_bytes));
  Image archive;
  ImageFile file(archive);
  const auto written = write_archive(file, bytes, header, trailer, {.compression = compression});
  CAIRN_CHECK(written.has_value());
  CAIRN_CHECK(*written == archive.size());
  return archive;
}

template <typename Header>
void make_right(Image& image, std::uint64_t offset, std::uint64_t seed) {
  auto header = load<Header>(std::span(image).subspan(offset));
  if (header.preamble.magic == Header::magic) {
    header.checksum = header_checksum(std::as_bytes(std::span(&header, 1)), seed);
    std::memcpy(image.data() + offset, &header, sizeof(Header));
  }
}

void make_headers_right(Image& image) {
  make_right<SegmentHeader>(image, 0, 0);
  make_right<Trailer>(image, segment_bytes - block_bytes, load<SegmentHeader>(image).number);
  for (std::uint64_t offset = batches_begin; offset < segment_bytes; offset += block_bytes) {
    make_right<BatchHeader>(image, offset, offset);
  }
}

/// Of an archive with one chunk: the sums of the chunk, the table and the header.
void make_archive_right(Image& image) {
  constexpr std::size_t front = sizeof(ArchiveHeader) + sizeof(ArchiveChunk);
  auto header = load<ArchiveHeader>(image);
  auto chunk = load<ArchiveChunk>(std::span(image).subspan(sizeof(ArchiveHeader)));
  if (chunk.offset <= image.size() && chunk.size <= image.size() - chunk.offset) {
    chunk.checksum = cairn::checksum64(std::span(image).subspan(chunk.offset, chunk.size));
  }
  std::memcpy(image.data() + sizeof(ArchiveHeader), &chunk, sizeof(chunk));
  header.table_checksum =
      cairn::checksum64(std::span(image).first(front).subspan(sizeof(ArchiveHeader)));
  header.checksum = header_checksum(std::as_bytes(std::span(&header, 1)), 0);
  std::memcpy(image.data(), &header, sizeof(header));
}

void change(Image& image, std::span<const std::byte> input, std::size_t changes) {
  for (std::size_t i = 0; i + 2 < input.size() && i / 3 < changes; i += 3) {
    const auto place =
        std::to_integer<std::size_t>(input[i]) * 256 + std::to_integer<std::size_t>(input[i + 1]);
    image[place % image.size()] = input[i + 2];
  }
}

void read_all(SegmentBytes& bytes) {
  Image block(block_bytes);
  const auto got = bytes.read(0, block);
  if (!got || *got != block.size() || judge<SegmentHeader>(block, 0) != Flaw::Nothing) {
    return;
  }
  auto header = load<SegmentHeader>(block);
  if (header.segment_bytes % block_bytes != 0 || header.segment_bytes > segment_bytes_limit ||
      header.segment_bytes < 3 * block_bytes || header.first == 0) {
    return;
  }
  header.segment_bytes = std::min(header.segment_bytes, 2 * segment_bytes);
  const auto scan = scan_segment(bytes, header, link_before(header));
  if (scan) {
    CAIRN_CHECK(scan->reason != nullptr);
    CAIRN_CHECK(scan->end <= header.segment_bytes);
  }
  const auto remains = search_remains(bytes, header, batches_begin);
  const auto read = read_trailer(bytes, header);
  const Trailer trailer = read ? read->value_or(Trailer{}) : Trailer{};
  if (trailer.batches > 0) {
    const auto entries = read_index(bytes, header, trailer);
    const std::size_t count = entries ? entries->value_or(std::vector<IndexEntry>{}).size() : 0;
    CAIRN_CHECK(count == 0 || count == trailer.batches);
  }
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  static const std::array<Image, 3> segments = {make_segment(1), make_segment(3), make_segment(5)};
  static const std::array<Image, 2> archives = {make_archive(segments[1], Compression::Zstd),
                                                make_archive(segments[2], Compression::None)};
  constexpr std::size_t head_bytes = 3;
  if (size < head_bytes) {
    return 0;
  }
  const auto input = std::as_bytes(std::span(data + head_bytes, size - head_bytes));
  Image image(input.begin(), input.end());
  const std::size_t which = data[0] % 6U;
  if (which < segments.size()) {
    image = segments[which];
  } else if (which < segments.size() + archives.size()) {
    image = archives[which - segments.size()];
  }
  if (which < segments.size() + archives.size()) {
    change(image, input, data[1] % 16U);
    if (data[2] % 4 != 0) {
      which < segments.size() ? make_headers_right(image) : make_archive_right(image);
    }
  }
  ImageBytes bytes(image);
  read_all(bytes);
  if (const auto archive = open_archive(std::make_unique<ImageFile>(image), "image")) {
    read_all(**archive);
  }
  return 0;
}
