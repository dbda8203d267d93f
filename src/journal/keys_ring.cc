// SPDX-License-Identifier: Apache-2.0
#include "journal/keys_ring.h"

#include <algorithm>
#include <array>
#include <optional>
#include <utility>

#include <fmt/core.h>

#include "base/check.h"
#include "cairn/integers.h"

namespace cairn::journal {

namespace {

/// What a first line says, before its version; no head can have it, since its third line would be
/// no root.
struct Title {
  std::string_view text;
  std::string_view what;
};

constexpr Title rotation_title = {.text = "cairn key rotation ", .what = "key rotation"};
constexpr Title first_key_title = {.text = "cairn first key ", .what = "first key"};
constexpr std::string_view text_version = "1";

std::unexpected<Error> refuse(std::size_t line, std::string_view why) {
  return fail(Errc::Corrupt, fmt::format("line {}: {}", line, why));
}

Result<VerifierKey> parse_key_line(std::string_view line, std::size_t number) {
  auto key = VerifierKey::parse(line);
  return key ? std::move(key) : fail(std::move(key).error().at(fmt::format("line {}", number)));
}

Result<> check_title(std::string_view line, const Title& title) {
  if (!line.starts_with(title.text)) {
    return refuse(1, fmt::format("this is no {}", title.what));
  }
  const std::string_view version = line.substr(title.text.size());
  if (version == text_version) {
    return {};
  }
  if (parse_integer<std::uint64_t>(version)) {
    return fail(Errc::Unsupported, fmt::format("version {} of a {}; this build reads {}", version,
                                               title.what, text_version));
  }
  return refuse(1, "the version is no number");
}

/// All lines of a text with this title, of which there are so many.
template <std::size_t N>
Result<std::array<std::string_view, N>> split_lines(std::string_view text, const Title& title) {
  CAIRN_TRY(check_note_text(text));
  CAIRN_TRY(check_title(text.substr(0, text.find('\n')), title));
  std::array<std::string_view, N> lines;
  for (std::size_t i = 0; i < N; ++i) {
    const std::size_t end = text.find('\n');
    if (end == std::string_view::npos) {
      return refuse(i + 1, "is missing");
    }
    lines[i] = text.substr(0, end);
    text.remove_prefix(end + 1);
  }
  if (!text.empty()) {
    return refuse(N + 1, "nothing follows the keys");
  }
  return lines;
}

Result<std::uint64_t> parse_size(std::string_view line) {
  const auto size = parse_integer<std::uint64_t>(line);
  return size ? Result<std::uint64_t>(*size)
              : refuse(2, "the size is not a decimal number without leading zeros");
}

HeadTrust judge_entry(const Keyring::Entry& entry, const TreeHead& head) {
  if (head.tree.size < entry.size_from || head.tree.size >= entry.size_end) {
    return HeadTrust::RetiredKey;
  }
  return entry.key.name() == head.origin ? HeadTrust::Trusted : HeadTrust::WrongOrigin;
}

}  // namespace

std::string print_first_key(const FirstKey& first) {
  return fmt::format("{}{}\n{}\n{}\n", first_key_title.text, text_version, first.size,
                     first.key.to_string());
}

bool is_of_first_key(std::string_view text) noexcept {
  return text.starts_with(first_key_title.text);
}

Result<FirstKey> parse_first_key(std::string_view text) {
  CAIRN_TRY(const auto lines, split_lines<3>(text, first_key_title));
  CAIRN_TRY(const std::uint64_t size, parse_size(lines[1]));
  CAIRN_TRY(VerifierKey key, parse_key_line(lines[2], 3));
  return FirstKey{.size = size, .key = std::move(key)};
}

Note sign_first_key(std::uint64_t size, const SignerKey& key) {
  const std::string text = print_first_key({.size = size, .key = key.verifier()});
  return {.text = text, .signatures = {key.sign(text)}};
}

bool is_signed_by(const Note& note, const VerifierKey& key) noexcept {
  return std::ranges::any_of(note.signatures, [&](const NoteSignature& signature) {
    return key.verifies(note.text, signature);
  });
}

std::string print_rotation(const KeyRotation& rotation) {
  return fmt::format("{}{}\n{}\n{}\n{}\n", rotation_title.text, text_version, rotation.size,
                     rotation.retiring.to_string(), rotation.successor.to_string());
}

Result<KeyRotation> parse_rotation(std::string_view text) {
  CAIRN_TRY(const auto lines, split_lines<4>(text, rotation_title));
  CAIRN_TRY(const std::uint64_t size, parse_size(lines[1]));
  CAIRN_TRY(VerifierKey retiring, parse_key_line(lines[2], 3));
  CAIRN_TRY(VerifierKey successor, parse_key_line(lines[3], 4));
  if (retiring.name() != successor.name()) {
    return refuse(4, "the successor has another name");
  }
  if (retiring == successor) {
    return refuse(4, "the successor is the same key");
  }
  return KeyRotation{
      .size = size, .retiring = std::move(retiring), .successor = std::move(successor)};
}

Note sign_rotation(std::uint64_t size, const SignerKey& retiring, const SignerKey& successor) {
  CAIRN_CHECK(retiring.verifier().name() == successor.verifier().name());
  CAIRN_CHECK(retiring.verifier() != successor.verifier());
  const std::string text = print_rotation(
      {.size = size, .retiring = retiring.verifier(), .successor = successor.verifier()});
  return {.text = text, .signatures = {retiring.sign(text), successor.sign(text)}};
}

Note sign_head(const TreeHead& head, const SignerKey& key) {
  CAIRN_CHECK(head.origin == key.verifier().name());
  const std::string text = print_head(head);
  return {.text = text, .signatures = {key.sign(text)}};
}

Result<> Keyring::trust(VerifierKey key) {
  if (std::ranges::find(entries_, key, &Entry::key) != entries_.end()) {
    return fail(Errc::AlreadyExists, fmt::format("the key {} is in the ring", key.to_string()));
  }
  entries_.push_back({.key = std::move(key)});
  return {};
}

Result<> Keyring::rotate(const Note& note) {
  CAIRN_TRY(KeyRotation rotation, parse_rotation(note.text));
  const auto retiring = std::ranges::find(entries_, rotation.retiring, &Entry::key);
  if (retiring == entries_.end()) {
    return fail(Errc::NotFound, "the retiring key is not in the ring");
  }
  for (const VerifierKey* const key : {&rotation.retiring, &rotation.successor}) {
    if (!is_signed_by(note, *key)) {
      return fail(Errc::PermissionDenied, fmt::format("{} has not signed it", key->to_string()));
    }
  }
  if (retiring->size_end != no_end) {
    return fail(Errc::Conflict, fmt::format("the retiring key has a successor from size {} on",
                                            retiring->size_end));
  }
  if (rotation.size <= retiring->size_from) {
    return fail(Errc::Conflict, fmt::format("size {} is not above {}, where the retiring key began",
                                            rotation.size, retiring->size_from));
  }
  if (std::ranges::find(entries_, rotation.successor, &Entry::key) != entries_.end()) {
    return fail(Errc::AlreadyExists, "the successor is in the ring");
  }
  retiring->size_end = rotation.size;
  entries_.push_back({.key = std::move(rotation.successor), .size_from = rotation.size});
  return {};
}

HeadTrust Keyring::judge(const Note& note, const TreeHead& head) const {
  // The best of all signatures; but one that is wrong outweighs them.
  HeadTrust trust = HeadTrust::UnknownKey;
  for (const NoteSignature& signature : note.signatures) {
    const auto entry = std::ranges::find_if(
        entries_, [&](const Entry& known) { return known.key.is_meant_by(signature); });
    if (entry == entries_.end()) {
      continue;
    }
    if (!entry->key.verifies(note.text, signature)) {
      return HeadTrust::WrongSignature;
    }
    const HeadTrust now = judge_entry(*entry, head);
    const bool is_better = now == HeadTrust::Trusted || trust == HeadTrust::UnknownKey ||
                           trust == HeadTrust::RetiredKey;
    trust = is_better && trust != HeadTrust::Trusted ? now : trust;
  }
  return trust;
}

}  // namespace cairn::journal
