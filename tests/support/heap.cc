// SPDX-License-Identifier: Apache-2.0
#include "tests/support/heap.h"

#include <cstddef>
#include <cstdlib>
#include <new>

void cairn::test::use_this_heap() noexcept {}

namespace {

void* allocate(std::size_t size, std::size_t align) noexcept {
  cairn::test::on_allocation();
  if (void* const memory = std::aligned_alloc(align, (size + align - 1) / align * align);
      memory != nullptr) {
    return memory;
  }
  std::abort();
}

void look_and_free(void* memory) noexcept {
  if (memory != nullptr) {
    cairn::test::before_free(memory);
  }
  std::free(memory);
}

}  // namespace

// All that a program or its libraries may use: what one of them gives, another of them takes back,
// and a sanitizer has some of its own.
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
