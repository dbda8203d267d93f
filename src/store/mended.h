// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "cairn/error.h"

namespace cairn::store {

/// Asks, and when the answer is that something is damaged, mends it and asks again, once. What
/// cannot be mended leaves the first answer.
template <typename Ask, typename Mend>
auto ask_mended(const Ask& ask, const Mend& mend) -> decltype(ask()) {
  auto answer = ask();
  if (answer || answer.error().code() != Errc::Corrupt) {
    return answer;
  }
  return mend() ? ask() : answer;
}

}  // namespace cairn::store
