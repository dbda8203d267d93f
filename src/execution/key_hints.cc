// SPDX-License-Identifier: Apache-2.0
#include "execution/key_hints.h"

#include <algorithm>
#include <array>
#include <cstring>
#include <optional>
#include <span>

namespace cairn::execution {

namespace {

/// Whether all canonical bytes of the type are as many as in memory.
constexpr bool has_fixed_size(TypeKind kind) noexcept {
  return kind <= TypeKind::Decimal || kind == TypeKind::Id ||
         (kind >= TypeKind::Timestamp && kind <= TypeKind::Enum);
}

bool has_key_of(const StructInfo& record, const TypeInfo& type) noexcept {
  const auto fields = record.indexes.front().fields;
  const TypeInfo& key = *record.fields[fields.front()].type;
  return fields.size() == 1 && key.kind == type.kind && key.capacity == type.capacity;
}

/// The record whose natural key is of this type; `no_record` when there is none, or more.
std::uint16_t record_with_key(const state::Plan& plan, const TypeInfo& type) noexcept {
  std::uint16_t found = state::no_record;
  for (std::uint16_t i = 0; i < plan.records(); ++i) {
    if (!has_key_of(plan.record(i).info(), type)) {
      continue;
    }
    if (found != state::no_record) {
      return state::no_record;
    }
    found = i;
  }
  return found;
}

/// Takes what has its size before it; nothing when it is not whole.
std::optional<std::span<const std::byte>> take_sized(std::span<const std::byte>& left) noexcept {
  constexpr std::size_t more = 0x80;
  constexpr unsigned bits = 7;
  if (left.empty()) {
    return std::nullopt;
  }
  auto size = static_cast<std::size_t>(left[0]);
  std::size_t head = 1;
  if (size >= more && left.size() > 1) {
    size = (size - more) | static_cast<std::size_t>(left[1]) << bits;
    head = 2;
  }
  if (size > left.size() - head) {
    return std::nullopt;
  }
  const std::span<const std::byte> taken = left.subspan(head, size);
  left = left.subspan(head + size);
  return taken;
}

std::optional<std::span<const std::byte>> take_fixed(std::span<const std::byte>& left,
                                                     std::size_t size) noexcept {
  if (size > left.size()) {
    return std::nullopt;
  }
  const std::span<const std::byte> taken = left.first(size);
  left = left.subspan(size);
  return taken;
}

std::uint64_t hash_of_id(const state::KeyIndex& keys, std::span<const std::byte> bytes) noexcept {
  std::uint64_t id = 0;
  std::memcpy(&id, bytes.data(), sizeof(id));
  return keys.hash_of_number(id);
}

/// The hash of a text as a key; of another one when the text is long or has a zero byte.
std::uint64_t hash_of_text(const state::KeyIndex& keys, std::span<const std::byte> text) noexcept {
  constexpr std::size_t end_of_text = 2;
  std::array<std::byte, 256> key;
  const std::size_t size = std::min(text.size(), key.size() - end_of_text);
  std::memcpy(key.data(), text.data(), size);
  key[size] = std::byte{0};
  key[size + 1] = std::byte{0};
  return keys.hash(std::span(key).first(size + end_of_text));
}

}  // namespace

KeyHints::KeyHints(const state::Plan& plan) {
  for (const StructInfo* const command : plan.domain().commands) {
    commands_.push_back({.kind = command->kind, .pieces = pieces_of(plan, *command)});
  }
  std::ranges::sort(commands_, {}, &CommandHints::kind);
}

std::vector<KeyHints::Piece> KeyHints::pieces_of(const state::Plan& plan,
                                                 const StructInfo& command) {
  std::vector<Piece> pieces;
  for (const FieldInfo& field : command.fields) {
    if (!add(plan, *field.type, pieces)) {
      break;
    }
  }
  while (!pieces.empty() && pieces.back().record == state::no_record) {
    pieces.pop_back();
  }
  return pieces;
}

/// False when nobody knows where what comes behind it is.
bool KeyHints::add(const state::Plan& plan, const TypeInfo& type, std::vector<Piece>& pieces) {
  constexpr std::size_t pieces_max = 16;
  if (pieces.size() == pieces_max) {
    return false;
  }
  if (type.kind == TypeKind::Id) {
    pieces.push_back({.record = plan.record_named(type.record), .size = type.memory_size});
    return true;
  }
  if (has_fixed_size(type.kind)) {
    pieces.push_back({.size = type.memory_size});
    return true;
  }
  if (type.kind == TypeKind::Str || type.kind == TypeKind::Bytes) {
    pieces.push_back({.kind = Piece::Kind::Sized, .record = record_with_key(plan, type)});
    return true;
  }
  bool is_known = type.kind == TypeKind::Array;
  for (std::uint32_t i = 0; is_known && i < type.capacity; ++i) {
    is_known = add(plan, *type.element, pieces);
  }
  return is_known;
}

const KeyHints::CommandHints* KeyHints::hints_of(std::uint16_t kind) const noexcept {
  // Kinds are mostly numbered without gaps.
  if (std::size_t{kind} - 1 < commands_.size() && commands_[kind - 1U].kind == kind) [[likely]] {
    return &commands_[kind - 1U];
  }
  const auto found = std::ranges::lower_bound(commands_, kind, {}, &CommandHints::kind);
  return found != commands_.end() && found->kind == kind ? &*found : nullptr;
}

template <typename Visit>
void KeyHints::visit(const state::State& state, const Command& command,
                     const Visit& visit) const noexcept {
  const CommandHints* const hints = hints_of(command.kind);
  if (hints == nullptr) {
    return;
  }
  std::span<const std::byte> left = command.bytes;
  for (const Piece& piece : hints->pieces) {
    const bool is_text = piece.kind == Piece::Kind::Sized;
    const auto taken = is_text ? take_sized(left) : take_fixed(left, piece.size);
    if (!taken) {
      return;
    }
    if (piece.record != state::no_record && !taken->empty()) {
      const state::KeyIndex& keys = state.rows(piece.record).keys;
      visit(keys, is_text ? hash_of_text(keys, *taken) : hash_of_id(keys, *taken));
    }
  }
}

void KeyHints::prefetch_places(const state::State& state, const Command& command) const noexcept {
  visit(state, command,
        [](const state::KeyIndex& keys, std::uint64_t hash) { keys.prefetch(hash); });
}

void KeyHints::prefetch_rows(const state::State& state, const Command& command) const noexcept {
  visit(state, command,
        [](const state::KeyIndex& keys, std::uint64_t hash) { keys.prefetch_row(hash); });
}

}  // namespace cairn::execution
