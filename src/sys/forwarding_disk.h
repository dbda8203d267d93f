// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstdint>
#include <memory>
#include <span>
#include <string_view>
#include <utility>
#include <vector>

#include "sys/disk.h"

namespace cairn::sys {

/// A file that does what another does: for those that do one thing otherwise. Durable writes and
/// maps are made of its own reads, writes and syncs, so that whoever overrides these sees all.
class ForwardingFile : public File {
 public:
  explicit ForwardingFile(std::unique_ptr<File> file) noexcept : file_(std::move(file)) {}

  using File::read;
  using File::write;
  using File::write_durably;

  Result<std::size_t> read(std::uint64_t offset, std::span<const MutableBuffer> buffers) override {
    return file_->read(offset, buffers);
  }

  Result<> write(std::uint64_t offset, std::span<const ConstBuffer> buffers) override {
    return file_->write(offset, buffers);
  }

  Result<> sync_data() override { return file_->sync_data(); }

  [[nodiscard]] Result<std::uint64_t> size() const override { return file_->size(); }

  Result<> resize(std::uint64_t size) override { return file_->resize(size); }

  Result<> preallocate(std::uint64_t size, Allocation how) override {
    return file_->preallocate(size, how);
  }

  [[nodiscard]] bool is_direct() const noexcept override { return file_->is_direct(); }

 private:
  std::unique_ptr<File> file_;
};

/// The same for a disk, which outlives it. Its files and queues are the other's: whoever gives out
/// other files, and lets them be named in queues, makes queues that know them.
class ForwardingDisk : public Disk {
 public:
  explicit ForwardingDisk(Disk& disk) noexcept : disk_(disk) {}

  Result<std::unique_ptr<File>> open(std::string_view path, OpenOptions options) override {
    return disk_.open(path, options);
  }

  Result<> create_folder(std::string_view path) override { return disk_.create_folder(path); }

  Result<std::vector<Entry>> list(std::string_view folder) override { return disk_.list(folder); }

  Result<Entry> stat(std::string_view path) override { return disk_.stat(path); }

  Result<> rename(std::string_view from, std::string_view to) override {
    return disk_.rename(from, to);
  }

  Result<> remove(std::string_view path) override { return disk_.remove(path); }

  Result<> sync_folder(std::string_view folder) override { return disk_.sync_folder(folder); }

  Result<std::unique_ptr<FolderLock>> lock_folder(std::string_view folder) override {
    return disk_.lock_folder(folder);
  }

  Result<Space> free_space() override { return disk_.free_space(); }

  Result<std::unique_ptr<IoQueue>> make_queue(IoQueueOptions options) override {
    return disk_.make_queue(options);
  }

  [[nodiscard]] std::string_view backend() const noexcept override { return disk_.backend(); }

 protected:
  [[nodiscard]] Disk& disk() const noexcept { return disk_; }

 private:
  Disk& disk_;
};

}  // namespace cairn::sys
