// SPDX-License-Identifier: Apache-2.0
#include <fmt/format.h>

#include "base/check.h"
#include "base/text.h"
#include "cairn/bytes_value.h"
#include "cairn/codec_struct.h"
#include "cairn/decimal.h"
#include "cairn/str.h"

namespace cairn::detail {

void literal_is_no_text() noexcept {
  check_failed("a literal is text in valid UTF-8");
}

void literal_is_no_decimal() noexcept {
  check_failed("a literal is a decimal of the declared scale");
}

Result<> check_size(std::size_t size, std::size_t size_max) {
  if (size > size_max) {
    return fail(Errc::TooLarge, fmt::format("{} is over the limit of {}", size, size_max));
  }
  return {};
}

Result<> check_text(std::string_view text, std::size_t size_max) {
  if (text.size() > size_max) {
    return fail(Errc::TooLarge,
                fmt::format("{} bytes of text are over the limit of {}", text.size(), size_max));
  }
  if (!is_utf8(text)) {
    return fail(Errc::Corrupt, "text is not valid UTF-8");
  }
  return {};
}

std::string print_bytes(std::span<const std::byte> bytes) {
  return to_hex(bytes);
}

Result<std::size_t> parse_bytes(std::string_view text, std::span<std::byte> out) {
  const std::size_t size = text.size() / 2;
  CAIRN_TRY(check_size(size, out.size()));
  if (!from_hex(text, out.first(size))) {
    return fail(Error(Errc::InvalidArgument, "not hexadecimal")
                    .advise("write two lower-case hexadecimal digits per byte"));
  }
  return size;
}

void refuse_run(ByteReader& reader, std::span<const std::size_t> sizes,
                std::span<const std::string_view> names) noexcept {
  CAIRN_CHECK(sizes.size() == names.size());
  for (std::size_t i = 0; i < sizes.size() && !reader.failed(); ++i) {
    reader.bytes(sizes[i], names[i]);
  }
  CAIRN_CHECK(reader.failed());
}

}  // namespace cairn::detail
