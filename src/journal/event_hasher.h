// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstddef>
#include <span>
#include <vector>

#include "cairn/byte_writer.h"
#include "cairn/digest.h"
#include "journal/transaction.h"
#include "log/record_hasher.h"

namespace cairn::journal {

/// Hashes many events side by side in the processor's lanes, each as `hash_of` does. One thread.
class EventHasher final {
 public:
  /// Starts anew, for at most so many events.
  void begin(std::size_t count);
  /// Takes what it needs of the event.
  void add(const EventRecord& event);
  /// The hashes of all since `begin`, in order, valid until the next call.
  [[nodiscard]] std::span<const EventHash> finish();

 private:
  log::RecordHasher hasher_;
  GrowingByteWriter content_;
  std::vector<Digest> digests_;
  std::vector<EventHash> hashes_;
};

}  // namespace cairn::journal
