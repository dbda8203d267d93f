// SPDX-License-Identifier: Apache-2.0
#include "tests/support/freed.h"

#include <array>
#include <atomic>
#include <cstdlib>
#include <cstring>
#include <new>

#include <malloc.h>

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

void* allocate(std::size_t size, std::size_t align) noexcept {
  if (void* const memory = std::aligned_alloc(align, (size + align - 1) / align * align);
      memory != nullptr) {
    return memory;
  }
  std::abort();
}

void look_and_free(void* memory) noexcept {
  const std::size_t size = wanted().size;
  if (memory != nullptr && size != 0 &&
      memmem(memory, malloc_usable_size(memory), wanted().bytes.data(), size) != nullptr) {
    ++wanted().sightings;
  }
  std::free(memory);
}

}  // namespace

// Not inlined, or the compiler pairs one half with malloc and warns of the other.
[[gnu::noinline]] void* operator new(std::size_t size) {
  return allocate(size, alignof(std::max_align_t));
}

[[gnu::noinline]] void* operator new(std::size_t size, std::align_val_t align) {
  return allocate(size, static_cast<std::size_t>(align));
}

[[gnu::noinline]] void* operator new(std::size_t size, const std::nothrow_t&) noexcept {
  return allocate(size, alignof(std::max_align_t));
}

[[gnu::noinline]] void* operator new[](std::size_t size) {
  return allocate(size, alignof(std::max_align_t));
}

[[gnu::noinline]] void* operator new[](std::size_t size, const std::nothrow_t&) noexcept {
  return allocate(size, alignof(std::max_align_t));
}

[[gnu::noinline]] void operator delete[](void* memory) noexcept {
  look_and_free(memory);
}

[[gnu::noinline]] void operator delete[](void* memory, std::size_t) noexcept {
  look_and_free(memory);
}

[[gnu::noinline]] void operator delete(void* memory) noexcept {
  look_and_free(memory);
}

[[gnu::noinline]] void operator delete(void* memory, std::size_t) noexcept {
  look_and_free(memory);
}

[[gnu::noinline]] void operator delete(void* memory, std::align_val_t) noexcept {
  look_and_free(memory);
}

[[gnu::noinline]] void operator delete(void* memory, std::size_t, std::align_val_t) noexcept {
  look_and_free(memory);
}

namespace cairn::test {

FreedWatch::FreedWatch(std::span<const std::byte> secret) {
  if (secret.size() < 8 || secret.size() > secret_bytes_max) {
    std::abort();
  }
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
