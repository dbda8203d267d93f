// SPDX-License-Identifier: Apache-2.0
#include "schema/store.h"

#include <cstring>

namespace cairn::schema {

std::string_view Store::text(std::string_view value) {
  if (value.empty()) {
    return {};
  }
  auto* const copy = static_cast<char*>(memory_.allocate(value.size(), 1));
  std::memcpy(copy, value.data(), value.size());
  return {copy, value.size()};
}

}  // namespace cairn::schema
