// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

#include "cairn/digest.h"
#include "schema/schema.h"

namespace cairn::schema {

/// What a change asks of somebody who opens a journal of the old schema with the new one. From
/// harmless to impossible, so that the verdict over many is the greatest.
enum class Verdict : std::uint8_t { Compatible, NeedsMigration, Forbidden };

enum class ChangeKind : std::uint8_t { Added, Removed, Changed };

/// "compatible", "needs migration", "forbidden".
[[nodiscard]] std::string_view to_string(Verdict verdict) noexcept;
[[nodiscard]] std::string_view to_string(ChangeKind kind) noexcept;

struct Change {
  Verdict verdict = Verdict::Compatible;
  ChangeKind kind = ChangeKind::Changed;
  std::string subject;  ///< "record Account", "record Account, field owner"
  std::string reason;   ///< what changed, and why the verdict
  /// Needs migration, which for this command or event of a higher version is to be upcast on read.
  bool is_upcast = false;
};

/// All differences between two schemas, judged by the table of docs/formats/drift.md. The same two
/// give the same report everywhere.
struct DriftReport {
  std::string old_name;  ///< "bank 1"
  std::string new_name;
  Digest old_fingerprint;
  Digest new_fingerprint;
  std::vector<Change>
      changes;  ///< in the order of the new IDL, what was removed after what is there

  /// Compatible when nothing differs.
  [[nodiscard]] Verdict verdict() const noexcept;

  /// The same for whoever upcasts commands and events.
  [[nodiscard]] Verdict verdict_when_upcast() const noexcept;

  [[nodiscard]] bool is_same() const noexcept { return old_fingerprint == new_fingerprint; }

  /// For people, with a line feed at the end.
  [[nodiscard]] std::string to_text() const;
  /// Canonical JSON.
  [[nodiscard]] std::string to_json() const;
};

[[nodiscard]] DriftReport compare(const Schema& older, const Schema& newer);

/// Whether bytes of an event of the older schema can be read with a struct of a domain that goes
/// with the newer one: field by field, and value by value of their enums. What is in the way;
/// empty: nothing.
struct SchemaPair {
  const Schema& older;
  const Schema& newer;
};

[[nodiscard]] std::string unreadable_as(const SchemaPair& schemas, const StructInfo& stored,
                                        const StructInfo& reads);

}  // namespace cairn::schema
