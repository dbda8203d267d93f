// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstddef>
#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

#include "cairn/error.h"

namespace cairn::journal {

/// One signature line of a note. Name and id together say which key is meant.
struct NoteSignature {
  std::string name;
  std::uint32_t key_id = 0;
  std::vector<std::byte> bytes;

  friend bool operator==(const NoteSignature&, const NoteSignature&) = default;
};

/// A text with signatures, as C2SP's signed-note writes it. The text ends with a line feed, and is
/// what is signed. A plain value; reading one says nothing about who signed it: keys.h does.
struct Note {
  std::string text;
  std::vector<NoteSignature> signatures;

  friend bool operator==(const Note&, const Note&) = default;
};

/// Whether a key may be called so: not empty, valid UTF-8 without white space of any script,
/// control characters and '+'.
[[nodiscard]] bool is_key_name(std::string_view name) noexcept;

/// Requires: what `parse_note` would return.
[[nodiscard]] std::string print_note(const Note& note);

/// Reads exactly what `print_note` writes; bytes may be hostile. The error names line and reason.
Result<Note> parse_note(std::string_view bytes);

/// Whether the text can be signed: valid UTF-8, no control characters but line feeds, the last of
/// which ends it. The error names the line.
Result<> check_note_text(std::string_view text);

}  // namespace cairn::journal
