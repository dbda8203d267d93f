// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <array>
#include <cstddef>
#include <cstdint>
#include <map>
#include <optional>
#include <span>
#include <string>
#include <vector>

#include <elf.h>

#include "cairn/error.h"
#include "plugin/elf_bytes.h"
#include "plugin/elf_file.h"

/// What the parts of the ELF reader share.
namespace cairn::plugin {

[[nodiscard]] inline std::unexpected<Error> malformed(std::string message) {
  return fail(Errc::Corrupt, std::move(message));
}

/// A file as the loader lays it out in memory: addresses instead of offsets.
class ElfImage final {
 public:
  ElfImage(ByteSpan file, std::span<const ElfSegment> segments) noexcept
      : file_(file), segments_(segments) {}

  [[nodiscard]] ByteSpan file() const noexcept { return file_; }

  /// The bytes of the file that lie at these addresses; none when they are not all in one segment.
  [[nodiscard]] std::optional<ByteSpan> bytes_at(std::uint64_t address, std::uint64_t size) const;

  /// All bytes of the file from the address to the end of its segment.
  [[nodiscard]] std::optional<ByteSpan> bytes_from(std::uint64_t address) const;

  /// Whether the memory there belongs to one segment with all these flags, PF_X and such.
  [[nodiscard]] bool has(std::uint64_t address, std::uint64_t size, std::uint32_t flags) const;

 private:
  ByteSpan file_;
  std::span<const ElfSegment> segments_;
};

/// The dynamic section: values by tag.
class ElfDynamic final {
 public:
  /// Refuses what the loader takes for granted or what no domain may ask for.
  static Result<ElfDynamic> read(Table<Elf64_Dyn> entries);

  /// What the tag says; none when it is not there.
  [[nodiscard]] std::optional<std::uint64_t> find(std::int64_t tag) const;

  /// Offsets into the strings.
  [[nodiscard]] std::span<const std::uint64_t> needed() const noexcept { return needed_; }

 private:
  std::map<std::int64_t, std::uint64_t> values_;
  std::vector<std::uint64_t> needed_;
};

/// The tables that the loader looks symbols up in.
struct ElfTables {
  ByteSpan strings;
  Table<Elf64_Sym> symbols;
};

/// Finds strings and symbols and how many there are, by the hash table that the loader uses.
Result<ElfTables> read_tables(const ElfImage& image, const ElfDynamic& dynamic);

/// The names and places of all symbols of a table are where they can be.
Result<std::vector<ElfSymbol>> read_symbols(Table<Elf64_Sym> table, ByteSpan strings);

/// What relocation makes of words that hold addresses of this object: by where they lie, where they
/// point.
using OwnAddresses = std::map<std::uint64_t, std::uint64_t>;

/// Every relocation writes into writable memory of the object, and is about a symbol that exists.
Result<OwnAddresses> check_relocations(const ElfImage& image, const ElfDynamic& dynamic,
                                       std::span<const ElfSymbol> symbols);

/// Every version that a symbol has is declared.
Result<> check_versions(const ElfImage& image, const ElfDynamic& dynamic, const ElfTables& tables);

}  // namespace cairn::plugin
