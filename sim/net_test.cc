// SPDX-License-Identifier: Apache-2.0
#include "sim/net.h"

#include <algorithm>
#include <array>
#include <functional>
#include <memory>
#include <optional>
#include <string>
#include <utility>
#include <vector>

#include <gtest/gtest.h>

namespace cairn::sim {
namespace {

using sys::Stream;

std::string pattern(std::size_t size, std::uint64_t seed) {
  Rng rng(seed, "pattern");
  std::string text(size, '\0');
  for (char& c : text) {
    c = static_cast<char>(rng.below(256));
  }
  return text;
}

/// One end of a connection: reads until it ends or fails, and writes what it is told.
struct End {
  std::unique_ptr<Stream> stream;
  std::array<std::byte, 4096> buffer{};
  std::string received;
  std::size_t reads = 0;
  bool ended = false;
  std::optional<Errc> read_error;
  std::string sent;
  bool write_done = false;
  std::optional<Errc> write_error;

  void read() {
    stream->read(buffer, [this](Result<std::size_t> size) {
      if (!size) {
        read_error = size.error().code();
      } else if (*size == 0) {
        ended = true;
      } else {
        ++reads;
        received.append(reinterpret_cast<const char*>(buffer.data()), *size);
        read();
      }
    });
  }

  void write(std::string text) {
    sent = std::move(text);
    write_done = false;
    stream->write(std::as_bytes(std::span(sent)), [this](Result<std::size_t> size) {
      if (size) {
        write_done = true;
      } else {
        write_error = size.error().code();
      }
    });
  }

  [[nodiscard]] bool read_over() const { return ended || read_error; }
};

/// A world with two connected nodes.
class Connected {
 public:
  explicit Connected(std::uint64_t seed = 1, const NetFaults& faults = {})
      : world(seed), network(world, faults) {
    connect();
  }

  bool connect() {
    listener =
        a.net()
            .listen({.address = a.address(), .port = 7600},
                    [this](std::unique_ptr<Stream> stream) { at_a.stream = std::move(stream); })
            .value();
    std::optional<Errc> error;
    b.net().connect(listener->local(), seconds(60), [&](Result<std::unique_ptr<Stream>> stream) {
      if (stream) {
        at_b.stream = std::move(*stream);
      } else {
        error = stream.error().code();
      }
    });
    until([&] { return error || (at_a.stream && at_b.stream); }, seconds(70));
    return at_a.stream && at_b.stream;
  }

  bool until(const std::function<bool()>& done, Duration limit = seconds(600)) {
    return world.run_until(done, limit);
  }

  /// Sends `text` from b to a and ends; true when all of it, and the end, came.
  bool transfer(const std::string& text) {
    at_a.read();
    at_b.write(text);
    at_b.stream->finish();
    until([&] { return at_a.read_over(); });
    return at_a.ended && at_a.received == text;
  }

  World world;
  SimNetwork network;
  SimNode& a = network.node("a");
  SimNode& b = network.node("b");
  std::unique_ptr<sys::Listener> listener;
  End at_a;
  End at_b;
};

const std::string text_200k = pattern(200'000, 1);

Duration time_without_faults() {
  Connected pair;
  const Instant start = pair.world.now();
  EXPECT_TRUE(pair.transfer(text_200k));
  return pair.world.now() - start;
}

TEST(SimNetFaults, NoneAreOnAtFirst) {
  // A large transfer over a fresh network takes milliseconds and leaves no mark.
  Connected pair;
  EXPECT_TRUE(pair.transfer(text_200k));
  EXPECT_TRUE(pair.world.marks().empty());
  EXPECT_LT(time_without_faults(), milliseconds(100));
}

TEST(SimNetFaults, DroppedPacketsAreSentAgain) {
  // One in five is lost: all arrives, later.
  Connected pair(1, {.drop_one_in = 5});
  const Instant start = pair.world.now();
  EXPECT_TRUE(pair.transfer(text_200k));
  EXPECT_GT(pair.world.marked("net.drop"), 0U);
  EXPECT_GT(pair.world.marked("net.retransmit"), 0U);
  EXPECT_GT(pair.world.now() - start, time_without_faults() + milliseconds(100));
}

TEST(SimNetFaults, DelayedPacketsHoldUpTheStream) {
  // One in ten is late, by a second on average.
  Connected pair(1, {.delay_one_in = 10});
  const Instant start = pair.world.now();
  EXPECT_TRUE(pair.transfer(text_200k));
  EXPECT_GT(pair.world.marked("net.delay"), 0U);
  EXPECT_GT(pair.world.now() - start, time_without_faults() + milliseconds(100));
}

TEST(SimNetFaults, DuplicatePacketsAreTakenOnce) {
  // Each second packet comes twice.
  Connected pair(1, {.duplicate_one_in = 2});
  EXPECT_TRUE(pair.transfer(text_200k));
  EXPECT_GT(pair.world.marked("net.duplicate"), 0U);
  EXPECT_GT(pair.world.marked("net.arrived_twice"), 0U);
}

TEST(SimNetFaults, ReorderedPacketsArePutInOrder) {
  // Each third packet is overtaken by those behind it.
  Connected pair(1, {.reorder_one_in = 3});
  EXPECT_TRUE(pair.transfer(text_200k));
  EXPECT_GT(pair.world.marked("net.reorder"), 0U);
  EXPECT_GT(pair.world.marked("net.arrived_early"), 0U);
}

TEST(SimNetFaults, ShortReadsGiveLessThanThereIs) {
  // Every read is short: there are more of them, and together they give the same.
  Connected whole;
  EXPECT_TRUE(whole.transfer(text_200k));
  Connected pair(1, {.short_read_one_in = 1});
  EXPECT_TRUE(pair.transfer(text_200k));
  EXPECT_GT(pair.world.marked("net.short_read"), 0U);
  EXPECT_GT(pair.at_a.reads, whole.at_a.reads);
}

TEST(SimNetFaults, ResetClosesTheConnectionAtBothEnds) {
  // Both hear of it while they read; what came before it is a beginning of what was sent.
  Connected pair(1, {.reset_one_in = 60});
  pair.at_b.read();
  EXPECT_FALSE(pair.transfer(text_200k));
  ASSERT_TRUE(pair.until([&] { return pair.at_b.read_over(); }));
  EXPECT_EQ(pair.world.marked("net.reset"), 1U);
  EXPECT_EQ(pair.at_a.read_error, Errc::Closed);
  EXPECT_EQ(pair.at_b.read_error, Errc::Closed);
  EXPECT_TRUE(text_200k.starts_with(pair.at_a.received));
}

TEST(SimNetFaults, LinkHasItsOwnFaultsInOneDirection) {
  // Packets are lost only from b to c; a transfer from b to a loses none, nor do answers from c.
  Connected pair;
  pair.network.set_faults("b", "c", {.drop_one_in = 1});
  EXPECT_TRUE(pair.transfer(text_200k));
  EXPECT_EQ(pair.world.marked("net.drop"), 0U);
  std::optional<Errc> error;
  pair.b.net().connect({.address = pair.network.node("c").address(), .port = 1}, seconds(1),
                       [&](const auto& stream) { error = stream.error().code(); });
  EXPECT_TRUE(pair.until([&] { return error.has_value(); }));
  EXPECT_EQ(error, Errc::TimedOut);
  EXPECT_GT(pair.world.marked("net.drop"), 0U);
}

TEST(SimNetPartition, StalledDataArrivesAfterHealing) {
  // Written into a partition of ten seconds: nothing comes, then all of it.
  Connected pair;
  pair.network.partition("a", "b");
  pair.at_a.read();
  pair.at_b.write("through the wall");
  pair.world.run_for(seconds(10));
  EXPECT_EQ(pair.at_a.received, "");
  EXPECT_GT(pair.world.marked("net.cut_off"), 0U);
  pair.network.heal("a", "b");
  EXPECT_TRUE(pair.until([&] { return pair.at_a.received == "through the wall"; }));
}

TEST(SimNetPartition, LosesWhatIsUnderWay) {
  // The packet left before the wall came up, and is on its way when it does.
  Connected pair;
  pair.at_a.read();
  pair.at_b.write("too late");
  pair.network.partition("a", "b");
  pair.world.run_for(milliseconds(100));
  EXPECT_EQ(pair.at_a.received, "");
  EXPECT_EQ(pair.world.marked("net.cut_off"), 1U);
}

TEST(SimNetPartition, LongOneTimesOutTheWriterAndNotTheIdleReader) {
  // Who has bytes on the way finds out; who only waits does not, for TCP has nothing to say. Its
  // first word after the healing shows it that the other end is gone.
  Connected pair;
  pair.network.partition("a", "b");
  pair.at_a.read();
  pair.at_b.read();
  pair.at_b.write("anybody?");
  ASSERT_TRUE(pair.until([&] { return pair.at_b.read_over(); }));
  EXPECT_EQ(pair.at_b.read_error, Errc::TimedOut);
  EXPECT_EQ(pair.world.marked("net.timed_out"), 1U);
  EXPECT_FALSE(pair.at_a.read_over());
  pair.network.heal();
  pair.world.run_for(seconds(60));
  EXPECT_FALSE(pair.at_a.read_over());
  pair.at_a.write("here I am");
  ASSERT_TRUE(pair.until([&] { return pair.at_a.read_over(); }));
  EXPECT_EQ(pair.at_a.read_error, Errc::Closed);
}

TEST(SimNetPartition, CutInOneDirectionTimesOutOneSide) {
  // From a to b nothing passes: what b sends arrives in full, and b, unanswered, gives up.
  Connected pair;
  pair.network.cut("a", "b");
  pair.at_a.read();
  pair.at_b.read();
  pair.at_b.write("do you hear me?");
  ASSERT_TRUE(pair.until([&] { return pair.at_b.read_over(); }));
  EXPECT_EQ(pair.at_b.read_error, Errc::TimedOut);
  EXPECT_EQ(pair.at_a.received, "do you hear me?");
  EXPECT_FALSE(pair.at_a.read_over());
}

TEST(SimNetPartition, ConnectionMayExistAtOneEndOnly) {
  // The client's last word of the opening is lost: it is connected, the server gives up waiting and
  // never hears of it, and the client's next word is answered with a reset.
  World world(1);
  SimNetwork network(world);
  SimNode& a = network.node("a");
  SimNode& b = network.node("b");
  int accepted = 0;
  const auto listener =
      a.net().listen({.address = a.address()}, [&](const auto&) { ++accepted; }).value();
  End client;
  b.net().connect(listener->local(), seconds(60), [&](Result<std::unique_ptr<Stream>> stream) {
    client.stream = std::move(stream).value();
  });
  ASSERT_TRUE(world.run_until([&] { return a.open_sockets() == 1; }, seconds(1)));
  network.cut("b", "a");
  ASSERT_TRUE(
      world.run_until([&] { return client.stream && a.open_sockets() == 0; }, seconds(600)));
  network.heal();
  client.read();
  client.write("hello?");
  ASSERT_TRUE(world.run_until([&] { return client.read_over(); }, seconds(60)));
  EXPECT_EQ(client.read_error, Errc::Closed);
  EXPECT_EQ(accepted, 0);
}

TEST(SimNetPartition, LostWordOfNewRoomIsAskedFor) {
  // The reader's buffer is full and the writer waits; the news that there is room again is lost.
  // The writer asks by itself, and goes on.
  Connected pair;
  pair.at_b.write(text_200k);
  pair.world.run_for(seconds(1));
  EXPECT_FALSE(pair.at_b.write_done);
  pair.network.cut("a", "b");
  pair.at_a.read();
  pair.world.run_for(milliseconds(1));
  pair.network.heal();
  EXPECT_TRUE(pair.until([&] { return pair.at_a.received == text_200k; }));
  EXPECT_GT(pair.world.marked("net.window_probe"), 0U);
}

TEST(SimNetNode, CrashIsNoticedByTimeout) {
  // The machine is gone and stays gone.
  Connected pair;
  pair.at_b.read();
  pair.a.crash();
  pair.at_b.write("hello?");
  ASSERT_TRUE(pair.until([&] { return pair.at_b.read_over(); }));
  EXPECT_EQ(pair.at_b.read_error, Errc::TimedOut);
  EXPECT_GT(pair.world.marked("net.host_down"), 0U);
}

TEST(SimNetNode, CrashAndRestartAreNoticedByReset) {
  // The machine is back and knows nothing of the connection; a new one on the same port works.
  Connected pair;
  pair.at_b.read();
  pair.at_b.write("hello?");
  pair.a.crash();
  pair.world.run_for(seconds(1));
  EXPECT_FALSE(pair.at_b.read_over());
  pair.listener.reset();
  pair.at_a = {};
  pair.a.restart();
  ASSERT_TRUE(pair.until([&] { return pair.at_b.read_over(); }));
  EXPECT_EQ(pair.at_b.read_error, Errc::Closed);
  EXPECT_GT(pair.world.marked("net.unknown_socket"), 0U);
  pair.at_b = {};
  ASSERT_TRUE(pair.connect());
  EXPECT_TRUE(pair.transfer(text_200k));
}

TEST(SimNetNode, KilledProcessLeavesItsSystemToSayGoodbye) {
  // What was handed over arrives, then an end, although nobody called finish.
  Connected pair;
  pair.at_a.write("last words");
  pair.at_b.read();
  ASSERT_TRUE(pair.until([&] { return pair.at_a.write_done; }));
  pair.a.kill();
  ASSERT_TRUE(pair.until([&] { return pair.at_b.read_over(); }));
  EXPECT_TRUE(pair.at_b.ended);
  EXPECT_EQ(pair.at_b.received, "last words");
  EXPECT_EQ(pair.a.open_sockets(), 1U);
  EXPECT_EQ(pair.world.marked("net.kill"), 1U);
}

TEST(SimNetNode, NothingOfADeadNodeRuns) {
  // Tasks, timers, reads, writes, connects, and a listener's handler: all are gone at the crash,
  // the objects that are left do nothing, and the handlers let go of what they held.
  Connected pair;
  auto held = std::make_shared<int>(1);
  int ran = 0;
  const auto count = [&ran, held](auto&&...) { ++ran; };
  pair.a.loop().post(count);
  pair.a.loop().after(seconds(1), count);
  pair.at_a.stream->read(pair.at_a.buffer, count);
  pair.at_a.stream->write(std::as_bytes(std::span(text_200k)), count);
  pair.a.net().connect({.address = pair.b.address(), .port = 1}, seconds(1), count);
  pair.a.crash();
  EXPECT_EQ(held.use_count(), 2);
  pair.at_a.stream->read(pair.at_a.buffer, [&](const auto&) { ++ran; });
  pair.at_a.stream->finish();
  pair.a.loop().post([&] { ++ran; });
  pair.a.loop().after(seconds(1), [&] { ++ran; });
  pair.a.net().connect({.address = pair.b.address(), .port = 1}, seconds(1),
                       [&](const auto&) { ++ran; });
  pair.world.run_for(seconds(100));
  EXPECT_EQ(ran, 0);
}

TEST(SimNetNode, ClosedConnectionsAreForgotten) {
  // Both ends say goodbye and let go: after a while neither machine remembers.
  Connected pair;
  EXPECT_TRUE(pair.transfer("x"));
  pair.at_a = {};
  pair.at_b = {};
  pair.world.run_for(seconds(200));
  EXPECT_EQ(pair.a.open_sockets(), 0U);
  EXPECT_EQ(pair.b.open_sockets(), 0U);
}

TEST(SimNetNode, UnreadBytesTurnTheGoodbyeIntoAReset) {
  // The client's words arrived and nobody read them: it must not believe that they were.
  Connected pair;
  pair.at_b.read();
  pair.at_b.write("read me");
  pair.world.run_for(seconds(1));
  pair.at_a = {};
  ASSERT_TRUE(pair.until([&] { return pair.at_b.read_over(); }));
  EXPECT_EQ(pair.at_b.read_error, Errc::Closed);
}

TEST(SimNetNode, BufferIsBoundedByTheWindow) {
  // Nobody reads: no more than the two buffers hold ever leaves the writer's hands.
  Connected pair;
  pair.at_b.write(pattern(200'000, 2));
  pair.world.run_for(seconds(100));
  EXPECT_FALSE(pair.at_b.write_done);
  pair.at_b.stream.reset();
  pair.at_a.read();
  ASSERT_TRUE(pair.until([&] { return pair.at_a.read_over(); }));
  EXPECT_EQ(pair.at_a.received.size(), 2U * 65'536U);
  EXPECT_TRUE(pair.at_b.sent.starts_with(pair.at_a.received));
}

struct Chaos {
  Digest digest;
  bool broke = false;
};

/// Four nodes, a mesh of transfers, faults drawn from the seed, partitions and healings in between.
/// Whatever happens: what is received is a beginning of what was sent, and all of it where both
/// ends were content.
Chaos run_chaos(std::uint64_t seed, NetAtlas atlas) {
  World world(seed);
  Rng rng = world.stream("chaos");
  SimNetwork network(world, draw_net_faults(rng, atlas));
  const std::vector<std::string> names = {"n0", "n1", "n2", "n3"};
  std::vector<std::unique_ptr<End>> senders;
  std::vector<std::unique_ptr<End>> receivers;
  std::vector<std::unique_ptr<sys::Listener>> listeners;
  std::size_t connect_failures = 0;
  for (std::size_t i = 0; i < names.size(); ++i) {
    SimNode& node = network.node(names[i]);
    listeners.push_back(node.net()
                            .listen({.address = node.address(), .port = 7600},
                                    [&](std::unique_ptr<Stream> stream) {
                                      auto& end = *receivers.emplace_back(std::make_unique<End>());
                                      end.stream = std::move(stream);
                                      end.read();
                                    })
                            .value());
  }
  for (std::size_t i = 0; i < 12; ++i) {
    SimNode& from = network.node(names[i % 4]);
    SimNode& to = network.node(names[(i + 1 + i / 4) % 4]);
    from.net().connect({.address = to.address(), .port = 7600}, seconds(30),
                       [&, i](Result<std::unique_ptr<Stream>> stream) {
                         if (!stream) {
                           ++connect_failures;
                           return;
                         }
                         auto& end = *senders.emplace_back(std::make_unique<End>());
                         end.stream = std::move(*stream);
                         end.read();
                         // The first byte names the transfer: each has its own.
                         end.write(static_cast<char>(i) + pattern(1 + (i * i * 2000), seed + i));
                         end.stream->finish();
                       });
  }
  for (int i = 0; i < 6; ++i) {
    const std::string& x = names[rng.below(4)];
    const std::string& y = names[rng.below(4)];
    if (x != y) {
      rng.chance(1, 2) ? network.cut(x, y) : network.partition(x, y);
    }
    world.run_for(seconds(static_cast<std::int64_t>(rng.below(20))));
    network.heal();
  }
  world.run_for(seconds(1000));
  Chaos chaos{.digest = world.trace_digest(), .broke = connect_failures > 0};
  for (const auto& receiver : receivers) {
    if (receiver->received.empty()) {
      continue;
    }
    const auto sender = std::ranges::find_if(
        senders, [&](const auto& s) { return s->sent.front() == receiver->received.front(); });
    EXPECT_NE(sender, senders.end());
    if (sender == senders.end()) {
      continue;
    }
    EXPECT_TRUE((*sender)->sent.starts_with(receiver->received)) << "seed " << seed;
    const bool broke = receiver->read_error || (*sender)->write_error || (*sender)->read_error;
    EXPECT_TRUE(receiver->read_over() || broke) << "seed " << seed;
    EXPECT_TRUE(broke || receiver->received == (*sender)->sent) << "seed " << seed;
    EXPECT_TRUE(!receiver->ended || receiver->received == (*sender)->sent) << "seed " << seed;
    chaos.broke = chaos.broke || broke;
  }
  return chaos;
}

TEST(SimNetProperty, ReceivedIsAlwaysAPrefixAndWholeWithoutABreak) {
  // Sixty seeds, half with faults that streams survive and half with resets too; some must break,
  // and some must not, or this shows nothing.
  int broke = 0;
  for (std::uint64_t seed = 1; seed <= 60; ++seed) {
    SCOPED_TRACE("seed " + std::to_string(seed));
    broke += run_chaos(seed, seed % 2 == 0 ? NetAtlas::Lossy : NetAtlas::Any).broke ? 1 : 0;
  }
  EXPECT_GT(broke, 0);
  EXPECT_LT(broke, 60);
}

TEST(SimNetProperty, SeedDecidesEverything) {
  // The same chaos twice, to the last packet; and another seed, another chaos.
  EXPECT_EQ(run_chaos(7, NetAtlas::Any).digest, run_chaos(7, NetAtlas::Any).digest);
  EXPECT_NE(run_chaos(7, NetAtlas::Any).digest, run_chaos(8, NetAtlas::Any).digest);
}

TEST(SimNetProperty, SwarmTurnsEveryFaultOnAndOff) {
  // Two hundred drawn configurations: each fault is off in some and on in others, and the lossy
  // atlas never resets.
  std::array<int, 6> on{};
  for (std::uint64_t seed = 0; seed < 200; ++seed) {
    Rng rng(seed, "swarm");
    const NetFaults any = draw_net_faults(rng, NetAtlas::Any);
    const std::array<std::uint64_t, 6> rates = {any.drop_one_in,       any.delay_one_in,
                                                any.duplicate_one_in,  any.reorder_one_in,
                                                any.short_read_one_in, any.reset_one_in};
    for (std::size_t i = 0; i < rates.size(); ++i) {
      on[i] += rates[i] != 0 ? 1 : 0;
    }
    EXPECT_EQ(draw_net_faults(rng, NetAtlas::Lossy).reset_one_in, 0U);
  }
  for (const int count : on) {
    EXPECT_GT(count, 50);
    EXPECT_LT(count, 150);
  }
}

}  // namespace
}  // namespace cairn::sim
