// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <string>

namespace cairn::test {

/// A fresh folder of its own for one test, removed with all it holds when destroyed. Made below
/// $TMPDIR, or /tmp.
class TempFolder final {
 public:
  TempFolder();
  ~TempFolder();
  TempFolder(const TempFolder&) = delete;
  TempFolder& operator=(const TempFolder&) = delete;

  [[nodiscard]] const std::string& path() const noexcept { return path_; }

 private:
  std::string path_;
};

}  // namespace cairn::test
