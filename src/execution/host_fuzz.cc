// SPDX-License-Identifier: Apache-2.0
// Arbitrary calls of the host's functions by a domain that is not believed: its handler reads calls
// and their arguments from the input, rows and memory it was given included, and writes into rows
// it was lent. Invariants: nothing aborts, whatever is asked; what is not accepted changes nothing;
// a copy of the state that gets the deltas stays equal.
#include <algorithm>
#include <array>
#include <cstddef>
#include <cstdint>
#include <cstring>
#include <span>
#include <string>
#include <vector>

#include "base/check.h"
#include "state/checkpoint.h"
#include "state/delta.h"
#include "tests/dsl/shop.h"
#include "tests/execution/rig.h"

namespace {

using cairn::OutcomeKind;
using cairn::execution::Rig;
using cairn::execution::Transaction;

/// The input, taken from the front; zeros when it is used up.
class Input final {
 public:
  explicit Input(std::span<const std::byte> bytes) : bytes_(bytes) {}

  [[nodiscard]] bool is_empty() const { return bytes_.empty(); }

  std::uint8_t byte() {
    if (bytes_.empty()) {
      return 0;
    }
    const auto value = std::to_integer<std::uint8_t>(bytes_.front());
    bytes_ = bytes_.subspan(1);
    return value;
  }

  /// A small number, mostly one that is declared.
  std::uint16_t position() {
    const std::uint8_t value = byte();
    return value >= 0xf0 ? static_cast<std::uint16_t>(value * 257U) : value % 7U;
  }

  std::uint64_t number() {
    const std::uint8_t value = byte();
    return value >= 0xf0 ? ~std::uint64_t{0} - byte() : value % 8U;
  }

  cairn_bytes bytes() {
    const std::size_t wanted = byte() % 32U;  // which makes what is left one less
    const std::size_t size = std::min(wanted, bytes_.size());
    const cairn_bytes taken = {.data = bytes_.data(), .size = size};
    bytes_ = bytes_.subspan(size);
    return taken;
  }

 private:
  std::span<const std::byte> bytes_;
};

struct alignas(16) Memory {
  std::array<std::byte, 512> bytes = {};
};

/// Makes calls as the input says. Keeps rows and writable memory from call to call.
class Script final {
 public:
  Script(const cairn_host& host, cairn_call* call, Input& input)
      : host_(host), call_(call), input_(input) {}

  std::int32_t run() {
    for (int i = 0; i < 64 && !input_.is_empty(); ++i) {
      step();
    }
    const std::uint8_t result = input_.byte();
    if (result % 4U == 1) {
      host_.reject(call_, input_.position(), input_.bytes());
    }
    return result % 8U == 7 ? 99 : result % 4U == 1 ? CAIRN_REJECTED : CAIRN_ACCEPTED;
  }

 private:
  cairn_row row() { return rows_.empty() ? nullptr : rows_[input_.byte() % rows_.size()]; }

  void keep(cairn_row row) {
    if (row != nullptr) {
      rows_.push_back(row);
    }
  }

  void fill(Memory& memory) {
    const cairn_bytes bytes = input_.bytes();
    const std::size_t at = input_.byte();
    std::memcpy(memory.bytes.data(), &id_, sizeof(id_));
    if (at < 128) {  // else only the number
      std::memcpy(memory.bytes.data() + at, bytes.data, bytes.size);
    }
    ++id_;
  }

  void step() {
    switch (input_.byte() % 12U) {
      case 0:
        return find();
      case 1:
      case 2:
        return create();
      case 3:
        return write();
      case 4:
        return set();
      case 5:
        static_cast<void>(host_.erase(call_, input_.position(), row()));
        return;
      case 6:
        static_cast<void>(host_.link(call_, input_.position(), row(), row()));
        return;
      case 7:
        static_cast<void>(host_.unlink(call_, input_.position(), row(), row()));
        return;
      case 8:
        return walk();
      case 9:
        return scan();
      case 10:
        return say();
      default:
        return go_back();
    }
  }

  void find() {
    cairn_row found = nullptr;
    const std::uint16_t record = input_.position();
    const std::uint16_t index = input_.position();
    static_cast<void>(host_.find(call_, record, index, input_.bytes(), &found));
    keep(found);
    std::uint64_t id = 0;
    static_cast<void>(host_.new_id(call_, record, &id));
  }

  void create() {
    Memory memory;
    fill(memory);
    cairn_row made = nullptr;
    static_cast<void>(host_.create(call_, input_.position(), memory.bytes.data(), &made));
    keep(made);
  }

  void write() {
    const std::uint16_t record = input_.position();
    void* memory = nullptr;
    if (host_.edit(call_, record, row(), &memory) == CAIRN_OK) {
      lent_.push_back({.memory = static_cast<std::byte*>(memory),
                       .size = cairn::domain_info<shop::Shop>().records[record]->memory_size});
    }
    if (!lent_.empty()) {
      const Lent& place = lent_[input_.byte() % lent_.size()];
      place.memory[input_.byte() % place.size] = static_cast<std::byte>(input_.byte());
    }
  }

  void set() {
    Memory memory;
    fill(memory);
    const std::uint16_t record = input_.position();
    if (input_.byte() % 2U == 0) {
      static_cast<void>(host_.set(call_, record, row(), input_.position(), memory.bytes.data()));
    } else {
      const auto state = static_cast<std::int64_t>(input_.number());
      static_cast<void>(host_.become(call_, record, row(), input_.position(), state));
    }
  }

  void walk() {
    cairn_cursor cursor = {};
    if (input_.byte() % 2U == 0) {
      cursor = {.place = {input_.number(), input_.number(), input_.number(), 0}};
    }
    const std::uint16_t edge = input_.position();
    const std::uint32_t direction = input_.byte() % 3U;
    const cairn_row from = row();
    cairn_row next = nullptr;
    for (int i = 0; i < 4; ++i) {
      if (host_.follow(call_, edge, direction, from, &cursor, &next) != CAIRN_OK) {
        return;
      }
      keep(next);
    }
  }

  void scan() {
    cairn_scan request = {};
    request.record = input_.position();
    request.index = input_.position();
    request.direction = input_.byte() % 3U;
    request.lower = input_.bytes();
    request.upper = input_.bytes();
    cairn_cursor cursor = {};
    if (input_.byte() % 4U == 0) {
      cursor = {.place = {input_.number(), input_.number(), 0, 0}};
    }
    cairn_row next = nullptr;
    for (int i = 0; i < 4 && host_.scan(call_, &request, &cursor, &next) == CAIRN_OK; ++i) {
      keep(next);
    }
    std::uint64_t entries = 0;
    static_cast<void>(host_.count(call_, &request, &entries));
  }

  void say() {
    const cairn_event_place cause = {
        .transaction = input_.number(), .event = input_.byte(), .reserved = 0};
    cairn_event_place place = {};
    const bool caused = input_.byte() % 2U == 0;
    const std::uint16_t kind = input_.position();
    static_cast<void>(host_.emit(call_, kind, input_.bytes(), caused ? &cause : nullptr, &place));
    static_cast<void>(host_.schedule(call_, 5, kind, input_.bytes()));
    static_cast<void>(host_.take_memory(call_, input_.number()));
    host_.fault(call_, input_.byte(), input_.bytes());
  }

  void go_back() {
    std::uint64_t mark = input_.number();
    if (input_.byte() % 2U == 0) {
      static_cast<void>(host_.savepoint(call_, &mark));
    } else {
      static_cast<void>(host_.roll_back(call_, mark));
    }
  }

  /// Memory that was lent; a domain may go on writing to it, whatever became of the row.
  struct Lent {
    std::byte* memory = nullptr;
    std::size_t size = 0;
  };

  const cairn_host& host_;
  cairn_call* call_;
  Input& input_;
  std::vector<cairn_row> rows_;
  std::vector<Lent> lent_;
  std::uint64_t id_ = 1;
};

Input& input() {
  static Input now({});
  return now;
}

std::int32_t execute(const cairn_host* host, cairn_call* call, std::uint16_t /*kind*/,
                     cairn_bytes /*command*/) {
  return Script(*host, call, input()).run();
}

std::int32_t yes(const cairn_host* /*host*/, cairn_call* /*before*/, cairn_call* /*after*/,
                 std::uint16_t /*invariant*/, const cairn_change* /*change*/) {
  return CAIRN_ACCEPTED;
}

// NOLINTNEXTLINE(readability-function-size): the parameters are those of the C table.
std::int32_t allowed(const cairn_host* /*host*/, cairn_call* /*before*/, cairn_call* /*after*/,
                     std::uint16_t /*gate*/, std::uint16_t /*kind*/, cairn_bytes /*command*/) {
  return CAIRN_ACCEPTED;
}

// NOLINTNEXTLINE(readability-function-size): the parameters are those of the C table.
std::int32_t may(const cairn_host* /*host*/, cairn_call* /*call*/, std::uint16_t /*record*/,
                 cairn_row /*row*/, std::uint16_t /*field*/, std::int64_t /*from*/,
                 std::int64_t /*to*/) {
  return CAIRN_ACCEPTED;
}

const cairn_domain& domain() {
  static const std::string idl =
      cairn::schema::Schema::from_domain(cairn::domain_info<shop::Shop>())->idl();
  static const cairn_domain made = {.size = sizeof(cairn_domain),
                                    .abi_version = CAIRN_ABI_VERSION,
                                    .name = "shop",
                                    .descriptor = nullptr,
                                    .idl = {.data = idl.data(), .size = idl.size()},
                                    .execute = &execute,
                                    .guard = &may,
                                    .invariant = &yes,
                                    .gate = &allowed,
                                    .upcast = nullptr,
                                    .migrate = nullptr,
                                    .describe = nullptr,
                                    .layout = {}};
  return made;
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  Input& bytes = input();
  bytes = Input(std::as_bytes(std::span(data, size)));
  Rig rig(domain(), cairn::Trust::Checked);
  cairn::state::State replica(rig.plan);
  cairn::state::Writer follower(replica);
  rig.executor.set_budget(
      {.steps_max = 10'000, .changes_max = 1000, .bytes_max = std::size_t{1} << 20U});
  for (int i = 0; i < 16 && !bytes.is_empty(); ++i) {
    const std::string before = rig.content();
    const Transaction& done = rig.execute({.kind = 4, .bytes = {}});
    CAIRN_CHECK(done.outcome == OutcomeKind::Accepted || rig.content() == before);
    const auto applied =
        cairn::state::apply_delta(follower, done.delta, done.context.position, done.context.time);
    CAIRN_CHECK(applied.has_value());
    follower.finish();
    CAIRN_CHECK(cairn::state::digest_of(replica) == cairn::state::digest_of(rig.state));
  }
  return 0;
}
