// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <chrono>
#include <condition_variable>
#include <memory>
#include <mutex>
#include <span>
#include <string>
#include <string_view>
#include <utility>

#include "sys/forwarding_disk.h"

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
class GateDisk final : public sys::ForwardingDisk {
 public:
  GateDisk(sys::Disk& disk, std::string name, Gate& gate)
      : ForwardingDisk(disk), name_(std::move(name)), gate_(gate) {}

  Result<std::unique_ptr<sys::File>> open(std::string_view path,
                                          sys::OpenOptions options) override {
    CAIRN_TRY(auto file, disk().open(path, options));
    return path.ends_with(name_) ? std::make_unique<GateFile>(std::move(file), gate_)
                                 : std::move(file);
  }

 private:
  class GateFile final : public sys::ForwardingFile {
   public:
    GateFile(std::unique_ptr<sys::File> file, Gate& gate)
        : ForwardingFile(std::move(file)), gate_(gate) {}

    Result<> write(std::uint64_t offset, std::span<const sys::ConstBuffer> buffers) override {
      gate_.pass();
      return ForwardingFile::write(offset, buffers);
    }

   private:
    Gate& gate_;
  };

  const std::string name_;
  Gate& gate_;
};

}  // namespace cairn::store
