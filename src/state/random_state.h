// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstddef>
#include <cstdint>
#include <map>
#include <optional>
#include <string>
#include <utility>
#include <vector>

#include "schema/random_schema.h"
#include "state/delta.h"
#include "state/state.h"
#include "state/writer.h"

/// Random commands on a State beside a model that is easy to believe, for property tests, fuzz
/// targets and golden bytes; not part of the product.
namespace cairn::state {

/// A value of a type whose values are few, so that they meet. Ids are of small numbers.
void small_value(const TypeInfo& type, std::byte* memory, schema::Choices& choices);

/// A state as sorted maps and lists. Rows are named by their primary key bytes.
struct Model {
  struct Link {
    std::string source;
    std::string target;

    friend bool operator==(const Link&, const Link&) = default;
  };

  struct Waiting {
    std::int64_t at = 0;
    std::uint16_t kind = 0;
    std::string command;

    friend bool operator==(const Waiting&, const Waiting&) = default;
  };

  using Table = std::map<std::string, std::string>;  ///< key to memory

  std::vector<Table> tables;
  std::vector<std::vector<Link>> links;  ///< oldest first
  std::vector<std::uint64_t> last_ids;
  std::map<std::uint64_t, Waiting> timers;
  std::uint64_t last_timer = 0;

  explicit Model(const Plan& plan);

  /// The key bytes of an index, by the schema's own encoder.
  static std::string key(const StructInfo& record, std::size_t index, const std::string& memory);

  /// Whether another row than `self` has a value of a unique index that this memory has.
  [[nodiscard]] bool is_taken(const Plan& plan, std::uint16_t record, const std::string& memory,
                              const std::string* self) const;

  /// Erases with all that goes with it. False, and unspecified, when a link refuses.
  bool erase(const Plan& plan, std::uint16_t record, const std::string& row);

  /// Whether every reference of the row leads somewhere.
  [[nodiscard]] bool leads(const Plan& plan, std::uint16_t record, const std::string& memory) const;

  /// Whether the row is an end of a link: its source, or its target.
  [[nodiscard]] bool is_linked(std::uint16_t edge, Way way, const std::string& row) const;

  /// Whether every reference leads somewhere and every required end is taken.
  [[nodiscard]] bool is_whole(const Plan& plan) const;
};

/// What kinds of operations are made, out of all together.
struct Mix {
  std::uint32_t create = 4;
  std::uint32_t edit = 2;
  std::uint32_t set = 4;
  std::uint32_t become = 1;
  std::uint32_t erase = 2;
  std::uint32_t link = 4;
  std::uint32_t unlink = 2;
  std::uint32_t number = 1;
  std::uint32_t timer = 1;
  std::uint32_t mark = 1;
  std::uint32_t roll_back = 1;
  std::size_t rows = 24;       ///< of a record, about
  std::uint32_t careless = 0;  ///< writes to managed fields around the Writer
  std::uint64_t whole = 8;     ///< all but one command in so many take required ends
};

/// How often each kind of operation was made.
struct Made {
  std::uint64_t rows = 0;
  std::uint64_t fields = 0;
  std::uint64_t links = 0;
  std::uint64_t marks = 0;
  std::uint64_t numbers = 0;
  std::uint64_t timers = 0;
  std::uint64_t careless = 0;
};

/// Makes random operations of one command on a Writer and on a model, and compares each status.
class RandomCommand final {
 public:
  RandomCommand(Writer& writer, Model& model, schema::Choices& choices, const Mix& mix, Made& made);

  /// Starts a command of about so many operations; false when one of them ended otherwise than in
  /// the model. Then `difference` says where.
  bool run(std::size_t operations);

  [[nodiscard]] const std::string& difference() const noexcept { return difference_; }

  /// Whether the command wrote around the Writer and did not take it back.
  [[nodiscard]] bool is_careless() const noexcept { return careless_; }

 private:
  bool operation();
  bool create();
  bool edit();
  bool set();
  bool become();
  bool erase();
  bool link();
  bool unlink();
  bool new_id();
  bool timer();
  bool mark();
  bool roll_back();
  void be_careless();
  bool make_whole();
  bool take_ends();
  bool take_ends_of(std::uint16_t edge, Way way);
  bool take_end(std::uint16_t edge, Way way, const std::string& row);
  bool erase_lost();
  bool link(std::uint16_t edge, const std::string& source, const std::string& target);
  bool erase(std::uint16_t record, const std::string& key);
  void lead_somewhere(const TypeInfo& type, std::byte* memory);

  struct Picked {
    std::uint16_t record = 0;
    std::string key;
    Row row = nullptr;
  };

  [[nodiscard]] std::uint16_t some_record();
  [[nodiscard]] std::optional<Picked> some_row(std::uint16_t record);
  [[nodiscard]] Row find(std::uint16_t record, const std::string& key);
  bool same(std::int32_t status, std::int32_t expected, const char* what);

  [[nodiscard]] std::string& memory_of(const Picked& row) {
    return model_.tables[row.record][row.key];
  }

  Writer& writer_;
  Model& model_;
  const Plan& plan_;
  schema::Choices& choices_;
  Mix mix_;
  Made& made_;
  std::vector<std::pair<Writer::Mark, Model>> marks_;
  std::uint64_t timers_before_ = 0;
  bool careless_ = false;
  std::string difference_;
};

/// Compares all that can be asked of a state with the model; what differs, empty when nothing does.
std::string compare(const State& state, const Model& model, schema::Choices& choices);

/// The same for what may be asked while a command runs.
std::string compare_indexes(const State& state, const Model& model, std::uint16_t record,
                            schema::Choices& choices);

/// Checkpoint bytes.
std::vector<std::byte> checkpoint_of(const State& state);
Result<std::unique_ptr<State>> state_of(const Plan& plan, const State::Options& options,
                                        std::span<const std::byte> bytes);

}  // namespace cairn::state
