// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <array>
#include <cstddef>
#include <cstdint>
#include <span>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "base/log.h"
#include "base/sign.h"
#include "cairn/error.h"
#include "journal/note.h"
#include "sys/randomness.h"

namespace cairn::journal {

/// The public half of a key that signs notes. Its text is `name+id+base64`, as C2SP's signed-note
/// and its tools have it. A plain value.
class VerifierKey final {
 public:
  /// Requires: `is_key_name(name)`.
  VerifierKey(std::string name, const PublicKey& key);

  /// Reads exactly what `to_string` writes. Unsupported for a key that is not Ed25519.
  static Result<VerifierKey> parse(std::string_view text);

  [[nodiscard]] std::string to_string() const;

  [[nodiscard]] const std::string& name() const noexcept { return name_; }

  [[nodiscard]] std::uint32_t id() const noexcept { return id_; }

  /// Whether the signature claims to be by this key.
  [[nodiscard]] bool is_meant_by(const NoteSignature& signature) const noexcept {
    return signature.key_id == id_ && signature.name == name_;
  }

  /// Whether it is.
  [[nodiscard]] bool verifies(std::string_view text, const NoteSignature& signature) const noexcept;

  friend bool operator==(const VerifierKey&, const VerifierKey&) = default;

 private:
  std::string name_;
  PublicKey key_;
  std::uint32_t id_;
};

/// The half that signs. Its text is `PRIVATE+KEY+name+id+base64`, as Go's note tools have it. Wipes
/// itself; cannot be copied.
class SignerKey final {
 public:
  /// A new key. Requires: `is_key_name(name)`.
  static SignerKey generate(std::string name, sys::Random& random);
  /// Reads exactly what `to_text` writes.
  static Result<SignerKey> parse(std::string_view text);

  [[nodiscard]] SecretText to_text() const;

  [[nodiscard]] const VerifierKey& verifier() const noexcept { return verifier_; }

  /// Requires: `check_note_text(text)`.
  [[nodiscard]] NoteSignature sign(std::string_view text) const;

  SignerKey(SignerKey&& other) noexcept;
  SignerKey& operator=(SignerKey&& other) noexcept;
  ~SignerKey();

 private:
  using Seed = std::array<std::byte, SecretKey::seed_bytes>;

  SignerKey(std::string name, const Seed& seed);

  Seed seed_;
  SecretKey secret_;
  VerifierKey verifier_;
};

/// A file of public keys: one text a line, each ended by a line feed. The error names the line; a
/// key given twice is refused, and so is a file without keys.
Result<std::vector<VerifierKey>> parse_key_file(std::string_view text);

/// A file of one private key: its text and a line feed.
Result<SignerKey> parse_signer_file(std::string_view text);

}  // namespace cairn::journal
