// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstddef>
#include <memory>
#include <memory_resource>
#include <new>
#include <span>
#include <string_view>
#include <type_traits>
#include <vector>

#include "cairn/descriptor.h"

namespace cairn::schema {

/// The memory of one schema: descriptors, their names and spans, made one by one and freed
/// together. Owned by the Schema whose description it holds; addresses never move. Filled by one
/// thread, then only read.
class Store final {
 public:
  Store() = default;
  Store(const Store&) = delete;
  Store& operator=(const Store&) = delete;
  ~Store() = default;

  /// A copy that lives as long as the store.
  [[nodiscard]] std::string_view text(std::string_view value);

  template <typename T>
  [[nodiscard]] T* make(const T& value) {
    static_assert(std::is_trivially_destructible_v<T>, "a store runs no destructors");
    return ::new (memory_.allocate(sizeof(T), alignof(T))) T(value);
  }

  template <typename T>
  [[nodiscard]] std::span<T> list(const std::vector<T>& values) {
    static_assert(std::is_trivially_copyable_v<T>);
    if (values.empty()) {
      return {};
    }
    T* const first = std::pmr::polymorphic_allocator<T>(&memory_).allocate(values.size());
    std::uninitialized_copy(values.begin(), values.end(), first);
    return {first, values.size()};
  }

 private:
  std::pmr::monotonic_buffer_resource memory_;
};

/// A domain with all it is made of, as a Schema keeps it. `enums` and `structs` (the nested ones)
/// are by ascending name.
struct Description {
  DomainInfo domain;
  std::vector<const EnumInfo*> enums;
  std::vector<const StructInfo*> structs;
};

}  // namespace cairn::schema
