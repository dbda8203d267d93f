// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "cairn/error.h"

namespace cairn::store {

/// Asks, and when the answer is that something is damaged, mends and asks again: as long as `mend`
/// says that it made something anew, for the next answer may have met other damage. What is asked
/// for may have been made anew by somebody else meanwhile: so it is asked once more in any case.
template <typename Ask, typename Mend>
auto ask_mended(const Ask& ask, const Mend& mend) -> decltype(ask()) {
  // More often than an index has files: a disk on which nothing stays whole is not mended for ever.
  constexpr int mends_max = 100;
  auto answer = ask();
  bool has_mended = true;
  for (int mends = 0; mends < mends_max && has_mended; ++mends) {
    if (answer || answer.error().code() != Errc::Corrupt) {
      break;
    }
    has_mended = mend();
    answer = ask();
  }
  return answer;
}

}  // namespace cairn::store
