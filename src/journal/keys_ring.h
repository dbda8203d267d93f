// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstdint>
#include <limits>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "cairn/error.h"
#include "journal/keys.h"
#include "journal/note.h"
#include "journal/tree_head.h"

namespace cairn::journal {

/// That a journal has a key which signs its heads: the first one that it has had. Its text is that
/// of a note which the key signs; the note is what the journal records. docs/formats/receipt.md.
struct FirstKey {
  std::uint64_t size = 0;  ///< the first size of the tree whose head it is recorded to sign
  VerifierKey key;

  friend bool operator==(const FirstKey&, const FirstKey&) = default;
};

[[nodiscard]] std::string print_first_key(const FirstKey& first);

/// Whether a text means to be that of a first key, and of no rotation.
[[nodiscard]] bool is_of_first_key(std::string_view text) noexcept;

/// Reads exactly what `print_first_key` writes. Unsupported for a newer version, by number.
Result<FirstKey> parse_first_key(std::string_view text);

[[nodiscard]] Note sign_first_key(std::uint64_t size, const SignerKey& key);

/// A change of the key that signs a journal's heads: from `size` on it is `successor`. Its text is
/// that of a note which both keys sign, the old one to give, the new one to show that it is there.
/// The note is what the journal records. docs/formats/receipt.md.
struct KeyRotation {
  std::uint64_t size = 0;  ///< the first size of the tree whose head the successor signs
  VerifierKey retiring;
  VerifierKey successor;

  friend bool operator==(const KeyRotation&, const KeyRotation&) = default;
};

[[nodiscard]] std::string print_rotation(const KeyRotation& rotation);

/// Reads exactly what `print_rotation` writes. Unsupported for a newer version, by number.
Result<KeyRotation> parse_rotation(std::string_view text);

/// The note of a rotation. Requires: both keys have the same name, and are different.
[[nodiscard]] Note sign_rotation(std::uint64_t size, const SignerKey& retiring,
                                 const SignerKey& successor);

/// Whether one of the signatures is by this key.
[[nodiscard]] bool is_signed_by(const Note& note, const VerifierKey& key) noexcept;

/// A signed head. Requires: the origin is the key's name.
[[nodiscard]] Note sign_head(const TreeHead& head, const SignerKey& key);

/// How far a head can be trusted. Names are part of the command line's contract.
enum class HeadTrust : std::uint8_t {
  Trusted,
  UnknownKey,      ///< no signature is by a key in the ring
  WrongSignature,  ///< one claims to be by a key in the ring, and is not
  RetiredKey,      ///< signed by a key that is not the one for trees of this size
  WrongOrigin,     ///< signed by a key of another journal
};

/// Which keys sign a journal's heads, and for trees of which sizes. A plain value. One thread at a
/// time.
class Keyring final {
 public:
  /// The end of a key without a successor.
  static constexpr std::uint64_t no_end = std::numeric_limits<std::uint64_t>::max();

  struct Entry {
    VerifierKey key;
    std::uint64_t size_from = 0;
    std::uint64_t size_end = no_end;  ///< the first size that it does not sign
  };

  /// Trusts the key for every size: where trust begins. AlreadyExists when it is there.
  Result<> trust(VerifierKey key);

  /// Follows a rotation, in the order of the journal. Refused: a note that is no rotation, a
  /// signature that is missing or wrong, a key that is not in the ring or that has a successor
  /// already, a size not above the one that the key began with, a successor that is known.
  /// On failure: the ring is as before.
  Result<> rotate(const Note& note);

  [[nodiscard]] std::span<const Entry> entries() const noexcept { return entries_; }

  /// Judges the note of a head by all its signatures. Those by unknown keys are ignored; one by a
  /// known key that is wrong makes the whole note untrusted.
  [[nodiscard]] HeadTrust judge(const Note& note, const TreeHead& head) const;

 private:
  std::vector<Entry> entries_;
};

}  // namespace cairn::journal
