// SPDX-License-Identifier: Apache-2.0
#include "tests/contract/net_contract.h"

#include <algorithm>
#include <array>
#include <cstdint>
#include <memory>
#include <optional>
#include <set>
#include <span>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

namespace cairn::test {

namespace {

using sys::Endpoint;
using sys::Listener;
using sys::Net;
using sys::Stream;

std::span<const std::byte> bytes_of(std::string_view text) {
  return std::as_bytes(std::span(text));
}

/// Bytes that tell every shift, loss and swap.
std::string pattern(std::size_t size, std::uint32_t seed) {
  std::string text(size, '\0');
  std::uint32_t state = seed;
  for (char& c : text) {
    state = state * 1664525U + 1013904223U;
    c = static_cast<char>(state >> 24U);
  }
  return text;
}

/// Reads a stream until it ends or fails, keeping everything.
class Reader final {
 public:
  explicit Reader(Stream& stream) : stream_(stream) {}

  void start() {
    stream_.read(buffer_, [this](Result<std::size_t> size) { take(std::move(size)); });
  }

  [[nodiscard]] const std::string& text() const { return text_; }

  [[nodiscard]] bool ended() const { return ended_; }

  [[nodiscard]] const std::optional<Errc>& error() const { return error_; }

  [[nodiscard]] bool stopped() const { return ended_ || error_; }

 private:
  void take(Result<std::size_t> size) {
    if (!size) {
      error_ = size.error().code();
    } else if (*size == 0) {
      ended_ = true;
    } else {
      ASSERT_LE(*size, buffer_.size());
      text_.append(reinterpret_cast<const char*>(buffer_.data()), *size);
      start();
    }
  }

  Stream& stream_;
  std::array<std::byte, 8192> buffer_{};
  std::string text_;
  bool ended_ = false;
  std::optional<Errc> error_;
};

/// What one write came to.
struct Written {
  std::optional<std::size_t> size;
  std::optional<Errc> error;

  [[nodiscard]] bool done() const { return size || error; }
};

void write(Stream& stream, std::string_view text, Written& written) {
  stream.write(bytes_of(text), [&written](Result<std::size_t> size) {
    if (size) {
      written.size = *size;
    } else {
      written.error = size.error().code();
    }
  });
}

/// Sends back all it reads, in the order read, and ends when its peer does.
class Echo final {
 public:
  explicit Echo(std::unique_ptr<Stream> stream) : stream_(std::move(stream)) { read(); }

 private:
  void read() {
    stream_->read(buffer_, [this](Result<std::size_t> size) {
      if (!size || *size == 0) {
        stream_->finish();
        return;
      }
      stream_->write(std::span(buffer_).first(*size), [this](const Result<std::size_t>& written) {
        if (written) {
          read();
        }
      });
    });
  }

  std::unique_ptr<Stream> stream_;
  std::array<std::byte, 4096> buffer_{};
};

/// A listener and both ends of one connection to it.
struct Pair {
  std::unique_ptr<Listener> listener;
  std::unique_ptr<Stream> server;
  std::unique_ptr<Stream> client;
};

Endpoint reachable(NetFixture& fixture, const Listener& listener) {
  return {.address = fixture.server_address(), .port = listener.local().port};
}

Pair make_pair(NetFixture& fixture) {
  Pair pair;
  auto listener = fixture.server().listen(
      {.address = fixture.server_address()},
      [&pair](std::unique_ptr<Stream> stream) { pair.server = std::move(stream); });
  EXPECT_TRUE(listener) << listener.error().to_string();
  pair.listener = std::move(*listener);
  fixture.client().connect(reachable(fixture, *pair.listener), seconds(20),
                           [&pair](Result<std::unique_ptr<Stream>> stream) {
                             ASSERT_TRUE(stream) << stream.error().to_string();
                             pair.client = std::move(*stream);
                           });
  EXPECT_TRUE(fixture.drive_until([&] { return pair.server && pair.client; }));
  // Its handler names this local pair, so it may take nothing more.
  pair.listener.reset();
  return pair;
}

std::optional<Errc> connect_error(NetFixture& fixture, const Endpoint& remote, Duration timeout) {
  std::optional<Errc> error;
  bool connected = false;
  fixture.client().connect(remote, timeout, [&](const Result<std::unique_ptr<Stream>>& stream) {
    connected = stream.has_value();
    if (!stream) {
      error = stream.error().code();
    }
  });
  EXPECT_FALSE(connected || error) << "the handler ran inside connect";
  EXPECT_TRUE(fixture.drive_until([&] { return connected || error; }));
  return error;
}

}  // namespace

TEST_P(NetContract, EchoReturnsWhatWasSent) {
  // A question to an echo server, its answer, and the end after ours.
  std::unique_ptr<Echo> echo;
  const auto listener = fixture_->server().listen(
      {.address = fixture_->server_address()},
      [&](std::unique_ptr<Stream> stream) { echo = std::make_unique<Echo>(std::move(stream)); });
  ASSERT_TRUE(listener);
  std::unique_ptr<Stream> client;
  fixture_->client().connect(
      reachable(*fixture_, **listener), seconds(20),
      [&](Result<std::unique_ptr<Stream>> stream) { client = std::move(stream).value(); });
  ASSERT_TRUE(fixture_->drive_until([&] { return client != nullptr; }));
  Reader reader(*client);
  reader.start();
  Written written;
  write(*client, "how high is the pile?", written);
  ASSERT_TRUE(fixture_->drive_until([&] { return reader.text().size() == 21; }));
  EXPECT_EQ(reader.text(), "how high is the pile?");
  EXPECT_EQ(written.size, 21U);
  client->finish();
  EXPECT_TRUE(fixture_->drive_until([&] { return reader.ended(); }));
}

TEST_P(NetContract, LargeTransfersInBothDirectionsArriveIntact) {
  // Megabytes each way at once, in one write each; every byte is compared.
  const Pair pair = make_pair(*fixture_);
  const std::string up = pattern(GetParam().large_transfer_bytes, 1);
  const std::string down = pattern(GetParam().large_transfer_bytes, 2);
  Reader at_server(*pair.server);
  Reader at_client(*pair.client);
  Written up_written;
  Written down_written;
  at_server.start();
  at_client.start();
  write(*pair.client, up, up_written);
  write(*pair.server, down, down_written);
  pair.client->finish();
  pair.server->finish();
  ASSERT_TRUE(fixture_->drive_until([&] { return at_server.stopped() && at_client.stopped(); }));
  EXPECT_TRUE(at_server.ended() && at_client.ended());
  EXPECT_TRUE(at_server.text() == up);
  EXPECT_TRUE(at_client.text() == down);
  EXPECT_EQ(up_written.size, up.size());
  EXPECT_EQ(down_written.size, down.size());
}

TEST_P(NetContract, WritesArriveInTheirOrder) {
  // A hundred small writes, each begun in the handler of the one before; reads need not match them.
  const Pair pair = make_pair(*fixture_);
  Reader reader(*pair.server);
  reader.start();
  std::string expected;
  std::string line;
  int sent = 0;
  std::function<void()> send_next = [&] {
    if (sent == 100) {
      pair.client->finish();
      return;
    }
    line = "line " + std::to_string(sent++) + "\n";
    expected += line;
    pair.client->write(bytes_of(line), [&](const Result<std::size_t>& size) {
      ASSERT_TRUE(size);
      send_next();
    });
  };
  send_next();
  ASSERT_TRUE(fixture_->drive_until([&] { return reader.stopped(); }));
  EXPECT_TRUE(reader.ended());
  EXPECT_EQ(reader.text(), expected);
}

TEST_P(NetContract, EmptyWriteSucceedsAndSendsNothing) {
  // Its handler says 0; the peer sees only the end that follows.
  const Pair pair = make_pair(*fixture_);
  Reader reader(*pair.server);
  reader.start();
  Written written;
  write(*pair.client, "", written);
  ASSERT_TRUE(fixture_->drive_until([&] { return written.done(); }));
  EXPECT_EQ(written.size, 0U);
  pair.client->finish();
  ASSERT_TRUE(fixture_->drive_until([&] { return reader.stopped(); }));
  EXPECT_TRUE(reader.ended());
  EXPECT_EQ(reader.text(), "");
}

TEST_P(NetContract, EndIsReadAfterTheLastByteAndStaysTheEnd) {
  // Data, then finish before the peer reads at all: all the data, then 0, then 0 again.
  const Pair pair = make_pair(*fixture_);
  Written written;
  write(*pair.client, "last words", written);
  pair.client->finish();
  fixture_->settle();
  Reader reader(*pair.server);
  reader.start();
  ASSERT_TRUE(fixture_->drive_until([&] { return reader.stopped(); }));
  EXPECT_TRUE(reader.ended());
  EXPECT_EQ(reader.text(), "last words");
  Reader again(*pair.server);
  again.start();
  ASSERT_TRUE(fixture_->drive_until([&] { return again.stopped(); }));
  EXPECT_TRUE(again.ended());
}

TEST_P(NetContract, FinishEndsOneSideOnly) {
  // The client finishes (twice, which is once) while its write is under way; the server, having
  // read it all, answers at length and the client still reads it.
  const Pair pair = make_pair(*fixture_);
  const std::string question = pattern(300'000, 3);
  const std::string answer = pattern(300'000, 4);
  Reader at_server(*pair.server);
  Reader at_client(*pair.client);
  Written asked;
  Written answered;
  at_server.start();
  write(*pair.client, question, asked);
  pair.client->finish();
  pair.client->finish();
  ASSERT_TRUE(fixture_->drive_until([&] { return at_server.stopped(); }));
  EXPECT_TRUE(at_server.ended());
  EXPECT_TRUE(at_server.text() == question);
  at_client.start();
  write(*pair.server, answer, answered);
  pair.server->finish();
  ASSERT_TRUE(fixture_->drive_until([&] { return at_client.stopped(); }));
  EXPECT_TRUE(at_client.ended());
  EXPECT_TRUE(at_client.text() == answer);
}

TEST_P(NetContract, NoHandlerRunsInsideTheInitiatingCall) {
  // Data and the end are there before the read, the buffers are empty before the write, and still
  // the handlers come later.
  const Pair pair = make_pair(*fixture_);
  Written sent;
  write(*pair.server, "x", sent);
  ASSERT_TRUE(fixture_->drive_until([&] { return sent.done(); }));
  fixture_->settle();
  bool read = false;
  std::array<std::byte, 8> buffer{};
  pair.client->read(buffer, [&](const Result<std::size_t>&) { read = true; });
  EXPECT_FALSE(read);
  Written written;
  write(*pair.client, "y", written);
  EXPECT_FALSE(written.done());
  EXPECT_TRUE(fixture_->drive_until([&] { return read && written.done(); }));
}

TEST_P(NetContract, ReadAndWriteMayBeUnderWayTogetherAndChained) {
  // A read waits while many writes go by on the same stream; it ends when the peer answers.
  const Pair pair = make_pair(*fixture_);
  Reader at_client(*pair.client);
  at_client.start();
  for (int i = 0; i < 10; ++i) {
    Written written;
    write(*pair.client, "tick", written);
    ASSERT_TRUE(fixture_->drive_until([&] { return written.done(); }));
    EXPECT_EQ(written.size, 4U);
  }
  Written answer;
  write(*pair.server, "tock", answer);
  EXPECT_TRUE(fixture_->drive_until([&] { return at_client.text() == "tock"; }));
}

TEST_P(NetContract, WriteWaitsForASlowReader) {
  // Far more than any buffer holds: the write stays under way until the peer reads.
  const Pair pair = make_pair(*fixture_);
  const std::string text = pattern(std::size_t{32} << 20U, 5);
  Written written;
  write(*pair.client, text, written);
  pair.client->finish();
  fixture_->settle();
  EXPECT_FALSE(written.done());
  Reader reader(*pair.server);
  reader.start();
  ASSERT_TRUE(fixture_->drive_until([&] { return reader.stopped(); }));
  EXPECT_TRUE(reader.ended());
  EXPECT_TRUE(reader.text() == text);
  EXPECT_EQ(written.size, text.size());
}

TEST_P(NetContract, ConnectWhereNobodyListensIsUnavailable) {
  // A port that was free a moment ago: taken by a listener, and given back.
  auto listener = fixture_->server().listen({.address = fixture_->server_address()},
                                            [](const std::unique_ptr<Stream>&) {});
  ASSERT_TRUE(listener);
  const Endpoint endpoint = reachable(*fixture_, **listener);
  listener->reset();
  EXPECT_EQ(connect_error(*fixture_, endpoint, seconds(20)), Errc::Unavailable);
}

TEST_P(NetContract, ConnectWithoutAnAnswerTimesOut) {
  // Not before the time given is over.
  const Endpoint silent = fixture_->make_silent_endpoint();
  const Instant start = fixture_->now();
  EXPECT_EQ(connect_error(*fixture_, silent, milliseconds(100)), Errc::TimedOut);
  EXPECT_GE(fixture_->now() - start, milliseconds(100));
}

TEST_P(NetContract, MalformedEndpointsAreInvalidArguments) {
  // Names and nonsense, for both calls; and port 0, which only a listener may ask for.
  for (const char* address : {"", "localhost", "1.2.3", "1.2.3.256", "::g", "127.0.0.1:80"}) {
    const auto listener =
        fixture_->server().listen({.address = address}, [](const std::unique_ptr<Stream>&) {});
    ASSERT_FALSE(listener) << address;
    EXPECT_EQ(listener.error().code(), Errc::InvalidArgument) << address;
    EXPECT_EQ(connect_error(*fixture_, {.address = address, .port = 80}, seconds(20)),
              Errc::InvalidArgument)
        << address;
  }
  EXPECT_EQ(connect_error(*fixture_, {.address = fixture_->server_address()}, seconds(20)),
            Errc::InvalidArgument);
}

TEST_P(NetContract, PortZeroGivesARealPortAndAPortHasOneListener) {
  // Two listeners get two ports; a third that asks for a taken one is told Busy; a free one works.
  const auto ignore = [](const std::unique_ptr<Stream>&) {};
  const Endpoint any{.address = fixture_->server_address()};
  auto first = fixture_->server().listen(any, ignore);
  auto second = fixture_->server().listen(any, ignore);
  ASSERT_TRUE(first && second);
  const Endpoint taken = (*first)->local();
  EXPECT_EQ(taken.address, any.address);
  EXPECT_NE(taken.port, 0);
  EXPECT_NE(taken.port, (*second)->local().port);
  const auto third = fixture_->server().listen(taken, ignore);
  ASSERT_FALSE(third);
  EXPECT_EQ(third.error().code(), Errc::Busy);
  first->reset();
  EXPECT_TRUE(fixture_->server().listen(taken, ignore));
}

TEST_P(NetContract, ListenOnAnAddressOfAnotherMachineIsUnavailable) {
  // An address reserved for documentation.
  const auto listener =
      fixture_->server().listen({.address = "192.0.2.1"}, [](const std::unique_ptr<Stream>&) {});
  ASSERT_FALSE(listener);
  EXPECT_EQ(listener.error().code(), Errc::Unavailable);
}

TEST_P(NetContract, ListenOnTheWildcardTakesConnectionsToEveryAddress) {
  // "0.0.0.0" listened on, the server's address connected to.
  int accepted = 0;
  const auto listener =
      fixture_->server().listen({.address = "0.0.0.0"}, [&](const auto&) { ++accepted; });
  ASSERT_TRUE(listener);
  EXPECT_EQ((*listener)->local().address, "0.0.0.0");
  EXPECT_EQ(connect_error(*fixture_, reachable(*fixture_, **listener), seconds(20)), std::nullopt);
  EXPECT_TRUE(fixture_->drive_until([&] { return accepted == 1; }));
}

TEST_P(NetContract, PeersNameEachOther) {
  // The client's peer is where it connected to; the server's peers are the client's, one port each.
  std::vector<std::unique_ptr<Stream>> accepted;
  const auto listener = fixture_->server().listen(
      {.address = fixture_->server_address()},
      [&](std::unique_ptr<Stream> stream) { accepted.push_back(std::move(stream)); });
  ASSERT_TRUE(listener);
  std::vector<std::unique_ptr<Stream>> connected;
  for (int i = 0; i < 2; ++i) {
    fixture_->client().connect(reachable(*fixture_, **listener), seconds(20),
                               [&](Result<std::unique_ptr<Stream>> stream) {
                                 connected.push_back(std::move(stream).value());
                               });
  }
  ASSERT_TRUE(fixture_->drive_until([&] { return accepted.size() == 2 && connected.size() == 2; }));
  EXPECT_EQ(connected[0]->peer(), reachable(*fixture_, **listener));
  EXPECT_EQ(accepted[0]->peer().address, fixture_->client_address());
  EXPECT_NE(accepted[0]->peer().port, 0);
  EXPECT_NE(accepted[0]->peer(), accepted[1]->peer());
}

TEST_P(NetContract, HandlerMayDestroyItsOwnStream) {
  // Once from a read's handler, once from a write's.
  Pair pair = make_pair(*fixture_);
  std::array<std::byte, 8> buffer{};
  pair.client->read(buffer, [&](const Result<std::size_t>&) { pair.client.reset(); });
  pair.server->write(bytes_of("x"), [&](const Result<std::size_t>&) { pair.server.reset(); });
  EXPECT_TRUE(fixture_->drive_until([&] { return !pair.client && !pair.server; }));
  fixture_->settle();
}

TEST_P(NetContract, HandlerThatOwnsItsStreamIsDestroyedWithIt) {
  // Nobody but the handler holds the stream, and the handler never runs: both go with the loop.
  Pair pair = make_pair(*fixture_);
  auto held = std::make_shared<int>(1);
  const std::weak_ptr<int> watch = held;
  auto buffer = std::make_unique<std::array<std::byte, 8>>();
  Stream& stream = *pair.client;
  const std::span<std::byte> space = *buffer;
  stream.read(space, [own = std::move(pair.client), held = std::move(held),
                      buffer = std::move(buffer)](const Result<std::size_t>&) {});
  fixture_->settle();
  EXPECT_FALSE(watch.expired());
  pair.server.reset();
  fixture_.reset();
  EXPECT_TRUE(watch.expired());
}

TEST_P(NetContract, NoHandlerRunsAfterItsStreamIsDestroyed) {
  // A read that waits, one whose data has just come, and a write that is stuck: none is heard of
  // again, and the loop lets go of what the handlers held.
  Pair pair = make_pair(*fixture_);
  const auto held = std::make_shared<int>(1);
  const std::string stuck = pattern(std::size_t{32} << 20U, 6);
  std::array<std::byte, 8> buffer{};
  std::array<std::byte, 8> other_buffer{};
  int ran = 0;
  pair.client->read(buffer, [&ran, held](const Result<std::size_t>&) { ++ran; });
  pair.client->write(bytes_of(stuck), [&ran, held](const Result<std::size_t>&) { ++ran; });
  fixture_->settle();
  pair.server->read(other_buffer, [&ran, held](const Result<std::size_t>&) { ++ran; });
  pair.server.reset();
  pair.client.reset();
  fixture_->settle();
  EXPECT_EQ(ran, 0);
  EXPECT_TRUE(fixture_->drive_until([&] { return held.use_count() == 1; }));
}

TEST_P(NetContract, NoConnectHandlerRunsAfterItsNetIsDestroyed) {
  // One connect that would succeed, one refused as malformed, one without an answer.
  int ran = 0;
  const auto held = std::make_shared<int>(1);
  const auto listener = fixture_->server().listen({.address = fixture_->server_address()},
                                                  [](const std::unique_ptr<Stream>&) {});
  ASSERT_TRUE(listener);
  auto net = fixture_->make_client_net();
  for (const Endpoint& remote :
       {reachable(*fixture_, **listener), Endpoint{.address = "nowhere", .port = 1},
        fixture_->make_silent_endpoint()}) {
    net->connect(remote, milliseconds(20),
                 [&ran, held](const Result<std::unique_ptr<Stream>>&) { ++ran; });
  }
  net.reset();
  bool passed = false;
  fixture_->client().loop().after(milliseconds(50), [&] { passed = true; });
  ASSERT_TRUE(fixture_->drive_until([&] { return passed && held.use_count() == 1; }));
  EXPECT_EQ(ran, 0);
}

TEST_P(NetContract, StreamsAndListenersOutliveTheirNet) {
  // The net that made one end is destroyed; the connection goes on.
  auto net = fixture_->make_client_net();
  std::unique_ptr<Stream> server;
  std::unique_ptr<Stream> client;
  const auto listener = fixture_->server().listen(
      {.address = fixture_->server_address()},
      [&](std::unique_ptr<Stream> stream) { server = std::move(stream); });
  ASSERT_TRUE(listener);
  net->connect(reachable(*fixture_, **listener), seconds(20),
               [&](Result<std::unique_ptr<Stream>> stream) { client = std::move(stream).value(); });
  ASSERT_TRUE(fixture_->drive_until([&] { return server && client; }));
  net.reset();
  Reader reader(*server);
  reader.start();
  Written written;
  write(*client, "still here", written);
  EXPECT_TRUE(fixture_->drive_until([&] { return reader.text() == "still here"; }));
}

TEST_P(NetContract, DestroyedListenerAcceptsNoMore) {
  // The handler destroys its own listener at the first connection; the next connect is refused.
  std::unique_ptr<Listener> listener;
  std::vector<std::unique_ptr<Stream>> accepted;
  auto made = fixture_->server().listen({.address = fixture_->server_address()},
                                        [&](std::unique_ptr<Stream> stream) {
                                          accepted.push_back(std::move(stream));
                                          listener.reset();
                                        });
  ASSERT_TRUE(made);
  listener = std::move(*made);
  const Endpoint endpoint = reachable(*fixture_, *listener);
  EXPECT_EQ(connect_error(*fixture_, endpoint, seconds(20)), std::nullopt);
  ASSERT_TRUE(fixture_->drive_until([&] { return accepted.size() == 1; }));
  EXPECT_EQ(listener, nullptr);
  EXPECT_EQ(connect_error(*fixture_, endpoint, seconds(20)), Errc::Unavailable);
  EXPECT_EQ(accepted.size(), 1U);
}

TEST_P(NetContract, ManyConnectionsAtOnce) {
  // A hundred clients of one echo server, each with its own text.
  constexpr std::size_t count = 100;
  std::vector<std::unique_ptr<Echo>> echoes;
  const auto listener = fixture_->server().listen(
      {.address = fixture_->server_address()}, [&](std::unique_ptr<Stream> stream) {
        echoes.push_back(std::make_unique<Echo>(std::move(stream)));
      });
  ASSERT_TRUE(listener);

  struct Client {
    std::unique_ptr<Stream> stream;
    std::unique_ptr<Reader> reader;
    std::string text;
    Written written;
  };

  std::vector<Client> clients(count);
  for (std::size_t i = 0; i < count; ++i) {
    clients[i].text = pattern(1000 + i, static_cast<std::uint32_t>(i));
    fixture_->client().connect(reachable(*fixture_, **listener), seconds(20),
                               [&client = clients[i]](Result<std::unique_ptr<Stream>> stream) {
                                 client.stream = std::move(stream).value();
                                 client.reader = std::make_unique<Reader>(*client.stream);
                                 client.reader->start();
                                 write(*client.stream, client.text, client.written);
                                 client.stream->finish();
                               });
  }
  ASSERT_TRUE(fixture_->drive_until([&] {
    return std::ranges::all_of(clients,
                               [](const Client& c) { return c.reader && c.reader->ended(); });
  }));
  for (const Client& client : clients) {
    EXPECT_TRUE(client.reader->text() == client.text);
  }
  EXPECT_EQ(echoes.size(), count);
}

TEST_P(NetContract, PeerThatIsDestroyedEndsTheStreamAndThenBreaksWrites) {
  // The server goes. The client's reads stop, with an end or Closed; its writes fail with Closed
  // sooner or later and ever after; and then no read calls it a plain end any more.
  Pair pair = make_pair(*fixture_);
  pair.server.reset();
  Reader reader(*pair.client);
  reader.start();
  ASSERT_TRUE(fixture_->drive_until([&] { return reader.stopped(); }));
  EXPECT_TRUE(reader.ended() || reader.error() == Errc::Closed);
  Written written;
  for (int i = 0; i < 20 && !written.error; ++i) {
    written = {};
    write(*pair.client, "hello?", written);
    ASSERT_TRUE(fixture_->drive_until([&] { return written.done(); }));
    fixture_->settle();
  }
  EXPECT_EQ(written.error, Errc::Closed);
  written = {};
  write(*pair.client, "hello?", written);
  Reader late(*pair.client);
  late.start();
  ASSERT_TRUE(fixture_->drive_until([&] { return written.done() && late.stopped(); }));
  EXPECT_EQ(written.error, Errc::Closed);
  EXPECT_EQ(late.error(), Errc::Closed);
}

TEST_P(NetContract, MisuseIsCaughtAtOnce) {
  // An empty buffer, a second read, a second write and a write after finish are bugs of the caller.
  testing::FLAGS_gtest_death_test_style = "fast";
  const Pair pair = make_pair(*fixture_);
  std::array<std::byte, 8> buffer{};
  const auto ignore = [](const Result<std::size_t>&) {};
  EXPECT_DEATH(pair.client->read({}, ignore), "check failed");
  pair.client->read(buffer, ignore);
  EXPECT_DEATH(pair.client->read(buffer, ignore), "check failed");
  pair.client->write(buffer, ignore);
  EXPECT_DEATH(pair.client->write(buffer, ignore), "check failed");
  pair.server->finish();
  EXPECT_DEATH(pair.server->write(buffer, ignore), "check failed");
}

}  // namespace cairn::test
