// SPDX-License-Identifier: Apache-2.0
// Prints where every member of version 1 lies, and the value of every constant: compiled once
// against the frozen header and once against today's, as C11, by header.py.
#include <stddef.h>
#include <stdio.h>

#define SIZE(type) printf("size %s %zu\n", #type, sizeof(type))
#define MEMBER(type, member)                                               \
  printf("member %s.%s %zu %zu\n", #type, #member, offsetof(type, member), \
         sizeof(((type*)0)->member))
#define CONSTANT(name) printf("constant %s %lld\n", #name, (long long)(name))

static void print_values(void) {
  MEMBER(cairn_bytes, data);
  MEMBER(cairn_bytes, size);
  SIZE(cairn_bytes);
  MEMBER(cairn_cursor, place);
  SIZE(cairn_cursor);
  MEMBER(cairn_event_place, transaction);
  MEMBER(cairn_event_place, event);
  MEMBER(cairn_event_place, reserved);
  SIZE(cairn_event_place);
  MEMBER(cairn_scan, record);
  MEMBER(cairn_scan, index);
  MEMBER(cairn_scan, direction);
  MEMBER(cairn_scan, lower);
  MEMBER(cairn_scan, upper);
  SIZE(cairn_scan);
  MEMBER(cairn_change, before);
  MEMBER(cairn_change, after);
  SIZE(cairn_change);
}

static void print_host(void) {
  MEMBER(cairn_host, size);
  MEMBER(cairn_host, abi_version);
  MEMBER(cairn_host, now);
  MEMBER(cairn_host, position);
  MEMBER(cairn_host, random);
  MEMBER(cairn_host, new_id);
  MEMBER(cairn_host, find);
  MEMBER(cairn_host, create);
  MEMBER(cairn_host, edit);
  MEMBER(cairn_host, set);
  MEMBER(cairn_host, become);
  MEMBER(cairn_host, erase);
  MEMBER(cairn_host, link);
  MEMBER(cairn_host, unlink);
  MEMBER(cairn_host, follow);
  MEMBER(cairn_host, scan);
  MEMBER(cairn_host, count);
  MEMBER(cairn_host, emit);
  MEMBER(cairn_host, schedule);
  MEMBER(cairn_host, reject);
  MEMBER(cairn_host, fault);
  MEMBER(cairn_host, savepoint);
  MEMBER(cairn_host, roll_back);
  MEMBER(cairn_host, take_memory);
}

static void print_domain(void) {
  MEMBER(cairn_domain, size);
  MEMBER(cairn_domain, abi_version);
  MEMBER(cairn_domain, name);
  MEMBER(cairn_domain, descriptor);
  MEMBER(cairn_domain, idl);
  MEMBER(cairn_domain, execute);
  MEMBER(cairn_domain, guard);
  MEMBER(cairn_domain, invariant);
  MEMBER(cairn_domain, gate);
  MEMBER(cairn_domain, upcast);
  MEMBER(cairn_domain, migrate);
  MEMBER(cairn_domain, describe);
  MEMBER(cairn_domain, layout);
}

int main(void) {
  print_values();
  print_host();
  print_domain();
  CONSTANT(CAIRN_ABI_VERSION);
  CONSTANT(CAIRN_OK);
  CONSTANT(CAIRN_ABSENT);
  CONSTANT(CAIRN_TAKEN);
  CONSTANT(CAIRN_LINKED);
  CONSTANT(CAIRN_STALE);
  CONSTANT(CAIRN_UNDECLARED);
  CONSTANT(CAIRN_MALFORMED);
  CONSTANT(CAIRN_READ_ONLY);
  CONSTANT(CAIRN_LIMIT);
  CONSTANT(CAIRN_ACCEPTED);
  CONSTANT(CAIRN_REJECTED);
  CONSTANT(CAIRN_FAULTED);
  CONSTANT(CAIRN_OUT);
  CONSTANT(CAIRN_IN);
  CONSTANT(CAIRN_FORWARD);
  CONSTANT(CAIRN_BACKWARD);
  return 0;
}
