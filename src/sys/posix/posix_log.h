// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "base/log.h"
#include "sys/clock.h"

namespace cairn::sys {

/// How a process's log lines go to the open descriptor `fd`, usually standard error: text where
/// that is a terminal, JSON otherwise; time from `clock`, which must outlive the Logger. Called by
/// the composition root, which sets the level and makes the Logger.
///
/// The sink writes each line whole, with one write(2) where the system takes it at once. A line
/// that cannot be written is dropped without a word: there is no better place to say so, and no
/// product call may fail or wait for its log. Requires: SIGPIPE is ignored where `fd` may lose its
/// reader.
[[nodiscard]] LogOptions log_to(int fd, Clock& clock);

}  // namespace cairn::sys
