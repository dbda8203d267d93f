// SPDX-License-Identifier: Apache-2.0
// A record of the kind the journal is full of, written and read by the codecs, against the same
// record copied field by field with nothing checked: the price of bounds and of one encoding.
#include <array>
#include <cstdint>
#include <cstdlib>
#include <cstring>
#include <functional>
#include <span>
#include <string>
#include <vector>

#include "bench/harness.h"
#include "cairn/byte_reader.h"
#include "cairn/byte_writer.h"

namespace {

using cairn::ByteReader;
using cairn::FixedByteWriter;
using cairn::GrowingByteWriter;
using cairn::bench::Better;
using cairn::bench::Options;
using cairn::bench::Report;

struct Record {
  std::uint64_t seq = 0;
  std::uint64_t from = 0;
  std::uint64_t to = 0;
  std::int64_t amount = 0;
  std::uint32_t kind = 0;
  std::array<std::byte, 16> key = {};
};

constexpr std::size_t record_count = 1000;
constexpr std::size_t unchecked_record_bytes = 8 + 8 + 8 + 8 + 4 + 16;
constexpr std::size_t encoded_bytes_max = record_count * 64;

std::vector<Record> make_records() {
  std::vector<Record> records(record_count);
  std::uint64_t state = 1;
  for (Record& record : records) {
    state = state * 6364136223846793005U + 1442695040888963407U;
    record = {.seq = state % 100'000,
              .from = state >> 44U,
              .to = state >> 50U,
              .amount = static_cast<std::int64_t>(state >> 48U) - 1000,
              .kind = static_cast<std::uint32_t>(state >> 60U)};
  }
  return records;
}

template <typename Writer>
void encode(Writer& writer, const std::vector<Record>& records) {
  for (const Record& record : records) {
    writer.varint(record.seq);
    writer.varint(record.from);
    writer.varint(record.to);
    writer.zigzag_varint(record.amount);
    writer.u32(record.kind);
    writer.bytes(record.key);
  }
}

void decode(ByteReader& reader, std::vector<Record>& records) {
  for (Record& record : records) {
    record.seq = reader.varint("seq");
    record.from = reader.varint("from");
    record.to = reader.varint("to");
    record.amount = reader.zigzag_varint("amount");
    record.kind = reader.u32("kind");
    const auto key = reader.bytes(record.key.size(), "key");
    if (reader.failed()) {
      return;
    }
    std::memcpy(record.key.data(), key.data(), key.size());
  }
}

void copy_out(std::byte* out, const std::vector<Record>& records) {
  for (const Record& record : records) {
    std::memcpy(out, &record.seq, 8);
    std::memcpy(out + 8, &record.from, 8);
    std::memcpy(out + 16, &record.to, 8);
    std::memcpy(out + 24, &record.amount, 8);
    std::memcpy(out + 32, &record.kind, 4);
    std::memcpy(out + 36, record.key.data(), 16);
    out += unchecked_record_bytes;
  }
}

void copy_in(const std::byte* in, std::vector<Record>& records) {
  for (Record& record : records) {
    std::memcpy(&record.seq, in, 8);
    std::memcpy(&record.from, in + 8, 8);
    std::memcpy(&record.to, in + 16, 8);
    std::memcpy(&record.amount, in + 24, 8);
    std::memcpy(&record.kind, in + 32, 4);
    std::memcpy(record.key.data(), in + 36, 16);
    in += unchecked_record_bytes;
  }
}

void compare(Report& report, const Options& options, const std::string& name,
             const std::function<void()>& codec, const std::function<void()>& copy) {
  const auto per_record = [&options](const std::function<void()>& call) {
    return [&options, &call] { return nanoseconds_per_call(options, call) / record_count; };
  };
  const auto pair = measure_against(options, per_record(codec), per_record(copy));
  report.add({.name = name,
              .unit = "ns/record",
              .better = Better::Lower,
              .value = pair.value,
              .rival = "unchecked copies",
              .rival_value = pair.rival});
}

}  // namespace

int main(int argc, char** argv) {
  const Options options = cairn::bench::parse_options(
      argc, argv, "byte codecs against copying the same fields with nothing checked");
  Report report("codec", options);
  std::vector<Record> records = make_records();
  std::vector<std::byte> fixed(encoded_bytes_max);
  std::vector<std::byte> raw(record_count * unchecked_record_bytes);
  GrowingByteWriter growing;

  const auto raw_out = [&] {
    copy_out(raw.data(), records);
    cairn::bench::keep(raw.data());
  };
  const auto fixed_out = [&] {
    FixedByteWriter writer(fixed);
    encode(writer, records);
    cairn::bench::keep(writer.size());
  };
  const auto growing_out = [&] {
    growing.clear();
    encode(growing, records);
    cairn::bench::keep(growing.size());
  };
  const auto raw_in = [&] {
    copy_in(raw.data(), records);
    cairn::bench::keep(records.data());
  };
  const auto read_in = [&] {
    ByteReader reader(growing.written());
    decode(reader, records);
    if (reader.failed()) {
      std::abort();
    }
    cairn::bench::keep(records.data());
  };
  compare(report, options, "write, fixed space", fixed_out, raw_out);
  compare(report, options, "write, growing space", growing_out, raw_out);
  compare(report, options, "read", read_in, raw_in);
  return report.finish();
}
