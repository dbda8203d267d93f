// SPDX-License-Identifier: Apache-2.0
#include "plugin/elf_file.h"

#include <algorithm>
#include <array>
#include <string>
#include <utility>

#include <fmt/core.h>

#include "plugin/elf_parts.h"

namespace cairn::plugin {

namespace {

#if defined(__x86_64__)
constexpr std::uint16_t machine = EM_X86_64;
#elif defined(__aarch64__)
constexpr std::uint16_t machine = EM_AARCH64;
#else
#error "plugins are loaded on x86-64 and on 64-bit ARM"
#endif

constexpr std::uint64_t image_bytes_max = std::uint64_t{1} << 30U;  ///< in memory
constexpr std::uint64_t align_max = std::uint64_t{1} << 21U;
constexpr std::uint64_t page = 4096;
constexpr std::size_t segments_max = 64;
constexpr std::size_t tls_bytes_max = std::size_t{1} << 16U;

constexpr bool is_power_of_two(std::uint64_t number) noexcept {
  return number != 0 && (number & (number - 1)) == 0;
}

Result<Elf64_Ehdr> read_header(ByteSpan file) {
  const auto header = load<Elf64_Ehdr>(file, 0);
  constexpr std::array<unsigned char, 4> magic = {ELFMAG0, ELFMAG1, ELFMAG2, ELFMAG3};
  if (!header || !std::equal(magic.begin(), magic.end(), std::begin(header->e_ident))) {
    return malformed("it is no ELF file");
  }
  const auto& ident = header->e_ident;
  if (ident[EI_CLASS] != ELFCLASS64 || ident[EI_DATA] != ELFDATA2LSB ||
      header->e_machine != machine) {
    return fail(Error(Errc::Unsupported,
                      fmt::format("it is built for another machine (ELF machine {}, this is {})",
                                  header->e_machine, machine))
                    .advise("build the domain on this kind of machine"));
  }
  if (ident[EI_VERSION] != EV_CURRENT || header->e_version != EV_CURRENT ||
      (ident[EI_OSABI] != ELFOSABI_NONE && ident[EI_OSABI] != ELFOSABI_GNU) ||
      ident[EI_ABIVERSION] != 0) {
    return fail(Errc::Unsupported, "it is ELF of another version or for another system");
  }
  if (header->e_type != ET_DYN) {
    return fail(Error(Errc::InvalidArgument, "it is no shared object")
                    .advise("link it with -shared; docs/plugins.md has the whole line"));
  }
  if (header->e_ehsize != sizeof(Elf64_Ehdr) || header->e_phentsize != sizeof(Elf64_Phdr)) {
    return malformed("the sizes in its header are not those of ELF");
  }
  return *header;
}

Result<> check_loaded(const Elf64_Phdr& raw, std::uint64_t previous_end) {
  if (!is_power_of_two(raw.p_align) || raw.p_align < page || raw.p_align > align_max ||
      raw.p_vaddr % raw.p_align != raw.p_offset % raw.p_align) {
    return malformed("the segment is aligned in no way that can be loaded");
  }
  if (raw.p_vaddr / page * page < previous_end) {
    return malformed("the segment overlaps the one before it");
  }
  if ((raw.p_flags & PF_R) == 0 || (raw.p_flags & ~std::uint32_t{PF_R | PF_W | PF_X}) != 0) {
    return malformed("the segment cannot be read");
  }
  if ((raw.p_flags & PF_W) != 0 && (raw.p_flags & PF_X) != 0) {
    return fail(Errc::PermissionDenied, "the segment is writable and executable");
  }
  return {};
}

Result<ElfSegment> read_segment(ByteSpan file, const Elf64_Phdr& raw, std::uint64_t loaded_end) {
  if (!fits(raw.p_offset, raw.p_filesz, file.size())) {
    return fail(Error(Errc::Truncated, "the file ends before the segment does")
                    .advise("copy the file again"));
  }
  if (raw.p_filesz > raw.p_memsz || !fits(raw.p_vaddr, raw.p_memsz, image_bytes_max)) {
    return malformed("the segment is larger than can be");
  }
  if (raw.p_type == PT_LOAD) {
    CAIRN_TRY(check_loaded(raw, loaded_end));
  }
  return ElfSegment{.type = raw.p_type,
                    .flags = raw.p_flags,
                    .offset = raw.p_offset,
                    .file_size = raw.p_filesz,
                    .address = raw.p_vaddr,
                    .memory_size = raw.p_memsz};
}

}  // namespace

/// Reads the parts in the order in which they rely on one another.
class ElfReader final {
 public:
  explicit ElfReader(ByteSpan bytes) noexcept : bytes_(bytes) {}

  Result<ElfFile> read() {
    CAIRN_TRY(header_, read_header(bytes_));
    CAIRN_TRY(read_segments());
    CAIRN_TRY(check_single_segments());
    CAIRN_TRY(read_dynamic());
    CAIRN_TRY(read_sections());
    CAIRN_TRY(read_static_symbols());
    return std::move(result_);
  }

 private:
  Result<> read_segments() {
    const auto table = slice(bytes_, header_.e_phoff, header_.e_phnum * sizeof(Elf64_Phdr));
    if (!table || header_.e_phnum == 0 || header_.e_phnum > segments_max) {
      return malformed("its program headers do not lie in the file");
    }
    const Table<Elf64_Phdr> headers(*table);
    std::uint64_t end = 0;
    for (std::size_t i = 0; i < headers.size(); ++i) {
      const Elf64_Phdr raw = headers[i];
      auto segment = read_segment(bytes_, raw, end);
      if (!segment) {
        return fail(std::move(segment).error().at(fmt::format("program header {}", i)));
      }
      end = raw.p_type == PT_LOAD ? raw.p_vaddr + raw.p_memsz : end;
      result_.segments_.push_back(*segment);
    }
    std::ranges::copy_if(result_.segments_, std::back_inserter(loaded_),
                         [](const ElfSegment& each) { return each.type == PT_LOAD; });
    return loaded_.empty() ? malformed("it has no segment to load") : Result<>();
  }

  /// The one segment of a type; null when there is none.
  Result<const ElfSegment*> single(std::uint32_t type) const {
    const auto is_it = [type](const ElfSegment& each) { return each.type == type; };
    if (std::ranges::count_if(result_.segments_, is_it) > 1) {
      return malformed(fmt::format("it has two segments of type {:#x}", type));
    }
    const auto found = std::ranges::find_if(result_.segments_, is_it);
    return found == result_.segments_.end() ? nullptr : &*found;
  }

  Result<> check_single_segments() const {
    CAIRN_TRY(const ElfSegment* const stack, single(PT_GNU_STACK));
    if (stack == nullptr || (stack->flags & PF_X) != 0) {
      return fail(Error(Errc::PermissionDenied, "loading it would make the stack executable")
                      .advise("link it with -Wl,-z,noexecstack"));
    }
    CAIRN_TRY(const ElfSegment* const tls, single(PT_TLS));
    if (tls != nullptr && tls->memory_size > tls_bytes_max) {
      return malformed("its thread-local data is larger than can be");
    }
    const ElfImage image(bytes_, loaded_);
    const std::uint64_t end = loaded_.back().address + loaded_.back().memory_size;
    for (const ElfSegment& segment : result_.segments_) {
      const bool is_read = segment.type == PT_DYNAMIC || segment.type == PT_NOTE ||
                           segment.type == PT_GNU_PROPERTY || segment.type == PT_TLS;
      const bool is_whole = !is_read || segment.file_size == 0 ||
                            image.bytes_at(segment.address, segment.file_size).has_value();
      const bool is_inside =
          segment.type != PT_GNU_RELRO ||
          (image.has(segment.address, 1, PF_W) &&
           segment.address + segment.memory_size <= (end + page - 1) / page * page);
      if (!is_whole || !is_inside) {
        return malformed(
            fmt::format("its segment of type {:#x} does not lie in a loaded one", segment.type));
      }
    }
    return {};
  }

  Result<> read_dynamic() {
    CAIRN_TRY(const ElfSegment* const segment, single(PT_DYNAMIC));
    if (segment == nullptr || segment->file_size == 0) {
      return malformed("it has no dynamic section");
    }
    const ElfImage image(bytes_, loaded_);
    const auto bytes = image.bytes_at(segment->address, segment->file_size);
    CAIRN_CHECK(bytes.has_value());
    CAIRN_TRY(const ElfDynamic dynamic, ElfDynamic::read(Table<Elf64_Dyn>(*bytes)));
    CAIRN_TRY(const ElfTables tables, read_tables(image, dynamic));
    CAIRN_TRY(result_.dynamic_symbols_, read_symbols(tables.symbols, tables.strings));
    CAIRN_TRY(check_dynamic_symbols(image));
    CAIRN_TRY(check_versions(image, dynamic, tables));
    CAIRN_TRY(const OwnAddresses own, check_relocations(image, dynamic, result_.dynamic_symbols_));
    CAIRN_TRY(check_functions(image, dynamic, own));
    return read_names(dynamic, tables.strings);
  }

  /// A lookup gives their addresses to the loader, which calls some of them.
  Result<> check_dynamic_symbols(const ElfImage& image) const {
    for (const ElfSymbol& symbol : result_.dynamic_symbols_) {
      const bool is_code = symbol.type == STT_FUNC || symbol.type == STT_GNU_IFUNC;
      const bool is_here = symbol.section != SHN_UNDEF && symbol.section != SHN_ABS;
      if (is_here && is_code && !image.has(symbol.address, 1, PF_X)) {
        return malformed(fmt::format("the function {} lies outside the code", symbol.name));
      }
    }
    return {};
  }

  Result<> check_functions(const ElfImage& image, const ElfDynamic& dynamic,
                           const OwnAddresses& own) {
    for (const std::int64_t tag : {DT_INIT, DT_FINI}) {
      const auto address = dynamic.find(tag);
      if (address && !image.has(*address, 1, PF_X)) {
        return malformed("a function that loading runs lies outside the code");
      }
    }
    CAIRN_TRY(result_.initialisers_,
              read_functions(image, own, dynamic.find(DT_INIT_ARRAY).value_or(0),
                             dynamic.find(DT_INIT_ARRAYSZ).value_or(0)));
    CAIRN_TRY(read_functions(image, own, dynamic.find(DT_FINI_ARRAY).value_or(0),
                             dynamic.find(DT_FINI_ARRAYSZ).value_or(0)));
    return {};
  }

  static Result<std::vector<std::uint64_t>> read_functions(const ElfImage& image,
                                                           const OwnAddresses& own,
                                                           std::uint64_t array,
                                                           std::uint64_t size) {
    constexpr std::uint64_t slot = sizeof(std::uint64_t);
    if (size % slot != 0 || (size != 0 && !image.has(array, size, PF_W))) {
      return malformed("the list of functions that loading runs does not lie in the file");
    }
    std::vector<std::uint64_t> functions;
    for (std::uint64_t at = array; at < array + size; at += slot) {
      const auto value = own.find(at);
      if (value == own.end()) {
        return malformed("a function that loading runs is not one of the file's own");
      }
      if (!image.has(value->second, 1, PF_X)) {
        return malformed("a function that loading runs lies outside the code");
      }
      functions.push_back(value->second);
    }
    return functions;
  }

  Result<> read_names(const ElfDynamic& dynamic, ByteSpan strings) {
    for (const std::uint64_t offset : dynamic.needed()) {
      const auto name = text_at(strings, offset);
      if (!name || name->empty()) {
        return malformed("the name of a library it needs is not in the file");
      }
      result_.needed_.push_back(*name);
    }
    for (const std::int64_t tag : {DT_SONAME, DT_RPATH, DT_RUNPATH}) {
      const auto offset = dynamic.find(tag);
      if (offset && !text_at(strings, *offset)) {
        return malformed("a name in its dynamic section is not in the file");
      }
    }
    return {};
  }

  /// Sections are for the lint; the loader never looks at them. They lie at the end of the file, so
  /// a file that was cut short shows here too.
  Result<> read_sections() {
    if (header_.e_shoff == 0) {
      return {};
    }
    const auto table = slice(bytes_, header_.e_shoff, header_.e_shnum * sizeof(Elf64_Shdr));
    if (!table) {
      return fail(Error(Errc::Truncated, "the file ends before its section headers do")
                      .advise("copy the file again"));
    }
    if (header_.e_shentsize != sizeof(Elf64_Shdr) || header_.e_shstrndx >= header_.e_shnum) {
      return malformed("its section headers make no sense");
    }
    const Table<Elf64_Shdr> headers(*table);
    const Elf64_Shdr names = headers[header_.e_shstrndx];
    const auto strings = slice(bytes_, names.sh_offset, names.sh_size);
    for (std::size_t i = 1; i < headers.size(); ++i) {
      const Elf64_Shdr raw = headers[i];
      const auto name = strings ? text_at(*strings, raw.sh_name) : std::nullopt;
      if (!name || (raw.sh_type != SHT_NOBITS && !slice(bytes_, raw.sh_offset, raw.sh_size))) {
        return malformed(fmt::format("section {} does not lie in the file", i));
      }
      result_.sections_.push_back({.name = *name,
                                   .type = raw.sh_type,
                                   .flags = raw.sh_flags,
                                   .address = raw.sh_addr,
                                   .offset = raw.sh_offset,
                                   .size = raw.sh_size,
                                   .link = raw.sh_link});
    }
    return {};
  }

  Result<> read_static_symbols() {
    const auto table = std::ranges::find(result_.sections_, SHT_SYMTAB, &ElfSection::type);
    if (table == result_.sections_.end()) {
      return {};
    }
    if (table->link == 0 || table->link > result_.sections_.size()) {
      return malformed("the names of its symbols do not lie in the file");
    }
    const ElfSection& names = result_.sections_[table->link - 1];
    const auto symbols = slice(bytes_, table->offset, table->size);
    const auto strings = slice(bytes_, names.offset, names.size);
    if (!symbols || !strings || names.type != SHT_STRTAB) {
      return malformed("the names of its symbols do not lie in the file");
    }
    CAIRN_TRY(result_.symbols_, read_symbols(Table<Elf64_Sym>(*symbols), *strings));
    return {};
  }

  ByteSpan bytes_;
  Elf64_Ehdr header_ = {};
  std::vector<ElfSegment> loaded_;
  ElfFile result_;
};

Result<ElfFile> ElfFile::read(std::span<const std::byte> bytes) {
  return ElfReader(bytes).read();
}

const ElfSection* ElfFile::section_of(const ElfSymbol& symbol) const noexcept {
  return symbol.section == SHN_UNDEF || symbol.section > sections_.size()
             ? nullptr
             : &sections_[symbol.section - 1U];
}

}  // namespace cairn::plugin
