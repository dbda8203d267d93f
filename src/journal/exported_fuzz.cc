// SPDX-License-Identifier: Apache-2.0
// Hostile lines of an export: as they are, or a good one with some of its bytes changed. The first
// byte says which, the second whose schema. Invariants: nothing crashes; what is wrong is said in
// words; what is taken are canonical bytes of the schema's events, and no more of them than
// allowed.
#include "journal/exported.h"

#include <cstddef>
#include <cstdint>
#include <span>
#include <string>
#include <vector>

#include <fmt/format.h>

#include "base/check.h"
#include "base/limits.h"
#include "cairn/limits.h"
#include "schema/codec.h"
#include "schema/fuzz_schema.h"

namespace {

using cairn::StructInfo;
using cairn::journal::ExportReader;
using cairn::schema::Choices;
using cairn::schema::Schema;

struct alignas(16) Image {
  std::byte bytes[cairn::limits::struct_bytes_max];
};

std::string good_line(const Schema& schema, Choices& choices) {
  static std::vector<std::byte> space(std::size_t{1} << 18U);
  static Image image;
  std::string events;
  std::uint64_t count = 0;
  for (const StructInfo* const event : schema.domain().events) {
    cairn::Scratch views(space);
    cairn::schema::random_value(*event, image.bytes, choices, views);
    std::string value;
    cairn::schema::print_json(*event, image.bytes, value);
    const std::string cause = choices.one_in(2) ? R"("cause":"6.0",)" : "";
    events += fmt::format(
        R"({}{{{}"entity":"order/{}","event":"7.{}","name":"{}","scope":"","value":{},"version":1}})",
        count == 0 ? "" : ",", cause, choices.below(9), count, event->name, value);
    ++count;
  }
  return fmt::format(
      R"({{"correlation":"0190c0de-0000-7000-8000-000000000000","events":[{}],"hash":"00",)"
      R"("kind":"append","outcome":"accepted","schema":1,"sequence":7,"time":"2026-11-21T02:09:30Z"}})",
      events);
}

void read(const Schema& schema, const std::string& line, bool is_good) {
  ExportReader reader(std::span(&schema, 1));
  const auto transaction = reader.read(line);
  CAIRN_CHECK(transaction.has_value() || !is_good);
  if (!transaction) {
    CAIRN_CHECK(!transaction.error().to_string().empty());
    return;
  }
  CAIRN_CHECK((*transaction)->sequence > 0);
  CAIRN_CHECK((*transaction)->events.size() <= cairn::journal_events_max);
  for (const cairn::journal::ExportedEvent& event : (*transaction)->events) {
    const StructInfo* const structure = schema.event(event.kind);
    CAIRN_CHECK(structure != nullptr);
    static std::vector<std::byte> space(std::size_t{1} << 20U);
    static Image image;
    cairn::Scratch scratch(space);
    const cairn::schema::Codec codec(*structure);
    CAIRN_CHECK(codec.decode(event.bytes, image.bytes, scratch).has_value());
    CAIRN_CHECK(codec.encoded_size(image.bytes).value() == event.bytes.size());
  }
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  if (size < 2) {
    return 0;
  }
  const Schema& schema = cairn::schema::fuzz_schema(data[1]);
  std::string line(reinterpret_cast<const char*>(data + 2), size - 2);
  const bool is_made = data[0] % 2 == 1;
  const std::string changes = line;
  if (is_made) {
    Choices choices(data[0]);
    line = good_line(schema, choices);
    for (std::size_t i = 0; i + 2 < changes.size(); i += 3) {
      const auto at = static_cast<unsigned char>(changes[i]) * 256U +
                      static_cast<unsigned char>(changes[i + 1]);
      line[at % line.size()] = changes[i + 2];
    }
  }
  read(schema, line, is_made && changes.size() < 3);
  if (const auto header = cairn::journal::parse_export_header(line)) {
    const auto again =
        cairn::journal::parse_export_header(cairn::journal::print_export_header(*header));
    CAIRN_CHECK(again.has_value());
    CAIRN_CHECK(again->schema == header->schema && again->origin == header->origin);
    CAIRN_CHECK(again->older == header->older);
  }
  return 0;
}
