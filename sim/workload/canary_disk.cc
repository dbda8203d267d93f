// SPDX-License-Identifier: Apache-2.0
#include "sim/workload/canary_disk.h"

#include <algorithm>
#include <array>
#include <map>
#include <utility>

#include "log/memory.h"

namespace cairn::sim {

namespace {

struct CanaryName {
  Canary canary = Canary::None;
  std::string_view name;
};

constexpr std::array canary_names{
    CanaryName{.canary = Canary::None, .name = "none"},
    CanaryName{.canary = Canary::SkipsSync, .name = "skips-sync"},
    CanaryName{.canary = Canary::IgnoresErrors, .name = "ignores-errors"},
    CanaryName{.canary = Canary::ForgetsFolderSync, .name = "forgets-folder-sync"},
    CanaryName{.canary = Canary::RetriesSync, .name = "retries-sync"},
    CanaryName{.canary = Canary::TrustsPageCache, .name = "trusts-page-cache"},
};

class CanaryFile final : public sys::File {
 public:
  CanaryFile(sys::Disk& disk, std::string path, std::unique_ptr<sys::File> file, Canary canary)
      : disk_(disk), path_(std::move(path)), canary_(canary) {
    files_.push_back(std::move(file));
  }

  using sys::File::read;
  using sys::File::write;
  using sys::File::write_durably;

  Result<std::size_t> read(std::uint64_t offset,
                           std::span<const sys::MutableBuffer> buffers) override {
    return file().read(offset, buffers);
  }

  Result<> write(std::uint64_t offset, std::span<const sys::ConstBuffer> buffers) override {
    if (canary_ == Canary::TrustsPageCache && is_there(offset, buffers)) {
      return {};
    }
    is_changed_ = true;
    return file().write(offset, buffers);
  }

  Result<> write_durably(std::uint64_t offset, std::span<const sys::ConstBuffer> buffers) override {
    is_changed_ = true;
    return canary_ == Canary::SkipsSync ? file().write(offset, buffers)
                                        : file().write_durably(offset, buffers);
  }

  Result<> sync_data() override {
    const bool is_skipped =
        canary_ == Canary::SkipsSync || (canary_ == Canary::TrustsPageCache && !is_changed_);
    return is_skipped ? Result<>{} : file().sync_data();
  }

  [[nodiscard]] Result<std::uint64_t> size() const override { return files_.back()->size(); }

  Result<> resize(std::uint64_t size) override { return file().resize(size); }

  Result<> preallocate(std::uint64_t size, sys::Allocation how) override {
    return file().preallocate(size, how);
  }

  [[nodiscard]] bool is_direct() const noexcept override { return files_.back()->is_direct(); }

  sys::File& file() { return *files_.back(); }

  /// The second try after a failed sync. What is under way may still name the file it failed on.
  Result<> retry() {
    CAIRN_TRY(auto again, disk_.open(path_, {.mode = sys::OpenMode::ReadWrite, .direct = true}));
    files_.push_back(std::move(again));
    return file().sync_data();
  }

 private:
  bool is_there(std::uint64_t offset, std::span<const sys::ConstBuffer> buffers) {
    for (const sys::ConstBuffer buffer : buffers) {
      // Aligned, or a direct file refuses the read wherever the allocator happens to put it.
      const log::AlignedBytes found(buffer.size());
      const auto size = file().read(offset, found.span());
      if (!size || *size != buffer.size() || !std::ranges::equal(found.span(), buffer)) {
        return false;
      }
      offset += buffer.size();
    }
    return true;
  }

  sys::Disk& disk_;
  const std::string path_;
  const Canary canary_;
  std::vector<std::unique_ptr<sys::File>> files_;
  bool is_changed_ = false;  ///< by a write of its own
};

class CanaryQueue final : public sys::IoQueue {
 public:
  CanaryQueue(std::unique_ptr<sys::IoQueue> queue, Canary canary)
      : queue_(std::move(queue)), canary_(canary) {}

  Result<> submit(const sys::IoRequest& request) override {
    auto& file = dynamic_cast<CanaryFile&>(*request.file);
    sys::IoRequest passed = request;
    passed.file = &file.file();
    passed.durable = request.durable && canary_ != Canary::SkipsSync;
    CAIRN_TRY(queue_->submit(passed));
    files_[request.token] = &file;
    return {};
  }

  std::size_t wait(std::span<sys::IoCompletion> out, Duration timeout) override {
    const std::size_t count = queue_->wait(out, timeout);
    for (sys::IoCompletion& completion : out.first(count)) {
      cover_up(completion);
    }
    return count;
  }

  void wake() noexcept override { queue_->wake(); }

  [[nodiscard]] std::size_t in_flight() const noexcept override { return queue_->in_flight(); }

 private:
  void cover_up(sys::IoCompletion& completion) {
    const bool is_retried = canary_ == Canary::RetriesSync && !completion.result &&
                            files_.at(completion.token)->retry().has_value();
    if (is_retried || canary_ == Canary::IgnoresErrors) {
      completion.result = 0;
    }
  }

  std::unique_ptr<sys::IoQueue> queue_;
  const Canary canary_;
  std::map<std::uint64_t, CanaryFile*> files_;  ///< by token
};

}  // namespace

std::string_view to_string(Canary canary) noexcept {
  return std::ranges::find(canary_names, canary, &CanaryName::canary)->name;
}

const Canary* find_canary(std::string_view name) noexcept {
  const auto* const found = std::ranges::find(canary_names, name, &CanaryName::name);
  return found == canary_names.end() ? nullptr : &found->canary;
}

Result<std::unique_ptr<sys::File>> CanaryDisk::open(std::string_view path,
                                                    sys::OpenOptions options) {
  CAIRN_TRY(auto file, disk().open(path, options));
  return std::make_unique<CanaryFile>(disk(), std::string(path), std::move(file), canary_);
}

Result<> CanaryDisk::sync_folder(std::string_view folder) {
  return canary_ == Canary::ForgetsFolderSync ? Result<>{} : disk().sync_folder(folder);
}

Result<std::unique_ptr<sys::IoQueue>> CanaryDisk::make_queue(sys::IoQueueOptions options) {
  CAIRN_TRY(auto queue, disk().make_queue(options));
  return std::make_unique<CanaryQueue>(std::move(queue), canary_);
}

}  // namespace cairn::sim
