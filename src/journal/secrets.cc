// SPDX-License-Identifier: Apache-2.0
#include "journal/secrets.h"

#include <algorithm>
#include <array>
#include <vector>

#include <fmt/core.h>

#include "base/check.h"
#include "cairn/byte_reader.h"
#include "cairn/byte_writer.h"
#include "cairn/limits.h"

namespace cairn::journal {

namespace {

constexpr std::uint8_t sealed_version = 1;
constexpr std::size_t head_bytes = 1 + sizeof(std::uint64_t);
static_assert(limits::secret_overhead_bytes == head_bytes + seal_nonce_bytes + seal_tag_bytes);

/// Of one form for one place: the entity has its length in front.
std::vector<std::byte> associated_with(std::span<const std::byte> head, const SecretPlace& place) {
  std::vector<std::byte> bytes(head.size() + varint_size(place.entity.size()) +
                               place.entity.size() + place.associated.size());
  FixedByteWriter writer(bytes);
  writer.bytes(head);
  writer.sized_bytes(std::as_bytes(std::span(place.entity)));
  writer.bytes(place.associated);
  return bytes;
}

}  // namespace

Result<SealedParts> parse_sealed(std::span<const std::byte> bytes) {
  ByteReader reader(bytes);
  const std::uint8_t version = reader.u8("version");
  const std::uint64_t key_id = reader.u64("key id");
  const auto nonce = reader.bytes(seal_nonce_bytes, "nonce");
  const auto sealed = reader.bytes(reader.remaining(), "sealed bytes");
  if (version > sealed_version) {
    return fail(Error(Errc::Unsupported,
                      fmt::format("a sealed value of version {}; this build opens version {}",
                                  version, sealed_version))
                    .advise("use the newer cairn that sealed it"));
  }
  if (reader.failed() || version != sealed_version || key_id == 0 ||
      sealed.size() < seal_tag_bytes) {
    return fail(Errc::Corrupt, "these bytes are no sealed value");
  }
  return SealedParts{.key_id = key_id,
                     .head = bytes.first(head_bytes),
                     .nonce = nonce.first<seal_nonce_bytes>(),
                     .sealed = sealed};
}

Result<> Secrets::seal(const SecretPlace& place, std::span<const std::byte> plain,
                       std::span<std::byte> sealed) {
  CAIRN_CHECK(sealed.size() == plain.size() + limits::secret_overhead_bytes);
  CAIRN_TRY(const SecretKeyring::Held held, keyring_.key_for(place.entity));
  std::array<std::byte, seal_nonce_bytes> nonce;
  random_.fill(nonce);
  FixedByteWriter writer(sealed);
  writer.u8(sealed_version);
  writer.u64(held.id);
  writer.bytes(nonce);
  const std::vector<std::byte> associated = associated_with(sealed.first(head_bytes), place);
  cairn::seal(*held.key, {.nonce = nonce, .associated = associated}, plain,
              sealed.subspan(writer.size()));
  return {};
}

Result<SecretState> Secrets::open(const SecretPlace& place, std::span<const std::byte> sealed,
                                  std::span<std::byte> plain) {
  std::ranges::fill(plain, std::byte{0});
  CAIRN_TRY(const SealedParts parts, parse_sealed(sealed));
  CAIRN_CHECK(parts.sealed.size() == plain.size() + seal_tag_bytes);
  const SecretKeyring::Found found = keyring_.find(place.entity, parts.key_id);
  switch (found.presence) {
    case SecretKeyring::Presence::Shredded:
      return SecretState::Erased;
    case SecretKeyring::Presence::OfAnother:
      return fail(Errc::Corrupt, "the value was sealed for another entity");
    case SecretKeyring::Presence::Unknown:
      return fail(Error(Errc::NotFound,
                        fmt::format("the keyring never had a key with the id {}", parts.key_id))
                      .advise("use the keyring of the journal that the value is from"));
    case SecretKeyring::Presence::Live:
      break;
  }
  const std::vector<std::byte> associated = associated_with(parts.head, place);
  if (!unseal(*found.key, {.nonce = parts.nonce, .associated = associated}, parts.sealed, plain)) {
    return fail(Errc::Corrupt, "the value was changed, or sealed for another place");
  }
  return SecretState::Open;
}

Result<bool> Secrets::shred(std::string_view entity) {
  return keyring_.shred(entity);
}

}  // namespace cairn::journal
