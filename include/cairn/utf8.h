// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <algorithm>
#include <cstddef>
#include <cstdint>
#include <cstring>
#include <string_view>

namespace cairn {

/// The length of the well-formed UTF-8 sequence that `text` starts with, 1 to 4; 0 when it starts
/// with none. Overlong forms, surrogates and code points above U+10FFFF are not well-formed.
[[nodiscard]] constexpr std::size_t utf8_sequence(std::string_view text) noexcept {
  const auto byte = [text](std::size_t i) { return static_cast<unsigned char>(text[i]); };
  if (text.empty()) {
    return 0;
  }
  const unsigned lead = byte(0);
  if (lead < 0x80) {
    return 1;
  }
  if (lead < 0xc2 || lead > 0xf4) {
    return 0;
  }
  const std::size_t length = lead < 0xe0 ? 2 : lead < 0xf0 ? 3 : 4;
  if (length > text.size()) {
    return 0;
  }
  // What the second byte may be is where overlong forms, surrogates and too large code points show.
  const unsigned second_min = lead == 0xe0 ? 0xa0 : lead == 0xf0 ? 0x90 : 0x80;
  const unsigned second_max = lead == 0xed ? 0x9f : lead == 0xf4 ? 0x8f : 0xbf;
  if (byte(1) < second_min || byte(1) > second_max) {
    return 0;
  }
  for (std::size_t i = 2; i < length; ++i) {
    if (byte(i) < 0x80 || byte(i) > 0xbf) {
      return 0;
    }
  }
  return length;
}

namespace detail {

inline constexpr std::uint64_t not_ascii = 0x8080808080808080U;

/// How many of the first bytes, in whole words, are ASCII.
[[nodiscard]] inline std::size_t ascii_words(std::string_view text) noexcept {
  std::size_t at = 0;
  for (std::uint64_t word = 0; text.size() - at >= sizeof(word); at += sizeof(word)) {
    std::memcpy(&word, text.data() + at, sizeof(word));
    if ((word & not_ascii) != 0) {
      break;
    }
  }
  return at;
}

template <typename Word>
std::uint64_t copy_word(void* to, const void* from, std::size_t at) noexcept {
  Word word = 0;
  std::memcpy(&word, static_cast<const char*>(from) + at, sizeof(word));
  std::memcpy(static_cast<char*>(to) + at, &word, sizeof(word));
  return word;
}

/// Copies at most SizeMax bytes: short texts faster than a call of memcpy does, in words that
/// overlap at the end. The result has the upper bit of no byte set only when all bytes copied are
/// ASCII; it says nothing about long texts.
template <std::size_t SizeMax>
[[gnu::always_inline]] inline std::uint64_t copy_text(void* to, const void* from,
                                                      std::size_t size) noexcept {
  using Word = std::uint64_t;
  constexpr std::size_t short_max = 64;
  size = std::min(size,
                  SizeMax);  // so it is; said so that compilers see that no read leaves the object
  if constexpr (SizeMax > short_max) {
    if (size > short_max) {
      std::memcpy(to, from, size);
      return not_ascii;
    }
  }
  if (size >= sizeof(Word)) {
    Word all = copy_word<Word>(to, from, size - sizeof(Word));
    for (std::size_t at = 0; at + sizeof(Word) < size; at += sizeof(Word)) {
      all |= copy_word<Word>(to, from, at);
    }
    return all;
  }
  if (size >= sizeof(std::uint32_t)) {
    return copy_word<std::uint32_t>(to, from, 0) |
           copy_word<std::uint32_t>(to, from, size - sizeof(std::uint32_t));
  }
  Word all = 0;
  for (std::size_t at = 0; at < size; ++at) {
    all |= copy_word<unsigned char>(to, from, at);
  }
  return all;
}

}  // namespace detail

/// Strict: see `utf8_sequence`. The empty text is valid.
[[nodiscard]] constexpr bool is_utf8(std::string_view text) noexcept {
  while (true) {
    if !consteval {
      text.remove_prefix(detail::ascii_words(text));
    }
    if (text.empty()) {
      return true;
    }
    const std::size_t length = utf8_sequence(text);
    if (length == 0) {
      return false;
    }
    text.remove_prefix(length);
  }
}

}  // namespace cairn
