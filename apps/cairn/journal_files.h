// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstddef>
#include <string>
#include <string_view>
#include <vector>

#include "cairn/error.h"
#include "journal/keys.h"
#include "journal/keys_ring.h"
#include "journal/proof_anchor.h"
#include "journal/receipt.h"

namespace cairn::cli {

// The files of docs/formats/receipt.md, from paths. Errors name the path.

Result<journal::Receipt> load_receipt(const std::string& path);
Result<journal::Anchors> load_anchors(const std::string& path);
Result<journal::Note> load_note(const std::string& path);
Result<journal::SignerKey> load_signer(const std::string& path);

/// Each argument is the text of a public key, or the path of a file with one on each line. A key
/// given twice is there once.
Result<std::vector<journal::VerifierKey>> load_keys(const std::vector<std::string>& arguments);

/// Writes a file that must not exist, synced; `mode` is that of open(2), whatever the umask lets
/// through. On failure nothing is left there.
Result<> write_new_file(const std::string& path, std::string_view text, unsigned mode);

}  // namespace cairn::cli
