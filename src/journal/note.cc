// SPDX-License-Identifier: Apache-2.0
#include "journal/note.h"

#include <algorithm>
#include <utility>

#include <fmt/core.h>

#include "base/limits.h"
#include "cairn/utf8.h"
#include "journal/note_base64.h"

namespace cairn::journal {

namespace {

/// An em dash and a space, in UTF-8.
constexpr std::string_view signature_start = "\xe2\x80\x94 ";
constexpr std::size_t key_id_bytes = 4;

/// Every character with the property White_Space above ASCII, in UTF-8.
constexpr std::string_view wide_spaces[] = {
    "\xc2\x85",     "\xc2\xa0",     "\xe1\x9a\x80", "\xe2\x80\x80", "\xe2\x80\x81",
    "\xe2\x80\x82", "\xe2\x80\x83", "\xe2\x80\x84", "\xe2\x80\x85", "\xe2\x80\x86",
    "\xe2\x80\x87", "\xe2\x80\x88", "\xe2\x80\x89", "\xe2\x80\x8a", "\xe2\x80\xa8",
    "\xe2\x80\xa9", "\xe2\x80\xaf", "\xe2\x81\x9f", "\xe3\x80\x80"};

bool is_control(char c) noexcept {
  return static_cast<unsigned char>(c) < 0x20;
}

/// The number, from 1, of the line that holds the byte at `offset`.
std::size_t line_at(std::string_view text, std::size_t offset) noexcept {
  return 1 + static_cast<std::size_t>(std::ranges::count(text.substr(0, offset), '\n'));
}

std::unexpected<Error> refuse(std::size_t line, std::string_view why) {
  return fail(Errc::Corrupt, fmt::format("line {}: {}", line, why));
}

/// Where the first byte lies that is no valid UTF-8; the size when all are.
std::size_t valid_prefix(std::string_view text) noexcept {
  std::size_t at = 0;
  while (at < text.size()) {
    const std::size_t length = utf8_sequence(text.substr(at));
    if (length == 0) {
      break;
    }
    at += length;
  }
  return at;
}

Result<> check_characters(std::string_view text) {
  if (const std::size_t end = valid_prefix(text); end != text.size()) {
    return refuse(line_at(text, end), "these bytes are no valid UTF-8");
  }
  const auto bad = std::ranges::find_if(text, [](char c) { return is_control(c) && c != '\n'; });
  if (bad != text.end()) {
    return refuse(line_at(text, static_cast<std::size_t>(bad - text.begin())),
                  "a control character is not allowed");
  }
  if (!text.ends_with('\n')) {
    return refuse(line_at(text, text.size()), "the last line does not end with a line feed");
  }
  return {};
}

Result<NoteSignature> parse_signature(std::string_view line, std::size_t number) {
  if (!line.starts_with(signature_start)) {
    return refuse(number, "a signature line starts with an em dash and a space");
  }
  line.remove_prefix(signature_start.size());
  const std::size_t space = line.find(' ');
  if (space == std::string_view::npos) {
    return refuse(number, "there is no signature behind the key's name");
  }
  const std::string_view name = line.substr(0, space);
  if (!is_key_name(name)) {
    return refuse(number, "this cannot be the name of a key");
  }
  auto bytes = from_base64(line.substr(space + 1));
  if (!bytes) {
    return refuse(number, "the signature is not canonical base64");
  }
  if (bytes->size() <= key_id_bytes) {
    return refuse(number, "the signature is too short");
  }
  std::uint32_t id = 0;
  for (std::size_t i = 0; i < key_id_bytes; ++i) {
    id = id << 8U | std::to_integer<std::uint32_t>((*bytes)[i]);
  }
  bytes->erase(bytes->begin(), bytes->begin() + key_id_bytes);
  return NoteSignature{.name = std::string(name), .key_id = id, .bytes = *std::move(bytes)};
}

}  // namespace

bool is_key_name(std::string_view name) noexcept {
  const auto has = [name](std::string_view part) {
    return name.find(part) != std::string_view::npos;
  };
  return !name.empty() && is_utf8(name) && !has(" ") && !has("+") &&
         std::ranges::none_of(name, is_control) && std::ranges::none_of(wide_spaces, has);
}

std::string print_note(const Note& note) {
  std::string out = note.text + '\n';
  for (const NoteSignature& signature : note.signatures) {
    std::vector<std::byte> bytes;
    for (unsigned shift = 32; shift != 0; shift -= 8) {
      bytes.push_back(static_cast<std::byte>(signature.key_id >> (shift - 8)));
    }
    bytes.insert(bytes.end(), signature.bytes.begin(), signature.bytes.end());
    out += fmt::format("{}{} {}\n", signature_start, signature.name, to_base64(bytes));
  }
  return out;
}

Result<> check_note_text(std::string_view text) {
  if (text.size() > note_bytes_max) {
    return fail(Errc::TooLarge,
                fmt::format("{} bytes; the limit is {}", text.size(), note_bytes_max));
  }
  return check_characters(text);
}

Result<Note> parse_note(std::string_view bytes) {
  CAIRN_TRY(check_note_text(bytes));
  const std::size_t split = bytes.rfind("\n\n");
  if (split == std::string_view::npos) {
    return refuse(line_at(bytes, bytes.size() - 1), "no empty line separates text and signatures");
  }
  Note note{.text = std::string(bytes.substr(0, split + 1)), .signatures = {}};
  std::size_t number = line_at(bytes, split + 2);
  std::string_view rest = bytes.substr(split + 2);
  if (rest.empty()) {
    return refuse(number, "there is no signature");
  }
  for (; !rest.empty(); ++number) {
    const std::size_t end = rest.find('\n');
    CAIRN_TRY(NoteSignature signature, parse_signature(rest.substr(0, end), number));
    note.signatures.push_back(std::move(signature));
    rest.remove_prefix(end + 1);
  }
  return note;
}

}  // namespace cairn::journal
