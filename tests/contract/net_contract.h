// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstddef>
#include <functional>
#include <memory>
#include <ostream>
#include <string>

#include <gtest/gtest.h>

#include "cairn/time.h"
#include "sys/net.h"

namespace cairn::test {

/// One implementation of Loop and Net under test: a server's side and a client's, which may share
/// a loop. Made afresh for every test.
class NetFixture {
 public:
  virtual ~NetFixture() = default;

  [[nodiscard]] virtual sys::Net& server() = 0;
  [[nodiscard]] virtual sys::Net& client() = 0;
  /// A further net on the client's loop.
  [[nodiscard]] virtual std::unique_ptr<sys::Net> make_client_net() = 0;
  /// Where the server listens, as the client names it.
  [[nodiscard]] virtual std::string server_address() = 0;
  [[nodiscard]] virtual std::string client_address() = 0;
  /// An endpoint at which every connect waits for ever.
  [[nodiscard]] virtual sys::Endpoint make_silent_endpoint() = 0;
  /// On the clock of the loops.
  [[nodiscard]] virtual Instant now() = 0;
  /// Runs the loops until the predicate holds; false when it does not within a generous time.
  virtual bool drive_until(const std::function<bool()>& done) = 0;
  /// Runs the loops for long enough that whatever is ready has happened.
  virtual void settle() = 0;
};

struct NetFactory {
  std::string name;
  std::function<std::unique_ptr<NetFixture>()> make;
  std::size_t large_transfer_bytes = std::size_t{4} << 20;

  friend std::ostream& operator<<(std::ostream& out, const NetFactory& factory) {
    return out << factory.name;
  }
};

/// The promises of sys/net.h, instantiated once per implementation.
class NetContract : public testing::TestWithParam<NetFactory> {
 protected:
  std::unique_ptr<NetFixture> fixture_ = GetParam().make();
};

class LoopContract : public testing::TestWithParam<NetFactory> {
 protected:
  [[nodiscard]] sys::Loop& loop() { return fixture_->client().loop(); }

  std::unique_ptr<NetFixture> fixture_ = GetParam().make();
};

}  // namespace cairn::test
