// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstddef>
#include <cstdint>
#include <optional>
#include <span>
#include <utility>
#include <vector>

#include "cairn/ids.h"
#include "cairn/plugin.h"
#include "state/change.h"
#include "state/image_store.h"
#include "state/state.h"

namespace cairn::state {

/// A rule of the schema that a command left broken.
struct Broken {
  enum class Rule : std::uint8_t {
    Reference,  ///< `field` of a row refers to no row, or rows refer to one that was erased
    SourceEnd,  ///< a required end of edge `position` is open: the row has no source
    TargetEnd,
    ManagedField,  ///< `field`, a key or an immutable, was written to
  };

  Rule rule = Rule::Reference;
  std::uint16_t position = 0;  ///< of the record, or of the edge
  std::uint16_t field = 0;
  ConstRow row = nullptr;
};

/// The one way in which a State changes. Changes are made in place, with all indexes and both ends
/// of links, and each leaves an entry in a log that takes it back exactly. So whoever reads the
/// state sees the changes of the running command, and the log tells what they were.
///
///     begin();  create, edit, set, …;  settle();  commit(seq, time);  finish();
///
/// Several commands may lie between two `finish`: then `roll_back_all` undoes all of them. Statuses
/// are those of cairn/plugin.h. Changes that break a rule at once change nothing; rules about the
/// end of a command are looked at by `settle`. One thread; the State is its own while it is used.
class Writer final {
 public:
  struct Limits {
    std::size_t changes_max = 1U << 20U;  ///< entries of the log, of one command
    std::size_t bytes_max = 1U << 28U;    ///< of images, of one command
  };

  explicit Writer(State& state) : state_(&state) {}

  Writer(const Writer&) = delete;
  Writer& operator=(const Writer&) = delete;
  ~Writer() = default;

  [[nodiscard]] State& state() noexcept { return *state_; }

  [[nodiscard]] const State& state() const noexcept { return *state_; }

  /// Starts a command behind those that were committed and not finished.
  void begin(const Limits& limits);

  /// Whether the address is that of a living row of the record.
  [[nodiscard]] bool is_row(std::uint16_t record, ConstRow row) const noexcept;

  std::int32_t create(std::uint16_t record, const std::byte* memory, Row& row);
  /// Before the first write to the row's plain fields.
  std::int32_t edit(std::uint16_t record, Row row);
  std::int32_t set(std::uint16_t record, Row row, std::uint16_t field, const std::byte* memory);
  std::int32_t become(std::uint16_t record, Row row, std::uint16_t field, std::int64_t state);
  std::int32_t erase(std::uint16_t record, Row row);
  std::int32_t link(std::uint16_t edge, Row source, Row target);
  std::int32_t unlink(std::uint16_t edge, Row source, Row target);
  std::int32_t new_id(std::uint16_t record, std::uint64_t& id);
  std::int32_t schedule(Timer timer);
  /// Ends the wait of a command that is due. Requires: it waits.
  void fire(std::uint64_t number);

  /// For applying deltas, whose changes of one row are put together: a row of exactly these bytes,
  /// and any field of a row. Two rows may share a unique value until `shares_unique_value` is
  /// asked. `place` refuses a primary key that is taken.
  std::int32_t place(std::uint16_t record, const std::byte* memory, Row& row);
  void overwrite(std::uint16_t record, Row row, std::uint16_t field, const std::byte* memory);
  /// Requires: the record's last number is less.
  void number(std::uint16_t record, std::uint64_t id);
  [[nodiscard]] bool shares_unique_value(std::uint16_t record, ConstRow row) const noexcept;

  /// A point of the command to go back to.
  struct Mark {
    std::size_t entries = 0;
    ImageStore::Mark images;
  };

  [[nodiscard]] Mark mark() noexcept;
  void roll_back(const Mark& mark);

  /// Looks at what the command left behind: which fields differ, references, required ends, managed
  /// fields.
  [[nodiscard]] std::optional<Broken> settle();

  /// The command's changes become those of this transaction.
  void commit(Seq position, std::int64_t time);
  /// Undoes the running command, and nothing before it.
  void roll_back_command();
  /// Forgets the log: what was committed stays.
  void finish();
  /// Undoes everything since the last `finish`.
  void roll_back_all();

  /// The log of the running command, or of the last one committed, in the order made.
  [[nodiscard]] std::span<const Change> changes() const noexcept {
    return std::span(log_).subspan(command_start_);
  }

  /// Bytes that the command's images take.
  [[nodiscard]] std::size_t image_bytes() const noexcept {
    return images_.taken() - command_images_.taken;
  }

 private:
  [[nodiscard]] bool may_change() const noexcept;
  void capture(std::uint16_t record, Row row);

  void log(const Change& change) { log_.push_back(change); }

  [[nodiscard]] bool is_taken(const Rows& rows, const std::byte* memory, ConstRow self,
                              std::uint16_t indexes) const;
  void replace(Rows& rows, Row row, const FieldPlan& field, const std::byte* memory);
  Row add(std::uint16_t record, const std::byte* memory);
  void cut(std::uint16_t edge, LinkTable::Node node);
  [[nodiscard]] bool refuses_erase(const RecordPlan& plan, ConstRow row) const;
  std::int32_t erase_one(std::uint16_t record, Row row);
  void doom_sources(std::uint16_t edge, ConstRow target);
  void undo(const Change& change);
  void undo_changed(const Change& change);
  void clear_flags(std::size_t first, std::uint32_t flags);
  void count_references(const Change& change, std::optional<Broken>& broken);
  void refer(std::uint16_t record, std::uint64_t id, bool came);
  [[nodiscard]] std::optional<Broken> open_end(const Change& change) const;
  [[nodiscard]] std::optional<Broken> open_end_of(std::uint16_t edge, Way way, ConstRow row) const;
  [[nodiscard]] std::optional<Broken> compare(Change& change) const;

  State* state_;
  Limits limits_;
  std::vector<Change> log_;
  std::vector<Timer> fired_;
  ImageStore images_;
  ImageStore::Mark command_images_;
  std::vector<std::byte> candidate_;  ///< a row as it would be
  std::vector<std::pair<std::uint16_t, Row>> doomed_;
  std::size_t command_start_ = 0;
  std::size_t captured_from_ = 0;  ///< entries from here on captured rows since the last mark
  bool is_finished_ = true;  ///< no command has begun since `finish`
  Seq group_position_;
  std::int64_t group_time_ = 0;
};

}  // namespace cairn::state
