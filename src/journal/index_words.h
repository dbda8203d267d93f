// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <bit>
#include <cstddef>
#include <cstdint>
#include <cstring>
#include <span>

#include "journal/index_pages.h"

namespace cairn::journal {

static_assert(std::endian::native == std::endian::little,
              "an index is read as it lies in the file");

/// Numbers in memory or in a file: of a file, each is believed only when its page was found good.
/// Borrowed; one query's.
class IndexWords final {
 public:
  IndexWords() noexcept = default;

  explicit IndexWords(std::span<const std::uint32_t> words) noexcept
      : bytes_(reinterpret_cast<const std::byte*>(words.data())),
        size_(static_cast<std::uint32_t>(words.size())) {}

  /// `bytes` lie at `offset` of the file.
  IndexWords(std::span<const std::byte> bytes, std::uint64_t offset, IndexPages& pages,
             IndexFlaw& flaw) noexcept
      : bytes_(bytes.data()),
        size_(static_cast<std::uint32_t>(bytes.size() / sizeof(std::uint32_t))),
        offset_(offset),
        pages_(&pages),
        flaw_(&flaw) {}

  [[nodiscard]] std::uint32_t size() const noexcept { return size_; }

  [[nodiscard]] bool empty() const noexcept { return size_ == 0; }

  /// 0 from a page that is damaged. Requires: index < size.
  [[nodiscard]] std::uint32_t operator[](std::uint32_t index) const {
    const std::size_t at = std::size_t{index} * sizeof(std::uint32_t);
    if (pages_ != nullptr && !pages_->check(offset_ + at, sizeof(std::uint32_t), *flaw_)) {
      return 0;
    }
    std::uint32_t word = 0;
    std::memcpy(&word, bytes_ + at, sizeof(word));
    return word;
  }

  /// A part of them. Requires: first <= end <= size.
  [[nodiscard]] IndexWords part(std::uint32_t first, std::uint32_t end) const noexcept {
    IndexWords words = *this;
    words.bytes_ += std::size_t{first} * sizeof(std::uint32_t);
    words.offset_ += std::uint64_t{first} * sizeof(std::uint32_t);
    words.size_ = end - first;
    return words;
  }

 private:
  const std::byte* bytes_ = nullptr;
  std::uint32_t size_ = 0;
  std::uint64_t offset_ = 0;
  IndexPages* pages_ = nullptr;
  IndexFlaw* flaw_ = nullptr;
};

/// The first index from `begin` on, below `end`, whose word is not less than `value`; `end` when
/// there is none. The words ascend; of others the answer is some index. Near ones are found
/// sooner. Requires: begin <= end <= size.
[[nodiscard]] inline std::uint32_t first_not_less(const IndexWords& words, std::uint32_t begin,
                                                  std::uint32_t end, std::uint32_t value) {
  std::uint32_t step = 1;
  std::uint32_t low = begin;
  while (low < end && end - low > step && words[low + step] < value) {
    low += step;
    step *= 2;
  }
  std::uint32_t high = end - low > step ? low + step : end;
  while (low < high) {
    const std::uint32_t middle = low + (high - low) / 2;
    if (words[middle] < value) {
      low = middle + 1;
    } else {
      high = middle;
    }
  }
  return low;
}

}  // namespace cairn::journal
