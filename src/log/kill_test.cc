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

void stage_some(Writer& writer) {
  const std::uint64_t end = writer.next() + 1 + writer.next() % 7;
  for (std::uint64_t next = writer.next(); next < end; ++next) {
    if (!writer.stage(record_of(next, size_of(next)))) {
      return;
    }
  }
}

// Appends for ever and tells each durable sequence through the pipe, after it is durable.
[[noreturn]] void write_for_ever(Rig& rig, int pipe) {
  CAIRN_CHECK(rig.open().has_value());
  Writer& writer = rig.writer();
  std::uint64_t told = 0;
  while (true) {
    stage_some(writer);
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

long rounds_to_run() {
  const char* const text = std::getenv("CAIRN_KILL_ROUNDS");
  return text != nullptr ? std::strtol(text, nullptr, 10) : 6;
}

// A log whose writer process is killed again and again.
class KilledLog final {
 public:
  // Kills a writer after so many more records, and looks at what it has left.
  void round(std::uint64_t records) {
    const std::uint64_t told = kill_after(heard_ + records);
    ASSERT_TRUE(rig_.open());
    heard_ = rig_.writer().durable();
    ASSERT_GE(heard_, told);
    expect_all(rig_.read_all(from_).value(), from_, heard_);
    ASSERT_TRUE(rig_.verify());
    rig_.close();
  }

  void drop_half() { from_ = std::max(from_, drop_through(rig_.folder(), heard_ / 2).value()); }

 private:
  std::uint64_t kill_after(std::uint64_t sequence) {
    Child child([&](int pipe) { write_for_ever(rig_, pipe); });
    child.listen_until(sequence);
    return child.kill();
  }

  Rig rig_;
  std::uint64_t from_ = 1;
  std::uint64_t heard_ = 0;
};

TEST(LogKill, WhatWasAcknowledgedSurvivesEveryKill) {
  // A child appends and is killed after a random number of records; then everything it has told of
  // is there, whole and in order, and the next one goes on from there.
  KilledLog log;
  CountedRandom random(11);
  const long rounds = rounds_to_run();
  for (long round = 0; round < rounds && !HasFatalFailure(); ++round) {
    SCOPED_TRACE(round);
    log.round(1 + random.below(200));
    if (round % 5 == 4) {
      log.drop_half();
    }
  }
}

constexpr std::uint64_t enough = 2000;

// Checks the records of a batch that follows `seen`, and counts them in.
void check_batch(const BatchView& batch, std::uint64_t& seen) {
  CAIRN_CHECK(batch.first() == seen + 1);
  for (std::size_t i = 0; i < batch.count(); ++i) {
    ++seen;
    CAIRN_CHECK(test::exact_copy(batch.record(i)) == record_of(seen, size_of(seen)));
  }
}

void follow(Rig& rig) {
  const auto log = Reader::open(rig.disk(), "log").value();
  std::uint64_t seen = 0;
  while (seen < enough) {
    const auto batch = log->next();
    CAIRN_CHECK(batch.has_value());
    if (*batch == nullptr) {
      ::sched_yield();
    } else {
      check_batch(**batch, seen);
    }
  }
}

TEST(LogKill, AReaderProcessFollowsAWriterProcess) {
  // Two processes: one appends through several segments, the other follows it and checks every
  // record, and never sees one that the first has not called durable.
  Rig rig;
  ASSERT_TRUE(rig.open());
  rig.close();
  Child writer([&](int pipe) { write_for_ever(rig, pipe); });
  Child reader([&](int) { follow(rig); });
  writer.listen_until(enough);
  EXPECT_TRUE(reader.join());
  writer.kill();
}

}  // namespace
}  // namespace cairn::log
