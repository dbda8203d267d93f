// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstddef>
#include <cstdint>
#include <deque>
#include <functional>
#include <map>
#include <memory>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "cairn/descriptor.h"
#include "cairn/error.h"
#include "cairn/store_core.h"
#include "journal/exported.h"
#include "schema/schema.h"

namespace cairn::journal {

/// The domains of a journal, from its first schema to its last, as their schemas tell them. Each
/// says of its events what they were before, so that a store can go from one to the next; that
/// nothing here makes one version of the other does not matter to whoever reads no event.
/// Immutable.
class Generations final {
 public:
  static Result<Generations> from_idls(const std::vector<std::string>& idls);

  [[nodiscard]] std::uint32_t count() const noexcept {
    return static_cast<std::uint32_t>(schemas_.size());
  }

  [[nodiscard]] std::span<const schema::Schema> schemas() const noexcept { return schemas_; }

  /// From 1 on. Valid as long as this is.
  [[nodiscard]] DomainInfo domain(std::uint32_t number) const;

 private:
  std::vector<schema::Schema> schemas_;
  std::deque<StructInfo> structs_;                      ///< events that know what they were before
  std::vector<std::vector<const StructInfo*>> events_;  ///< of each schema
};

/// Appends what an export states to a store, transaction after transaction in the order of its
/// lines (docs/formats/export.md): each in the schema that it was stated in, so that its events
/// keep their version, and are upcast when they are read. One thread.
class Importer final {
 public:
  /// Opens the store that it goes to, with a domain that lives as long as that.
  using Open = std::function<Result<std::unique_ptr<store::StoreCore>>(const DomainInfo&)>;

  struct Counts {
    std::uint64_t appended = 0;
    std::uint64_t repeated = 0;
    std::uint64_t left_out = 0;
    std::uint64_t events = 0;
    std::uint64_t consumers = 0;  ///< that were moved to where they stood
  };

  /// Errors name the line, here and below.
  static Result<std::unique_ptr<Importer>> begin(std::string_view header, Open open);

  Result<> add(std::string_view line, std::uint64_t number);
  /// Waits for all that is under way, moves consumers, and closes the store, which has the last
  /// schema then.
  Result<> finish();

  [[nodiscard]] const Counts& counts() const noexcept { return counts_; }

 private:
  struct UnderWay {
    std::uint64_t line = 0;
    std::uint64_t sequence = 0;  ///< where it was exported
    std::size_t events = 0;      ///< none: a consumer's move
    std::unique_ptr<store::Pending> pending;
  };

  /// Where a transaction was, and is now.
  struct Moved {
    std::uint64_t from = 0;
    std::uint64_t to = 0;
  };

  /// The last move of a consumer, where it was exported.
  struct Stand {
    std::uint64_t line = 0;
    std::uint64_t sequence = 0;
    EventId next = {};
  };

  Importer(Generations generations, const Digest& origin, Open open);

  Result<> add(const ExportedTransaction& transaction, std::uint64_t line);
  Result<> open_for(std::uint32_t schema);
  Result<> close();
  Result<std::optional<EventId>> cause_of(const ExportedEvent& event, std::uint64_t sequence);
  Result<> start(const store::Append& append, UnderWay what);
  Result<> take_oldest();
  Result<> take_all();
  [[nodiscard]] EventId place_now(EventId next) const;
  Result<> move_consumers();

  const Generations generations_;
  const std::string origin_;
  const Open open_;
  ExportReader reader_;
  std::unique_ptr<store::StoreCore> store_;
  std::uint32_t schema_ = 0;  ///< of the export, that the store is open with
  std::uint64_t last_ = 0;
  std::deque<UnderWay> under_way_;
  /// Where each transaction has come to, ascending: causes name it by where it was.
  std::vector<Moved> places_;
  std::map<std::string, Stand> stands_;  ///< by consumer
  Counts counts_;
};

}  // namespace cairn::journal
