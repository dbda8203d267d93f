// SPDX-License-Identifier: Apache-2.0
#include "sim/host.h"

#include <algorithm>
#include <string_view>
#include <vector>

#include "base/check.h"
#include "sim/stream.h"

namespace cairn::sim {

namespace {

constexpr std::uint16_t port_first = 40'000;
constexpr HostIndex no_host = UINT32_MAX;

bool is_loopback(std::string_view address) {
  return address == "127.0.0.1" || address == "::1";
}

bool is_wildcard(std::string_view address) {
  return address == "0.0.0.0" || address == "::";
}

bool is_same_family(std::string_view a, std::string_view b) {
  return a.contains(':') == b.contains(':');
}

Error broken_error(Errc code, const sys::Endpoint& peer) {
  const char* const message =
      code == Errc::TimedOut ? "the network carries nothing" : "the peer has hung up";
  return Error(code, message).at(to_string(peer));
}

}  // namespace

Host::Host(const HostOptions& options)
    : world_(options.world),
      links_(options.links),
      loop_(options.loop),
      limits_(options.limits),
      rng_(options.world.stream("net.host " + options.name)),
      index_(options.links.attach(options.name, *this)),
      address_(Links::address_of(index_)),
      last_port_(port_first) {}

Host::~Host() {
  power_off();
}

void Host::power_off() {
  on_ = false;
  life_ = std::make_shared<const int>(0);
  // Moved out first: handlers that are destroyed may own streams, which call back.
  const auto attempts = std::exchange(attempts_, {});
  const auto listeners = std::exchange(listeners_, {});
  const auto connections = std::exchange(connections_, {});
}

void Host::close_all() {
  while (!attempts_.empty()) {
    abandon_connects(attempts_.begin()->second.net);
  }
  while (!listeners_.empty()) {
    close_listener(listeners_.begin()->first);
  }
  std::vector<SocketId> sockets;
  for (const auto& [socket, connection] : connections_) {
    sockets.push_back(socket);
  }
  for (const SocketId socket : sockets) {
    release(socket);
  }
}

// What the sockets need.

void Host::transmit(Packet packet) {
  packet.from = index_;
  if (packet.to == no_host) {
    mark("net.no_such_host");
    return;
  }
  links_.send(std::move(packet));
}

EventId Host::set_timer(SocketId socket, Duration delay) {
  return world_.schedule(delay, [this, socket, life = std::weak_ptr(life_)] {
    Connection* const connection = life.expired() ? nullptr : find(socket);
    if (connection != nullptr) {
      connection->socket.on_timer();
      look_at(socket);
    }
  });
}

void Host::cancel_timer(EventId timer) {
  world_.cancel(timer);
}

void Host::mark(std::string_view name) {
  world_.mark(name);
}

// Packets.

void Host::receive(Packet packet) {
  if (!on_) {
    mark("net.host_down");
    return;
  }
  if (packet.kind == PacketKind::Syn) {
    receive_syn(packet);
    return;
  }
  Connection* const connection = find(packet.to_socket);
  if (connection != nullptr) {
    connection->socket.receive(packet);
    look_at(packet.to_socket);
  } else if (packet.kind != PacketKind::Reset) {
    mark("net.unknown_socket");
    refuse(packet);
  }
}

void Host::refuse(const Packet& packet) {
  transmit({.kind = PacketKind::Reset,
            .to = packet.from,
            .from_socket = packet.to_socket,
            .to_socket = packet.from_socket});
}

void Host::receive_syn(const Packet& packet) {
  for (const auto& [socket, connection] : connections_) {
    if (connection->socket.peer() == packet.from_socket && connection->attempt == 0) {
      connection->socket.receive(packet);
      return;
    }
  }
  const ListenerId listener = find_listener(packet.destination);
  if (listener == 0) {
    mark("net.refused");
    refuse(packet);
    return;
  }
  Connection& connection = make_connection(
      {.self = links_.next_socket(), .peer_host = packet.from, .peer = packet.from_socket},
      packet.source);
  connection.listener = listener;
  connection.socket.answer(packet);
}

// Looking things up.

Host::Connection* Host::find(SocketId socket) {
  const auto found = connections_.find(socket);
  return found == connections_.end() ? nullptr : found->second.get();
}

Host::Connection& Host::make_connection(const TcpSocket::Address& address, sys::Endpoint peer) {
  auto connection = std::unique_ptr<Connection>(
      new Connection{.socket = TcpSocket(*this, limits_, address), .peer = std::move(peer)});
  return *connections_.emplace(address.self, std::move(connection)).first->second;
}

bool Host::is_own(const std::string& address) const {
  return address == address_ || is_loopback(address);
}

ListenerId Host::find_listener(const sys::Endpoint& destination) const {
  for (const auto& [id, listening] : listeners_) {
    const sys::Endpoint& local = listening.local;
    const bool matches =
        local.address == destination.address ||
        (is_wildcard(local.address) && is_same_family(local.address, destination.address));
    if (matches && local.port == destination.port) {
      return id;
    }
  }
  return 0;
}

bool Host::is_taken(const sys::Endpoint& local) const {
  return std::ranges::any_of(listeners_, [&](const auto& entry) {
    const sys::Endpoint& other = entry.second.local;
    const bool overlaps = other.address == local.address ||
                          (is_same_family(other.address, local.address) &&
                           (is_wildcard(other.address) || is_wildcard(local.address)));
    return overlaps && other.port == local.port;
  });
}

std::uint16_t Host::draw_port() {
  const auto is_used = [&] {
    return std::ranges::any_of(
        listeners_, [&](const auto& entry) { return entry.second.local.port == last_port_; });
  };
  do {
    last_port_ = last_port_ == UINT16_MAX ? port_first : static_cast<std::uint16_t>(last_port_ + 1);
  } while (is_used());
  return last_port_;
}

// Listening.

Result<std::pair<ListenerId, sys::Endpoint>> Host::listen(const sys::Endpoint& local,
                                                          sys::Net::AcceptHandler handler) {
  const std::string place = "listen on " + to_string(local);
  if (auto checked = check_endpoint(local); !checked) {
    return fail(std::move(checked).error().at(place));
  }
  if (!is_own(local.address) && !is_wildcard(local.address)) {
    return fail(Error(Errc::Unavailable, "not an address of this node").at(place));
  }
  sys::Endpoint taken = local;
  if (taken.port == 0) {
    taken.port = draw_port();
  } else if (is_taken(taken)) {
    return fail(Error(Errc::Busy, "the port is taken").at(place));
  }
  const ListenerId id = ++last_id_;
  if (on_) {
    listeners_.emplace(id, Listening{.local = taken, .handler = std::move(handler)});
  }
  return std::pair(id, taken);
}

void Host::close_listener(ListenerId listener) {
  auto node = listeners_.extract(listener);
  if (node.empty()) {
    return;
  }
  std::erase_if(connections_, [&](const auto& entry) {
    const bool waits = entry.second->listener == listener;
    if (waits) {
      entry.second->socket.reset();
    }
    return waits;
  });
  loop_.post([handler = std::move(node.mapped().handler)] {});
}

void Host::complete_accept(SocketId socket) {
  Connection* const connection = find(socket);
  if (connection == nullptr) {
    return;
  }
  const ListenerId listener = std::exchange(connection->listener, 0);
  const auto found = listeners_.find(listener);
  CAIRN_CHECK(found != listeners_.end());  // it takes its connections along when it goes
  // The handler may destroy its own listener: it runs beside it, and then goes back if it can.
  auto handler = std::move(found->second.handler);
  handler(make_stream(*this, socket, connection->peer));
  if (const auto still = listeners_.find(listener); still != listeners_.end()) {
    still->second.handler = std::move(handler);
  }
}

// Connecting.

void Host::connect(NetId net, const sys::Endpoint& remote, Duration timeout,
                   sys::Net::ConnectHandler handler) {
  if (!on_) {
    return;
  }
  const std::uint64_t id = ++last_id_;
  Attempt& attempt =
      attempts_.emplace(id, Attempt{.net = net, .remote = remote, .handler = std::move(handler)})
          .first->second;
  auto checked = check_endpoint(remote);
  if (checked && remote.port == 0) {
    checked = fail(Errc::InvalidArgument, "port 0 cannot be connected to");
  }
  if (!checked) {
    loop_.post([this, id, error = std::move(checked).error()] { fail_attempt(id, error); });
    return;
  }
  attempt.timer = loop_.after(timeout, [this, id] {
    fail_attempt(id, Error(Errc::TimedOut, "no answer within the time given"));
  });
  begin_attempt(id, attempt);
}

void Host::begin_attempt(std::uint64_t id, Attempt& attempt) {
  const sys::Endpoint& remote = attempt.remote;
  const bool to_self = is_own(remote.address);
  const HostIndex peer = to_self ? index_ : links_.find_address(remote.address).value_or(no_host);
  attempt.socket = links_.next_socket();
  Connection& connection = make_connection({.self = attempt.socket, .peer_host = peer}, remote);
  connection.attempt = id;
  connection.socket.connect({.address = to_self ? remote.address : address_, .port = draw_port()},
                            remote);
}

void Host::abandon_connects(NetId net) {
  std::vector<std::uint64_t> ids;
  for (const auto& [id, attempt] : attempts_) {
    if (attempt.net == net) {
      ids.push_back(id);
    }
  }
  for (const std::uint64_t id : ids) {
    auto node = attempts_.extract(id);
    loop_.cancel(node.mapped().timer);
    release(node.mapped().socket);
    loop_.post([handler = std::move(node.mapped().handler)] {});
  }
}

void Host::complete_attempt(SocketId socket) {
  Connection* const connection = find(socket);
  if (connection == nullptr || connection->attempt == 0) {
    return;
  }
  if (connection->socket.state() == TcpSocket::State::Refused) {
    const Errc code = connection->socket.broken().value_or(Errc::Unavailable);
    fail_attempt(connection->attempt,
                 Error(code, code == Errc::TimedOut ? "no answer" : "connection refused"));
    return;
  }
  auto node = attempts_.extract(std::exchange(connection->attempt, 0));
  loop_.cancel(node.mapped().timer);
  node.mapped().handler(make_stream(*this, socket, connection->peer));
}

void Host::fail_attempt(std::uint64_t id, Error error) {
  auto node = attempts_.extract(id);
  if (node.empty()) {
    return;
  }
  Attempt& attempt = node.mapped();
  loop_.cancel(attempt.timer);
  release(attempt.socket);
  attempt.handler(fail(std::move(error).at("connect to " + to_string(attempt.remote))));
}

// Streams.

void Host::read(SocketId socket, std::span<std::byte> buffer, sys::Stream::IoHandler handler) {
  CAIRN_CHECK(!buffer.empty());
  Connection* const connection = find(socket);
  if (connection == nullptr) {
    return;
  }
  CAIRN_CHECK(!connection->reading);
  connection->reading = Reading{.buffer = buffer, .handler = std::move(handler)};
  look_at(socket);
}

void Host::write(SocketId socket, std::span<const std::byte> bytes,
                 sys::Stream::IoHandler handler) {
  Connection* const connection = find(socket);
  if (connection == nullptr) {
    return;
  }
  CAIRN_CHECK(!connection->writing);
  CAIRN_CHECK(!connection->finishing);
  connection->writing = Writing{.left = bytes, .size = bytes.size(), .handler = std::move(handler)};
  look_at(socket);
}

void Host::finish(SocketId socket) {
  if (Connection* const connection = find(socket); connection != nullptr) {
    connection->finishing = true;
    look_at(socket);
  }
}

void Host::release(SocketId socket) {
  Connection* const connection = find(socket);
  if (connection == nullptr) {
    return;
  }
  connection->attempt = 0;
  auto reading = std::exchange(connection->reading, std::nullopt);
  auto writing = std::exchange(connection->writing, std::nullopt);
  connection->socket.release();
  look_at(socket);
  loop_.post([reading = std::move(reading), writing = std::move(writing)] {});
}

/// Hands what the product has written to the socket, as far as there is room.
void Host::feed(Connection& connection) {
  auto& writing = connection.writing;
  if (connection.socket.broken()) {
    return;
  }
  if (writing && !writing->left.empty()) {
    writing->left = writing->left.subspan(connection.socket.put(writing->left));
  }
  if (connection.finishing && (!writing || writing->left.empty())) {
    connection.socket.finish();
  }
}

/// Sees what has become of a socket after something happened to it, and who is to be told.
void Host::look_at(SocketId socket) {
  Connection& connection = *find(socket);
  const TcpSocket& tcp = connection.socket;
  if (tcp.state() == TcpSocket::State::Over) {
    connections_.erase(socket);
    return;
  }
  if (connection.attempt != 0 || connection.listener != 0) {
    look_at_opening(socket, connection);
    return;
  }
  feed(connection);
  const bool has_news = tcp.readable() > 0 || tcp.peer_ended() || tcp.broken();
  if (auto& reading = connection.reading; reading && !reading->posted && has_news) {
    reading->posted = true;
    loop_.post([this, socket] { complete_read(socket); });
  }
  auto& writing = connection.writing;
  if (writing && !writing->posted && (writing->left.empty() || tcp.broken())) {
    writing->posted = true;
    loop_.post([this, socket] { complete_write(socket); });
  }
}

void Host::look_at_opening(SocketId socket, Connection& connection) {
  const TcpSocket::State state = connection.socket.state();
  const bool still_opening =
      state == TcpSocket::State::Connecting || state == TcpSocket::State::Answering;
  if (still_opening || connection.posted) {
    return;
  }
  connection.posted = true;
  if (connection.attempt != 0) {
    loop_.post([this, socket] { complete_attempt(socket); });
  } else {
    loop_.post([this, socket] { complete_accept(socket); });
  }
}

void Host::complete_read(SocketId socket) {
  Connection* const connection = find(socket);
  if (connection == nullptr) {
    return;
  }
  auto reading = std::exchange(connection->reading, std::nullopt);
  if (!reading) {
    return;  // the stream is gone, and the socket still says goodbye
  }
  TcpSocket& tcp = connection->socket;
  if (tcp.readable() == 0) {
    const auto& broken = tcp.broken();
    reading->handler(broken ? fail(broken_error(*broken, connection->peer))
                            : Result<std::size_t>(0));
    return;
  }
  std::size_t size = std::min(tcp.readable(), reading->buffer.size());
  if (size > 1 && rng_.one_in(links_.faults(tcp.peer_host(), index_).short_read_one_in)) {
    mark("net.short_read");
    size = rng_.between(1, size - 1);
  }
  world_.trace("net.read", address_, {socket, size});
  size = tcp.take(reading->buffer.first(size));
  reading->handler(size);
}

void Host::complete_write(SocketId socket) {
  Connection* const connection = find(socket);
  if (connection == nullptr) {
    return;
  }
  auto writing = std::exchange(connection->writing, std::nullopt);
  if (!writing) {
    return;
  }
  world_.trace("net.written", address_, {socket, writing->size});
  const auto& broken = connection->socket.broken();
  writing->handler(broken ? fail(broken_error(*broken, connection->peer))
                          : Result<std::size_t>(writing->size));
}

}  // namespace cairn::sim
