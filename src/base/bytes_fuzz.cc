// SPDX-License-Identifier: Apache-2.0
// Reads a script of primitives off hostile bytes. The first bytes say which primitive comes next,
// the rest is what they read. Invariants: no read leaves the bytes, a failure names a place inside
// them and ends all reading, and what was read writes back to exactly the bytes it came from.
#include <algorithm>
#include <cstddef>
#include <cstdint>
#include <span>
#include <vector>

#include "base/check.h"
#include "cairn/byte_reader.h"
#include "cairn/byte_writer.h"

namespace {

using cairn::ByteReader;
using cairn::GrowingByteWriter;

constexpr std::size_t script_bytes_max = 32;
constexpr std::size_t sized_bytes_max = 64;

void copy_large(unsigned step, ByteReader& reader, GrowingByteWriter& writer) {
  switch (step) {
    case 0:
      return writer.u128(reader.u128("u128"));
    case 1:
      return writer.i128(reader.i128("i128"));
    case 2:
      return writer.varint(reader.varint("varint"));
    case 3:
      return writer.varint(reader.varint_up_to(1000, "varint up to 1000"));
    case 4:
      return writer.zigzag_varint(reader.zigzag_varint("zigzag"));
    case 5:
      return writer.bytes(reader.bytes(3, "bytes"));
    default:
      return writer.sized_bytes(reader.sized_bytes(sized_bytes_max, "sized bytes"));
  }
}

void copy_small(unsigned step, ByteReader& reader, GrowingByteWriter& writer) {
  switch (step) {
    case 0:
      return writer.u8(reader.u8("u8"));
    case 1:
      return writer.i8(reader.i8("i8"));
    case 2:
      return writer.boolean(reader.boolean("boolean"));
    case 3:
      return writer.u16(reader.u16("u16"));
    case 4:
      return writer.i16(reader.i16("i16"));
    case 5:
      return writer.u32(reader.u32("u32"));
    case 6:
      return writer.i32(reader.i32("i32"));
    case 7:
      return writer.u64(reader.u64("u64"));
    default:
      return writer.i64(reader.i64("i64"));
  }
}

void copy_step(unsigned step, ByteReader& reader, GrowingByteWriter& writer) {
  constexpr unsigned small_steps = 9;
  if (step < small_steps) {
    copy_small(step, reader, writer);
  } else {
    copy_large(step - small_steps, reader, writer);
  }
  CAIRN_CHECK(reader.failed() || writer.size() == reader.offset());
}

/// Reads and writes back until the script ends or a read fails; returns how many bytes came
/// through.
std::size_t copy_until_failure(std::span<const std::uint8_t> script, ByteReader& reader,
                               GrowingByteWriter& writer) {
  std::size_t good_size = 0;
  for (const std::uint8_t step : script) {
    copy_step(step % 16, reader, writer);
    if (reader.failed()) {
      break;
    }
    good_size = writer.size();
  }
  return good_size;
}

}  // namespace

// NOLINTNEXTLINE(readability-identifier-naming): the fuzzer calls it by this name
extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  const std::span<const std::uint8_t> input(data, size);
  const std::size_t script_size = std::min(script_bytes_max, input.size() / 2);
  const auto script = input.first(script_size);
  const auto rest = std::as_bytes(input.subspan(script_size));
  const std::vector<std::byte> payload(rest.begin(), rest.end());  // exactly sized, on the heap
  ByteReader reader(payload);
  GrowingByteWriter writer;
  const std::size_t good_size = copy_until_failure(script, reader, writer);
  const bool all_good = !reader.failed() && good_size == payload.size();
  CAIRN_CHECK(
      std::ranges::equal(writer.written().first(good_size), std::span(payload).first(good_size)));
  CAIRN_CHECK(reader.failed() == !reader.status().has_value());
  CAIRN_CHECK(!reader.failed() || reader.remaining() == 0);
  CAIRN_CHECK(reader.expect_end("payload").has_value() == all_good);
  return 0;
}
