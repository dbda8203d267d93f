// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstddef>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "cairn/error.h"

namespace cairn::plugin {

/// The largest shared object that is read, in bytes.
inline constexpr std::size_t object_bytes_max = std::size_t{256} << 20U;

/// The bytes of a regular file. The error names what is wrong, not the path.
Result<std::vector<std::byte>> read_object_file(const std::string& path);

/// A shared object in this process, loaded from memory: what was checked is what runs, a file that
/// is replaced or cut meanwhile harms nothing, and each load is an object of its own, even of the
/// same file. All it needs is bound at once, and nothing it has is seen by others. Loading runs its
/// initialisers. One owner; loads and unloads of different objects may happen on any thread.
class SharedObject final {
 public:
  /// Requires: bytes that ElfFile took. `name` is for debuggers.
  static Result<SharedObject> load(std::span<const std::byte> bytes, std::string_view name);

  SharedObject(SharedObject&& other) noexcept;
  SharedObject& operator=(SharedObject&& other) noexcept;
  SharedObject(const SharedObject&) = delete;
  SharedObject& operator=(const SharedObject&) = delete;
  /// Unloads it: its code and constants are gone.
  ~SharedObject();

  /// The address of a symbol that it exports itself; null when there is none.
  [[nodiscard]] void* find(const char* symbol) const;

 private:
  SharedObject(void* handle, int file) noexcept : handle_(handle), file_(file) {}

  void* handle_ = nullptr;
  int file_ = -1;  ///< keeps the name under which the loader knows the object from being used again
};

}  // namespace cairn::plugin
