// SPDX-License-Identifier: Apache-2.0
// Typed codec against what a careful person writes by hand for the same structs and the same bytes:
// one bounds check per run of fixed fields, memcpy for each field.
#include <array>
#include <cstddef>
#include <cstdint>
#include <cstring>
#include <span>
#include <string_view>
#include <vector>

#include "bench/harness.h"
#include "cairn/codec.h"
#include "cairn/values.h"

namespace {

using namespace cairn::dsl;  // NOLINT(google-build-using-namespace): as a domain does
using cairn::ByteReader;
using cairn::FixedByteWriter;
using cairn::Scratch;

struct Account {};

/// All numbers: the most common command and event.
struct Transfer {
  Id<Account> from;
  Id<Account> to;
  i64 amount = 0;
  i64 from_balance = 0;
  i64 to_balance = 0;
  u32 flags = 0;
  u16 channel = 0;
  u16 reason = 0;
};

enum class Status : u8 { Open, Frozen, Closed };

/// A record as domains have them: numbers, two short texts, an enum, a decimal, an option.
struct Row {
  Id<Account> id;
  Str<32> owner = {};
  i64 balance = 0;
  Decimal<2> limit = {};
  Timestamp opened = {};
  Status status = Status::Open;
  bool is_vip = false;
  Str<16> country = {};
  Option<u64> parent = {};
  u32 version = 0;
};

constexpr std::size_t batch = 512;

// ---- by hand

struct HandWriter {
  std::byte* cursor;
  std::byte* end;

  bool room(std::size_t size) const { return static_cast<std::size_t>(end - cursor) >= size; }

  template <typename T>
  void put(const T& value) {
    std::memcpy(cursor, &value, sizeof(T));
    cursor += sizeof(T);
  }

  void put_text(std::string_view text) {
    *cursor++ = static_cast<std::byte>(text.size());
    std::memcpy(cursor, text.data(), text.size());
    cursor += text.size();
  }
};

struct HandReader {
  const std::byte* cursor;
  const std::byte* end;

  bool has(std::size_t size) const { return static_cast<std::size_t>(end - cursor) >= size; }

  template <typename T>
  T get() {
    T value;
    std::memcpy(&value, cursor, sizeof(T));
    cursor += sizeof(T);
    return value;
  }

  template <std::size_t N>
  bool get_text(Str<N>& text) {
    if (!has(1)) {
      return false;
    }
    const auto size = get<u8>();
    if (size > N || !has(size)) {
      return false;
    }
    if (!cairn::is_utf8({reinterpret_cast<const char*>(cursor), size})) {
      return false;
    }
    // The memory of a Str: two bytes of size, the text, zeros.
    const u16 memory_size = size;
    auto* const memory = reinterpret_cast<std::byte*>(&text);
    std::memset(memory, 0, sizeof(text));
    std::memcpy(memory, &memory_size, sizeof(memory_size));
    std::memcpy(memory + sizeof(memory_size), cursor, size);
    cursor += size;
    return true;
  }
};

constexpr std::size_t transfer_bytes = 48;

bool encode_by_hand(HandWriter& out, const Transfer& t) {
  if (!out.room(transfer_bytes)) {
    return false;
  }
  out.put(t.from.value);
  out.put(t.to.value);
  out.put(t.amount);
  out.put(t.from_balance);
  out.put(t.to_balance);
  out.put(t.flags);
  out.put(t.channel);
  out.put(t.reason);
  return true;
}

bool decode_by_hand(HandReader& in, Transfer& t) {
  if (!in.has(transfer_bytes)) {
    return false;
  }
  t.from.value = in.get<u64>();
  t.to.value = in.get<u64>();
  t.amount = in.get<i64>();
  t.from_balance = in.get<i64>();
  t.to_balance = in.get<i64>();
  t.flags = in.get<u32>();
  t.channel = in.get<u16>();
  t.reason = in.get<u16>();
  return true;
}

constexpr std::size_t row_bytes_max = 8 + 33 + 8 + 16 + 8 + 1 + 1 + 17 + 9 + 4;

bool encode_by_hand(HandWriter& out, const Row& row) {
  if (!out.room(row_bytes_max)) {
    return false;
  }
  out.put(row.id.value);
  out.put_text(row.owner.view());
  out.put(row.balance);
  out.put(row.limit.mantissa());
  out.put(row.opened.nanoseconds);
  out.put(row.status);
  out.put(static_cast<u8>(row.is_vip));
  out.put_text(row.country.view());
  out.put(static_cast<u8>(row.parent.has_value()));
  if (row.parent) {
    out.put(*row.parent);
  }
  out.put(row.version);
  return true;
}

bool decode_by_hand(HandReader& in, Row& row) {
  if (!in.has(8)) {
    return false;
  }
  row.id.value = in.get<u64>();
  if (!in.get_text(row.owner) || !in.has(34)) {
    return false;
  }
  row.balance = in.get<i64>();
  const auto limit = Decimal<2>::from_mantissa(in.get<i128>());
  row.opened.nanoseconds = in.get<i64>();
  const auto status = in.get<u8>();
  const auto is_vip = in.get<u8>();
  if (!limit || status > 2 || is_vip > 1 || !in.get_text(row.country) || !in.has(1)) {
    return false;
  }
  row.limit = *limit;
  row.status = static_cast<Status>(status);
  row.is_vip = is_vip == 1;
  const auto has_parent = in.get<u8>();
  if (has_parent > 1 || !in.has(has_parent == 1 ? 12U : 4U)) {
    return false;
  }
  row.parent = has_parent == 1 ? Option<u64>(in.get<u64>()) : Option<u64>();
  row.version = in.get<u32>();
  return true;
}

// ---- measured

template <typename T>
struct Workload {
  std::vector<T> values;
  std::vector<T> decoded;
  std::vector<std::byte> bytes;

  explicit Workload(std::vector<T> made)
      : values(std::move(made)), decoded(values.size()), bytes(values.size() * 256) {
    FixedByteWriter writer(bytes);
    for (const T& value : values) {
      cairn::encode(writer, value);
    }
    used = writer.size();
    out.resize(bytes.size());
  }

  std::size_t used = 0;
  std::vector<std::byte> out = {};

  void encode_typed() {
    FixedByteWriter writer(out);
    for (const T& value : values) {
      cairn::encode(writer, value);
    }
    cairn::bench::keep(writer.size());
  }

  void encode_hand() {
    HandWriter writer{.cursor = out.data(), .end = out.data() + out.size()};
    for (const T& value : values) {
      encode_by_hand(writer, value);
    }
    cairn::bench::keep(writer.cursor);
  }

  void decode_typed() {
    ByteReader reader(std::span<const std::byte>(bytes).first(used));
    Scratch scratch;
    for (T& value : decoded) {
      cairn::bench::keep(cairn::decode(reader, scratch, value));
    }
  }

  void decode_hand() {
    HandReader reader{.cursor = bytes.data(), .end = bytes.data() + used};
    for (T& value : decoded) {
      cairn::bench::keep(decode_by_hand(reader, value));
    }
  }
};

constexpr double bar = 0.8;

// NOLINTBEGIN(readability-function-size): what nests are the calls that are measured
template <typename T>
void measure(cairn::bench::Report& report, const cairn::bench::Options& options,
             std::string_view name, Workload<T> work) {
  using cairn::bench::Better;
  const auto add = [&](std::string_view what, const auto& typed, const auto& hand) {
    const auto per_value = [&](const auto& call) {
      return [&options, &call] {
        return cairn::bench::nanoseconds_per_call(options, call) / static_cast<double>(batch);
      };
    };
    const auto pair = cairn::bench::measure_against(options, per_value(typed), per_value(hand));
    report.add({.name = std::string(what) + " " + std::string(name),
                .unit = "ns",
                .better = Better::Lower,
                .value = pair.value,
                .rival = "memcpy by hand",
                .rival_value = pair.rival,
                .bar = bar});
  };
  add("encode", [&] { work.encode_typed(); }, [&] { work.encode_hand(); });
  add("decode", [&] { work.decode_typed(); }, [&] { work.decode_hand(); });
}

// NOLINTEND(readability-function-size)

std::vector<Transfer> some_transfers() {
  std::vector<Transfer> values;
  values.reserve(batch);
  for (u64 i = 0; i < batch; ++i) {
    values.push_back({.from = {i},
                      .to = {i * 7},
                      .amount = static_cast<i64>(i) - 50,
                      .from_balance = 1,
                      .to_balance = 2,
                      .flags = 3,
                      .channel = 4,
                      .reason = 5});
  }
  return values;
}

std::vector<Row> some_rows() {
  std::vector<Row> values;
  for (u64 i = 0; i < batch; ++i) {
    Row row{.id = {i}};
    row.owner = i % 3 == 0 ? Str<32>("Ada Lovelace") : Str<32>("Grace Brewster Murray Hopper");
    row.balance = static_cast<i64>(i * 1'000);
    row.limit = Decimal<2>::of("-12.50");
    row.opened = {static_cast<i64>(i)};
    row.status = static_cast<Status>(i % 3);
    row.is_vip = i % 2 == 0;
    row.country = "Norway";
    row.parent = i % 4 == 0 ? Option<u64>() : Option<u64>(i);
    row.version = 1;
    values.push_back(row);
  }
  return values;
}

}  // namespace

int main(int argc, char** argv) {
  const auto options =
      cairn::bench::parse_options(argc, argv, "typed codec against memcpy by hand, one value");
  cairn::bench::Report report("value codec", options);
  measure(report, options, "48 bytes of numbers", Workload<Transfer>(some_transfers()));
  measure(report, options, "record with texts", Workload<Row>(some_rows()));
  return report.finish();
}
