// SPDX-License-Identifier: Apache-2.0
#include <algorithm>
#include <cstddef>
#include <cstdint>
#include <string>
#include <string_view>

#include "sys/net.h"

namespace cairn::sys {

namespace {

bool is_digit(char c) noexcept {
  return c >= '0' && c <= '9';
}

bool is_hex_digit(char c) noexcept {
  return is_digit(c) || (c >= 'a' && c <= 'f') || (c >= 'A' && c <= 'F');
}

/// Cuts the part before the first `separator` off the front of `text`.
std::string_view take_part(std::string_view& text, char separator) noexcept {
  const std::size_t end = text.find(separator);
  const std::string_view part = text.substr(0, end);
  text = end == std::string_view::npos ? std::string_view() : text.substr(end + 1);
  return part;
}

bool is_octet(std::string_view part) noexcept {
  if (part.empty() || part.size() > 3 || !std::ranges::all_of(part, is_digit)) {
    return false;
  }
  int value = 0;
  for (const char digit : part) {
    value = value * 10 + (digit - '0');
  }
  // A leading zero means octal to some and decimal to others: it is refused.
  return value <= 255 && (part.size() == 1 || part.front() != '0');
}

bool is_ipv4(std::string_view text) noexcept {
  if (std::ranges::count(text, '.') != 3) {
    return false;
  }
  for (int i = 0; i < 4; ++i) {
    if (!is_octet(take_part(text, '.'))) {
      return false;
    }
  }
  return true;
}

/// How many 16-bit groups "a:b:c" holds; an IPv4 address at the very end counts as two. -1 for
/// anything else. Empty text holds none.
int count_groups(std::string_view text, bool ipv4_may_end) noexcept {
  if (text.empty()) {
    return 0;
  }
  int groups = 0;
  for (auto left = 1 + std::ranges::count(text, ':'); left > 0; --left) {
    const std::string_view group = take_part(text, ':');
    if (left == 1 && ipv4_may_end && is_ipv4(group)) {
      return groups + 2;
    }
    if (group.empty() || group.size() > 4 || !std::ranges::all_of(group, is_hex_digit)) {
      return -1;
    }
    ++groups;
  }
  return groups;
}

bool is_ipv6(std::string_view text) noexcept {
  const std::size_t gap = text.find("::");
  if (gap == std::string_view::npos) {
    return count_groups(text, true) == 8;
  }
  const int before = count_groups(text.substr(0, gap), false);
  const int after = count_groups(text.substr(gap + 2), true);
  return before >= 0 && after >= 0 && before + after <= 7;
}

}  // namespace

Result<> check_endpoint(const Endpoint& endpoint) {
  if (is_ipv4(endpoint.address) || is_ipv6(endpoint.address)) {
    return {};
  }
  return fail(Error(Errc::InvalidArgument, "'" + endpoint.address + "' is not a numeric address")
                  .advise("give an IPv4 or IPv6 address, such as 127.0.0.1 or ::1"));
}

std::string to_string(const Endpoint& endpoint) {
  const bool is_v6 = endpoint.address.contains(':');
  return (is_v6 ? "[" + endpoint.address + "]" : endpoint.address) + ":" +
         std::to_string(endpoint.port);
}

}  // namespace cairn::sys
