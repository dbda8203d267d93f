// SPDX-License-Identifier: Apache-2.0
// usage: twin DOMAIN PLUGIN.so: lints and loads the plugin, runs it beside the embedded domain of
// that name, and prints the digest of what happened. Exit status 1 when they differ or the lint
// finds something. matrix.py compares the digests of many builds.
#include <algorithm>
#include <cstdio>
#include <string>
#include <string_view>

#include <fmt/core.h>

#include "plugin/lint.h"
#include "plugin/plugin.h"
#include "tests/abi/stream.h"
#include "tests/abi/twins.h"

namespace {

constexpr std::size_t commands = 1500;

int report(const cairn::Error& error) {
  fmt::print(stderr, "{}\n", error.to_string());
  return 1;
}

int run(std::string_view name, const std::string& path) {
  const auto& twins = cairn::test::twins();
  const auto* const twin = std::ranges::find(twins, name, &cairn::test::Twin::name);
  if (twin == twins.end()) {
    fmt::print(stderr, "there is no domain {}\n", name);
    return 2;
  }
  const auto lint = cairn::plugin::lint_file(path, {});
  if (!lint) {
    return report(lint.error());
  }
  if (!lint->is_clean()) {
    fmt::print(stderr, "{}", cairn::plugin::to_text(*lint));
    return 1;
  }
  const auto plugin =
      cairn::plugin::Plugin::load(path, {.fingerprint = {}, .name = std::string(name)});
  if (!plugin) {
    return report(plugin.error());
  }
  const auto result = cairn::test::run_stream(*twin->embedded, plugin->domain(), commands);
  if (!result.difference.empty()) {
    fmt::print(stderr, "{}\n", result.difference);
    return 1;
  }
  fmt::print("{} accepted, {} rejected, {} denied, {} faulted: {}\n", result.accepted,
             result.rejected, result.denied, result.faulted, result.digest);
  return 0;
}

}  // namespace

int main(int argc, char** argv) {
  if (argc != 3) {
    std::fputs("usage: twin DOMAIN PLUGIN.so\n", stderr);
    return 2;
  }
  return run(argv[1], argv[2]);
}
