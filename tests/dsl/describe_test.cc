// SPDX-License-Identifier: Apache-2.0
#include <string_view>

#include <gtest/gtest.h>

#include "tests/dsl/shop.h"

namespace cairn {
namespace {

constexpr const DomainInfo& shop_info = domain_info<shop::Shop>();

TEST(Describe, TheDescriptionIsAConstant) {
  // Readable at compile time, so it lies in constant storage.
  static_assert(shop_info.name == "shop" && shop_info.version == 3);
  static_assert(shop_info.records.size() == 4 && shop_info.commands.size() == 4);
  static_assert(shop_info.rejects.size() == 5 && shop_info.rejects[3].detail->name == "Shortfall");
}

TEST(Describe, FieldsHaveTheirPlaceInMemory) {
  // Offsets, sizes and alignments are those of the compiler.
  const StructInfo& order = *shop_info.records[1];
  EXPECT_EQ(order.name, "Order");
  EXPECT_EQ(order.memory_size, sizeof(shop::Order));
  EXPECT_EQ(order.fields[3].name, "edits");
  EXPECT_EQ(order.fields[3].offset, offsetof(shop::Order, edits));
  EXPECT_EQ(order.fields[4].type->kind, TypeKind::Option);
  EXPECT_EQ(order.fields[4].type->element->record, "Order");
  const TypeInfo& name = *shop_info.records[0]->fields[3].type;
  EXPECT_EQ(name.kind, TypeKind::Secret);
  EXPECT_EQ(name.element->kind, TypeKind::Str);
  EXPECT_EQ(name.memory_size, sizeof(Secret<Str<64>>));
}

TEST(Describe, IndexesAreTheKeyThenFieldsThenDeclaredOnes) {
  // Names of declared indexes are made of their fields.
  const StructInfo& order = *shop_info.records[1];
  ASSERT_EQ(order.indexes.size(), 4U);
  EXPECT_EQ(order.indexes[0].name, "id");
  EXPECT_TRUE(order.indexes[0].is_unique);
  EXPECT_EQ(order.indexes[1].name, "region");
  EXPECT_EQ(order.indexes[2].name, "by_status_price");
  EXPECT_EQ(order.indexes[2].fields[0], 5);
  EXPECT_EQ(order.indexes[2].fields[1], 1);
  EXPECT_EQ(order.indexes[3].name, "by_id");
  EXPECT_FALSE(order.indexes[3].is_unique);
  EXPECT_TRUE(shop_info.records[2]->indexes[1].is_unique);
}

TEST(Describe, MachinesListTheirTransitionsAsDeclared) {
  // Initial state, order, guards; and the states by name.
  const FieldInfo& status = shop_info.records[1]->fields[5];
  EXPECT_EQ(status.role, FieldRole::State);
  EXPECT_EQ(status.type->enumeration->name, "Order.Status");
  ASSERT_EQ(status.machine->transitions.size(), 4U);
  EXPECT_EQ(status.machine->initial, 0);
  EXPECT_TRUE(status.machine->transitions[3].guarded);
  EXPECT_FALSE(status.machine->transitions[2].guarded);
  EXPECT_EQ(status.type->enumeration->values[2].name, "Shipped");
}

TEST(Describe, EdgesSayWhatTheirEndsAllow) {
  // Positions of the records, cardinality, what is required, what erase does.
  const EdgeInfo& part_of = shop_info.edges[1];
  EXPECT_EQ(part_of.name, "part_of");
  EXPECT_EQ(part_of.inverse, "lines");
  EXPECT_EQ(part_of.source, 2);
  EXPECT_EQ(part_of.target, 1);
  EXPECT_EQ(part_of.source_cardinality, Cardinality::Many);
  EXPECT_EQ(part_of.target_cardinality, Cardinality::One);
  EXPECT_TRUE(part_of.target_required);
  EXPECT_FALSE(part_of.source_required);
  EXPECT_EQ(part_of.on_erase, OnErase::Cascade);
}

TEST(Describe, EventsRulesAndSizes) {
  // Whom an event is about; what gates and invariants are about; how large encodings get.
  ASSERT_EQ(shop_info.events[0]->about.size(), 1U);
  EXPECT_EQ(shop_info.events[0]->about[0], 0);
  EXPECT_EQ(shop_info.invariants[0].name, "price_is_positive");
  EXPECT_EQ(shop_info.invariants[0].subject, "Order");
  EXPECT_EQ(shop_info.invariants[2].subject, "");
  EXPECT_EQ(shop_info.gates[0].subject, "Place");
  EXPECT_EQ(shop_info.events[0]->encoded_size_max, 16U);
  EXPECT_EQ(shop_info.commands[0]->encoded_size_max, encoded_size_max<shop::Join>);
  EXPECT_EQ(shop_info.commands[1]->encoded_size_max, encoded_size_max<shop::Place>);
}

}  // namespace
}  // namespace cairn
