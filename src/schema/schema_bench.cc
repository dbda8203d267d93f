// SPDX-License-Identifier: Apache-2.0
// The schema-driven codec beside memcpy by hand, and JSON beside the libraries that read and write
// it.
#include "schema/schema.h"

#include <cstring>
#include <span>
#include <string>
#include <vector>

#include <nlohmann/json.hpp>
#include <simdjson.h>

#include "base/check.h"
#include "bench/harness.h"
#include "schema/codec.h"
#include "schema/json.h"

namespace {

using cairn::Scratch;
using cairn::schema::Codec;
using cairn::schema::Schema;

/// An ordinary row: numbers, a text, a state.
struct Row {
  std::uint64_t id = 0;
  std::uint16_t owner_size = 0;
  char owner[32] = {};
  std::int64_t balance = 0;
  std::uint8_t status = 0;
};

constexpr std::string_view row_idl_body =
    R"("commands":[],"edges":[],"enums":[{"name":"Status","type":"u8","values":[{"name":"Open","value":0},{"name":"Frozen","value":1}]}],)"
    R"("events":[{"about":[],"fields":[{"name":"id","type":"u64"},{"name":"owner","type":"str<32>"},{"name":"balance","type":"i64"},)"
    R"({"name":"status","type":"enum<Status>"}],"kind":1,"name":"Row","version":1}],)";

/// What somebody who knows the struct would write.
std::size_t encode_by_hand(const Row& row, std::byte* out) {
  std::byte* at = out;
  std::memcpy(at, &row.id, 8);
  at += 8;
  *at++ = static_cast<std::byte>(row.owner_size);
  std::memcpy(at, row.owner, row.owner_size);
  at += row.owner_size;
  std::memcpy(at, &row.balance, 8);
  at += 8;
  *at++ = static_cast<std::byte>(row.status);
  return static_cast<std::size_t>(at - out);
}

bool decode_by_hand(std::span<const std::byte> bytes, Row& row) {
  const std::byte* at = bytes.data();
  if (bytes.size() < 18) {
    return false;
  }
  std::memcpy(&row.id, at, 8);
  row.owner_size = std::to_integer<std::uint16_t>(at[8]);
  at += 9;
  if (row.owner_size > 32 || bytes.size() != 18U + row.owner_size) {
    return false;
  }
  std::memcpy(row.owner, at, row.owner_size);
  std::memset(row.owner + row.owner_size, 0, 32U - row.owner_size);
  at += row.owner_size;
  std::memcpy(&row.balance, at, 8);
  row.status = std::to_integer<std::uint8_t>(at[8]);
  return row.status <= 1;
}

struct Subject {
  Subject()
      : schema(make_schema()),
        codec(*schema.event("Row")),
        bytes(codec.structure().encoded_size_max) {
    CAIRN_CHECK(codec.structure().memory_size == sizeof(Row));
    row = {.id = 7'000'000'019,
           .owner_size = 12,
           .owner = "Ada Lovelace",
           .balance = -125'000,
           .status = 1};
    bytes.resize(encode_by_hand(row, bytes.data()));
    cairn::schema::print_json(codec.structure(), memory(), json);
  }

  static Schema make_schema() {
    // The text without a fingerprint is refused with the one it should have.
    const std::string head = R"({"fingerprint":")";
    const std::string tail =
        std::string(R"(",)") + std::string(row_idl_body) +
        R"("gates":[],"idl":1,"invariants":[],"name":"bench","records":[],"rejects":[],"structs":[],"version":1})";
    const std::string message =
        Schema::from_idl(head + std::string(64, '0') + tail).error().message();
    return Schema::from_idl(head + message.substr(message.size() - 64) + tail).value();
  }

  [[nodiscard]] const std::byte* memory() const { return reinterpret_cast<const std::byte*>(&row); }

  Schema schema;
  Codec codec;
  Row row;
  std::vector<std::byte> bytes;
  std::string json;
};

using cairn::bench::keep;
using cairn::bench::nanoseconds_per_call;
using cairn::bench::Options;

cairn::bench::Row against(std::string name, std::string rival, const cairn::bench::Pair& pair,
                          std::optional<double> bar) {
  return {.name = std::move(name),
          .unit = "ns",
          .better = cairn::bench::Better::Lower,
          .value = pair.value,
          .rival = std::move(rival),
          .rival_value = pair.rival,
          .bar = bar};
}

void add_codec_rows(const Options& options, const Subject& subject, cairn::bench::Report& report) {
  std::byte out[128];
  const auto encode = [&] {
    return nanoseconds_per_call(options,
                                [&] { keep(*subject.codec.encode(subject.memory(), out)); });
  };
  const auto encode_hand = [&] {
    return nanoseconds_per_call(options, [&] {
      keep(encode_by_hand(subject.row, out));
      keep(out);
    });
  };
  report.add(against("encode a row by its schema", "memcpy by hand",
                     measure_against(options, encode, encode_hand), 0.25));

  Row row;
  Scratch none;
  const auto decode = [&] {
    return nanoseconds_per_call(options, [&] {
      keep(subject.codec.decode(subject.bytes, reinterpret_cast<std::byte*>(&row), none)
               .has_value());
    });
  };
  const auto decode_hand = [&] {
    return nanoseconds_per_call(options, [&] {
      keep(decode_by_hand(subject.bytes, row));
      keep(row);
    });
  };
  report.add(against("decode a row by its schema", "memcpy by hand",
                     measure_against(options, decode, decode_hand), 0.25));
}

/// Everything in the document is looked at once.
std::size_t walk(simdjson::dom::element element) {
  if (element.is_object()) {
    std::size_t sum = 0;
    for (const auto& [name, value] : element.get_object()) {
      sum += name.size() + walk(value);
    }
    return sum;
  }
  if (element.is_string()) {
    return std::string_view(element).size();
  }
  return static_cast<std::size_t>(std::int64_t(element));
}

void add_json_rows(const Options& options, const Subject& subject, cairn::bench::Report& report) {
  cairn::schema::JsonParser parser;
  Row row;
  Scratch none;
  const auto parse = [&] {
    return nanoseconds_per_call(options, [&] {
      keep(parser
               .parse(subject.codec.structure(), subject.json, reinterpret_cast<std::byte*>(&row),
                      none)
               .has_value());
    });
  };
  simdjson::dom::parser dom;
  const auto parse_dom = [&] {
    return nanoseconds_per_call(options, [&] { keep(walk(dom.parse(subject.json))); });
  };
  report.add(against("parse a row's JSON into memory", "simdjson, parse and walk",
                     measure_against(options, parse, parse_dom), std::nullopt));

  std::string text;
  const auto print = [&] {
    return nanoseconds_per_call(options, [&] {
      text.clear();
      cairn::schema::print_json(subject.codec.structure(), subject.memory(), text);
      keep(text);
    });
  };
  const nlohmann::json tree = nlohmann::json::parse(subject.json);
  const auto print_tree = [&] { return nanoseconds_per_call(options, [&] { keep(tree.dump()); }); };
  report.add(against("print a row as JSON", "nlohmann, of a ready tree",
                     measure_against(options, print, print_tree), std::nullopt));
}

}  // namespace

// NOLINTNEXTLINE(bugprone-exception-escape): a benchmark out of memory may end so
int main(int argc, char** argv) {
  const Options options = cairn::bench::parse_options(argc, argv, "codecs that a schema drives");
  cairn::bench::Report report("schema", options);
  const Subject subject;
  add_codec_rows(options, subject, report);
  add_json_rows(options, subject, report);
  return report.finish();
}
