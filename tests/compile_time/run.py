#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0
"""Makes a large domain, compiles it, and compares time and memory with the budget.

Usage: run.py --compiler "g++ -std=c++23 -O1" --include DIR [--seconds 20] [--mebibytes 2048] [--print]

The domain has 60 records of 20 fields (key, unique, indexed, state machine, nested structs, options), 30
edges, 60 events and 120 commands, each with a handler that finds, creates, edits, links and emits. Seconds are
those the compiler computed, so that a busy machine does not fail the test.
"""

import argparse
import os
import pathlib
import resource
import subprocess
import sys
import tempfile

sys.path.insert(0, str(pathlib.Path(__file__).resolve().parents[1] / "support"))
import compiler as installed

RECORDS = 60
COMMANDS = 120
EDGES = 30
EVENTS = 60
PLAIN = ["i64", "u32", "bool", "u8", "Decimal<4>", "Str<24>", "Timestamp", "Option<u64>", "Uuid", "Amount"]


def record(n):
    fields = [
        f"  Key<Id<R{n}>> id = {{}};",
        "  Unique<Str<32>> code = {};",
        "  Indexed<u64> rank = 0;",
        "  Ordered<Timestamp> due = {};",
        "  Immutable<Timestamp> made = {};",
        "  State<Life> status = {};",
    ]
    fields += [f"  {PLAIN[(n + i) % len(PLAIN)]} field_{i} = {{}};" for i in range(20 - len(fields))]
    return [
        f"struct R{n} {{",
        "  enum Status : u8 { New, Busy, Done, Failed };",
        "  using Life = Machine<Initial<New>, From<New>::To<Busy, Failed>, From<Busy>::Guarded<Done>,",
        "                       From<Busy>::To<Failed>>;",
        *fields,
        f"  using schema = Record<{n + 1}, 1, IndexOn<&R{n}::status, &R{n}::due>>;",
        "};",
    ]


def command(n):
    r = n % RECORDS
    return [
        f"struct C{n} {{",
        f"  Id<R{r}> id = {{}};",
        "  Str<32> code = {};",
        "  u64 rank = 0;",
        "  Option<i64> amount = {};",
        "  Text<1000> note = {};",
        f"  using schema = Command<{n + 1}>;",
        "};",
    ]


def event(n):
    return [
        f"struct E{n} {{",
        f"  Id<R{n % RECORDS}> id = {{}};",
        "  u64 rank = 0;",
        "  Timestamp at = {};",
        f"  using schema = Event<{n + 1}, 1, About<&E{n}::id>>;",
        "};",
    ]


def edge(n):
    return [f'struct e{n} : Edge<Many<R{n}>, One<R{n + EDGES}>, "back{n}"> {{}};']


def guard(n):
    return [f"inline bool guard(Tx&, Tx::In<R{n}, R{n}::Busy> row, To<R{n}::Done>) {{ return row->rank > 0; }}"]


def handler(n):
    r = n % RECORDS
    lines = [f"inline Outcome handle(Tx& tx, const C{n}& cmd) {{"]
    if n < RECORDS:
        lines += [
            f"  auto row = tx.create(R{r}{{.id = cmd.id, .code = cmd.code, .rank = cmd.rank}});",
            "  if (!row) return Exists;",
        ]
        if r < EDGES:
            lines.append(f"  if (auto other = tx.find(Id<R{r + EDGES}>{{cmd.rank}})) tx.link<e{r}>(row, other);")
    else:
        lines += [
            "  auto row = tx.find(cmd.id);",
            "  if (!row) return Unknown;",
            f"  tx.set<&R{r}::rank>(row, cmd.rank);",
            f"  if (auto fresh = row.in<R{r}::New>()) fresh.become<R{r}::Busy>();",
            f"  if (auto first = tx.first<&R{r}::rank>()) first.edit();",
        ]
    lines += [f"  tx.emit(E{r}{{.id = row->id, .rank = row->rank, .at = tx.now()}});", "  return ok;", "}"]
    return lines


def domain():
    def names(letter, count):
        return ", ".join(f"{letter}{i}" for i in range(count))

    lines = [
        "// SPDX-License-Identifier: Apache-2.0",
        "#include <cairn/domain.h>",
        "namespace large {",
        "using namespace cairn::dsl;",
        "struct Amount { i64 units = 0; Str<6> currency = {}; };",
    ]
    for make, count in ((record, RECORDS), (command, COMMANDS), (event, EVENTS), (edge, EDGES)):
        for n in range(count):
            lines += make(n)
    lines += [
        "enum class Reject : u16 { Unknown = 1, Exists };",
        "using enum Reject;",
        f'struct Large : Domain<"large", 1, Records<{names("R", RECORDS)}>, Edges<{names("e", EDGES)}>,',
        f'    Commands<{names("C", COMMANDS)}>, Events<{names("E", EVENTS)}>, Rejects<Reject>> {{}};',
        "using Tx = cairn::Tx<Large>;",
        "using Outcome = Tx::Outcome;",
    ]
    for make, count in ((guard, RECORDS), (handler, COMMANDS)):
        for n in range(count):
            lines += make(n)
    lines += [
        "}  // namespace large",
        'extern "C" const cairn_domain* cairn_domain_entry() { return &cairn::domain_entry<large::Large>; }',
    ]
    return "\n".join(lines) + "\n"


def main():
    parser = argparse.ArgumentParser(description="Measure how long a large domain compiles.")
    parser.add_argument("--compiler", default="g++ -std=c++23 -O1 -g1")
    parser.add_argument("--include", action="append", default=[])
    parser.add_argument("--seconds", type=float, default=20)
    parser.add_argument("--mebibytes", type=float, default=2048)
    parser.add_argument("--print", action="store_true", help="print the domain and stop")
    options = parser.parse_args()
    if options.print:
        print(domain(), end="")
        return
    installed.require(options.compiler.split()[0])
    with tempfile.TemporaryDirectory() as work:
        source = pathlib.Path(work) / "large.cc"
        source.write_text(domain())
        includes = [f"-I{path}" for path in options.include]
        subprocess.run(
            [*options.compiler.split(), *includes, "-c", str(source), "-o", os.devnull], check=True
        )
    used = resource.getrusage(resource.RUSAGE_CHILDREN)
    seconds = used.ru_utime + used.ru_stime
    mebibytes = used.ru_maxrss / 1024
    print(
        f"{options.compiler}: {seconds:.1f} s of {options.seconds:.0f},"
        f" {mebibytes:.0f} MiB of {options.mebibytes:.0f}"
    )
    sys.exit(0 if seconds <= options.seconds and mebibytes <= options.mebibytes else 1)


if __name__ == "__main__":
    main()
