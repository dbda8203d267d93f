// SPDX-License-Identifier: Apache-2.0
#include "tests/contract/net_contract.h"

#include <functional>
#include <memory>
#include <string>

#include <gtest/gtest.h>

#include "sim/net.h"

namespace cairn::sim {
namespace {

/// Two nodes of one network.
class SimNetFixture final : public test::NetFixture {
 public:
  explicit SimNetFixture(const NetFaults& faults) : world_(20'261'121), network_(world_, faults) {}

  sys::Net& server() override { return server_.net(); }

  sys::Net& client() override { return client_.net(); }

  std::unique_ptr<sys::Net> make_client_net() override { return client_.make_net(); }

  std::string server_address() override { return server_.address(); }

  std::string client_address() override { return client_.address(); }

  sys::Endpoint make_silent_endpoint() override { return {.address = "10.0.255.1", .port = 80}; }

  Instant now() override { return world_.now(); }

  bool drive_until(const std::function<bool()>& done) override {
    return world_.run_until(done, seconds(3600));
  }

  void settle() override { world_.run_for(seconds(10)); }

 private:
  World world_;
  SimNetwork network_;
  SimNode& server_ = network_.node("server");
  SimNode& client_ = network_.node("client");
};

test::NetFactory implementation(std::string name, const NetFaults& faults,
                                std::size_t large_transfer_bytes) {
  return {.name = std::move(name),
          .make = [faults] { return std::make_unique<SimNetFixture>(faults); },
          .large_transfer_bytes = large_transfer_bytes};
}

const test::NetFactory kind = implementation("Sim", {}, std::size_t{4} << 20U);
const test::NetFactory lossy = implementation("SimLossy",
                                              {.drop_one_in = 10,
                                               .delay_one_in = 50,
                                               .duplicate_one_in = 10,
                                               .reorder_one_in = 5,
                                               .short_read_one_in = 3,
                                               .latency_max = milliseconds(5)},
                                              std::size_t{1} << 20U);

const auto name_of = [](const auto& info) { return info.param.name; };

}  // namespace
}  // namespace cairn::sim

// Where the suites live.
namespace cairn::test {

INSTANTIATE_TEST_SUITE_P(Net, LoopContract, testing::Values(sim::kind), sim::name_of);
INSTANTIATE_TEST_SUITE_P(Net, NetContract, testing::Values(sim::kind, sim::lossy), sim::name_of);

}  // namespace cairn::test
