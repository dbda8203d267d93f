// SPDX-License-Identifier: Apache-2.0
#include "base/hash.h"

#include <cstring>
#include <functional>
#include <string>
#include <vector>

#include "base/sha256.h"
#include "bench/harness.h"

namespace {

using cairn::Digest;
using cairn::bench::Better;
using cairn::bench::Options;
using cairn::bench::Report;

using Bytes = std::vector<std::byte>;
using Call = std::function<void()>;

struct Contender {
  std::string name;
  Call call;
};

Bytes input_of(std::size_t size) {
  Bytes input(size);
  for (std::size_t i = 0; i < size; ++i) {
    input[i] = static_cast<std::byte>(i % 251);
  }
  return input;
}

void compare(Report& report, const Options& options, const Contender& ours, const Contender& rival,
             std::optional<double> bar = {}) {
  const auto pair = measure_against(
      options, [&] { return nanoseconds_per_call(options, ours.call); },
      [&] { return nanoseconds_per_call(options, rival.call); });
  report.add({.name = ours.name,
              .unit = "ns",
              .better = Better::Lower,
              .value = pair.value,
              .rival = rival.name,
              .rival_value = pair.rival,
              .bar = bar});
}

void compare_one_shot(Report& report, const Options& options, std::size_t size) {
  const Bytes input = input_of(size);
  Bytes copy(size);
  const std::string bytes = ", " + std::to_string(size) + " B";
  const Contender blake3 = {.name = "BLAKE3" + bytes,
                            .call = [&] { cairn::bench::keep(cairn::blake3(input)); }};
  const Contender sha256 = {.name = "SHA-256",
                            .call = [&] { cairn::bench::keep(cairn::sha256(input)); }};
  const auto copy_all = [&] {
    std::memcpy(copy.data(), input.data(), size);
    cairn::bench::keep(copy.data());
  };
  const Contender copying = {.name = "memcpy", .call = copy_all};
  compare(report, options, blake3, sha256);
  compare(report, options, blake3, copying);
}

/// Enough records that every lane is filled many times over; they fit into the second-level cache.
constexpr std::size_t record_count = 256;

void compare_many(Report& report, const Options& options, std::size_t size) {
  const Bytes input = input_of(size * record_count);
  std::vector<const std::byte*> records(record_count);
  for (std::size_t i = 0; i < record_count; ++i) {
    records[i] = input.data() + i * size;
  }
  std::vector<Digest> out(record_count);
  const auto hash_many = [&] {
    cairn::blake3_many(records, size, out);
    cairn::bench::keep(out.data());
  };
  const auto hash_each = [&] {
    for (std::size_t i = 0; i < record_count; ++i) {
      out[i] = cairn::blake3({records[i], size});
    }
    cairn::bench::keep(out.data());
  };
  const Contender many = {
      .name = std::to_string(record_count) + " records of " + std::to_string(size) + " B in lanes",
      .call = hash_many};
  const Contender one_by_one = {.name = "one at a time", .call = hash_each};
  compare(report, options, many, one_by_one, 2.0);
}

/// A record of several chunks, as a log hashes it, against the plain digest.
void compare_padded(Report& report, const Options& options, std::size_t size,
                    std::optional<double> bar) {
  const Bytes input = input_of(size);
  const Contender padded = {.name = "padded to blocks, " + std::to_string(size) + " B",
                            .call = [&] { cairn::bench::keep(cairn::blake3_padded(input)); }};
  const Contender plain = {.name = "BLAKE3",
                           .call = [&] { cairn::bench::keep(cairn::blake3(input)); }};
  compare(report, options, padded, plain, bar);
}

}  // namespace

int main(int argc, char** argv) {
  const Options options = cairn::bench::parse_options(
      argc, argv, "BLAKE3 against SHA-256 and memcpy; many records in lanes against one by one");
  Report report("hash", options);
  for (const std::size_t size : {64U, 128U, 256U, 1024U, 4096U, 65536U, 1048576U}) {
    compare_one_shot(report, options, size);
  }
  for (const std::size_t size : {64U, 128U, 256U, 512U, 1024U}) {
    compare_many(report, options, size);
  }
  compare_padded(report, options, 7000, {});
  compare_padded(report, options, 15'362, 1.2);
  compare_padded(report, options, 100'000, {});
  return report.finish();
}
