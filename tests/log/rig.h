// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstddef>
#include <cstdint>
#include <map>
#include <memory>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "log/options.h"
#include "log/reader.h"
#include "log/writer.h"
#include "sys/disk.h"
#include "sys/randomness.h"
#include "tests/support/bytes.h"
#include "tests/support/temp_folder.h"

namespace cairn::log {

/// Bytes that look random and are the same each time.
class CountedRandom final : public sys::Random {
 public:
  explicit CountedRandom(std::uint64_t seed) : state_(seed) {}

  void fill(std::span<std::byte> out) noexcept override;
  std::uint64_t next() noexcept;

  /// From 0 to bound - 1.
  std::uint64_t below(std::uint64_t bound) noexcept { return next() % bound; }

 private:
  std::uint64_t state_;
};

/// Small segments and batches, so that a test meets every border soon.
[[nodiscard]] Options small_options();

/// Bytes that tell which sequence they were made for.
[[nodiscard]] test::Bytes record_of(std::uint64_t sequence, std::size_t size);

/// What a reader finds, by sequence.
using Records = std::map<std::uint64_t, test::Bytes>;

/// A log in a folder of its own on the real disk, for one test.
class Rig final {
 public:
  explicit Rig(const Options& options = small_options(), std::uint64_t seed = 1);

  /// Opens the writer, closing the one before. Its error, if there is one.
  Result<> open();

  void close() { writer_.reset(); }

  [[nodiscard]] Writer& writer() { return *writer_; }

  /// One batch of so many records of that size, made durable; they are remembered.
  void append(std::size_t count, std::size_t size);

  /// What was made durable by `append`.
  [[nodiscard]] const Records& expected() const noexcept { return expected_; }

  Records& expected() noexcept { return expected_; }

  /// All that a fresh reader finds from `from` on.
  [[nodiscard]] Result<Records> read_all(std::uint64_t from = 1);

  [[nodiscard]] Result<Verified> verify() { return verify_log(*disk_, "log"); }

  [[nodiscard]] sys::Disk& disk() { return *disk_; }

  [[nodiscard]] Folder folder() { return {*disk_, "log"}; }

  [[nodiscard]] CountedRandom& random() { return random_; }

  Options& options() { return options_; }

  /// A file of the log as bytes, and back.
  [[nodiscard]] test::Bytes file(std::string_view name);
  void set_file(std::string_view name, std::span<const std::byte> bytes);
  [[nodiscard]] std::map<std::string, test::Bytes> files();
  /// Makes the folder hold exactly these.
  void set_files(const std::map<std::string, test::Bytes>& files);

 private:
  test::TempFolder temp_;
  Options options_;
  CountedRandom random_;
  std::unique_ptr<sys::Disk> disk_;
  std::unique_ptr<Writer> writer_;
  Records expected_;
};

}  // namespace cairn::log
