// SPDX-License-Identifier: Apache-2.0
#include "sys/posix/posix_net.h"

#include <list>
#include <memory>
#include <optional>
#include <span>
#include <string>
#include <utility>

#include <boost/asio/buffer.hpp>
#include <boost/asio/error.hpp>
#include <boost/asio/io_context.hpp>
#include <boost/asio/ip/address.hpp>
#include <boost/asio/ip/tcp.hpp>
#include <boost/asio/ip/v6_only.hpp>
#include <boost/asio/post.hpp>
#include <boost/asio/write.hpp>
#include <fcntl.h>

#include "base/check.h"
#include "sys/posix/asio_loop.h"

namespace cairn::sys {

namespace {

namespace asio = boost::asio;
using boost::system::error_code;
using Tcp = asio::ip::tcp;

/// How long a listener that ran out of descriptors or memory waits before it accepts again.
constexpr Duration accept_pause = milliseconds(100);

Endpoint to_endpoint(const Tcp::endpoint& endpoint) {
  return {.address = endpoint.address().to_string(), .port = endpoint.port()};
}

Result<Tcp::endpoint> to_tcp(const Endpoint& endpoint) {
  CAIRN_TRY(check_endpoint(endpoint));
  error_code error;
  const auto address = asio::ip::make_address(endpoint.address, error);
  CAIRN_CHECK(!error);
  return Tcp::endpoint(address, endpoint.port);
}

/// What broke a connection that once worked.
Error broken_by(const error_code& error) {
  if (error == asio::error::timed_out || error == asio::error::host_unreachable ||
      error == asio::error::network_unreachable) {
    return {Errc::TimedOut, error.message()};
  }
  if (error == asio::error::connection_reset || error == asio::error::broken_pipe ||
      error == asio::error::connection_aborted || error == asio::error::not_connected) {
    return {Errc::Closed, error.message()};
  }
  return {Errc::IoFailed, error.message()};
}

Error connect_failed_by(const error_code& error) {
  const Errc code = error == asio::error::timed_out ? Errc::TimedOut : Errc::Unavailable;
  return {code, error.message()};
}

Error listen_failed_by(const error_code& error) {
  if (error == asio::error::address_in_use) {
    return Error(Errc::Busy, error.message()).advise("choose another port, or stop who holds it");
  }
  if (error == asio::error::access_denied || error == asio::error::no_permission) {
    return Error(Errc::PermissionDenied, error.message()).advise("choose a port above 1023");
  }
  if (error == boost::system::errc::address_not_available) {
    return Error(Errc::Unavailable, error.message()).advise("give one of this machine's addresses");
  }
  return {Errc::IoFailed, error.message()};
}

/// Says that a failure here changes nothing; why is said at each call.
void ignore(const error_code& /*error*/) {}

/// Keeps the descriptor from programs this process starts.
void close_on_exec(int descriptor) {
  static_cast<void>(::fcntl(descriptor, F_SETFD, FD_CLOEXEC));
}

void make_ready(Tcp::socket& socket) {
  close_on_exec(socket.native_handle());
  error_code ignored;  // without it the stream is slower and still right
  ignore(socket.set_option(Tcp::no_delay(true), ignored));
}

/// What a stream and its operations share. They own it together because an operation ends, in the
/// loop, after the stream is gone.
struct Connection {
  Tcp::socket socket;
  Endpoint peer;
  std::optional<Error> broken = std::nullopt;
  bool closed = false;
  bool reading = false;
  bool writing = false;
  bool finishing = false;
  bool read_over = false;  ///< an end or an error was read

  void break_by(const error_code& error) {
    if (!broken) {
      broken = broken_by(error).at(to_string(peer));
    }
  }

  void end_our_side() {
    error_code ignored;  // a connection that is broken already says so to the next read
    ignore(socket.shutdown(Tcp::socket::shutdown_send, ignored));
  }

  /// The system reports a reset once, to whoever asks first, and an end ever after. Only the end of
  /// a whole connection is an end.
  Result<std::size_t> read_result(const error_code& error, std::size_t size) {
    if (!error) {
      return size;
    }
    read_over = true;
    if (error != asio::error::eof) {
      break_by(error);
    }
    if (broken) {
      return fail(*broken);
    }
    return 0;
  }
};

class AsioStream final : public Stream {
 public:
  AsioStream(Tcp::socket socket, Endpoint peer)
      : connection_(std::make_shared<Connection>(
            Connection{.socket = std::move(socket), .peer = std::move(peer)})) {
    make_ready(connection_->socket);
  }

  AsioStream(const AsioStream&) = delete;
  AsioStream& operator=(const AsioStream&) = delete;

  ~AsioStream() override {
    connection_->closed = true;
    error_code ignored;  // the descriptor is gone either way
    ignore(connection_->socket.close(ignored));
  }

  void read(std::span<std::byte> buffer, IoHandler handler) override {
    CAIRN_CHECK(!buffer.empty());
    CAIRN_CHECK(!connection_->reading);
    connection_->reading = true;
    auto complete = [shared = connection_, handler = std::move(handler)](const error_code& error,
                                                                         std::size_t size) mutable {
      shared->reading = false;
      if (!shared->closed) {
        handler(shared->read_result(error, size));
      }
    };
    if (connection_->read_over) {
      complete_soon(std::move(complete));
    } else {
      connection_->socket.async_read_some(asio::buffer(buffer.data(), buffer.size()),
                                          std::move(complete));
    }
  }

  void write(std::span<const std::byte> bytes, IoHandler handler) override {
    CAIRN_CHECK(!connection_->writing);
    CAIRN_CHECK(!connection_->finishing);
    connection_->writing = true;
    auto complete = [shared = connection_, handler = std::move(handler)](const error_code& error,
                                                                         std::size_t size) mutable {
      finish_write(*shared, error);
      if (shared->closed) {
        return;
      }
      if (shared->broken) {
        handler(fail(*shared->broken));
      } else {
        handler(size);
      }
    };
    if (connection_->broken) {
      complete_soon(std::move(complete));
    } else {
      asio::async_write(connection_->socket, asio::buffer(bytes.data(), bytes.size()),
                        std::move(complete));
    }
  }

  void finish() override {
    if (!connection_->finishing && !connection_->writing) {
      connection_->end_our_side();
    }
    connection_->finishing = true;
  }

  [[nodiscard]] const Endpoint& peer() const noexcept override { return connection_->peer; }

 private:
  /// For what is known to have ended. Asked again, the reactor would wait for news that cannot
  /// come: it takes a failed call for one that has used up all there was.
  template <typename Complete>
  void complete_soon(Complete complete) {
    asio::post(connection_->socket.get_executor(),
               [complete = std::move(complete)]() mutable { complete(asio::error::eof, 0); });
  }

  static void finish_write(Connection& connection, const error_code& error) {
    connection.writing = false;
    if (error) {
      connection.break_by(error);
    } else if (connection.finishing && !connection.closed) {
      connection.end_our_side();
    }
  }

  std::shared_ptr<Connection> connection_;
};

/// What a listener and its operations share, for the same reason as a Connection.
struct Acceptance {
  AsioLoop& loop;
  Tcp::acceptor acceptor;
  Tcp::endpoint peer = {};
  TimerId pause = 0;
  bool closed = false;
};

void accept_next(std::shared_ptr<Acceptance> shared, Net::AcceptHandler handler);

/// An error here says nothing about the listener: a connection was given up before it was taken,
/// or the process or the machine is short of something. Both pass; to ask again at once could only
/// burn the processor until they do.
void accept_later(std::shared_ptr<Acceptance> shared, Net::AcceptHandler handler) {
  Acceptance& acceptance = *shared;
  acceptance.pause = acceptance.loop.after(
      accept_pause, [shared = std::move(shared), handler = std::move(handler)]() mutable {
        accept_next(std::move(shared), std::move(handler));
      });
}

void accept_next(std::shared_ptr<Acceptance> shared, Net::AcceptHandler handler) {
  Acceptance& acceptance = *shared;
  acceptance.acceptor.async_accept(
      acceptance.peer, [shared = std::move(shared), handler = std::move(handler)](
                           const error_code& error, Tcp::socket socket) mutable {
        if (shared->closed) {
          return;
        }
        if (error) {
          accept_later(std::move(shared), std::move(handler));
          return;
        }
        handler(std::make_unique<AsioStream>(std::move(socket), to_endpoint(shared->peer)));
        if (!shared->closed) {
          accept_next(std::move(shared), std::move(handler));
        }
      });
}

class AsioListener final : public Listener {
 public:
  AsioListener(std::shared_ptr<Acceptance> shared, Endpoint local)
      : shared_(std::move(shared)), local_(std::move(local)) {}

  AsioListener(const AsioListener&) = delete;
  AsioListener& operator=(const AsioListener&) = delete;

  ~AsioListener() override {
    shared_->closed = true;
    shared_->loop.cancel(shared_->pause);
    error_code ignored;  // the descriptor is gone either way
    ignore(shared_->acceptor.close(ignored));
  }

  [[nodiscard]] const Endpoint& local() const noexcept override { return local_; }

 private:
  std::shared_ptr<Acceptance> shared_;
  Endpoint local_;
};

class AsioNet;

/// One connect under way. Its operations own it together with the net, which may go before they
/// end: then it has no net any more.
struct Attempt {
  AsioNet* net;
  Tcp::socket socket;
  Endpoint remote;
  Net::ConnectHandler handler;
  TimerId timer = 0;
};

error_code open_listening(Tcp::acceptor& acceptor, const Tcp::endpoint& local) {
  error_code error;
  if (acceptor.open(local.protocol(), error)) {
    return error;
  }
  close_on_exec(acceptor.native_handle());
  if (acceptor.set_option(Tcp::acceptor::reuse_address(true), error)) {
    return error;
  }
  if (local.address().is_v6() && acceptor.set_option(asio::ip::v6_only(true), error)) {
    return error;
  }
  if (acceptor.bind(local, error)) {
    return error;
  }
  return acceptor.listen(Tcp::acceptor::max_listen_connections, error);
}

class AsioNet final : public Net {
 public:
  explicit AsioNet(AsioLoop& loop) : loop_(loop) {}

  AsioNet(const AsioNet&) = delete;
  AsioNet& operator=(const AsioNet&) = delete;

  ~AsioNet() override {
    for (const auto& attempt : attempts_) {
      give_up(*attempt);
    }
    loop_.post([handlers_too = std::move(attempts_)] {});
  }

  Result<std::unique_ptr<Listener>> listen(const Endpoint& local, AcceptHandler handler) override {
    CAIRN_TRY(const Tcp::endpoint endpoint, to_tcp(local));
    auto shared = std::make_shared<Acceptance>(
        Acceptance{.loop = loop_, .acceptor = Tcp::acceptor(loop_.context())});
    if (const error_code error = open_listening(shared->acceptor, endpoint)) {
      return fail(listen_failed_by(error).at("listen on " + to_string(local)));
    }
    error_code error;
    const auto taken = shared->acceptor.local_endpoint(error);
    CAIRN_CHECK(!error);
    accept_next(shared, std::move(handler));
    return std::make_unique<AsioListener>(std::move(shared), to_endpoint(taken));
  }

  void connect(const Endpoint& remote, Duration timeout, ConnectHandler handler) override {
    const auto attempt = attempts_.emplace_back(
        std::make_shared<Attempt>(Attempt{.net = this,
                                          .socket = Tcp::socket(loop_.context()),
                                          .remote = remote,
                                          .handler = std::move(handler)}));
    const auto endpoint = to_tcp(remote);
    if (!endpoint || remote.port == 0) {
      fail_soon(attempt, endpoint ? Error(Errc::InvalidArgument, "port 0 cannot be connected to")
                                  : endpoint.error());
      return;
    }
    error_code error;
    if (attempt->socket.open(endpoint->protocol(), error)) {
      fail_soon(attempt, connect_failed_by(error));
      return;
    }
    close_on_exec(attempt->socket.native_handle());
    attempt->timer = loop_.after(timeout, [attempt] {
      finish(*attempt, fail(Errc::TimedOut, "no answer within the time given"));
    });
    attempt->socket.async_connect(*endpoint, [attempt](const error_code& failed) {
      finish(*attempt, take(*attempt, failed));
    });
  }

  [[nodiscard]] Loop& loop() noexcept override { return loop_; }

 private:
  void give_up(Attempt& attempt) {
    attempt.net = nullptr;
    loop_.cancel(attempt.timer);
    error_code ignored;  // the descriptor is gone either way
    ignore(attempt.socket.close(ignored));
  }

  void fail_soon(const std::shared_ptr<Attempt>& attempt, Error error) {
    loop_.post([attempt, error = std::move(error)] { finish(*attempt, fail(error)); });
  }

  static Result<std::unique_ptr<Stream>> take(Attempt& attempt, const error_code& failed) {
    error_code error = failed;
    const auto peer = error ? Tcp::endpoint() : attempt.socket.remote_endpoint(error);
    if (!error && attempt.socket.local_endpoint(error) == peer) {
      // A connect to a free port of this machine can be given that very port, and meet itself.
      error = asio::error::connection_refused;
    }
    if (error) {
      return fail(connect_failed_by(error));
    }
    return std::make_unique<AsioStream>(std::move(attempt.socket), to_endpoint(peer));
  }

  /// Nothing happens when the net is gone: its destructor has given up all attempts.
  static void finish(Attempt& attempt, Result<std::unique_ptr<Stream>> result) {
    if (attempt.net == nullptr) {
      return;
    }
    attempt.net->forget(attempt);
    if (!result) {
      result = fail(std::move(result).error().at("connect to " + to_string(attempt.remote)));
    }
    auto handler = std::move(attempt.handler);
    handler(std::move(result));
  }

  void forget(Attempt& attempt) {
    give_up(attempt);
    std::erase_if(attempts_, [&](const auto& other) { return other.get() == &attempt; });
  }

  AsioLoop& loop_;
  std::list<std::shared_ptr<Attempt>> attempts_;
};

}  // namespace

std::unique_ptr<Net> make_posix_net(Loop& loop) {
  auto* const own = dynamic_cast<AsioLoop*>(&loop);
  CAIRN_CHECK(own != nullptr);
  return std::make_unique<AsioNet>(*own);
}

}  // namespace cairn::sys
