// SPDX-License-Identifier: Apache-2.0
#include "store/follower.h"

namespace cairn::store {

Result<std::unique_ptr<Follower>> Follower::start(journal::EventIndex& index, Proofs& proofs,
                                                  journal::HistoryReader& reader) {
  std::unique_ptr<Follower> follower(new Follower(index, proofs, reader));
  CAIRN_TRY(reader.refresh());
  CAIRN_TRY(reader.seek(Seq(index.last() + 1)));
  return follower;
}

Result<bool> Follower::step() {
  CAIRN_TRY(const log::BatchView* const batch, reader_.next_batch());
  if (batch == nullptr) {
    return false;
  }
  proofs_.append(batch->first(), batch->hashes());
  CAIRN_TRY(feeder_.add(*batch));
  events_ = feeder_.events();
  return true;
}

}  // namespace cairn::store
