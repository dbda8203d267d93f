// SPDX-License-Identifier: Apache-2.0
// A target that does not survive the byte 0xfe, to show that the driver finds and tells it.
#include <cstddef>
#include <cstdint>
#include <cstdlib>
#include <cstring>

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  if (size > 0 && std::memchr(data, 0xfe, size) != nullptr) {
    std::abort();
  }
  return 0;
}
