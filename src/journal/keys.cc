// SPDX-License-Identifier: Apache-2.0
#include "journal/keys.h"

#include <algorithm>
#include <array>

#include <fmt/core.h>

#include "base/check.h"
#include "base/limits.h"
#include "base/sha256.h"
#include "base/text.h"
#include "journal/note_base64.h"

namespace cairn::journal {

namespace {

constexpr std::string_view private_start = "PRIVATE+KEY+";
constexpr std::byte ed25519_type{1};
constexpr std::size_t id_digits = 8;

std::uint32_t id_of(std::string_view name, const PublicKey& key) {
  Sha256Hasher hasher;
  hasher.update(std::as_bytes(std::span(name)));
  const std::array separator = {std::byte{'\n'}, ed25519_type};
  hasher.update(separator);
  hasher.update(key.bytes);
  const Digest digest = hasher.finish();
  std::uint32_t id = 0;
  for (std::size_t i = 0; i < sizeof(id); ++i) {
    id = id << 8U | std::to_integer<std::uint32_t>(digest.bytes[i]);
  }
  return id;
}

/// "name+id+base64 of the type's byte and the key's 32", behind `start`. Leaves no copy of the key:
/// what `fmt` prints goes through a buffer that nobody wipes, and so does what grows.
std::string print_key(std::string_view start, const VerifierKey& key,
                      std::span<const std::byte, 32> bytes) {
  std::array<std::byte, 1 + bytes.size()> typed = {ed25519_type};
  std::ranges::copy(bytes, typed.begin() + 1);
  std::string base64 = to_base64(typed);
  const std::string id = fmt::format("+{:08x}+", key.id());
  std::string text;
  text.reserve(start.size() + key.name().size() + id.size() + base64.size());
  text.append(start).append(key.name()).append(id).append(base64);
  wipe_bytes(typed);
  wipe_bytes(std::as_writable_bytes(std::span(base64)));
  return text;
}

struct KeyParts {
  std::string_view name;
  std::string_view id;
};

/// The type's byte and the key's.
Result<> take_typed(std::span<const std::byte> bytes, std::span<std::byte, 32> out) {
  if (bytes.front() != ed25519_type) {
    return fail(Errc::Unsupported, fmt::format("type {} of the key; only Ed25519, 1, is known",
                                               std::to_integer<int>(bytes.front())));
  }
  if (bytes.size() != 1 + out.size()) {
    return fail(Errc::Corrupt, "the key does not have 32 bytes");
  }
  std::ranges::copy(bytes.subspan(1), out.begin());
  return {};
}

/// Errors here never quote the text: it may be a private key. The key's bytes go to `out` alone.
Result<KeyParts> parse_parts(std::string_view text, std::span<std::byte, 32> out) {
  const std::size_t name_end = text.find('+');
  const std::size_t id_end =
      name_end == std::string_view::npos ? name_end : text.find('+', name_end + 1);
  if (id_end == std::string_view::npos) {
    return fail(Errc::Corrupt, "a key is written name+id+base64");
  }
  const KeyParts parts{.name = text.substr(0, name_end),
                       .id = text.substr(name_end + 1, id_end - name_end - 1)};
  if (!is_key_name(parts.name)) {
    return fail(Errc::Corrupt, "the key's name is not one");
  }
  std::array<std::byte, sizeof(std::uint32_t)> id;
  if (parts.id.size() != id_digits || !from_hex(parts.id, id)) {
    return fail(Errc::Corrupt, "the key's id is not eight lower-case hexadecimal digits");
  }
  auto bytes = from_base64(text.substr(id_end + 1));
  if (!bytes || bytes->empty()) {
    return fail(Errc::Corrupt, "the key is not canonical base64");
  }
  const Result<> taken = take_typed(*bytes, out);
  wipe_bytes(*bytes);
  return taken ? Result<KeyParts>(parts) : fail(taken.error());
}

Result<> check_id(const VerifierKey& key, std::string_view id) {
  if (fmt::format("{:08x}", key.id()) != id) {
    return fail(Errc::Corrupt,
                fmt::format("the key's id is {}, and name and key make {:08x}", id, key.id()));
  }
  return {};
}

Result<> check_file_size(std::string_view text) {
  if (text.size() > key_file_bytes_max) {
    return fail(Errc::TooLarge, fmt::format("{} bytes; the limit of a key file is {}", text.size(),
                                            key_file_bytes_max));
  }
  return {};
}

}  // namespace

VerifierKey::VerifierKey(std::string name, const PublicKey& key)
    : name_(std::move(name)), key_(key), id_(id_of(name_, key)) {
  CAIRN_CHECK(is_key_name(name_));
}

Result<VerifierKey> VerifierKey::parse(std::string_view text) {
  PublicKey bytes;
  CAIRN_TRY(const KeyParts parts, parse_parts(text, bytes.bytes));
  VerifierKey key(std::string(parts.name), bytes);
  CAIRN_TRY(check_id(key, parts.id));
  return key;
}

std::string VerifierKey::to_string() const {
  return print_key({}, *this, key_.bytes);
}

bool VerifierKey::verifies(std::string_view text, const NoteSignature& signature) const noexcept {
  Signature bytes;
  if (!is_meant_by(signature) || signature.bytes.size() != bytes.bytes.size()) {
    return false;
  }
  std::ranges::copy(signature.bytes, bytes.bytes.begin());
  return verify(key_, std::as_bytes(std::span(text)), bytes);
}

SignerKey::SignerKey(std::string name, const Seed& seed)
    : seed_(seed), secret_(seed_), verifier_(std::move(name), secret_.public_key()) {}

SignerKey::SignerKey(SignerKey&& other) noexcept
    : seed_(other.seed_), secret_(std::move(other.secret_)), verifier_(std::move(other.verifier_)) {
  wipe_bytes(other.seed_);
}

SignerKey& SignerKey::operator=(SignerKey&& other) noexcept {
  if (this != &other) {
    seed_ = other.seed_;
    secret_ = std::move(other.secret_);
    verifier_ = std::move(other.verifier_);
    wipe_bytes(other.seed_);
  }
  return *this;
}

SignerKey::~SignerKey() {
  wipe_bytes(seed_);
}

SignerKey SignerKey::generate(std::string name, sys::Random& random) {
  Seed seed;
  random.fill(seed);
  SignerKey key(std::move(name), seed);
  wipe_bytes(seed);
  return key;
}

Result<SignerKey> SignerKey::parse(std::string_view text) {
  if (!text.starts_with(private_start)) {
    return fail(Errc::Corrupt, "a private key starts with PRIVATE+KEY+");
  }
  Seed seed;
  const auto parts = parse_parts(text.substr(private_start.size()), seed);
  if (!parts) {
    return fail(parts.error());
  }
  SignerKey key(std::string(parts->name), seed);
  wipe_bytes(seed);
  CAIRN_TRY(check_id(key.verifier(), parts->id));
  return key;
}

SecretText SignerKey::to_text() const {
  return SecretText(print_key(private_start, verifier_, seed_));
}

NoteSignature SignerKey::sign(std::string_view text) const {
  CAIRN_SLOW_CHECK(check_note_text(text).has_value());
  const Signature signature = secret_.sign(std::as_bytes(std::span(text)));
  return {.name = verifier_.name(),
          .key_id = verifier_.id(),
          .bytes = {signature.bytes.begin(), signature.bytes.end()}};
}

Result<std::vector<VerifierKey>> parse_key_file(std::string_view text) {
  CAIRN_TRY(check_file_size(text));
  std::vector<VerifierKey> keys;
  for (std::size_t number = 1; number == 1 || !text.empty(); ++number) {
    const std::string at = fmt::format("line {}", number);
    const std::size_t end = text.find('\n');
    if (end == std::string_view::npos) {
      return fail(Error(Errc::Truncated, "no line feed ends it").at(at));
    }
    auto key = VerifierKey::parse(text.substr(0, end));
    if (!key) {
      return fail(std::move(key).error().at(at));
    }
    if (std::ranges::find(keys, *key) != keys.end()) {
      return fail(Error(Errc::AlreadyExists, "the key is given twice").at(at));
    }
    keys.push_back(*std::move(key));
    text.remove_prefix(end + 1);
  }
  return keys;
}

Result<SignerKey> parse_signer_file(std::string_view text) {
  CAIRN_TRY(check_file_size(text));
  if (!text.ends_with('\n')) {
    return fail(Errc::Truncated, "no line feed ends the private key");
  }
  return SignerKey::parse(text.substr(0, text.size() - 1));
}

}  // namespace cairn::journal
