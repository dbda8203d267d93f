// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstdint>
#include <string>
#include <vector>

#include "cairn/error.h"
#include "sys/disk.h"

namespace cairn::journal {

/// What a keyring says of one of its keys; not the key.
struct ListedKey {
  std::uint64_t id = 0;
  std::string entity;
  bool is_shredded = false;

  friend bool operator==(const ListedKey&, const ListedKey&) = default;
};

/// The entries of the keyring in a folder, by id. Takes no lock, changes nothing, and may run
/// beside whoever has the keyring open. NotFound when there is none; an error names the file.
[[nodiscard]] Result<std::vector<ListedKey>> list_keyring(sys::Disk& disk,
                                                          const std::string& folder);

}  // namespace cairn::journal
