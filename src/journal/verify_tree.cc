// SPDX-License-Identifier: Apache-2.0
#include "journal/verify_tree.h"

#include <algorithm>
#include <utility>

#include <fmt/core.h>

#include "base/check.h"
#include "journal/tree_hash.h"
#include "journal/tree_shape.h"

namespace cairn::journal {

namespace {

/// A file that is read and stays as it is: what would be repaired when it is taken over is left.
class UntouchedFile final : public sys::File {
 public:
  explicit UntouchedFile(std::unique_ptr<sys::File> file) : file_(std::move(file)) {}

  using sys::File::read;
  using sys::File::write;

  Result<std::size_t> read(std::uint64_t offset,
                           std::span<const sys::MutableBuffer> buffers) override {
    return file_->read(offset, buffers);
  }

  Result<> write(std::uint64_t /*offset*/, std::span<const sys::ConstBuffer> /*buffers*/) override {
    return {};
  }

  Result<> sync_data() override { return {}; }

  [[nodiscard]] Result<std::uint64_t> size() const override { return file_->size(); }

  Result<> resize(std::uint64_t /*size*/) override { return {}; }

  Result<> preallocate(std::uint64_t /*size*/, sys::Allocation /*how*/) override { return {}; }

  [[nodiscard]] bool is_direct() const noexcept override { return file_->is_direct(); }

 private:
  std::unique_ptr<sys::File> file_;
};

}  // namespace

Result<TreeWitness> TreeWitness::open(sys::Disk& disk, const std::string& path,
                                      const Anchors* anchors) {
  TreeWitness witness;
  witness.path_ = path;
  if (anchors != nullptr) {
    witness.anchors_ = anchors->heads;
  }
  auto file = disk.open(path, {});
  if (!file && file.error().code() == Errc::NotFound) {
    return witness;
  }
  CAIRN_TRY(std::unique_ptr<sys::File> opened, std::move(file));
  auto store = FileHashStore::open(std::make_unique<UntouchedFile>(std::move(opened)));
  if (!store) {
    return fail(std::move(store).error().at(path));
  }
  witness.store_ = *std::move(store);
  return witness;
}

Result<> TreeWitness::begin(std::uint64_t first) {
  // The tree keeps whole groups: the first of which all is kept begins here.
  skipped_ = (first - 1 + group_leaves - 1) / group_leaves * group_leaves;
  if (skipped_ == 0) {
    return {};
  }
  can_tell_ = store_ != nullptr && leaves_stored(store_->size()) >= skipped_;
  if (!can_tell_) {
    return {};
  }
  for (const Subtree subtree : complete_subtrees({.begin = 0, .end = skipped_})) {
    Digest root;
    CAIRN_TRY(store_->read(stored_position(subtree), std::span(&root, 1)));
    frontier_.add_subtree(subtree.level, root);
  }
  compared_ = stored_count(skipped_);
  skipped_ -= first - 1;
  const auto known = std::ranges::lower_bound(anchors_, frontier_.size(), {}, &TreePoint::size);
  next_anchor_ = static_cast<std::size_t>(known - anchors_.begin());
  return {};
}

/// The anchor of the size that the tree has now, if there is one.
std::optional<TreeWitness::Flaw> TreeWitness::check_anchor() {
  if (next_anchor_ == anchors_.size() || anchors_[next_anchor_].size != frontier_.size()) {
    return std::nullopt;
  }
  const TreePoint& anchor = anchors_[next_anchor_];
  ++next_anchor_;
  const Digest root = frontier_.root();
  if (root == anchor.root) {
    return std::nullopt;
  }
  return Flaw{.is_of_file = false,
              .size = anchor.size,
              .reason = fmt::format("at size {} the root was {} when it was anchored, and is {}",
                                    anchor.size, anchor.root.to_string(), root.to_string())};
}

Result<std::optional<TreeWitness::Flaw>> TreeWitness::compare() {
  if (store_ == nullptr) {
    completed_.clear();
    return std::nullopt;
  }
  const std::uint64_t there = store_->size() - std::min(store_->size(), compared_);
  kept_.resize(std::min<std::uint64_t>(there, completed_.size()));
  if (kept_.empty()) {
    completed_.clear();
    return std::nullopt;
  }
  if (auto read = store_->read(compared_, kept_); !read) {
    if (read.error().code() != Errc::Corrupt) {
      return fail(std::move(read).error().at(path_));
    }
    return Flaw{.is_of_file = true,
                .size = frontier_.size(),
                .reason = std::move(read).error().at(path_).message()};
  }
  const auto differs = std::ranges::mismatch(kept_, completed_).in1;
  if (differs != kept_.end()) {
    const auto index = static_cast<std::uint64_t>(differs - kept_.begin());
    return Flaw{.is_of_file = true,
                .size = frontier_.size(),
                .reason = fmt::format("{}: stored hash {} is not that of the transactions", path_,
                                      compared_ + index)};
  }
  compared_ += completed_.size();
  completed_.clear();
  return std::nullopt;
}

Result<std::optional<TreeWitness::Flaw>> TreeWitness::add(std::span<const Digest> hashes) {
  if (!can_tell_) {
    return std::nullopt;
  }
  const std::uint64_t before = std::min<std::uint64_t>(skipped_, hashes.size());
  skipped_ -= before;
  for (const Digest& hash : hashes.subspan(before)) {
    if (auto flaw = check_anchor()) {
      return flaw;
    }
    frontier_.add(leaf_hash(hash.bytes), completed_);
  }
  return compare();
}

Result<std::optional<TreeWitness::Flaw>> TreeWitness::finish() {
  if (!can_tell_) {
    return std::nullopt;
  }
  if (auto flaw = check_anchor()) {
    return flaw;
  }
  if (store_ != nullptr && store_->size() > compared_) {
    return Flaw{.is_of_file = true,
                .size = frontier_.size(),
                .reason = fmt::format("{} knows more transactions than the {} that the log has",
                                      path_, frontier_.size())};
  }
  return std::nullopt;
}

}  // namespace cairn::journal
