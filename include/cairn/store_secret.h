// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstdint>
#include <optional>
#include <span>
#include <string_view>
#include <type_traits>

#include "cairn/byte_writer.h"
#include "cairn/check_use.h"
#include "cairn/error.h"
#include "cairn/reflect.h"
#include "cairn/secret.h"
#include "cairn/store_types.h"
#include "cairn/submitted.h"
#include "cairn/upcast.h"

/// Secrets in the events of a store: each is sealed for one field of one kind of event at one
/// coordinate, and opens nowhere else. `Store<D>` has the calls; docs/store.md teaches them.
namespace cairn::store {

/// Where a secret in an event belongs, as docs/formats/keyring.md writes it. Refers to the entity.
class SecretSpot final {
 public:
  SecretSpot(At at, std::uint16_t kind, std::string_view field) : entity_(at.entity) {
    writer_.u16(kind);
    writer_.sized_bytes(std::as_bytes(std::span(field)));
    writer_.bytes(std::as_bytes(std::span(at.scope)));
  }

  [[nodiscard]] SecretPlace view() const noexcept {
    return {.entity = entity_, .associated = writer_.written()};
  }

 private:
  std::string_view entity_;
  GrowingByteWriter writer_;
};

/// What `&Event::field` names, when it is a secret in an event of domain D.
template <typename D, auto Field>
struct SecretField {
  using Event = reflect::ClassOf<Field>;
  using Sealed = std::remove_cv_t<reflect::MemberOf<Field>>;
  static_assert(check::EventListed<D, Event>::ok);
  static_assert(cairn::detail::is_secret<Sealed>,
                "cairn: this field is no secret; declare it as Secret<T>");
  using Value = typename Sealed::value_type;

  static SecretSpot spot(At at) {
    return {at, static_cast<std::uint16_t>(Event::schema::kind),
            reflect::field_names<Event>[reflect::member_index<Field>]};
  }

  /// The field of an event that the store has shown, in whatever version it was stored.
  template <typename Shown>
  static Result<Sealed> in(const Shown& event) {
    if (event.kind != Event::schema::kind) {
      return fail(Errc::InvalidArgument, "the event is of another kind than the field");
    }
    GrowingByteWriter room;
    CAIRN_TRY(const auto bytes,
              (cairn::detail::as_now<D, Event>(event.bytes, event.type_version, room)));
    return (*Decoded<Event>::template from<D>(bytes)).*Field;
  }
};

}  // namespace cairn::store
