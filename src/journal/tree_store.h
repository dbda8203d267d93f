// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstdint>
#include <span>
#include <vector>

#include "cairn/digest.h"
#include "cairn/error.h"

namespace cairn::journal {

/// Hashes one after the other, that a Tree keeps and knows the meaning of. Nothing in here is the
/// only copy: all of it can be made again from the journal, so a store may forget its end, but must
/// never hand out a hash that it was not given. One thread at a time.
class HashStore {
 public:
  virtual ~HashStore() = default;

  [[nodiscard]] virtual std::uint64_t size() const noexcept = 0;
  /// The hashes from `first` on. Requires: they are there. Corrupt, naming the place, when what is
  /// kept is not what was given.
  virtual Result<> read(std::uint64_t first, std::span<Digest> out) = 0;
  /// On failure: none of them counts.
  virtual Result<> append(std::span<const Digest> hashes) = 0;
  /// Forgets all but the first `size`. Requires: there are as many.
  virtual Result<> cut(std::uint64_t size) = 0;
  /// After success, a crash costs none of the hashes.
  virtual Result<> sync() = 0;
};

/// In memory: for tests, for a journal in memory, and for a tree that is built to check another.
class MemoryHashStore final : public HashStore {
 public:
  [[nodiscard]] std::uint64_t size() const noexcept override { return hashes_.size(); }

  Result<> read(std::uint64_t first, std::span<Digest> out) override;
  Result<> append(std::span<const Digest> hashes) override;
  Result<> cut(std::uint64_t size) override;
  Result<> sync() override;

  [[nodiscard]] std::vector<Digest>& hashes() noexcept { return hashes_; }

 private:
  std::vector<Digest> hashes_;
};

}  // namespace cairn::journal
