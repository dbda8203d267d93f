// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstddef>
#include <cstdint>
#include <optional>
#include <span>
#include <string_view>
#include <vector>

#include "cairn/error.h"

namespace cairn::plugin {

struct ElfSegment {
  std::uint32_t type = 0;
  std::uint32_t flags = 0;
  std::uint64_t offset = 0;  ///< in the file
  std::uint64_t file_size = 0;
  std::uint64_t address = 0;
  std::uint64_t memory_size = 0;
};

struct ElfSection {
  std::string_view name;
  std::uint32_t type = 0;
  std::uint64_t flags = 0;
  std::uint64_t address = 0;
  std::uint64_t offset = 0;
  std::uint64_t size = 0;
  std::uint32_t link = 0;
};

struct ElfSymbol {
  std::string_view name;
  std::uint8_t binding = 0;
  std::uint8_t type = 0;
  std::uint16_t section = 0;
  std::uint64_t address = 0;
  std::uint64_t size = 0;
};

/// A 64-bit ELF shared object for this machine, found whole: everything that the dynamic loader
/// follows without looking (tables, strings, relocations, versions, initialisers) was followed here
/// with bounds. The bytes may be hostile; they outlive this, and the names point into them.
///
/// What cannot be promised: code is code, and a file that is well-formed may still do anything.
class ElfFile final {
 public:
  static Result<ElfFile> read(std::span<const std::byte> bytes);

  [[nodiscard]] std::span<const ElfSegment> segments() const noexcept { return segments_; }

  /// Without the first, which is no section.
  [[nodiscard]] std::span<const ElfSection> sections() const noexcept { return sections_; }

  /// What the loader sees: imports and exports.
  [[nodiscard]] std::span<const ElfSymbol> dynamic_symbols() const noexcept {
    return dynamic_symbols_;
  }

  /// All symbols; empty in a stripped file.
  [[nodiscard]] std::span<const ElfSymbol> symbols() const noexcept { return symbols_; }

  /// The libraries it asks for.
  [[nodiscard]] std::span<const std::string_view> needed() const noexcept { return needed_; }

  /// Addresses of the functions that run when it is loaded.
  [[nodiscard]] std::span<const std::uint64_t> initialisers() const noexcept {
    return initialisers_;
  }

  /// The section that holds the symbol; null for one that is elsewhere.
  [[nodiscard]] const ElfSection* section_of(const ElfSymbol& symbol) const noexcept;

 private:
  friend class ElfReader;

  std::vector<ElfSegment> segments_;
  std::vector<ElfSection> sections_;
  std::vector<ElfSymbol> dynamic_symbols_;
  std::vector<ElfSymbol> symbols_;
  std::vector<std::string_view> needed_;
  std::vector<std::uint64_t> initialisers_;
};

}  // namespace cairn::plugin
