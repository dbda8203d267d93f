// SPDX-License-Identifier: Apache-2.0
#include "sim/tcp.h"

#include <algorithm>
#include <utility>

#include "base/check.h"

namespace cairn::sim {

TcpSocket::TcpSocket(TcpHost& host, const TcpLimits& limits, const Address& address)
    : host_(host),
      limits_(limits),
      self_(address.self),
      peer_(address.peer),
      peer_host_(address.peer_host) {}

TcpSocket::~TcpSocket() {
  if (timer_ != 0) {
    host_.cancel_timer(timer_);
  }
}

Packet TcpSocket::make_packet(PacketKind kind) const {
  return {.kind = kind,
          .to = peer_host_,
          .from_socket = self_,
          .to_socket = peer_,
          .sequence = sent_,
          .acknowledged = received_,
          .window = limits_.receive_buffer_bytes - ready_.size()};
}

void TcpSocket::connect(sys::Endpoint source, sys::Endpoint destination) {
  source_ = std::move(source);
  destination_ = std::move(destination);
  state_ = State::Connecting;
  send_opening();
  rearm(true);
}

void TcpSocket::answer(const Packet& syn) {
  state_ = State::Answering;
  sendable_to_ = syn.window;
  send_opening();
  rearm(true);
}

void TcpSocket::send_opening() {
  const bool asks = state_ == State::Connecting;
  Packet packet = make_packet(asks ? PacketKind::Syn : PacketKind::SynAck);
  if (asks) {
    packet.source = source_;
    packet.destination = destination_;
  }
  host_.transmit(std::move(packet));
}

void TcpSocket::send_news(bool probe) {
  Packet packet = make_packet(PacketKind::Data);
  packet.probe = probe;
  offered_to_ = received_ + packet.window;
  host_.transmit(std::move(packet));
}

void TcpSocket::send_range(std::uint64_t from, std::uint64_t to) {
  while (from < to) {
    const std::uint64_t size = std::min(limits_.segment_bytes_max, to - from);
    Packet packet = make_packet(PacketKind::Data);
    packet.sequence = from;
    packet.bytes = buffer_.substr(from - acked_, size);
    offered_to_ = received_ + packet.window;
    host_.transmit(std::move(packet));
    from += size;
  }
}

void TcpSocket::send_end() {
  Packet packet = make_packet(PacketKind::Data);
  packet.sequence = end_of_put();
  packet.end = true;
  end_sent_ = true;
  host_.transmit(std::move(packet));
}

/// Sends whatever may be sent and has not been.
void TcpSocket::pump() {
  if (state_ != State::Open || broken_) {
    return;
  }
  const std::uint64_t limit = std::min(end_of_put(), sendable_to_);
  if (sent_ < limit) {
    send_range(std::exchange(sent_, limit), limit);
  }
  if (finishing_ && !end_sent_ && sent_ == end_of_put()) {
    send_end();
  }
  rearm(false);
}

bool TcpSocket::is_waiting() const noexcept {
  if (state_ == State::Connecting || state_ == State::Answering) {
    return true;
  }
  const bool lingering = released_ && end_acked_;
  return state_ == State::Open && !broken_ &&
         (lingering || !buffer_.empty() || (end_sent_ && !end_acked_));
}

/// Sets the timer when there is something to wait for; anew when there was progress.
void TcpSocket::rearm(bool progress) {
  if (progress) {
    tries_ = 0;
  }
  if (timer_ != 0 && (progress || !is_waiting())) {
    host_.cancel_timer(std::exchange(timer_, 0));
  }
  if (timer_ == 0 && is_waiting()) {
    const bool lingering = released_ && end_acked_;
    const std::int64_t doubled = saturating_multiply(limits_.retransmit_first.nanoseconds,
                                                     std::int64_t{1} << std::min(tries_, 30U));
    const Duration retry = std::min(Duration{doubled}, limits_.retransmit_max);
    timer_ = host_.set_timer(self_, lingering ? limits_.linger : retry);
  }
}

void TcpSocket::on_timer() {
  timer_ = 0;
  if (released_ && end_acked_) {
    state_ = State::Over;
    return;
  }
  if (++tries_ > limits_.retries_max) {
    host_.mark("net.timed_out");
    break_by(Errc::TimedOut);
    return;
  }
  if (state_ == State::Connecting || state_ == State::Answering) {
    host_.mark("net.retransmit");
    send_opening();
  } else if (acked_ < sent_ || end_sent_) {
    host_.mark("net.retransmit");
    send_range(acked_, sent_);
    if (end_sent_) {
      send_end();
    }
  } else {
    host_.mark("net.window_probe");
    send_news(true);
  }
  rearm(false);
}

void TcpSocket::break_by(Errc code) {
  switch (state_) {
    case State::Connecting:
      state_ = State::Refused;
      broken_ = code == Errc::Closed ? Errc::Unavailable : code;
      break;
    case State::Answering:
      state_ = State::Over;
      break;
    case State::Open:
      state_ = released_ ? State::Over : State::Open;
      broken_ = broken_.value_or(code);
      break;
    case State::Refused:
    case State::Over:
      break;
  }
  rearm(false);
}

void TcpSocket::receive(const Packet& packet) {
  if (packet.kind == PacketKind::Reset) {
    if (state_ == State::Connecting || packet.from_socket == peer_) {
      break_by(Errc::Closed);
    }
    return;
  }
  if (packet.kind == PacketKind::Syn) {
    if (state_ == State::Answering) {
      send_opening();
    }
    return;
  }
  if (state_ == State::Connecting) {
    if (packet.kind != PacketKind::SynAck) {
      return;  // data that overtook the answer comes again
    }
    peer_ = packet.from_socket;
    state_ = State::Open;
    rearm(true);
  } else if (state_ == State::Answering && packet.from_socket == peer_) {
    state_ = State::Open;
    rearm(true);
  }
  if (state_ == State::Open) {
    receive_open(packet);
  }
}

void TcpSocket::receive_open(const Packet& packet) {
  if (broken_ || packet.from_socket != peer_) {
    host_.transmit({.kind = PacketKind::Reset,
                    .to = packet.from,
                    .from_socket = self_,
                    .to_socket = packet.from_socket});
    return;
  }
  if (released_ && packet.sequence + packet.bytes.size() > received_ && !packet.bytes.empty()) {
    reset();  // nobody will ever read this
    return;
  }
  take_acknowledgement(packet);
  take_bytes(packet);
  if (packet.kind == PacketKind::SynAck || !packet.bytes.empty() || packet.end || packet.probe) {
    send_news(false);
  }
  pump();
}

void TcpSocket::take_acknowledgement(const Packet& packet) {
  const bool nothing_under_way = acked_ == sent_ && !end_sent_;
  const std::uint64_t known = acked_ + (end_acked_ ? 1U : 0U);
  if (packet.acknowledged > known) {
    forget_acknowledged(packet.acknowledged);
  }
  sendable_to_ = std::max(sendable_to_, packet.acknowledged + packet.window);
  if (packet.acknowledged > known || nothing_under_way) {
    rearm(true);
  }
}

void TcpSocket::forget_acknowledged(std::uint64_t acknowledged) {
  const std::uint64_t end = end_of_put();
  CAIRN_CHECK(acknowledged <= sent_ + (end_sent_ ? 1U : 0U));
  const std::uint64_t bytes = std::min(acknowledged, end) - acked_;
  buffer_.erase(0, bytes);
  acked_ += bytes;
  end_acked_ = acknowledged > end;
}

void TcpSocket::take_bytes(const Packet& packet) {
  if (packet.end) {
    end_at_ = packet.sequence + packet.bytes.size();
  }
  if (!packet.bytes.empty()) {
    if (packet.sequence > received_) {
      host_.mark("net.arrived_early");
      early_.emplace(packet.sequence, packet.bytes);
    } else if (packet.sequence + packet.bytes.size() <= received_) {
      host_.mark("net.arrived_twice");
    } else {
      join_ready(packet.sequence, packet.bytes);
    }
  }
  while (!early_.empty() && early_.begin()->first <= received_) {
    const auto next = early_.extract(early_.begin());
    join_ready(next.key(), next.mapped());
  }
  if (!peer_ended_ && end_at_ == received_) {
    peer_ended_ = true;
    ++received_;
  }
}

void TcpSocket::join_ready(std::uint64_t sequence, std::string_view bytes) {
  CAIRN_CHECK(sequence <= received_);
  const std::uint64_t known = received_ - sequence;
  if (known >= bytes.size()) {
    return;
  }
  ready_.append(bytes.substr(known));
  received_ += bytes.size() - known;
  CAIRN_CHECK(ready_.size() <= limits_.receive_buffer_bytes);
}

std::size_t TcpSocket::put(std::span<const std::byte> bytes) {
  CAIRN_CHECK(!finishing_);
  const std::size_t room = limits_.send_buffer_bytes - buffer_.size();
  const std::size_t size = std::min(room, bytes.size());
  buffer_.append(reinterpret_cast<const char*>(bytes.data()), size);
  pump();
  return size;
}

void TcpSocket::finish() {
  finishing_ = true;
  pump();
}

std::size_t TcpSocket::take(std::span<std::byte> out) {
  const std::size_t size = std::min(out.size(), ready_.size());
  std::ranges::copy(std::as_bytes(std::span(ready_).first(size)), out.begin());
  ready_.erase(0, size);
  const std::uint64_t room_to = received_ + limits_.receive_buffer_bytes - ready_.size();
  const bool worth_telling = room_to - offered_to_ >= limits_.receive_buffer_bytes / 2;
  if (!broken_ && !peer_ended_ && worth_telling) {
    send_news(false);
  }
  return size;
}

void TcpSocket::release() {
  released_ = true;
  if (state_ != State::Open || broken_) {
    if (state_ == State::Answering) {
      reset();
    }
    state_ = State::Over;
  } else if (!ready_.empty() || !early_.empty()) {
    reset();
  } else {
    finish();
    rearm(end_acked_);
  }
}

void TcpSocket::reset() {
  host_.transmit(make_packet(PacketKind::Reset));
  state_ = State::Over;
  rearm(false);
}

}  // namespace cairn::sim
