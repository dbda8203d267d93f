// SPDX-License-Identifier: Apache-2.0
#include <algorithm>
#include <cstring>
#include <string>
#include <vector>

#include <elf.h>
#include <gtest/gtest.h>

#include "plugin/elf_file.h"
#include "plugin/shared_object.h"

namespace cairn::plugin {
namespace {

using Bytes = std::vector<std::byte>;

Bytes bytes_of(const std::string& path) {
  auto bytes = read_object_file(path);
  EXPECT_TRUE(bytes.has_value()) << bytes.error().to_string();
  return bytes.value_or(Bytes());
}

/// One that asks for libraries, so that every table is there whichever compiler made it.
Bytes large_plugin() {
  return bytes_of(CAIRN_PLUGIN_FOLDER "/dirty.so");
}

std::string refusal(const Bytes& bytes) {
  const auto file = ElfFile::read(bytes);
  return file ? "taken" : file.error().to_string();
}

template <typename T>
Bytes with(Bytes bytes, std::size_t offset, T value) {
  std::memcpy(bytes.data() + offset, &value, sizeof(value));
  return bytes;
}

/// The program header of a type, to be changed and put back.
struct Header {
  std::size_t offset = 0;
  Elf64_Phdr value = {};
};

Header find_header(const Bytes& bytes, std::uint32_t type) {
  Elf64_Ehdr head = {};
  std::memcpy(&head, bytes.data(), sizeof(head));
  for (std::size_t i = 0; i < head.e_phnum; ++i) {
    Header found = {.offset = head.e_phoff + i * sizeof(Elf64_Phdr)};
    std::memcpy(&found.value, bytes.data() + found.offset, sizeof(found.value));
    if (found.value.p_type == type) {
      return found;
    }
  }
  ADD_FAILURE() << "no program header of type " << type;
  return {};
}

/// Where the entry with this tag lies in the dynamic section.
std::size_t find_entry(const Bytes& bytes, std::int64_t tag) {
  const Header dynamic = find_header(bytes, PT_DYNAMIC);
  for (std::size_t at = dynamic.value.p_offset;; at += sizeof(Elf64_Dyn)) {
    Elf64_Dyn entry = {};
    std::memcpy(&entry, bytes.data() + at, sizeof(entry));
    if (entry.d_tag == tag) {
      return at;
    }
    if (entry.d_tag == DT_NULL) {
      ADD_FAILURE() << "no dynamic entry " << tag;
      return 0;
    }
  }
}

TEST(ElfFile, SeesWhatAPluginIsMadeOf) {
  // The one export, the libraries, the sections and symbols of a real plugin.
  const Bytes bytes = large_plugin();
  const auto file = ElfFile::read(bytes);
  ASSERT_TRUE(file.has_value()) << file.error().to_string();
  const auto symbols = file->dynamic_symbols();
  EXPECT_EQ(std::ranges::count_if(symbols,
                                  [](const ElfSymbol& each) { return each.section != SHN_UNDEF; }),
            1);
  const auto entry = std::ranges::find(symbols, "cairn_domain_entry", &ElfSymbol::name);
  ASSERT_NE(entry, symbols.end());
  ASSERT_NE(file->section_of(*entry), nullptr);
  EXPECT_EQ(file->section_of(*entry)->name, ".text");
  EXPECT_NE(std::ranges::find(file->needed(), "libc.so.6"), file->needed().end());
  EXPECT_NE(std::ranges::find(file->symbols(), "_ZN5dirty12plain_globalE", &ElfSymbol::name),
            file->symbols().end());
  EXPECT_EQ(file->initialisers().size(), 2U);
}

TEST(ElfFile, EveryTruncationIsRefused) {
  // Cut at every seventh length: the section headers are last, so none is whole.
  const Bytes bytes = large_plugin();
  for (std::size_t size = 0; size < bytes.size(); size += 7) {
    const auto file = ElfFile::read(std::span(bytes).first(size));
    ASSERT_FALSE(file.has_value()) << "cut to " << size;
  }
}

TEST(ElfFile, FilesOfAnotherKindAreRefusedWithTheReason) {
  // Headers changed one at a time.
  const Bytes good = large_plugin();
  EXPECT_NE(refusal({}).find("no ELF file"), std::string::npos);
  EXPECT_NE(refusal(with(good, 1, 'X')).find("no ELF file"), std::string::npos);
  const auto changed = [&](std::size_t offset, auto value) {
    return refusal(with(good, offset, value));
  };
  using Half = std::uint16_t;
  EXPECT_NE(changed(EI_CLASS, std::uint8_t{1}).find("another machine"), std::string::npos);
  EXPECT_NE(changed(offsetof(Elf64_Ehdr, e_machine), Half{EM_RISCV}).find("another machine"),
            std::string::npos);
  EXPECT_NE(changed(EI_OSABI, std::uint8_t{ELFOSABI_FREEBSD}).find("another system"),
            std::string::npos);
  EXPECT_NE(changed(offsetof(Elf64_Ehdr, e_type), Half{ET_REL}).find("no shared object"),
            std::string::npos);
  EXPECT_NE(changed(offsetof(Elf64_Ehdr, e_phnum), Half{0xffff}).find("program headers"),
            std::string::npos);
  EXPECT_NE(refusal(bytes_of("/proc/self/exe")).find("it is a program"), std::string::npos);
}

TEST(ElfFile, DangerousSegmentsAreRefused) {
  // What the loader would do without asking: an executable stack, writable code, overlaps.
  const Bytes good = large_plugin();
  Header stack = find_header(good, PT_GNU_STACK);
  stack.value.p_flags |= PF_X;
  EXPECT_NE(refusal(with(good, stack.offset, stack.value)).find("stack executable"),
            std::string::npos);
  Header code = find_header(good, PT_LOAD);
  code.value.p_flags = PF_R | PF_W | PF_X;
  EXPECT_NE(refusal(with(good, code.offset, code.value)).find("writable and executable"),
            std::string::npos);
  Header large = find_header(good, PT_LOAD);
  large.value.p_memsz = std::uint64_t{1} << 40U;
  EXPECT_NE(refusal(with(good, large.offset, large.value)).find("larger than can be"),
            std::string::npos);
  Header dynamic = find_header(good, PT_DYNAMIC);
  dynamic.value.p_vaddr = 0x3000'0000;
  EXPECT_NE(refusal(with(good, dynamic.offset, dynamic.value)).find("does not lie"),
            std::string::npos);
}

TEST(ElfFile, TablesThatLeadOutsideAreRefused) {
  // Each address and size of the dynamic section is sent elsewhere.
  const Bytes good = large_plugin();
  for (const std::int64_t tag :
       {DT_STRTAB, DT_STRSZ, DT_SYMTAB, DT_GNU_HASH, DT_RELA, DT_RELASZ, DT_JMPREL, DT_PLTRELSZ,
        DT_INIT, DT_FINI, DT_INIT_ARRAY, DT_INIT_ARRAYSZ, DT_VERSYM, DT_VERNEED, DT_VERNEEDNUM}) {
    const std::size_t value = find_entry(good, tag) + offsetof(Elf64_Dyn, d_un);
    for (const std::uint64_t wrong : {std::uint64_t{0x3fff'fff1}, ~std::uint64_t{0}}) {
      EXPECT_NE(refusal(with(good, value, wrong)), "taken") << "tag " << tag;
    }
  }
}

TEST(ElfFile, DynamicSectionsThatContradictThemselvesAreRefused) {
  // Tags removed by renaming them, given twice, and flags that no domain may have.
  const Bytes good = large_plugin();
  constexpr std::int64_t unheard_of = 0x6000'0123;
  for (const std::int64_t tag : {DT_SYMENT, DT_RELAENT, DT_PLTREL, DT_STRTAB, DT_INIT_ARRAYSZ}) {
    EXPECT_NE(refusal(with(good, find_entry(good, tag), unheard_of)), "taken") << "tag " << tag;
  }
  const std::size_t spare = find_entry(good, DT_INIT);
  EXPECT_NE(refusal(with(good, spare, std::int64_t{DT_FINI})).find("twice"), std::string::npos);
  EXPECT_NE(refusal(with(good, spare, std::int64_t{DT_TEXTREL})).find("-fPIC"), std::string::npos);
  const Bytes flagged = with(good, spare, std::int64_t{DT_FLAGS_1});
  EXPECT_NE(refusal(with(flagged, spare + 8, std::uint64_t{DF_1_NODELETE})).find("unloaded"),
            std::string::npos);
}

TEST(ElfFile, RelocationsThatWriteElsewhereAreRefused) {
  // The first relocation gets another place, another kind, and a symbol that does not exist.
  const Bytes good = large_plugin();
  const std::size_t entry = find_entry(good, DT_RELA) + offsetof(Elf64_Dyn, d_un);
  std::uint64_t address = 0;
  std::memcpy(&address, good.data() + entry, sizeof(address));  // in the first segment: an offset
  Elf64_Rela relocation = {};
  std::memcpy(&relocation, good.data() + address, sizeof(relocation));
  Elf64_Rela other = relocation;
  other.r_offset = 0;
  EXPECT_NE(refusal(with(good, address, other)).find("outside the object's own data"),
            std::string::npos);
  other = relocation;
  other.r_info = ELF64_R_INFO(0xffffff, ELF64_R_TYPE(relocation.r_info));
  EXPECT_NE(refusal(with(good, address, other)), "taken");
  other.r_info = ELF64_R_INFO(0, 0xffff);
  EXPECT_NE(refusal(with(good, address, other)), "taken");
}

TEST(ElfFile, NoSingleDamagedByteOfTheTablesIsFollowedBlindly) {
  // Every byte up to the code, inverted: taken or refused, and what is taken can be walked.
  Bytes bytes = large_plugin();
  const std::size_t end = std::min<std::size_t>(bytes.size(), 0x1000);
  std::size_t refused = 0;
  for (std::size_t i = 0; i < end; ++i) {
    bytes[i] ^= std::byte{0xff};
    const auto file = ElfFile::read(bytes);
    refused += file ? 0U : 1U;
    for (const ElfSymbol& symbol : file ? file->symbols() : std::span<const ElfSymbol>()) {
      static_cast<void>(file->section_of(symbol));
    }
    bytes[i] ^= std::byte{0xff};
  }
  EXPECT_GT(refused, 300U);
}

}  // namespace
}  // namespace cairn::plugin
