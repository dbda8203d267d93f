# SPDX-License-Identifier: Apache-2.0
"""What all tools share: the files of the repository, their text, and who includes whom."""

import argparse
import json
import posixpath
import re
import subprocess
import sys
from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass
from functools import cache, cached_property
from pathlib import Path

import lexing

HOME = Path(__file__).resolve().parent.parent
LAYERS = "layers.json"
DEFAULT_INCLUDE_ROOTS = ("include", "src", ".")
HEADER_SUFFIXES = (".h", ".hpp")
DEFAULT_TEST_SUFFIXES = ("_test.cc", "_fuzz.cc", "_bench.cc")
# Folders that hold bytes for tests to compare with; no rule about text applies to them.
DATA_FOLDERS = frozenset({"golden", "corpus"})
# Without git, these are taken for ignored: at the top of the tree, and anywhere in it.
IGNORED_AT_TOP = frozenset({"build", "data", ".dev"})
IGNORED_ANYWHERE = frozenset({".git", "__pycache__", "node_modules"})

_KIND_BY_SUFFIX = {
    **dict.fromkeys((".h", ".hpp", ".c", ".cc", ".cpp", ".cxx"), "cxx"),
    **dict.fromkeys((".js", ".mjs", ".cjs", ".ts", ".css"), "script"),
    **dict.fromkeys((".svelte", ".html"), "markup"),
    **dict.fromkeys((".yml", ".yaml"), "yaml"),
    ".py": "python",
    ".sh": "shell",
    ".cmake": "cmake",
    ".toml": "toml",
    ".md": "markdown",
}
_KIND_BY_NAME = {
    "CMakeLists.txt": "cmake",
    ".clang-format": "yaml",
    ".clang-tidy": "yaml",
}
_INCLUDE = re.compile(r"^[ \t]*#[ \t]*(?:include|include_next|import)\b(.*)$", re.MULTILINE)
_INCLUDE_NAME = re.compile(r'\s*(?:"([^"\n]+)"|<([^>\n]+)>)')


class ToolProblem(Exception):
    """The tool could not do its work. Its text says why and what to do; the exit status is 2."""


@dataclass(frozen=True, order=True)
class Finding:
    """One broken rule: where, what is wrong, what to do."""

    path: str
    line: int
    wrong: str
    fix: str
    rule: str = ""

    def __str__(self) -> str:
        rule = f" [{self.rule}]" if self.rule else ""
        return f"{self.path}:{self.line}: {self.wrong}. {self.fix}.{rule}"


@dataclass(frozen=True)
class Include:
    """One `#include`; `name` is empty when it is not written as a plain file name."""

    line: int
    name: str
    angle: bool


class SourceFile:
    """One file of the repository, named by its path from the root. Reads and scans on demand."""

    def __init__(self, root: Path, path: str, test_suffixes: tuple[str, ...]):
        self.path = path
        self.folder, self.name = posixpath.split(path)
        self.has_test_suffix = path.endswith(test_suffixes)
        self._file = root / path

    @cached_property
    def data(self) -> bytes:
        return self._file.read_bytes()

    @cached_property
    def text(self) -> str:
        return self.data.decode("utf-8", errors="replace")

    @cached_property
    def kind(self) -> str:
        """The language: cxx, script, markup, yaml, python, shell, cmake, toml, markdown, other."""
        name = self.name.removesuffix(".in")
        if name in _KIND_BY_NAME:
            return _KIND_BY_NAME[name]
        suffix = posixpath.splitext(name)[1]
        if suffix or name.startswith("."):
            return _KIND_BY_SUFFIX.get(suffix, "other")
        return _kind_by_shebang(self.data)

    @cached_property
    def _split(self) -> tuple[str, str]:
        return lexing.split(self.text, self.kind)

    @property
    def code(self) -> str:
        """The text without comments and without the inside of literals; lines stay in place."""
        return self._split[0]

    @property
    def comments(self) -> str:
        """The comments alone; lines stay in place."""
        return self._split[1]

    @property
    def is_cxx(self) -> bool:
        return self.kind == "cxx"

    @property
    def is_header(self) -> bool:
        return self.is_cxx and self.name.endswith(HEADER_SUFFIXES)

    @property
    def is_test(self) -> bool:
        """A test, fuzz target or benchmark beside the code, or anything in a tests folder."""
        return self.has_test_suffix or "tests" in self.folder.split("/")

    @property
    def is_data(self) -> bool:
        return not DATA_FOLDERS.isdisjoint(self.folder.split("/"))

    @property
    def is_source(self) -> bool:
        return self.kind not in ("markdown", "other") and not self.is_data

    @cached_property
    def is_text(self) -> bool:
        if b"\0" in self.data:
            return False
        try:
            self.data.decode("utf-8")
        except UnicodeDecodeError:
            return False
        return True

    @cached_property
    def includes(self) -> tuple[Include, ...]:
        return tuple(self._find_includes())

    def _find_includes(self) -> Iterator[Include]:
        for match in _INCLUDE.finditer(self.code):
            written = _INCLUDE_NAME.match(self.text[match.start(1) : match.end(1)])
            quoted, angle = written.groups() if written else (None, None)
            yield Include(self.line_at(match.start(1)), quoted or angle or "", angle is not None)

    def line_at(self, offset: int) -> int:
        """Returns the line of a position in `text`, `code` or `comments`."""
        return self.text.count("\n", 0, offset) + 1

    def finding(self, offset: int, wrong: str, fix: str) -> Finding:
        return Finding(self.path, self.line_at(offset), wrong, fix)


def _kind_by_shebang(data: bytes) -> str:
    first = data[:80].split(b"\n", 1)[0]
    if not first.startswith(b"#!"):
        return "other"
    return "python" if b"python" in first else "shell"


class Repo:
    """The files under one root that git tracks or would track, and their include graph."""

    def __init__(self, root: Path):
        if not root.is_dir():
            raise ToolProblem(f"{root} is not a folder. Give the repository with --root DIR.")
        self.root = root
        layers = read_json(root / LAYERS) if (root / LAYERS).is_file() else {}
        suffixes = tuple(layers.get("test_suffixes", DEFAULT_TEST_SUFFIXES))
        self.include_roots = tuple(layers.get("include_roots", DEFAULT_INCLUDE_ROOTS))
        self.files = {path: SourceFile(root, path, suffixes) for path in list_files(root)}

    @cached_property
    def cxx(self) -> list[SourceFile]:
        return [file for file in self.files.values() if file.is_cxx and not file.is_data]

    @cached_property
    def folders(self) -> frozenset[str]:
        """Every folder that has a file in it or below it."""
        found: set[str] = set()
        for file in self.files.values():
            folder = file.folder
            while folder and folder not in found:
                found.add(folder)
                folder = posixpath.dirname(folder)
        return frozenset(found)

    def exists(self, path: str) -> bool:
        return path in self.files or path in self.folders

    def resolve(self, name: str) -> str | None:
        """Returns the path of the file that `#include "name"` means: the first root that has it."""
        if not name or ".." in name.split("/"):
            return None
        candidates = (posixpath.normpath(f"{root}/{name}") for root in self.include_roots)
        return next((path for path in candidates if path in self.files), None)

    def included_by(self, path: str) -> list[str]:
        """Returns the project files that the file at `path` includes directly."""
        found = (self.resolve(include.name) for include in self.files[path].includes)
        return [target for target in found if target is not None]

    def reach(self, path: str) -> frozenset[str]:
        """Returns the file at `path` and every project file it includes, however indirectly."""
        seen = {path}
        todo = [path]
        while todo:
            new = [target for target in self.included_by(todo.pop()) if target not in seen]
            seen.update(new)
            todo.extend(new)
        return frozenset(seen)


def list_files(root: Path) -> list[str]:
    """Returns the sorted paths of the regular files that git tracks or would track.

    Where there is no git or no checkout, all files outside the usual ignored folders.
    """
    listed = _git_files(root) if (root / ".git").exists() else None
    paths = _walk(root) if listed is None else listed
    return sorted(path for path in paths if _is_regular(root / path))


def _is_regular(path: Path) -> bool:
    return path.is_file() and not path.is_symlink()


def _git_files(root: Path) -> list[str] | None:
    try:
        return git_paths(root, "ls-files", "--cached", "--others", "--exclude-standard")
    except ToolProblem:
        return None


def _walk(root: Path, folder: str = "") -> Iterator[str]:
    ignored = IGNORED_ANYWHERE if folder else IGNORED_ANYWHERE | IGNORED_AT_TOP
    for entry in (root / folder).iterdir():
        path = f"{folder}/{entry.name}" if folder else entry.name
        if entry.is_symlink() or entry.name in ignored:
            continue
        if entry.is_dir():
            yield from _walk(root, path)
        else:
            yield path


def git_paths(root: Path, *arguments: str) -> list[str]:
    """Runs a git command that takes `-z` and prints paths; returns each path once."""
    command = ["git", "-C", str(root), *arguments, "-z"]
    try:
        done = subprocess.run(command, capture_output=True, check=False)
    except FileNotFoundError:
        raise ToolProblem("git is not installed. Install the Debian package git.") from None
    if done.returncode != 0:
        said = done.stderr.decode(errors="replace").strip().splitlines()
        raise ToolProblem(f"git {arguments[0]} failed: {said[-1] if said else 'no message'}")
    return sorted({path for path in done.stdout.decode().split("\0") if path})


def changed_files(root: Path, base: str) -> set[str]:
    """Returns the paths that differ from where this branch left `base`, with untracked files."""
    if not (root / ".git").exists():
        raise ToolProblem(f"{root} is not a git checkout, so --changed cannot work. Leave it out.")
    changed = git_paths(root, "diff", "--name-only", "--relative", "--merge-base", base)
    untracked = git_paths(root, "ls-files", "--others", "--exclude-standard")
    return {path for path in (*changed, *untracked) if _is_regular(root / path)}


def read_json(path: Path) -> dict:
    try:
        value = json.loads(path.read_text(encoding="utf-8"))
    except (OSError, ValueError) as error:
        raise ToolProblem(f"{path} cannot be read: {error}") from None
    if not isinstance(value, dict):
        raise ToolProblem(f"{path} must hold a JSON object.")
    return value


@cache
def find_program(name: str, package: str) -> str:
    """Returns the program's name if it runs; else says which package has it."""
    try:
        subprocess.run([name, "--version"], capture_output=True, check=True)
    except (OSError, subprocess.CalledProcessError):
        raise ToolProblem(
            f"{name} is not installed. Install the Debian package {package}: "
            f"apt-get install {package}"
        ) from None
    return name


def parser(description: str | None) -> argparse.ArgumentParser:
    """Returns the argument parser every tool starts from."""
    made = argparse.ArgumentParser(description=description)
    made.add_argument("--root", type=Path, default=HOME, metavar="DIR",
                      help="the repository to check (default: the one that holds this tool)")
    return made


def add_changed_arguments(made: argparse.ArgumentParser) -> None:
    made.add_argument("--changed", action="store_true",
                      help="only files that differ from the base, and untracked ones")
    made.add_argument("--base", metavar="REV", default="HEAD",
                      help="what --changed compares with (default: HEAD)")


def report(tool: str, findings: Iterable[Finding], summary: str) -> int:
    """Prints the findings, each once and in order, or the summary; returns the exit status."""
    found = sorted(set(findings))
    for finding in found:
        print(finding)
    if len(found) > 1:
        print(f"{tool}: {len(found)} findings.")
    elif not found:
        print(f"{tool}: {summary}")
    return 1 if found else 0


def guard(tool: str, run: Callable[[], int]) -> int:
    """Runs a tool's work; turns a ToolProblem into one line and exit status 2."""
    try:
        return run()
    except ToolProblem as problem:
        print(f"{tool}: {problem}", file=sys.stderr)
        return 2
    except KeyboardInterrupt:
        print(f"{tool}: interrupted.", file=sys.stderr)
        return 130
