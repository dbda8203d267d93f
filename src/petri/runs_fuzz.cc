// SPDX-License-Identifier: Apache-2.0
// Any bytes as a runs file: refused, and nothing was added; or taken, reported, and written so
// that it reads back as the same. Half of the inputs are pieces put into a file that is right.
#include <cstddef>
#include <cstdint>
#include <string>
#include <string_view>

#include "base/check.h"
#include "petri/report.h"
#include "petri/runs_file.h"
#include "petri/test_domain.h"

namespace {

using cairn::petri::Runs;
using cairn::schema::Schema;

const Schema& orders() {
  static const Schema schema =
      cairn::petri::TestDomain()
          .record("Order", {{"status", "Open Paid Sent", "Open>Paid Paid>Sent"}})
          .record("Note")
          .edge({"about", "notes", "Note many", "Order one"})
          .command("Place")
          .command("Pay")
          .schema();
  return schema;
}

const std::string& right() {
  static const std::string text = [] {
    cairn::petri::TestRuns runs(orders());
    runs.accepted("Place", {"+Order:Open>Paid", "!Note"}, {"about"})
        .rejected("Pay", {"Order:Open"});
    return cairn::petri::runs_to_json(orders(), runs.runs());
  }();
  return text;
}

/// A file that is right, with the input over some of its bytes.
std::string edited(std::string_view input) {
  std::string text = right();
  const std::size_t at = static_cast<std::uint8_t>(input[0]) * std::size_t{4} % text.size();
  const std::size_t cut = static_cast<std::uint8_t>(input[1]) % 32U;
  return text.replace(at, cut, input.substr(2));
}

void read(std::string_view text) {
  Runs runs(orders());
  if (!cairn::petri::add_runs(orders(), text, runs)) {
    CAIRN_CHECK(runs.seen().empty());
    return;
  }
  const std::string written = cairn::petri::runs_to_json(orders(), runs);
  Runs again(orders());
  const auto added = cairn::petri::add_runs(orders(), written, again);
  CAIRN_CHECK(added.has_value());
  CAIRN_CHECK(again.seen() == runs.seen());
  const auto report =
      cairn::petri::check(orders(), {.rows = 1, .markings_max = 100}, &runs).value();
  CAIRN_CHECK(report.has_runs);
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  const std::string_view input(reinterpret_cast<const char*>(data), size);
  read(input);
  if (size >= 2) {
    read(edited(input));
  }
  return 0;
}
