// SPDX-License-Identifier: Apache-2.0
#include "journal/index_find.h"

#include <algorithm>
#include <memory>
#include <string>
#include <utility>

#include "journal/index_term.h"

namespace cairn::journal {

namespace {

/// Steps through the events of a part in the direction of a query. A step is an ordinal, forward;
/// backward steps count down from the last. So what follows only ever goes up.
struct Steps {
  std::uint32_t events = 0;
  bool is_backward = false;

  /// And back: it is its own inverse. Requires: value < events.
  [[nodiscard]] std::uint32_t turn(std::uint32_t value) const noexcept {
    return is_backward ? events - 1 - value : value;
  }
};

/// What events must have.
class Condition {
 public:
  explicit Condition(std::uint64_t matches) noexcept : matches_(matches) {}

  virtual ~Condition() = default;
  Condition(const Condition&) = delete;
  Condition& operator=(const Condition&) = delete;

  /// The first step from `target` on that has it, or the number of events. Targets never go down.
  virtual std::uint32_t seek(std::uint32_t target) = 0;

  /// About how many events have it.
  [[nodiscard]] std::uint64_t matches() const noexcept { return matches_; }

 private:
  std::uint64_t matches_;
};

/// A list of ordinals, read in the direction of the query.
class ListReader final {
 public:
  ListReader(IndexWords words, Steps steps) noexcept
      : words_(words), steps_(steps), end_(words.size()) {}

  std::uint32_t seek(std::uint32_t target) {
    if (target >= steps_.events) {
      return steps_.events;
    }
    return steps_.is_backward ? seek_back(steps_.turn(target)) : seek_on(target);
  }

 private:
  std::uint32_t seek_on(std::uint32_t ordinal) {
    begin_ = first_not_less(words_, begin_, end_, ordinal);
    const std::uint32_t found = begin_ < end_ ? words_[begin_] : steps_.events;
    return found < ordinal ? steps_.events : std::min(found, steps_.events);
  }

  /// The last that is not above the ordinal.
  std::uint32_t seek_back(std::uint32_t ordinal) {
    end_ = first_above_from_end(ordinal);
    const std::uint32_t found = begin_ < end_ ? words_[end_ - 1] : steps_.events;
    return found > ordinal ? steps_.events : steps_.turn(found);
  }

  /// Gallops down from the end.
  [[nodiscard]] std::uint32_t first_above_from_end(std::uint32_t ordinal) const {
    std::uint32_t step = 1;
    std::uint32_t high = end_;
    while (high - begin_ >= step && words_[high - step] > ordinal) {
      high -= step;
      step *= 2;
    }
    const std::uint32_t low = high - begin_ >= step ? high - step : begin_;
    return first_not_less(words_, low, high, ordinal + 1);
  }

  IndexWords words_;
  Steps steps_;
  std::uint32_t begin_ = 0;
  std::uint32_t end_;
};

/// One list, or several of which any will do.
class ListCondition final : public Condition {
 public:
  ListCondition(const std::vector<IndexWords>& lists, Steps steps, std::uint64_t matches)
      : Condition(matches) {
    for (const IndexWords& list : lists) {
      entries_.push_back({.step = 0, .reader = ListReader(list, steps)});
    }
    for (Entry& entry : entries_) {
      entry.step = entry.reader.seek(0);
    }
    std::ranges::make_heap(entries_, std::greater(), &Entry::step);
  }

  std::uint32_t seek(std::uint32_t target) override {
    while (entries_.front().step < target) {
      if (entries_.size() == 1) {
        entries_.front().step = entries_.front().reader.seek(target);
        break;
      }
      std::ranges::pop_heap(entries_, std::greater(), &Entry::step);
      Entry& entry = entries_.back();
      entry.step = entry.reader.seek(target);
      std::ranges::push_heap(entries_, std::greater(), &Entry::step);
    }
    return entries_.front().step;
  }

 private:
  struct Entry {
    std::uint32_t step = 0;
    ListReader reader;
  };

  std::vector<Entry> entries_;  ///< a heap, the least step first
};

/// Looks at the coordinate of one event after the other.
class ColumnCondition final : public Condition {
 public:
  ColumnCondition(const IndexPart& part, CoordinateRange range, IndexWords column, Steps steps)
      : Condition(range.events),
        part_(part),
        range_(std::move(range)),
        column_(column),
        steps_(steps) {}

  std::uint32_t seek(std::uint32_t target) override {
    while (target < steps_.events && !has(column_[steps_.turn(target)])) {
      ++target;
    }
    return target;
  }

 private:
  [[nodiscard]] bool has(std::uint32_t number) const {
    return range_.has_numbers ? number >= range_.begin && number < range_.end
                              : part_.is_in(range_, number);
  }

  const IndexPart& part_;
  const CoordinateRange range_;
  const IndexWords column_;
  const Steps steps_;
};

/// One query in one part.
class Search final {
 public:
  Search(const IndexPart& part, const Cursor& cursor, IndexFlaw& flaw)
      : part_(part), cursor_(cursor), flaw_(flaw), ordinals_(part.ordinals(flaw)) {
    const IndexWords column = part.column(flaw);
    steps_ = {.events = column.size(), .is_backward = cursor.direction == Direction::Backward};
  }

  /// False when no event of the part can have it all.
  bool prepare(const Region& region) {
    return add_kinds(region) && add_terms(region) && add_coordinates(region);
  }

  void run(std::size_t limit, std::vector<EventPlace>& out) {
    std::ranges::sort(conditions_, {}, [](const auto& condition) { return condition->matches(); });
    std::uint32_t step = start();
    std::uint32_t near = 0;
    while (limit != 0 && !flaw_.is_found()) {
      step = next_match(step);
      if (step >= steps_.events) {
        return;
      }
      const auto place = place_of(ordinals_, part_.first(), steps_.turn(step), near);
      if (!place) {
        flaw_.note(part_.name(), "the transaction of event", steps_.turn(step));
        return;
      }
      if (is_past_end(place->transaction.value())) {
        return;
      }
      out.push_back(*place);
      --limit;
      ++step;
    }
  }

 private:
  bool add_list(const IndexWords& list) {
    if (list.empty()) {
      return false;
    }
    conditions_.push_back(std::make_unique<ListCondition>(std::vector{list}, steps_, list.size()));
    return true;
  }

  bool add_kinds(const Region& region) {
    std::vector<std::uint16_t> kinds = region.kinds;
    std::ranges::sort(kinds);
    const auto twice = std::ranges::unique(kinds);
    kinds.erase(twice.begin(), twice.end());
    std::vector<IndexWords> lists;
    std::uint64_t matches = 0;
    for (const std::uint16_t kind : kinds) {
      set_kind_key(key_, kind);
      const IndexWords list = part_.postings(key_, flaw_);
      matches += list.size();
      if (!list.empty()) {
        lists.push_back(list);
      }
    }
    if (!lists.empty()) {
      conditions_.push_back(std::make_unique<ListCondition>(lists, steps_, matches));
    }
    return kinds.empty() || !lists.empty();
  }

  bool add_terms(const Region& region) {
    if (region.correlation) {
      set_correlation_key(key_, *region.correlation);
      if (!add_list(part_.postings(key_, flaw_))) {
        return false;
      }
    }
    if (region.cause) {
      set_cause_key(key_,
                    {.transaction = Seq(region.cause->sequence), .event = region.cause->event});
      if (!add_list(part_.postings(key_, flaw_))) {
        return false;
      }
    }
    if (region.scope && !region.entity) {
      set_scope_key(key_, *region.scope);
      return add_list(part_.postings(key_, flaw_));
    }
    return true;
  }

  bool add_coordinates(const Region& region) {
    if (region.entity && region.scope) {
      set_coordinate_key(key_, {.entity = *region.entity, .scope = *region.scope});
      return add_list(part_.postings(key_, flaw_));
    }
    if (region.entity) {
      set_entity_key(key_, *region.entity);
      return add_range(part_.coordinates(key_, flaw_));
    }
    if (region.entity_prefix && !region.entity_prefix->empty()) {
      set_entity_prefix_key(key_, *region.entity_prefix);
      return add_range(part_.coordinates(key_, flaw_));
    }
    return !region.entity_prefix || add_any_coordinate();
  }

  bool add_range(CoordinateRange range) {
    if (range.empty()) {
      return false;
    }
    if (range.lists) {
      conditions_.push_back(std::make_unique<ListCondition>(*range.lists, steps_, range.events));
    } else {
      const IndexWords column = part_.column(flaw_);
      conditions_.push_back(
          std::make_unique<ColumnCondition>(part_, std::move(range), column, steps_));
    }
    return true;
  }

  /// The empty prefix: all that are about something.
  bool add_any_coordinate() {
    CoordinateRange range{.has_numbers = true, .begin = 0, .end = no_coordinate};
    range.events = steps_.events;
    return add_range(std::move(range));
  }

  /// Where the cursor says, as far as it lies in this part.
  std::uint32_t start() {
    const EventId next = cursor_.next;
    if (steps_.is_backward) {
      if (next.sequence > part_.last()) {
        return 0;
      }
      const std::uint64_t end = end_of(next.sequence);
      const std::uint64_t behind = std::min(end, ordinal_at(next.sequence) + next.event + 1);
      return static_cast<std::uint32_t>(steps_.events -
                                        std::min<std::uint64_t>(behind, steps_.events));
    }
    if (next.sequence < part_.first()) {
      return 0;
    }
    const std::uint64_t from =
        std::min(end_of(next.sequence), ordinal_at(next.sequence) + next.event);
    return static_cast<std::uint32_t>(std::min<std::uint64_t>(from, steps_.events));
  }

  /// Requires: the sequence lies in this part.
  [[nodiscard]] std::uint64_t ordinal_at(std::uint64_t sequence) const {
    return ordinals_[static_cast<std::uint32_t>(sequence - part_.first())];
  }

  [[nodiscard]] std::uint64_t end_of(std::uint64_t sequence) const {
    return ordinal_at(sequence + 1);
  }

  [[nodiscard]] bool is_past_end(std::uint64_t sequence) const noexcept {
    return steps_.is_backward ? sequence < cursor_.through : sequence > cursor_.through;
  }

  /// The first step from this one on that has everything. Each condition is asked for the next that
  /// it allows, until they all name the same.
  std::uint32_t next_match(std::uint32_t step) {
    std::size_t agreed = 0;
    std::size_t asked = 0;
    while (agreed < conditions_.size() && step < steps_.events && !flaw_.is_found()) {
      const std::uint32_t found = conditions_[asked]->seek(step);
      agreed = found == step ? agreed + 1 : 1;
      step = found;
      asked = (asked + 1) % conditions_.size();
    }
    return step;
  }

  const IndexPart& part_;
  const Cursor& cursor_;
  IndexFlaw& flaw_;
  const IndexWords ordinals_;
  Steps steps_;
  std::string key_;
  std::vector<std::unique_ptr<Condition>> conditions_;
};

}  // namespace

Result<> find_in_part(const IndexPart& part, const Region& region, const Cursor& cursor,
                      std::size_t limit, std::vector<EventPlace>& out) {
  const bool is_backward = cursor.direction == Direction::Backward;
  const bool is_before =
      is_backward ? cursor.next.sequence < part.first() : cursor.next.sequence > part.last();
  if (is_before || part.last() < part.first()) {
    return {};
  }
  IndexFlaw flaw;
  Search search(part, cursor, flaw);
  if (search.prepare(region)) {
    search.run(limit, out);
  }
  if (flaw.is_found()) {
    part.note_damage();
    return fail(flaw.error());
  }
  return {};
}

bool is_possible(const Region& region) noexcept {
  const auto is_name = [](const std::optional<std::string>& name) {
    return !name || is_index_name(*name);
  };
  const bool is_about_something = !region.entity || !region.entity->empty();
  const bool agrees =
      !region.entity || !region.entity_prefix || region.entity->starts_with(*region.entity_prefix);
  return is_about_something && agrees && is_name(region.entity) && is_name(region.entity_prefix) &&
         is_name(region.scope);
}

}  // namespace cairn::journal
