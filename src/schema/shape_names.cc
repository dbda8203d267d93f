// SPDX-License-Identifier: Apache-2.0
#include "schema/shape_names.h"

#include <fmt/core.h>

#include "schema/names.h"

namespace cairn::schema {

namespace {

/// Depth first, so that what is held comes before what holds it. Depth is bounded by the schema's
/// rules.
class Order final {
 public:
  void add(const StructInfo& structure) {
    if (!seen_.insert(structure.name).second) {
      return;
    }
    for (const FieldInfo& field : structure.fields) {
      add_held(*field.type);
    }
    order_.push_back(&structure);
  }

  std::vector<const StructInfo*> take() { return std::move(order_); }

 private:
  void add_held(const TypeInfo& type) {
    if (type.structure != nullptr) {
      add(*type.structure);
    }
    if (type.element != nullptr) {
      add_held(*type.element);
    }
  }

  std::set<std::string_view> seen_;
  std::vector<const StructInfo*> order_;
};

}  // namespace

std::vector<const StructInfo*> structs_inner_first(const Schema& schema) {
  Order order;
  for (const auto list : {schema.structs(), schema.domain().records, schema.domain().commands,
                          schema.domain().events}) {
    for (const StructInfo* structure : list) {
      order.add(*structure);
    }
  }
  return order.take();
}

Result<> Scope::add(const std::string& name, std::string_view language) {
  if (!names_.insert(name).second) {
    return fail(Errc::AlreadyExists,
                fmt::format("two declarations would be named {} in {}", quoted(name), language));
  }
  return {};
}

}  // namespace cairn::schema
