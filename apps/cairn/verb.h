// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <span>
#include <string_view>

namespace cairn::cli {

/// How every verb ends, as `cairn --help` says.
enum class Exit : int {
  Ok = 0,
  Failed = 1,  ///< what was asked for did not work, or a promise does not hold
  Usage = 2,   ///< the command line makes no sense
};

using Arguments = std::span<const std::string_view>;

/// One word after `cairn`. Runs on the main thread; prints results to standard output and
/// everything else to standard error.
struct Verb {
  std::string_view name;
  std::string_view summary;
  Exit (*run)(Arguments arguments);
};

Exit run_archive(Arguments arguments);
Exit run_check(Arguments arguments);
Exit run_compact(Arguments arguments);
Exit run_export(Arguments arguments);
Exit run_import(Arguments arguments);
Exit run_keys(Arguments arguments);
Exit run_log(Arguments arguments);
Exit run_receipt(Arguments arguments);
Exit run_schema(Arguments arguments);
Exit run_sim(Arguments arguments);
Exit run_tx(Arguments arguments);
Exit run_verify(Arguments arguments);
Exit run_version(Arguments arguments);

}  // namespace cairn::cli
