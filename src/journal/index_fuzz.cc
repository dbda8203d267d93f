// SPDX-License-Identifier: Apache-2.0
// Hostile index files: as they are, or a good one with some of its bytes changed, with or without
// checksums that fit. The first byte says which. Invariants: nothing crashes, nothing loops, and
// whatever cannot be is an error.
#include <cstddef>
#include <cstdint>
#include <cstring>
#include <memory>
#include <span>
#include <utility>
#include <vector>

#include "journal/index_file.h"
#include "journal/index_sample.h"

namespace {

using cairn::journal::IndexHeader;
namespace sample = cairn::journal::sample;

/// A good file; the header of it says where which section is.
const std::vector<std::byte>& good_file() {
  static const std::vector<std::byte> file = [] {
    sample::IndexModel model(7);
    model.grow(150);
    return sample::index_file_of(model);
  }();
  return file;
}

/// Four bytes of input for each change: where, in three, and to what.
void change(std::span<std::byte> bytes, std::span<const std::byte> input) {
  for (std::size_t i = 0; i + 3 < input.size(); i += 4) {
    const auto at = std::to_integer<std::size_t>(input[i]) << 16U |
                    std::to_integer<std::size_t>(input[i + 1]) << 8U |
                    std::to_integer<std::size_t>(input[i + 2]);
    bytes[at % bytes.size()] = input[i + 3];
  }
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  if (size == 0) {
    return 0;
  }
  const auto input = std::as_bytes(std::span(data + 1, size - 1));
  std::vector<std::byte> bytes(input.begin(), input.end());
  if (data[0] % 4 != 0) {
    bytes = good_file();
    change(bytes, input);
  }
  if (data[0] % 4 > 1 && bytes.size() >= sizeof(IndexHeader)) {
    sample::refresh_index_checksums(bytes);
  }
  auto file = cairn::journal::IndexFile::open(
      std::make_unique<sample::MemoryMapping>(std::move(bytes)), "fuzzed");
  if (file) {
    sample::ask_everything(**file);
  }
  return 0;
}
