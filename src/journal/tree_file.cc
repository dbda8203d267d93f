// SPDX-License-Identifier: Apache-2.0
#include "journal/tree_file.h"

#include <algorithm>
#include <cstring>
#include <utility>

#include <fmt/core.h>

#include "base/check.h"
#include "base/checksum.h"
#include "journal/tree_shape.h"

namespace cairn::journal {

namespace {

constexpr std::array<char, 8> magic = {'c', 'a', 'i', 'r', 'n', 't', 'r', 'e'};
constexpr std::uint32_t version = 1;
/// The pages of hashes follow the header, which has a page of its own.
constexpr std::uint64_t header_pages = 1;

/// The start of the header's page; the rest of the page is zero.
struct Header {
  std::array<char, 8> magic = {};
  std::uint32_t version = 0;
  std::uint32_t stored_level = 0;
  std::uint64_t synced = 0;  ///< hashes that were on stable storage when this was written
  std::uint64_t checksum_low = 0;
  std::uint64_t checksum_high = 0;
};

static_assert(sizeof(Header) == 40);

/// Over all of a page or header that lies before its checksum. The number is the seed, so a page in
/// another's place is wrong.
template <typename Part>
Checksum128 checksum_of(const Part& part, std::uint64_t number) noexcept {
  constexpr std::size_t checksum_bytes = 16;
  return checksum128(std::as_bytes(std::span(&part, 1)).first(sizeof(Part) - checksum_bytes),
                     number);
}

template <typename Part>
void seal(Part& part, std::uint64_t number) noexcept {
  const Checksum128 checksum = checksum_of(part, number);
  part.checksum_low = checksum.low;
  part.checksum_high = checksum.high;
}

template <typename Part>
bool is_sealed(const Part& part, std::uint64_t number) noexcept {
  return checksum_of(part, number) ==
         Checksum128{.low = part.checksum_low, .high = part.checksum_high};
}

std::uint64_t offset_of(std::uint64_t page) noexcept {
  return (header_pages + page) * FileHashStore::page_bytes;
}

}  // namespace

Result<std::unique_ptr<FileHashStore>> FileHashStore::open(std::unique_ptr<sys::File> file) {
  std::unique_ptr<FileHashStore> store(new FileHashStore(std::move(file)));
  CAIRN_TRY(store->load());
  return store;
}

Result<> FileHashStore::load() {
  CAIRN_TRY(const std::uint64_t file_size, file_->size());
  CAIRN_TRY(read_header(file_size));
  const std::uint64_t pages = file_size / page_bytes;
  CAIRN_TRY(scan(pages > header_pages ? pages - header_pages : 0));
  if (size_ < synced_) {
    CAIRN_TRY(write_header(size_));
    CAIRN_TRY(file_->sync_data());
  }
  // What lies behind must not come back when the page before it is written anew.
  const std::uint64_t end = offset_of(last_.number + (last_.count != 0 ? 1 : 0));
  return file_size > end ? file_->resize(end) : Result<>();
}

Result<> FileHashStore::read_header(std::uint64_t file_size) {
  Header header;
  CAIRN_TRY(const std::size_t got, file_->read(0, std::as_writable_bytes(std::span(&header, 1))));
  const bool is_blank = header.magic == std::array<char, 8>{} || got == 0;
  if (is_blank) {
    return {};
  }
  if (header.magic != magic) {
    return fail(Errc::Corrupt, fmt::format("these {} bytes are no tree file", file_size));
  }
  if (got == sizeof(header) && is_sealed(header, 0)) {
    if (header.version != version || header.stored_level != stored_level) {
      return fail(Errc::Unsupported,
                  fmt::format("version {}, level {} of the tree file; this build reads {}, {}",
                              header.version, header.stored_level, version, stored_level));
    }
    synced_ = header.synced;
  }
  return {};
}

Result<> FileHashStore::scan(std::uint64_t pages) {
  // A header that promises more than the file has only means that all pages are looked at.
  std::uint64_t number = synced_ == 0 ? 0 : (synced_ - 1) / page_hashes;
  number = number < pages ? number : 0;
  for (; number < pages; ++number) {
    CAIRN_TRY(const std::optional<Page> page, read_page(number));
    if (!page) {
      break;
    }
    last_ = *page;
    size_ = number * page_hashes + page->count;
    if (page->count < page_hashes) {
      return {};
    }
  }
  size_ = number * page_hashes;
  last_ = Page{.number = number};
  return {};
}

Result<std::optional<FileHashStore::Page>> FileHashStore::read_page(std::uint64_t number) {
  Page page;
  CAIRN_TRY(const std::size_t got,
            file_->read(offset_of(number), std::as_writable_bytes(std::span(&page, 1))));
  const bool is_whole = got == page_bytes && page.number == number && page.count <= page_hashes &&
                        is_sealed(page, number);
  return is_whole ? std::optional(page) : std::nullopt;
}

Result<> FileHashStore::write_page(Page& page) {
  seal(page, page.number);
  return file_->write(offset_of(page.number), std::as_bytes(std::span(&page, 1)));
}

Result<> FileHashStore::write_header(std::uint64_t synced) {
  Header header{.magic = magic, .version = version, .stored_level = stored_level, .synced = synced};
  seal(header, 0);
  std::array<std::byte, page_bytes> page = {};
  std::memcpy(page.data(), &header, sizeof(header));
  CAIRN_TRY(file_->write(0, page));
  synced_ = synced;
  return {};
}

Result<const FileHashStore::Page*> FileHashStore::page_of(std::uint64_t number) {
  if (number == last_.number) {
    return &last_;
  }
  if (!has_read_ || read_.number != number) {
    CAIRN_TRY(const std::optional<Page> page, read_page(number));
    if (!page || page->count != page_hashes) {
      return fail(Error(Errc::Corrupt, fmt::format("page {} of the tree file is damaged", number))
                      .advise("the tree can be made again from the journal"));
    }
    read_ = *page;
    has_read_ = true;
  }
  return &read_;
}

Result<> FileHashStore::read(std::uint64_t first, std::span<Digest> out) {
  CAIRN_CHECK(first <= size_);
  CAIRN_CHECK(out.size() <= size_ - first);
  while (!out.empty()) {
    CAIRN_TRY(const Page* const page, page_of(first / page_hashes));
    const std::uint64_t skipped = first % page_hashes;
    const auto count = std::min<std::uint64_t>(out.size(), page_hashes - skipped);
    std::ranges::copy(std::span(page->hashes).subspan(skipped, count), out.begin());
    out = out.subspan(count);
    first += count;
  }
  return {};
}

Result<> FileHashStore::append(std::span<const Digest> hashes) {
  Page page = last_;
  const std::uint64_t size = size_ + hashes.size();
  while (!hashes.empty()) {
    const auto now = hashes.first(std::min<std::size_t>(hashes.size(), page_hashes - page.count));
    std::ranges::copy(now, page.hashes.begin() + static_cast<std::ptrdiff_t>(page.count));
    page.count += now.size();
    hashes = hashes.subspan(now.size());
    CAIRN_TRY(write_page(page));
    if (page.count == page_hashes) {
      page = Page{.number = page.number + 1};
    }
  }
  last_ = page;
  size_ = size;
  return {};
}

Result<> FileHashStore::cut(std::uint64_t size) {
  CAIRN_CHECK(size <= size_);
  if (size == size_) {
    return {};
  }
  // The header must not go on promising pages that will be written anew.
  if (size < synced_) {
    CAIRN_TRY(write_header(size));
    CAIRN_TRY(file_->sync_data());
  }
  const std::uint64_t number = size / page_hashes;
  const std::uint64_t count = size % page_hashes;
  Page page{.number = number};
  if (count != 0) {
    CAIRN_TRY(const Page* const old, page_of(number));
    std::copy_n(old->hashes.begin(), count, page.hashes.begin());
    page.count = count;
  }
  CAIRN_TRY(file_->resize(offset_of(number)));
  if (count != 0) {
    CAIRN_TRY(write_page(page));
  }
  last_ = page;
  has_read_ = false;
  size_ = size;
  return {};
}

Result<> FileHashStore::sync() {
  if (size_ == synced_) {
    return {};
  }
  CAIRN_TRY(file_->sync_data());
  CAIRN_TRY(write_header(size_));
  return file_->sync_data();
}

}  // namespace cairn::journal
