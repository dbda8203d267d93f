// SPDX-License-Identifier: Apache-2.0
#include <algorithm>
#include <array>
#include <cerrno>
#include <cstdio>
#include <string>
#include <system_error>
#include <utility>
#include <vector>

#include <fmt/core.h>

#include "apps/cairn/verb.h"
#include "base/nearest.h"

namespace cairn::cli {
namespace {

constexpr std::array verbs = {
    Verb{.name = "archive",
         .summary = "pack sealed segments of a journal's log",
         .run = run_archive},
    Verb{.name = "check",
         .summary = "look for mistakes in a domain's states, edges and commands",
         .run = run_check},
    Verb{.name = "compact", .summary = "merge the files of a journal's index", .run = run_compact},
    Verb{.name = "export",
         .summary = "print a journal as JSON lines, MessagePack or CSV",
         .run = run_export},
    Verb{.name = "import",
         .summary = "append what was exported to an event store",
         .run = run_import},
    Verb{.name = "keys",
         .summary = "make, show and rotate the keys that sign a journal's heads",
         .run = run_keys},
    Verb{.name = "log", .summary = "print the events of a journal", .run = run_log},
    Verb{.name = "receipt",
         .summary = "prove and verify that a transaction is in a journal, without a server",
         .run = run_receipt},
    Verb{.name = "schema",
         .summary = "print what a domain declares, as IDL, SQL, OpenAPI and more; compare two",
         .run = run_schema},
    Verb{.name = "sim", .summary = "run seeded fault simulation", .run = run_sim},
    Verb{.name = "tx", .summary = "print one transaction of a journal whole", .run = run_tx},
    Verb{.name = "verify",
         .summary = "prove a journal; the exit status names the broken promise",
         .run = run_verify},
    Verb{.name = "version",
         .summary = "print the version and how this binary was built",
         .run = run_version},
};

void print_help() {
  fmt::print(
      "Cairn: a deterministic, event-sourced state engine.\n\n"
      "usage: cairn VERB [ARGUMENT...]\n"
      "       cairn VERB --help\n\n"
      "verbs:\n");
  for (const Verb& verb : verbs) {
    fmt::print("  {:<12} {}\n", verb.name, verb.summary);
  }
  fmt::print(
      "\nexample:\n"
      "  cairn log data/shop --entity order/7\n\n"
      "exit status: 0 done; 1 failed, or a promise does not hold; 2 wrong usage\n");
}

Exit refuse_verb(std::string_view wrong) {
  std::vector<std::string_view> names;
  std::ranges::transform(verbs, std::back_inserter(names), &Verb::name);
  const auto nearest = nearest_name(wrong, names);
  const std::string suggestion = nearest ? fmt::format(" Did you mean \"{}\"?", *nearest) : "";
  fmt::print(stderr, "cairn: there is no verb \"{}\".{} `cairn --help` lists them.\n", wrong,
             suggestion);
  return Exit::Usage;
}

Exit dispatch(Arguments arguments) {
  if (arguments.empty()) {
    print_help();
    return Exit::Usage;
  }
  const std::string_view first = arguments.front();
  if (first == "--help" || first == "-h" || first == "help") {
    print_help();
    return Exit::Ok;
  }
  if (first == "--version") {
    return run_version({});
  }
  const auto* const verb = std::ranges::find(verbs, first, &Verb::name);
  return verb == verbs.end() ? refuse_verb(first) : verb->run(arguments.subspan(1));
}

}  // namespace
}  // namespace cairn::cli

int main(int argc, char** argv) {
  const std::vector<std::string_view> arguments(argv + std::min(argc, 1), argv + argc);
  auto status = cairn::cli::Exit::Failed;
  // What could not be written was not said: a full disk behind a redirection must not look like
  // success. Long output meets it in fmt, which throws; short output here.
  try {
    status = cairn::cli::dispatch(arguments);
    if (std::fflush(stdout) != 0) {
      throw std::system_error(errno, std::generic_category(), "cannot write to standard output");
    }
  } catch (const std::system_error& error) {
    std::fprintf(stderr, "cairn: %s\n", error.what());
    status = cairn::cli::Exit::Failed;
  }
  return std::to_underlying(status);
}
