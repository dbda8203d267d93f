// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstdint>
#include <cstdio>
#include <initializer_list>
#include <string>
#include <string_view>

#include "base/hash.h"
#include "cairn/digest.h"
#include "cairn/time.h"

namespace cairn::sim {

/// What one record of the trace says. `what` names the decision ("disk.write"), `subject` whom it
/// is about ("node1/log"); both may point at temporaries.
struct TraceRecord {
  Instant at;
  std::string_view what;
  std::string_view subject;
  std::initializer_list<std::uint64_t> numbers;
};

/// Everything a run decided, folded into one BLAKE3 digest: two runs that differ anywhere differ
/// there. Never feeds back into the run. Owned by the World.
class Trace final {
 public:
  Trace() = default;
  ~Trace() = default;
  Trace(const Trace&) = delete;
  Trace& operator=(const Trace&) = delete;

  void add(const TraceRecord& record);

  /// Of everything so far; more may follow.
  [[nodiscard]] Digest digest() const { return hasher_.finish(); }

  [[nodiscard]] std::uint64_t records() const noexcept { return records_; }

  /// Also prints each record as a line. Null stops that. The file stays the caller's.
  void print_to(std::FILE* out) noexcept { out_ = out; }

 private:
  Blake3Hasher hasher_;
  std::string scratch_;
  std::uint64_t records_ = 0;
  std::FILE* out_ = nullptr;
};

}  // namespace cairn::sim
