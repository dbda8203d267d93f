// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "apps/cairn/verb.h"

namespace cairn::cli {

// What `cairn keys` does with the keyring of a store's secrets: docs/formats/keyring.md.

Exit run_list_keyring(Arguments arguments);
Exit run_shred_keys(Arguments arguments);
Exit run_compact_keyring(Arguments arguments);

}  // namespace cairn::cli
