// SPDX-License-Identifier: Apache-2.0
#include <algorithm>
#include <array>

#include <fmt/core.h>

#include "plugin/elf_parts.h"

namespace cairn::plugin {

namespace {

/// What a relocation of this machine writes.
struct RelocationKind {
  std::uint32_t type;
  std::uint32_t bytes;
};

#if defined(__x86_64__)
constexpr std::uint32_t absolute_type = R_X86_64_64;
constexpr std::uint32_t relative_type = R_X86_64_RELATIVE;
constexpr std::uint32_t indirect_type = R_X86_64_IRELATIVE;
constexpr std::array kinds = {
    RelocationKind{.type = R_X86_64_64, .bytes = 8},
    RelocationKind{.type = R_X86_64_GLOB_DAT, .bytes = 8},
    RelocationKind{.type = R_X86_64_JUMP_SLOT, .bytes = 8},
    RelocationKind{.type = R_X86_64_RELATIVE, .bytes = 8},
    RelocationKind{.type = R_X86_64_DTPMOD64, .bytes = 8},
    RelocationKind{.type = R_X86_64_DTPOFF64, .bytes = 8},
    RelocationKind{.type = R_X86_64_TPOFF64, .bytes = 8},
    RelocationKind{.type = R_X86_64_TLSDESC, .bytes = 16},
    RelocationKind{.type = R_X86_64_IRELATIVE, .bytes = 8},
};
#elif defined(__aarch64__)
constexpr std::uint32_t absolute_type = R_AARCH64_ABS64;
constexpr std::uint32_t relative_type = R_AARCH64_RELATIVE;
constexpr std::uint32_t indirect_type = R_AARCH64_IRELATIVE;
constexpr std::array kinds = {
    RelocationKind{.type = R_AARCH64_ABS64, .bytes = 8},
    RelocationKind{.type = R_AARCH64_GLOB_DAT, .bytes = 8},
    RelocationKind{.type = R_AARCH64_JUMP_SLOT, .bytes = 8},
    RelocationKind{.type = R_AARCH64_RELATIVE, .bytes = 8},
    RelocationKind{.type = R_AARCH64_TLS_DTPMOD, .bytes = 8},
    RelocationKind{.type = R_AARCH64_TLS_DTPREL, .bytes = 8},
    RelocationKind{.type = R_AARCH64_TLS_TPREL, .bytes = 8},
    RelocationKind{.type = R_AARCH64_TLSDESC, .bytes = 16},
    RelocationKind{.type = R_AARCH64_IRELATIVE, .bytes = 8},
};
#endif

class RelocationChecker final {
 public:
  RelocationChecker(const ElfImage& image, std::span<const ElfSymbol> symbols) noexcept
      : image_(image), symbols_(symbols) {}

  /// The table whose address and size these tags give, if it is there. The loader takes the first
  /// `relative_count` for relative ones without looking.
  Result<> check(const ElfDynamic& dynamic, std::int64_t place, std::int64_t size,
                 std::uint64_t relative_count) {
    const auto address = dynamic.find(place);
    if (!address) {
      return {};
    }
    const auto bytes = image_.bytes_at(*address, dynamic.find(size).value_or(0));
    if (!bytes || bytes->size() % sizeof(Elf64_Rela) != 0) {
      return malformed("its relocations do not lie in the file");
    }
    const Table<Elf64_Rela> table(*bytes);
    for (std::size_t i = 0; i < table.size(); ++i) {
      const Elf64_Rela entry = table[i];
      const auto type = static_cast<std::uint32_t>(ELF64_R_TYPE(entry.r_info));
      if (i < relative_count && type != relative_type) {
        return malformed("its relocations are not in the order that it says");
      }
      CAIRN_TRY(check(entry, type));
    }
    return {};
  }

  Result<> check_packed(const ElfDynamic& dynamic);

  [[nodiscard]] OwnAddresses take_own() && { return std::move(own_); }

 private:
  Result<> check(const Elf64_Rela& entry, std::uint32_t type) {
    const auto* const kind = std::ranges::find(kinds, type, &RelocationKind::type);
    if (kind == kinds.end()) {
      return malformed(fmt::format("it has a relocation of type {}, which no domain needs", type));
    }
    if (!image_.has(entry.r_offset, kind->bytes, PF_W)) {
      return malformed("a relocation would write outside the object's own data");
    }
    const std::uint64_t number = ELF64_R_SYM(entry.r_info);  // the table lacks the first symbol
    if (number > symbols_.size()) {
      return malformed("a relocation is about a symbol that does not exist");
    }
    const auto value = static_cast<std::uint64_t>(entry.r_addend);
    if (type == absolute_type && number != STN_UNDEF && symbols_[number - 1].section != SHN_UNDEF) {
      own_[entry.r_offset] = symbols_[number - 1].address + value;
    }
    if (type == relative_type) {
      own_[entry.r_offset] = value;
    }
    if (type == indirect_type && !image_.has(value, 1, PF_X)) {
      return malformed("a function that loading runs lies outside the code");
    }
    return {};
  }

  /// The words behind `address` that the bits name, the lowest bit the first.
  Result<> add_mapped(std::uint64_t bits, std::uint64_t address) {
    for (; bits != 0; bits >>= 1U, address += sizeof(std::uint64_t)) {
      Result<> added = (bits & 1U) != 0 ? add_packed(address) : Result<>();
      if (!added) {
        return added;
      }
    }
    return {};
  }

  Result<> add_packed(std::uint64_t address) {
    const auto bytes = image_.bytes_at(address, sizeof(std::uint64_t));
    if (!bytes || !image_.has(address, sizeof(std::uint64_t), PF_W)) {
      return malformed("a relocation would write outside the object's own data");
    }
    own_[address] = load<std::uint64_t>(*bytes, 0).value_or(0);
    return {};
  }

  const ElfImage& image_;
  std::span<const ElfSymbol> symbols_;
  OwnAddresses own_;
};

/// Relative relocations as addresses and bit maps of the 63 words behind the last one.
Result<> RelocationChecker::check_packed(const ElfDynamic& dynamic) {
  const auto address = dynamic.find(DT_RELR);
  if (!address) {
    return {};
  }
  const auto bytes = image_.bytes_at(*address, dynamic.find(DT_RELRSZ).value_or(0));
  if (!bytes || bytes->size() % sizeof(Elf64_Relr) != 0) {
    return malformed("its relocations do not lie in the file");
  }
  constexpr std::uint64_t word = sizeof(std::uint64_t);
  constexpr std::uint64_t words_per_map = 63;
  const Table<Elf64_Relr> table(*bytes);
  std::uint64_t next = 0;
  for (std::size_t i = 0; i < table.size(); ++i) {
    const std::uint64_t entry = table[i];
    const bool is_address = (entry & 1U) == 0;
    const std::uint64_t start = is_address ? entry : next;
    CAIRN_TRY(add_mapped(is_address ? 1 : entry >> 1U, start));
    next = start + (is_address ? 1 : words_per_map) * word;
  }
  return {};
}

/// A chain of version records: each says where the next one lies.
template <typename Record, typename Visit>
Result<> walk(ByteSpan bytes, std::uint64_t count, std::uint32_t Record::* next, Visit visit) {
  if (count == 0) {
    return malformed("its symbol versions are fewer or more than it says");
  }
  std::uint64_t at = 0;
  for (std::uint64_t i = 0; i < count; ++i) {
    const auto record = load<Record>(bytes, at);
    if (!record) {
      return malformed("its symbol versions do not lie in the file");
    }
    CAIRN_TRY(visit(*record, at));
    const bool is_last = i + 1 == count;
    if (((*record).*next == 0) != is_last) {
      return malformed("its symbol versions are fewer or more than it says");
    }
    at += (*record).*next;
  }
  return {};
}

/// Collects the numbers that are declared.
class VersionReader final {
 public:
  VersionReader(const ElfImage& image, ByteSpan strings) noexcept
      : image_(image), strings_(strings) {}

  Result<> read_needed(std::uint64_t address, std::uint64_t count) {
    const auto bytes = image_.bytes_from(address);
    if (!bytes) {
      return malformed("its symbol versions do not lie in the file");
    }
    return walk(*bytes, count, &Elf64_Verneed::vn_next,
                [&](const Elf64_Verneed& record, std::uint64_t at) -> Result<> {
                  CAIRN_TRY(check_name(record.vn_file));
                  if (record.vn_version != VER_NEED_CURRENT || at + record.vn_aux > bytes->size()) {
                    return malformed("its symbol versions are of another form");
                  }
                  return walk(bytes->subspan(static_cast<std::size_t>(at + record.vn_aux)),
                              record.vn_cnt, &Elf64_Vernaux::vna_next,
                              [&](const Elf64_Vernaux& each, std::uint64_t) -> Result<> {
                                add(each.vna_other);
                                return check_name(each.vna_name);
                              });
                });
  }

  Result<> read_defined(std::uint64_t address, std::uint64_t count) {
    const auto bytes = image_.bytes_from(address);
    if (!bytes) {
      return malformed("its symbol versions do not lie in the file");
    }
    return walk(*bytes, count, &Elf64_Verdef::vd_next,
                [&](const Elf64_Verdef& record, std::uint64_t at) -> Result<> {
                  const auto name = load<Elf64_Verdaux>(*bytes, at + record.vd_aux);
                  if (record.vd_version != VER_DEF_CURRENT || !name) {
                    return malformed("its symbol versions are of another form");
                  }
                  add(record.vd_ndx);
                  return check_name(name->vda_name);
                });
  }

  [[nodiscard]] std::uint16_t last() const noexcept { return last_; }

 private:
  void add(std::uint16_t number) noexcept {
    last_ = std::max(last_, static_cast<std::uint16_t>(number & 0x7fffU));
  }

  Result<> check_name(std::uint64_t offset) const {
    return text_at(strings_, offset) ? Result<>()
                                     : malformed("the name of a symbol version is not in the file");
  }

  const ElfImage& image_;
  ByteSpan strings_;
  std::uint16_t last_ = 0;
};

}  // namespace

Result<OwnAddresses> check_relocations(const ElfImage& image, const ElfDynamic& dynamic,
                                       std::span<const ElfSymbol> symbols) {
  RelocationChecker checker(image, symbols);
  CAIRN_TRY(checker.check(dynamic, DT_RELA, DT_RELASZ, dynamic.find(DT_RELACOUNT).value_or(0)));
  CAIRN_TRY(checker.check(dynamic, DT_JMPREL, DT_PLTRELSZ, 0));
  CAIRN_TRY(checker.check_packed(dynamic));
  return std::move(checker).take_own();
}

Result<> check_versions(const ElfImage& image, const ElfDynamic& dynamic, const ElfTables& tables) {
  const auto numbers_at = dynamic.find(DT_VERSYM);
  const auto needed_at = dynamic.find(DT_VERNEED);
  const auto defined_at = dynamic.find(DT_VERDEF);
  VersionReader reader(image, tables.strings);
  if (needed_at) {
    CAIRN_TRY(reader.read_needed(*needed_at, dynamic.find(DT_VERNEEDNUM).value_or(0)));
  }
  if (defined_at) {
    CAIRN_TRY(reader.read_defined(*defined_at, dynamic.find(DT_VERDEFNUM).value_or(0)));
  }
  if (!numbers_at) {
    return {};
  }
  const auto bytes =
      image.bytes_at(*numbers_at, std::uint64_t{tables.symbols.size()} * sizeof(Elf64_Half));
  if (!bytes || (!needed_at && !defined_at)) {
    return malformed("its symbol versions do not lie in the file");
  }
  const Table<Elf64_Half> numbers(*bytes);
  for (std::size_t i = 0; i < numbers.size(); ++i) {
    const unsigned number = numbers[i] & 0x7fffU;
    if (number > VER_NDX_GLOBAL && number > reader.last()) {
      return malformed(fmt::format("symbol {} has a version that is not declared", i));
    }
  }
  return {};
}

}  // namespace cairn::plugin
