// SPDX-License-Identifier: Apache-2.0
#include "tests/abi/stream.h"

#include <algorithm>
#include <array>
#include <cstring>
#include <memory>
#include <vector>

#include <fmt/core.h>

#include "base/hash.h"
#include "schema/codec.h"
#include "tests/support/fake_host.h"

namespace cairn::test {

namespace {

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

std::string describe(const ModelResult& result) {
  std::string text =
      fmt::format("{} code {} detail {} fault {} \"{}\"", static_cast<int>(result.verdict),
                  result.code, result.detail.size(), result.fault_status, result.text);
  text += result.detail;
  for (const ModelEvent& event : result.events) {
    text += fmt::format("; event {} of {} bytes caused by {}.{}: ", event.kind, event.bytes.size(),
                        event.cause.transaction, event.cause.event);
    text += event.bytes;
  }
  for (const ModelTimer& timer : result.timers) {
    text += fmt::format("; timer {} at {}: ", timer.kind, timer.at) + timer.bytes;
  }
  return text;
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
                        const schema::Schema& schema, std::size_t count) {
  // Young states are where commands find room; a host of old age refuses nearly everything.
  constexpr std::size_t commands_per_host = 100;
  std::unique_ptr<FakeHost> one;
  std::unique_ptr<FakeHost> other;
  schema::Choices choices(20'261'121);
  StreamResult result;
  std::string history;
  for (std::size_t i = 0; i < count; ++i) {
    if (i % commands_per_host == 0) {
      history += one != nullptr ? one->dump() : "";
      one = std::make_unique<FakeHost>(embedded);
      other = std::make_unique<FakeHost>(loaded);
    }
    const RandomCommand command = random_command(schema, choices);
    const auto bytes = std::as_bytes(std::span(command.bytes));
    const ModelResult first = one->execute(command.kind, bytes);
    const std::string said = describe(first);
    const std::string other_said = describe(other->execute(command.kind, bytes));
    if (said != other_said || one->dump() != other->dump()) {
      result.difference =
          fmt::format("command {} of kind {}: {} against {}", i, command.kind, said, other_said);
      return result;
    }
    history += said + '\n';
    result.accepted += first.verdict == ModelVerdict::Accepted ? 1U : 0U;
    result.rejected += first.verdict == ModelVerdict::Rejected ? 1U : 0U;
    result.faulted += first.verdict == ModelVerdict::Faulted ? 1U : 0U;
  }
  result.digest = blake3(std::as_bytes(std::span(history))).to_string();
  return result;
}

}  // namespace cairn::test
