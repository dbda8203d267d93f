// SPDX-License-Identifier: Apache-2.0
#include "sim/net.h"

#include <utility>

#include "base/check.h"
#include "sim/stream.h"

namespace cairn::sim {

SimNode::SimNode(World& world, Links& links, const TcpLimits& limits, std::string name)
    : world_(world),
      name_(std::move(name)),
      loop_(world),
      host_({.world = world, .links = links, .loop = loop_, .limits = limits, .name = name_}),
      net_(sim::make_net(host_)) {}

SimNode::~SimNode() {
  // While both still exist: what either destroys may call the other.
  loop_.power_off();
  host_.power_off();
}

std::unique_ptr<sys::Net> SimNode::make_net() {
  return sim::make_net(host_);
}

void SimNode::crash() {
  world_.trace("net.crash", name_);
  world_.mark("net.crash");
  up_ = false;
  loop_.power_off();
  host_.power_off();
}

void SimNode::kill() {
  CAIRN_CHECK(up_);
  world_.trace("net.kill", name_);
  world_.mark("net.kill");
  up_ = false;
  loop_.power_off();
  host_.close_all();
}

void SimNode::restart() {
  CAIRN_CHECK(!up_);
  world_.trace("net.restart", name_);
  up_ = true;
  loop_.power_on();
  host_.power_on();
}

SimNetwork::SimNetwork(World& world, const NetFaults& faults, const TcpLimits& limits)
    : world_(world), limits_(limits), links_(world, faults) {}

SimNode& SimNetwork::node(std::string_view name) {
  auto found = nodes_.find(name);
  if (found == nodes_.end()) {
    auto fresh = std::make_unique<SimNode>(world_, links_, limits_, std::string(name));
    found = nodes_.emplace(std::string(name), std::move(fresh)).first;
  }
  return *found->second;
}

void SimNetwork::set_faults(std::string_view from, std::string_view to, const NetFaults& faults) {
  const HostIndex sender = node(from).index();
  links_.set_faults(sender, node(to).index(), faults);
}

void SimNetwork::partition(std::string_view a, std::string_view b) {
  cut(a, b);
  cut(b, a);
}

void SimNetwork::cut(std::string_view from, std::string_view to) {
  const HostIndex sender = node(from).index();
  links_.set_cut(sender, node(to).index(), true);
}

void SimNetwork::heal(std::string_view a, std::string_view b) {
  const HostIndex first = node(a).index();
  const HostIndex second = node(b).index();
  links_.set_cut(first, second, false);
  links_.set_cut(second, first, false);
}

}  // namespace cairn::sim
