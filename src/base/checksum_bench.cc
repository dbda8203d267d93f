// SPDX-License-Identifier: Apache-2.0
#include "base/checksum.h"

#include <cstring>
#include <functional>
#include <string>
#include <vector>

#include "bench/harness.h"

namespace {

using cairn::bench::Better;
using cairn::bench::Options;
using cairn::bench::Report;

using Bytes = std::vector<std::byte>;

void compare_with_copy(Report& report, const Options& options, const std::string& name,
                       const std::function<void()>& checksum, const std::function<void()>& copy) {
  const auto pair = measure_against(
      options, [&] { return nanoseconds_per_call(options, checksum); },
      [&] { return nanoseconds_per_call(options, copy); });
  report.add({.name = name,
              .unit = "ns",
              .better = Better::Lower,
              .value = pair.value,
              .rival = "memcpy",
              .rival_value = pair.rival});
}

}  // namespace

int main(int argc, char** argv) {
  const Options options =
      cairn::bench::parse_options(argc, argv, "XXH3 checksums against copying the same bytes");
  Report report("checksum", options);
  for (const std::size_t size : {64U, 256U, 1024U, 4096U, 65536U, 1048576U}) {
    const Bytes input(size, std::byte{0x5a});
    Bytes target(size);
    const auto copy = [&] {
      std::memcpy(target.data(), input.data(), size);
      cairn::bench::keep(target.data());
    };
    const std::string bytes = ", " + std::to_string(size) + " B";
    compare_with_copy(
        report, options, "64 bits" + bytes, [&] { cairn::bench::keep(cairn::checksum64(input)); },
        copy);
    compare_with_copy(
        report, options, "128 bits" + bytes, [&] { cairn::bench::keep(cairn::checksum128(input)); },
        copy);
  }
  return report.finish();
}
