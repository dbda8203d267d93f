// SPDX-License-Identifier: Apache-2.0
#include <algorithm>
#include <bit>
#include <cstring>

#include "cairn/bytes.h"
#include "state/delta.h"

namespace cairn::state {

namespace {

class Encoder final {
 public:
  Encoder(const Writer& writer, GrowingByteWriter& out, std::vector<std::byte>& scratch,
          std::vector<std::uint16_t>& numbered)
      : state_(writer.state()),
        changes_(writer.changes()),
        out_(out),
        scratch_(scratch),
        numbered_(numbered) {
    numbered_.clear();
  }

  Result<> run() {
    for (const Change& change : changes_) {
      if (!operation(change)) [[unlikely]] {
        return std::move(failure_);
      }
    }
    for (const std::uint16_t record : numbered_) {
      number(record);
    }
    return {};
  }

 private:
  /// Whether it could be written; else `failure_` says why not.
  bool operation(const Change& change) {
    switch (change.kind) {
      case Change::Kind::Created:
        return created(change);
      case Change::Kind::Changed:
        return changed(change);
      case Change::Kind::Erased:
        erased(change);
        break;
      case Change::Kind::Linked:
      case Change::Kind::Unlinked:
        linked(change);
        break;
      case Change::Kind::Numbered:
        note_number(change.position);
        break;
      case Change::Kind::Scheduled:
        scheduled(change);
        break;
      case Change::Kind::Fired:
        code(DeltaCode::Fired);
        out_.varint(change.number);
        break;
      case Change::Kind::Referred:
        break;
    }
    return true;
  }

  bool fail_with(const Error& error) {
    failure_ = fail(error);
    return false;
  }

  void code(DeltaCode code) { out_.u8(static_cast<std::uint8_t>(code)); }

  void key(std::uint16_t record, ConstRow row) {
    state_.rows(record).plan->keys().front().put(row, out_);
  }

  void head(DeltaCode which, std::uint16_t record) {
    constexpr std::uint16_t one_byte_max = 0x7f;
    if (record > one_byte_max) [[unlikely]] {
      code(which);
      return out_.varint(record);
    }
    out_.u16(static_cast<std::uint16_t>(static_cast<unsigned>(which) | unsigned{record} << 8U));
  }

  static std::byte* put_varint(std::byte* out, std::uint64_t value) noexcept {
    constexpr unsigned bits = 7;
    constexpr std::uint64_t more = 1U << bits;
    for (; value >= more; value >>= bits) {
      *out++ = static_cast<std::byte>(value | more);
    }
    *out++ = static_cast<std::byte>(value);
    return out;
  }

  bool value(const schema::Codec& codec, ConstRow row) {
    const std::size_t size_max = codec.structure().encoded_size_max;
    if (size_max <= small_value_bytes_max) {
      return small_value(codec, row, size_max);
    }
    scratch_.resize(std::max<std::size_t>(scratch_.size(), size_max));
    const Result<std::size_t> size = codec.encode(row, scratch_);
    if (!size) {
      return fail_with(size.error());
    }
    out_.sized_bytes(std::span(scratch_).first(*size));
    return true;
  }

  /// Its size takes one byte whatever it is, so the value goes straight behind it.
  bool small_value(const schema::Codec& codec, ConstRow row, std::size_t size_max) {
    std::byte* const out = out_.raw_up_to(size_max + 1);
    const Result<std::size_t> size = codec.encode(row, {out + 1, size_max});
    if (!size) [[unlikely]] {
      return fail_with(size.error());
    }
    *out = static_cast<std::byte>(*size);
    out_.keep_up_to(out + 1 + *size);
    return true;
  }

  bool created(const Change& change) {
    const RecordPlan& plan = *state_.rows(change.position).plan;
    if (is_alive(change.row)) {
      head(DeltaCode::Created, change.position);
      return value(plan.codec(), change.row);
    }
    if (plan.is_numbered() && plan.number_of(change.row) > change.number) {
      note_number(change.position);
    }
    return true;
  }

  bool changed(const Change& change) {
    if (!change.is_first || !is_alive(change.row) || change.number == 0) {
      return true;
    }
    const RecordPlan& plan = *state_.rows(change.position).plan;
    head(DeltaCode::Changed, change.position);
    key(change.position, change.row);
    std::byte* const out = out_.raw_up_to(2 * varint_bytes_max);
    out_.keep_up_to(
        put_varint(put_varint(out, header_of(change.row).last_transaction), change.number));
    for (std::uint64_t left = change.number; left != 0; left &= left - 1) {
      if (!field_value(plan, static_cast<std::size_t>(std::countr_zero(left)), change.row)) {
        return false;
      }
    }
    return true;
  }

  bool field_value(const RecordPlan& plan, std::size_t position, ConstRow row) {
    const FieldPlan& field = plan.fields()[position];
    if (field.copies) {
      out_.bytes({row + field.offset, field.size});
      return true;
    }
    if (field.info->machine == nullptr) {
      return value(plan.field_codec(position), row);
    }
    // A state, in so many bytes: it came by a declared transition, so it is one of the machine's.
    std::byte* const out = out_.raw(1 + field.size);
    *out = static_cast<std::byte>(field.size);
    copy_bytes(out + 1, row + field.offset, field.size);
    return true;
  }

  void erased(const Change& change) {
    if (header_of(change.row).last_transaction == 0) {
      return;  // this command created it
    }
    head(DeltaCode::Erased, change.position);
    key(change.position, change.row);
    out_.varint(header_of(change.row).last_transaction);
  }

  void linked(const Change& change) {
    const LinkTable& links = state_.links(change.position);
    const LinkTable::Link& link = links.link(change.node);
    const bool made = change.kind == Change::Kind::Linked;
    if (made ? link.is_cut : link.is_new) {
      return;  // made and cut by the same command
    }
    head(made ? DeltaCode::Linked : DeltaCode::Unlinked, change.position);
    const EdgeInfo& edge = links.edge();
    key(edge.source, state_.rows(edge.source).table.row(link.end[0]));
    key(edge.target, state_.rows(edge.target).table.row(link.end[1]));
  }

  /// A number of the record was used, and perhaps by no row that is there.
  void note_number(std::uint16_t record) {
    if (std::ranges::find(numbered_, record) == numbered_.end()) {
      numbered_.push_back(record);
    }
  }

  /// The record's last number, where no created row says so.
  void number(std::uint16_t record) {
    const Rows& rows = state_.rows(record);
    const bool row_says_so = std::ranges::any_of(changes_, [&](const Change& change) {
      return change.kind == Change::Kind::Created && change.position == record &&
             is_alive(change.row) && rows.plan->number_of(change.row) == rows.last_id;
    });
    if (!row_says_so) {
      head(DeltaCode::Numbered, record);
      out_.varint(rows.last_id);
    }
  }

  void scheduled(const Change& change) {
    const Timer* const timer = state_.timers().find(change.number);
    code(DeltaCode::Scheduled);
    out_.zigzag_varint(timer->at);
    out_.varint(timer->kind);
    out_.sized_bytes(timer->command);
  }

  static constexpr std::size_t small_value_bytes_max = 127;

  const State& state_;
  std::span<const Change> changes_;
  GrowingByteWriter& out_;
  std::vector<std::byte>& scratch_;
  std::vector<std::uint16_t>& numbered_;
  Result<> failure_;
};

}  // namespace

Result<> DeltaEncoder::encode(const Writer& writer, GrowingByteWriter& out) {
  return Encoder(writer, out, scratch_, numbered_).run();
}

}  // namespace cairn::state
