// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstddef>
#include <string>
#include <string_view>

#include "cairn/error.h"

namespace cairn::schema {

/// A place in a JSON document, kept on the stack while it is read: "$.records[2].fields[0].type".
/// Each holds its parent by pointer, so it costs nothing until an error needs the text.
class Path final {
 public:
  Path() noexcept = default;

  [[nodiscard]] Path member(std::string_view name) const noexcept { return Path(this, name, 0); }

  [[nodiscard]] Path item(std::size_t index) const noexcept { return Path(this, {}, index); }

  [[nodiscard]] std::string to_string() const {
    if (up_ == nullptr) {
      return "$";
    }
    return name_.empty() ? up_->to_string() + '[' + std::to_string(index_) + ']'
                         : up_->to_string() + '.' + std::string(name_);
  }

  /// A failure at this place.
  [[nodiscard]] std::unexpected<Error> fail(Errc code, std::string message) const {
    return cairn::fail(Error(code, std::move(message)).at(to_string()));
  }

 private:
  Path(const Path* up, std::string_view name, std::size_t index) noexcept
      : up_(up), name_(name), index_(index) {}

  const Path* up_ = nullptr;
  std::string_view name_;
  std::size_t index_ = 0;
};

}  // namespace cairn::schema
