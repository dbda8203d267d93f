// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstdint>
#include <vector>

#include "execution/transaction.h"
#include "state/state.h"

namespace cairn::execution {

/// Where in the bytes of a command there are keys of rows: its Ids, and texts of the very type of a
/// record's natural key. So the memory of rows can be asked for before anybody looks for them.
/// Hints only: what they miss or mistake costs time and nothing else. Worked out once for a domain;
/// immutable.
class KeyHints final {
 public:
  explicit KeyHints(const state::Plan& plan);

  /// Asks for the places in the indexes that a command's keys have.
  void prefetch_places(const state::State& state, const Command& command) const noexcept;
  /// The same for the rows, once their places are at hand.
  void prefetch_rows(const state::State& state, const Command& command) const noexcept;

 private:
  /// A piece of a command's bytes.
  struct Piece {
    enum class Kind : std::uint8_t {
      Fixed,  ///< `size` bytes
      Sized,  ///< a text or bytes with its size before it
    };

    Kind kind = Kind::Fixed;
    std::uint16_t record = state::no_record;  ///< whose key it is
    std::uint32_t size = 0;
  };

  struct CommandHints {
    std::uint16_t kind = 0;
    std::vector<Piece> pieces;  ///< up to the last key
  };

  static std::vector<Piece> pieces_of(const state::Plan& plan, const StructInfo& command);
  static bool add(const state::Plan& plan, const TypeInfo& type, std::vector<Piece>& pieces);
  [[nodiscard]] const CommandHints* hints_of(std::uint16_t kind) const noexcept;
  template <typename Visit>
  void visit(const state::State& state, const Command& command, const Visit& visit) const noexcept;

  std::vector<CommandHints> commands_;  ///< by kind
};

}  // namespace cairn::execution
