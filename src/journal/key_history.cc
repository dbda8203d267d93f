// SPDX-License-Identifier: Apache-2.0
#include "journal/key_history.h"

#include <algorithm>
#include <string_view>
#include <utility>

#include <fmt/core.h>

namespace cairn::journal {

Result<> KeyHistory::add(Seq at, std::span<const std::byte> note) {
  const std::string_view text(reinterpret_cast<const char*>(note.data()), note.size());
  CAIRN_TRY(const Note parsed, parse_note(text));
  return is_of_first_key(parsed.text) ? add_first(at, parsed) : add_rotation(at, parsed);
}

Result<> KeyHistory::add(const TransactionRecord& record) {
  if (record.kind != static_cast<std::uint16_t>(SystemKind::KeyRotated)) {
    return {};
  }
  auto added = add(record.position, record.command);
  return added ? std::move(added)
               : fail(std::move(added).error().at(
                     fmt::format("the key in transaction {}", record.position.value())));
}

Result<> KeyHistory::add_first(Seq at, const Note& note) {
  CAIRN_TRY(FirstKey first, parse_first_key(note.text));
  if (!is_signed_by(note, first.key)) {
    return fail(Errc::PermissionDenied, fmt::format("{} has not signed it", first.key.to_string()));
  }
  if (const KeyChange* const before = in_force()) {
    // Where its record was dropped from the journal once, it is there again.
    return before->key == first.key
               ? Result<>()
               : fail(Errc::Conflict,
                      fmt::format("{} is recorded as a first key, and {} signs since size {}",
                                  first.key.to_string(), before->key.to_string(), before->size));
  }
  const auto trusted = ring_.entries();
  if (trusted.empty()) {
    CAIRN_TRY(ring_.trust(first.key));
  } else if (std::ranges::find(trusted, first.key, &Keyring::Entry::key) == trusted.end()) {
    return fail(Errc::PermissionDenied,
                fmt::format("{}, the first key, is not trusted", first.key.to_string()));
  }
  changes_.push_back({.at = at, .size = first.size, .key = std::move(first.key), .note = note});
  return {};
}

Result<> KeyHistory::add_rotation(Seq at, const Note& note) {
  CAIRN_TRY(KeyRotation rotation, parse_rotation(note.text));
  if (const KeyChange* const before = in_force(); before && before->key != rotation.retiring) {
    return fail(Errc::Conflict,
                fmt::format("{} retires, and {} signs since size {}", rotation.retiring.to_string(),
                            before->key.to_string(), before->size));
  }
  if (ring_.entries().empty()) {
    Keyring ring;
    CAIRN_TRY(ring.trust(rotation.retiring));
    CAIRN_TRY(ring.rotate(note));
    ring_ = std::move(ring);
  } else {
    CAIRN_TRY(ring_.rotate(note));
  }
  changes_.push_back({.at = at,
                      .size = rotation.size,
                      .key = std::move(rotation.successor),
                      .retired = std::move(rotation.retiring),
                      .note = note});
  return {};
}

}  // namespace cairn::journal
