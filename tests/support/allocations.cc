// SPDX-License-Identifier: Apache-2.0
#include "tests/support/allocations.h"

#include <atomic>
#include <cstdlib>
#include <new>

namespace {

std::atomic<std::size_t>& count() noexcept {
  static constinit std::atomic<std::size_t> allocations = 0;
  return allocations;
}

thread_local bool is_counted = true;

void* allocate(std::size_t size, std::size_t align) noexcept {
  count() += is_counted ? 1U : 0U;
  if (void* const memory = std::aligned_alloc(align, (size + align - 1) / align * align);
      memory != nullptr) {
    return memory;
  }
  std::abort();
}

}  // namespace

// Not inlined, or the compiler pairs one half with malloc and warns of the other.
[[gnu::noinline]] void* operator new(std::size_t size) {
  return allocate(size, alignof(std::max_align_t));
}

[[gnu::noinline]] void* operator new(std::size_t size, std::align_val_t align) {
  return allocate(size, static_cast<std::size_t>(align));
}

// Libraries use it; a sanitizer has one of its own, and what is freed here must come from here.
[[gnu::noinline]] void* operator new(std::size_t size, const std::nothrow_t&) noexcept {
  return allocate(size, alignof(std::max_align_t));
}

[[gnu::noinline]] void operator delete(void* memory) noexcept {
  std::free(memory);
}

[[gnu::noinline]] void operator delete(void* memory, std::size_t) noexcept {
  std::free(memory);
}

[[gnu::noinline]] void operator delete(void* memory, std::align_val_t) noexcept {
  std::free(memory);
}

[[gnu::noinline]] void operator delete(void* memory, std::size_t, std::align_val_t) noexcept {
  std::free(memory);
}

namespace cairn::test {

std::size_t allocations() noexcept {
  return count();
}

Uncounted::Uncounted() noexcept {
  is_counted = false;
}

Uncounted::~Uncounted() {
  is_counted = true;
}

}  // namespace cairn::test
