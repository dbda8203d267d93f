// SPDX-License-Identifier: Apache-2.0
#include <cerrno>
#include <utility>

#include <fmt/format.h>
#include <sys/mman.h>

#include "sys/posix/os_error.h"
#include "sys/posix/posix_file.h"

namespace cairn::sys {

namespace {

class MappedBytes final : public Mapping {
 public:
  explicit MappedBytes(std::span<const std::byte> bytes) noexcept : bytes_(bytes) {}

  ~MappedBytes() override {
    if (!bytes_.empty()) {
      ::munmap(const_cast<std::byte*>(bytes_.data()), bytes_.size());
    }
  }

  [[nodiscard]] std::span<const std::byte> bytes() const noexcept override { return bytes_; }

 private:
  const std::span<const std::byte> bytes_;
};

}  // namespace

Result<std::unique_ptr<Mapping>> PosixFile::map() {
  if (traits_.wants_multiples) {
    return fail(Errc::InvalidArgument,
                fmt::format("{} is open for direct access and cannot be mapped", path_));
  }
  CAIRN_TRY(const std::uint64_t file_size, size());
  if (file_size == 0) {
    return std::make_unique<MappedBytes>(std::span<const std::byte>());
  }
  const void* const start = ::mmap(nullptr, file_size, PROT_READ, MAP_SHARED, fd_.get(), 0);
  if (start == MAP_FAILED) {
    return fail(os_error("map", path_, errno));
  }
  return std::make_unique<MappedBytes>(
      std::span(static_cast<const std::byte*>(start), static_cast<std::size_t>(file_size)));
}

}  // namespace cairn::sys
