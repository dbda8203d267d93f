// SPDX-License-Identifier: Apache-2.0
#include "tests/support/temp_folder.h"

#include <cstdio>
#include <cstdlib>
#include <filesystem>
#include <system_error>

namespace cairn::test {

TempFolder::TempFolder() {
  std::error_code error;
  const auto base = std::filesystem::temp_directory_path(error);
  path_ = (error ? std::filesystem::path("/tmp") : base).string() + "/cairn-test-XXXXXX";
  if (::mkdtemp(path_.data()) == nullptr) {
    std::perror(path_.c_str());
    std::abort();
  }
}

TempFolder::~TempFolder() {
  std::error_code
      ignored;  // nothing useful can be done about it here, and the next test has its own folder
  std::filesystem::remove_all(path_, ignored);
}

}  // namespace cairn::test
