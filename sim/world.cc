// SPDX-License-Identifier: Apache-2.0
#include "sim/world.h"

#include <utility>

#include "base/check.h"

namespace cairn::sim {

World::World(std::uint64_t seed) : seed_(seed), order_(seed, "world.order") {
  trace("world.begin", {}, {seed});
}

EventId World::schedule(Duration delay, sys::Task task) {
  CAIRN_CHECK(delay >= Duration{});
  const Key key{.at = now_ + delay, .tie = order_.u64(), .id = ++last_event_};
  events_.emplace(key, std::move(task));
  keys_.emplace(key.id, key);
  return key.id;
}

bool World::cancel(EventId event) {
  const auto found = keys_.find(event);
  if (found == keys_.end()) {
    return false;
  }
  // Both entries go before the task does: its destructor may call back into the world.
  auto node = events_.extract(found->second);
  keys_.erase(found);
  trace("world.cancel", {}, {event});
  return true;
}

bool World::step() {
  CAIRN_CHECK(!in_event_);
  if (events_.empty()) {
    return false;
  }
  auto node = events_.extract(events_.begin());
  const Key& key = node.key();
  keys_.erase(key.id);
  now_ = key.at > now_ ? key.at : now_;
  trace("world.event", {}, {key.id});
  in_event_ = true;
  node.mapped()();
  in_event_ = false;
  return true;
}

bool World::is_due_by(Instant deadline) const {
  return !events_.empty() && events_.begin()->first.at <= deadline;
}

bool World::run_until(const std::function<bool()>& predicate, Duration limit) {
  const Instant deadline = now_ + limit;
  while (!predicate()) {
    if (now_ > deadline || !is_due_by(deadline)) {
      now_ = deadline > now_ ? deadline : now_;
      return false;
    }
    step();
  }
  return true;
}

void World::run_for(Duration span) {
  static_cast<void>(run_until([] { return false; }, span));
}

void World::advance(Duration span) noexcept {
  CAIRN_CHECK(span >= Duration{});
  now_ = now_ + span;
}

void World::trace(std::string_view what, std::string_view subject,
                  std::initializer_list<std::uint64_t> numbers) {
  trace_.add({.at = now_, .what = what, .subject = subject, .numbers = numbers});
}

void World::mark(std::string_view name) {
  auto found = marks_.find(name);
  if (found == marks_.end()) {
    found = marks_.emplace(std::string(name), 0).first;
  }
  ++found->second;
  trace("mark", name);
}

std::uint64_t World::marked(std::string_view name) const {
  const auto found = marks_.find(name);
  return found == marks_.end() ? 0 : found->second;
}

}  // namespace cairn::sim
