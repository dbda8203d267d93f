// SPDX-License-Identifier: Apache-2.0
#include "tests/support/freed.h"

#include <array>
#include <atomic>
#include <cstdlib>
#include <cstring>

#include <malloc.h>

#include "tests/support/heap.h"

namespace {

struct Wanted {
  std::array<std::byte, cairn::test::FreedWatch::secret_bytes_max> bytes = {};
  std::atomic<std::size_t> size = 0;  ///< 0: nobody watches
  std::atomic<std::size_t> sightings = 0;
};

Wanted& wanted() noexcept {
  static constinit Wanted secret;
  return secret;
}

}  // namespace

namespace cairn::test {

void on_allocation() noexcept {}

void before_free(void* memory) noexcept {
  const std::size_t size = wanted().size;
  if (size != 0 &&
      memmem(memory, malloc_usable_size(memory), wanted().bytes.data(), size) != nullptr) {
    ++wanted().sightings;
  }
}

FreedWatch::FreedWatch(std::span<const std::byte> secret) {
  if (secret.size() < 8 || secret.size() > secret_bytes_max) {
    std::abort();
  }
  use_this_heap();
  std::memcpy(wanted().bytes.data(), secret.data(), secret.size());
  wanted().sightings = 0;
  wanted().size = secret.size();
}

FreedWatch::~FreedWatch() {
  wanted().size = 0;
}

std::size_t FreedWatch::sightings() noexcept {
  return wanted().sightings;
}

}  // namespace cairn::test
