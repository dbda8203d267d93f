// SPDX-License-Identifier: Apache-2.0
#include "log/format.h"

#include <algorithm>

#include <fmt/format.h>

#include "base/checksum.h"
#include "base/hash.h"

namespace cairn::log {

namespace {

constexpr std::size_t checksum_bytes = sizeof(std::uint64_t);
constexpr std::size_t number_digits = 12;

bool has_checksum(Bytes header, std::uint64_t seed) noexcept {
  std::uint64_t stored = 0;
  std::memcpy(&stored, header.data() + header.size() - checksum_bytes, checksum_bytes);
  return stored == header_checksum(header, seed);
}

}  // namespace

std::uint64_t header_checksum(Bytes header, std::uint64_t seed) noexcept {
  return checksum64(header.first(header.size() - checksum_bytes), seed);
}

Flaw judge_header(Bytes bytes, std::uint64_t magic, std::size_t size, std::uint64_t seed) noexcept {
  if (bytes.size() < size) {
    return Flaw::Damaged;
  }
  const auto preamble = load<Preamble>(bytes);
  if (preamble.magic != magic) {
    return Flaw::Damaged;
  }
  if (preamble.version == format_version) {
    const bool is_whole = preamble.header_bytes == size && has_checksum(bytes.first(size), seed);
    return is_whole ? Flaw::Nothing : Flaw::Damaged;
  }
  const bool is_header = preamble.version > format_version &&
                         preamble.header_bytes >= sizeof(Preamble) + checksum_bytes &&
                         preamble.header_bytes <= std::min(bytes.size(), block_bytes) &&
                         has_checksum(bytes.first(preamble.header_bytes), seed);
  return is_header ? Flaw::Newer : Flaw::Damaged;
}

Error flaw_error(Flaw flaw, Bytes bytes, std::string_view what) {
  if (flaw == Flaw::Newer) {
    return Error(Errc::Unsupported,
                 fmt::format("{} is of format version {}; this build reads version {}", what,
                             load<Preamble>(bytes).version, format_version))
        .advise("use the newer cairn that wrote it");
  }
  return {Errc::Corrupt, fmt::format("{} has no valid header", what)};
}

Digest batch_hash(const BatchHeader& header) noexcept {
  return blake3(std::as_bytes(std::span(&header, 1)).first(BatchHeader::hashed_bytes));
}

bool is_zero(Bytes bytes) noexcept {
  return std::ranges::all_of(bytes, [](std::byte byte) { return byte == std::byte{0}; });
}

std::string numbered(std::string_view prefix, std::uint64_t number) {
  return fmt::format("{}{:0{}}", prefix, number, number_digits);
}

std::uint64_t number_of(std::string_view prefix, std::string_view name) noexcept {
  if (!name.starts_with(prefix) || name.size() != prefix.size() + number_digits) {
    return 0;
  }
  std::uint64_t number = 0;
  for (const char digit : name.substr(prefix.size())) {
    if (digit < '0' || digit > '9') {
      return 0;
    }
    number = number * 10 + static_cast<std::uint64_t>(digit - '0');
  }
  return number;
}

}  // namespace cairn::log
