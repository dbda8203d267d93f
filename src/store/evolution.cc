// SPDX-License-Identifier: Apache-2.0
#include "store/evolution.h"

#include <algorithm>
#include <string>
#include <utility>

#include <fmt/format.h>

#include "schema/drift.h"

namespace cairn::store {

namespace {

/// The struct that the domain reads a version of an event with; null when it has none.
const StructInfo* reader_of(const StructInfo& event, std::uint16_t version) noexcept {
  const StructInfo* form = &event;
  while (form != nullptr && form->version != version) {
    form = form->older;
  }
  return form;
}

Result<> check_event(const schema::SchemaPair& schemas, const StructInfo& stored,
                     const StructInfo& event) {
  const StructInfo* const reads = reader_of(event, stored.version);
  if (reads == nullptr) {
    return fail(
        Error(Errc::Conflict,
              fmt::format("event {}: the store has it in version {}, the domain in version {}, and "
                          "nothing makes one of the other",
                          event.name, stored.version, event.version))
            .advise(fmt::format(
                "keep the older struct, as `struct {0}V{1} {{ ...; using schema = Event<{2}, {1}>; "
                "}};`, say `Event<{2}, {3}, Was<{0}V{1}>>` in the newer one, or have the versions "
                "between say it, and write `{0} upcast(const {0}V{1}& older)`",
                event.name, stored.version, stored.kind, event.version)));
  }
  const std::string problem = unreadable_as(schemas, stored, *reads);
  if (!problem.empty()) {
    return fail(Error(Errc::Conflict,
                      fmt::format("event {}: {} is not what the store has as version {}: {}",
                                  event.name, reads->name, stored.version, problem))
                    .advise("the files in the store's folder `schema` say how it has it"));
  }
  return {};
}

}  // namespace

TypeVersions::TypeVersions(const journal::Schemas& schemas) {
  for (std::uint32_t number = 1; number <= schemas.in_force(); ++number) {
    std::vector<std::uint16_t>& versions = by_schema_.emplace_back();
    for (const StructInfo* const event : schemas.find(number)->domain().events) {
      versions.resize(std::max<std::size_t>(versions.size(), std::size_t{event->kind} + 1));
      versions[event->kind] = event->version;
    }
  }
}

Result<> check_evolution(const journal::Schemas& had, const schema::Schema& schema,
                         const DomainInfo& domain) {
  const schema::Schema* const there = had.find(had.in_force());
  if (there != nullptr && there->fingerprint() != schema.fingerprint()) {
    const schema::DriftReport report = compare(*there, schema);
    if (report.verdict_when_upcast() != schema::Verdict::Compatible) {
      return fail(
          Error(Errc::Conflict, fmt::format("the store has another schema:\n{}", report.to_text()))
              .advise("open it with the schema it has, or one that only adds to it or raises the "
                      "versions of events"));
    }
  }
  for (std::uint32_t number = 1; number <= had.in_force(); ++number) {
    const schema::Schema& older = *had.find(number);
    for (const StructInfo* const event : domain.events) {
      const StructInfo* const stored = older.event(event->kind);
      if (stored != nullptr && stored->version != event->version) {
        CAIRN_TRY(check_event({.older = older, .newer = schema}, *stored, *event));
      }
    }
  }
  return {};
}

}  // namespace cairn::store
