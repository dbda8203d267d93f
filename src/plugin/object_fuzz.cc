// SPDX-License-Identifier: Apache-2.0
// Hostile shared objects. Invariants: whatever the bytes, the reader and the lint end with a result
// or with an error that has a message; what was read can be walked; two lints of the same bytes say
// the same. With the first byte odd, the rest steers changes to a valid plugin, so that the tables
// behind the headers are reached; with it divisible by four, it is an allow-list.
#include <algorithm>
#include <cstddef>
#include <cstdint>
#include <cstring>
#include <span>
#include <string_view>
#include <vector>

#include "base/check.h"
#include "plugin/elf_file.h"
#include "plugin/lint.h"
#include "plugin/shared_object.h"
#include "schema/random_schema.h"

namespace {

using Bytes = std::vector<std::byte>;
using cairn::plugin::ElfFile;

const Bytes& valid_plugin() {
  static const Bytes bytes = [] {
    auto read = cairn::plugin::read_object_file(CAIRN_PLUGIN_FOLDER "/counter.so");
    CAIRN_CHECK(read.has_value());
    CAIRN_CHECK(ElfFile::read(*read).has_value());
    return std::move(*read);
  }();
  return bytes;
}

void exercise(std::span<const std::byte> bytes) {
  const auto file = ElfFile::read(bytes);
  const auto report = cairn::plugin::lint(bytes, {});
  CAIRN_CHECK(file.has_value() == report.has_value());
  if (!file) {
    CAIRN_CHECK(!file.error().message().empty());
    return;
  }
  for (const auto& symbol : file->symbols()) {
    CAIRN_CHECK(file->section_of(symbol) == nullptr || symbol.section != 0);
  }
  const auto again = cairn::plugin::lint(bytes, {});
  CAIRN_CHECK(cairn::plugin::to_text(*report) == cairn::plugin::to_text(*again));
}

/// Numbers written over the plugin, most of them over its tables and headers.
Bytes damaged(cairn::schema::Choices& choices) {
  Bytes bytes = valid_plugin();
  for (std::uint64_t count = 1 + choices.below(4); count > 0; --count) {
    const std::size_t end =
        choices.one_in(2) ? std::min<std::size_t>(bytes.size(), 0x1000) : bytes.size();
    const std::size_t width = std::size_t{1} << choices.below(4);
    const std::size_t at = choices.below(end - width) / width * width;
    std::uint64_t number =
        choices.below(4) == 0 ? choices.below(~std::uint64_t{0}) : choices.below(0x5000);
    number = choices.one_in(8) ? ~number : number;
    std::memcpy(bytes.data() + at, &number, width);
  }
  if (choices.one_in(16)) {
    bytes.resize(choices.below(bytes.size()));
  }
  return bytes;
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  if (size == 0) {
    return 0;
  }
  const std::span<const std::uint8_t> rest(data + 1, size - 1);
  if (data[0] % 2 != 0) {
    cairn::schema::Choices choices(data[0], rest);
    exercise(damaged(choices));
  } else if (data[0] % 4 == 0) {
    const std::string_view text(reinterpret_cast<const char*>(rest.data()), rest.size());
    const auto allowances = cairn::plugin::parse_allowances(text);
    CAIRN_CHECK(allowances.has_value() || !allowances.error().message().empty());
  } else {
    exercise(std::as_bytes(rest));
  }
  return 0;
}
