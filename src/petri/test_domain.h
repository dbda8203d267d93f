// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

#include "petri/net.h"
#include "petri/runs.h"
#include "schema/json_tree.h"
#include "schema/random_schema.h"
#include "schema/schema.h"

/// Small domains, runs and nets for the tests of this folder; not part of the product.
namespace cairn::petri {

/// A machine in few words: {"status", "Open Paid Shipped", "Open>Paid Paid?Shipped"}. It begins in
/// the first state; a question mark makes a transition guarded.
struct TestMachine {
  TestMachine(std::string_view of, std::string_view all_states, std::string_view all_steps)
      : field(of), states(all_states), steps(all_steps) {}

  std::string_view field;
  std::string_view states;
  std::string_view steps;
};

/// An edge in few words: {"part_of", "lines", "Line many", "Order one required", "cascade"}.
struct TestEdge {
  TestEdge(std::string_view edge, std::string_view back, std::string_view from, std::string_view to,
           std::string_view rule = "refuse")
      : name(edge), inverse(back), source(from), target(to), on_erase(rule) {}

  std::string_view name;
  std::string_view inverse;
  std::string_view source;
  std::string_view target;
  std::string_view on_erase;
};

/// A domain made of such. Goes through the IDL, where more is lawful than in C++.
class TestDomain final {
 public:
  TestDomain& record(std::string_view name, const std::vector<TestMachine>& machines = {});
  TestDomain& edge(const TestEdge& edge);
  TestDomain& command(std::string_view name);

  /// As an IDL with its fingerprint.
  [[nodiscard]] std::string idl() const;
  [[nodiscard]] schema::Schema schema() const;

 private:
  struct List {
    schema::JsonTree items = schema::JsonTree::array();
    std::uint64_t count = 0;
  };

  List records_;
  List edges_;
  List commands_;
  schema::JsonTree enums_ = schema::JsonTree::array();
  std::vector<std::string> states_;  // one enum for each different text
};

/// Runs of a schema by its names.
class TestRuns final {
 public:
  explicit TestRuns(const schema::Schema& schema) : schema_(schema), runs_(schema) {}

  /// Rows in few words: "+Order:Open" is a new row, "Order:Open>Paid" one that moved, "-Order:Paid"
  /// one that was erased, "=Order:Open" one that was written without moving, "Order:Open" one that
  /// was read, "!Order" one that was not there. States of several machines: "Order:Open,New>Old".
  TestRuns& accepted(std::string_view command, const std::vector<std::string_view>& rows,
                     const std::vector<std::string_view>& linked = {});
  TestRuns& rejected(std::string_view command, const std::vector<std::string_view>& rows);

  [[nodiscard]] const Runs& runs() const noexcept { return runs_; }

 private:
  [[nodiscard]] CommandRun make(std::string_view command,
                                const std::vector<std::string_view>& rows) const;
  [[nodiscard]] RowRun row(std::string_view text) const;

  const schema::Schema& schema_;
  Runs runs_;
};

/// A net in few words: places with their tokens, then transitions: {"a=1 b c=2", "a,b>c c,c>a"}.
[[nodiscard]] Net small_net(std::string_view places, std::string_view transitions);

/// A net of a few places whose tokens never grow in number, so that it can be explored to its end.
[[nodiscard]] Net random_net(schema::Choices& choices);

}  // namespace cairn::petri
