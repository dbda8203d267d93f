// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "apps/cairn/verb.h"

namespace cairn::cli {

/// `cairn keys history`: which keys have signed the heads of a journal.
Exit run_key_history(Arguments arguments);

}  // namespace cairn::cli
