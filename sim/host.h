// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstdint>
#include <map>
#include <memory>
#include <optional>
#include <span>
#include <string>
#include <utility>

#include "sim/links.h"
#include "sim/loop.h"
#include "sim/tcp.h"
#include "sim/world.h"
#include "sys/net.h"

namespace cairn::sim {

using ListenerId = std::uint64_t;
using NetId = std::uint64_t;

struct HostOptions {
  World& world;
  Links& links;
  SimLoop& loop;
  const TcpLimits& limits;
  std::string name;
};

/// What the operating system of a simulated node knows of the network: sockets, listeners and
/// connects under way. The nets, streams and listeners that the product holds are names for what is
/// in here; a name whose object is gone, because the node died, does nothing. Owned by its node.
///
/// Handlers are kept here and run as tasks of the node's loop, which look once more whether they
/// still have somebody to run for.
class Host final : private TcpHost, private PacketReceiver {
 public:
  explicit Host(const HostOptions& options);
  ~Host() override;
  Host(const Host&) = delete;
  Host& operator=(const Host&) = delete;

  [[nodiscard]] HostIndex index() const noexcept { return index_; }

  [[nodiscard]] SimLoop& loop() noexcept { return loop_; }

  [[nodiscard]] NetId next_net() noexcept { return ++last_id_; }

  [[nodiscard]] std::size_t sockets() const noexcept { return connections_.size(); }

  /// The power goes: everything vanishes without a word.
  void power_off();

  void power_on() noexcept { on_ = true; }

  /// The process goes: the system closes what it had open.
  void close_all();

  // For the objects of the product.
  Result<std::pair<ListenerId, sys::Endpoint>> listen(const sys::Endpoint& local,
                                                      sys::Net::AcceptHandler handler);
  void close_listener(ListenerId listener);
  void connect(NetId net, const sys::Endpoint& remote, Duration timeout,
               sys::Net::ConnectHandler handler);
  void abandon_connects(NetId net);
  void read(SocketId socket, std::span<std::byte> buffer, sys::Stream::IoHandler handler);
  void write(SocketId socket, std::span<const std::byte> bytes, sys::Stream::IoHandler handler);
  void finish(SocketId socket);
  void release(SocketId socket);

 private:
  struct Reading {
    std::span<std::byte> buffer;
    sys::Stream::IoHandler handler;
    bool posted = false;
  };

  struct Writing {
    std::span<const std::byte> left;
    std::size_t size = 0;
    sys::Stream::IoHandler handler;
    bool posted = false;
  };

  /// A socket, and what the product wants of it.
  struct Connection {
    TcpSocket socket;
    sys::Endpoint peer;
    std::uint64_t attempt = 0;  ///< of the connect it is for, until that has succeeded
    ListenerId listener = 0;    ///< of the listener it is for, until it is handed over
    bool posted = false;        ///< the attempt or the hand-over
    bool finishing = false;
    std::optional<Reading> reading = std::nullopt;
    std::optional<Writing> writing = std::nullopt;
  };

  struct Attempt {
    NetId net = 0;
    sys::Endpoint remote;
    sys::Net::ConnectHandler handler;
    SocketId socket = 0;
    sys::TimerId timer = 0;
  };

  struct Listening {
    sys::Endpoint local;
    sys::Net::AcceptHandler handler;
  };

  using Connections = std::map<SocketId, std::unique_ptr<Connection>>;

  void transmit(Packet packet) override;
  EventId set_timer(SocketId socket, Duration delay) override;
  void cancel_timer(EventId timer) override;
  void mark(std::string_view name) override;
  void receive(Packet packet) override;

  [[nodiscard]] Connection* find(SocketId socket);
  [[nodiscard]] bool is_own(const std::string& address) const;
  [[nodiscard]] bool is_taken(const sys::Endpoint& local) const;
  [[nodiscard]] std::uint16_t draw_port();
  [[nodiscard]] ListenerId find_listener(const sys::Endpoint& destination) const;
  Connection& make_connection(const TcpSocket::Address& address, sys::Endpoint peer);
  void begin_attempt(std::uint64_t id, Attempt& attempt);
  void refuse(const Packet& packet);
  void receive_syn(const Packet& packet);
  void look_at(SocketId socket);
  void look_at_opening(SocketId socket, Connection& connection);
  void feed(Connection& connection);
  void complete_attempt(SocketId socket);
  void complete_accept(SocketId socket);
  void complete_read(SocketId socket);
  void complete_write(SocketId socket);
  void fail_attempt(std::uint64_t id, Error error);
  void destroy_later(Connection& connection);

  World& world_;
  Links& links_;
  SimLoop& loop_;
  const TcpLimits& limits_;
  Rng rng_;
  HostIndex index_;
  std::string address_;
  bool on_ = true;
  std::uint16_t last_port_;
  std::uint64_t last_id_ = 0;
  Connections connections_;
  std::map<ListenerId, Listening> listeners_;
  std::map<std::uint64_t, Attempt> attempts_;
  /// Watched by the World's events, which must do nothing once the host is gone.
  std::shared_ptr<const int> life_ = std::make_shared<const int>(0);
};

}  // namespace cairn::sim
