// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstddef>
#include <cstdint>
#include <functional>
#include <memory>
#include <span>
#include <string>

#include "cairn/error.h"
#include "cairn/time.h"

namespace cairn::sys {

using Task = std::move_only_function<void()>;
using TimerId = std::uint64_t;  ///< from 1, never used twice by one loop

/// One event loop: runs tasks, timers and network handlers one at a time, on the thread that called
/// `run`. Only `post` and `stop` may be called from other threads. Handlers may call anything here
/// but `run`. What has not run when the loop is destroyed is destroyed with it.
class Loop {
 public:
  virtual ~Loop() = default;

  /// Runs the task soon, in the order posted, and never from inside this call. Any thread.
  virtual void post(Task task) = 0;
  /// Runs the task once, not before `delay` is over, and never from inside this call. The timer due
  /// first runs first; of two due together, the one set first.
  virtual TimerId after(Duration delay, Task task) = 0;
  /// Ensures that the task will not run. True if it had not run yet.
  virtual bool cancel(TimerId timer) = 0;
  /// Works until `stop`, of which one ends one `run`: the one under way, after the handler it is
  /// in, or else the next, at once. What is left waits for a later `run`.
  virtual void run() = 0;
  /// Any thread. Calls before one `run` returns add up to one.
  virtual void stop() = 0;
};

/// A numeric address and a port; no names are looked up. Port 0 asks `listen` for a free one.
struct Endpoint {
  std::string address = "127.0.0.1";
  std::uint16_t port = 0;

  friend bool operator==(const Endpoint&, const Endpoint&) = default;
};

/// A two-way byte stream to a peer. Lives on its loop's thread, and must not outlive the loop; it
/// may outlive its Net. At most one read and one write may be under way at a time. Destroying it
/// closes the connection at once, and no handler of it runs afterwards; a handler may destroy its
/// own stream. A handler that will not run is destroyed later, by the loop.
///
/// A connection breaks with Closed (the peer is gone or has torn it down) or TimedOut (the network
/// has carried nothing for a long time). Bytes that came before may still be read; after them every
/// call fails, and no read returns 0. An end that was read does not mean that all has come: the
/// system of a killed process ends its streams for it, so only the protocol can tell. A peer that
/// vanishes without a word is noticed only by whoever has bytes on the way to it, so a protocol
/// needs its own sign of life.
class Stream {
 public:
  virtual ~Stream() = default;

  using IoHandler = std::move_only_function<void(Result<std::size_t>)>;

  /// Calls the handler once, never from inside this call, with the bytes read, at least 1; or 0
  /// when the peer has ended its side; or with what broke the connection. The buffer belongs to the
  /// stream until then, or until the stream is destroyed. Requires: the buffer is not empty.
  virtual void read(std::span<std::byte> buffer, IoHandler handler) = 0;
  /// Calls the handler once, never from inside this call, with bytes.size() when all bytes are
  /// handed over, or with what broke the connection. Handed over does not mean arrived: only an
  /// answer from the peer proves that. The bytes must stay as they are until then, or until the
  /// stream is destroyed. Waits while the peer does not read.
  virtual void write(std::span<const std::byte> bytes, IoHandler handler) = 0;
  /// Ends our side after what is written; the peer reads 0. No write may follow. Reading goes on.
  virtual void finish() = 0;
  [[nodiscard]] virtual const Endpoint& peer() const noexcept = 0;
};

/// Accepts connections until destroyed, through any shortage of resources; what it has not handed
/// to its handler by then is closed. Lives on its loop's thread, and must not outlive the loop; it
/// may outlive its Net. The handler may destroy its own listener.
class Listener {
 public:
  virtual ~Listener() = default;
  /// With the port that was really taken.
  [[nodiscard]] virtual const Endpoint& local() const noexcept = 0;
};

/// Streams between processes. Belongs to one loop, lives on its thread and must not outlive it.
/// Destroying it gives up the connects under way; their handlers do not run.
class Net {
 public:
  virtual ~Net() = default;

  using AcceptHandler = std::move_only_function<void(std::unique_ptr<Stream>)>;
  using ConnectHandler = std::move_only_function<void(Result<std::unique_ptr<Stream>>)>;

  /// Calls the handler for each connection until the listener is destroyed. The addresses "0.0.0.0"
  /// and "::" take connections on all of the machine's addresses of their kind. Fails with
  /// InvalidArgument for a malformed address, Busy when the port is taken, PermissionDenied when
  /// the system refuses it, Unavailable when the address is not this machine's.
  virtual Result<std::unique_ptr<Listener>> listen(const Endpoint& local,
                                                   AcceptHandler handler) = 0;
  /// Calls the handler once, never from inside this call: with a stream; InvalidArgument for a
  /// malformed address or port 0; Unavailable when nobody takes connections there; TimedOut.
  virtual void connect(const Endpoint& remote, Duration timeout, ConnectHandler handler) = 0;
  [[nodiscard]] virtual Loop& loop() noexcept = 0;
};

/// Checks that the address is a numeric IPv4 or IPv6 one, without a zone. Every Net calls it first.
Result<> check_endpoint(const Endpoint& endpoint);

/// "127.0.0.1:80", "[::1]:80".
std::string to_string(const Endpoint& endpoint);

}  // namespace cairn::sys
