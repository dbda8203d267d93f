// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstddef>
#include <cstdint>
#include <memory>
#include <span>

#include "sim/device.h"
#include "sys/disk.h"

namespace cairn::sim {

/// An open file of a SimDisk. Each call takes virtual time. Must not outlive its disk; one that
/// outlives its incarnation only fails.
class SimFile final : public sys::File {
 public:
  SimFile(Device& device, std::shared_ptr<Handle> handle);

  using sys::File::read;
  using sys::File::write;
  using sys::File::write_durably;
  Result<std::size_t> read(std::uint64_t offset,
                           std::span<const sys::MutableBuffer> buffers) override;
  Result<> write(std::uint64_t offset, std::span<const sys::ConstBuffer> buffers) override;
  Result<> write_durably(std::uint64_t offset, std::span<const sys::ConstBuffer> buffers) override;
  Result<> sync_data() override;
  [[nodiscard]] Result<std::uint64_t> size() const override;
  Result<> resize(std::uint64_t size) override;
  Result<> preallocate(std::uint64_t size, sys::Allocation how) override;

  [[nodiscard]] bool is_direct() const noexcept override { return handle_->is_direct; }

  [[nodiscard]] const std::shared_ptr<Handle>& handle() const noexcept { return handle_; }

  [[nodiscard]] bool is_on(const Device& device) const noexcept { return &device_ == &device; }

 private:
  [[nodiscard]] Result<> begin_change() const;
  Result<> write_now(Operation operation);
  Result<> check_growth(std::uint64_t growth, std::uint64_t number);
  Result<> set_size(std::uint64_t size);
  Result<> grow(std::uint64_t size, sys::Allocation how);
  [[nodiscard]] Operation sync_operation(std::uint64_t number) const;

  Device& device_;
  std::shared_ptr<Handle> handle_;
};

/// Refuses a range, or buffers, that no file of this kind may be asked for.
[[nodiscard]] Result<> check_range(const Handle& handle, const Operation& operation);

}  // namespace cairn::sim
