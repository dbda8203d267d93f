// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstddef>
#include <cstdint>
#include <functional>
#include <memory>
#include <new>
#include <ostream>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include <gtest/gtest.h>

#include "sys/clock.h"
#include "sys/disk.h"

namespace cairn::test {

/// One empty tree of files for one test, and what the test needs beside it. Made and destroyed by
/// the test; whatever it keeps outside memory is gone afterwards.
class DiskWorld {
 public:
  virtual ~DiskWorld() = default;

  virtual sys::Disk& disk() = 0;
  /// Another Disk object on the same tree.
  virtual sys::Disk& other_disk() = 0;
  /// The clock by which timeouts of this disk's queues run.
  virtual sys::Clock& clock() = 0;
  /// Lets the next write or sync, of a file or of a request, fail once, with IoFailed, or a write
  /// with NoSpace. Requires: nothing else changes the tree before it.
  virtual void fail_next(sys::IoKind kind, Errc code) = 0;
};

/// How a contract suite gets an implementation to test.
struct DiskFactory {
  std::string name;  ///< letters and digits: part of the test's name
  /// Unsupported where this machine cannot have it: its tests are skipped then, with the reason.
  std::function<Result<std::unique_ptr<DiskWorld>>()> make;
  /// False when time passes only inside `wait`, so that no other thread can act during one.
  bool is_real_time = true;

  // NOLINTNEXTLINE(readability-identifier-naming): GoogleTest looks for this name
  friend void PrintTo(const DiskFactory& factory, std::ostream* out) { *out << factory.name; }
};

/// What the four suites share. Instantiate all four, each with every implementation:
///   INSTANTIATE_TEST_SUITE_P(Posix, DiskContract, ::testing::ValuesIn(factories()), factory_name);
class DiskContractBase : public ::testing::TestWithParam<DiskFactory> {
 protected:
  void SetUp() override;

  sys::Disk& disk() { return world_->disk(); }

  DiskWorld& world() { return *world_; }

  std::unique_ptr<sys::File> open(std::string_view path, sys::OpenOptions options);
  /// Creates the file with the contents, or replaces them.
  void put(std::string_view path, std::string_view contents);
  /// All that is in the file.
  std::string get(std::string_view path);

 private:
  std::unique_ptr<DiskWorld> world_;
};

class DiskContract : public DiskContractBase {};

class FileContract : public DiskContractBase {};

class IoQueueContract : public DiskContractBase {
 protected:
  std::unique_ptr<sys::IoQueue> make_queue(std::uint32_t depth);
  /// Waits until nothing is under way. Fails the test when that takes unreasonably long.
  static std::vector<sys::IoCompletion> finish(sys::IoQueue& queue);
};

/// What a broken promise of durability does to a file, of a File and of its requests.
class PoisonContract : public IoQueueContract {
 protected:
  void SetUp() override;
  /// An open file with some bytes in it, synced.
  void start(bool direct);
  /// A request's outcome.
  Result<std::size_t> run(const sys::IoRequest& request);
  Result<std::size_t> write_request(bool durable);
  Result<std::size_t> sync_request();
  /// Every change and sync fails with this error, and reads work.
  void expect_poisoned(const Error& error);
  void expect_sound();

  std::unique_ptr<sys::File> file_;
  std::unique_ptr<sys::IoQueue> queue_;
};

std::string factory_name(const ::testing::TestParamInfo<DiskFactory>& info);

/// Bytes at an address fit for direct files. Zeros at first.
class AlignedBytes final {
 public:
  explicit AlignedBytes(std::size_t size);

  [[nodiscard]] std::span<std::byte> span() const noexcept { return {bytes_.get(), size_}; }

  [[nodiscard]] std::span<std::byte> part(std::size_t offset, std::size_t size) const {
    return span().subspan(offset, size);
  }

  [[nodiscard]] std::string_view text() const noexcept;
  void fill(std::byte value);

 private:
  struct Free {
    void operator()(std::byte* bytes) const noexcept {
      ::operator delete[](bytes, std::align_val_t{sys::direct_alignment});
    }
  };

  std::unique_ptr<std::byte[], Free> bytes_;
  std::size_t size_;
};

inline sys::ConstBuffer bytes_of(std::string_view text) {
  return std::as_bytes(std::span(text));
}

/// The failure's code by name, or "ok": reads well in a failed expectation.
template <typename T>
std::string outcome(const Result<T>& result) {
  return result ? "ok" : std::string(to_string(result.error().code()));
}

}  // namespace cairn::test
