// SPDX-License-Identifier: Apache-2.0
#include "sys/posix/posix_log.h"

#include <algorithm>
#include <array>
#include <atomic>
#include <csignal>
#include <cstdint>
#include <cstdlib>
#include <map>
#include <sstream>
#include <string>
#include <thread>
#include <utility>
#include <vector>

#include <fcntl.h>
#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <sys/ioctl.h>
#include <unistd.h>

#include "sys/posix/owned_fd.h"
#include "sys/posix/posix_clock.h"

namespace cairn::sys {
namespace {

using ::testing::EndsWith;
using ::testing::HasSubstr;
using ::testing::StartsWith;

struct Pipe {
  Pipe() {
    std::array<int, 2> ends{};
    EXPECT_EQ(::pipe2(ends.data(), O_CLOEXEC), 0);
    reader = OwnedFd(ends[0]);
    writer = OwnedFd(ends[1]);
  }

  OwnedFd reader;
  OwnedFd writer;
};

/// What is there, at most one page; empty at the end.
std::string read_some(int fd) {
  std::string text(4096, '?');
  const ssize_t count = ::read(fd, text.data(), text.size());
  text.resize(count > 0 ? static_cast<std::size_t>(count) : 0);
  return text;
}

std::string read_all(int fd) {
  std::string all;
  for (std::string some = read_some(fd); !some.empty(); some = read_some(fd)) {
    all += some;
  }
  return all;
}

/// How a signal is handled, for one test.
class SignalHandled final {
 public:
  SignalHandled(int number, void (*handler)(int)) : number_(number) {
    struct sigaction action{};
    action.sa_handler = handler;  // without SA_RESTART: calls under way are interrupted
    ::sigaction(number_, &action, &before_);
  }

  ~SignalHandled() { ::sigaction(number_, &before_, nullptr); }

  SignalHandled(const SignalHandled&) = delete;
  SignalHandled& operator=(const SignalHandled&) = delete;

 private:
  int number_;
  struct sigaction before_{};
};

TEST(PosixLog, APipeGetsJson) {
  // One record through the whole way: one line, one object, with the clock's time in it.
  PosixClock clock;
  Pipe pipe;
  Logger(log_to(pipe.writer.get(), clock)).info("node started", {{"port", 7600}});
  pipe.writer = OwnedFd();
  const std::string text = read_all(pipe.reader.get());
  EXPECT_THAT(text, StartsWith(R"({"time":"2)"));
  EXPECT_THAT(text, EndsWith("\"message\":\"node started\",\"port\":7600}\n"));
}

TEST(PosixLog, ATerminalGetsText) {
  // The same record on a pseudo-terminal, read from its other side.
  PosixClock clock;
  const OwnedFd master(::posix_openpt(O_RDWR | O_NOCTTY | O_CLOEXEC));
  std::array<char, 128> name{};
  if (master.get() < 0 || ::grantpt(master.get()) != 0 || ::unlockpt(master.get()) != 0 ||
      ::ptsname_r(master.get(), name.data(), name.size()) != 0) {
    GTEST_SKIP() << "this system gives no pseudo-terminals";
  }
  const OwnedFd terminal(::open(name.data(), O_RDWR | O_NOCTTY | O_CLOEXEC));
  ASSERT_GE(terminal.get(), 0);
  Logger(log_to(terminal.get(), clock)).info("node started", {{"port", 7600}});
  const std::string text = read_some(master.get());
  EXPECT_THAT(text, HasSubstr("Z info    node started port=7600"));
}

/// A pipe of one page, or else its writer is done.
void wait_until_full(int pipe, const std::atomic<bool>& is_written) {
  int waiting = 0;
  while (waiting < 4096 && !is_written && ::ioctl(pipe, FIONREAD, &waiting) == 0) {
    std::this_thread::yield();
  }
}

TEST(PosixLog, ALineIsWholeThoughTheSystemTakesItInPieces) {
  // A line of sixty pages goes into a pipe of one. Whenever the pipe is full a signal hits the
  // writer, whose call then ends early, having moved a page or nothing.
  PosixClock clock;
  const SignalHandled handled(SIGUSR1, [](int) {});
  Pipe pipe;
  ASSERT_GE(::fcntl(pipe.writer.get(), F_SETPIPE_SZ, 4096), 4096);
  const std::string line(std::size_t{60} * 4096, 'x');
  std::atomic<bool> is_written = false;
  std::thread writer([&] {
    log_to(pipe.writer.get(), clock).sink(line);
    pipe.writer = OwnedFd();
    is_written = true;
  });
  std::string got;
  std::string some;
  do {
    wait_until_full(pipe.reader.get(), is_written);
    ::pthread_kill(writer.native_handle(), SIGUSR1);
    some = read_some(pipe.reader.get());
    got += some;
  } while (!some.empty());
  writer.join();
  EXPECT_EQ(got.size(), line.size());
}

void log_steps(const Logger& logger, int thread) {
  for (int i = 0; i < 200; ++i) {
    logger.info("step", {{"thread", thread}, {"text", std::string(300, 'x')}});
  }
}

/// How often each line comes, without its time.
std::map<std::string, int> count_lines(const std::string& all) {
  std::map<std::string, int> counts;
  std::istringstream lines(all);
  for (std::string line; std::getline(lines, line);) {
    ++counts[line.substr(std::min(line.find(','), line.size()))];
  }
  return counts;
}

TEST(PosixLog, LinesOfThreadsStayApart) {
  // Four threads log two hundred records each into one pipe; every line comes out as it went in.
  PosixClock clock;
  Pipe pipe;
  const Logger logger(log_to(pipe.writer.get(), clock));
  std::string all;
  std::jthread reader([&] { all = read_all(pipe.reader.get()); });
  std::vector<std::jthread> threads;
  threads.reserve(4);
  for (int thread = 0; thread < 4; ++thread) {
    threads.emplace_back([&logger, thread] { log_steps(logger, thread); });
  }
  threads.clear();  // joins them
  pipe.writer = OwnedFd();
  reader.join();
  const std::map<std::string, int> counts = count_lines(all);
  EXPECT_EQ(counts.size(), 4U);
  for (const auto& [line, count] : counts) {
    EXPECT_EQ(count, 200) << line;
  }
}

TEST(PosixLog, WhatCannotBeWrittenIsDropped) {
  // Nobody reads any more, and no such descriptor: the call returns, and the process lives.
  PosixClock clock;
  const SignalHandled handled(SIGPIPE, SIG_IGN);
  Pipe pipe;
  pipe.reader = OwnedFd();
  Logger(log_to(pipe.writer.get(), clock)).error("unheard");
  EXPECT_EQ(errno, EPIPE);
  Logger(log_to(-1, clock)).error("unheard");
  EXPECT_EQ(errno, EBADF);
}

}  // namespace
}  // namespace cairn::sys
