// SPDX-License-Identifier: Apache-2.0
#include "sim/stream.h"

#include <utility>

namespace cairn::sim {

namespace {

class SimStream final : public sys::Stream {
 public:
  SimStream(Host& host, SocketId socket, sys::Endpoint peer)
      : host_(host), socket_(socket), peer_(std::move(peer)) {}

  SimStream(const SimStream&) = delete;
  SimStream& operator=(const SimStream&) = delete;

  ~SimStream() override { host_.release(socket_); }

  void read(std::span<std::byte> buffer, IoHandler handler) override {
    host_.read(socket_, buffer, std::move(handler));
  }

  void write(std::span<const std::byte> bytes, IoHandler handler) override {
    host_.write(socket_, bytes, std::move(handler));
  }

  void finish() override { host_.finish(socket_); }

  [[nodiscard]] const sys::Endpoint& peer() const noexcept override { return peer_; }

 private:
  Host& host_;
  SocketId socket_;
  sys::Endpoint peer_;
};

class SimListener final : public sys::Listener {
 public:
  SimListener(Host& host, ListenerId id, sys::Endpoint local)
      : host_(host), id_(id), local_(std::move(local)) {}

  SimListener(const SimListener&) = delete;
  SimListener& operator=(const SimListener&) = delete;

  ~SimListener() override { host_.close_listener(id_); }

  [[nodiscard]] const sys::Endpoint& local() const noexcept override { return local_; }

 private:
  Host& host_;
  ListenerId id_;
  sys::Endpoint local_;
};

class SimNet final : public sys::Net {
 public:
  explicit SimNet(Host& host) : host_(host), id_(host.next_net()) {}

  SimNet(const SimNet&) = delete;
  SimNet& operator=(const SimNet&) = delete;

  ~SimNet() override { host_.abandon_connects(id_); }

  Result<std::unique_ptr<sys::Listener>> listen(const sys::Endpoint& local,
                                                AcceptHandler handler) override {
    CAIRN_TRY(auto listening, host_.listen(local, std::move(handler)));
    return std::make_unique<SimListener>(host_, listening.first, std::move(listening.second));
  }

  void connect(const sys::Endpoint& remote, Duration timeout, ConnectHandler handler) override {
    host_.connect(id_, remote, timeout, std::move(handler));
  }

  [[nodiscard]] sys::Loop& loop() noexcept override { return host_.loop(); }

 private:
  Host& host_;
  NetId id_;
};

}  // namespace

std::unique_ptr<sys::Stream> make_stream(Host& host, SocketId socket, sys::Endpoint peer) {
  return std::make_unique<SimStream>(host, socket, std::move(peer));
}

std::unique_ptr<sys::Net> make_net(Host& host) {
  return std::make_unique<SimNet>(host);
}

}  // namespace cairn::sim
