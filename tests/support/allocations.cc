// SPDX-License-Identifier: Apache-2.0
#include "tests/support/allocations.h"

#include <atomic>
#include <cstddef>

#include "tests/support/heap.h"

namespace {

std::atomic<std::size_t>& count() noexcept {
  static constinit std::atomic<std::size_t> allocations = 0;
  return allocations;
}

thread_local bool is_counted = true;

}  // namespace

namespace cairn::test {

void on_allocation() noexcept {
  count() += is_counted ? 1U : 0U;
}

void before_free(void* /*memory*/) noexcept {}

std::size_t allocations() noexcept {
  use_this_heap();
  return count();
}

Uncounted::Uncounted() noexcept {
  is_counted = false;
}

Uncounted::~Uncounted() {
  is_counted = true;
}

}  // namespace cairn::test
