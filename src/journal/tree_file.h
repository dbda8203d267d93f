// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <array>
#include <cstddef>
#include <cstdint>
#include <memory>
#include <optional>
#include <span>

#include "journal/tree_store.h"
#include "sys/disk.h"

namespace cairn::journal {

/// Hashes in one file that only grows, in pages that each carry a checksum: a page that was torn,
/// lost, or rotted is found when it is read, and never believed. docs/formats/tree.md.
///
/// Made by whoever opens the journal, used by one Tree. One thread at a time.
class FileHashStore final : public HashStore {
 public:
  /// Takes over what the file has. Behind the last page that is whole, and that all before it are
  /// known to be synced or whole, nothing is kept; opening reads the header and the pages written
  /// since the last sync. Corrupt for a file of another kind, Unsupported for a newer version of
  /// this one: neither is touched.
  static Result<std::unique_ptr<FileHashStore>> open(std::unique_ptr<sys::File> file);

  [[nodiscard]] std::uint64_t size() const noexcept override { return size_; }

  Result<> read(std::uint64_t first, std::span<Digest> out) override;
  Result<> append(std::span<const Digest> hashes) override;
  Result<> cut(std::uint64_t size) override;
  Result<> sync() override;

  static constexpr std::size_t page_bytes = 4096;
  static constexpr std::size_t page_hashes = 127;

 private:
  /// As it lies in the file.
  struct Page {
    std::array<Digest, page_hashes> hashes = {};
    std::uint64_t count = 0;  ///< of the hashes, from the first; the others are zero
    std::uint64_t number = 0;
    std::uint64_t checksum_low = 0;
    std::uint64_t checksum_high = 0;
  };

  static_assert(sizeof(Page) == page_bytes);

  explicit FileHashStore(std::unique_ptr<sys::File> file) : file_(std::move(file)) {}

  Result<> load();
  Result<> read_header(std::uint64_t file_size);
  Result<> scan(std::uint64_t pages);
  /// Nothing when the page is not whole.
  Result<std::optional<Page>> read_page(std::uint64_t number);
  Result<> write_page(Page& page);
  Result<> write_header(std::uint64_t synced);
  Result<const Page*> page_of(std::uint64_t number);

  std::unique_ptr<sys::File> file_;
  std::uint64_t size_ = 0;
  std::uint64_t synced_ = 0;  ///< as the header says
  Page last_ = {};            ///< the one that hashes are appended to
  Page read_ = {};            ///< the one that was read last
  bool has_read_ = false;
};

}  // namespace cairn::journal
