// SPDX-License-Identifier: Apache-2.0
#include "tests/log/bench_world.h"

#include <algorithm>
#include <cstdlib>
#include <filesystem>
#include <system_error>
#include <utility>

#include <fcntl.h>
#include <unistd.h>

#include "base/check.h"
#include "log/format.h"
#include "sys/forwarding_disk.h"
#include "sys/posix/posix_clock.h"
#include "sys/posix/posix_disk.h"
#include "sys/posix/posix_random.h"

namespace cairn::log {

namespace {

/// A file whose space costs nothing to make.
class IdleFile final : public sys::ForwardingFile {
 public:
  using ForwardingFile::ForwardingFile;

  Result<> sync_data() override { return {}; }

  Result<> preallocate(std::uint64_t size, sys::Allocation /*how*/) override {
    return resize(size);
  }
};

/// Completes at once whatever it is given.
class IdleQueue final : public sys::IoQueue {
 public:
  Result<> submit(const sys::IoRequest& request) override {
    std::size_t bytes = 0;
    for (const auto& part : request.write_from) {
      bytes += part.size();
    }
    done_.push_back({.token = request.token, .result = bytes});
    return {};
  }

  std::size_t wait(std::span<sys::IoCompletion> out, Duration) override {
    const std::size_t count = std::min(out.size(), done_.size());
    std::move(done_.begin(), done_.begin() + static_cast<std::ptrdiff_t>(count), out.begin());
    done_.erase(done_.begin(), done_.begin() + static_cast<std::ptrdiff_t>(count));
    return count;
  }

  void wake() noexcept override {}

  [[nodiscard]] std::size_t in_flight() const noexcept override { return done_.size(); }

 private:
  std::vector<sys::IoCompletion> done_;
};

class IdleDisk final : public sys::ForwardingDisk {
 public:
  using ForwardingDisk::ForwardingDisk;

  Result<std::unique_ptr<sys::File>> open(std::string_view path,
                                          sys::OpenOptions options) override {
    CAIRN_TRY(auto file, disk().open(path, options));
    return std::make_unique<IdleFile>(std::move(file));
  }

  Result<std::unique_ptr<sys::IoQueue>> make_queue(sys::IoQueueOptions /*options*/) override {
    return std::make_unique<IdleQueue>();
  }

  [[nodiscard]] std::string_view backend() const noexcept override { return "idle"; }
};

}  // namespace

Instant bench_now() {
  return sys::PosixClock().monotonic_now();
}

double seconds_since(Instant start) {
  return static_cast<double>((bench_now() - start).nanoseconds) / 1e9;
}

void BenchRandom::fill(std::span<std::byte> out) noexcept {
  sys::PosixRandom().fill(out);
}

BenchWorld::BenchWorld(const std::string& parent)
    : path_((parent.empty() ? "." : parent) + "/cairn-log-bench-XXXXXX") {
  CAIRN_CHECK(::mkdtemp(path_.data()) != nullptr);
  auto disk = sys::make_posix_disk(path_);
  CAIRN_CHECK(disk.has_value());
  disk_ = *std::move(disk);
}

BenchWorld::~BenchWorld() {
  std::error_code ignored;
  std::filesystem::remove_all(path_, ignored);
}

std::unique_ptr<sys::Disk> BenchWorld::disk_without_writes() {
  return std::make_unique<IdleDisk>(*disk_);
}

std::vector<std::string> BenchWorld::segments(const std::string& folder) const {
  std::vector<std::string> paths;
  for (const sys::Entry& entry : disk_->list(folder).value_or(std::vector<sys::Entry>())) {
    if (number_of(segment_prefix, entry.name) != 0) {
      paths.push_back(path(folder + "/" + entry.name));
    }
  }
  return paths;
}

void BenchWorld::drop_cache(const std::string& folder, bool is_wanted) const {
  for (const std::string& file : segments(folder)) {
    const int fd = is_wanted ? ::open(file.c_str(), O_RDONLY) : -1;
    if (fd >= 0) {
      CAIRN_CHECK(::posix_fadvise(fd, 0, 0, POSIX_FADV_DONTNEED) == 0);
      ::close(fd);
    }
  }
}

}  // namespace cairn::log
