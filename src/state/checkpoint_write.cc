// SPDX-License-Identifier: Apache-2.0
#include <vector>

#include "base/check.h"
#include "base/hash.h"
#include "cairn/bytes.h"
#include "state/checkpoint.h"
#include "state/checkpoint_format.h"

namespace cairn::state {

namespace {

/// Collects bytes and passes them on in pieces, hashing what it passes.
class CheckpointWriter final {
 public:
  CheckpointWriter(const State& state, const Sink& sink) : state_(state), sink_(sink) {}

  Result<Digest> run() {
    head();
    for (std::uint16_t i = 0; i < state_.plan().records(); ++i) {
      CAIRN_TRY(records(i));
    }
    for (std::uint16_t i = 0; i < count_of(state_.plan().domain().edges); ++i) {
      CAIRN_TRY(links(i));
    }
    CAIRN_TRY(timers());
    CAIRN_TRY(flush());
    const Digest digest = hasher_.finish();
    CAIRN_TRY(sink_(std::as_bytes(std::span(digest.bytes))));
    return digest;
  }

 private:
  void head() {
    out_.bytes(std::as_bytes(std::span(checkpoint_magic)));
    out_.u32(checkpoint_version);
    out_.bytes(std::as_bytes(std::span(state_.plan().schema().fingerprint().bytes)));
    out_.u64(state_.position().value());
    out_.i64(state_.time());
  }

  Result<> records(std::uint16_t position) {
    const Rows& rows = state_.rows(position);
    out_.u64(rows.table.size());
    out_.u64(rows.last_id);
    const schema::Codec& codec = rows.plan->codec();
    std::vector<std::byte> value(rows.plan->info().encoded_size_max);
    for (const ConstRow row : state_.by_key(position)) {
      CAIRN_TRY(const std::size_t size, codec.encode(row, value));
      out_.varint(header_of(row).last_transaction);
      out_.varint(header_of(row).revision);
      out_.sized_bytes(std::span(value).first(size));
      CAIRN_TRY(flush_when_full());
    }
    return {};
  }

  void key(std::uint16_t record, std::uint32_t slot) {
    const Rows& rows = state_.rows(record);
    schema::KeyBuffer buffer;
    out_.sized_bytes(rows.plan->keys().front().encode(rows.table.row(slot), buffer));
  }

  Result<> links(std::uint16_t edge) {
    const LinkTable& links = state_.links(edge);
    out_.u64(links.size());
    for (const LinkTable::Node node : state_.by_age(edge)) {
      key(links.edge().source, links.link(node).end[0]);
      key(links.edge().target, links.link(node).end[1]);
      CAIRN_TRY(flush_when_full());
    }
    return {};
  }

  Result<> timers() {
    out_.u64(state_.timers().last_number());
    out_.u64(state_.timers().size());
    for (const auto& [number, timer] : state_.timers().all()) {
      out_.varint(number);
      out_.i64(timer.at);
      out_.varint(timer.kind);
      out_.sized_bytes(timer.command);
      CAIRN_TRY(flush_when_full());
    }
    return {};
  }

  Result<> flush_when_full() {
    return out_.written().size() < checkpoint_piece_bytes ? Result<>() : flush();
  }

  Result<> flush() {
    hasher_.update(out_.written());
    CAIRN_TRY(sink_(out_.written()));
    out_.clear();
    return {};
  }

  const State& state_;
  const Sink& sink_;
  GrowingByteWriter out_;
  Blake3Hasher hasher_;
};

}  // namespace

Result<Digest> write_checkpoint(const State& state, const Sink& sink) {
  return CheckpointWriter(state, sink).run();
}

Digest digest_of(const State& state) {
  const Sink nowhere = [](std::span<const std::byte>) -> Result<> { return {}; };
  const Result<Digest> digest = write_checkpoint(state, nowhere);
  CAIRN_CHECK(digest.has_value());
  return *digest;
}

}  // namespace cairn::state
