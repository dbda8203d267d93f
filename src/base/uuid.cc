// SPDX-License-Identifier: Apache-2.0
#include "cairn/uuid.h"

#include <array>
#include <span>

#include "base/text.h"

namespace cairn {

namespace {

/// Where the dashes stand in the text, and so how many hexadecimal digits lie between them.
constexpr std::array<std::size_t, 4> dashes = {8, 13, 18, 23};
constexpr std::size_t text_size = 36;

}  // namespace

std::string Uuid::to_string() const {
  std::string text = to_hex(bytes);
  for (const std::size_t dash : dashes) {
    text.insert(dash, 1, '-');
  }
  return text;
}

Result<Uuid> Uuid::parse(std::string_view text) {
  bool well_formed = text.size() == text_size;
  std::string digits;
  std::size_t start = 0;
  for (std::size_t i = 0; well_formed && i < dashes.size(); ++i) {
    well_formed = text[dashes[i]] == '-';
    digits += text.substr(start, dashes[i] - start);
    start = dashes[i] + 1;
  }
  if (well_formed) {
    digits += text.substr(start);
  }
  Uuid uuid;
  if (!well_formed || !from_hex(digits, uuid.bytes)) {
    return fail(Error(Errc::InvalidArgument, "not a UUID")
                    .advise("write it like 0190c0de-0000-7000-8000-000000000000, in lower case"));
  }
  return uuid;
}

}  // namespace cairn
