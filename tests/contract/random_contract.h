// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <functional>
#include <memory>
#include <ostream>
#include <string>

#include <gtest/gtest.h>

#include "sys/randomness.h"

namespace cairn::test {

/// How the randomness suite gets an implementation to test.
struct RandomFactory {
  std::string name;  ///< letters and digits: part of the test's name
  std::function<std::unique_ptr<sys::Random>()> make;

  // NOLINTNEXTLINE(readability-identifier-naming): GoogleTest looks for this name
  friend void PrintTo(const RandomFactory& factory, std::ostream* out) { *out << factory.name; }
};

class RandomContract : public ::testing::TestWithParam<RandomFactory> {
 protected:
  RandomContract();

  sys::Random& random() { return *random_; }

 private:
  std::unique_ptr<sys::Random> random_;
};

std::string random_name(const ::testing::TestParamInfo<RandomFactory>& info);

}  // namespace cairn::test
