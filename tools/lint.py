#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0
"""Runs clang-tidy on the translation units of a build, in parallel, skipping what has not changed.

A unit that passed is remembered in BUILD/lint-cache under a hash of everything that decides the
result: clang-tidy's version, .clang-tidy, the compile command, the unit and its project headers.
"""

import hashlib
import json
import os
import re
import subprocess
import sys
import time
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor, as_completed
from dataclasses import dataclass
from itertools import pairwise
from pathlib import Path

from sources import Repo, ToolProblem, add_changed_arguments, changed_files, find_program
from sources import guard, parser

PROGRAM = "clang-tidy-19"
CONFIG = ".clang-tidy"
KEEP_DAYS = 14
# These are compiled by their own tests, not by the project's build.
BUILT_ELSEWHERE = ("tests/compile_fail/", "tests/abi/", "tests/e2e/")
_FINDING = re.compile(r"^(\S.*?):(\d+):\d+: (?:warning|error): ", re.MULTILINE)
_NOTE = re.compile(r"^\S.*?:\d+:\d+: note: ", re.MULTILINE)
_NOISE = re.compile(r": note: (?:expanded from macro|\+\d+, (?:including )?nesting)")


@dataclass(frozen=True)
class Unit:
    """One translation unit: its path from the root, and how it is compiled."""

    path: str
    command: str


def load_units(repo: Repo, build: Path) -> list[Unit]:
    """Returns the project's units of the build; an error if the build lacks a source file."""
    database = build / "compile_commands.json"
    try:
        entries = json.loads(database.read_text(encoding="utf-8"))
    except (OSError, ValueError):
        raise ToolProblem(f"{database} cannot be read. Configure first: cmake --preset "
                          f"{build.name}") from None
    units = {}
    for entry in entries:
        path = os.path.relpath(Path(entry["directory"], entry["file"]), repo.root)
        if path in repo.files and repo.files[path].is_cxx:
            command = entry.get("command") or json.dumps(entry.get("arguments"))
            units[path] = Unit(path, command)
    refuse_unbuilt(repo, set(units), database)
    return [units[path] for path in sorted(units)]


def refuse_unbuilt(repo: Repo, built: set[str], database: Path) -> None:
    """A source file that no build compiles would never be checked: that is not a pass."""
    missing = [file.path for file in repo.cxx if not file.is_header and file.path not in built
               and not file.path.startswith(BUILT_ELSEWHERE)]
    if missing:
        raise ToolProblem(f"{', '.join(missing)}: not in {database}, so not checked. Name it in "
                          "its folder's CMakeLists.txt, then configure again.")


def affected(repo: Repo, units: list[Unit], changed: set[str]) -> list[Unit]:
    """Returns the units that changed or that include a changed header, however indirectly."""
    if CONFIG in changed:
        return units
    return [unit for unit in units if not changed.isdisjoint(repo.reach(unit.path))]


def cache_key(repo: Repo, unit: Unit, setting: bytes) -> str:
    digest = hashlib.sha256(setting)
    digest.update(f"{unit.path}\0{unit.command}\0".encode())
    for path in sorted(repo.reach(unit.path)):
        digest.update(path.encode() + b"\0" + hashlib.sha256(repo.files[path].data).digest())
    return digest.hexdigest()


def outputs(repo: Repo, build: Path, units: list[Unit]) -> Iterator[tuple[Unit, str]]:
    """Checks the units on all cores; yields each with what was found, as soon as it is done."""
    with ThreadPoolExecutor(os.cpu_count()) as pool:
        running = {pool.submit(run_one, repo, build, unit): unit for unit in units}
        try:
            for done in as_completed(running):
                yield running[done], done.result()
        finally:
            pool.shutdown(cancel_futures=True)


class PassCache:
    """The units that passed: one empty file for each, named by the unit's key."""

    def __init__(self, folder: Path):
        self.folder = folder
        folder.mkdir(parents=True, exist_ok=True)

    def has(self, key: str) -> bool:
        known = (self.folder / key).exists()
        if known:
            self.add(key)
        return known

    def add(self, key: str) -> None:
        (self.folder / key).touch()

    def forget_old(self) -> None:
        oldest = time.time() - KEEP_DAYS * 24 * 3600
        for entry in self.folder.iterdir():
            if entry.stat().st_mtime < oldest:
                entry.unlink(missing_ok=True)


def run_one(repo: Repo, build: Path, unit: Unit) -> str:
    """Returns what clang-tidy found in one unit; empty if it passed."""
    command = [PROGRAM, f"--config-file={repo.root / CONFIG}", "-p", str(build), "--quiet",
               str(repo.root / unit.path)]
    done = subprocess.run(command, capture_output=True, text=True, check=False, cwd=repo.root)
    if _FINDING.search(done.stdout):
        return done.stdout
    if done.returncode != 0:
        said = (done.stderr or done.stdout).strip().splitlines() or ["no message"]
        raise ToolProblem(f"{PROGRAM} could not check {unit.path} (status {done.returncode}): "
                          f"{said[0]}")
    return ""


def blocks(repo: Repo, output: str) -> Iterator[str]:
    """Yields each finding with its source lines and useful notes, paths written from the root."""
    starts = [match.start() for match in _FINDING.finditer(output)]
    for start, end in pairwise([*starts, len(output)]):
        yield without_noise(output[start:end]).replace(f"{repo.root}/", "").rstrip()


def without_noise(block: str) -> str:
    """Drops the notes that only say how a macro expanded or how a complexity was counted."""
    starts = [0, *(match.start() for match in _NOTE.finditer(block)), len(block)]
    return "".join(part for part in (block[a:b] for a, b in pairwise(starts))
                   if not _NOISE.search(part.partition("\n")[0]))


class Progress:
    """One line on a terminal that says how far the work is; nothing elsewhere."""

    def __init__(self, total: int):
        self.total = total
        self.done = 0
        self.shown = sys.stderr.isatty()

    def step(self, path: str) -> None:
        self.done += 1
        if self.shown:
            print(f"\r\033[K[{self.done}/{self.total}] {path}", end="", file=sys.stderr, flush=True)

    def clear(self) -> None:
        if self.shown:
            print("\r\033[K", end="", file=sys.stderr, flush=True)


def lint(repo: Repo, build: Path, units: list[Unit]) -> int:
    version = subprocess.run([PROGRAM, "--version"], capture_output=True, check=True).stdout
    setting = version + (repo.root / CONFIG).read_bytes()
    cache = PassCache(build / "lint-cache")
    keys = {unit: cache_key(repo, unit, setting) for unit in units}
    todo = [unit for unit in units if not cache.has(keys[unit])]
    progress = Progress(len(todo))
    seen: set[str] = set()
    for unit, output in outputs(repo, build, todo):
        if not output:
            cache.add(keys[unit])
        progress.clear()
        for block in blocks(repo, output):
            if block not in seen:
                print(block, flush=True)
            seen.add(block)
        progress.step(unit.path)
    progress.clear()
    cache.forget_old()
    return conclude(len(units), len(todo), len(seen))


def conclude(units: int, checked: int, findings: int) -> int:
    if findings:
        print(f"lint: {findings} finding{'s' if findings > 1 else ''}. Repair them; ./dev fix "
              "cannot.")
        return 1
    print(f"lint: {units} translation units are clean ({units - checked} unchanged since checked).")
    return 0


def is_product(path: str) -> bool:
    return not path.startswith(("tests/", "bench/")) and not path.endswith(
        ("_test.cc", "_fuzz.cc", "_bench.cc"))


def main(arguments: list[str] | None = None) -> int:
    made = parser(__doc__)
    made.add_argument("--build", type=Path, default=Path("build/clang"), metavar="DIR",
                      help="the build with compile_commands.json, from the root "
                           "(default: %(default)s)")
    made.add_argument("--product", action="store_true",
                      help="only what is shipped: no tests, fuzz targets and benchmarks")
    add_changed_arguments(made)
    options = made.parse_args(arguments)

    def run() -> int:
        root = options.root.resolve()
        find_program(PROGRAM, PROGRAM)
        if not (root / CONFIG).is_file():
            raise ToolProblem(f"{root} has no {CONFIG}, so there is nothing to check against.")
        repo = Repo(root)
        build = root / options.build
        units = load_units(repo, build)
        if options.product:
            units = [unit for unit in units if is_product(unit.path)]
        if options.changed:
            units = affected(repo, units, changed_files(root, options.base))
        return lint(repo, build, units)

    return guard("lint", run)


if __name__ == "__main__":
    sys.exit(main())
