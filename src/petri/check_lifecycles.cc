// SPDX-License-Identifier: Apache-2.0
#include <algorithm>
#include <string>
#include <vector>

#include <fmt/format.h>

#include "petri/findings.h"

namespace cairn::petri {

namespace {

/// The states of one machine by their positions, which lie without gaps.
class Lifecycle final {
 public:
  explicit Lifecycle(const FieldInfo& field)
      : field_(field),
        first_(field.type->enumeration->values.front().value),
        count_(field.type->enumeration->values.size()),
        has_exit_(count_, false),
        has_free_exit_(count_, false) {
    for (const cairn::Transition& step : field.machine->transitions) {
      if (step.from != step.to) {
        has_exit_[position(step.from)] = true;
        has_free_exit_[position(step.from)] = has_free_exit_[position(step.from)] || !step.guarded;
      }
    }
  }

  [[nodiscard]] std::size_t count() const noexcept { return count_; }

  [[nodiscard]] bool has_exit(std::size_t state) const { return has_exit_[state]; }

  [[nodiscard]] bool is_held_by_guards(std::size_t state) const {
    return has_exit_[state] && !has_free_exit_[state];
  }

  [[nodiscard]] bool is_endless() const {
    return std::ranges::find(has_exit_, false) == has_exit_.end();
  }

  [[nodiscard]] std::string_view name(std::size_t state) const {
    return field_.type->enumeration->values[state].name;
  }

  /// The states from which no terminal one can be reached, ascending.
  [[nodiscard]] std::vector<std::size_t> trapped() const {
    std::vector<bool> ends(count_);
    for (std::size_t i = 0; i < count_; ++i) {
      ends[i] = !has_exit_[i];
    }
    // Each round that finds something marks one more state, so there are fewer rounds than states.
    const auto marks = [&](const cairn::Transition& step) { return leads_on(step, ends); };
    for (bool grew = true; grew;) {
      grew = std::ranges::any_of(field_.machine->transitions, marks);
    }
    std::vector<std::size_t> states;
    for (std::size_t i = 0; i < count_; ++i) {
      if (!ends[i]) {
        states.push_back(i);
      }
    }
    return states;
  }

 private:
  /// Marks where the step comes from when it leads to a marked state; whether that was new.
  bool leads_on(const cairn::Transition& step, std::vector<bool>& ends) const {
    const bool is_new = !ends[position(step.from)] && ends[position(step.to)];
    ends[position(step.from)] = ends[position(step.from)] || is_new;
    return is_new;
  }

  [[nodiscard]] std::size_t position(std::int64_t state) const {
    return static_cast<std::size_t>(state - first_);
  }

  const FieldInfo& field_;
  std::int64_t first_;
  std::size_t count_;
  std::vector<bool> has_exit_;
  std::vector<bool> has_free_exit_;
};

void check_trap(const std::string& machine, const Lifecycle& lifecycle,
                std::vector<Finding>& findings) {
  std::vector<std::string_view> names;
  for (const std::size_t state : lifecycle.trapped()) {
    names.push_back(lifecycle.name(state));
  }
  if (names.empty()) {
    return;
  }
  findings.push_back(
      {.severity = Severity::Warning,
       .kind = FindingKind::Trap,
       .place = machine,
       .why = fmt::format("a row that enters {} never reaches a terminal state again",
                          fmt::join(names, ", ")),
       .advice = "declare a way out of them, or drop the terminal states if rows never end",
       .witness = {}});
}

void check_lifecycle(const std::string& machine, const FieldInfo& field,
                     std::vector<Finding>& findings) {
  const Lifecycle lifecycle(field);
  if (lifecycle.is_endless()) {
    findings.push_back({.severity = Severity::Note,
                        .kind = FindingKind::Endless,
                        .place = machine,
                        .why = "the machine has no terminal state, so its rows go on for ever",
                        .advice = "lawful; declare a terminal state if rows should end",
                        .witness = {}});
  } else {
    check_trap(machine, lifecycle, findings);
  }
  for (std::size_t state = 0; state < lifecycle.count(); ++state) {
    const std::string place = fmt::format("{}.{}", machine, lifecycle.name(state));
    if (!lifecycle.has_exit(state)) {
      findings.push_back({.severity = Severity::Note,
                          .kind = FindingKind::Terminal,
                          .place = place,
                          .why = "nothing leads out of this state",
                          .advice = "lawful if rows should end here; declare a transition if not",
                          .witness = {}});
    } else if (lifecycle.is_held_by_guards(state)) {
      findings.push_back({.severity = Severity::Note,
                          .kind = FindingKind::GuardedExits,
                          .place = place,
                          .why = "each way out is guarded, so a row stays while all guards say no",
                          .advice = "make sure that some guard says yes in the end, or declare a "
                                    "way out without one",
                          .witness = {}});
    }
  }
}

void check_record(const StructInfo& record, std::vector<Finding>& findings) {
  for (const FieldInfo& field : record.fields) {
    if (field.role == FieldRole::State) {
      check_lifecycle(fmt::format("{}.{}", record.name, field.name), field, findings);
    }
  }
}

}  // namespace

void check_lifecycles(const schema::Schema& schema, std::vector<Finding>& findings) {
  for (const StructInfo* record : schema.domain().records) {
    check_record(*record, findings);
  }
}

}  // namespace cairn::petri
