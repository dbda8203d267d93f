// SPDX-License-Identifier: Apache-2.0
// A domain in C, which is not believed: it does to its host what a typed domain cannot. Its schema
// is that of the shop of the tests.
#include <array>
#include <cstring>
#include <functional>
#include <limits>
#include <stdexcept>
#include <string>
#include <utility>
#include <vector>

#include <gtest/gtest.h>

#include "state/checkpoint.h"
#include "state/delta.h"
#include "tests/dsl/shop.h"
#include "tests/execution/rig.h"

namespace cairn::execution {
namespace {

using Code = std::function<std::int32_t(const cairn_host&, cairn_call*)>;
using Rule = std::function<std::int32_t(const cairn_host&, cairn_call*, const cairn_change*)>;

// What the functions of the domain do now; they get no other way to know.
Code& code() {
  static Code now;
  return now;
}

Rule& invariant_rule() {
  static Rule now;
  return now;
}

Code& gate_rule() {
  static Code now;
  return now;
}

/// What functions of the domain keep from one call to another, as none should.
struct Kept {
  cairn_call* call = nullptr;
  cairn_call* before = nullptr;
  std::byte* memory = nullptr;
};

Kept& kept() {
  static Kept now;
  return now;
}

std::int32_t execute_c(const cairn_host* host, cairn_call* call, std::uint16_t /*kind*/,
                       cairn_bytes /*command*/) {
  return code()(*host, call);
}

std::int32_t invariant_c(const cairn_host* host, cairn_call* /*before*/, cairn_call* after,
                         std::uint16_t /*invariant*/, const cairn_change* change) {
  return invariant_rule() ? invariant_rule()(*host, after, change) : std::int32_t{CAIRN_ACCEPTED};
}

// NOLINTNEXTLINE(readability-function-size): the parameters are those of the C table.
std::int32_t guard_c(const cairn_host* /*host*/, cairn_call* /*call*/, std::uint16_t /*record*/,
                     cairn_row /*row*/, std::uint16_t /*field*/, std::int64_t /*from*/,
                     std::int64_t /*to*/) {
  return CAIRN_ACCEPTED;
}

// NOLINTNEXTLINE(readability-function-size): the parameters are those of the C table.
std::int32_t gate_c(const cairn_host* host, cairn_call* before, cairn_call* after,
                    std::uint16_t /*gate*/, std::uint16_t /*kind*/, cairn_bytes /*command*/) {
  kept().before = before;
  return gate_rule() ? gate_rule()(*host, after) : std::int32_t{CAIRN_ACCEPTED};
}

const cairn_domain& domain() {
  static const std::string idl = [] {
    const auto schema = schema::Schema::from_domain(domain_info<shop::Shop>());
    return schema->idl();
  }();
  static const cairn_domain made = {.size = sizeof(cairn_domain),
                                    .abi_version = CAIRN_ABI_VERSION,
                                    .name = "shop",
                                    .descriptor = nullptr,
                                    .idl = {.data = idl.data(), .size = idl.size()},
                                    .execute = &execute_c,
                                    .guard = &guard_c,
                                    .invariant = &invariant_c,
                                    .gate = &gate_c,
                                    .upcast = nullptr,
                                    .migrate = nullptr,
                                    .describe = nullptr,
                                    .layout = {}};
  return made;
}

constexpr std::uint16_t customers = 0;
constexpr std::uint16_t orders = 1;
constexpr std::uint16_t lines = 2;
constexpr std::uint16_t part_of = 1;

cairn_bytes bytes_of(const std::string& text) {
  return {.data = text.data(), .size = text.size()};
}

/// The memory of a record, all zero but what a test puts in.
struct alignas(16) Memory {
  std::array<std::byte, 512> bytes = {};

  template <typename T>
  void put(std::size_t offset, const T& value) {
    std::memcpy(bytes.data() + offset, &value, sizeof(value));
  }
};

struct Untrusted : ::testing::Test {
  void SetUp() override {
    code() = {};
    invariant_rule() = {};
    gate_rule() = {};
    kept() = {};
    run([&](const cairn_host& host, cairn_call* call) -> std::int32_t {
      Memory customer;
      customer.put(0, std::uint64_t{1});
      cairn_row row = nullptr;
      EXPECT_EQ(host.create(call, customers, customer.bytes.data(), &row), CAIRN_OK);
      for (std::uint64_t id = 1; id <= 2; ++id) {
        Memory order;
        order.put(0, id);
        EXPECT_EQ(host.create(call, orders, order.bytes.data(), &row), CAIRN_OK);
      }
      return CAIRN_ACCEPTED;
    });
  }

  const Transaction& run(Code now) {
    code() = std::move(now);
    return rig.execute({.kind = 4, .bytes = {}});
  }

  /// The code faults like this, nothing of it stays, and the next command works.
  void expect_fault(FaultKind kind, const Code& now) {
    const std::string before = rig.content();
    const std::string text = dump(rig.state);
    const Transaction& done = run(now);
    EXPECT_EQ(to_string(done.outcome), "faulted");
    EXPECT_EQ(to_string(done.fault), to_string(kind)) << done.text;
    EXPECT_EQ(rig.content(), before);
    EXPECT_EQ(dump(rig.state), text);
    const Transaction& next = run([&](const cairn_host& host, cairn_call* call) -> std::int32_t {
      void* memory = nullptr;
      EXPECT_EQ(host.edit(call, orders, order(host, call, 1), &memory), CAIRN_OK);
      return CAIRN_ACCEPTED;
    });
    EXPECT_EQ(to_string(next.outcome), "accepted") << next.text;
  }

  /// One call that has to give this status, and the fault that follows although the domain goes on.
  void expect_status(std::int32_t status, FaultKind kind, const Code& call_once) {
    expect_fault(kind, [&](const cairn_host& host, cairn_call* call) -> std::int32_t {
      EXPECT_EQ(call_once(host, call), status);
      return CAIRN_ACCEPTED;
    });
  }

  static cairn_row order(const cairn_host& host, cairn_call* call, std::uint64_t id) {
    std::array<std::byte, 8> key = {};
    const std::uint64_t big = std::byteswap(id);
    std::memcpy(key.data(), &big, sizeof(big));
    cairn_row row = nullptr;
    EXPECT_LE(host.find(call, orders, 0, {.data = key.data(), .size = key.size()}, &row),
              CAIRN_ABSENT);
    return row;
  }

  std::size_t offset(std::uint16_t record, std::uint16_t field) {
    return rig.plan.record(record).fields()[field].offset;
  }

  Rig rig = Rig(domain(), Trust::Checked);
};

TEST_F(Untrusted, ResultsThatAreNoneAreFaults) {
  // Unknown results, a fault without a word, an exception that crosses, and bytes that are no text.
  expect_fault(FaultKind::Misused, [](const cairn_host&, cairn_call*) { return 7; });
  expect_fault(FaultKind::Misused, [](const cairn_host&, cairn_call*) { return -1; });
  expect_fault(FaultKind::Threw,
               [](const cairn_host&, cairn_call*) -> std::int32_t { return CAIRN_FAULTED; });
  expect_fault(FaultKind::Threw, [](const cairn_host&, cairn_call*) -> std::int32_t {
    throw std::runtime_error("across the border");
  });
  const Transaction& done = run([](const cairn_host& host, cairn_call* call) -> std::int32_t {
    const std::string text = "\xff bad " + std::string(5000, 'x');
    host.fault(call, 0, bytes_of(text));
    return CAIRN_FAULTED;
  });
  EXPECT_TRUE(is_utf8(done.text));
  EXPECT_LE(done.text.size(), 256U);
  EXPECT_EQ(done.text.substr(0, 5), "? bad");
}

TEST_F(Untrusted, RejectionsHaveToBeDeclared) {
  // An unknown code, code 0, a detail where none is declared, one cut short, and a proper one.
  const auto reject = [](std::uint16_t as, const std::string& detail) -> Code {
    return [as, detail](const cairn_host& host, cairn_call* call) -> std::int32_t {
      host.reject(call, as, bytes_of(detail));
      return CAIRN_REJECTED;
    };
  };
  expect_fault(FaultKind::Undeclared, reject(99, ""));
  expect_fault(FaultKind::Undeclared, reject(0, ""));
  expect_fault(FaultKind::Undeclared,
               [](const cairn_host&, cairn_call*) -> std::int32_t { return CAIRN_REJECTED; });
  expect_fault(FaultKind::Malformed, reject(1, "12345678"));
  expect_fault(FaultKind::Malformed, reject(4, "1234567"));
  expect_fault(FaultKind::Malformed, reject(4, std::string(100'000, '1')));
  EXPECT_EQ(run(reject(4, "12345678")).outcome, OutcomeKind::Rejected);
  EXPECT_EQ(run(reject(1, "")).outcome, OutcomeKind::Rejected);
}

TEST_F(Untrusted, RowsHaveToBeValues) {
  // A text longer than its place, one that is no UTF-8, a state that is not the first, an enum
  // value that is not declared, an option that is neither.
  const auto create = [](std::uint16_t record, const Memory& memory) -> Code {
    return [record, memory](const cairn_host& host, cairn_call* call) {
      cairn_row row = nullptr;
      return host.create(call, record, memory.bytes.data(), &row);
    };
  };
  Memory customer;
  customer.put(0, std::uint64_t{5});
  customer.put(offset(customers, 1), std::uint16_t{65});
  expect_status(CAIRN_MALFORMED, FaultKind::Malformed, create(customers, customer));
  customer.put(offset(customers, 1), std::uint16_t{1});
  customer.put(offset(customers, 1) + 2, '\xff');
  expect_status(CAIRN_MALFORMED, FaultKind::Malformed, create(customers, customer));
  Memory order;
  order.put(0, std::uint64_t{5});
  order.put(offset(orders, 5), std::uint8_t{1});
  expect_status(CAIRN_MALFORMED, FaultKind::Malformed, create(orders, order));
  order.put(offset(orders, 5), std::uint8_t{200});
  expect_status(CAIRN_MALFORMED, FaultKind::Malformed, create(orders, order));
  order.put(offset(orders, 5), std::uint8_t{0});
  order.put(offset(orders, 4) + 8, std::uint8_t{2});
  expect_status(CAIRN_MALFORMED, FaultKind::Malformed, create(orders, order));
  expect_status(CAIRN_UNDECLARED, FaultKind::Undeclared, create(99, order));
}

TEST_F(Untrusted, BytesBehindAValueDoNotCount) {
  // A row whose text has rubbish behind it is the same as one without: a copy that got the delta
  // agrees, and setting the same text again changes nothing.
  state::State replica(rig.plan);
  state::Writer follower(replica);
  Memory customer;
  customer.put(0, std::uint64_t{5});
  customer.put(offset(customers, 1), std::uint16_t{1});
  customer.put(offset(customers, 1) + 2, std::array{'a', 'r', 'u', 'b', 'b', 'i', 's', 'h'});
  const Transaction& made = run([&](const cairn_host& host, cairn_call* call) -> std::int32_t {
    cairn_row row = nullptr;
    return host.create(call, customers, customer.bytes.data(), &row);
  });
  ASSERT_EQ(made.outcome, OutcomeKind::Accepted) << made.text;
  const Transaction& set = run([&](const cairn_host& host, cairn_call* call) -> std::int32_t {
    cairn_row row = nullptr;
    const std::string key("\0\0\0\0\0\0\0\5", 8);
    EXPECT_EQ(host.find(call, customers, 0, bytes_of(key), &row), CAIRN_OK);
    return host.set(call, customers, row, 1, customer.bytes.data() + offset(customers, 1));
  });
  EXPECT_EQ(set.outcome, OutcomeKind::Accepted) << set.text;
  EXPECT_TRUE(set.delta.empty());
}

TEST_F(Untrusted, FieldsAreSetAsTheyAreDeclared) {
  // A key, an immutable, a state, a field that is not there, a text that is too long; transitions
  // that are not declared.
  const auto set = [&](std::uint16_t field, const Memory& memory) -> Code {
    return [&rig_order = order, field, memory](const cairn_host& host, cairn_call* call) {
      return host.set(call, orders, rig_order(host, call, 1), field, memory.bytes.data());
    };
  };
  Memory value;
  value.put(0, std::uint64_t{9});
  expect_status(CAIRN_UNDECLARED, FaultKind::Undeclared, set(0, value));
  expect_status(CAIRN_UNDECLARED, FaultKind::Undeclared, set(5, value));
  expect_status(CAIRN_UNDECLARED, FaultKind::Undeclared, set(99, value));
  value.put(0, std::uint16_t{17});
  expect_status(CAIRN_MALFORMED, FaultKind::Malformed, set(2, value));
  const auto become = [](std::uint16_t field, std::int64_t state) -> Code {
    return [field, state](const cairn_host& host, cairn_call* call) {
      return host.become(call, orders, order(host, call, 1), field, state);
    };
  };
  expect_status(CAIRN_UNDECLARED, FaultKind::Undeclared, become(5, 2));
  expect_status(CAIRN_UNDECLARED, FaultKind::Undeclared, become(5, 1'000'000));
  expect_status(CAIRN_UNDECLARED, FaultKind::Undeclared, become(1, 1));
  expect_status(CAIRN_UNDECLARED, FaultKind::Undeclared, become(99, 1));
}

TEST_F(Untrusted, WhatIsManagedIsNotWrittenThroughEdit) {
  // The key, an indexed field, a unique one, a state: each is put back, whether the command is
  // accepted or not, and the indexes still find what is there.
  const auto write = [&](std::size_t at, std::int32_t result) -> Code {
    return [at, result](const cairn_host& host, cairn_call* call) -> std::int32_t {
      void* memory = nullptr;
      EXPECT_EQ(host.edit(call, orders, order(host, call, 1), &memory), CAIRN_OK);
      static_cast<std::byte*>(memory)[at] ^= std::byte{0x5};
      static_cast<void>(order(host, call, 2));
      return result;
    };
  };
  for (const std::uint16_t field : std::array<std::uint16_t, 5>{0, 1, 2, 5, 6}) {
    SCOPED_TRACE(field);
    expect_fault(FaultKind::ManagedField, write(offset(orders, field), CAIRN_ACCEPTED));
    const std::string before = dump(rig.state);
    run(write(offset(orders, field), CAIRN_FAULTED));
    EXPECT_EQ(dump(rig.state), before);
  }
}

TEST_F(Untrusted, PlainFieldsHaveToHoldValuesInTheEnd) {
  // An option that is neither, written through edit.
  expect_fault(FaultKind::Malformed, [&](const cairn_host& host, cairn_call* call) -> std::int32_t {
    void* memory = nullptr;
    EXPECT_EQ(host.edit(call, orders, order(host, call, 1), &memory), CAIRN_OK);
    static_cast<std::byte*>(memory)[offset(orders, 4) + 8] = std::byte{1};  // refers to order 0
    static_cast<std::byte*>(memory)[offset(orders, 4)] = std::byte{1};      // to order 1
    static_cast<std::byte*>(memory)[offset(orders, 4) + 8] = std::byte{9};
    return CAIRN_ACCEPTED;
  });
}

TEST_F(Untrusted, WrongRowsAreStale) {
  // None, one of another record, one that was erased, one whose creation was rolled back.
  const auto edit = [](const cairn_host& host, cairn_call* call, cairn_row row) {
    void* memory = nullptr;
    return host.edit(call, orders, row, &memory);
  };
  expect_status(CAIRN_STALE, FaultKind::Stale, [&](const cairn_host& host, cairn_call* call) {
    return edit(host, call, nullptr);
  });
  expect_status(CAIRN_STALE, FaultKind::Stale, [&](const cairn_host& host, cairn_call* call) {
    void* memory = nullptr;
    return host.edit(call, lines, order(host, call, 1), &memory);
  });
  expect_status(CAIRN_STALE, FaultKind::Stale, [&](const cairn_host& host, cairn_call* call) {
    const cairn_row row = order(host, call, 1);
    EXPECT_EQ(host.erase(call, orders, row), CAIRN_OK);
    return edit(host, call, row);
  });
  expect_status(CAIRN_STALE, FaultKind::Stale, [&](const cairn_host& host, cairn_call* call) {
    std::uint64_t mark = 0;
    EXPECT_EQ(host.savepoint(call, &mark), CAIRN_OK);
    Memory memory;
    memory.put(0, std::uint64_t{9});
    cairn_row row = nullptr;
    EXPECT_EQ(host.create(call, orders, memory.bytes.data(), &row), CAIRN_OK);
    EXPECT_EQ(host.roll_back(call, mark), CAIRN_OK);
    return edit(host, call, row);
  });
  expect_status(CAIRN_STALE, FaultKind::Stale, [&](const cairn_host& host, cairn_call* call) {
    return host.link(call, part_of, order(host, call, 1), order(host, call, 1));
  });
  expect_status(CAIRN_STALE, FaultKind::Stale,
                [&](const cairn_host& host, cairn_call* call) { return host.roll_back(call, 3); });
}

TEST_F(Untrusted, PositionsThatAreNotThereAreUndeclared) {
  // Records, indexes, edges, directions and kinds.
  const std::vector<Code> calls = {
      [](const cairn_host& host, cairn_call* call) {
        cairn_row row = nullptr;
        return host.find(call, 99, 0, {}, &row);
      },
      [](const cairn_host& host, cairn_call* call) {
        cairn_row row = nullptr;
        return host.find(call, orders, 1, {}, &row);  // not unique
      },
      [](const cairn_host& host, cairn_call* call) {
        std::uint64_t id = 0;
        return host.new_id(call, lines, &id);  // not numbered
      },
      [](const cairn_host& host, cairn_call* call) {
        const cairn_scan request = {
            .record = orders, .index = 77, .direction = 0, .lower = {}, .upper = {}};
        std::uint64_t entries = 0;
        return host.count(call, &request, &entries);
      },
      [](const cairn_host& host, cairn_call* call) {
        const cairn_scan request = {
            .record = orders, .index = 1, .direction = 7, .lower = {}, .upper = {}};
        cairn_cursor cursor = {};
        cairn_row row = nullptr;
        return host.scan(call, &request, &cursor, &row);
      },
      [](const cairn_host& host, cairn_call* call) {
        cairn_cursor cursor = {};
        cairn_row row = nullptr;
        return host.follow(call, 99, 0, order(host, call, 1), &cursor, &row);
      },
      [](const cairn_host& host, cairn_call* call) {
        cairn_cursor cursor = {};
        cairn_row row = nullptr;
        return host.follow(call, part_of, 7, order(host, call, 1), &cursor, &row);
      },
      [](const cairn_host& host, cairn_call* call) {
        return host.unlink(call, 99, order(host, call, 1), order(host, call, 1));
      },
      [](const cairn_host& host, cairn_call* call) {
        cairn_event_place place = {};
        return host.emit(call, 99, {}, nullptr, &place);
      },
      [](const cairn_host& host, cairn_call* call) { return host.schedule(call, 1, 99, {}); },
  };
  for (const Code& each : calls) {
    expect_status(CAIRN_UNDECLARED, FaultKind::Undeclared, each);
  }
}

TEST_F(Untrusted, BytesHaveToBeValues) {
  // Events and commands cut short, sizes without an address, keys that are too long.
  expect_status(CAIRN_MALFORMED, FaultKind::Malformed,
                [](const cairn_host& host, cairn_call* call) {
                  cairn_event_place place = {};
                  return host.emit(call, 1, bytes_of(std::string(3, '\0')), nullptr, &place);
                });
  expect_status(CAIRN_MALFORMED, FaultKind::Malformed,
                [](const cairn_host& host, cairn_call* call) {
                  cairn_event_place place = {};
                  return host.emit(call, 1, {.data = nullptr, .size = 16}, nullptr, &place);
                });
  expect_status(CAIRN_MALFORMED, FaultKind::Malformed,
                [](const cairn_host& host, cairn_call* call) {
                  return host.schedule(call, 1, 3, bytes_of(std::string(9, '\0')));
                });
  expect_status(CAIRN_MALFORMED, FaultKind::Malformed,
                [](const cairn_host& host, cairn_call* call) {
                  cairn_row row = nullptr;
                  return host.find(call, orders, 0, bytes_of(std::string(5000, 'k')), &row);
                });
  const Transaction& done = run([](const cairn_host& host, cairn_call* call) -> std::int32_t {
    cairn_row row = nullptr;
    EXPECT_EQ(host.find(call, orders, 0, {.data = nullptr, .size = 8}, &row), CAIRN_ABSENT);
    EXPECT_EQ(host.find(call, orders, 0, bytes_of("123"), &row), CAIRN_ABSENT);
    cairn_event_place place = {};
    return host.emit(call, 1, bytes_of(std::string(16, '\0')), nullptr, &place);
  });
  EXPECT_EQ(done.outcome, OutcomeKind::Accepted) << done.text;
}

TEST_F(Untrusted, MemoryIsNotGivenWithoutEnd) {
  // Sizes that overflow a sum, and many small ones.
  expect_fault(FaultKind::OverBudget, [](const cairn_host& host, cairn_call* call) -> std::int32_t {
    EXPECT_NE(host.take_memory(call, 100), nullptr);
    EXPECT_EQ(host.take_memory(call, std::numeric_limits<std::size_t>::max() - 50), nullptr);
    EXPECT_NE(host.take_memory(call, 100), nullptr);
    return CAIRN_ACCEPTED;
  });
  expect_fault(FaultKind::OverBudget, [](const cairn_host& host, cairn_call* call) -> std::int32_t {
    while (void* const memory = host.take_memory(call, 100'000)) {
      std::memset(memory, 1, 100'000);
    }
    return CAIRN_ACCEPTED;
  });
}

TEST_F(Untrusted, CursorsMayHoldAnything) {
  // Scans and walks with cursors that no walk left behind give rows that are there, or a status.
  const Transaction& done = run([](const cairn_host& host, cairn_call* call) -> std::int32_t {
    const cairn_scan request = {
        .record = orders, .index = 1, .direction = CAIRN_FORWARD, .lower = {}, .upper = {}};
    cairn_cursor real = {};
    cairn_row row = nullptr;
    EXPECT_EQ(host.scan(call, &request, &real, &row), CAIRN_OK);
    cairn_scan other = request;
    other.index = 2;
    EXPECT_EQ(host.scan(call, &other, &real, &row), CAIRN_STALE);
    for (std::uint64_t i = 0; i < 64; ++i) {
      const std::uint64_t many = i % 2 == 0 ? i : ~std::uint64_t{0} - i;
      cairn_cursor cursor = {.place = {many, i * 7, many ^ 1U, i}};
      EXPECT_LE(host.scan(call, &request, &cursor, &row), CAIRN_STALE);
      cursor = {.place = {i % 3, many, many, i}};
      EXPECT_LE(host.follow(call, part_of, CAIRN_IN, order(host, call, 1), &cursor, &row),
                CAIRN_STALE);
    }
    return CAIRN_ACCEPTED;
  });
  EXPECT_EQ(done.fault, FaultKind::Stale);
}

TEST_F(Untrusted, AScanThatFoundNothingStartsAnew) {
  // A cursor that has given no row keeps no place, and one at the end goes on behind the last row.
  const Transaction& done = run([](const cairn_host& host, cairn_call* call) -> std::int32_t {
    const std::string far(8, '\xff');
    const cairn_scan nothing = {.record = orders,
                                .index = 1,
                                .direction = CAIRN_FORWARD,
                                .lower = bytes_of(far),
                                .upper = {}};
    cairn_cursor cursor = {};
    cairn_row row = nullptr;
    EXPECT_EQ(host.scan(call, &nothing, &cursor, &row), CAIRN_ABSENT);
    EXPECT_EQ(row, nullptr);
    const cairn_scan all = {
        .record = orders, .index = 1, .direction = CAIRN_FORWARD, .lower = {}, .upper = {}};
    EXPECT_EQ(host.scan(call, &all, &cursor, &row), CAIRN_OK);
    EXPECT_EQ(host.scan(call, &all, &cursor, &row), CAIRN_OK);
    EXPECT_EQ(host.scan(call, &all, &cursor, &row), CAIRN_ABSENT);
    EXPECT_EQ(host.scan(call, &all, &cursor, &row), CAIRN_ABSENT);
    Memory order;
    order.put(0, std::uint64_t{9});
    EXPECT_EQ(host.create(call, orders, order.bytes.data(), &row), CAIRN_OK);
    const cairn_row made = row;
    EXPECT_EQ(host.scan(call, &all, &cursor, &row), CAIRN_OK);
    EXPECT_EQ(row, made);
    return CAIRN_ACCEPTED;
  });
  EXPECT_EQ(done.outcome, OutcomeKind::Accepted) << done.text;
}

TEST_F(Untrusted, AScanWhoseBoundsOrWayChangeGoesOnFromTheRowGivenLast) {
  // A walk remembers its place in the index; asked for other bounds or the other way it must give
  // what looking for the place anew would give.
  const Transaction& done = run([](const cairn_host& host, cairn_call* call) -> std::int32_t {
    constexpr std::uint8_t first_id = 100;
    const auto key_of = [](std::uint8_t id) {
      std::string bytes(8, '\0');
      bytes.back() = static_cast<char>(first_id + id);
      return bytes;
    };
    std::array<cairn_row, 6> made = {};
    for (std::size_t i = 1; i < made.size(); ++i) {
      Memory order;
      order.put(0, std::uint64_t{first_id} + i);
      EXPECT_EQ(host.create(call, orders, order.bytes.data(), &made.at(i)), CAIRN_OK);
    }
    const std::string one = key_of(1);
    const std::string three = key_of(3);
    cairn_scan low = {.record = orders,
                      .index = 3,
                      .direction = CAIRN_FORWARD,
                      .lower = bytes_of(one),
                      .upper = bytes_of(three)};
    cairn_cursor cursor = {};
    cairn_row row = nullptr;
    EXPECT_EQ(host.scan(call, &low, &cursor, &row), CAIRN_OK);
    EXPECT_EQ(host.scan(call, &low, &cursor, &row), CAIRN_OK);
    EXPECT_EQ(row, made[2]);
    EXPECT_EQ(host.scan(call, &low, &cursor, &row), CAIRN_ABSENT);
    low.upper = {};
    EXPECT_EQ(host.scan(call, &low, &cursor, &row), CAIRN_OK);
    EXPECT_EQ(row, made[3]);  // not the one behind the row that was out of bounds
    low.direction = CAIRN_BACKWARD;
    EXPECT_EQ(host.scan(call, &low, &cursor, &row), CAIRN_OK);
    EXPECT_EQ(row, made[2]);
    EXPECT_EQ(host.erase(call, orders, made[2]), CAIRN_OK);
    low.direction = CAIRN_FORWARD;
    EXPECT_EQ(host.scan(call, &low, &cursor, &row), CAIRN_OK);
    EXPECT_EQ(row, made[3]);
    return CAIRN_ACCEPTED;
  });
  EXPECT_EQ(done.outcome, OutcomeKind::Accepted) << done.text;
}

TEST_F(Untrusted, RulesMayLookAndNotTouch) {
  // A gate and an invariant that try to change something fault, even when they say yes.
  const auto change = [](const cairn_host& host, cairn_call* call) -> std::int32_t {
    std::uint64_t id = 0;
    EXPECT_EQ(host.new_id(call, orders, &id), CAIRN_READ_ONLY);
    std::uint64_t mark = 0;
    EXPECT_EQ(host.savepoint(call, &mark), CAIRN_READ_ONLY);
    void* memory = nullptr;
    EXPECT_EQ(host.edit(call, orders, order(host, call, 1), &memory), CAIRN_READ_ONLY);
    return CAIRN_ACCEPTED;
  };
  const Code nothing = [](const cairn_host&, cairn_call*) -> std::int32_t {
    return CAIRN_ACCEPTED;
  };
  gate_rule() = change;
  EXPECT_EQ(run(nothing).fault, FaultKind::ReadOnly);
  gate_rule() = {};
  invariant_rule() = [&](const cairn_host& host, cairn_call* call, const cairn_change*) {
    return change(host, call);
  };
  EXPECT_EQ(run(nothing).fault, FaultKind::ReadOnly);
  invariant_rule() = [](const cairn_host&, cairn_call*, const cairn_change*) -> std::int32_t {
    throw std::runtime_error("in an invariant");
  };
  EXPECT_EQ(run(nothing).fault, FaultKind::Threw);
  invariant_rule() = {};
  EXPECT_EQ(run(nothing).outcome, OutcomeKind::Accepted);
}

TEST_F(Untrusted, AnswersOfRulesThatMeanNothingAreFaults) {
  // Neither yes nor no nor a fault: the rule is named; a fault without a word gets one.
  const auto answer = [](std::int32_t with) -> Code {
    return [with](const cairn_host&, cairn_call*) { return with; };
  };
  const auto rule = [](std::int32_t with) -> Rule {
    return [with](const cairn_host&, cairn_call*, const cairn_change*) { return with; };
  };
  const auto expect = [&](FaultKind kind, std::string_view text) {
    const std::string before = rig.content();
    const Transaction& done = run(answer(CAIRN_ACCEPTED));
    EXPECT_EQ(to_string(done.outcome), "faulted");
    EXPECT_EQ(to_string(done.fault), to_string(kind));
    EXPECT_EQ(done.text, text);
    EXPECT_EQ(rig.content(), before);
    gate_rule() = {};
    invariant_rule() = {};
    EXPECT_EQ(run(answer(CAIRN_ACCEPTED)).outcome, OutcomeKind::Accepted);
  };
  gate_rule() = answer(-1);
  expect(FaultKind::Misused, "gate price_limit answered -1, which means nothing");
  gate_rule() = answer(CAIRN_FAULTED);
  expect(FaultKind::Threw, "the domain gave no reason");
  invariant_rule() = rule(7);
  expect(FaultKind::Misused, "invariant orders_are_few answered 7, which means nothing");
  invariant_rule() = rule(CAIRN_REJECTED);
  expect(FaultKind::Invariant, "invariant orders_are_few does not hold");
}

TEST_F(Untrusted, RulesChangeNothingThroughWhatAHandlerKept) {
  // The handler keeps the memory of a row that it edited, created or erased, and its call. A rule
  // writes to a plain field, to the key, to an indexed field, to a state, whatever it says then; or
  // it calls the host as the handler did. All of it is a fault, and taken back.
  const auto keep_edited = [](const cairn_host& host, cairn_call* call) -> std::int32_t {
    void* memory = nullptr;
    EXPECT_EQ(host.edit(call, orders, order(host, call, 1), &memory), CAIRN_OK);
    kept() = {.call = call, .memory = static_cast<std::byte*>(memory)};
    return CAIRN_ACCEPTED;
  };
  const auto keep_created = [](const cairn_host& host, cairn_call* call) -> std::int32_t {
    Memory memory;
    memory.put(0, std::uint64_t{9});
    cairn_row row = nullptr;
    EXPECT_EQ(host.create(call, orders, memory.bytes.data(), &row), CAIRN_OK);
    kept() = {.call = call, .memory = static_cast<std::byte*>(const_cast<void*>(row))};
    return CAIRN_ACCEPTED;
  };
  const auto keep_erased = [&](const cairn_host& host, cairn_call* call) -> std::int32_t {
    keep_edited(host, call);
    EXPECT_EQ(host.erase(call, orders, order(host, call, 1)), CAIRN_OK);
    return CAIRN_ACCEPTED;
  };
  const auto write = [&](std::uint16_t field, std::int32_t answer) -> Code {
    return [at = offset(orders, field), answer](const cairn_host&, cairn_call*) {
      if (kept().memory != nullptr) {
        std::exchange(kept().memory, nullptr)[at] ^= std::byte{0x11};
      }
      return answer;
    };
  };
  for (const Code& keep : {Code(keep_edited), Code(keep_created), Code(keep_erased)}) {
    for (const std::uint16_t field : std::array<std::uint16_t, 5>{0, 1, 2, 3, 5}) {
      for (const std::int32_t answer : {CAIRN_ACCEPTED, CAIRN_REJECTED}) {
        SCOPED_TRACE(testing::Message() << "field " << field << ", answer " << answer);
        gate_rule() = write(field, answer);
        const std::string before = rig.content();
        const Transaction& done = run(keep);
        EXPECT_EQ(to_string(done.outcome), "faulted");
        EXPECT_EQ(to_string(done.fault), "read_only") << done.text;
        EXPECT_EQ(done.text, "an invariant or a gate wrote to a row of Order");
        EXPECT_EQ(rig.content(), before);
        kept() = {};
        gate_rule() = {};
        run([](const cairn_host& host, cairn_call* call) -> std::int32_t {
          EXPECT_NE(order(host, call, 1), nullptr);
          EXPECT_EQ(order(host, call, 9), nullptr);
          return CAIRN_ACCEPTED;
        });
      }
    }
  }
  gate_rule() = [](const cairn_host& host, cairn_call*) -> std::int32_t {
    if (kept().call != nullptr) {
      std::uint64_t id = 0;
      EXPECT_EQ(host.new_id(kept().call, orders, &id), CAIRN_READ_ONLY);
      EXPECT_EQ(host.erase(kept().call, orders, order(host, kept().call, 1)), CAIRN_READ_ONLY);
      kept() = {};
    }
    return CAIRN_ACCEPTED;
  };
  expect_fault(FaultKind::ReadOnly, keep_edited);
}

TEST_F(Untrusted, TheViewBeforeIsThatOfTheRulesWhoeverLookedThroughIt) {
  // A handler looks through the view before of an earlier command, and then changes the row. Its
  // gate sees the row as the handler found it.
  const auto edits_of = [&](const void* row) {
    std::uint32_t edits = 0;
    std::memcpy(&edits, static_cast<const std::byte*>(row) + offset(orders, 3), sizeof(edits));
    return edits;
  };
  ASSERT_NE(kept().before, nullptr);
  std::uint32_t seen = 99;
  gate_rule() = [&](const cairn_host& host, cairn_call*) -> std::int32_t {
    const cairn_row row = order(host, kept().before, 1);
    seen = row == nullptr ? 98 : edits_of(row);
    return CAIRN_ACCEPTED;
  };
  const Transaction& done = run([&](const cairn_host& host, cairn_call* call) -> std::int32_t {
    EXPECT_EQ(order(host, kept().before, 77), nullptr);
    void* memory = nullptr;
    EXPECT_EQ(host.edit(call, orders, order(host, call, 1), &memory), CAIRN_OK);
    const std::uint32_t edits = 5;
    std::memcpy(static_cast<std::byte*>(memory) + offset(orders, 3), &edits, sizeof(edits));
    return CAIRN_ACCEPTED;
  });
  EXPECT_EQ(done.outcome, OutcomeKind::Accepted) << done.text;
  EXPECT_EQ(seen, 0U);
}

TEST_F(Untrusted, InvariantsAreAskedOfWhatChangedAndNothingElse) {
  // Of two orders one changes and one is written to without change; a row that came and went, and
  // a link that was made and cut, are not asked about. Once for the transaction, always.
  std::vector<std::pair<bool, bool>> asked;
  std::size_t whole = 0;
  invariant_rule() = [&](const cairn_host&, cairn_call*, const cairn_change* change) {
    if (change == nullptr) {
      ++whole;
    } else {
      asked.emplace_back(change->before != nullptr, change->after != nullptr);
    }
    return std::int32_t{CAIRN_ACCEPTED};
  };
  const auto edit = [&](const cairn_host& host, cairn_call* call, std::uint64_t id,
                        std::uint32_t add) {
    void* memory = nullptr;
    EXPECT_EQ(host.edit(call, orders, order(host, call, id), &memory), CAIRN_OK);
    std::uint32_t edits = 0;
    std::memcpy(&edits, static_cast<std::byte*>(memory) + offset(orders, 3), sizeof(edits));
    edits += add;
    std::memcpy(static_cast<std::byte*>(memory) + offset(orders, 3), &edits, sizeof(edits));
  };
  const Transaction& done = run([&](const cairn_host& host, cairn_call* call) -> std::int32_t {
    edit(host, call, 1, 1);
    edit(host, call, 1, 1);
    edit(host, call, 2, 0);
    Memory line;
    cairn_row row = nullptr;
    EXPECT_EQ(host.create(call, lines, line.bytes.data(), &row), CAIRN_OK);
    EXPECT_EQ(host.link(call, part_of, row, order(host, call, 1)), CAIRN_OK);
    EXPECT_EQ(host.erase(call, lines, row), CAIRN_OK);
    return CAIRN_ACCEPTED;
  });
  ASSERT_EQ(done.outcome, OutcomeKind::Accepted) << done.text;
  EXPECT_EQ(whole, 1U);
  EXPECT_EQ(asked, (std::vector<std::pair<bool, bool>>{{true, true}}));
  asked.clear();
  run([&](const cairn_host& host, cairn_call* call) -> std::int32_t {
    Memory line;
    cairn_row row = nullptr;
    EXPECT_EQ(host.create(call, lines, line.bytes.data(), &row), CAIRN_OK);
    EXPECT_EQ(host.link(call, part_of, row, order(host, call, 1)), CAIRN_OK);
    EXPECT_EQ(host.erase(call, orders, order(host, call, 2)), CAIRN_OK);
    return CAIRN_ACCEPTED;
  });
  EXPECT_EQ(asked, (std::vector<std::pair<bool, bool>>{{true, false}, {true, true}}));
}

}  // namespace
}  // namespace cairn::execution
