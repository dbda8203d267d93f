#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0
"""Compiles programs that are wrong and looks at what the compiler says first.

Usage: run.py --compiler "g++ -std=c++23" --include DIR FAMILY.cases ...

A case file holds cases, each opened by a line `@case NAME`. Lines that start with @ are directives:
  @says TEXT      the first error contains this text; `cairn: ` is always part of it
  @names A B ...  these words stand in what the compiler prints about the first error
  @domain PARTS   becomes `struct D : Domain<"d", 1, PARTS> {};` and the aliases of its Tx
  @check          asks for the domain's description, which checks all declarations
  @entry          asks for the domain's table, which also checks all its functions
  @inside NS      the code stands in this namespace, not in one with `using namespace cairn::dsl`
  @compiles       the case is a control: it must compile
Every other line is code. A case that compiles although it should not fails the run, and so does one whose
first error is not ours.
"""

import argparse
import concurrent.futures
import os
import pathlib
import re
import subprocess
import sys
import tempfile

sys.path.insert(0, str(pathlib.Path(__file__).resolve().parents[1] / "support"))
import compiler as installed

ERROR = re.compile(r"(?:fatal )?error: ")


class Case:
    def __init__(self, name, place):
        self.name = name
        self.place = place
        self.says = None
        self.names = []
        self.inside = None
        self.compiles = False
        self.code = []

    def source(self):
        opening = (
            f"namespace {self.inside} {{"
            if self.inside
            else "namespace t { using namespace cairn::dsl;"
        )
        return "\n".join([opening, *self.code, "}"]) + "\n"


def read_cases(path):
    cases = []
    for number, line in enumerate(path.read_text().splitlines(), 1):
        word, _, rest = line.partition(" ")
        if word == "@case":
            cases.append(Case(rest.strip(), f"{path.name}:{number}"))
        elif line.startswith("#") and not cases:
            continue
        elif word == "@says":
            cases[-1].says = rest.strip()
        elif word == "@names":
            cases[-1].names = rest.split()
        elif word == "@inside":
            cases[-1].inside = rest.strip()
        elif word == "@compiles":
            cases[-1].compiles = True
        elif word == "@domain":
            cases[-1].code.append(
                f'struct D : Domain<"d", 1, {rest}> {{}};'
                " using Tx = cairn::Tx<D>; using View = cairn::View<D>;"
            )
        elif word == "@check":
            cases[-1].code.append("const auto& info = cairn::domain_info<D>();")
        elif word == "@entry":
            cases[-1].code.append("const cairn_domain* entry = &cairn::domain_entry<D>;")
        elif line.startswith("@"):
            sys.exit(f"{path.name}:{number}: unknown directive {word}")
        elif cases:
            cases[-1].code.append(line)
    return cases


def precompile(compiler, includes, work):
    """Compiles the headers all cases share once; returns the options that use the result."""
    header = work / "face.h"
    header.write_text('#include <cairn/domain.h>\n#include "tests/dsl/shop.h"\n')
    is_clang = "clang" in compiler[0]
    output = work / ("face.pch" if is_clang else "face.h.gch")
    subprocess.run(
        [*compiler, *includes, "-x", "c++-header", str(header), "-o", str(output)], check=True
    )
    return ["-include-pch", str(output)] if is_clang else ["-include", str(header)]


def first_error(output):
    """The first error line, and all that is printed before the second."""
    lines = output.splitlines()
    errors = [i for i, line in enumerate(lines) if ERROR.search(line)]
    if not errors:
        return "", output
    end = errors[1] if len(errors) > 1 else len(lines)
    return lines[errors[0]], "\n".join(lines[:end])


def judge(case, code, output):
    """What is wrong with the compiler's answer; empty when it is as the case says."""
    if case.compiles:
        return "" if code == 0 else f"should compile:\n{output[:3000]}"
    if code == 0:
        return "compiles, and should not"
    line, around = first_error(output)
    if "cairn: " not in line:
        return f"the first error is not ours: {line}\n{output[:3000]}"
    if case.says not in line:
        return f"the first error does not say {case.says!r}: {line}"
    missing = [name for name in case.names if not re.search(rf"\b{re.escape(name)}\b", around)]
    if missing:
        return f"the first error does not name {' '.join(missing)}:\n{around[:3000]}"
    return ""


def run(case, compiler, includes, shared):
    if not case.compiles and not case.says:
        return "a case needs @says or @compiles"
    done = subprocess.run(
        [*compiler, *includes, *shared, "-fsyntax-only", "-x", "c++", "-"],
        input=case.source(),
        capture_output=True,
        text=True,
        env={**os.environ, "LC_ALL": "C"},
    )
    return judge(case, done.returncode, done.stderr)


def main():
    parser = argparse.ArgumentParser(description="Run compile-fail cases.")
    parser.add_argument("--compiler", required=True)
    parser.add_argument("--include", action="append", default=[])
    parser.add_argument("--jobs", type=int, default=1)
    parser.add_argument("--only", default="", help="run only the cases with this name")
    parser.add_argument("files", nargs="+", type=pathlib.Path)
    options = parser.parse_args()
    compiler = options.compiler.split()
    installed.require(compiler[0])
    includes = [f"-I{path}" for path in options.include]
    cases = [case for path in options.files for case in read_cases(path)]
    cases = [case for case in cases if options.only in ("", case.name)]
    failed = 0
    with tempfile.TemporaryDirectory() as work:
        shared = precompile(compiler, includes, pathlib.Path(work))
        with concurrent.futures.ThreadPoolExecutor(options.jobs) as pool:
            answers = pool.map(lambda case: run(case, compiler, includes, shared), cases)
            for case, wrong in zip(cases, answers):
                if wrong:
                    failed += 1
                    print(f"{case.place}: {case.name}: {wrong}")
    controls = sum(case.compiles for case in cases)
    print(f"{len(cases) - controls} mistakes, {controls} controls, {failed} wrong")
    if not cases or (not options.only and controls == 0):
        sys.exit("a family needs cases, and a control that compiles")
    sys.exit(1 if failed else 0)


if __name__ == "__main__":
    main()
