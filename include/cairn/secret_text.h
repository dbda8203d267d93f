// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <string>
#include <string_view>

namespace cairn {

/// Text that must not show: a token, a password, a private key. It has to be revealed by name to be
/// used, nothing prints it, and it wipes itself. Whoever makes one of a text that is kept elsewhere
/// too wipes that.
class SecretText final {
 public:
  SecretText() = default;
  explicit SecretText(std::string value) noexcept;

  SecretText(SecretText&& other) noexcept;
  SecretText& operator=(SecretText&& other) noexcept;
  ~SecretText();

  [[nodiscard]] bool empty() const noexcept { return value_.empty(); }

  [[nodiscard]] std::string_view reveal() const noexcept { return value_; }

 private:
  std::string value_;
};

}  // namespace cairn
