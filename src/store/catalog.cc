// SPDX-License-Identifier: Apache-2.0
#include "store/catalog.h"

#include <fmt/format.h>

#include "cairn/limits.h"
#include "store/mended.h"

namespace cairn::store {

Result<Head> Catalog::head(const journal::Coordinate& coordinate) {
  CAIRN_TRY(const auto found, ask_mended([&] { return index_.head(coordinate); }, mend_));
  return found ? Head{.place = found->place, .version = found->version, .hash = found->hash}
               : Head();
}

Result<std::uint32_t> Catalog::events_of(std::uint64_t sequence) {
  return ask_mended([&] { return index_.events_of(sequence); }, mend_);
}

Result<std::optional<Answer>> Catalog::answer(const journal::RequestHash& request) {
  CAIRN_TRY(const std::optional<std::uint64_t> sequence,
            ask_mended([&] { return index_.find_request(request); }, mend_));
  if (!sequence) {
    return std::nullopt;
  }
  const auto read = reader_.at(Seq(*sequence));
  if (!read && read.error().code() == Errc::NotFound) {
    return fail(Error(Errc::NotFound,
                      fmt::format("the request was made before, and answered by transaction {}, "
                                  "which is not kept any more",
                                  *sequence))
                    .advise("the store's archive has it"));
  }
  CAIRN_TRY(const journal::HistoryEntry* const entry, read);
  return answer_of(*entry->record, scratch_);
}

Answer answer_of(const journal::TransactionRecord& record, GrowingByteWriter& scratch) {
  const bool is_denied = record.outcome == OutcomeKind::Denied;
  std::size_t shown = record.events.size();
  while (shown > 0 && record.events[shown - 1].kind > limits::kind_max) {
    --shown;
  }
  return {.sequence = record.position.value(),
          .time = record.time,
          .version = shown == 0 ? 0 : record.events[shown - 1].version,
          .count = static_cast<std::uint32_t>(shown),
          .is_denied = is_denied,
          .gate = record.gate,
          .schema = record.schema,
          .content = content_of(record, scratch)};
}

}  // namespace cairn::store
