// SPDX-License-Identifier: Apache-2.0
#include "sim/file_image.h"

#include <algorithm>

#include "base/check.h"

namespace cairn::sim {

namespace {

// The part of a byte range that lies in one sector.
struct Piece {
  std::uint64_t sector = 0;
  std::size_t in_sector = 0;
  std::size_t in_range = 0;
  std::size_t length = 0;
};

template <typename Visit>
void for_each_piece(std::uint64_t offset, std::size_t length, Visit visit) {
  std::size_t done = 0;
  while (done < length) {
    const std::uint64_t at = offset + done;
    Piece piece{.sector = at / sector_size,
                .in_sector = static_cast<std::size_t>(at % sector_size),
                .in_range = done};
    piece.length = std::min<std::size_t>(sector_size - piece.in_sector, length - done);
    visit(piece);
    done += piece.length;
  }
}

}  // namespace

const SectorBytes& FileImage::Sector::stale() const {
  if (versions.empty()) {
    return previous;
  }
  return versions.size() == 1 ? durable : versions[versions.size() - 2].bytes;
}

void FileImage::Sector::settle(const SectorBytes& bytes) {
  const SectorBytes copy = bytes;  // may be one of our own versions
  previous = durable;
  durable = copy;
}

void FileImage::Sector::fail_sync(const SyncScope& scope, Rng& rng) {
  for (Version& version : versions) {
    const bool is_covered = !version.is_forgotten && scope.covers(version.change);
    if (is_covered && rng.chance(1, 2)) {
      settle(version.bytes);
    }
    version.is_forgotten |= is_covered;
  }
}

std::uint64_t FileImage::size() const noexcept {
  return sizes_.empty() ? durable_size_ : sizes_.back().size;
}

void FileImage::read(std::uint64_t offset, std::span<std::byte> out) const {
  read_sectors(offset, out, false);
}

void FileImage::read_stale(std::uint64_t offset, std::span<std::byte> out) const {
  read_sectors(offset, out, true);
}

void FileImage::read_sectors(std::uint64_t offset, std::span<std::byte> out, bool stale) const {
  CAIRN_CHECK(offset + out.size() <= size());
  for_each_piece(offset, out.size(), [&](const Piece& piece) {
    const auto target = out.subspan(piece.in_range, piece.length);
    const auto found = sectors_.find(piece.sector);
    if (found == sectors_.end()) {
      std::ranges::fill(target, std::byte{0});
      return;
    }
    const SectorBytes& bytes = stale ? found->second.stale() : found->second.visible();
    std::copy_n(bytes.begin() + static_cast<std::ptrdiff_t>(piece.in_sector), piece.length,
                target.begin());
  });
}

void FileImage::write(ChangeNumber change, std::uint64_t offset, std::span<const std::byte> bytes) {
  for_each_piece(offset, bytes.size(), [&](const Piece& piece) {
    Sector& sector = sectors_[piece.sector];
    Version version{.change = change, .bytes = sector.visible()};
    std::copy_n(bytes.begin() + static_cast<std::ptrdiff_t>(piece.in_range), piece.length,
                version.bytes.begin() + static_cast<std::ptrdiff_t>(piece.in_sector));
    if (!sector.versions.empty() && sector.versions.back().change == change) {
      sector.versions.back() = version;
    } else {
      sector.versions.push_back(version);
    }
  });
  set_size(change, std::max(size(), offset + bytes.size()));
}

void FileImage::resize(ChangeNumber change, std::uint64_t size) {
  // What lies behind the new end must read as zeros if the file grows again, so it is zeroed as if
  // it had been written over.
  for (auto at = sectors_.lower_bound(size / sector_size); at != sectors_.end(); ++at) {
    auto& [index, sector] = *at;
    const std::uint64_t start = index * sector_size;
    const std::size_t kept = size > start ? static_cast<std::size_t>(size - start) : 0;
    if (kept < sector_size) {
      Version version{.change = change, .bytes = sector.visible()};
      std::fill(version.bytes.begin() + static_cast<std::ptrdiff_t>(kept), version.bytes.end(),
                std::byte{0});
      sector.versions.push_back(version);
    }
  }
  set_size(change, size);
}

void FileImage::set_size(ChangeNumber change, std::uint64_t size) {
  if (size != this->size()) {
    sizes_.push_back({.change = change, .stamp = ++size_stamp_, .size = size});
  }
}

void FileImage::sync_size(const SyncScope& scope) {
  // A durable write may have brought a later size to the media since the sync was submitted.
  if (scope.size_stamp > durable_size_stamp_) {
    durable_size_ = scope.size;
    durable_size_stamp_ = scope.size_stamp;
  }
  std::erase_if(sizes_, [&](const SizeChange& item) { return item.stamp <= durable_size_stamp_; });
}

void FileImage::sync(const SyncScope& scope) {
  for (auto& [index, sector] : sectors_) {
    auto& versions = sector.versions;
    const auto last = std::find_if(versions.rbegin(), versions.rend(), [&](const Version& item) {
      return !item.is_forgotten && scope.covers(item.change);
    });
    if (last != versions.rend()) {
      sector.settle(last->bytes);
      versions.erase(versions.begin(), last.base());
    }
  }
  sync_size(scope);
}

void FileImage::fail_sync(const SyncScope& scope, Rng& rng) {
  for (auto& [index, sector] : sectors_) {
    sector.fail_sync(scope, rng);
  }
  if (rng.chance(1, 2)) {
    sync_size(scope);
  }
}

void FileImage::sync_range(std::uint64_t offset, std::uint64_t length) {
  const std::uint64_t end = offset + length;
  for (auto at = sectors_.lower_bound(offset / sector_size);
       at != sectors_.end() && at->first * sector_size < end; ++at) {
    Sector& sector = at->second;
    if (!sector.versions.empty()) {
      sector.settle(sector.versions.back().bytes);
      sector.versions.clear();
    }
  }
  if (end > durable_size_) {
    durable_size_ = size();
    durable_size_stamp_ = size_stamp_;
    sizes_.clear();
  }
}

std::vector<FileImage::Unsynced> FileImage::unsynced() const {
  std::vector<Unsynced> items;
  for (const auto& [index, sector] : sectors_) {
    for (const Version& version : sector.versions) {
      items.push_back({.change = version.is_forgotten ? 0 : version.change, .sector = index});
    }
  }
  std::erase_if(items, [](const Unsynced& item) { return item.change == 0; });
  for (const SizeChange& item : sizes_) {
    items.push_back({.change = item.change, .is_size = true, .sector = item.size});
  }
  return items;
}

void FileImage::keep(const Unsynced& item) {
  if (item.is_size) {
    durable_size_ = item.sector;
    return;
  }
  Sector& sector = sectors_.at(item.sector);
  const auto found = std::ranges::find(sector.versions, item.change, &Version::change);
  CAIRN_CHECK(found != sector.versions.end());
  sector.settle(found->bytes);
}

void FileImage::forget_unsynced() {
  sizes_.clear();
  durable_size_stamp_ = size_stamp_;
  untaken_.clear();
  for (auto& [index, sector] : sectors_) {
    sector.versions.clear();
    // The media may hold bytes behind the end, of a write whose new size was lost. No reader may
    // ever see them, so they go now.
    const std::uint64_t start = index * sector_size;
    if (start + sector_size > durable_size_) {
      const std::uint64_t kept = durable_size_ > start ? durable_size_ - start : 0;
      std::fill(sector.durable.begin() + static_cast<std::ptrdiff_t>(kept), sector.durable.end(),
                std::byte{0});
    }
  }
}

void FileImage::flip_bit(std::uint64_t bit) {
  const std::uint64_t offset = bit / 8;
  CAIRN_CHECK(offset < size());
  Sector& sector = sectors_[offset / sector_size];
  const std::byte mask{static_cast<unsigned char>(1U << (bit % 8))};
  sector.durable.at(offset % sector_size) ^= mask;
  for (Version& version : sector.versions) {
    version.bytes.at(offset % sector_size) ^= mask;
  }
}

}  // namespace cairn::sim
