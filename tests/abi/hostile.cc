// SPDX-License-Identifier: Apache-2.0
// A plugin that misuses every way into its host, one at a time: see hostile.h. It says that all
// went well, whatever the host answered.
#include "tests/abi/hostile.h"

#include <cstddef>
#include <cstring>
#include <stdexcept>

namespace {

using hostile::Deed;
using hostile::Victim;

constexpr std::uint16_t nowhere = 999;

// What no domain may keep from one call to another.
Deed deed = {};
cairn_call* kept_call = nullptr;
unsigned char* kept_row = nullptr;

cairn_row find_first(const cairn_host& host, cairn_call* call) {
  static const unsigned char key[8] = {0, 0, 0, 0, 0, 0, 0, 1};
  cairn_row row = nullptr;
  host.find(call, 0, 0, {.data = key, .size = sizeof(key)}, &row);
  return row;
}

/// The first row's memory; when the host gives none, memory of its own.
unsigned char* edit_first(const cairn_host& host, cairn_call* call) {
  static unsigned char nothing[sizeof(Victim)];
  void* memory = nullptr;
  host.edit(call, 0, find_first(host, call), &memory);
  kept_row = memory == nullptr ? nothing : static_cast<unsigned char*>(memory);
  return kept_row;
}

void write(const cairn_host& host, cairn_call* call, std::size_t offset, std::uint16_t value,
           std::size_t size) {
  std::memcpy(edit_first(host, call) + offset, &value, size);
}

/// Rubbish in a row. False when the deed is another.
bool spoil_row(const cairn_host& host, cairn_call* call) {
  switch (deed) {
    case Deed::UndeclaredEnum:
      write(host, call, offsetof(Victim, color), 77, 1);
      return true;
    case Deed::WrongBool:
      write(host, call, offsetof(Victim, flag), 7, 1);
      return true;
    case Deed::LongText:
      write(host, call, offsetof(Victim, note), 60'000, 2);
      return true;
    case Deed::BrokenText:
      write(host, call, offsetof(Victim, note), 1, 2);
      kept_row[offsetof(Victim, note) + 2] = 0xff;
      return true;
    case Deed::WrongOption:
      write(host, call, offsetof(Victim, maybe) + sizeof(cairn::Option<std::uint32_t>) / 2, 9, 1);
      return true;
    case Deed::ChangedKey:
      write(host, call, offsetof(Victim, id), 5, 2);
      return true;
    case Deed::ChangedIndexed:
      write(host, call, offsetof(Victim, rank), 5, 2);
      return true;
    case Deed::ChangedImmutable:
      write(host, call, offsetof(Victim, born), 5, 2);
      return true;
    case Deed::ChangedState:
      write(host, call, offsetof(Victim, phase), Victim::Old, 1);
      return true;
    case Deed::UndeclaredState:
      write(host, call, offsetof(Victim, phase), 200, 1);
      return true;
    default:
      return false;
  }
}

void create(const cairn_host& host, cairn_call* call, std::uint16_t record, std::size_t offset = 0,
            unsigned char value = 2) {
  unsigned char memory[sizeof(Victim)] = {2};
  memory[offset] = value;
  cairn_row row = nullptr;
  host.create(call, record, memory, &row);
}

/// Values that are none, given to the host. False when the deed is another.
bool give_rubbish(const cairn_host& host, cairn_call* call) {
  static const unsigned char rubbish[] = {77};
  static const cairn_bytes bytes = {.data = rubbish, .size = sizeof(rubbish)};
  cairn_event_place place = {};
  switch (deed) {
    case Deed::CreateRubbish:
      create(host, call, 0, offsetof(Victim, color), 77);
      return true;
    case Deed::CreateGrown:
      create(host, call, 0, offsetof(Victim, phase), Victim::Old);
      return true;
    case Deed::SetState:
      host.set(call, 0, find_first(host, call), 7, rubbish);
      return true;
    case Deed::BecomeGone:
      host.become(call, 0, find_first(host, call), 7, Victim::Gone);
      return true;
    case Deed::EmitRubbish:
      host.emit(call, 1, bytes, nullptr, &place);
      return true;
    case Deed::EmitShort:
      host.emit(call, 2, bytes, nullptr, &place);
      return true;
    case Deed::ScheduleRubbish:
      host.schedule(call, 5, 1, bytes);
      return true;
    default:
      return false;
  }
}

/// Positions that the schema does not have.
bool ask_nowhere(const cairn_host& host, cairn_call* call) {
  static const cairn_scan scan = {
      .record = nowhere, .index = 1, .direction = 0, .lower = {}, .upper = {}};
  cairn_row row = find_first(host, call);
  cairn_cursor cursor = {};
  cairn_event_place place = {};
  std::uint64_t number = 0;
  void* memory = nullptr;
  switch (deed) {
    case Deed::FindRecord:
      return host.find(call, nowhere, 0, {}, &row) != 0;
    case Deed::CreateRecord:
      create(host, call, nowhere);
      return true;
    case Deed::EditRecord:
      return host.edit(call, nowhere, row, &memory) != 0;
    case Deed::SetRecord:
      return host.set(call, nowhere, row, 1, &number) != 0;
    case Deed::BecomeRecord:
      return host.become(call, nowhere, row, 7, 1) != 0;
    case Deed::EraseRecord:
      return host.erase(call, nowhere, row) != 0;
    case Deed::NumberRecord:
      return host.new_id(call, nowhere, &number) != 0;
    case Deed::ScanRecord:
      return host.scan(call, &scan, &cursor, &row) != 0;
    case Deed::CountRecord:
      return host.count(call, &scan, &number) != 0;
    case Deed::FollowEdge:
      return host.follow(call, nowhere, CAIRN_OUT, row, &cursor, &row) != 0;
    case Deed::LinkEdge:
      return host.link(call, nowhere, row, row) != 0;
    case Deed::SetField:
      return host.set(call, 0, row, nowhere, &number) != 0;
    case Deed::FindIndex:
      return host.find(call, 0, nowhere, {}, &row) != 0;
    case Deed::EmitKind:
      return host.emit(call, nowhere, {}, nullptr, &place) != 0;
    case Deed::ScheduleKind:
      return host.schedule(call, 5, nowhere, {}) != 0;
    default:
      return false;
  }
}

std::int32_t answer(const cairn_host& host, cairn_call* call) {
  switch (deed) {
    case Deed::RejectUnknown:
      host.reject(call, nowhere, {});
      return CAIRN_REJECTED;
    case Deed::AnswerNothing:
      return 77;
    case Deed::FaultSilently:
      return CAIRN_FAULTED;
    case Deed::Throw:
      throw std::runtime_error("thrown across the border");
    case Deed::Make: {
      const Victim first = {.id = cairn::Id<Victim>{1}};
      cairn_row row = nullptr;
      return host.create(call, 0, &first, &row) == CAIRN_OK ? CAIRN_ACCEPTED : CAIRN_FAULTED;
    }
    default:  // a change for the rules to look at
      edit_first(host, call)[offsetof(Victim, color)] ^= 1;
      return CAIRN_ACCEPTED;
  }
}

std::int32_t execute(const cairn_host* host, cairn_call* call, std::uint16_t /*kind*/,
                     cairn_bytes command) {
  deed = static_cast<Deed>(*static_cast<const unsigned char*>(command.data));
  kept_call = call;
  if (spoil_row(*host, call) || give_rubbish(*host, call) || ask_nowhere(*host, call)) {
    return CAIRN_ACCEPTED;
  }
  return answer(*host, call);
}

std::int32_t invariant(const cairn_host* host, cairn_call* /*before*/, cairn_call* /*after*/,
                       std::uint16_t /*invariant*/, const cairn_change* /*change*/) {
  switch (deed) {
    case Deed::InvariantAnswers:
      return -5;
    case Deed::WriteInInvariant:
      kept_row[offsetof(Victim, color)] ^= 1;
      break;
    case Deed::CallInInvariant:
      edit_first(*host, kept_call)[offsetof(Victim, color)] ^= 1;
      break;
    default:
      break;
  }
  return CAIRN_ACCEPTED;
}

// NOLINTNEXTLINE(readability-function-size): the parameters are those of the C table.
std::int32_t gate(const cairn_host* host, cairn_call* /*before*/, cairn_call* /*after*/,
                  std::uint16_t /*gate*/, std::uint16_t /*kind*/, cairn_bytes /*command*/) {
  switch (deed) {
    case Deed::GateAnswers:
      return 9;
    case Deed::GateThrows:
      throw std::runtime_error("thrown in a gate");
    case Deed::WriteInGate:
      kept_row[offsetof(Victim, color)] = 77;
      break;
    case Deed::WriteKeyInGate:
      kept_row[offsetof(Victim, id)] = 5;
      break;
    case Deed::WriteAndDeny:
      kept_row[offsetof(Victim, color)] ^= 1;
      return CAIRN_REJECTED;
    case Deed::CallInGate:
      host->erase(kept_call, 0, find_first(*host, kept_call));
      break;
    default:
      break;
  }
  return CAIRN_ACCEPTED;
}

constexpr cairn_domain table = [] {
  cairn_domain made = cairn::domain_entry<hostile::Hostile>;
  made.execute = &execute;
  made.invariant = &invariant;
  made.gate = &gate;
  return made;
}();

}  // namespace

extern "C" const cairn_domain* cairn_domain_entry() {
  return &table;
}
