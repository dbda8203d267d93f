// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <functional>
#include <memory>
#include <ostream>
#include <string>

#include <gtest/gtest.h>

#include "sys/clock.h"

namespace cairn::test {

/// How the clock suite gets an implementation to test.
struct ClockFactory {
  std::string name;  ///< letters and digits: part of the test's name
  std::function<std::unique_ptr<sys::Clock>()> make;
  /// Lets at least this much time pass on the clock.
  std::function<void(sys::Clock&, Duration)> pass;

  // NOLINTNEXTLINE(readability-identifier-naming): GoogleTest looks for this name
  friend void PrintTo(const ClockFactory& factory, std::ostream* out) { *out << factory.name; }
};

class ClockContract : public ::testing::TestWithParam<ClockFactory> {
 protected:
  ClockContract();

  sys::Clock& clock() { return *clock_; }

 private:
  std::unique_ptr<sys::Clock> clock_;
};

std::string clock_name(const ::testing::TestParamInfo<ClockFactory>& info);

}  // namespace cairn::test
