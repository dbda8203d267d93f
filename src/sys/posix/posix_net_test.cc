// SPDX-License-Identifier: Apache-2.0
#include "sys/posix/posix_net.h"

#include <array>
#include <cerrno>
#include <chrono>
#include <cstdint>
#include <functional>
#include <memory>
#include <set>
#include <string>
#include <utility>
#include <vector>

#include <arpa/inet.h>
#include <fcntl.h>
#include <gtest/gtest.h>
#include <sys/resource.h>
#include <sys/socket.h>
#include <unistd.h>

#include "tests/contract/net_contract.h"

namespace cairn::sys {
namespace {

Instant monotonic_now() {
  return {std::chrono::nanoseconds(std::chrono::steady_clock::now().time_since_epoch()).count()};
}

class Descriptor final {
 public:
  explicit Descriptor(int number) : number_(number) { EXPECT_GE(number, 0); }

  Descriptor(Descriptor&& other) noexcept : number_(std::exchange(other.number_, -1)) {}

  Descriptor& operator=(Descriptor&&) = delete;

  ~Descriptor() {
    if (number_ >= 0) {
      ::close(number_);
    }
  }

  [[nodiscard]] int get() const { return number_; }

 private:
  int number_;
};

sockaddr_in loopback(std::uint16_t port) {
  sockaddr_in address{};
  address.sin_family = AF_INET;
  address.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
  address.sin_port = htons(port);
  return address;
}

Descriptor make_socket() {
  return Descriptor(::socket(AF_INET, SOCK_STREAM | SOCK_NONBLOCK | SOCK_CLOEXEC, 0));
}

void begin_connect(const Descriptor& from, std::uint16_t port) {
  const sockaddr_in address = loopback(port);
  const int result =
      ::connect(from.get(), reinterpret_cast<const sockaddr*>(&address), sizeof(address));
  EXPECT_TRUE(result == 0 || errno == EINPROGRESS);
}

/// One loop with two nets, driven on the calling thread.
class PosixNetFixture final : public test::NetFixture {
 public:
  Net& server() override { return *server_; }

  Net& client() override { return *client_; }

  std::unique_ptr<Net> make_client_net() override { return make_posix_net(*loop_); }

  std::string server_address() override { return "127.0.0.1"; }

  std::string client_address() override { return "127.0.0.1"; }

  /// A listener that takes nothing, with its queue full: the system drops who else knocks.
  Endpoint make_silent_endpoint() override {
    const Descriptor& listener = descriptors_.emplace_back(make_socket());
    sockaddr_in address = loopback(0);
    socklen_t size = sizeof(address);
    EXPECT_EQ(::bind(listener.get(), reinterpret_cast<sockaddr*>(&address), size), 0);
    EXPECT_EQ(::listen(listener.get(), 0), 0);
    EXPECT_EQ(::getsockname(listener.get(), reinterpret_cast<sockaddr*>(&address), &size), 0);
    const std::uint16_t port = ntohs(address.sin_port);
    for (int i = 0; i < 4; ++i) {
      begin_connect(descriptors_.emplace_back(make_socket()), port);
    }
    return {.address = "127.0.0.1", .port = port};
  }

  Instant now() override { return monotonic_now(); }

  bool drive_until(const std::function<bool()>& done) override {
    const Instant deadline = monotonic_now() + seconds(60);
    bool holds = false;
    std::function<void()> look = [&] {
      holds = done();
      if (holds || monotonic_now() > deadline) {
        loop_->stop();
      } else {
        loop_->after(microseconds(200), [&] { look(); });
      }
    };
    loop_->post([&] { look(); });
    loop_->run();
    return holds;
  }

  void settle() override {
    bool over = false;
    loop_->after(milliseconds(30), [&] { over = true; });
    EXPECT_TRUE(drive_until([&] { return over; }));
  }

 private:
  std::vector<Descriptor> descriptors_;
  std::unique_ptr<Loop> loop_ = make_posix_loop();
  std::unique_ptr<Net> server_ = make_posix_net(*loop_);
  std::unique_ptr<Net> client_ = make_posix_net(*loop_);
};

const test::NetFactory posix{.name = "Posix",
                             .make = [] { return std::make_unique<PosixNetFixture>(); }};

const auto name_of = [](const auto& info) { return info.param.name; };

}  // namespace
}  // namespace cairn::sys

// Where the suites live.
namespace cairn::test {

INSTANTIATE_TEST_SUITE_P(Net, LoopContract, testing::Values(sys::posix), sys::name_of);
INSTANTIATE_TEST_SUITE_P(Net, NetContract, testing::Values(sys::posix), sys::name_of);

}  // namespace cairn::test

namespace cairn::sys {
namespace {

std::set<int> open_descriptors() {
  std::set<int> open;
  for (int number = 0; number < 256; ++number) {
    if (::fcntl(number, F_GETFD) != -1) {
      open.insert(number);
    }
  }
  return open;
}

#ifdef __SANITIZE_ADDRESS__
// The sanitizer's own check of virtual calls opens a pipe, and takes a pipe it cannot have for a
// broken object.
constexpr bool can_run_out_of_descriptors = false;
#else
constexpr bool can_run_out_of_descriptors = true;
#endif

/// Allows this process no descriptor more than it has, until destroyed.
class NoMoreDescriptors final {
 public:
  NoMoreDescriptors() {
    EXPECT_EQ(::getrlimit(RLIMIT_NOFILE, &before_), 0);
    const Descriptor lowest_free(::dup(0));
    const rlimit none{.rlim_cur = static_cast<rlim_t>(lowest_free.get()),
                      .rlim_max = before_.rlim_max};
    EXPECT_EQ(::setrlimit(RLIMIT_NOFILE, &none), 0);
  }

  NoMoreDescriptors(const NoMoreDescriptors&) = delete;
  NoMoreDescriptors& operator=(const NoMoreDescriptors&) = delete;

  ~NoMoreDescriptors() { ::setrlimit(RLIMIT_NOFILE, &before_); }

 private:
  rlimit before_{};
};

Duration processor_time() {
  timespec used{};
  EXPECT_EQ(::clock_gettime(CLOCK_THREAD_CPUTIME_ID, &used), 0);
  return seconds(used.tv_sec) + nanoseconds(used.tv_nsec);
}

TEST(PosixNet, ListenerSurvivesRunningOutOfDescriptors) {
  // A client knocks while the process may open nothing: the loop idles instead of spinning, and
  // takes the connection as soon as it can.
  if (!can_run_out_of_descriptors) {
    GTEST_SKIP() << "the sanitizer needs descriptors itself";
  }
  PosixNetFixture fixture;
  int accepted = 0;
  const auto listener =
      fixture.server().listen({}, [&](const std::unique_ptr<Stream>&) { ++accepted; });
  ASSERT_TRUE(listener);
  const Descriptor client = make_socket();
  {
    const NoMoreDescriptors limit;
    begin_connect(client, (*listener)->local().port);
    const Duration before = processor_time();
    bool over = false;
    fixture.client().loop().after(milliseconds(250), [&] { over = true; });
    fixture.client().loop().after(milliseconds(250), [&] { fixture.client().loop().stop(); });
    fixture.client().loop().run();
    EXPECT_TRUE(over);
    EXPECT_EQ(accepted, 0);
    EXPECT_LT(processor_time() - before, milliseconds(125));
    EXPECT_EQ(fixture.client().listen({}, [](const auto&) {}).error().code(), Errc::IoFailed);
  }
  EXPECT_TRUE(fixture.drive_until([&] { return accepted == 1; }));
}

TEST(PosixNet, ListenerDestroyedWhileOutOfDescriptorsStaysSilent) {
  // The pause after a failed accept is under way when the listener goes.
  if (!can_run_out_of_descriptors) {
    GTEST_SKIP() << "the sanitizer needs descriptors itself";
  }
  PosixNetFixture fixture;
  int accepted = 0;
  auto listener = fixture.server().listen({}, [&](const std::unique_ptr<Stream>&) { ++accepted; });
  ASSERT_TRUE(listener);
  const Descriptor client = make_socket();
  {
    const NoMoreDescriptors limit;
    begin_connect(client, (*listener)->local().port);
    fixture.settle();
    listener->reset();
  }
  bool over = false;
  fixture.client().loop().after(milliseconds(150), [&] { over = true; });
  EXPECT_TRUE(fixture.drive_until([&] { return over; }));
  EXPECT_EQ(accepted, 0);
}

void expect_none_inherited(const std::set<int>& open, const std::set<int>& before) {
  for (const int number : open) {
    const int flags = ::fcntl(number, F_GETFD);
    EXPECT_TRUE(before.contains(number) || (flags & FD_CLOEXEC) != 0) << number;
  }
}

TEST(PosixNet, NothingStaysOpenAndNothingIsInherited) {
  // A loop, a listener and a connection, made and destroyed, leave the descriptors of before; while
  // they live, all of theirs are closed on exec, and so is one that still connects.
  const std::set<int> before = open_descriptors();
  {
    PosixNetFixture fixture;
    std::unique_ptr<Stream> server;
    std::unique_ptr<Stream> client;
    const auto listener = fixture.server().listen(
        {}, [&](std::unique_ptr<Stream> stream) { server = std::move(stream); });
    ASSERT_TRUE(listener);
    fixture.client().connect(
        (*listener)->local(), seconds(20),
        [&](Result<std::unique_ptr<Stream>> stream) { client = std::move(stream).value(); });
    const std::set<int> connecting = open_descriptors();
    EXPECT_GE(connecting.size(), before.size() + 2);
    expect_none_inherited(connecting, before);
    ASSERT_TRUE(fixture.drive_until([&] { return server && client; }));
    const std::set<int> during = open_descriptors();
    EXPECT_GE(during.size(), before.size() + 3);
    expect_none_inherited(during, before);
  }
  EXPECT_EQ(open_descriptors(), before);
}

TEST(PosixNet, Ipv6LoopbackWorksWhereTheMachineHasIt) {
  // Listens and connects on ::1, and both name each other by it.
  PosixNetFixture fixture;
  std::unique_ptr<Stream> server;
  std::unique_ptr<Stream> client;
  const auto listener = fixture.server().listen(
      {.address = "::1"}, [&](std::unique_ptr<Stream> stream) { server = std::move(stream); });
  if (!listener && listener.error().code() != Errc::Busy) {
    GTEST_SKIP() << "no IPv6 here: " << listener.error().to_string();
  }
  ASSERT_TRUE(listener);
  fixture.client().connect(
      (*listener)->local(), seconds(20),
      [&](Result<std::unique_ptr<Stream>> stream) { client = std::move(stream).value(); });
  ASSERT_TRUE(fixture.drive_until([&] { return server && client; }));
  EXPECT_EQ(client->peer(), (*listener)->local());
  EXPECT_EQ(server->peer().address, "::1");
}

TEST(PosixNet, ErrorsSayWhereAndWhatToDo) {
  // A refused connect names the endpoint; a taken port comes with advice.
  PosixNetFixture fixture;
  auto listener = fixture.server().listen({}, [](const std::unique_ptr<Stream>&) {});
  ASSERT_TRUE(listener);
  const Endpoint taken = (*listener)->local();
  const auto second = fixture.server().listen(taken, [](const std::unique_ptr<Stream>&) {});
  ASSERT_FALSE(second);
  EXPECT_EQ(second.error().where(), "listen on " + to_string(taken));
  EXPECT_FALSE(second.error().hint().empty());
  listener->reset();
  std::string where;
  fixture.client().connect(taken, seconds(20), [&](const Result<std::unique_ptr<Stream>>& stream) {
    where = stream ? "connected" : stream.error().where();
  });
  ASSERT_TRUE(fixture.drive_until([&] { return !where.empty(); }));
  EXPECT_EQ(where, "connect to " + to_string(taken));
}

}  // namespace
}  // namespace cairn::sys
