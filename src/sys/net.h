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
/// but `run`.
class Loop {
 public:
  virtual ~Loop() = default;

  /// Runs the task soon, in the order posted. Any thread.
  virtual void post(Task task) = 0;
  /// Runs the task once, not before `delay` is over.
  virtual TimerId after(Duration delay, Task task) = 0;
  /// Ensures that the task will not run. True if it had not run yet.
  virtual bool cancel(TimerId timer) = 0;
  /// Works until `stop`. A stop before `run` makes it return at once.
  virtual void run() = 0;
  /// Any thread.
  virtual void stop() = 0;
};

/// A numeric address and a port; no names are looked up. Port 0 asks `listen` for a free one.
struct Endpoint {
  std::string address = "127.0.0.1";
  std::uint16_t port = 0;

  friend bool operator==(const Endpoint&, const Endpoint&) = default;
};

/// A two-way byte stream to a peer. Lives on its loop's thread. At most one read and one write may
/// be under way at a time. Destroying it closes the connection at once, and no handler of it runs
/// afterwards; a handler may destroy its own stream.
class Stream {
 public:
  virtual ~Stream() = default;

  using IoHandler = std::move_only_function<void(Result<std::size_t>)>;

  /// Calls the handler once, never from inside this call, with the bytes read, at least 1; or 0
  /// when the peer has ended its side. The buffer belongs to the stream until then.
  virtual void read(std::span<std::byte> buffer, IoHandler handler) = 0;
  /// Calls the handler once, never from inside this call, when all bytes are handed over, or with
  /// what went wrong. Handed over does not mean arrived: only an answer from the peer proves that.
  virtual void write(std::span<const std::byte> bytes, IoHandler handler) = 0;
  /// Ends our side after what is written; the peer reads 0. No write may follow.
  virtual void finish() = 0;
  [[nodiscard]] virtual const Endpoint& peer() const noexcept = 0;
};

/// Accepts connections until destroyed.
class Listener {
 public:
  virtual ~Listener() = default;
  /// With the port that was really taken.
  [[nodiscard]] virtual const Endpoint& local() const noexcept = 0;
};

/// Streams between processes. Belongs to one loop; must not outlive it.
class Net {
 public:
  virtual ~Net() = default;

  using AcceptHandler = std::move_only_function<void(std::unique_ptr<Stream>)>;
  using ConnectHandler = std::move_only_function<void(Result<std::unique_ptr<Stream>>)>;

  /// Calls the handler for each connection until the listener is destroyed.
  virtual Result<std::unique_ptr<Listener>> listen(const Endpoint& local,
                                                   AcceptHandler handler) = 0;
  /// Calls the handler once, never from inside this call: a stream, Unavailable, or TimedOut.
  virtual void connect(const Endpoint& remote, Duration timeout, ConnectHandler handler) = 0;
  [[nodiscard]] virtual Loop& loop() noexcept = 0;
};

}  // namespace cairn::sys
