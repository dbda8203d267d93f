// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstddef>
#include <optional>

#include "cairn/plugin.h"

namespace cairn::plugin {

/// How many plugins may be loaded at a time. The C table has no place for a pointer of the host's,
/// so each plugin has functions of its own that know where its table lies.
inline constexpr std::size_t plugins_max = 64;

/// The place of one plugin at the border. Whatever its functions do, what comes out of the table
/// here is what `cairn/plugin.h` allows: a C++ exception that runs out of it becomes a fault with
/// its text, and so does an answer that is none. Claimed and released on any thread; calls are made
/// by one thread at a time, or at least not across claim and release.
class BorderSlot final {
 public:
  /// None when all are taken. Requires: a table whose functions stay until the slot is released.
  static std::optional<BorderSlot> claim(const cairn_domain& domain);

  BorderSlot(BorderSlot&& other) noexcept;
  BorderSlot& operator=(BorderSlot&& other) noexcept;
  BorderSlot(const BorderSlot&) = delete;
  BorderSlot& operator=(const BorderSlot&) = delete;
  ~BorderSlot();

  /// The guarded functions, and nothing else: the rest of the table is empty. A function that the
  /// plugin lacks is null here too.
  [[nodiscard]] cairn_domain functions() const;

 private:
  explicit BorderSlot(std::size_t index) noexcept : index_(index) {}

  std::size_t index_ = plugins_max;
};

}  // namespace cairn::plugin
