// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <array>
#include <cstddef>
#include <cstdint>
#include <optional>
#include <span>
#include <string_view>

#include "cairn/codec.h"
#include "cairn/error.h"
#include "cairn/scratch.h"
#include "cairn/secret_value.h"

/// Sealing a value under the key of an entity, and opening it again, as long as the key is there.
/// Both happen outside: a domain moves secrets about and never sees into one.
namespace cairn {

/// What a sealed value belongs to. It opens for the same place only.
struct SecretPlace {
  std::string_view entity;  ///< whose key; best a number, for it outlives the key
  /// What else must be the same: the name of the field, say, so that nobody moves the value to
  /// another.
  std::span<const std::byte> associated = {};
};

enum class SecretState : std::uint8_t {
  Open,
  Erased,  ///< its key was destroyed; nobody will ever read it
};

/// Whoever keeps keys, one for each entity. One thread at a time.
class SecretKeys {
 public:
  virtual ~SecretKeys() = default;

  /// Seals under the entity's key, which is on stable storage when this returns; makes one if there
  /// is none. Requires: `sealed` has limits::secret_overhead_bytes more than `plain`.
  virtual Result<> seal(const SecretPlace& place, std::span<const std::byte> plain,
                        std::span<std::byte> sealed) = 0;
  /// Corrupt, and `plain` zero, for what was not sealed for this place; NotFound for a key that was
  /// never here. Requires: `plain` has limits::secret_overhead_bytes less than `sealed`.
  virtual Result<SecretState> open(const SecretPlace& place, std::span<const std::byte> sealed,
                                   std::span<std::byte> plain) = 0;
  /// Destroys the entity's key: all that was sealed under it is erased, wherever it is. False when
  /// there was none. The entity can be given a new key.
  virtual Result<bool> shred(std::string_view entity) = 0;
};

namespace detail {

/// Plain bytes of a secret, for the shortest time.
template <std::size_t N>
struct PlainBytes {
  std::array<std::byte, N> bytes = {};

  PlainBytes() noexcept = default;
  PlainBytes(const PlainBytes&) = delete;
  PlainBytes& operator=(const PlainBytes&) = delete;

  ~PlainBytes() {
    bytes.fill(std::byte{0});
    // The compiler must believe that somebody looks.
    asm volatile("" : : "r"(bytes.data()) : "memory");
  }
};

}  // namespace detail

/// Seals a value, once: before it goes into a command.
template <typename T>
[[nodiscard]] Result<Secret<T>> seal(SecretKeys& keys, const SecretPlace& place, const T& value) {
  detail::PlainBytes<encoded_size_max<T>> plain;
  FixedByteWriter writer(plain.bytes);
  encode(writer, value);
  std::array<std::byte, Secret<T>::sealed_bytes_max> sealed;
  const auto used = std::span(sealed).first(writer.size() + limits::secret_overhead_bytes);
  CAIRN_TRY(keys.seal(place, std::span(plain.bytes).first(writer.size()), used));
  return Secret<T>::from_sealed(used);
}

/// The value, or nothing when it was erased. NotFound for a Secret that nothing was sealed into.
template <typename T>
[[nodiscard]] Result<std::optional<T>> open(SecretKeys& keys, const SecretPlace& place,
                                            const Secret<T>& secret) {
  const auto sealed = secret.view();
  if (sealed.empty()) {
    return fail(Errc::NotFound, "nothing was sealed into this secret");
  }
  if (sealed.size() < limits::secret_overhead_bytes) {
    return fail(Errc::Corrupt, "the sealed value is too short");
  }
  detail::PlainBytes<encoded_size_max<T>> plain;
  const auto used = std::span(plain.bytes).first(sealed.size() - limits::secret_overhead_bytes);
  CAIRN_TRY(const SecretState state, keys.open(place, sealed, used));
  if (state == SecretState::Erased) {
    return std::optional<T>();
  }
  T value = {};
  Scratch nothing_elsewhere;
  CAIRN_TRY(decode(used, nothing_elsewhere, value, "secret"));
  return std::optional<T>(value);
}

}  // namespace cairn
