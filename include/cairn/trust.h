// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstdint>

namespace cairn {

/// How much of what a domain says and gives is believed. Whoever hands a domain to its host says
/// which; nothing in the domain's own table does. It never changes what a domain that does right
/// comes to: both give the same transactions.
enum class Trust : std::uint8_t {
  /// Nothing. The schema is what the table says in words; its descriptor is not looked at. Every
  /// value is looked at before it is used. For domains from shared objects, and for tables that
  /// are written by hand.
  Checked,
  /// The types. The table is the `domain_entry<D>` of a domain that was compiled into this program
  /// with this version of Cairn: its descriptor is what its types are. Values are looked at only
  /// where C++ lets a program make what is none: an enum by a cast, a text or a list by writing to
  /// what it points at.
  Compiled,
};

}  // namespace cairn
