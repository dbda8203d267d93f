// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <map>
#include <memory>
#include <string>
#include <string_view>

#include "sim/host.h"
#include "sim/links.h"
#include "sim/loop.h"
#include "sim/net_faults.h"
#include "sim/tcp.h"
#include "sim/world.h"
#include "sys/net.h"

namespace cairn::sim {

/// One simulated machine on the network. The product gets its `loop` and `net`; the test that owns
/// the network also has the switches, with which the node dies and comes back. Owned by its
/// SimNetwork.
///
/// After `crash` or `kill` nothing of the product runs any more: its tasks, timers and handlers are
/// gone. The test then destroys the product's objects, which do nothing, and calls `restart` before
/// it makes new ones on the same loop and net.
class SimNode final {
 public:
  SimNode(World& world, Links& links, const TcpLimits& limits, std::string name);
  ~SimNode();
  SimNode(const SimNode&) = delete;
  SimNode& operator=(const SimNode&) = delete;

  [[nodiscard]] const std::string& name() const noexcept { return name_; }

  [[nodiscard]] HostIndex index() const noexcept { return host_.index(); }

  /// "10.0.0.1" for the first node. Also "127.0.0.1" and "::1", for itself.
  [[nodiscard]] std::string address() const { return Links::address_of(index()); }

  [[nodiscard]] SimLoop& loop() noexcept { return loop_; }

  [[nodiscard]] sys::Net& net() noexcept { return *net_; }

  /// A further net on the same loop, for what wants to destroy its own.
  [[nodiscard]] std::unique_ptr<sys::Net> make_net();

  /// The machine loses its power. Nobody is told: peers find out by waiting in vain, or, after
  /// `restart`, by asking a machine that knows them no more.
  void crash();
  /// The process dies and its system closes what it had open: what was handed over still arrives,
  /// and peers read an end, or a reset where something was left unread.
  void kill();
  /// Requires: not up.
  void restart();

  [[nodiscard]] bool is_up() const noexcept { return up_; }

  /// Those of closed streams count until their end has been said and heard.
  [[nodiscard]] std::size_t open_sockets() const noexcept { return host_.sockets(); }

 private:
  World& world_;
  std::string name_;
  bool up_ = true;
  SimLoop loop_;
  Host host_;
  std::unique_ptr<sys::Net> net_;
};

/// A simulated network: any number of nodes, a link for each direction between each two, and TCP
/// streams over them. All of it runs in one World, on one thread. The test that owns it must
/// destroy the product's streams, listeners and further nets first. Deterministic: the World's seed
/// and the calls decide everything, and every packet is traced.
///
/// Marks, one for each rare thing that may happen to a stream: net.drop, net.delay, net.duplicate,
/// net.reorder, net.short_read, net.reset (faults); net.cut_off, net.host_down, net.no_such_host,
/// net.crash, net.kill (where packets ended); net.retransmit, net.window_probe, net.timed_out,
/// net.arrived_early, net.arrived_twice, net.unknown_socket, net.refused (what TCP made of it).
class SimNetwork final {
 public:
  explicit SimNetwork(World& world, const NetFaults& faults = {}, const TcpLimits& limits = {});
  SimNetwork(const SimNetwork&) = delete;
  SimNetwork& operator=(const SimNetwork&) = delete;
  ~SimNetwork() = default;

  /// Makes the node when it is named first.
  SimNode& node(std::string_view name);

  /// For all links that have no faults of their own.
  void set_faults(const NetFaults& faults) noexcept { links_.set_faults(faults); }

  /// For one direction of one link.
  void set_faults(std::string_view from, std::string_view to, const NetFaults& faults);

  /// Nothing passes between the two, in either direction, until healed; what is under way is lost.
  void partition(std::string_view a, std::string_view b);
  /// Nothing passes in this direction.
  void cut(std::string_view from, std::string_view to);
  /// Ends a partition, or both cuts, between the two.
  void heal(std::string_view a, std::string_view b);

  /// Ends all of them.
  void heal() { links_.heal(); }

 private:
  World& world_;
  TcpLimits limits_;
  Links links_;
  std::map<std::string, std::unique_ptr<SimNode>, std::less<>> nodes_;
};

}  // namespace cairn::sim
