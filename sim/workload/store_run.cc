// SPDX-License-Identifier: Apache-2.0
#include "sim/workload/store_run.h"

#include <algorithm>
#include <array>
#include <string_view>
#include <utility>

#include <cairn/store.h>
#include <fmt/format.h>

namespace cairn::sim {

namespace simulated {

/// Which try it belongs to, and its place there.
struct Put {
  std::uint64_t number = 0;
  std::uint32_t place = 0;
  using schema = dsl::Event<1>;
};

struct Sim : dsl::Domain<"sim", 1, dsl::Events<Put>> {};
}  // namespace simulated

namespace {

using simulated::Put;
using simulated::Sim;

constexpr const char* folder = "store";
constexpr std::array<std::string_view, 5> entities = {"a", "ab", "b", "order/1", "order/2"};
constexpr std::array<std::string_view, 2> scopes = {"", "eu"};

DiskFaults draw_faults(const World& world) {
  Rng rng = world.stream("swarm.disk");
  return draw_disk_faults(rng, Atlas::OneCopy);
}

store::StoreOptions draw_store_options(const World& world) {
  Rng rng = world.stream("swarm.store");
  store::StoreOptions options;
  options.batch_bytes_max = rng.between(1, 3) * 8192;
  options.segment_bytes = 65'536 + rng.below(4) * 16'384;
  options.depth = static_cast<std::uint32_t>(rng.between(1, 4));
  options.remembered_max = rng.between(1, 30);
  options.indexed_in_memory_max = rng.between(2, 60);
  return options;
}

std::vector<std::byte> encoded(const Put& put) {
  GrowingByteWriter writer;
  encode(writer, put);
  return {writer.written().begin(), writer.written().end()};
}

/// Which try an event is of; 0, which none has, when it is no event of this domain.
std::uint64_t number_of(const store::StoredEvent& event) {
  const auto put = store::as<Put, Sim>(event);
  return put ? (*put)->number : 0;
}

/// An entity, or all whose names begin so.
Region region_of(std::string_view entity, bool is_prefix) {
  Region region;
  (is_prefix ? region.entity_prefix : region.entity) = std::string(entity);
  return region;
}

bool is_about(const store::StoredEvent& event, std::string_view entity, bool is_prefix) {
  return is_prefix ? event.entity.starts_with(entity) : event.entity == entity;
}

}  // namespace

StoreRun::StoreRun(const StoreRunOptions& options)
    : options_(options),
      world_(options.seed),
      choice_(world_.stream("workload.choice")),
      disk_(world_, "disk", draw_faults(world_)),
      clock_(world_, "clock"),
      random_(world_, "workload.salt"),
      faults_(draw_faults(world_)),
      store_options_(draw_store_options(world_)) {
  world_.print_trace_to(options.trace);
}

StoreRunReport StoreRun::run() {
  while (report_.steps < options_.steps && !is_over_) {
    ++report_.steps;
    world_.schedule(Duration{static_cast<std::int64_t>(choice_.below(1'000'000))},
                    [this] { step(); });
    world_.step();
  }
  if (!is_over_) {
    finish();
  }
  // Not destroyed alive at the end of the world: see SimDisk.
  if (store_ != nullptr) {
    kill();
  }
  for (const auto& [number, tried] : tries_) {
    report_.acknowledged += tried.sequence ? 1U : 0U;
  }
  report_.marks = world_.marks();
  report_.digest = world_.trace_digest().to_string();
  return std::move(report_);
}

void StoreRun::fail_run(std::string failure) {
  if (!is_over_) {
    report_.failure = fmt::format("step {}: {}", report_.steps, failure);
  }
  is_over_ = true;
}

void StoreRun::crash() {
  disk_.crash();
  under_way_.clear();
  store_.reset();
  ++report_.crashes;
}

/// The power may be gone already, with nobody having noticed.
void StoreRun::kill() {
  if (disk_.crashed()) {
    crash();
    return;
  }
  disk_.kill();
  under_way_.clear();
  store_.reset();
  ++report_.kills;
}

void StoreRun::die() {
  if (choice_.chance(1, 2)) {
    crash();
  } else {
    kill();
  }
}

void StoreRun::open() {
  auto opened = store::EventStore::open({.disk = disk_, .clock = clock_, .random = random_}, folder,
                                        domain_info<Sim>(), store_options_);
  if (!opened) {
    world_.mark("store.not_opened");
    if (opened.error().code() == Errc::Corrupt) {
      fail_run("damage is reported where none can be: " + opened.error().to_string());
    } else {
      die();
    }
    return;
  }
  store_ = *std::move(opened);
  world_.trace("store.opened", "store", {store_->status().durable});
  judge();
}

void StoreRun::step() {
  if (store_ == nullptr) {
    open();
  } else {
    act();
  }
}

void StoreRun::act() {
  const std::uint64_t choice = choice_.below(100);
  if (choice < 3) {
    crash();
  } else if (choice < 6) {
    kill();
  } else if (choice < 8) {
    const auto closed = store_->close();
    world_.mark(closed ? "store.closed" : "store.not_closed");
    under_way_.clear();
    store_.reset();
    if (disk_.crashed()) {
      disk_.crash();
    }
  } else if (choice < 14) {
    disk_.crash_at(disk_.operations() + 1 + choice_.below(30));
  } else {
    append_some();
  }
}

std::uint64_t StoreRun::make_try() {
  const std::uint64_t number = ++last_try_;
  Try& tried = tries_[number];
  const std::uint64_t count = choice_.between(1, 4);
  for (std::uint32_t place = 0; place < count; ++place) {
    tried.payloads.push_back(encoded({.number = number, .place = place}));
  }
  for (const auto& payload : tried.payloads) {
    tried.events.push_back({.entity = entities[choice_.below(entities.size())],
                            .scope = scopes[choice_.below(scopes.size())],
                            .kind = Put::schema::kind,
                            .bytes = payload});
  }
  if (choice_.chance(1, 2)) {
    tried.key = fmt::format("request {}", number);
    unanswered_.insert(number);
  }
  return number;
}

Result<> StoreRun::start(std::uint64_t number) {
  const Try& tried = tries_.at(number);
  CAIRN_TRY(auto pending, store_->start({.events = tried.events, .request = {.key = tried.key}}));
  under_way_.push_back({.number = number, .pending = std::move(pending)});
  return {};
}

/// By one that writes it himself if nobody else is at it.
Result<> StoreRun::start_alone(std::uint64_t number) {
  const Try& tried = tries_.at(number);
  world_.mark("store.alone");
  CAIRN_TRY(auto pending,
            store_->start_and_drive({.events = tried.events, .request = {.key = tried.key}}));
  under_way_.push_back({.number = number, .pending = std::move(pending)});
  return {};
}

/// The same when nothing fails any more.
void StoreRun::start_healed(std::uint64_t number) {
  if (const Result<> started = start(number); !started) {
    fail_run(fmt::format("append {} is refused although nothing fails any more: {}", number,
                         started.error().to_string()));
  }
}

/// New ones, and those that got no answer before.
void StoreRun::append_some() {
  const std::vector<std::uint64_t> old(unanswered_.begin(), unanswered_.end());
  for (const std::uint64_t number : old) {
    report_.repeated += 1;
    if (!start(number)) {
      die();
      return;
    }
  }
  if (old.empty() && choice_.chance(1, 3)) {
    if (!start_alone(make_try())) {
      die();
    } else {
      await();
    }
    return;
  }
  for (std::uint64_t count = choice_.between(1, 5); count > 0; --count) {
    if (!start(make_try())) {
      die();
      return;
    }
  }
  // Sometimes the next step comes while writes are under way.
  if (choice_.chance(3, 4)) {
    await();
  } else {
    store_->step();
    die();
  }
}

/// Of those under way that are decided.
void StoreRun::take_answers() {
  std::vector<UnderWay> left;
  for (UnderWay& each : under_way_) {
    if (const auto* const answer = each.pending->poll()) {
      take(each.number, *answer);
    } else {
      left.push_back(std::move(each));
    }
  }
  under_way_ = std::move(left);
}

void StoreRun::await() {
  constexpr int rounds_max = 10'000;
  for (int round = 0; !under_way_.empty(); ++round) {
    if (round == rounds_max) {
      fail_run("appends are never decided");
      return;
    }
    store_->step();
    take_answers();
    // A full disk stays full for this process as often as not.
    if (store_->status().is_out_of_space && choice_.chance(1, 2)) {
      world_.mark("store.no_space");
      die();
      return;
    }
  }
  if (disk_.crashed() || choice_.chance(1, 20)) {
    die();
  }
}

void StoreRun::take(std::uint64_t number, const Result<store::Appended>& answer) {
  Try& tried = tries_.at(number);
  if (answer) {
    if (tried.sequence && *tried.sequence != answer->sequence) {
      fail_run(fmt::format("append {} is at {} and, asked again, at {}", number, *tried.sequence,
                           answer->sequence));
    }
    tried.sequence = answer->sequence;
    unanswered_.erase(number);
  } else if (answer.error().code() == Errc::Conflict || answer.error().code() == Errc::Corrupt) {
    fail_run(fmt::format("append {}: {}", number, answer.error().to_string()));
  } else {
    world_.mark("store." + std::string(to_string(answer.error().code())));
  }
}

/// Looks at what is there with a disk that does nothing wrong meanwhile.
void StoreRun::judge() {
  disk_.set_faults({});
  store::Cursor cursor;
  const auto all = store_->page({}, cursor, 1'000'000);
  std::string failure = all ? check_all(*all) : all.error().to_string();
  if (failure.empty()) {
    failure = check_regions(*all);
  }
  disk_.set_faults(faults_);
  if (!failure.empty()) {
    fail_run(std::move(failure));
  }
}

std::string StoreRun::check_all(const std::vector<store::StoredEvent>& all) {
  std::map<std::uint64_t, std::vector<store::StoredEvent>> transactions;
  std::map<std::pair<std::string, std::string>, const store::StoredEvent*> newest;
  for (const store::StoredEvent& event : all) {
    const store::StoredEvent*& before = newest[{event.entity, event.scope}];
    const std::uint64_t version = before == nullptr ? 1 : before->version + 1;
    const cairn::EventId ancestor = before == nullptr ? cairn::EventId() : before->id;
    if (event.version != version || event.ancestor.value_or(cairn::EventId()) != ancestor) {
      return fmt::format("event {}.{} has version {} and should have {}", event.id.sequence,
                         event.id.event, event.version, version);
    }
    before = &event;
    transactions[event.id.sequence].push_back(event);
  }
  std::set<std::uint64_t> found;
  for (const auto& [sequence, events] : transactions) {
    if (std::string failure = check_transaction(sequence, events); !failure.empty()) {
      return failure;
    }
    const std::uint64_t number = number_of(events.front());
    if (!found.insert(number).second) {
      return fmt::format("append {} is there twice, the second time at {}", number, sequence);
    }
  }
  for (const auto& [number, tried] : tries_) {
    if (tried.sequence && !found.contains(number)) {
      return fmt::format("append {} was answered, at {}, and is not there", number,
                         *tried.sequence);
    }
  }
  return {};
}

/// It is one that was tried, whole, where it was said to be.
std::string StoreRun::check_transaction(std::uint64_t sequence,
                                        const std::vector<store::StoredEvent>& events) {
  const std::uint64_t number = number_of(events.front());
  const auto found = tries_.find(number);
  if (found == tries_.end() || found->second.events.size() != events.size()) {
    return fmt::format("transaction {} is not append {}, or not all of it", sequence, number);
  }
  Try& tried = found->second;
  for (std::size_t i = 0; i < events.size(); ++i) {
    const store::NewEvent& wanted = tried.events[i];
    if (events[i].entity != wanted.entity || events[i].scope != wanted.scope ||
        events[i].kind != wanted.kind || !std::ranges::equal(events[i].bytes, wanted.bytes)) {
      return fmt::format("event {}.{} is not what was appended", sequence, i);
    }
  }
  if (tried.sequence && *tried.sequence != sequence) {
    return fmt::format("append {} was answered at {} and is at {}", number, *tried.sequence,
                       sequence);
  }
  // What was recovered is durable.
  tried.sequence = sequence;
  return {};
}

std::string StoreRun::check_regions(const std::vector<store::StoredEvent>& all) {
  for (const std::string_view entity : entities) {
    std::string failure = check_region(all, entity, false);
    if (failure.empty()) {
      failure = check_region(all, entity, true);
    }
    if (!failure.empty()) {
      return failure;
    }
  }
  return {};
}

std::string StoreRun::check_region(const std::vector<store::StoredEvent>& all,
                                   std::string_view entity, bool is_prefix) {
  std::vector<store::StoredEvent> expected;
  std::ranges::copy_if(all, std::back_inserter(expected), [&](const store::StoredEvent& event) {
    return is_about(event, entity, is_prefix);
  });
  store::Cursor cursor;
  const auto page = store_->page(region_of(entity, is_prefix), cursor, 1'000'000);
  if (!page) {
    return page.error().to_string();
  }
  if (*page != expected) {
    return fmt::format("{} events are found about {}, and {} are there", page->size(), entity,
                       expected.size());
  }
  return {};
}

void StoreRun::finish() {
  // The world heals: a store that cannot come back now, or has lost something, never will.
  faults_ = {.lose_one_in = 1};
  disk_.set_faults(faults_);
  crash();
  for (int round = 0; round < 2 && !is_over_; ++round) {
    open();
    if (is_over_) {
      return;
    }
    if (store_ == nullptr) {
      fail_run("the store does not open although nothing fails any more");
      return;
    }
    const std::vector<std::uint64_t> old(unanswered_.begin(), unanswered_.end());
    for (const std::uint64_t number : old) {
      start_healed(number);
    }
    start_healed(make_try());
    while (!under_way_.empty() && store_ != nullptr && !is_over_) {
      await();
    }
    if (!unanswered_.empty()) {
      fail_run("a request is not answered although nothing fails any more");
    }
    if (store_ != nullptr) {
      crash();
    }
  }
  if (!is_over_) {
    open();
  }
}

}  // namespace cairn::sim
