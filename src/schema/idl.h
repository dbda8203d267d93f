// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstddef>
#include <cstdint>
#include <optional>
#include <string_view>
#include <vector>

#include "cairn/digest.h"
#include "cairn/error.h"
#include "schema/json_tree.h"
#include "schema/schema.h"
#include "schema/store.h"

namespace cairn::schema {

/// The version of the IDL format that is written, and the only one that is read.
inline constexpr std::uint64_t idl_version = 1;

/// The longest IDL that is read, in bytes.
inline constexpr std::size_t idl_bytes_max = std::size_t{4} << 20U;

/// What an IDL file says: the description, still to be checked by `check_domain`, and the
/// fingerprint it claims to have, if it does.
struct IdlContent {
  Description description;
  std::optional<Digest> claimed;
};

/// Strict: every member that must be there and no other, each once. Only the fingerprint may be
/// missing. The error names the JSON path.
Result<IdlContent> read_idl(std::string_view text, Store& store);

/// The IDL, without the member "fingerprint".
[[nodiscard]] JsonTree write_idl(const Description& description);

/// Each declaration's digest: BLAKE3 over its canonical JSON, in the order of the IDL.
[[nodiscard]] std::vector<DeclarationDigest> digest_declarations(const Description& description);

}  // namespace cairn::schema
