// SPDX-License-Identifier: Apache-2.0
#include "cairn/digest.h"

#include "base/text.h"

namespace cairn {

std::string Digest::to_string() const {
  return to_hex(bytes);
}

Result<Digest> Digest::parse(std::string_view text) {
  Digest digest;
  if (!from_hex(text, digest.bytes)) {
    return fail(Error(Errc::InvalidArgument, "not a digest")
                    .advise("a digest is 64 lower-case hexadecimal digits"));
  }
  return digest;
}

}  // namespace cairn
