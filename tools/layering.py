#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0
"""Checks that every #include keeps to the folder table in layers.json.

Each folder may include only itself, the folders its row lists, and those listed in "always".
README.md beside this file explains the fields of layers.json.
"""

import fnmatch
import posixpath
import sys
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, fields
from functools import cached_property
from glob import glob
from pathlib import Path

from sources import LAYERS, Finding, Include, Repo, SourceFile, ToolProblem, guard, parser
from sources import read_json, report

STD_HEADERS = frozenset(
    """
    algorithm any array atomic barrier bit bitset charconv chrono codecvt compare complex concepts
    condition_variable coroutine deque exception execution expected filesystem flat_map flat_set
    format forward_list fstream functional future generator initializer_list iomanip ios iosfwd
    iostream istream iterator latch limits list locale map mdspan memory memory_resource mutex new
    numbers numeric optional ostream print queue random ranges ratio regex scoped_allocator
    semaphore set shared_mutex source_location span spanstream sstream stack stacktrace stdexcept
    stdfloat stop_token streambuf string string_view strstream syncstream system_error thread tuple
    type_traits typeindex typeinfo unordered_map unordered_set utility valarray variant vector
    version
    cassert cctype cerrno cfenv cfloat cinttypes climits clocale cmath csetjmp csignal cstdarg
    cstddef cstdint cstdio cstdlib cstring ctime cuchar cwchar cwctype
    assert.h complex.h ctype.h errno.h fenv.h float.h inttypes.h iso646.h limits.h locale.h math.h
    setjmp.h signal.h stdalign.h stdarg.h stdatomic.h stdbool.h stddef.h stdint.h stdio.h stdlib.h
    stdnoreturn.h string.h tgmath.h threads.h time.h uchar.h wchar.h wctype.h
    """.split()
)
SYSTEM_INCLUDES = ("/usr/include", *glob("/usr/include/*-linux-gnu"))


@dataclass(frozen=True)
class OsHeaders:
    """Headers of the operating system, and the places that may include them."""

    prefixes: list[str]
    allowed: list[str]


@dataclass(frozen=True)
class Policy:
    """The table in layers.json. README.md says what each field means."""

    include_roots: list[str]
    public: str
    banned_names: list[str]
    folders: dict[str, list[str]]
    always: list[str]
    test_suffixes: list[str]
    tests_may_also: list[str]
    external: dict[str, list[str]]
    os_headers: OsHeaders

    def folder_of(self, path: str) -> str | None:
        """Returns the longest listed folder that holds `path`."""
        folder = posixpath.dirname(path)
        while folder and folder not in self.folders:
            folder = posixpath.dirname(folder)
        return folder or None

    def may_include(self, folder: str, is_test: bool) -> set[str]:
        """Returns the listed folders that a file in `folder` may include from."""
        allowed = {folder, *self.folders[folder], *self.always}
        return allowed | set(self.tests_may_also) if is_test else allowed


def load_policy(root: Path) -> Policy:
    path = root / LAYERS
    raw = read_json(path)
    try:
        policy = Policy(**{**raw, "os_headers": OsHeaders(**raw["os_headers"])})
    except (KeyError, TypeError) as error:
        known = ", ".join(field.name for field in fields(Policy))
        raise ToolProblem(f"{path} is not a table of layers ({error}). It has: {known}.") from None
    return policy


class Layering:
    """One check of one repository; each `check_*` yields the findings of one kind of rule."""

    def __init__(self, repo: Repo, policy: Policy):
        self.repo = repo
        self.policy = policy

    def check_all(self, allow_empty: bool) -> Iterator[Finding]:
        yield from self.check_banned_names()
        yield from self.check_names_in_table()
        yield from self.check_public_row()
        yield from self.check_policy_cycles()
        yield from self.check_hidden_headers()
        if not allow_empty:
            yield from self.check_stale_rows()
        for file in self.repo.cxx:
            yield from self.check_file(file)
        yield from self.check_real_cycles()

    def check_banned_names(self) -> Iterator[Finding]:
        for folder in self.repo.folders:
            name = posixpath.basename(folder)
            if name.lower() in self.policy.banned_names:
                yield Finding(folder, 1, f'the folder name "{name}" does not say what it holds',
                              "Name the folder after the one thing it is for")

    def check_names_in_table(self) -> Iterator[Finding]:
        """Every folder that the table mentions must have a row of its own."""
        policy = self.policy
        places = [place for row in policy.external.values() for place in row]
        mentioned = [
            *(name for row in policy.folders.values() for name in row),
            *(place for place in (*places, *policy.os_headers.allowed) if "*" not in place),
            *(policy.public, *policy.always, *policy.tests_may_also),
        ]
        for name in sorted(set(mentioned) - set(policy.folders)):
            yield self._in_table(name, f"the table mentions {name}, which has no row in folders",
                                 "Add its row, or take the name out")

    def check_public_row(self) -> Iterator[Finding]:
        public = self.policy.public
        if self.policy.folders.get(public):
            yield self._in_table(public, f"the row of {public} must be empty",
                                 "Public headers include only public headers")

    def check_hidden_headers(self) -> Iterator[Finding]:
        """The include roots come before the system's, also for what a library includes."""
        for file in self.repo.cxx:
            for root in self.policy.include_roots:
                name = posixpath.relpath(file.path, root)
                if any(Path(folder, name).is_file() for folder in SYSTEM_INCLUDES):
                    yield Finding(file.path, 1, f"hides the system's <{name}>",
                                  "Give the header another name")

    def check_stale_rows(self) -> Iterator[Finding]:
        used = {self.policy.folder_of(file.path) for file in self.repo.cxx}
        for folder in self.policy.folders:
            if folder not in used:
                yield self._in_table(folder, f"{folder} is listed but holds no C or C++ file",
                                     "Take the row out; it comes back with the code")

    def check_policy_cycles(self) -> Iterator[Finding]:
        policy = self.policy
        graph = {
            folder: {*row, *policy.always} - {folder} if folder != policy.public else set(row)
            for folder, row in policy.folders.items()
        }
        for cycle in find_cycles(graph):
            yield self._in_table(cycle[0], f"the table allows a cycle: {' -> '.join(cycle)}",
                                 "Take one of these permissions out")

    def check_real_cycles(self) -> Iterator[Finding]:
        """Files with a test suffix are left out: nothing can include them."""
        edges = {edge: where for edge, where in self.edges.items() if not where.only_tests}
        graph: dict[str, set[str]] = {}
        for source, target in edges:
            graph.setdefault(source, set()).add(target)
        for cycle in find_cycles(graph):
            first = edges[cycle[0], cycle[1]]
            yield Finding(first.path, first.line, f"the folders form a cycle: {' -> '.join(cycle)}",
                          "Turn one of these includes around, or move what both need below them")

    def check_file(self, file: SourceFile) -> Iterator[Finding]:
        folder = self.policy.folder_of(file.path)
        if folder is None:
            yield Finding(file.path, 1, f"the folder {file.folder or '.'} has no row in {LAYERS}",
                          "Add a row that says what it may include, or move the file")
            return
        for include in file.includes:
            trouble = self._trouble(file, folder, include)
            if trouble:
                yield Finding(file.path, include.line, *trouble)

    def _trouble(self, file: SourceFile, folder: str, include: Include) -> tuple[str, str] | None:
        """Returns (what is wrong, what to do) about one include, or nothing."""
        if not include.name:
            return "this include does not name a file", "Write the name in quotes or angle brackets"
        target = self.repo.resolve(include.name)
        target_folder = target and self.policy.folder_of(target)
        if include.angle and target_folder != self.policy.public:
            return self._angle_trouble(file, folder, include.name)
        if target is None:
            return self._unresolved(file, include.name)
        if target_folder is None:
            return (f"{target} is in a folder without a row in {LAYERS}", "Add the row")
        return self._edge_trouble(file, folder, target_folder)

    def _unresolved(self, file: SourceFile, name: str) -> tuple[str, str]:
        roots = ", ".join(self.policy.include_roots)
        wrong = f'"{name}" is in none of the include roots ({roots})'
        beside = posixpath.normpath(f"{file.folder}/{name}")
        if beside not in self.repo.files:
            return wrong, "Correct the path; headers of libraries go in angle brackets"
        spelled = min(
            (posixpath.relpath(beside, root) for root in self.policy.include_roots
             if root == "." or beside.startswith(f"{root}/")), key=len)
        return wrong, f'Write "{spelled}"'

    def _edge_trouble(self, file: SourceFile, folder: str, target: str) -> tuple[str, str] | None:
        policy = self.policy
        if folder == policy.public and target != policy.public:
            return (f"a public header may not include {target}",
                    f"Public headers include only the standard library and {policy.public}")
        allowed = policy.may_include(folder, file.is_test)
        if target in allowed:
            return None
        listed = ", ".join(sorted(allowed - {folder})) or "nothing else"
        return (f"{folder} may not include {target}",
                f"It may include: {listed}. Move the code, or hand the thing in from above; "
                f"if the design itself changes, change {LAYERS} and write the decision record")

    def _angle_trouble(self, file: SourceFile, folder: str, name: str) -> tuple[str, str] | None:
        policy = self.policy
        system = any(_covers(prefix, name) for prefix in policy.os_headers.prefixes)
        if name in STD_HEADERS and not system:
            return None
        if folder == policy.public:
            return (f"a public header may not include <{name}>",
                    f"Public headers include only the standard library and {policy.public}")
        rows = [*_matches(name, policy.external), *([policy.os_headers.allowed] if system else [])]
        if any(_is_in(file.path, folder, row) for row in rows):
            return None
        if not rows:
            return (f"<{name}> is neither standard nor listed in {LAYERS}",
                    "Write project headers in quotes; list a library in external, with the "
                    "folders that may use it")
        what = "a header of the operating system" if system else "a library header"
        places = ", ".join(dict.fromkeys(place for row in rows for place in row))
        return (f"{folder} may not include <{name}>, {what}", f"It belongs to: {places}")

    def _in_table(self, name: str, wrong: str, fix: str) -> Finding:
        text = self.repo.files[LAYERS].text if LAYERS in self.repo.files else ""
        lines = text.splitlines()
        rows = [line for line, row in enumerate(lines, 1) if row.lstrip().startswith(f'"{name}":')]
        mentions = [line for line, row in enumerate(lines, 1) if f'"{name}"' in row]
        return Finding(LAYERS, (rows or mentions or [1])[0], wrong, fix)

    @cached_property
    def edges(self) -> dict[tuple[str, str], "Edge"]:
        """The real folder graph: for each edge the first include that makes it."""
        found: dict[tuple[str, str], Edge] = {}
        for file in self.repo.cxx:
            source = self.policy.folder_of(file.path)
            for include in file.includes:
                path = self.repo.resolve(include.name)
                target = path and self.policy.folder_of(path)
                if not source or not target or source == target:
                    continue
                known = found.get((source, target))
                if known is None or (known.only_tests and not file.has_test_suffix):
                    found[source, target] = Edge(file.path, include.line, file.has_test_suffix)
        return found


@dataclass(frozen=True)
class Edge:
    """Where one folder includes another; `only_tests` when no product file does."""

    path: str
    line: int
    only_tests: bool


def _covers(listed: str, name: str) -> bool:
    """A listed name that ends in .h is that header alone; any other is a prefix."""
    return name == listed if listed.endswith(".h") else name.startswith(listed)


def _matches(name: str, external: Mapping[str, list[str]]) -> list[list[str]]:
    return [row for listed, row in external.items() if _covers(listed, name)]


def _is_in(path: str, folder: str, places: Iterable[str]) -> bool:
    """A place is a listed folder, or a pattern with * that the file's whole path matches."""
    return any(folder == place or ("*" in place and fnmatch.fnmatchcase(path, place))
               for place in places)


def find_cycles(graph: Mapping[str, set[str]]) -> list[list[str]]:
    """Returns one cycle (first folder repeated at its end) for each knot of the graph."""
    cycles: list[list[str]] = []
    done: set[str] = set()

    def visit(node: str, trail: list[str]) -> None:
        if node in trail:
            cycles.append([*trail[trail.index(node):], node])
        if node in trail or node in done:
            return
        for target in sorted(graph.get(node, ())):
            visit(target, [*trail, node])
        done.add(node)

    for node in sorted(graph):
        visit(node, [])
    return cycles


def dot(layering: Layering) -> str:
    """Returns the real folder graph in DOT; edges that only tests make are dashed."""
    used = {layering.policy.folder_of(file.path) for file in layering.repo.cxx}
    lines = ["digraph folders {", "  rankdir=BT;", "  node [shape=box];"]
    lines += [f'  "{folder}";' for folder in sorted(filter(None, used))]
    for (source, target), edge in sorted(layering.edges.items()):
        style = " [style=dashed]" if edge.only_tests else ""
        lines.append(f'  "{source}" -> "{target}"{style};')
    return "\n".join([*lines, "}"])


def main(arguments: list[str] | None = None) -> int:
    made = parser(__doc__)
    made.add_argument("--allow-empty", action="store_true",
                      help="accept rows whose folder holds no C or C++ file yet")
    made.add_argument("--dot", action="store_true",
                      help="print the folder graph as it really is, and check nothing")
    options = made.parse_args(arguments)

    def run() -> int:
        layering = Layering(Repo(options.root), load_policy(options.root))
        if options.dot:
            print(dot(layering))
            return 0
        count = len(layering.repo.cxx)
        return report("layering", layering.check_all(options.allow_empty),
                      f"{count} files keep to {LAYERS}.")

    return guard("layering", run)


if __name__ == "__main__":
    sys.exit(main())
