// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstddef>
#include <cstdint>
#include <memory>
#include <span>
#include <string_view>
#include <vector>

namespace cairn::journal {

/// Ordinals of the events that have a term. Most terms have one: that needs no memory of its own.
class IndexPostings final {
 public:
  void push(std::uint32_t ordinal);

  [[nodiscard]] std::span<const std::uint32_t> words() const noexcept {
    return {many_ != nullptr ? many_.get() : &one_, size_};
  }

  [[nodiscard]] std::size_t bytes() const noexcept { return many_ != nullptr ? capacity_ * 4U : 0; }

 private:
  std::unique_ptr<std::uint32_t[]> many_;
  std::uint32_t size_ = 0;
  std::uint32_t capacity_ = 1;
  std::uint32_t one_ = 0;
};

/// Terms by their keys, each with its postings, numbered as they come. What is found in it stays
/// where it is only until the next is added; keys stay for good. One thread at a time, or many that
/// only read.
class IndexTable final {
 public:
  static constexpr std::uint32_t none = UINT32_MAX;

  [[nodiscard]] std::uint32_t size() const noexcept {
    return static_cast<std::uint32_t>(terms_.size());
  }

  [[nodiscard]] std::uint32_t find(std::string_view key) const noexcept;
  /// The number of the term, added when it is new.
  std::uint32_t find_or_add(std::string_view key);

  [[nodiscard]] std::string_view key(std::uint32_t number) const noexcept {
    return {terms_[number].key, terms_[number].key_bytes};
  }

  [[nodiscard]] std::span<const std::uint32_t> postings(std::uint32_t number) const noexcept {
    return terms_[number].postings.words();
  }

  void push(std::uint32_t number, std::uint32_t ordinal);

  /// Of memory, for all there is.
  [[nodiscard]] std::size_t bytes() const noexcept;

  [[nodiscard]] std::uint64_t key_bytes() const noexcept { return key_bytes_; }

  [[nodiscard]] std::uint64_t postings_count() const noexcept { return postings_count_; }

 private:
  struct Term {
    const char* key = nullptr;
    std::uint32_t key_bytes = 0;
    std::uint32_t hash = 0;
    IndexPostings postings;
  };

  static constexpr std::size_t block_bytes = std::size_t{1} << 16U;

  /// Where the key is, or the free slot where it would be.
  [[nodiscard]] std::size_t slot_of(std::string_view key, std::uint32_t hash) const noexcept;
  void grow();
  const char* keep(std::string_view key);

  std::vector<Term> terms_;
  std::vector<std::uint32_t> slots_;  ///< numbers of terms, by hash; `none` is free
  std::vector<std::unique_ptr<char[]>> blocks_;
  std::size_t block_used_ = block_bytes;
  std::size_t list_bytes_ = 0;
  std::uint64_t key_bytes_ = 0;
  std::uint64_t postings_count_ = 0;
};

}  // namespace cairn::journal
