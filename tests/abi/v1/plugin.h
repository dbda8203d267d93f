/* SPDX-License-Identifier: Apache-2.0 */
#pragma once

#include <stddef.h>
#include <stdint.h>

/*
 * The border between a domain and its host, in C. A domain built into a program and one loaded from
 * a shared object take the same path: the host calls `cairn_domain.execute`, the domain works
 * through `cairn_host`. Only bytes, numbers and pointers that are valid for one call cross. Nothing
 * throws across: a domain turns what it caught into CAIRN_FAULTED and a text.
 *
 * Both tables start with their size and grow at their end only. A reader uses a member only when it
 * lies inside the size that the other side gave; what exists never changes its meaning or place.
 *
 * Values cross in two forms, both fixed by the schema:
 *   memory     a row or a field as the schema lays it out, padding zero
 *   canonical  commands, events and details, as docs/formats/values.md says
 * Keys cross as key bytes, which compare as the values do. Records, edges, commands, events and
 * fields are named by their position in the schema, kinds by their number.
 */

/* NOLINTBEGIN(modernize-use-using,readability-identifier-naming): C11, and its names are the ABI */
#ifdef __cplusplus
extern "C" {
#endif

#define CAIRN_ABI_VERSION 1u

/* One call of execute, guard, invariant, gate or migrate. The host's; opaque. */
typedef struct cairn_call cairn_call;

/*
 * A row is the address of its memory. It is valid, and stays where it is, until the call ends, also
 * after the row was erased: then reading gives what it last held and every other use CAIRN_STALE.
 */
typedef const void* cairn_row;

/* Statuses of the host's functions. Those from CAIRN_STALE on end the call as a fault. */
enum {
  CAIRN_OK = 0,
  CAIRN_ABSENT = 1, /* no such row or link, or the end of a walk */
  CAIRN_TAKEN = 2,  /* the key, unique value, link or place at a `one` end is taken */
  CAIRN_LINKED = 3, /* erase: an edge with OnErase::Refuse still links the row */

  CAIRN_STALE = 16,      /* the row was erased, or its creation rolled back */
  CAIRN_UNDECLARED = 17, /* a position, kind or transition that the schema does not have */
  CAIRN_MALFORMED = 18,  /* bytes or sizes that are not what the schema says */
  CAIRN_READ_ONLY = 19,  /* a change inside a guard, gate, invariant or view */
  CAIRN_LIMIT = 20       /* the call ran out of its steps, writes or bytes */
};

/* Results of the domain's functions. */
enum {
  CAIRN_ACCEPTED = 0, /* or: yes, it may; yes, it holds */
  CAIRN_REJECTED = 1, /* a rule said no: `reject` was called before; or: no */
  CAIRN_FAULTED = 2   /* `fault` was called before; all changes are rolled back */
};

enum { CAIRN_OUT = 0, CAIRN_IN = 1 }; /* along an edge, and against it */

enum { CAIRN_FORWARD = 0, CAIRN_BACKWARD = 1 }; /* ascending, and descending */

typedef struct cairn_bytes {
  const void* data;
  size_t size;
} cairn_bytes;

/* Where a walk over links or an index stands. The host's, in the caller's memory; zero at first. */
typedef struct cairn_cursor {
  uint64_t place[4];
} cairn_cursor;

/* The place of an event in history: the transaction, and its position among those emitted there. */
typedef struct cairn_event_place {
  uint64_t transaction;
  uint32_t event;
  uint32_t reserved; /* 0 */
} cairn_event_place;

/*
 * A scan of an ordered index: entries with lower <= key bytes < upper. An empty `upper` means no
 * bound. An index that is not unique goes on in the order of primary keys.
 */
typedef struct cairn_scan {
  uint16_t record;
  uint16_t index;
  uint32_t direction;
  cairn_bytes lower;
  cairn_bytes upper;
} cairn_scan;

typedef struct cairn_host {
  uint32_t size; /* of this table, in bytes */
  uint32_t abi_version;

  /* What the call may know. The same values whenever the transaction is executed again. */
  int64_t (*now)(cairn_call*);       /* its time, in nanoseconds since 1970 */
  uint64_t (*position)(cairn_call*); /* its sequence number */
  uint64_t (*random)(cairn_call*);   /* the next number of a sequence seeded by its position */
  int32_t (*new_id)(cairn_call*, uint16_t record, uint64_t* id); /* one that no row ever had */

  /* Rows. `find` takes a unique index; index 0 is the primary key. */
  int32_t (*find)(cairn_call*, uint16_t record, uint16_t index, cairn_bytes key, cairn_row*);
  /* CAIRN_TAKEN when the key or a unique value is taken. Copies the memory, which is a whole row.
   */
  int32_t (*create)(cairn_call*, uint16_t record, const void* memory, cairn_row*);
  /* Makes the row's memory writable for the rest of the call, as far as fields without index, state
     and promise go. Called before the first write, and harmless after it. */
  int32_t (*edit)(cairn_call*, uint16_t record, cairn_row, void** memory);
  /* Sets an indexed or unique field from its memory; its indexes follow. CAIRN_TAKEN changes
     nothing. */
  int32_t (*set)(cairn_call*, uint16_t record, cairn_row, uint16_t field, const void* memory);
  int32_t (*become)(cairn_call*, uint16_t record, cairn_row, uint16_t field, int64_t state);
  int32_t (*erase)(cairn_call*, uint16_t record, cairn_row);

  /* Links. */
  int32_t (*link)(cairn_call*, uint16_t edge, cairn_row source, cairn_row target);
  int32_t (*unlink)(cairn_call*, uint16_t edge, cairn_row source, cairn_row target);
  /* The row at the other end of the next link, oldest first. Walks the links that existed when the
     cursor was zero and still exist when it reaches them. */
  int32_t (*follow)(cairn_call*, uint16_t edge, uint32_t direction, cairn_row, cairn_cursor*,
                    cairn_row*);

  /* Ordered scans. They see the call's own changes: each step continues behind the entry before it,
     in the index as it is then. */
  int32_t (*scan)(cairn_call*, const cairn_scan*, cairn_cursor*, cairn_row*);
  int32_t (*count)(cairn_call*, const cairn_scan*, uint64_t* entries);

  /* What the call says. Canonical bytes. `cause` may be null: the command is the cause. */
  int32_t (*emit)(cairn_call*, uint16_t kind, cairn_bytes event, const cairn_event_place* cause,
                  cairn_event_place*);
  int32_t (*schedule)(cairn_call*, int64_t at, uint16_t kind, cairn_bytes command);
  /* Before returning CAIRN_REJECTED. `detail` is empty, or of the struct declared for the code. */
  void (*reject)(cairn_call*, uint16_t code, cairn_bytes detail);
  /* Before returning CAIRN_FAULTED: the status that ended the call, or 0, and a text for people. */
  void (*fault)(cairn_call*, int32_t status, cairn_bytes text);

  /* Marks a point of the call, and undoes all changes, events and schedules made since. Undoing
     keeps the mark and forgets later ones. */
  int32_t (*savepoint)(cairn_call*, uint64_t* mark);
  int32_t (*roll_back)(cairn_call*, uint64_t mark);

  /* Memory for the rest of the call, aligned for every value; null when the call's budget is spent.
   */
  void* (*take_memory)(cairn_call*, size_t size);
} cairn_host;

/* A change of one row between two states of a transaction; null: the row was not there. */
typedef struct cairn_change {
  cairn_row before;
  cairn_row after;
} cairn_change;

/* Takes a piece of a text; `to` is what it was handed along with. */
typedef void (*cairn_write_function)(void* to, cairn_bytes piece);

typedef struct cairn_domain {
  uint32_t size; /* of this table, in bytes */
  uint32_t abi_version;
  const char* name;
  /* A `cairn::DomainInfo`, for a host that the domain is linked with. A host that loaded the domain
     from a file never looks at it: it may come from another build of Cairn. */
  const void* descriptor;
  /* The schema as IDL JSON; may be empty when `describe` is given. */
  cairn_bytes idl;

  /* Executes a command. Never null; `guard`, `invariant` and `gate` may be where the schema
     declares none of them. A kind the domain lacks, or bytes that are no such command, fault. */
  int32_t (*execute)(const cairn_host*, cairn_call*, uint16_t kind, cairn_bytes command);
  /* Whether a declared, guarded transition may fire. Changes nothing. */
  int32_t (*guard)(const cairn_host*, cairn_call*, uint16_t record, cairn_row, uint16_t field,
                   int64_t from, int64_t to);
  /* Whether an invariant holds: by position in the schema. For one about a record or an edge, the
     change is that of a row, or of a link (its source and target; `after` call only). */
  int32_t (*invariant)(const cairn_host*, cairn_call* before, cairn_call* after, uint16_t invariant,
                       const cairn_change*);
  /* Whether a gate lets the command commit: by position in the schema. */
  int32_t (*gate)(const cairn_host*, cairn_call* before, cairn_call* after, uint16_t gate,
                  uint16_t kind, cairn_bytes command);
  /* Makes a value of an older version of an event, or a row of an older version of a record, into
     one of the next version. Null: the domain has only first versions. */
  int32_t (*upcast)(const cairn_host*, cairn_call*, uint16_t kind, uint16_t version,
                    cairn_bytes event, cairn_bytes* upcasted);
  int32_t (*migrate)(const cairn_host*, cairn_call*, uint16_t record, uint16_t version,
                     cairn_bytes row, cairn_bytes* migrated);

  /* Writes the schema as IDL JSON, piece by piece; the member "fingerprint" may be left out. Null
     when `idl` says it. */
  void (*describe)(cairn_write_function write, void* to);
  /* How the compiler laid the rows out: `cairn::layout_stamp`. 0: not known. */
  uint64_t layout;
} cairn_domain;

/* What a domain's shared object exports, and nothing else. The table lives as long as the object is
   loaded. */
typedef const cairn_domain* (*cairn_domain_entry_function)(void);
__attribute__((visibility("default"))) const cairn_domain* cairn_domain_entry(void);

#ifdef __cplusplus
}
#endif
/* NOLINTEND(modernize-use-using,readability-identifier-naming) */
