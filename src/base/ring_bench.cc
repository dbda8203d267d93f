// SPDX-License-Identifier: Apache-2.0
// Items from one thread to another: the ring against a mutex and a deque, and against Boost's ring.
// Both sides yield when they cannot go on, as on a machine with few cores they must.
#include "base/ring.h"

#include <array>
#include <atomic>
#include <chrono>
#include <cstdint>
#include <deque>
#include <mutex>
#include <span>
#include <string>
#include <thread>

#include <boost/lockfree/spsc_queue.hpp>

#include "bench/harness.h"

namespace {

using cairn::bench::Better;
using cairn::bench::Options;
using cairn::bench::Report;

constexpr std::size_t capacity = 1024;
constexpr std::size_t batch_size = 32;

/// The three queues behind one pair of functions that say how many items they took.
class Ours {
 public:
  std::size_t push(std::span<std::uint64_t> items) { return ring_.push_some(items); }

  std::size_t pop(std::span<std::uint64_t> items) { return ring_.pop_some(items); }

 private:
  cairn::SpscRing<std::uint64_t> ring_{capacity};
};

class Boosts {
 public:
  std::size_t push(std::span<std::uint64_t> items) {
    return queue_.push(items.data(), items.size());
  }

  std::size_t pop(std::span<std::uint64_t> items) { return queue_.pop(items.data(), items.size()); }

 private:
  boost::lockfree::spsc_queue<std::uint64_t> queue_{capacity};
};

class Locked {
 public:
  std::size_t push(std::span<std::uint64_t> items) {
    const std::lock_guard guard(mutex_);
    const std::size_t count = std::min(items.size(), capacity - queue_.size());
    queue_.insert(queue_.end(), items.begin(), items.begin() + static_cast<std::ptrdiff_t>(count));
    return count;
  }

  std::size_t pop(std::span<std::uint64_t> items) {
    const std::lock_guard guard(mutex_);
    const std::size_t count = std::min(items.size(), queue_.size());
    const auto end = queue_.begin() + static_cast<std::ptrdiff_t>(count);
    std::copy(queue_.begin(), end, items.begin());
    queue_.erase(queue_.begin(), end);
    return count;
  }

 private:
  std::mutex mutex_;
  std::deque<std::uint64_t> queue_;
};

template <typename Queue>
void push_all(Queue& queue, std::uint64_t item_count, std::size_t batch) {
  std::array<std::uint64_t, batch_size> items = {};
  for (std::uint64_t sent = 0; sent < item_count;) {
    const std::size_t pushed = queue.push(std::span(items).first(batch));
    sent += pushed;
    if (pushed == 0) {
      std::this_thread::yield();
    }
  }
}

/// Nanoseconds per item, from the first push to the last pop. The count is a multiple of the batch.
template <typename Queue>
double transfer(const Options& options, std::size_t batch) {
  const std::uint64_t item_count = options.smoke ? 1024 : 2'097'152;
  Queue queue;
  const auto start = std::chrono::steady_clock::now();
  std::jthread producer([&] { push_all(queue, item_count, batch); });
  std::array<std::uint64_t, batch_size> items = {};
  for (std::uint64_t got = 0; got < item_count;) {
    const std::size_t popped = queue.pop(std::span(items).first(batch));
    got += popped;
    if (popped == 0) {
      std::this_thread::yield();
    }
  }
  const std::chrono::duration<double, std::nano> taken = std::chrono::steady_clock::now() - start;
  return taken.count() / static_cast<double>(item_count);
}

/// Push and pop in turn on one thread: what the instructions cost when no core waits for another.
template <typename Queue>
double in_turn(const Options& options) {
  Queue queue;
  std::uint64_t item = 0;
  return nanoseconds_per_call(options, [&] {
    cairn::bench::keep(queue.push({&item, 1}));
    cairn::bench::keep(queue.pop({&item, 1}));
  });
}

void add(Report& report, const std::string& name, const std::string& rival,
         const cairn::bench::Pair& pair) {
  report.add({.name = name,
              .unit = "ns/item",
              .better = Better::Lower,
              .value = pair.value,
              .rival = rival,
              .rival_value = pair.rival});
}

template <typename Rival>
void compare(Report& report, const Options& options, const std::string& rival) {
  add(report, "one thread, push and pop in turn", rival,
      measure_against(
          options, [&] { return in_turn<Ours>(options); },
          [&] { return in_turn<Rival>(options); }));
  for (const std::size_t batch : {std::size_t{1}, batch_size}) {
    add(report, "two threads, " + std::to_string(batch) + " at a time", rival,
        measure_against(
            options, [&] { return transfer<Ours>(options, batch); },
            [&] { return transfer<Rival>(options, batch); }));
  }
}

}  // namespace

int main(int argc, char** argv) {
  const Options options = cairn::bench::parse_options(
      argc, argv, "the SPSC ring against mutex and deque and against boost::lockfree");
  Report report("ring", options);
  compare<Locked>(report, options, "mutex and deque");
  compare<Boosts>(report, options, "boost spsc_queue");
  return report.finish();
}
