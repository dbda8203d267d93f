// SPDX-License-Identifier: Apache-2.0
#include <bit>
#include <cstring>
#include <string>
#include <utility>

#include <fmt/core.h>

#include "base/check.h"
#include "cairn/bytes.h"
#include "cairn/limits.h"
#include "state/delta.h"

namespace cairn::state {

namespace {

constexpr unsigned fields_in_mask = 64;

/// Reads one delta. Bytes may be hostile; the state is not.
class Applier final {
 public:
  Applier(Writer& writer, std::span<const std::byte> delta)
      : writer_(writer), state_(writer.state()), reader_(delta), size_(delta.size()) {}

  Result<> run() {
    while (reader_.remaining() != 0) {
      const std::size_t offset = size_ - reader_.remaining();
      if (Result<> done = operation(); !done) {
        return fail(std::move(done).error().at(fmt::format("delta at offset {}", offset)));
      }
    }
    CAIRN_TRY(reader_.expect_end("delta"));
    if (const auto broken = writer_.settle()) {
      return fail(Errc::Corrupt, "delta: it leaves a reference or a required end open");
    }
    return check_unique();
  }

 private:
  Result<> operation() {
    const std::uint8_t code = reader_.u8("operation");
    if (code < static_cast<std::uint8_t>(DeltaCode::Created) ||
        code > static_cast<std::uint8_t>(DeltaCode::Fired)) {
      return fail(Errc::Corrupt, "there is no such operation");
    }
    switch (static_cast<DeltaCode>(code)) {
      case DeltaCode::Created:
        return created();
      case DeltaCode::Changed:
        return changed();
      case DeltaCode::Erased:
        return erased();
      case DeltaCode::Linked:
        return linked(true);
      case DeltaCode::Unlinked:
        return linked(false);
      case DeltaCode::Numbered:
        return numbered();
      case DeltaCode::Scheduled:
        return scheduled();
      case DeltaCode::Fired:
        return fired();
    }
    check_failed("the operation is one of those above");
  }

  Result<std::uint16_t> record() {
    const std::uint64_t position = reader_.varint("record");
    if (position >= state_.plan().records()) {
      return fail(Errc::Corrupt, "the schema has no such record");
    }
    return static_cast<std::uint16_t>(position);
  }

  Result<Row> row(std::uint16_t record) {
    const KeyPlan& plan = state_.plan().record(record).keys().front();
    const std::span<const std::byte> key = plan.is_number()
                                               ? reader_.bytes(plan.number_width(), "key")
                                               : reader_.sized_bytes(limits::key_bytes_max, "key");
    CAIRN_TRY(reader_.status());
    const Row found = state_.rows(record).keys.find(key);
    if (found == nullptr) {
      return fail(Errc::Corrupt, fmt::format("{} has no row with this key",
                                             state_.plan().record(record).info().name));
    }
    return found;
  }

  Result<> created() {
    CAIRN_TRY(const std::uint16_t position, record());
    const RecordPlan& plan = state_.plan().record(position);
    const std::span<const std::byte> bytes =
        reader_.sized_bytes(plan.info().encoded_size_max, "value");
    CAIRN_TRY(reader_.status());
    std::byte* const memory = writer_.spare_row(plan.info().memory_size);
    Scratch none;
    CAIRN_TRY(plan.codec().decode(bytes, memory, none));
    Row made = nullptr;
    switch (writer_.place(position, memory, made)) {
      case CAIRN_OK:
        return {};
      case CAIRN_TAKEN:
        return fail(Errc::Corrupt,
                    fmt::format("{} has a row with this key already", plan.info().name));
      default:
        return fail(Errc::TooLarge, fmt::format("{} has no room for more rows", plan.info().name));
    }
  }

  Result<> check_back_pointer(ConstRow row) {
    const std::uint64_t before = reader_.varint("back pointer");
    CAIRN_TRY(reader_.status());
    if (before != header_of(row).last_transaction) {
      return fail(Errc::Corrupt,
                  fmt::format("the row was last changed by transaction {}, and the delta says {}",
                              header_of(row).last_transaction, before));
    }
    return {};
  }

  Result<> changed() {
    CAIRN_TRY(const std::uint16_t position, record());
    CAIRN_TRY(const Row target, row(position));
    CAIRN_TRY(check_back_pointer(target));
    const std::uint64_t mask = reader_.varint("changed fields");
    CAIRN_TRY(reader_.status());
    const RecordPlan& plan = state_.plan().record(position);
    const std::uint16_t fields = count_of(plan.fields());
    if (mask == 0 || (fields < fields_in_mask && mask >> fields != 0)) {
      return fail(Errc::Corrupt, "the changed fields are none, or not those of the record");
    }
    if ((header_of(target).place & row_touched) != 0) {
      return fail(Errc::Corrupt, "the row is in the delta already");
    }
    for (std::uint64_t left = mask; left != 0; left &= left - 1) {
      CAIRN_TRY(change_field(plan, target, static_cast<std::uint16_t>(std::countr_zero(left))));
    }
    return {};
  }

  Result<> change_field(const RecordPlan& plan, Row target, std::uint16_t field) {
    const FieldPlan& info = plan.fields()[field];
    if (info.is_fixed) {
      return fail(Errc::Corrupt,
                  fmt::format("{}.{} never changes", plan.info().name, info.info->name));
    }
    const std::byte* value = nullptr;
    if (info.copies) {
      value = reader_.bytes(info.size, info.info->name).data();
      CAIRN_TRY(reader_.status());
    } else {
      const std::span<const std::byte> bytes =
          reader_.sized_bytes(plan.info().encoded_size_max, "value");
      CAIRN_TRY(reader_.status());
      std::byte* const memory = writer_.spare_row(plan.info().memory_size);
      Scratch none;
      CAIRN_TRY(plan.field_codec(field).decode(bytes, memory, none));
      value = memory + info.offset;
    }
    if (std::memcmp(target + info.offset, value, info.size) == 0) {
      return fail(Errc::Corrupt, fmt::format("{}.{} is said to change and does not",
                                             plan.info().name, info.info->name));
    }
    writer_.overwrite(plan.position(), target, field, value);
    return {};
  }

  Result<> erased() {
    CAIRN_TRY(const std::uint16_t position, record());
    CAIRN_TRY(const Row target, row(position));
    CAIRN_TRY(check_back_pointer(target));
    const RecordPlan& plan = state_.plan().record(position);
    if ((header_of(target).place & row_touched) != 0 ||
        has_links(plan.edges_out(), Way::Out, target) ||
        has_links(plan.edges_in(), Way::In, target)) {
      return fail(Errc::Corrupt, "the erased row has links, or is in the delta already");
    }
    return writer_.erase(position, target) == CAIRN_OK
               ? Result<>()
               : fail(Errc::TooLarge, "the delta makes too many changes");
  }

  [[nodiscard]] bool has_links(std::span<const std::uint16_t> edges, Way way, ConstRow row) const {
    return std::ranges::any_of(
        edges, [&](std::uint16_t edge) { return state_.links(edge).has_links(way, slot_of(row)); });
  }

  Result<> linked(bool made) {
    const std::uint64_t position = reader_.varint("edge");
    if (position >= state_.plan().domain().edges.size()) {
      return fail(Errc::Corrupt, "the schema has no such edge");
    }
    const auto edge = static_cast<std::uint16_t>(position);
    const EdgeInfo& info = state_.links(edge).edge();
    CAIRN_TRY(const Row source, row(info.source));
    CAIRN_TRY(const Row target, row(info.target));
    switch (made ? writer_.link(edge, source, target) : writer_.unlink(edge, source, target)) {
      case CAIRN_OK:
        return {};
      case CAIRN_TAKEN:
        return fail(Errc::Corrupt,
                    fmt::format("{}: the rows are linked, or an end is taken", info.name));
      case CAIRN_ABSENT:
        return fail(Errc::Corrupt, fmt::format("{}: the rows are not linked", info.name));
      default:
        return fail(Errc::TooLarge, "the delta makes too many changes");
    }
  }

  Result<> numbered() {
    CAIRN_TRY(const std::uint16_t position, record());
    const std::uint64_t id = reader_.varint("number");
    CAIRN_TRY(reader_.status());
    const RecordPlan& plan = state_.plan().record(position);
    if (!plan.is_numbered() || id <= state_.rows(position).last_id) {
      return fail(Errc::Corrupt,
                  fmt::format("{} cannot have {} as its next number", plan.info().name, id));
    }
    writer_.number(position, id);
    return {};
  }

  Result<> scheduled() {
    Timer timer;
    timer.at = reader_.zigzag_varint("time");
    const std::uint64_t kind = reader_.varint("kind");
    const StructInfo* const command =
        kind > limits::kind_max ? nullptr
                                : state_.plan().schema().command(static_cast<std::uint16_t>(kind));
    if (command == nullptr) {
      return fail(Errc::Corrupt, "the schema has no such command");
    }
    timer.kind = static_cast<std::uint16_t>(kind);
    const std::span<const std::byte> bytes =
        reader_.sized_bytes(command->encoded_size_max, "command");
    CAIRN_TRY(reader_.status());
    timer.command.assign(bytes.begin(), bytes.end());
    return writer_.schedule(std::move(timer)) == CAIRN_OK
               ? Result<>()
               : fail(Errc::TooLarge, "too many commands wait");
  }

  Result<> fired() {
    const std::uint64_t number = reader_.varint("number");
    CAIRN_TRY(reader_.status());
    if (!writer_.waits(number)) {
      return fail(Errc::Corrupt, fmt::format("no command waits under the number {}", number));
    }
    writer_.fire(number);
    return {};
  }

  Result<> check_unique() {
    for (const Change& change : writer_.changes()) {
      if (is_about_row(change) && is_alive(change.row) &&
          writer_.shares_unique_value(change.position, change.row)) {
        return fail(Errc::Corrupt, fmt::format("delta: two rows of {} share a unique value",
                                               state_.plan().record(change.position).info().name));
      }
    }
    return {};
  }

  Writer& writer_;
  State& state_;
  ByteReader reader_;
  std::size_t size_;
};

}  // namespace

Result<> apply_delta(Writer& writer, std::span<const std::byte> delta, Seq position,
                     std::int64_t time) {
  constexpr Writer::Limits unlimited = {.changes_max = ~std::size_t{0},
                                        .bytes_max = ~std::size_t{0}};
  writer.begin(unlimited);
  if (Result<> done = Applier(writer, delta).run(); !done) {
    writer.roll_back_command();
    return done;
  }
  writer.commit(position, time);
  return {};
}

}  // namespace cairn::state
