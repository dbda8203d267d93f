// SPDX-License-Identifier: Apache-2.0
#include "store/key_recorder.h"

#include <cstddef>
#include <optional>
#include <ranges>
#include <span>
#include <string>
#include <utility>
#include <vector>

#include <fmt/format.h>

#include "cairn/byte_writer.h"
#include "journal/keys.h"
#include "journal/keys_ring.h"
#include "journal/note.h"
#include "journal/own_event.h"

namespace cairn::store {

namespace {

using journal::KeyChange;
using journal::SignerKey;

struct KeyRecord {
  Seq at;
  std::vector<std::byte> note;
};

Result<std::optional<SignerKey>> parse(std::string_view text, std::string_view option) {
  if (text.empty()) {
    return std::nullopt;
  }
  auto key = SignerKey::parse(text);
  return key ? Result<std::optional<SignerKey>>(std::move(*key))
             : fail(std::move(key).error().at(option));
}

/// The key was changed, and nobody who verifies could know by whom.
std::unexpected<Error> unrecorded(const KeyChange& known, const SignerKey& key) {
  return fail(
      Error(Errc::Conflict,
            fmt::format("transaction {} records that {} signs the heads of this store from size {} "
                        "on, and no rotation to {} is recorded",
                        known.at.value(), known.key.to_string(), known.size,
                        key.verifier().to_string()))
          .advise("give the key that signed until now as StoreOptions::retiring_key, once"));
}

Result<> check_names(const SignerKey& retiring, const SignerKey& key) {
  return retiring.verifier().name() == key.verifier().name()
             ? Result<>()
             : fail(Errc::Conflict, fmt::format("the keys are of different journals, {} and {}",
                                                retiring.verifier().name(), key.verifier().name()));
}

}  // namespace

/// From the last back to the first that is kept, and then as they were recorded.
Result<journal::KeyHistory> KeyRecorder::read() {
  std::vector<KeyRecord> records;
  CAIRN_TRY(head_, parts_.index.head(journal::key_coordinate));
  std::uint64_t at = head_ ? head_->place.transaction.value() : 0;
  CAIRN_TRY(const Seq first, parts_.reader.first());
  while (at != 0 && at >= first.value()) {
    CAIRN_TRY(const journal::HistoryEntry* const entry, parts_.reader.at(Seq(at)));
    const journal::TransactionRecord& record = *entry->record;
    if (record.kind != static_cast<std::uint16_t>(journal::SystemKind::KeyRotated) ||
        record.events.size() != 1) {
      return fail(Errc::Corrupt, fmt::format("transaction {} records no key", at));
    }
    records.push_back({.at = Seq(at), .note = {record.command.begin(), record.command.end()}});
    at =
        record.events.front().version == 1 ? 0 : record.events.front().ancestor.transaction.value();
  }
  journal::KeyHistory history;
  for (const KeyRecord& record : std::views::reverse(records)) {
    if (auto added = history.add(record.at, record.note); !added) {
      return fail(
          Error(Errc::Corrupt, added.error().message())
              .at(fmt::format("the key in transaction {}", record.at.value()))
              .advise("`cairn verify` says more; believe no head that was signed after it"));
    }
  }
  return history;
}

Result<bool> KeyRecorder::install(const Keys& keys) {
  CAIRN_TRY(const auto key, parse(keys.signing, "StoreOptions::signing_key"));
  CAIRN_TRY(const auto retiring, parse(keys.retiring, "StoreOptions::retiring_key"));
  if (!key) {
    return retiring
               ? Result<bool>(fail(Error(Errc::InvalidArgument, "a key retires, and none follows")
                                       .advise("give StoreOptions::signing_key")))
               : false;
  }
  CAIRN_TRY(const journal::KeyHistory history, read());
  const KeyChange* const known = history.in_force();
  if (known == nullptr) {
    return install_first(*key, retiring ? &*retiring : nullptr);
  }
  if (known->key == key->verifier()) {
    return false;
  }
  if (!retiring || retiring->verifier() != known->key) {
    return unrecorded(*known, *key);
  }
  CAIRN_TRY(check_names(*retiring, *key));
  CAIRN_TRY(record(sign_rotation(parts_.writer.next(), *retiring, *key)));
  return true;
}

/// A store that was not asked to record keys before may have one to retire all the same.
Result<bool> KeyRecorder::install_first(const SignerKey& key, const SignerKey* retiring) {
  const bool rotates = retiring != nullptr && retiring->verifier() != key.verifier();
  if (rotates) {
    CAIRN_TRY(check_names(*retiring, key));
  }
  CAIRN_TRY(record(sign_first_key(parts_.writer.next(), rotates ? *retiring : key)));
  if (rotates) {
    CAIRN_TRY(record(sign_rotation(parts_.writer.next(), *retiring, key)));
  }
  return true;
}

/// Durable when it returns.
Result<> KeyRecorder::record(const journal::Note& note) {
  const std::string text = print_note(note);
  journal::EventRecord event = {.kind = journal::key_recorded_kind,
                                .payload = {},
                                .about = journal::EventRecord::About::Named,
                                .coordinate = journal::key_coordinate,
                                .version = head_ ? head_->version + 1 : 1};
  if (head_) {
    event.ancestor = head_->place;
    event.ancestor_hash = head_->hash;
  }
  journal::TransactionRecord record;
  record.kind = static_cast<std::uint16_t>(journal::SystemKind::KeyRotated);
  record.command = std::as_bytes(std::span(text));
  record.events = std::span(&event, 1);
  const Timestamp now = parts_.clock.wall_now();
  CAIRN_TRY(const std::uint64_t sequence, parts_.committer.record(record, now));
  CAIRN_TRY(parts_.writer.flush(now));
  GrowingByteWriter scratch;
  head_ = journal::CoordinateHead{.place = {.transaction = Seq(sequence), .event = 0},
                                  .version = event.version,
                                  .hash = hash_of(event, scratch)};
  return {};
}

}  // namespace cairn::store
