// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <chrono>
#include <condition_variable>
#include <memory>
#include <mutex>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "sys/disk.h"

namespace cairn::store {

/// Where writes stop until somebody lets them go on. Any thread.
class Gate final {
 public:
  /// Of whoever writes: waits while it is shut.
  void pass() {
    std::unique_lock lock(mutex_);
    ++waiting_;
    changed_.notify_all();
    changed_.wait(lock, [this] { return is_open_; });
    --waiting_;
  }

  /// Waits until somebody is stopped at it. False after a minute.
  [[nodiscard]] bool wait_for_somebody() {
    std::unique_lock lock(mutex_);
    return changed_.wait_for(lock, std::chrono::minutes(1), [this] { return waiting_ > 0; });
  }

  void open() {
    const std::lock_guard lock(mutex_);
    is_open_ = true;
    changed_.notify_all();
  }

 private:
  std::mutex mutex_;
  std::condition_variable changed_;
  int waiting_ = 0;
  bool is_open_ = false;
};

/// A disk that does what another does, but that every write into files of one name has to pass a
/// gate. Both outlive it. Its queues are the other's: they take no such files.
class GateDisk final : public sys::Disk {
 public:
  GateDisk(sys::Disk& disk, std::string name, Gate& gate)
      : disk_(disk), name_(std::move(name)), gate_(gate) {}

  Result<std::unique_ptr<sys::File>> open(std::string_view path,
                                          sys::OpenOptions options) override {
    CAIRN_TRY(auto file, disk_.open(path, options));
    return path.ends_with(name_) ? std::make_unique<GateFile>(std::move(file), gate_)
                                 : std::move(file);
  }

  Result<> create_folder(std::string_view path) override { return disk_.create_folder(path); }

  Result<std::vector<sys::Entry>> list(std::string_view folder) override {
    return disk_.list(folder);
  }

  Result<sys::Entry> stat(std::string_view path) override { return disk_.stat(path); }

  Result<> rename(std::string_view from, std::string_view to) override {
    return disk_.rename(from, to);
  }

  Result<> remove(std::string_view path) override { return disk_.remove(path); }

  Result<> sync_folder(std::string_view folder) override { return disk_.sync_folder(folder); }

  Result<std::unique_ptr<sys::FolderLock>> lock_folder(std::string_view folder) override {
    return disk_.lock_folder(folder);
  }

  Result<sys::Space> free_space() override { return disk_.free_space(); }

  Result<std::unique_ptr<sys::IoQueue>> make_queue(sys::IoQueueOptions options) override {
    return disk_.make_queue(options);
  }

  [[nodiscard]] std::string_view backend() const noexcept override { return disk_.backend(); }

 private:
  class GateFile final : public sys::File {
   public:
    GateFile(std::unique_ptr<sys::File> file, Gate& gate) : file_(std::move(file)), gate_(gate) {}

    Result<std::size_t> read(std::uint64_t offset,
                             std::span<const sys::MutableBuffer> buffers) override {
      return file_->read(offset, buffers);
    }

    Result<> write(std::uint64_t offset, std::span<const sys::ConstBuffer> buffers) override {
      gate_.pass();
      return file_->write(offset, buffers);
    }

    Result<> sync_data() override { return file_->sync_data(); }

    [[nodiscard]] Result<std::uint64_t> size() const override { return file_->size(); }

    Result<> resize(std::uint64_t size) override { return file_->resize(size); }

    Result<> preallocate(std::uint64_t size, sys::Allocation how) override {
      return file_->preallocate(size, how);
    }

    [[nodiscard]] bool is_direct() const noexcept override { return file_->is_direct(); }

   private:
    std::unique_ptr<sys::File> file_;
    Gate& gate_;
  };

  sys::Disk& disk_;
  const std::string name_;
  Gate& gate_;
};

}  // namespace cairn::store
