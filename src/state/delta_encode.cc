// SPDX-License-Identifier: Apache-2.0
#include <algorithm>

#include "cairn/bytes.h"
#include "state/delta.h"

namespace cairn::state {

namespace {

class Encoder final {
 public:
  Encoder(const Writer& writer, GrowingByteWriter& out, std::vector<std::byte>& scratch)
      : state_(writer.state()), out_(out), scratch_(scratch) {}

  Result<> run(std::span<const Change> changes) {
    for (std::size_t i = 0; i < changes.size(); ++i) {
      const Change& change = changes[i];
      switch (change.kind) {
        case Change::Kind::Created:
          CAIRN_TRY(created(change));
          break;
        case Change::Kind::Changed:
          CAIRN_TRY(changed(change));
          break;
        case Change::Kind::Erased:
          erased(change);
          break;
        case Change::Kind::Linked:
        case Change::Kind::Unlinked:
          linked(change);
          break;
        case Change::Kind::Numbered:
          numbered(change, i + 1 < changes.size() ? &changes[i + 1] : nullptr);
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
    }
    return {};
  }

 private:
  void code(DeltaCode code) { out_.u8(static_cast<std::uint8_t>(code)); }

  void key(std::uint16_t record, ConstRow row) {
    const KeyPlan& plan = state_.rows(record).plan->keys().front();
    schema::KeyBuffer buffer;
    const std::span<const std::byte> bytes = plan.encode(row, buffer);
    plan.is_number() ? out_.bytes(bytes) : out_.sized_bytes(bytes);
  }

  void head(DeltaCode which, std::uint16_t record) {
    code(which);
    out_.varint(record);
  }

  Result<> value(const schema::Codec& codec, ConstRow row) {
    scratch_.resize(std::max<std::size_t>(scratch_.size(), codec.structure().encoded_size_max));
    CAIRN_TRY(const std::size_t size, codec.encode(row, scratch_));
    out_.sized_bytes(std::span(scratch_).first(size));
    return {};
  }

  Result<> created(const Change& change) {
    const RecordPlan& plan = *state_.rows(change.position).plan;
    if (is_alive(change.row)) {
      head(DeltaCode::Created, change.position);
      return value(plan.codec(), change.row);
    }
    if (plan.is_numbered() && plan.number_of(change.row) > change.number) {
      head(DeltaCode::Numbered, change.position);  // its number stays used
      out_.varint(plan.number_of(change.row));
    }
    return {};
  }

  Result<> changed(const Change& change) {
    if (!change.is_first || !is_alive(change.row) || change.number == 0) {
      return {};
    }
    const RecordPlan& plan = *state_.rows(change.position).plan;
    head(DeltaCode::Changed, change.position);
    key(change.position, change.row);
    out_.varint(header_of(change.row).last_transaction);
    out_.varint(change.number);
    for (std::size_t i = 0; i < plan.fields().size(); ++i) {
      if ((change.number >> i & 1U) == 0) {
        continue;
      }
      const FieldPlan& field = plan.fields()[i];
      if (field.copies) {
        out_.bytes({change.row + field.offset, field.size});
      } else {
        CAIRN_TRY(value(plan.field_codec(i), change.row));
      }
    }
    return {};
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

  void numbered(const Change& change, const Change* next) {
    const std::uint64_t id = change.number + 1;
    const bool row_says_so = next != nullptr && next->kind == Change::Kind::Created &&
                             next->position == change.position && is_alive(next->row) &&
                             state_.rows(change.position).plan->number_of(next->row) == id;
    if (!row_says_so) {
      head(DeltaCode::Numbered, change.position);
      out_.varint(id);
    }
  }

  void scheduled(const Change& change) {
    const Timer* const timer = state_.timers().find(change.number);
    code(DeltaCode::Scheduled);
    out_.zigzag_varint(timer->at);
    out_.varint(timer->kind);
    out_.sized_bytes(timer->command);
  }

  const State& state_;
  GrowingByteWriter& out_;
  std::vector<std::byte>& scratch_;
};

}  // namespace

Result<> DeltaEncoder::encode(const Writer& writer, GrowingByteWriter& out) {
  return Encoder(writer, out, scratch_).run(writer.changes());
}

}  // namespace cairn::state
