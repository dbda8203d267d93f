// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <string_view>

#include "cairn/descriptor.h"

/// The enums and nested structs of a domain, found by walking through all of it.
namespace cairn::describe {

/// Calls `visit` with every enum or nested struct that the type holds.
template <typename Visit>
void visit_names(const TypeInfo& type, Visit& visit) {
  if (type.enumeration != nullptr) {
    visit(*type.enumeration);
  }
  if (type.element != nullptr) {
    visit_names(*type.element, visit);
  }
  if (type.structure != nullptr) {
    visit(*type.structure);
    for (const FieldInfo& field : type.structure->fields) {
      visit_names(*field.type, visit);
    }
  }
}

template <typename Visit>
void visit_names(const StructInfo& structure, Visit& visit) {
  for (const FieldInfo& field : structure.fields) {
    visit_names(*field.type, visit);
  }
}

/// The same for all that the domain holds.
template <typename Visit>
void visit_names(const DomainInfo& domain, Visit& visit) {
  for (const auto list : {domain.records, domain.commands, domain.events}) {
    for (const StructInfo* const structure : list) {
      visit_names(*structure, visit);
    }
  }
  for (const RejectInfo& reject : domain.rejects) {
    if (reject.detail != nullptr) {
      visit(*reject.detail);
      visit_names(*reject.detail, visit);
    }
  }
}

/// Keeps the one with the smallest name behind `name`.
template <typename Info>
struct NextByName {
  std::string_view name;
  const Info* next = nullptr;

  void operator()(const Info& info) {
    if (info.name > name && (next == nullptr || info.name < next->name)) {
      next = &info;
    }
  }

  template <typename Other>
  void operator()(const Other& /*of another sort*/) {}
};

/// The one with the next name behind `name`; null when there is none. Slow, and without memory of
/// its own: it looks through the whole domain each time.
template <typename Info>
const Info* next_by_name(const DomainInfo& domain, std::string_view name) {
  NextByName<Info> search = {.name = name};
  visit_names(domain, search);
  return search.next;
}

}  // namespace cairn::describe
