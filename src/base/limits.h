// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstddef>
#include <cstdint>

namespace cairn {

// Bounds of what is built here, in one place. Every queue, loop and buffer has one; a bound is
// added together with the code that keeps it. Bounds that only one interface knows stay with it.

// Hashing
inline constexpr std::size_t blake3_block_bytes = 64;
inline constexpr std::size_t blake3_lane_bytes_max = 1024;  ///< longest record for blake3_many

// Containers
inline constexpr std::size_t ring_capacity_max = std::size_t{1} << 24U;   ///< items
inline constexpr std::size_t arena_capacity_max = std::size_t{1} << 32U;  ///< bytes

// State
inline constexpr std::size_t state_chunk_bytes = std::size_t{1} << 20U;  ///< of rows, about
inline constexpr std::size_t state_rows_max = std::size_t{1} << 29U;     ///< of one record
inline constexpr std::size_t state_links_max = std::size_t{1} << 31U;    ///< of one edge
inline constexpr std::size_t state_timers_max = std::size_t{1}
                                                << 24U;  ///< commands that wait for their time

// Journal
inline constexpr std::size_t journal_entity_bytes_max = 256;  ///< of an entity or a scope
inline constexpr std::size_t journal_key_bytes_max = 128;     ///< of an idempotency key, a name
inline constexpr std::size_t journal_reason_bytes_max = 1024;
inline constexpr std::size_t journal_events_max = 65'536;  ///< of one transaction
inline constexpr std::size_t journal_delta_bytes_max = std::size_t{64} << 20U;
inline constexpr std::uint64_t index_events_max = 1U << 28U;        ///< of one index file
inline constexpr std::uint64_t index_transactions_max = 1U << 31U;  ///< of one index file
/// Of a term's key: a tag, entity, separator and scope.
inline constexpr std::size_t index_key_bytes_max = 2 * journal_entity_bytes_max + 2;
/// Of one posting list after the other, when a region names many coordinates: with more, the
/// events are looked through instead.
inline constexpr std::size_t index_lists_max = 65'536;
inline constexpr std::size_t tree_batch_leaves = 4096;    ///< hashed between two looks at the store
inline constexpr std::size_t tree_waiting_max = 4096;     ///< hashes kept back from the store
inline constexpr std::size_t note_bytes_max = 1U << 18U;  ///< of a signed note, signatures included
inline constexpr std::size_t key_file_bytes_max = 1U << 16U;
inline constexpr std::size_t anchor_file_bytes_max = 1U << 20U;
/// Of the canonical bytes of one transaction in a receipt, and of the receipt that holds them.
inline constexpr std::size_t receipt_transaction_bytes_max = std::size_t{96} << 20U;
inline constexpr std::size_t receipt_bytes_max = std::size_t{160} << 20U;

// Log lines
inline constexpr std::size_t log_text_bytes_max = 1024;  ///< of one message or text value, as given
inline constexpr std::size_t log_line_bytes_max = 16384;  ///< of one line, as written

// Texts people type
inline constexpr std::size_t nearest_name_bytes_max = 64;  ///< longer names are never suggested

// Commands that do not end
inline constexpr std::size_t quarantine_bytes_max = std::size_t{1} << 20U;  ///< of its file

// Petri nets
inline constexpr std::size_t petri_places_max = 65'536;        ///< of one net
inline constexpr std::size_t petri_transitions_max = 262'144;  ///< of one net
inline constexpr std::size_t petri_arcs_max = std::size_t{1} << 20U;
inline constexpr std::size_t petri_rows_max = 16;  ///< of each record, when a net is explored
/// Combinations of states that a row with several machines can be erased in; over it, erasing is
/// left out of the net and the report says so.
inline constexpr std::size_t petri_erase_combinations_max = 256;
inline constexpr std::size_t petri_markings_max = 1'000'000;  ///< of one exploration
inline constexpr std::size_t petri_marking_bytes_max = std::size_t{256} << 20U;
inline constexpr std::size_t petri_checks_max = std::size_t{1}
                                                << 28U;    ///< transitions tried in one exploration
inline constexpr std::size_t petri_tokens_max = 255;       ///< on one place
inline constexpr std::size_t petri_runs_max = 65'536;      ///< different ones that are remembered
inline constexpr std::size_t petri_run_rows_max = 4096;    ///< of one recorded command
inline constexpr std::size_t petri_run_states_max = 1024;  ///< that one row went through in it
inline constexpr std::size_t petri_runs_bytes_max = std::size_t{64} << 20U;  ///< of one runs file
inline constexpr std::size_t petri_pairs_printed_max = 4096;  ///< pairs of commands, in a report

}  // namespace cairn
