// SPDX-License-Identifier: Apache-2.0
// A whole domain in plain C, written against the frozen header of version 1: what a plugin of then
// looks like to a host of today. Counters that are opened, added to and swept away; counter.h is
// the same domain in C++.
#include <string.h>

#include "tests/abi/v1/plugin.h"

/* As `cairn schema DOMAIN --c` lays the record out. */
typedef struct counter {
  uint64_t id;
  int64_t value;
} counter;

enum { record_counter = 0, index_id = 0, index_value = 1, field_value = 1 };

enum { kind_open = 1, kind_add = 2, kind_sweep = 3, kind_changed = 1 };

enum { unknown_counter = 1, counter_exists = 2, too_much = 3 };

static const int64_t value_max = 1000;

/* What the host answered with, when it is not what a rule expects, ends the call. */
static int32_t fault(const cairn_host* host, cairn_call* call, int32_t status, const char* text) {
  const cairn_bytes bytes = {text, strlen(text)};
  host->fault(call, status, bytes);
  return CAIRN_FAULTED;
}

static int32_t reject(const cairn_host* host, cairn_call* call, uint16_t code) {
  const cairn_bytes nothing = {NULL, 0};
  host->reject(call, code, nothing);
  return CAIRN_REJECTED;
}

/* Key bytes: big-endian. */
static void write_key(uint64_t value, unsigned char key[8]) {
  for (int i = 0; i < 8; ++i) {
    key[i] = (unsigned char)(value >> (56 - 8 * i));
  }
}

static int32_t find(const cairn_host* host, cairn_call* call, uint64_t id, cairn_row* row) {
  unsigned char key[8];
  write_key(id, key);
  const cairn_bytes bytes = {key, sizeof(key)};
  return host->find(call, record_counter, index_id, bytes, row);
}

static int32_t say_changed(const cairn_host* host, cairn_call* call, uint64_t id, int64_t value) {
  unsigned char event[16];
  memcpy(event, &id, sizeof(id));
  memcpy(event + sizeof(id), &value, sizeof(value));
  const cairn_bytes bytes = {event, sizeof(event)};
  cairn_event_place place;
  return host->emit(call, kind_changed, bytes, NULL, &place);
}

static int32_t open_counter(const cairn_host* host, cairn_call* call, uint64_t id) {
  const counter memory = {id, 0};
  cairn_row row = NULL;
  const int32_t status = host->create(call, record_counter, &memory, &row);
  if (status == CAIRN_TAKEN) {
    return reject(host, call, counter_exists);
  }
  return status == CAIRN_OK ? CAIRN_ACCEPTED : fault(host, call, status, "create failed");
}

static int32_t add(const cairn_host* host, cairn_call* call, uint64_t id, int64_t amount) {
  cairn_row row = NULL;
  int32_t status = find(host, call, id, &row);
  if (status != CAIRN_OK) {
    return status == CAIRN_ABSENT ? reject(host, call, unknown_counter)
                                  : fault(host, call, status, "find failed");
  }
  const int64_t left = value_max - ((const counter*)row)->value;
  if (amount > left) {
    const cairn_bytes detail = {&left, sizeof(left)};
    host->reject(call, too_much, detail);
    return CAIRN_REJECTED;
  }
  if (amount < -value_max) {
    return fault(host, call, 0, "nobody takes that much away");
  }
  const int64_t value = ((const counter*)row)->value + amount;
  status = host->set(call, record_counter, row, field_value, &value);
  if (status == CAIRN_OK) {
    status = say_changed(host, call, id, value);
  }
  return status == CAIRN_OK ? CAIRN_ACCEPTED : fault(host, call, status, "set failed");
}

static int32_t sweep(const cairn_host* host, cairn_call* call, int64_t below) {
  unsigned char upper[8];
  write_key((uint64_t)below ^ (uint64_t)1 << 63, upper);
  const cairn_scan scan = {
      record_counter, index_value, CAIRN_FORWARD, {NULL, 0}, {upper, sizeof(upper)}};
  for (;;) {
    cairn_cursor cursor = {{0, 0, 0, 0}};
    cairn_row row = NULL;
    int32_t status = host->scan(call, &scan, &cursor, &row);
    if (status == CAIRN_ABSENT) {
      return CAIRN_ACCEPTED;
    }
    if (status == CAIRN_OK) {
      status = say_changed(host, call, ((const counter*)row)->id, 0);
    }
    if (status == CAIRN_OK) {
      status = host->erase(call, record_counter, row);
    }
    if (status != CAIRN_OK) {
      return fault(host, call, status, "sweep failed");
    }
  }
}

static int32_t execute(const cairn_host* host, cairn_call* call, uint16_t kind,
                       cairn_bytes command) {
  const size_t sizes[] = {0, 8, 16, 8};
  uint64_t first = 0;
  int64_t second = 0;
  if (kind < kind_open || kind > kind_sweep) {
    return fault(host, call, CAIRN_UNDECLARED, "the domain has no command of this kind");
  }
  if (command.size != sizes[kind]) {
    return fault(host, call, CAIRN_MALFORMED, "the bytes are not what the schema says");
  }
  memcpy(&first, command.data, sizeof(first));
  if (kind == kind_open) {
    return open_counter(host, call, first);
  }
  if (kind == kind_sweep) {
    memcpy(&second, &first, sizeof(second));
    return sweep(host, call, second);
  }
  memcpy(&second, (const unsigned char*)command.data + sizeof(first), sizeof(second));
  return add(host, call, first, second);
}

static const char idl[] =
    "{\"commands\":[{\"fields\":[{\"name\":\"counter\",\"type\":\"id<Counter>\"}],\"kind\":1,\""
    "name\":\"Open\",\"version\":1},{\"fields\":[{\"name\":\"counter\",\"type\":\"id<Counter>\""
    "},{\"name\":\"amount\",\"type\":\"i64\"}],\"kind\":2,\"name\":\"Add\",\"version\":1},{\"fi"
    "elds\":[{\"name\":\"below\",\"type\":\"i64\"}],\"kind\":3,\"name\":\"Sweep\",\"version\":1"
    "}],\"edges\":[],\"enums\":[],\"events\":[{\"about\":[\"counter\"],\"fields\":[{\"name\":\""
    "counter\",\"type\":\"id<Counter>\"},{\"name\":\"value\",\"type\":\"i64\"}],\"kind\":1,\"na"
    "me\":\"Changed\",\"version\":1}],\"fingerprint\":\"b336ccb95e0ca0e5aab47e8b929f411ca9fa1ab"
    "271e613583b38c7c46be47a62\",\"gates\":[],\"idl\":1,\"invariants\":[],\"name\":\"counter\","
    "\"records\":[{\"fields\":[{\"name\":\"id\",\"role\":\"key\",\"type\":\"id<Counter>\"},{\"n"
    "ame\":\"value\",\"role\":\"indexed\",\"type\":\"i64\"}],\"indexes\":[{\"fields\":[\"id\"],"
    "\"name\":\"id\",\"unique\":true},{\"fields\":[\"value\"],\"name\":\"value\",\"unique\":fal"
    "se}],\"kind\":1,\"name\":\"Counter\",\"version\":1}],\"rejects\":[{\"code\":1,\"name\":\"U"
    "nknownCounter\"},{\"code\":2,\"name\":\"CounterExists\"},{\"code\":3,\"detail\":\"Room\","
    "\"name\":\"TooMuch\"}],\"structs\":[{\"fields\":[{\"name\":\"left\",\"type\":\"i64\"}],\"n"
    "ame\":\"Room\"}],\"version\":1}";

/* Tests also make the table end early, as an older one did, or go on, as a newer one will. */
#ifndef TABLE_SIZE
#define TABLE_SIZE sizeof(cairn_domain)
#endif

static const struct {
  cairn_domain domain;
  uint64_t later[4];
} table = {
    .domain =
        {
            .size = TABLE_SIZE,
            .abi_version = CAIRN_ABI_VERSION,
            .name = "counter",
            .idl = {idl, sizeof(idl) - 1},
            .execute = &execute,
        },
    .later = {1, 2, 3, 4},
};

const cairn_domain* cairn_domain_entry(void) {
  return &table.domain;
}
