// SPDX-License-Identifier: Apache-2.0
#include "sys/mapping.h"

#include <utility>
#include <vector>

#include "sys/disk.h"

namespace cairn::sys {

namespace {

class CopiedBytes final : public Mapping {
 public:
  explicit CopiedBytes(std::vector<std::byte> bytes) : bytes_(std::move(bytes)) {}

  [[nodiscard]] std::span<const std::byte> bytes() const noexcept override { return bytes_; }

 private:
  std::vector<std::byte> bytes_;
};

}  // namespace

Result<std::unique_ptr<Mapping>> File::map() {
  if (is_direct()) {
    return fail(Errc::InvalidArgument, "a file opened for direct access cannot be mapped");
  }
  CAIRN_TRY(const std::uint64_t file_size, size());
  std::vector<std::byte> bytes(file_size);
  CAIRN_TRY(const std::size_t got, read(0, MutableBuffer(bytes)));
  bytes.resize(got);
  return std::make_unique<CopiedBytes>(std::move(bytes));
}

}  // namespace cairn::sys
