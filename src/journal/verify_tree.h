// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstdint>
#include <memory>
#include <optional>
#include <span>
#include <string>
#include <vector>

#include "cairn/digest.h"
#include "cairn/error.h"
#include "journal/proof_anchor.h"
#include "journal/tree_file.h"
#include "journal/tree_frontier.h"
#include "sys/disk.h"

namespace cairn::journal {

/// Makes the tree of a journal again, in bounded memory, and compares: every hash that the tree's
/// file has, and the root at the size of each anchor. Touches nothing. One thread.
class TreeWitness final {
 public:
  /// Looks at the tree's file before the log is looked at, so that the log has no less. Without a
  /// file, or with a damaged one, there is nothing to compare with.
  static Result<TreeWitness> open(sys::Disk& disk, const std::string& path, const Anchors* anchors);

  /// The oldest transaction that is kept. From a later one than 1, the tree's file must know the
  /// tree before it. Nothing can be said when it does not: then `can_tell` is false.
  Result<> begin(std::uint64_t first);

  [[nodiscard]] bool can_tell() const noexcept { return can_tell_; }

  [[nodiscard]] bool has_file() const noexcept { return has_file_; }

  /// An anchor with another root.
  struct Fork {
    std::uint64_t size = 0;
    std::string reason;
  };

  /// Takes the hashes of the next transactions in.
  Result<std::optional<Fork>> add(std::span<const Digest> hashes);
  /// When all are in.
  std::optional<Fork> finish();

  /// What is wrong with the file, as far as it was looked at.
  [[nodiscard]] const std::optional<std::string>& damage() const noexcept { return damage_; }

  /// The anchors that are beyond the end.
  [[nodiscard]] bool is_rolled_back() const noexcept { return next_anchor_ < anchors_.size(); }

  [[nodiscard]] std::span<const TreePoint> anchors_left() const noexcept {
    return anchors_.subspan(next_anchor_);
  }

  [[nodiscard]] TreePoint head() const noexcept {
    return {.size = frontier_.size(), .root = frontier_.root()};
  }

 private:
  TreeWitness() = default;

  std::optional<Fork> check_anchor();
  Result<> compare();
  /// Notes what is wrong with the file, which is not looked at any more. Other errors are passed
  /// on.
  Result<> give_up(const Error& error);

  std::string path_;
  bool has_file_ = false;
  std::unique_ptr<FileHashStore> store_;  ///< null: there is no file that is any good
  std::optional<std::string> damage_;
  std::span<const TreePoint> anchors_;
  std::size_t next_anchor_ = 0;
  std::uint64_t skipped_ = 0;  ///< hashes before the first group that is compared
  bool can_tell_ = true;
  TreeFrontier frontier_;
  std::uint64_t compared_ = 0;  ///< as many of the file's
  std::vector<Digest> completed_;
  std::vector<Digest> kept_;
};

}  // namespace cairn::journal
