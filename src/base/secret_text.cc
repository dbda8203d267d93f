// SPDX-License-Identifier: Apache-2.0
#include "cairn/secret_text.h"

#include <span>

#include "base/sign.h"

namespace cairn {

namespace {

/// Also what the library's exchange of a short text leaves behind, and what was cut off.
void wipe(std::string& text) noexcept {
  text.resize(text.capacity());
  wipe_bytes(std::as_writable_bytes(std::span(text)));
  text.clear();
}

}  // namespace

SecretText::SecretText(std::string value) noexcept {
  value_.swap(value);
  wipe(value);
}

SecretText::SecretText(SecretText&& other) noexcept {
  value_.swap(other.value_);
  wipe(other.value_);
}

SecretText& SecretText::operator=(SecretText&& other) noexcept {
  if (this != &other) {
    wipe(value_);
    value_.swap(other.value_);
    wipe(other.value_);
  }
  return *this;
}

SecretText::~SecretText() {
  wipe(value_);
}

}  // namespace cairn
