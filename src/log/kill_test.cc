// SPDX-License-Identifier: Apache-2.0
// A writer process killed at random moments on the real disk, and reader processes beside it.
// CAIRN_KILL_ROUNDS=200 runs longer.
#include <algorithm>
#include <cerrno>
#include <csignal>
#include <cstdlib>
#include <string>

#include <gtest/gtest.h>
#include <sched.h>
#include <sys/wait.h>
#include <unistd.h>

#include "base/check.h"
#include "log/archive.h"
#include "log/reader.h"
#include "log/retention.h"
#include "log/writer.h"
#include "tests/log/rig.h"

namespace cairn::log {
namespace {

std::size_t size_of(std::uint64_t sequence) {
  return sequence * 131 % 700;
}

// Appends for ever and tells each durable sequence through the pipe, after it is durable.
[[noreturn]] void write_for_ever(Rig& rig, int pipe) {
  CAIRN_CHECK(rig.open().has_value());
  Writer& writer = rig.writer();
  std::uint64_t told = 0;
  while (true) {
    for (std::uint64_t i = 0; i < 1 + writer.next() % 7; ++i) {
      const std::uint64_t sequence = writer.next();
      if (!writer.stage(record_of(sequence, size_of(sequence)))) {
        break;
      }
    }
    const auto batch = writer.submit({});
    CAIRN_CHECK(batch.has_value());
    CAIRN_CHECK(writer.poll(*batch ? Duration{} : seconds(1)).has_value());
    if (writer.durable() > told) {
      told = writer.durable();
      CAIRN_CHECK(::write(pipe, &told, sizeof(told)) == sizeof(told));
    }
  }
}

class Child final {
 public:
  template <typename Work>
  explicit Child(const Work& work) {
    CAIRN_CHECK(::pipe(pipe_) == 0);
    id_ = ::fork();
    CAIRN_CHECK(id_ >= 0);
    if (id_ == 0) {
      ::close(pipe_[0]);
      work(pipe_[1]);
      ::_exit(0);
    }
    ::close(pipe_[1]);
  }

  ~Child() { ::close(pipe_[0]); }

  Child(const Child&) = delete;
  Child& operator=(const Child&) = delete;

  // Reads what it tells until it has told of this sequence.
  void listen_until(std::uint64_t sequence) {
    while (last_ < sequence && next()) {
    }
  }

  // Ends it, and returns the last it has told.
  std::uint64_t kill() {
    ::kill(id_, SIGKILL);
    while (next()) {
    }
    ::waitpid(id_, nullptr, 0);
    return last_;
  }

  // Waits until it ends by itself; whether it ended well.
  bool join() {
    int status = 0;
    while (::waitpid(id_, &status, 0) < 0 && errno == EINTR) {
    }
    return WIFEXITED(status) && WEXITSTATUS(status) == 0;
  }

 private:
  bool next() {
    std::uint64_t told = 0;
    const bool is_there = ::read(pipe_[0], &told, sizeof(told)) == sizeof(told);
    last_ = is_there ? std::max(last_, told) : last_;
    return is_there;
  }

  int pipe_[2] = {};
  pid_t id_ = 0;
  std::uint64_t last_ = 0;
};

void expect_all(const Records& found, std::uint64_t from, std::uint64_t last) {
  ASSERT_EQ(found.size(), last - from + 1);
  for (const auto& [sequence, record] : found) {
    ASSERT_EQ(record, record_of(sequence, size_of(sequence))) << sequence;
  }
}

TEST(LogKill, WhatWasAcknowledgedSurvivesEveryKill) {
  // A child appends and is killed after a random number of acknowledgements; then everything it
  // has told of is there, whole and in order, and it goes on from there.
  const char* const rounds_text = std::getenv("CAIRN_KILL_ROUNDS");
  const long rounds = rounds_text != nullptr ? std::strtol(rounds_text, nullptr, 10) : 6;
  Rig rig;
  CountedRandom random(11);
  std::uint64_t from = 1;
  std::uint64_t heard = 0;
  for (long round = 0; round < rounds; ++round) {
    std::uint64_t told = 0;
    {
      Child child([&](int pipe) { write_for_ever(rig, pipe); });
      child.listen_until(heard + 1 + random.below(200));
      told = child.kill();
    }
    ASSERT_TRUE(rig.open()) << "round " << round;
    const std::uint64_t last = rig.writer().durable();
    heard = last;
    ASSERT_GE(last, told) << "round " << round;
    expect_all(rig.read_all(from).value(), from, last);
    ASSERT_TRUE(rig.verify());
    if (round % 5 == 4) {
      from = std::max(from, drop_through(rig.folder(), last / 2).value());
    }
    rig.close();
  }
}

TEST(LogKill, AReaderProcessFollowsAWriterProcess) {
  // Two processes: one appends through several segments, the other follows it and checks every
  // record, and never sees one that the first has not called durable.
  constexpr std::uint64_t enough = 2000;
  Rig rig;
  ASSERT_TRUE(rig.open());
  rig.close();
  Child writer([&](int pipe) { write_for_ever(rig, pipe); });
  Child reader([&](int) {
    const auto log = Reader::open(rig.disk(), "log").value();
    std::uint64_t seen = 0;
    while (seen < enough) {
      const auto batch = log->next();
      CAIRN_CHECK(batch.has_value());
      if (*batch == nullptr) {
        ::sched_yield();
        continue;
      }
      CAIRN_CHECK((*batch)->first() == seen + 1);
      for (std::size_t i = 0; i < (*batch)->count(); ++i) {
        ++seen;
        CAIRN_CHECK(test::exact_copy((*batch)->record(i)) == record_of(seen, size_of(seen)));
      }
    }
  });
  writer.listen_until(enough);
  EXPECT_TRUE(reader.join());
  writer.kill();
}

}  // namespace
}  // namespace cairn::log
