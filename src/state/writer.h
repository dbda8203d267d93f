// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstddef>
#include <cstdint>
#include <optional>
#include <span>
#include <utility>
#include <vector>

#include "cairn/ids.h"
#include "cairn/int128.h"
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
    ManagedField,  ///< `field`, a key, an immutable, an indexed field or a state, was written
                   ///< around the Writer
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
///
/// Whoever has edited a row may write to all of its memory, and may go on until the command ends.
/// What indexes rely on is therefore compared with what it has to be, before the command is settled
/// and before anything is undone. A command that wrote around `set` and `become` is broken, is
/// rolled back exactly, and costs an index made anew; a domain that does right pays for a
/// comparison.
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

  /// CAIRN_MALFORMED when a text in a key says that it is longer than its type allows.
  std::int32_t create(std::uint16_t record, const std::byte* memory, Row& row);
  /// Before the first write to the row's plain fields.
  std::int32_t edit(std::uint16_t record, Row row);
  /// CAIRN_UNDECLARED for a field that never changes, or changes through `become`.
  std::int32_t set(std::uint16_t record, Row row, std::uint16_t field, const std::byte* memory);
  std::int32_t become(std::uint16_t record, Row row, std::uint16_t field, std::int64_t state);
  std::int32_t erase(std::uint16_t record, Row row);
  std::int32_t link(std::uint16_t edge, Row source, Row target);
  std::int32_t unlink(std::uint16_t edge, Row source, Row target);
  std::int32_t new_id(std::uint16_t record, std::uint64_t& id);
  /// CAIRN_UNDECLARED when there is no such command, CAIRN_MALFORMED when none has so many bytes.
  std::int32_t schedule(Timer timer);
  /// Whether a command waits under the number since before the running command began.
  [[nodiscard]] bool waits(std::uint64_t number) const;
  /// Ends the wait of a command that is due. Requires: waits(number).
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
    std::size_t captured_from = 0;
  };

  /// What was edited before may be written to after, too, and is taken back all the same.
  [[nodiscard]] Mark mark();
  /// The mark stays; later ones are void. Rows that were created since are no more, and their
  /// memory is not used again before the command ends.
  void roll_back(const Mark& mark);

  /// Looks at what the command left behind: which fields differ, references, required ends, managed
  /// fields. When it finds something, the command must be rolled back. Once for each command, after
  /// its last change.
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
    return log_.from(command_start_);
  }

  /// How often the row was changed by transactions that were committed.
  [[nodiscard]] std::uint32_t revision_of(ConstRow row) const noexcept;

  /// Memory for a row that is being put together, all zero; the next call takes it back.
  [[nodiscard]] std::byte* spare_row(std::size_t size);

 private:
  [[nodiscard]] bool may_change() const noexcept {
    return log_.size() - command_start_ + unmade_.size() < limits_.changes_max &&
           images_.taken() - command_images_.taken < limits_.bytes_max;
  }

  /// Keeps what the row is, unless the log has that since the last mark.
  void capture(std::uint16_t record, Row row) {
    if ((header_of(row).place & row_captured) == 0) {
      capture_anew(record, row);
    }
  }

  /// The same for one whose memory somebody may write to from here on.
  void give_out(std::uint16_t record, Row row) {
    capture(record, row);
    entry_of(row).node = 1;
  }

  void capture_anew(std::uint16_t record, Row row);

  /// A new entry, to be filled in its place: one that is written elsewhere and copied has the
  /// processor wait for it.
  Change& log(Change::Kind kind, std::uint16_t position) {
    Change& change = log_.append();
    change.kind = kind;
    change.position = position;
    return change;
  }

  /// The entry that the log has for a captured row.
  [[nodiscard]] Change& entry_of(Row row) noexcept { return log_[header_of(row).revision]; }

  [[nodiscard]] bool is_taken(const Rows& rows, const std::byte* memory, ConstRow self,
                              std::uint16_t indexes) const;
  [[nodiscard]] static bool is_well_formed(const Rows& rows, const std::byte* memory) noexcept;
  std::int32_t assign(Rows& rows, Row row, const FieldPlan& field, const std::byte* memory);
  [[nodiscard]] static bool move_in_indexes(Rows& rows, Row row, const FieldPlan& field,
                                            const std::byte* memory);
  void replace(Rows& rows, Row row, const FieldPlan& field, const std::byte* memory);
  void expect(const Rows& rows, Change& entry, const FieldPlan& field);
  void cut(std::uint16_t edge, LinkTable::Node node);
  [[nodiscard]] bool refuses_erase(const RecordPlan& plan, ConstRow row) const;
  std::int32_t erase_one(std::uint16_t record, Row row);
  [[nodiscard]] bool cut_all(std::uint16_t edge, Way way, std::uint32_t slot);
  void doom_sources(std::uint16_t edge, ConstRow target);

  // Undoing
  void undo(const Change& change);
  void undo_created(const Change& change);
  void undo_changed(const Change& change);
  void undo_erased(const Change& change);
  void undo_down_to(std::size_t entries);
  void end_call();
  void release_dead();
  void capture_again(std::size_t first, std::size_t last);

  // Managed fields that were written to
  void damage(std::uint16_t record, ConstRow row, std::uint16_t field);
  [[nodiscard]] bool is_damaged(std::uint16_t record) const noexcept;
  [[nodiscard]] std::uint16_t first_written(const Change& change) const noexcept;
  [[nodiscard]] std::uint16_t first_written(const Change& change,
                                            std::uint64_t units) const noexcept;
  void put_right(const Change& change, std::uint16_t written);
  void check_managed();
  void mend_damage();

  // Settling
  void count_references(const Change& change, std::optional<Broken>& broken);
  void refer(std::uint16_t record, std::uint64_t id, bool came);
  [[nodiscard]] std::optional<Broken> first_broken(std::size_t end);
  [[nodiscard]] bool may_break(const Change& change) const noexcept;
  [[nodiscard]] std::optional<Broken> open_end(const Change& change) const;
  [[nodiscard]] std::optional<Broken> open_end_of_new(std::uint16_t record, ConstRow row) const;
  [[nodiscard]] std::optional<Broken> open_end_of(std::uint16_t edge, Way way, ConstRow row) const;
  [[nodiscard]] std::optional<Broken> lost_reference(const Change& change) const;
  void settle_row(Change& change, bool is_captured);
  void settle_given_out(Change& change, bool is_captured);
  static void tidy_plain(const RecordPlan& plan, const Change& change, std::uint64_t units);
  [[nodiscard]] static std::uint64_t fields_that_differ(const RecordPlan& plan,
                                                        const Change& change, std::uint64_t units);

  State* state_;
  Limits limits_;
  ChangeLog log_;
  std::vector<Timer> fired_;
  ImageStore images_;
  ImageStore::Mark command_images_;
  std::vector<Int128> spare_;  ///< a row as it would be
  std::vector<std::pair<std::uint16_t, Row>> doomed_;
  std::vector<std::pair<std::uint16_t, Row>> unmade_;  ///< rows whose creation was taken back
  std::vector<std::pair<std::uint16_t, Row>> undone_;  ///< rows to capture again
  std::vector<std::uint16_t> damaged_;  ///< records whose ordered indexes are not to be relied on
  std::optional<Broken> written_;       ///< the first managed field that was written to
  std::size_t command_start_ = 0;
  std::size_t captured_from_ = 0;  ///< captured rows have their entries from here on
  std::uint64_t last_timer_ = 0;   ///< the last number when the command began
  bool has_dead_ = false;          ///< the log may hold rows or links that `finish` releases
  bool is_grouped_ = false;        ///< a command has begun since the last `finish`
  Seq group_position_;
  std::int64_t group_time_ = 0;
};

}  // namespace cairn::state
