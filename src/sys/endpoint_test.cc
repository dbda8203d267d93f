// SPDX-License-Identifier: Apache-2.0
#include <array>
#include <cstddef>
#include <string>

#include <arpa/inet.h>
#include <gtest/gtest.h>
#include <rapidcheck/gtest.h>

#include "sys/net.h"

namespace cairn::sys {
namespace {

bool system_accepts(const std::string& address) {
  std::array<unsigned char, 16> parsed{};
  return inet_pton(AF_INET, address.c_str(), parsed.data()) == 1 ||
         inet_pton(AF_INET6, address.c_str(), parsed.data()) == 1;
}

TEST(CheckEndpoint, AcceptsNumericAddresses) {
  // The usual ones, the shortest, the longest, and an IPv4 tail.
  for (const char* address :
       {"127.0.0.1", "0.0.0.0", "255.255.255.255", "::", "::1", "1::", "fe80::1:2",
        "1:2:3:4:5:6:7:8", "1:2:3:4:5:6:1.2.3.4", "::ffff:10.0.0.1", "2001:DB8::A"}) {
    EXPECT_TRUE(check_endpoint({.address = address})) << address;
    EXPECT_TRUE(system_accepts(address)) << address;
  }
}

TEST(CheckEndpoint, RefusesEverythingElse) {
  // Names, parts missing or too many, numbers out of range, zones: refused with the address named.
  for (const char* address : {"",
                              "localhost",
                              "1.2.3",
                              "1.2.3.4.5",
                              "256.0.0.1",
                              "01.2.3.4",
                              "1.2.3.4 ",
                              ":",
                              ":::",
                              "1::2::3",
                              "1:2:3:4:5:6:7",
                              "1:2:3:4:5:6:7:8:9",
                              "1:2:3:4:5:6:7:8::",
                              "12345::",
                              "g::",
                              "1.2.3.4::",
                              "fe80::1%eth0",
                              "[::1]",
                              "127.0.0.1:80",
                              "1:2:3:4:5:6:7:"}) {
    const auto checked = check_endpoint({.address = address});
    ASSERT_FALSE(checked) << address;
    EXPECT_EQ(checked.error().code(), Errc::InvalidArgument);
    EXPECT_NE(checked.error().message().find(address), std::string::npos);
  }
}

RC_GTEST_PROP(CheckEndpoint, AgreesWithTheSystem, ()) {
  // Texts made of the characters of addresses: the verdict is the operating system's.
  const auto text = *rc::gen::container<std::string>(
      rc::gen::elementOf(std::string("0123456789:::::....abfF%g")));
  RC_ASSERT(check_endpoint({.address = text}).has_value() == system_accepts(text));
}

TEST(Endpoint, ToStringPutsIpv6IntoBrackets) {
  // The form in which endpoints are written everywhere.
  EXPECT_EQ(to_string({.address = "10.0.0.1", .port = 80}), "10.0.0.1:80");
  EXPECT_EQ(to_string({.address = "::1", .port = 7600}), "[::1]:7600");
}

}  // namespace
}  // namespace cairn::sys
