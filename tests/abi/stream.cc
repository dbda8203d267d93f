// SPDX-License-Identifier: Apache-2.0
#include "tests/abi/stream.h"

#include <algorithm>
#include <array>
#include <cstring>
#include <optional>
#include <string_view>
#include <vector>

#include <fmt/core.h>

#include "base/hash.h"
#include "schema/codec.h"
#include "state/checkpoint.h"
#include "tests/execution/rig.h"
#include "tests/support/fake_host.h"

namespace cairn::test {

namespace {

using execution::Command;
using execution::Rig;
using execution::Transaction;

/// Numbers that few rows and small sums have, and now and then one at the edge of its type.
void fill_number(std::byte* memory, std::size_t width, bool is_signed, schema::Choices& choices) {
  const std::uint64_t value = choices.below(12);
  const bool is_negative = is_signed && choices.one_in(8);
  std::memset(memory, is_negative ? 0xff : 0, width);
  memory[0] = static_cast<std::byte>(is_negative ? ~value : value);
  if (choices.one_in(16)) {
    memory[width - 1] = std::byte{0x7f};
  }
}

void fill_str(std::byte* memory, schema::Choices& choices) {
  constexpr std::array<std::string_view, 5> words = {"", "a", "b", "cc", "dd"};
  const std::string_view word = words[choices.below(words.size())];
  const auto size = static_cast<std::uint16_t>(word.size());
  std::memcpy(memory, &size, sizeof(size));
  std::memcpy(memory + sizeof(size), word.data(), word.size());
}

void fill_value(const TypeInfo& type, std::byte* memory, schema::Choices& choices, Scratch& space) {
  switch (type.kind) {
    case TypeKind::Id:
      fill_number(memory, 8, false, choices);
      memory[7] = std::byte{0};
      break;
    case TypeKind::Timestamp:
    case TypeKind::Duration:
      fill_number(memory, 8, true, choices);
      break;
    case TypeKind::Integer:
      fill_number(memory, type.width, type.is_signed, choices);
      break;
    case TypeKind::Str:
      fill_str(memory, choices);
      break;
    case TypeKind::Array:
      for (std::size_t i = 0; i < type.capacity; ++i) {
        fill_value(*type.element, memory + i * type.element->memory_size, choices, space);
      }
      break;
    default:
      random_value(type, memory, choices, space);
  }
}

OutcomeKind outcome_of(ModelVerdict verdict) {
  constexpr std::array<OutcomeKind, 4> outcomes = {OutcomeKind::Accepted, OutcomeKind::Rejected,
                                                   OutcomeKind::Denied, OutcomeKind::Faulted};
  return outcomes.at(static_cast<std::size_t>(verdict));
}

std::string text_of_event(std::uint16_t kind, const cairn_event_place& cause,
                          std::string_view bytes) {
  return fmt::format("event {} caused by {}.{}: ", kind, cause.transaction, cause.event) +
         std::string(bytes) + "\n";
}

/// As much of a transaction as the model host knows.
std::string known_to_model(const Transaction& done, const DomainInfo& domain) {
  std::string text(to_string(done.outcome));
  if (done.outcome == OutcomeKind::Rejected) {
    text += fmt::format(" {} ", done.code) + execution::text_of(done.detail);
  } else if (done.outcome == OutcomeKind::Denied) {
    text += fmt::format(" by {}", domain.gates[done.gate].name);
  } else if (done.outcome == OutcomeKind::Faulted) {
    text += fmt::format(" {} {}", to_string(done.fault), done.text);
  }
  text += '\n';
  for (const execution::Event& event : done.events) {
    text += text_of_event(event.kind, event.cause, execution::text_of(event.bytes));
  }
  return text;
}

std::string known_to_model(const ModelResult& done) {
  std::string text(to_string(outcome_of(done.verdict)));
  if (done.verdict == ModelVerdict::Rejected) {
    text += fmt::format(" {} ", done.code) + done.detail;
  } else if (done.verdict == ModelVerdict::Denied) {
    text += fmt::format(" by {}", done.text);
  } else if (done.verdict == ModelVerdict::Faulted) {
    text += fmt::format(" {} {}", to_string(done.fault), done.text);
  }
  text += '\n';
  for (const ModelEvent& event : done.events) {
    text += text_of_event(event.kind, event.cause, event.bytes);
  }
  return text;
}

/// The domain embedded, loaded, and on the model host; the same commands for all.
class Trio final {
 public:
  Trio(const cairn_domain& embedded, const cairn_domain& loaded)
      : embedded_(embedded, Trust::Compiled), loaded_(loaded, Trust::Checked), model_(embedded) {}

  [[nodiscard]] const schema::Schema& schema() const noexcept { return embedded_.schema; }

  /// Executes a command, and puts what came of it behind the history. Gives back where two differ.
  std::string send(const Command& command, StreamResult& result, std::string& history) {
    const Transaction& done = embedded_.execute(command);
    const std::string said = text_of(done);
    const std::string loaded_said = text_of(loaded_.execute(command));
    const std::string state = state::digest_of(embedded_.state).to_string();
    if (said != loaded_said || state != state::digest_of(loaded_.state).to_string()) {
      return "embedded: " + said + "\nloaded: " + loaded_said;
    }
    const std::string known = known_to_model(done, schema().domain());
    const std::string expected =
        known_to_model(model_.execute(command.kind, command.bytes, command.timer));
    if (known != expected || execution::dump(embedded_.state) != model_.dump()) {
      return "embedded: " + known + "\nmodel: " + expected;
    }
    count(done.outcome, result);
    // What an exception of the standard library says is the library's, and no part of the pin.
    Transaction pinned = done;
    pinned.text = {};
    history += text_of(pinned) + state + '\n';
    return {};
  }

  /// The first command that is due; its number is 0 when there is none.
  [[nodiscard]] state::Timers::Due due() const { return embedded_.state.timers().due(model_.time); }

  void pass(std::int64_t time) {
    model_.time += time;
    embedded_.time = model_.time;
    loaded_.time = model_.time;
  }

 private:
  static void count(OutcomeKind outcome, StreamResult& result) {
    const std::array<std::size_t*, 4> counts = {&result.accepted, &result.rejected, &result.denied,
                                                &result.faulted};
    ++*counts.at(static_cast<std::size_t>(outcome));
  }

  Rig embedded_;
  Rig loaded_;
  FakeHost model_;
};

/// Time goes on a little, and the commands that are due by then are executed.
std::string pass_time(Trio& all, schema::Choices& choices, StreamResult& result,
                      std::string& history) {
  all.pass(static_cast<std::int64_t>(choices.below(4)));
  for (auto due = all.due(); due.number != 0; due = all.due()) {
    const state::Timer timer = *due.timer;
    std::string difference = all.send(
        {.kind = timer.kind, .bytes = timer.command, .timer = due.number}, result, history);
    if (!difference.empty()) {
      return difference;
    }
  }
  return {};
}

}  // namespace

RandomCommand random_command(const schema::Schema& schema, schema::Choices& choices) {
  const auto commands = schema.domain().commands;
  const StructInfo& command = *commands[choices.below(commands.size())];
  std::vector<std::uint64_t> memory(command.memory_size / 8 + 1);
  std::array<std::byte, 4096> views = {};
  Scratch space(views);
  auto* const first = reinterpret_cast<std::byte*>(memory.data());
  for (const FieldInfo& field : command.fields) {
    fill_value(*field.type, first + field.offset, choices, space);
  }
  std::vector<std::byte> bytes(command.encoded_size_max);
  const auto size = schema::Codec(command).encode(first, bytes);
  RandomCommand made = {.kind = command.kind, .bytes = {}};
  made.bytes.assign(reinterpret_cast<const char*>(bytes.data()), size.value_or(0));
  if (choices.one_in(50)) {
    made.bytes.resize(made.bytes.size() / 2);
  }
  if (choices.one_in(100)) {
    made.kind = 999;
  }
  return made;
}

StreamResult run_stream(const cairn_domain& embedded, const cairn_domain& loaded,
                        std::size_t count) {
  // Young states are where commands find room; one of old age refuses nearly everything.
  constexpr std::size_t commands_per_life = 100;
  std::optional<Trio> all;
  schema::Choices choices(20'261'121);
  StreamResult result;
  std::string history;
  for (std::size_t i = 0; i < count; ++i) {
    if (i % commands_per_life == 0) {
      all.emplace(embedded, loaded);
    }
    const RandomCommand command = random_command(all->schema(), choices);
    std::string difference = all->send(
        {.kind = command.kind, .bytes = std::as_bytes(std::span(command.bytes))}, result, history);
    if (difference.empty()) {
      difference = pass_time(*all, choices, result, history);
    }
    if (!difference.empty()) {
      result.difference = fmt::format("command {} of kind {}\n", i, command.kind) + difference;
      return result;
    }
  }
  result.digest = blake3(std::as_bytes(std::span(history))).to_string();
  return result;
}

}  // namespace cairn::test
