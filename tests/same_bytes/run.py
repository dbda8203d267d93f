#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0
"""Compiles one program with each compiler, without and with optimisation, and compares what the programs print.

Usage: run.py --compiler g++-12 --compiler clang++-19 --golden values.txt --built PROGRAM --source print.cc
              [--include DIR]... [--link FILE]...

The program (print.cc) prints the fingerprints and the IDL of the example domains, and the canonical bytes of
the golden values. What the build itself made of it (--built) is compared too, and the values with the golden
file. The libraries it is linked with are the build's: what the compilers make of the templates is in print.cc.
"""

import argparse
import pathlib
import subprocess
import sys
import tempfile

sys.path.insert(0, str(pathlib.Path(__file__).resolve().parents[1] / "support"))
import compiler as installed

LEVELS = ("-O0", "-O2")


def compiled(options, program, level, work):
    """What the program prints that this compiler makes at this level."""
    output = work / f"print{program.replace('/', '_')}{level}"
    includes = [f"-I{path}" for path in options.include]
    subprocess.run(
        [program, "-std=c++23", level, *includes, options.source, "-o", str(output), *options.link], check=True
    )
    return printed(output)


def printed(program):
    return subprocess.run([program], stdout=subprocess.PIPE, text=True, check=True).stdout


def first_difference(one, other):
    for number, (a, b) in enumerate(zip(one.splitlines(), other.splitlines()), 1):
        if a != b:
            return f"line {number}:\n  {a[:300]}\n  {b[:300]}"
    return "one ends before the other"


def main():
    parser = argparse.ArgumentParser(description="Compare what compilers make of one program.")
    parser.add_argument("--compiler", action="append", required=True)
    parser.add_argument("--golden", required=True)
    parser.add_argument("--built", required=True)
    parser.add_argument("--source", required=True)
    parser.add_argument("--include", action="append", default=[])
    parser.add_argument("--link", action="append", default=[])
    options = parser.parse_args()
    for program in options.compiler:
        installed.require(program)
    expected = printed(options.built)
    golden = pathlib.Path(options.golden).read_text(encoding="utf-8")
    if not golden or not expected.endswith(golden):
        sys.exit(f"the build's own values are not those of {options.golden}")
    wrong = 0
    with tempfile.TemporaryDirectory() as work:
        for program in options.compiler:
            for level in LEVELS:
                found = compiled(options, program, level, pathlib.Path(work))
                if found != expected:
                    wrong += 1
                    print(f"{program} {level} differs from the build: {first_difference(expected, found)}")
    print(f"{len(options.compiler) * len(LEVELS)} programs compared with the build's, {wrong} differ")
    sys.exit(1 if wrong else 0)


if __name__ == "__main__":
    main()
