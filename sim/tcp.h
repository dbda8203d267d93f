// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstdint>
#include <map>
#include <optional>
#include <span>
#include <string>

#include "cairn/error.h"
#include "sim/links.h"

namespace cairn::sim {

struct TcpLimits {
  std::uint64_t segment_bytes_max = 4096;
  std::uint64_t send_buffer_bytes = 65'536;
  std::uint64_t receive_buffer_bytes = 65'536;
  Duration retransmit_first = milliseconds(200);  ///< doubles with every try
  Duration retransmit_max = seconds(5);
  std::uint32_t retries_max = 12;
  Duration linger = seconds(60);  ///< how long a closed end still answers
};

/// What a socket needs of its host.
class TcpHost {
 public:
  virtual ~TcpHost() = default;
  /// Fills in who sends, and sends.
  virtual void transmit(Packet packet) = 0;
  /// Calls `TcpSocket::on_timer` of that socket, if it still exists.
  virtual EventId set_timer(SocketId socket, Duration delay) = 0;
  virtual void cancel_timer(EventId timer) = 0;
  virtual void mark(std::string_view name) = 0;
};

/// One end of a simulated connection: a small TCP. Bytes go in order and once, whatever the links
/// do; what cannot be carried for `retries_max` tries breaks the connection. It calls nobody but
/// its host, and never by a handler: after each call the host looks at what has become of it.
///
/// Invariants: bytes are numbered from 0 in each direction, and an end takes one number; everything
/// before `acked_` has arrived; no more than the peer's window is under way.
class TcpSocket final {
 public:
  enum class State : std::uint8_t {
    Connecting,  ///< has asked, no answer yet
    Answering,   ///< has been asked, not yet confirmed
    Open,        ///< as long as the owner holds it, broken or not
    Refused,     ///< never came to be: see `broken`
    Over,        ///< to be forgotten
  };

  struct Address {
    SocketId self = 0;
    HostIndex peer_host = 0;
    SocketId peer = 0;  ///< 0 while not known
  };

  TcpSocket(TcpHost& host, const TcpLimits& limits, const Address& address);
  TcpSocket(const TcpSocket&) = delete;
  TcpSocket& operator=(const TcpSocket&) = delete;
  ~TcpSocket();

  /// Asks the peer's host for a connection from `source` to `destination`.
  void connect(sys::Endpoint source, sys::Endpoint destination);
  /// Answers the Syn that this socket was made for.
  void answer(const Packet& syn);
  void receive(const Packet& packet);
  void on_timer();

  /// How many of the bytes there was room for.
  std::size_t put(std::span<const std::byte> bytes);
  /// Our end comes after what was put.
  void finish();
  /// At most `out.size()` bytes that have arrived.
  std::size_t take(std::span<std::byte> out);
  /// The owner lets go. What was put is still sent, and the end after it, unless something that
  /// arrived was never read: then the peer is told that it is lost.
  void release();
  /// Ends it now, telling the peer.
  void reset();

  [[nodiscard]] State state() const noexcept { return state_; }

  [[nodiscard]] SocketId peer() const noexcept { return peer_; }

  [[nodiscard]] HostIndex peer_host() const noexcept { return peer_host_; }

  [[nodiscard]] std::size_t readable() const noexcept { return ready_.size(); }

  [[nodiscard]] bool peer_ended() const noexcept { return peer_ended_; }

  [[nodiscard]] const std::optional<Errc>& broken() const noexcept { return broken_; }

 private:
  [[nodiscard]] Packet make_packet(PacketKind kind) const;

  [[nodiscard]] std::uint64_t end_of_put() const noexcept { return acked_ + buffer_.size(); }

  [[nodiscard]] bool is_waiting() const noexcept;
  void send_news(bool probe);
  void send_opening();
  void send_range(std::uint64_t from, std::uint64_t to);
  void send_end();
  void pump();
  void rearm(bool progress);
  void break_by(Errc code);
  void receive_open(const Packet& packet);
  void take_acknowledgement(const Packet& packet);
  void forget_acknowledged(std::uint64_t acknowledged);
  void take_bytes(const Packet& packet);
  void join_ready(std::uint64_t sequence, std::string_view bytes);

  TcpHost& host_;
  const TcpLimits& limits_;
  SocketId self_;
  SocketId peer_;
  HostIndex peer_host_;
  std::uint32_t tries_ = 0;
  EventId timer_ = 0;
  sys::Endpoint source_;
  sys::Endpoint destination_;

  std::string buffer_;             ///< put and not acknowledged, from acked_ on
  std::uint64_t acked_ = 0;        ///< by the peer
  std::uint64_t sent_ = 0;         ///< at least once
  std::uint64_t sendable_to_ = 0;  ///< what the peer has room for

  std::string ready_;                           ///< arrived, in order, not taken
  std::map<std::uint64_t, std::string> early_;  ///< arrived before what precedes them
  std::uint64_t received_ = 0;                  ///< all before has arrived
  std::uint64_t offered_to_ = 0;                ///< what the peer knows we have room for
  std::optional<std::uint64_t> end_at_;

  State state_ = State::Open;
  std::optional<Errc> broken_;
  bool released_ = false;
  bool finishing_ = false;
  bool end_sent_ = false;
  bool end_acked_ = false;
  bool peer_ended_ = false;
};

}  // namespace cairn::sim
