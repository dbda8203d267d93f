// SPDX-License-Identifier: Apache-2.0
#include <algorithm>
#include <cstring>
#include <utility>
#include <vector>

#include <fmt/core.h>

#include "base/check.h"
#include "base/hash.h"
#include "base/limits.h"
#include "cairn/bytes.h"
#include "cairn/limits.h"
#include "state/checkpoint.h"
#include "state/checkpoint_format.h"

namespace cairn::state {

namespace {

/// The bytes of a source, a piece at a time; what was taken is hashed.
class Input final {
 public:
  explicit Input(const Source& source) : source_(source) {}

  /// The next `size` bytes; valid until the next call.
  Result<std::span<const std::byte>> take(std::size_t size) {
    while (end_ - begin_ < size) {
      CAIRN_TRY(fill(size));
    }
    const std::span<const std::byte> bytes = std::span(buffer_).subspan(begin_, size);
    begin_ += size;
    offset_ += size;
    return bytes;
  }

  template <typename T>
  Result<T> fixed() {
    CAIRN_TRY(const auto bytes, take(sizeof(T)));
    T value = 0;
    std::memcpy(&value, bytes.data(), sizeof(T));
    return value;
  }

  Result<std::uint64_t> varint() {
    std::uint64_t value = 0;
    for (unsigned shift = 0; shift < 64; shift += 7) {
      CAIRN_TRY(const auto byte, fixed<std::uint8_t>());
      value |= std::uint64_t{byte & 0x7fU} << shift;
      const bool is_last = byte < 0x80;
      if (is_last && ((byte == 0 && shift != 0) || (shift == 63 && byte > 1))) {
        break;
      }
      if (is_last) {
        return value;
      }
    }
    return fail(Errc::Corrupt, fmt::format("no number ends before offset {}", offset_));
  }

  Result<std::span<const std::byte>> sized(std::size_t size_max) {
    CAIRN_TRY(const std::uint64_t size, varint());
    if (size > size_max) {
      return fail(Errc::TooLarge,
                  fmt::format("{} bytes before offset {}, and at most {} are allowed", size,
                              offset_, size_max));
    }
    return take(size);
  }

  /// Of all bytes taken so far.
  [[nodiscard]] Digest digest() {
    hash_taken();
    return hasher_.finish();
  }

  [[nodiscard]] std::uint64_t offset() const noexcept { return offset_; }

  /// Whether the source has nothing more.
  Result<bool> is_at_end() {
    if (begin_ != end_) {
      return false;
    }
    std::byte one{};
    CAIRN_TRY(const std::size_t got, source_(std::span(&one, 1)));
    return got == 0;
  }

 private:
  void hash_taken() {
    hasher_.update(std::span(buffer_).subspan(hashed_, begin_ - hashed_));
    hashed_ = begin_;
  }

  Result<> fill(std::size_t size) {
    hash_taken();
    std::copy(buffer_.begin() + static_cast<std::ptrdiff_t>(begin_),
              buffer_.begin() + static_cast<std::ptrdiff_t>(end_), buffer_.begin());
    end_ -= begin_;
    begin_ = 0;
    hashed_ = 0;
    // What is asked for may be a lie: memory grows only as bytes come.
    if (buffer_.size() - end_ < checkpoint_piece_bytes) {
      buffer_.resize(end_ + checkpoint_piece_bytes);
    }
    CAIRN_TRY(const std::size_t got, source_(std::span(buffer_).subspan(end_)));
    if (got == 0) {
      return fail(Errc::Truncated, fmt::format("the bytes end at offset {}, and {} more are needed",
                                               offset_ + end_, size - end_));
    }
    end_ += got;
    return {};
  }

  const Source& source_;
  std::vector<std::byte> buffer_;
  std::size_t begin_ = 0;
  std::size_t end_ = 0;
  std::size_t hashed_ = 0;
  std::uint64_t offset_ = 0;
  Blake3Hasher hasher_;
};

class CheckpointReader final {
 public:
  CheckpointReader(const Plan& plan, const State::Options& options, const Source& source)
      : plan_(plan), input_(source), state_(std::make_unique<State>(plan, options)) {}

  Result<std::unique_ptr<State>> run() {
    CAIRN_TRY(head());
    for (std::uint16_t i = 0; i < plan_.records(); ++i) {
      if (Result<> done = records(i); !done) {
        return fail(std::move(done).error().at(plan_.record(i).info().name));
      }
    }
    for (std::uint16_t i = 0; i < count_of(plan_.domain().edges); ++i) {
      if (Result<> done = links(i); !done) {
        return fail(std::move(done).error().at(plan_.domain().edges[i].name));
      }
    }
    CAIRN_TRY(timers());
    CAIRN_TRY(tail());
    CAIRN_TRY(rules());
    return std::move(state_);
  }

 private:
  Result<> head() {
    CAIRN_TRY(const auto magic, input_.take(checkpoint_magic.size()));
    if (!std::ranges::equal(magic, std::as_bytes(std::span(checkpoint_magic)))) {
      return fail(Errc::Corrupt, "these bytes are no checkpoint");
    }
    CAIRN_TRY(const auto version, input_.fixed<std::uint32_t>());
    if (version != checkpoint_version) {
      return fail(Errc::Unsupported, fmt::format("version {} of the format; this build reads {}",
                                                 version, checkpoint_version));
    }
    Digest fingerprint;
    CAIRN_TRY(const auto bytes, input_.take(sizeof(fingerprint.bytes)));
    std::memcpy(fingerprint.bytes.data(), bytes.data(), bytes.size());
    if (fingerprint != plan_.schema().fingerprint()) {
      return fail(Errc::Conflict,
                  fmt::format("it is of the schema {}, and this one is {}", fingerprint.to_string(),
                              plan_.schema().fingerprint().to_string()));
    }
    CAIRN_TRY(const auto position, input_.fixed<std::uint64_t>());
    CAIRN_TRY(const auto time, input_.fixed<std::int64_t>());
    state_->set_position(Seq(position), time);
    return {};
  }

  Result<> records(std::uint16_t position) {
    CAIRN_TRY(const auto count, input_.fixed<std::uint64_t>());
    Rows& rows = state_->rows(position);
    CAIRN_TRY(rows.last_id, input_.fixed<std::uint64_t>());
    if (!rows.plan->is_numbered() && rows.last_id != 0) {
      return fail(Errc::Corrupt, "a record without numbers has a last number");
    }
    std::vector<Int128> memory((rows.plan->info().memory_size + sizeof(Int128) - 1) /
                               sizeof(Int128));
    Row previous = nullptr;
    for (std::uint64_t i = 0; i < count; ++i) {
      CAIRN_TRY(Row row, this->row(rows, reinterpret_cast<std::byte*>(memory.data()), previous));
      previous = row;
    }
    return {};
  }

  Result<Row> row(Rows& rows, std::byte* memory, ConstRow previous) {
    CAIRN_TRY(const std::uint64_t last_transaction, input_.varint());
    CAIRN_TRY(const std::uint64_t revision, input_.varint());
    const StructInfo& info = rows.plan->info();
    CAIRN_TRY(const auto bytes, input_.sized(info.encoded_size_max));
    std::memset(memory, 0, info.memory_size);
    Scratch none;
    CAIRN_TRY(rows.plan->codec().decode(bytes, memory, none));
    if (last_transaction == 0 || last_transaction > state_->position().value() ||
        revision > 0xffff'ffffU) {
      return fail(Errc::Corrupt, "a row was changed by no transaction, or by a later one");
    }
    if (rows.plan->is_numbered() && rows.plan->number_of(memory) > rows.last_id) {
      return fail(Errc::Corrupt, "a row has a number after the last one");
    }
    if (previous != nullptr && rows.plan->keys().front().compare(previous, memory) >= 0) {
      return fail(Errc::Corrupt, "the rows are not in the order of their keys");
    }
    const Row made = rows.table.add(memory);
    if (made == nullptr) {
      return fail(Errc::TooLarge, "there is no room for more rows");
    }
    header_of(made).last_transaction = last_transaction;
    header_of(made).revision = static_cast<std::uint32_t>(revision);
    const bool agrees = rows.add_to_indexes(made);
    CAIRN_CHECK(agrees);
    return made;
  }

  Result<Row> end(std::uint16_t record) {
    CAIRN_TRY(const auto key, input_.sized(limits::key_bytes_max));
    const Row found = state_->rows(record).keys.find(key);
    return found != nullptr ? Result<Row>(found)
                            : fail(Errc::Corrupt, "a link ends at a row that is not there");
  }

  Result<> links(std::uint16_t edge) {
    LinkTable& links = state_->links(edge);
    const EdgeInfo& info = links.edge();
    CAIRN_TRY(const auto count, input_.fixed<std::uint64_t>());
    for (std::uint64_t i = 0; i < count; ++i) {
      CAIRN_TRY(const Row source, end(info.source));
      CAIRN_TRY(const Row target, end(info.target));
      const std::uint32_t from = slot_of(source);
      const std::uint32_t to = slot_of(target);
      if (links.find(from, to) != LinkTable::none ||
          (info.target_cardinality == Cardinality::One && links.has_links(Way::Out, from)) ||
          (info.source_cardinality == Cardinality::One && links.has_links(Way::In, to))) {
        return fail(Errc::Corrupt, "a link is there twice, or shares an end that is One");
      }
      if (links.is_full()) {
        return fail(Errc::TooLarge, "there is no room for more links");
      }
      links.accept(links.make(from, to));
    }
    return {};
  }

  Result<> timers() {
    CAIRN_TRY(const auto last, input_.fixed<std::uint64_t>());
    CAIRN_TRY(const auto count, input_.fixed<std::uint64_t>());
    if (count > state_timers_max) {
      return fail(Errc::TooLarge, fmt::format("{} commands wait", count));
    }
    std::uint64_t previous = 0;
    for (std::uint64_t i = 0; i < count; ++i) {
      CAIRN_TRY(const std::uint64_t number, input_.varint());
      CAIRN_TRY(const auto at, input_.fixed<std::int64_t>());
      CAIRN_TRY(const std::uint64_t kind, input_.varint());
      const StructInfo* const command =
          kind > limits::kind_max ? nullptr
                                  : plan_.schema().command(static_cast<std::uint16_t>(kind));
      if (number <= previous || number > last || command == nullptr) {
        return fail(Errc::Corrupt, "a waiting command has a wrong number or kind");
      }
      CAIRN_TRY(const auto bytes, input_.sized(command->encoded_size_max));
      state_->timers().restore(number, {.at = at,
                                        .kind = static_cast<std::uint16_t>(kind),
                                        .command = {bytes.begin(), bytes.end()}});
      previous = number;
    }
    state_->timers().set_last_number(last);
    return {};
  }

  Result<> tail() {
    const Digest expected = input_.digest();
    CAIRN_TRY(const auto bytes, input_.take(sizeof(expected.bytes)));
    if (!std::ranges::equal(bytes, std::as_bytes(std::span(expected.bytes)))) {
      return fail(Errc::Corrupt, "the digest is not that of the bytes before it");
    }
    CAIRN_TRY(const bool is_at_end, input_.is_at_end());
    return is_at_end ? Result<>()
                     : fail(Errc::Corrupt, fmt::format("bytes follow the digest, from offset {} on",
                                                       input_.offset()));
  }

  /// What only the whole shows: unique values, references, required ends.
  Result<> rules() {
    for (std::uint16_t i = 0; i < plan_.records(); ++i) {
      const Rows& rows = state_->rows(i);
      if (Result<> done = rules_of_all(rows); !done) {
        return fail(std::move(done).error().at(rows.plan->info().name));
      }
    }
    return {};
  }

  Result<> rules_of_all(const Rows& rows) {
    for (std::uint32_t slot = 0; slot < rows.table.slots(); ++slot) {
      CAIRN_TRY(rules_of(rows, rows.table.row(slot)));
    }
    return {};
  }

  Result<> rules_of(const Rows& rows, ConstRow row) {
    for (const auto& index : rows.indexes) {
      const ConstRow next = index->plan().index().is_unique ? index->next(row) : nullptr;
      if (next != nullptr && index->plan().same(row, next)) {
        return fail(Errc::Corrupt,
                    fmt::format("two rows share a value of {}", index->plan().index().name));
      }
    }
    const ReferencePlan* lost = nullptr;
    rows.plan->visit_references(row, [&](const ReferencePlan& reference, std::uint64_t id) {
      state_->rows(reference.record).references.add(id);
      if (state_->find_number(reference.record, id) == nullptr) {
        lost = &reference;
      }
    });
    if (lost != nullptr) {
      return fail(Errc::Corrupt,
                  fmt::format("{} refers to no row", rows.plan->fields()[lost->field].info->name));
    }
    return required_ends(*rows.plan, row);
  }

  Result<> required_ends(const RecordPlan& plan, ConstRow row) {
    const auto is_open = [&](Way way) {
      return [this, way, row](std::uint16_t edge) {
        const LinkTable& links = state_->links(edge);
        const bool required =
            way == Way::Out ? links.edge().target_required : links.edge().source_required;
        return required && !links.has_links(way, slot_of(row));
      };
    };
    if (std::ranges::any_of(plan.edges_out(), is_open(Way::Out)) ||
        std::ranges::any_of(plan.edges_in(), is_open(Way::In))) {
      return fail(Errc::Corrupt, "a required end of an edge is open");
    }
    return {};
  }

  const Plan& plan_;
  Input input_;
  std::unique_ptr<State> state_;
};

}  // namespace

Result<std::unique_ptr<State>> read_checkpoint(const Plan& plan, const State::Options& options,
                                               const Source& source) {
  Result<std::unique_ptr<State>> state = CheckpointReader(plan, options, source).run();
  return state ? std::move(state) : fail(std::move(state).error().at("checkpoint"));
}

}  // namespace cairn::state
