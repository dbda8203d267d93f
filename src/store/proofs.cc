// SPDX-License-Identifier: Apache-2.0
#include "store/proofs.h"

#include <algorithm>
#include <utility>
#include <vector>

#include "base/limits.h"
#include "journal/archive.h"
#include "journal/keys_ring.h"
#include "journal/note.h"
#include "journal/receipt.h"
#include "journal/tree_head.h"

namespace cairn::store {

Result<std::unique_ptr<Proofs>> Proofs::open(sys::Disk& disk, const std::string& folder,
                                             std::uint64_t durable, std::string_view key) {
  std::unique_ptr<Proofs> proofs(new Proofs(disk, folder));
  const MutexLock lock(proofs->mutex_);
  if (!key.empty()) {
    CAIRN_TRY(journal::SignerKey signer, journal::SignerKey::parse(key));
    proofs->key_.emplace(std::move(signer));
  }
  CAIRN_TRY(journal::HistoryReader reader, journal::HistoryReader::open(disk, folder));
  proofs->reader_.emplace(std::move(reader));
  CAIRN_TRY(journal::HistoryHashes hashes,
            journal::HistoryHashes::open(disk, folder, *proofs->reader_));
  proofs->hashes_.emplace(std::move(hashes));
  CAIRN_TRY(auto file, disk.open(journal::part_of(folder, journal::tree_file),
                                 {.mode = sys::OpenMode::CreateOrOpen}));
  CAIRN_TRY(proofs->file_, journal::FileHashStore::open(std::move(file)));
  CAIRN_TRY(journal::Tree tree, journal::Tree::open(*proofs->file_, *proofs->hashes_, durable));
  proofs->tree_.emplace(std::move(tree));
  return proofs;
}

void Proofs::append(std::uint64_t first, std::span<const Digest> transaction_hashes) {
  const MutexLock lock(mutex_);
  failure_.reset();
  if (auto grown = grow(first, transaction_hashes); !grown) {
    failure_.emplace(std::move(grown).error());
  }
}

Result<> Proofs::grow(std::uint64_t first, std::span<const Digest> transaction_hashes) {
  std::vector<Digest> missing;
  while (tree_->size() + 1 < first) {
    missing.resize(std::min<std::uint64_t>(first - 1 - tree_->size(), tree_batch_leaves));
    CAIRN_TRY(hashes_->read(tree_->size(), missing));
    CAIRN_TRY(tree_->append(missing));
  }
  const std::uint64_t known = tree_->size() + 1 - first;
  return known >= transaction_hashes.size() ? Result<>()
                                            : tree_->append(transaction_hashes.subspan(known));
}

Result<> Proofs::sync() {
  const MutexLock lock(mutex_);
  return tree_->sync();
}

Result<> Proofs::keep_before(std::uint64_t first) {
  const MutexLock lock(mutex_);
  if (failure_) {
    return fail(*failure_);
  }
  return journal::keep_tree_before(disk_, folder_, first, *tree_, *hashes_);
}

Result<journal::Note> Proofs::sign() {
  if (failure_) {
    return fail(*failure_);
  }
  if (!key_) {
    return fail(Error(Errc::InvalidArgument, "the store has no key to sign with")
                    .advise("give StoreOptions::signing_key; `cairn keys generate` makes one"));
  }
  return journal::sign_head({.origin = key_->verifier().name(), .tree = tree_->head()}, *key_);
}

Result<std::string> Proofs::signed_head() {
  const MutexLock lock(mutex_);
  CAIRN_TRY(const journal::Note note, sign());
  return print_note(note);
}

Result<std::string> Proofs::receipt(journal::HistoryReader& reader, std::uint64_t sequence) {
  CAIRN_TRY(const journal::HistoryEntry* const entry, reader.at(Seq(sequence)));
  const std::vector<std::byte> frame = journal::frame_of(entry->bytes);
  const MutexLock lock(mutex_);
  CAIRN_TRY(const journal::Note note, sign());
  CAIRN_TRY(const journal::Receipt receipt,
            journal::make_receipt(*tree_,
                                  {.transaction = frame, .sequence = Seq(sequence), .note = note}));
  return print_receipt(receipt);
}

}  // namespace cairn::store
