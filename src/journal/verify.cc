// SPDX-License-Identifier: Apache-2.0
#include "journal/verify.h"

#include <algorithm>
#include <limits>
#include <memory>
#include <utility>
#include <vector>

#include <fmt/format.h>

#include "cairn/limits.h"
#include "journal/history.h"
#include "journal/key_history.h"
#include "journal/payloads.h"
#include "journal/schemas.h"
#include "journal/transaction.h"
#include "journal/verify_events.h"
#include "journal/verify_index.h"
#include "journal/verify_tree.h"
#include "log/folder.h"
#include "log/frontier.h"
#include "log/reader.h"
#include "schema/idl.h"
#include "sys/whole_file.h"

namespace cairn::journal {

namespace {

constexpr std::string_view restore = "restore the journal from a backup or a copy";
constexpr std::string_view remake = "delete it: it is made again when the store is opened";

bool is_damage(Errc code) noexcept {
  return code == Errc::Corrupt || code == Errc::Truncated || code == Errc::TooLarge;
}

std::string text_of(const Error& error) {
  return error.where().empty() ? error.message()
                               : fmt::format("{}: {}", error.where(), error.message());
}

/// Transactions that are looked at together.
constexpr std::size_t chunk_max = 64;

bool is_kind(const TransactionRecord& record, SystemKind kind) noexcept {
  return record.kind == static_cast<std::uint16_t>(kind);
}

/// Goes through a journal once. Every step goes on, or notes in the verdict what is broken and
/// fails; then its error means nothing.
class JournalCheck final {
 public:
  JournalCheck(sys::Disk& disk, std::string_view folder, const VerifyOptions& options)
      : disk_(disk), folder_(folder), options_(options) {}

  Result<JournalVerdict> run();

 private:
  std::unexpected<Error> stop(Promise promise, Seq at, std::string reason,
                              std::string_view advice = restore);

  Result<> prepare();
  Result<> read_frontier();
  Result<> trust_keys();
  Result<> open_tree();
  Result<> check_log();
  Result<> begin(const log::BatchView& batch);
  Result<> take(const log::BatchView& batch);
  Result<> read_some(const log::BatchView& batch, std::size_t begin);
  Result<> read_record(std::span<const std::byte> bytes, Seq sequence);
  Result<> check_schema(const TransactionRecord& record);
  Result<> install(const TransactionRecord& record);
  Result<> load_schemas(std::uint32_t in_force, Seq at);
  Result<> check_key(const TransactionRecord& record);
  Result<> check_values(const TransactionRecord& record);
  Result<> check_links();
  Result<> judge(const std::optional<TreeWitness::Fork>& fork);
  Result<> check_anchors();
  Result<> check_tree();
  Result<> check_index();

  sys::Disk& disk_;
  const std::string_view folder_;
  const VerifyOptions& options_;
  JournalVerdict verdict_;
  std::uint64_t total_ = 0;  ///< the last sequence to expect, for progress

  std::optional<TreeWitness> tree_;
  std::unique_ptr<IndexWitness> index_;
  std::unique_ptr<EventLinks> links_;
  std::unique_ptr<Schemas> schemas_;
  std::unique_ptr<Payloads> payloads_;
  KeyHistory keys_;
  std::uint32_t in_force_ = 0;
  std::int64_t time_ = 0;
  /// Some transactions at a time, and their records as far as they are good by themselves.
  std::vector<TransactionReader> readers_ = std::vector<TransactionReader>(chunk_max);
  std::vector<const TransactionRecord*> records_;
};

std::unexpected<Error> JournalCheck::stop(Promise promise, Seq at, std::string reason,
                                          std::string_view advice) {
  verdict_.broken =
      BrokenPromise{.promise = promise, .at = at, .reason = reason, .advice = std::string(advice)};
  return fail(Errc::Corrupt, std::move(reason));
}

Result<JournalVerdict> JournalCheck::run() {
  const auto check = [this]() -> Result<> {
    CAIRN_TRY(prepare());
    CAIRN_TRY(check_log());
    CAIRN_TRY(check_anchors());
    CAIRN_TRY(check_tree());
    return check_index();
  };
  const Result<> checked = check();
  if (links_) {
    verdict_.events = links_->events();
    verdict_.coordinates = links_->coordinates();
  }
  verdict_.schemas = in_force_;
  if (!checked && !verdict_.broken) {
    return fail(checked.error());
  }
  return std::move(verdict_);
}

/// What can be made again is looked at first: the log may grow meanwhile, and then has all of it.
Result<> JournalCheck::prepare() {
  CAIRN_TRY(read_frontier());
  CAIRN_TRY(trust_keys());
  CAIRN_TRY(open_tree());
  CAIRN_TRY(IndexWitness index, IndexWitness::open(disk_, part_of(folder_, index_folder)));
  index_ = std::make_unique<IndexWitness>(std::move(index));
  verdict_.index_files = index_->files();
  if (options_.entries) {
    index_->compare_entries();
  }
  return {};
}

Result<> JournalCheck::read_frontier() {
  const log::Folder folder(disk_, part_of(folder_, log_folder));
  auto file = log::FrontierFile::open(folder, sys::OpenMode::ReadOnly);
  if (!file && file.error().code() == Errc::NotFound) {
    const auto listing = log::list(folder);
    if (listing && !listing->segments.empty()) {
      return stop(Promise::Log, Seq(),
                  folder.path_of(log::frontier_name) + " is missing, though there are segments");
    }
    return fail(Error(Errc::NotFound, "there is no journal in this folder")
                    .advise("name the folder that has the folder `log` in it"));
  }
  CAIRN_TRY(log::FrontierFile opened, std::move(file));
  const auto slot = opened.read();
  if (!slot) {
    return is_damage(slot.error().code()) ? stop(Promise::Log, Seq(), text_of(slot.error()))
                                          : fail(slot.error());
  }
  total_ = slot->durable;
  return {};
}

Result<> JournalCheck::trust_keys() {
  for (const VerifierKey& key : options_.keys) {
    CAIRN_TRY(keys_.trust(key));
  }
  return {};
}

Result<> JournalCheck::open_tree() {
  CAIRN_TRY(TreeWitness opened,
            TreeWitness::open(disk_, part_of(folder_, tree_file), options_.anchors));
  verdict_.has_tree_file = opened.has_file();
  if (opened.has_file() || options_.anchors != nullptr || options_.wants_head) {
    tree_ = std::move(opened);
  }
  return {};
}

Result<> JournalCheck::check_log() {
  const auto visit = [this](const log::BatchView& batch) { return take(batch); };
  const auto verified = log::verify_log(disk_, part_of(folder_, log_folder), visit);
  if (!verified) {
    const bool is_ours = !verdict_.broken && is_damage(verified.error().code());
    return is_ours ? stop(Promise::Log, Seq(), text_of(verified.error())) : fail(verified.error());
  }
  return {};
}

Result<> JournalCheck::begin(const log::BatchView& batch) {
  verdict_.first = Seq(batch.first());
  links_ = std::make_unique<EventLinks>(batch.first());
  time_ = std::numeric_limits<std::int64_t>::min();
  if (tree_) {
    CAIRN_TRY(tree_->begin(batch.first()));
  }
  if (batch.first() == 1) {
    return {};
  }
  // Those that were installed before are known by their files only.
  if (const auto record = readers_.front().read(batch.record(0))) {
    return load_schemas((*record)->schema, verdict_.first);
  }
  return {};
}

Result<> JournalCheck::take(const log::BatchView& batch) {
  if (!links_) {
    CAIRN_TRY(begin(batch));
  }
  for (std::size_t begin = 0; begin < batch.count(); begin += chunk_max) {
    const Result<> read = read_some(batch, begin);
    // What is wrong between transactions in front of one that is wrong by itself comes first.
    CAIRN_TRY(check_links());
    CAIRN_TRY(read);
    for (std::size_t i = 0; options_.entries && i < records_.size(); ++i) {
      index_->add(*records_[i], batch.hashes()[begin + i]);
    }
  }
  if (tree_) {
    CAIRN_TRY(const auto fork, tree_->add(batch.hashes()));
    CAIRN_TRY(judge(fork));
  }
  verdict_.batches += 1;
  verdict_.bytes += log::batch_size(batch.header().frame_bytes);
  verdict_.head = batch.hash();
  if (options_.progress) {
    options_.progress(batch.last(), std::max(total_, batch.last()));
  }
  return {};
}

Result<> JournalCheck::read_some(const log::BatchView& batch, std::size_t begin) {
  records_.clear();
  const std::size_t end = std::min(begin + chunk_max, batch.count());
  for (std::size_t i = begin; i < end; ++i) {
    CAIRN_TRY(read_record(batch.record(i), Seq(batch.first() + i)));
  }
  return {};
}

Result<> JournalCheck::read_record(std::span<const std::byte> bytes, Seq sequence) {
  const auto read = readers_[records_.size()].read(bytes);
  if (!read) {
    return read.error().code() == Errc::Unsupported
               ? fail(Error(read.error()).at(fmt::format("transaction {}", sequence.value())))
               : stop(Promise::Record, sequence, text_of(read.error()));
  }
  const TransactionRecord& record = **read;
  if (record.position != sequence) {
    return stop(Promise::Position, sequence,
                fmt::format("its record says that it is {}", record.position.value()));
  }
  if (record.time < time_) {
    return stop(Promise::Time, sequence,
                fmt::format("it has time {}, and the one before it {}", record.time, time_));
  }
  time_ = record.time;
  verdict_.last = sequence;
  CAIRN_TRY(check_schema(record));
  records_.push_back(&record);
  if (is_kind(record, SystemKind::SchemaInstalled)) {
    return install(record);
  }
  if (is_kind(record, SystemKind::KeyRotated)) {
    return check_key(record);
  }
  return {};
}

Result<> JournalCheck::check_schema(const TransactionRecord& record) {
  if (record.schema != in_force_) {
    return stop(Promise::Schema, record.position,
                fmt::format("it names schema {}, and {} is in force", record.schema, in_force_));
  }
  return options_.values ? check_values(record) : Result<>();
}

Result<> JournalCheck::install(const TransactionRecord& record) {
  const std::string path = Schemas::path_of(folder_, in_force_ + 1);
  const auto text = sys::read_file(disk_, path, schema::idl_bytes_max);
  if (!text && text.error().code() != Errc::NotFound && !is_damage(text.error().code())) {
    return fail(Error(text.error()).at(path));
  }
  if (!text || !std::ranges::equal(*text, record.command)) {
    return stop(Promise::Schema, record.position,
                fmt::format("{} {}", path,
                            text ? "is not the schema that it installed"
                                 : "is missing, or cannot be the schema that it installed"),
                "write the file anew from the transaction: it holds the IDL");
  }
  return load_schemas(in_force_ + 1, record.position);
}

Result<> JournalCheck::load_schemas(std::uint32_t in_force, Seq at) {
  payloads_.reset();
  auto opened = Schemas::open(disk_, folder_, in_force);
  if (!opened) {
    const Error& error = opened.error();
    return is_damage(error.code()) || error.code() == Errc::NotFound
               ? stop(Promise::Schema, at, text_of(error), error.hint())
               : fail(error);
  }
  schemas_ = std::make_unique<Schemas>(*std::move(opened));
  payloads_ = std::make_unique<Payloads>(*schemas_);
  in_force_ = in_force;
  return {};
}

Result<> JournalCheck::check_links() {
  const EventLinks::Flaw flaw = links_->add(records_);
  if (flaw == EventLinks::Flaw::Nothing) {
    return {};
  }
  const EventPlace& place = links_->place();
  const TransactionRecord& record =
      *records_[place.transaction.value() - records_.front()->position.value()];
  verdict_.last = place.transaction;
  const std::string what = place.event == record.events.size()
                               ? std::string("the command")
                               : fmt::format("event {}", place.event);
  return stop(flaw == EventLinks::Flaw::Cause ? Promise::Cause : Promise::Ancestor,
              place.transaction, fmt::format("{} {}", what, links_->reason()));
}

Result<> JournalCheck::check_key(const TransactionRecord& record) {
  const Result<> added = keys_.add(record.position, record.command);
  return added ? Result<>()
               : stop(Promise::Keys, record.position, text_of(added.error()),
                      "believe no head that was signed after it");
}

Result<> JournalCheck::check_values(const TransactionRecord& record) {
  for (std::size_t i = 0; i < record.events.size(); ++i) {
    const EventRecord& event = record.events[i];
    if (event.kind > limits::kind_max) {
      continue;  // no domain's
    }
    const StructInfo* const structure =
        payloads_ == nullptr ? nullptr : payloads_->event(record.schema, event.kind);
    if (structure == nullptr) {
      return stop(Promise::Value, record.position,
                  fmt::format("event {} is of kind {}, which schema {} does not have", i,
                              event.kind, record.schema));
    }
    if (const auto value = payloads_->read(*structure, event.payload); !value) {
      return stop(Promise::Value, record.position,
                  fmt::format("event {}, a {}: {}", i, structure->name, text_of(value.error())));
    }
  }
  return {};
}

Result<> JournalCheck::judge(const std::optional<TreeWitness::Fork>& fork) {
  return fork ? stop(Promise::NotForked, Seq(fork->size), fork->reason,
                     "this is another history than the one that was anchored: find out who "
                     "changed it, and restore the journal from a backup")
              : Result<>();
}

Result<> JournalCheck::check_anchors() {
  if (!tree_) {
    return {};
  }
  if (!tree_->can_tell()) {
    return options_.anchors == nullptr
               ? Result<>()
               : fail(Error(Errc::InvalidArgument,
                            fmt::format("the journal begins with {}, and what was anchored cannot "
                                        "be judged without the tree's file",
                                        verdict_.first.value()))
                          .advise("verify without anchors, or restore the tree's file"));
  }
  CAIRN_TRY(judge(tree_->finish()));
  verdict_.tree = tree_->head();
  if (tree_->is_rolled_back()) {
    return stop(Promise::NotRolledBack, verdict_.last,
                fmt::format("{} transactions were anchored, and there are {}",
                            tree_->anchors_left().back().size, verdict_.last.value()),
                "transactions are gone: restore the journal from a backup that has them");
  }
  return {};
}

/// What can be made again is judged when all else holds: damage there must not hide worse.
Result<> JournalCheck::check_tree() {
  const std::optional<std::string> damage = tree_ ? tree_->damage() : std::nullopt;
  const bool can_be_made = verdict_.first <= Seq(1);
  return damage ? stop(Promise::Tree, Seq(), *damage, can_be_made ? remake : restore) : Result<>();
}

Result<> JournalCheck::check_index() {
  CAIRN_TRY(const auto flaw, index_->check(verdict_.last.value()));
  if (flaw) {
    return stop(Promise::Index, Seq(), *flaw, remake);
  }
  const auto difference = index_->difference();
  return difference ? stop(Promise::Entry, Seq(difference->at), difference->reason, remake)
                    : Result<>();
}

}  // namespace

std::string_view to_string(Promise promise) noexcept {
  switch (promise) {
    case Promise::Log:
      return "log";
    case Promise::Record:
      return "record";
    case Promise::Position:
      return "position";
    case Promise::Time:
      return "time";
    case Promise::Schema:
      return "schema";
    case Promise::Ancestor:
      return "ancestor";
    case Promise::Cause:
      return "cause";
    case Promise::Keys:
      return "keys";
    case Promise::NotRolledBack:
      return "rolled_back";
    case Promise::NotForked:
      return "forked";
    case Promise::Tree:
      return "tree";
    case Promise::Index:
      return "index";
    case Promise::Value:
      return "value";
    case Promise::Entry:
      return "entry";
  }
  return "";
}

Result<JournalVerdict> verify_journal(sys::Disk& disk, std::string_view folder,
                                      const VerifyOptions& options) {
  return JournalCheck(disk, folder, options).run();
}

}  // namespace cairn::journal
