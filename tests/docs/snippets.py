#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0
"""Compiles the C++ in documents.

Usage: snippets.py --compiler "g++ -std=c++23" --root DIR DOCUMENT.md ...

A line `<!-- snippets: NAME -->` opens a translation unit: the ```cpp blocks below it, up to the next such line,
are one program, in the order in which they stand. A ```cpp block above the first such line is a mistake, and so
is a unit without a block. Errors and warnings name the line of the document.
"""

import argparse
import pathlib
import re
import subprocess
import sys
from dataclasses import dataclass, field

sys.path.insert(0, str(pathlib.Path(__file__).resolve().parents[1] / "support"))
import compiler as installed

MARKER = re.compile(r"<!-- snippets: ([a-z0-9_]+) -->")


class Mistake(Exception):
    """What is wrong with a document itself."""


@dataclass
class Unit:
    name: str
    place: str
    lines: list[str] = field(default_factory=list)

    def source(self) -> str:
        return "\n".join(self.lines) + "\n"


def units_of(name: str, text: str) -> list[Unit]:
    units: list[Unit] = []
    in_block = False
    in_cpp = False
    for number, line in enumerate(text.splitlines(), 1):
        marker = None if in_block else MARKER.fullmatch(line)
        if line.startswith("```"):
            in_block = not in_block
            in_cpp = in_block and line == "```cpp"
            if in_cpp and not units:
                raise Mistake(f"{name}:{number}: no line <!-- snippets: NAME --> stands above this block")
            if in_cpp:
                units[-1].lines.append(f'#line {number + 1} "{name}"')
        elif marker:
            units.append(Unit(marker[1], f"{name}:{number}"))
        elif in_cpp:
            units[-1].lines.append(line)
    if in_block:
        raise Mistake(f"{name}: the last ``` is not closed")
    for unit in units:
        if not unit.lines:
            raise Mistake(f"{unit.place}: no ```cpp block follows in {unit.name}")
    return units


def compile_unit(unit: Unit, compiler: list[str], root: pathlib.Path) -> str:
    """What the compiler complains about; empty when it takes the unit."""
    done = subprocess.run(
        [*compiler, "-I", str(root / "include"), "-fsyntax-only", "-x", "c++", "-"],
        input=unit.source(), capture_output=True, text=True, check=False)
    if done.returncode == 0:
        return ""
    return f"{unit.place}: {unit.name} does not compile\n{done.stderr[:6000]}"


def main() -> int:
    parser = argparse.ArgumentParser(description="Compile the C++ in documents.")
    parser.add_argument("--compiler", required=True)
    parser.add_argument("--root", type=pathlib.Path, required=True)
    parser.add_argument("documents", nargs="+", help="paths from the root")
    options = parser.parse_args()
    compiler = options.compiler.split()
    installed.require(compiler[0])
    try:
        units = [unit for name in options.documents
                 for unit in units_of(name, (options.root / name).read_text(encoding="utf-8"))]
    except Mistake as mistake:
        print(mistake)
        return 1
    wrong = [complaint for unit in units if (complaint := compile_unit(unit, compiler, options.root))]
    print("\n".join([*wrong, f"{len(units)} units, {len(wrong)} wrong"]))
    return 1 if wrong or not units else 0


if __name__ == "__main__":
    sys.exit(main())
