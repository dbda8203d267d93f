// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstdint>
#include <map>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "sim/net_faults.h"
#include "sim/world.h"
#include "sys/net.h"

namespace cairn::sim {

using HostIndex = std::uint32_t;
using SocketId = std::uint64_t;  ///< from 1, never used twice in one network

enum class PacketKind : std::uint8_t { Syn, SynAck, Data, Reset };

/// What one host sends another. Data carries bytes, an end, or just news: what has been received up
/// to where, and how much more there is room for.
struct Packet {
  PacketKind kind = PacketKind::Data;
  HostIndex from = 0;
  HostIndex to = 0;
  SocketId from_socket = 0;
  SocketId to_socket = 0;          ///< 0 in a Syn
  sys::Endpoint source = {};       ///< in a Syn only
  sys::Endpoint destination = {};  ///< in a Syn only
  std::uint64_t sequence = 0;
  std::uint64_t acknowledged = 0;
  std::uint64_t window = 0;
  bool end = false;    ///< nothing follows these bytes
  bool probe = false;  ///< wants an answer in any case
  std::string bytes = {};
};

/// Takes the packets that arrive at one host.
class PacketReceiver {
 public:
  virtual ~PacketReceiver() = default;
  virtual void receive(Packet packet) = 0;
};

/// All links between hosts, one for each direction of each pair: they decide whether, when, in
/// which order and how often a packet arrives. A host's link to itself has no faults. Owned by the
/// SimNetwork. Everything decided is traced; each link draws from a stream of its own.
class Links final {
 public:
  Links(World& world, const NetFaults& faults) : world_(world), faults_(faults) {}

  Links(const Links&) = delete;
  Links& operator=(const Links&) = delete;
  ~Links() = default;

  /// Requires: the receiver outlives the links, or they carry nothing any more.
  HostIndex attach(std::string name, PacketReceiver& receiver);
  [[nodiscard]] std::optional<HostIndex> find_address(std::string_view address) const;
  [[nodiscard]] static std::string address_of(HostIndex host);

  void send(Packet packet);

  void set_faults(const NetFaults& faults) noexcept { faults_ = faults; }

  void set_faults(HostIndex from, HostIndex to, const NetFaults& faults);
  [[nodiscard]] const NetFaults& faults(HostIndex from, HostIndex to);
  /// Loses what is under way, too.
  void set_cut(HostIndex from, HostIndex to, bool cut);
  void heal();

  [[nodiscard]] SocketId next_socket() noexcept { return ++last_socket_; }

 private:
  struct Link {
    std::string name;  ///< "from>to"
    Rng rng;
    Instant last_arrival;
    bool cut = false;
    std::optional<NetFaults> faults = std::nullopt;
  };

  struct Host {
    std::string name;
    PacketReceiver* receiver = nullptr;
  };

  Link& link(HostIndex from, HostIndex to);
  [[nodiscard]] Duration draw_travel(Link& link, const NetFaults& faults);
  void send_resets(const Packet& packet);
  void deliver_at(Instant arrival, Packet packet);
  void deliver(Packet packet);
  void trace(std::string_view what, const Link& link, const Packet& packet);

  World& world_;
  NetFaults faults_;
  std::vector<Host> hosts_;
  std::map<std::pair<HostIndex, HostIndex>, Link> links_;
  SocketId last_socket_ = 0;
  /// Watched by the World's events, which must do nothing once the links are gone.
  std::shared_ptr<const int> life_ = std::make_shared<const int>(0);
};

}  // namespace cairn::sim
