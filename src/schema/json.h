// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstddef>
#include <memory>
#include <string>
#include <string_view>
#include <vector>

#include "cairn/descriptor.h"
#include "cairn/error.h"
#include "cairn/scratch.h"

namespace cairn::schema {

/// The longest JSON text of one value that is read, in bytes.
inline constexpr std::size_t json_bytes_max = std::size_t{48} << 20U;

/// Appends the value at `memory` as JSON (docs/formats/values.md), in the one form of RFC 8785.
/// Requires: a valid value of `structure`, or of `type`; Codec::encoded_size says whether it is.
void print_json(const StructInfo& structure, const std::byte* memory, std::string& out);
void print_json(const TypeInfo& type, const std::byte* memory, std::string& out);

/// Appends the value for people to read, fields as declared: `Account{id: 7, owner: "ann", balance:
/// -3, status: Open}`. Not a format.
void print_text(const StructInfo& structure, const std::byte* memory, std::string& out);

/// Reads values from JSON that may be hostile. Keeps the memory of its parser from one text to the
/// next, so keep it. One thread at a time.
class JsonParser final {
 public:
  JsonParser();
  JsonParser(JsonParser&& other) noexcept;
  JsonParser& operator=(JsonParser&& other) noexcept;
  ~JsonParser();

  /// Reads one value into `memory`; its views point into `scratch`. On failure both are as before,
  /// and the error names the JSON path. Requires: memory_size bytes at `memory`, aligned.
  Result<> parse(const StructInfo& structure, std::string_view text, std::byte* memory,
                 Scratch& scratch);

 private:
  struct State;

  std::unique_ptr<State> state_;
};

}  // namespace cairn::schema
