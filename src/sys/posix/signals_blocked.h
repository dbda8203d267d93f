// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <csignal>

namespace cairn::sys {

/// Blocks every signal in the threads started while it lives: handlers run in threads of the
/// program, never in ours.
class SignalsBlocked final {
 public:
  SignalsBlocked() {
    sigset_t all;
    ::sigfillset(&all);
    ::pthread_sigmask(SIG_SETMASK, &all, &before_);
  }

  ~SignalsBlocked() { ::pthread_sigmask(SIG_SETMASK, &before_, nullptr); }

  SignalsBlocked(const SignalsBlocked&) = delete;
  SignalsBlocked& operator=(const SignalsBlocked&) = delete;

 private:
  sigset_t before_{};
};

}  // namespace cairn::sys
