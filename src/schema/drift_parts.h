// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstddef>
#include <string>
#include <string_view>
#include <vector>

#include "schema/drift.h"

namespace cairn::schema {

/// Collects the changes of one comparison.
class Drift final {
 public:
  Drift(const Schema& older, const Schema& newer) noexcept : older_(older), newer_(newer) {}

  [[nodiscard]] const Schema& older() const noexcept { return older_; }

  [[nodiscard]] const Schema& newer() const noexcept { return newer_; }

  void add(Verdict verdict, ChangeKind kind, std::string subject, std::string reason) {
    changes_.push_back({.verdict = verdict,
                        .kind = kind,
                        .subject = std::move(subject),
                        .reason = std::move(reason)});
  }

  void changed(Verdict verdict, std::string subject, std::string reason) {
    add(verdict, ChangeKind::Changed, std::move(subject), std::move(reason));
  }

  [[nodiscard]] std::size_t size() const noexcept { return changes_.size(); }

  /// What came since needs migration only as far as it is to be upcast.
  void upcast_since(std::size_t first) {
    for (std::size_t i = first; i < changes_.size(); ++i) {
      changes_[i].is_upcast = changes_[i].verdict == Verdict::NeedsMigration;
    }
  }

  std::vector<Change> take() { return std::move(changes_); }

 private:
  const Schema& older_;
  const Schema& newer_;
  std::vector<Change> changes_;
};

/// How the stored bytes of one type relate to those of another.
enum class TypeRelation : std::uint8_t {
  Same,
  Wider,  ///< all old bytes are new bytes, with the same meaning
  Other,
};

[[nodiscard]] TypeRelation relate(const Drift& drift, const TypeInfo& older, const TypeInfo& newer);

/// Of two records, commands, events or nested structs that are one and the same: fields, version,
/// keys, machines.
void compare_struct(Drift& drift, std::string_view subject, const StructInfo& older,
                    const StructInfo& newer);

}  // namespace cairn::schema
