// SPDX-License-Identifier: Apache-2.0
#include <algorithm>
#include <array>

#include <fmt/core.h>

#include "plugin/elf_parts.h"

namespace cairn::plugin {

namespace {

const ElfSegment* segment_at(std::span<const ElfSegment> segments, std::uint64_t address) {
  const auto found = std::ranges::find_if(segments, [address](const ElfSegment& each) {
    return address >= each.address && address - each.address < each.memory_size;
  });
  return found == segments.end() ? nullptr : &*found;
}

/// Tags that a domain may not have, and why.
struct Refused {
  std::int64_t tag;
  const char* why;
};

constexpr std::array refused_tags = {
    Refused{.tag = DT_TEXTREL, .why = "its code is not position-independent; compile with -fPIC"},
    Refused{.tag = DT_REL, .why = "it has relocations of a form that this machine does not use"},
    Refused{.tag = DT_FILTER, .why = "it stands in for another library"},
    Refused{.tag = DT_AUXILIARY, .why = "it stands in for another library"},
    Refused{.tag = DT_AUDIT, .why = "it brings an auditor for the loader"},
    Refused{.tag = DT_DEPAUDIT, .why = "it brings an auditor for the loader"},
};

Result<> check_flags(const ElfDynamic& dynamic) {
  for (const Refused& refused : refused_tags) {
    if (dynamic.find(refused.tag)) {
      return malformed(refused.why);
    }
  }
  if ((dynamic.find(DT_FLAGS).value_or(0) & DF_TEXTREL) != 0) {
    return malformed("its code is not position-independent; compile with -fPIC");
  }
  const std::uint64_t flags = dynamic.find(DT_FLAGS_1).value_or(0);
  if ((flags & DF_1_PIE) != 0) {
    return fail(Error(Errc::InvalidArgument, "it is a program, not a shared object")
                    .advise("link it with -shared; docs/plugins.md has the whole line"));
  }
  if ((flags & DF_1_NODELETE) != 0) {
    return fail(Error(Errc::InvalidArgument, "it asks never to be unloaded")
                    .advise("link it without -Wl,-z,nodelete"));
  }
  return {};
}

Result<> check_sizes(const ElfDynamic& dynamic) {
  const auto is = [&](std::int64_t tag, std::uint64_t value) {
    return dynamic.find(tag).value_or(value) == value;
  };
  const auto comes_with = [&](std::int64_t tag, std::int64_t other) {
    return dynamic.find(tag).has_value() == dynamic.find(other).has_value();
  };
  const bool sizes = is(DT_SYMENT, sizeof(Elf64_Sym)) && is(DT_RELAENT, sizeof(Elf64_Rela)) &&
                     is(DT_PLTREL, DT_RELA) && is(DT_RELRENT, sizeof(Elf64_Relr));
  const bool pairs = comes_with(DT_RELA, DT_RELASZ) && comes_with(DT_RELA, DT_RELAENT) &&
                     comes_with(DT_JMPREL, DT_PLTRELSZ) && comes_with(DT_JMPREL, DT_PLTREL) &&
                     comes_with(DT_RELR, DT_RELRSZ) && comes_with(DT_RELR, DT_RELRENT) &&
                     comes_with(DT_INIT_ARRAY, DT_INIT_ARRAYSZ) &&
                     comes_with(DT_FINI_ARRAY, DT_FINI_ARRAYSZ) &&
                     comes_with(DT_VERNEED, DT_VERNEEDNUM) && comes_with(DT_VERDEF, DT_VERDEFNUM);
  return sizes && pairs && dynamic.find(DT_SYMENT)
             ? Result<>()
             : malformed("its dynamic section contradicts itself");
}

Result<std::size_t> count_by_gnu_hash(ByteSpan bytes) {
  struct Header {
    std::uint32_t buckets;
    std::uint32_t first_symbol;
    std::uint32_t bloom_words;
    std::uint32_t bloom_shift;
  };

  const auto header = load<Header>(bytes, 0);
  if (!header || header->buckets == 0 || header->bloom_words == 0 ||
      (header->bloom_words & (header->bloom_words - 1)) != 0 || header->bloom_shift >= 64) {
    return malformed("its hash table makes no sense");
  }
  const std::uint64_t bloom_end = sizeof(Header) + std::uint64_t{header->bloom_words} * 8;
  const std::uint64_t bucket_bytes = std::uint64_t{header->buckets} * 4;
  const auto buckets = slice(bytes, bloom_end, bucket_bytes);
  if (!buckets) {
    return malformed("its hash table does not lie in the file");
  }
  const Table<std::uint32_t> table(*buckets);
  std::uint32_t last = 0;
  for (std::size_t i = 0; i < table.size(); ++i) {
    if (table[i] != 0 && table[i] < header->first_symbol) {
      return malformed("its hash table makes no sense");
    }
    last = std::max(last, table[i]);
  }
  if (last == 0) {
    // Nor would anybody know how many symbols there are.
    return fail(Error(Errc::NotFound, "it exports nothing, so it is no domain")
                    .advise("define cairn_domain_entry as docs/plugins.md says"));
  }
  const Table<std::uint32_t> chain(
      bytes.subspan(static_cast<std::size_t>(bloom_end + bucket_bytes)));
  // The last chain ends all: whichever symbol a lookup starts at, it stops there or before.
  for (std::size_t at = last - header->first_symbol; at < chain.size(); ++at) {
    if ((chain[at] & 1U) != 0) {
      return at + header->first_symbol + 1;
    }
  }
  return malformed("its hash table has no end");
}

/// Marks the symbols of one linked list as seen; false when it leads outside, goes round in circles
/// or into another list.
bool follow_chain(Table<std::uint32_t> chain, std::uint32_t first, std::vector<bool>& seen) {
  for (std::size_t at = first; at != STN_UNDEF; at = chain[at]) {
    if (at >= seen.size() || seen[at]) {
      return false;
    }
    seen[at] = true;
  }
  return true;
}

/// The older hash table: linked lists, which may go round in circles.
Result<std::size_t> count_by_hash(ByteSpan bytes) {
  const Table<std::uint32_t> words(bytes);
  if (words.size() < 2 || words[0] == 0 ||
      !fits(2, std::uint64_t{words[0]} + words[1], words.size())) {
    return malformed("its hash table does not lie in the file");
  }
  const std::size_t buckets = words[0];
  const std::size_t symbols = words[1];
  std::vector<bool> seen(symbols, false);
  const Table<std::uint32_t> chain(bytes.subspan((2 + buckets) * sizeof(std::uint32_t)));
  for (std::size_t bucket = 0; bucket < buckets; ++bucket) {
    if (!follow_chain(chain, words[2 + bucket], seen)) {
      return malformed("its hash table makes no sense");
    }
  }
  return symbols;
}

Result<std::size_t> count_symbols(const ElfImage& image, const ElfDynamic& dynamic) {
  const auto gnu = dynamic.find(DT_GNU_HASH);
  const auto address = gnu ? gnu : dynamic.find(DT_HASH);
  const auto bytes = address ? image.bytes_from(*address) : std::nullopt;
  if (!bytes) {
    return malformed("it has no hash table for its symbols");
  }
  return gnu ? count_by_gnu_hash(*bytes) : count_by_hash(*bytes);
}

}  // namespace

std::optional<ByteSpan> ElfImage::bytes_from(std::uint64_t address) const {
  const ElfSegment* const segment = segment_at(segments_, address);
  if (segment == nullptr || address - segment->address > segment->file_size) {
    return std::nullopt;
  }
  const std::uint64_t skipped = address - segment->address;
  return slice(file_, segment->offset + skipped, segment->file_size - skipped);
}

std::optional<ByteSpan> ElfImage::bytes_at(std::uint64_t address, std::uint64_t size) const {
  const auto rest = bytes_from(address);
  return rest ? slice(*rest, 0, size) : std::nullopt;
}

bool ElfImage::has(std::uint64_t address, std::uint64_t size, std::uint32_t flags) const {
  const ElfSegment* const segment = segment_at(segments_, address);
  return segment != nullptr && (segment->flags & flags) == flags &&
         fits(address - segment->address, size, segment->memory_size);
}

Result<ElfDynamic> ElfDynamic::read(Table<Elf64_Dyn> entries) {
  ElfDynamic dynamic;
  for (std::size_t i = 0; i < entries.size(); ++i) {
    const Elf64_Dyn entry = entries[i];
    if (entry.d_tag == DT_NULL) {
      auto checked = check_flags(dynamic);
      checked = checked ? check_sizes(dynamic) : std::move(checked);
      return checked ? Result<ElfDynamic>(std::move(dynamic)) : fail(std::move(checked).error());
    }
    if (entry.d_tag == DT_NEEDED) {
      dynamic.needed_.push_back(entry.d_un.d_val);
    } else if (!dynamic.values_.emplace(entry.d_tag, entry.d_un.d_val).second) {
      return malformed(fmt::format("its dynamic section has the tag {:#x} twice", entry.d_tag));
    }
  }
  return malformed("its dynamic section has no end");
}

std::optional<std::uint64_t> ElfDynamic::find(std::int64_t tag) const {
  const auto found = values_.find(tag);
  return found == values_.end() ? std::nullopt : std::optional(found->second);
}

Result<ElfTables> read_tables(const ElfImage& image, const ElfDynamic& dynamic) {
  const auto strings_at = dynamic.find(DT_STRTAB);
  const auto symbols_at = dynamic.find(DT_SYMTAB);
  if (!strings_at || !symbols_at) {
    return malformed("it has no symbols");
  }
  CAIRN_TRY(const std::size_t count, count_symbols(image, dynamic));
  const auto strings = image.bytes_at(*strings_at, dynamic.find(DT_STRSZ).value_or(0));
  const auto symbols = image.bytes_at(*symbols_at, std::uint64_t{count} * sizeof(Elf64_Sym));
  if (!strings || strings->empty() || !symbols) {
    return malformed("its symbols and their names do not lie in the file");
  }
  return ElfTables{.strings = *strings, .symbols = Table<Elf64_Sym>(*symbols)};
}

Result<std::vector<ElfSymbol>> read_symbols(Table<Elf64_Sym> table, ByteSpan strings) {
  std::vector<ElfSymbol> symbols;
  for (std::size_t i = 1; i < table.size(); ++i) {
    const Elf64_Sym raw = table[i];
    const auto name = text_at(strings, raw.st_name);
    if (!name) {
      return malformed(fmt::format("the name of symbol {} does not lie in the file", i));
    }
    symbols.push_back({.name = *name,
                       .binding = static_cast<std::uint8_t>(ELF64_ST_BIND(raw.st_info)),
                       .type = static_cast<std::uint8_t>(ELF64_ST_TYPE(raw.st_info)),
                       .section = raw.st_shndx,
                       .address = raw.st_value,
                       .size = raw.st_size});
  }
  return symbols;
}

}  // namespace cairn::plugin
