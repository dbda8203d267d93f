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
  witness.has_file_ = true;
  auto store = FileHashStore::open(std::make_unique<UntouchedFile>(std::move(opened)));
  if (!store) {
    CAIRN_TRY(witness.give_up(store.error()));
    return witness;
  }
  witness.store_ = *std::move(store);
  return witness;
}

Result<> TreeWitness::give_up(const Error& error) {
  if (error.code() != Errc::Corrupt && error.code() != Errc::Truncated) {
    return fail(Error(error).at(path_));
  }
  damage_ = fmt::format("{}: {}", path_, error.message());
  store_.reset();
  return {};
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
    if (const auto read = store_->read(stored_position(subtree), std::span(&root, 1)); !read) {
      can_tell_ = false;
      return give_up(read.error());
    }
    frontier_.add_subtree(subtree.level, root);
  }
  compared_ = stored_count(skipped_);
  skipped_ -= first - 1;
  const auto known = std::ranges::lower_bound(anchors_, frontier_.size(), {}, &TreePoint::size);
  next_anchor_ = static_cast<std::size_t>(known - anchors_.begin());
  return {};
}

/// The anchor of the size that the tree has now, if there is one.
std::optional<TreeWitness::Fork> TreeWitness::check_anchor() {
  if (next_anchor_ == anchors_.size() || anchors_[next_anchor_].size != frontier_.size()) {
    return std::nullopt;
  }
  const TreePoint& anchor = anchors_[next_anchor_];
  ++next_anchor_;
  const Digest root = frontier_.root();
  if (root == anchor.root) {
    return std::nullopt;
  }
  return Fork{.size = anchor.size,
              .reason = fmt::format("at size {} the root was {} when it was anchored, and is {}",
                                    anchor.size, anchor.root.to_string(), root.to_string())};
}

/// The file may lack its end: what it does not have is made again.
Result<> TreeWitness::compare() {
  const std::uint64_t there =
      store_ == nullptr ? 0 : store_->size() - std::min(store_->size(), compared_);
  kept_.resize(std::min<std::uint64_t>(there, completed_.size()));
  const Result<> read = kept_.empty() ? Result<>() : store_->read(compared_, kept_);
  if (!read) {
    CAIRN_TRY(give_up(read.error()));
    kept_.clear();
  }
  const auto differs = std::ranges::mismatch(kept_, completed_).in1;
  if (differs != kept_.end()) {
    damage_ = fmt::format("{}: stored hash {} is not that of the transactions", path_,
                          compared_ + static_cast<std::uint64_t>(differs - kept_.begin()));
    store_.reset();
  }
  compared_ += completed_.size();
  completed_.clear();
  return {};
}

Result<std::optional<TreeWitness::Fork>> TreeWitness::add(std::span<const Digest> hashes) {
  if (!can_tell_) {
    return std::nullopt;
  }
  const std::uint64_t before = std::min<std::uint64_t>(skipped_, hashes.size());
  skipped_ -= before;
  for (const Digest& hash : hashes.subspan(before)) {
    if (auto fork = check_anchor()) {
      return fork;
    }
    frontier_.add(leaf_hash(hash.bytes), completed_);
  }
  CAIRN_TRY(compare());
  return std::nullopt;
}

std::optional<TreeWitness::Fork> TreeWitness::finish() {
  if (!can_tell_) {
    return std::nullopt;
  }
  if (store_ != nullptr && store_->size() > compared_) {
    damage_ = fmt::format("{} knows more transactions than the {} that the log has", path_,
                          frontier_.size());
  }
  return check_anchor();
}

}  // namespace cairn::journal
