// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <atomic>
#include <cstddef>
#include <cstdint>
#include <memory>
#include <mutex>
#include <optional>
#include <span>
#include <string>
#include <string_view>

#include "sys/disk.h"
#include "sys/posix/owned_fd.h"
#include "sys/posix/syscalls.h"
#include "sys/posix/transfer.h"

namespace cairn::sys {

/// An open file of the operating system. Its own calls block; the queues use the lower half, where
/// every back end asks the same function what an answer of the system means.
class PosixFile final : public File {
 public:
  struct Traits {
    bool is_writable = false;
    bool wants_multiples = false;  ///< opened as direct, whether or not it could be
    bool is_direct = false;
  };

  PosixFile(Syscalls& syscalls, OwnedFd fd, std::string path, Traits traits);

  using File::read;
  using File::write;
  using File::write_durably;
  Result<std::size_t> read(std::uint64_t offset, std::span<const MutableBuffer> buffers) override;
  Result<> write(std::uint64_t offset, std::span<const ConstBuffer> buffers) override;
  Result<> write_durably(std::uint64_t offset, std::span<const ConstBuffer> buffers) override;
  Result<> sync_data() override;
  [[nodiscard]] Result<std::uint64_t> size() const override;
  Result<> resize(std::uint64_t size) override;
  Result<> preallocate(std::uint64_t size, Allocation how) override;
  Result<std::unique_ptr<Mapping>> map() override;

  [[nodiscard]] bool is_direct() const noexcept override { return traits_.is_direct; }

  [[nodiscard]] int fd() const noexcept { return fd_.get(); }

  /// The range and, on a direct file, its multiples.
  template <typename Byte>
  [[nodiscard]] Result<> check_buffers(std::uint64_t offset,
                                       std::span<const std::span<Byte>> buffers) const;
  /// Whether a request of this kind may start: not on a poisoned file, no write to a read-only one.
  [[nodiscard]] Result<> check_state(IoKind kind) const;
  /// Moves a transfer on by what the system said: a count or a negative errno value. True when it
  /// is complete, false when the rest is to be asked for. On failure: the file is poisoned where
  /// the contract says so.
  [[nodiscard]] Result<bool> advance(Transfer& transfer, std::int64_t answer);
  /// Makes blocking system calls until the transfer is complete; returns the bytes moved.
  Result<std::size_t> run(Transfer& transfer);

 private:
  Result<> write_all(std::uint64_t offset, std::span<const ConstBuffer> buffers, bool durable);
  [[nodiscard]] Result<> check_end(std::uint64_t end) const;
  [[nodiscard]] Result<bool> ended_early(const Transfer& transfer);
  [[nodiscard]] Error broken(const Transfer& transfer, std::int64_t answer);
  [[nodiscard]] Error failure(std::string_view operation, std::int64_t answer) const;
  Error poison(Error error);
  ssize_t attempt(Transfer& transfer);
  ssize_t write_and_sync(Transfer& transfer);
  Result<> truncate(std::uint64_t size);
  Result<> reserve(std::uint64_t size);
  Result<> write_zeros(std::uint64_t begin, std::uint64_t end);
  Result<> write_zeros_around(std::uint64_t old_size, std::uint64_t size);
  Result<> fill_holes(std::uint64_t end);
  Result<> allocate_from(std::uint64_t old_size, std::uint64_t size, Allocation how);

  Syscalls& syscalls_;
  OwnedFd fd_;
  const std::string path_;
  const Traits traits_;
  std::atomic<bool> is_poisoned_ = false;
  mutable std::mutex poison_mutex_;
  std::optional<Error> poison_;  ///< set once, before is_poisoned_
};

}  // namespace cairn::sys
