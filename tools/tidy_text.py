# SPDX-License-Identifier: Apache-2.0
"""House rules about files as text: length, heads, whitespace, notes, and paths in documents."""

import posixpath
import re
from collections.abc import Iterator

from sources import Finding, Repo, SourceFile
from tidy_rule import Rule, register

RULES: list[Rule] = []

LINES_MAX = 800
HEADER_LINES_MAX = 300


@register(RULES, "length", f"files <= {LINES_MAX} lines, headers <= {HEADER_LINES_MAX}")
def length(repo: Repo) -> Iterator[Finding]:
    for file in repo.files.values():
        limit = HEADER_LINES_MAX if file.is_header else LINES_MAX
        count = file.text.count("\n") if file.is_source else 0
        if count > limit:
            yield Finding(file.path, limit + 1, f"the file has {count} lines; the limit is {limit}",
                          "Split it by phase or by subject; if that is worse, add a line with the "
                          "reason to EXCEPTIONS in tools/tidy.py")


README_ROOTS = ("src", "include", "apps", "examples", "sim", "bench", "tools")
# These hold only folders and build files, so they need no README of their own.
CONTAINERS = frozenset({"src", "include", "apps", "examples", "tests"})


def _needs_readme(file: SourceFile) -> str | None:
    """Returns the folder whose README must speak for this file."""
    parts = file.folder.split("/")
    if parts[0] == "tests":
        return "/".join(parts[:2]) if len(parts) > 1 else None
    is_code = file.is_source and file.kind not in ("cmake", "yaml", "toml")
    if parts[0] not in README_ROOTS or file.folder in CONTAINERS or not is_code:
        return None
    return file.folder


@register(RULES, "readme", "every folder of code has a README.md")
def readme(repo: Repo) -> Iterator[Finding]:
    for folder in {_needs_readme(file) for file in repo.files.values()} - {None}:
        if f"{folder}/README.md" not in repo.files:
            yield Finding(folder, 1, "the folder has no README.md",
                          "Write what it holds, who calls it on which thread, its invariants")


_SPDX = "SPDX-License-Identifier: Apache-2.0"
_SPDX_LINE = {"cxx": f"// {_SPDX}", "script": f"// {_SPDX}", "markup": f"<!-- {_SPDX} -->"}


@register(RULES, "spdx", "every source file names its licence in its first three lines")
def spdx(repo: Repo) -> Iterator[Finding]:
    for file in repo.files.values():
        if file.is_source and file.data and _SPDX not in "".join(file.text.splitlines()[:3]):
            line = _SPDX_LINE.get(file.kind, f"# {_SPDX}")
            yield Finding(file.path, 1, "the first three lines do not name the licence",
                          f'Begin the file with "{line}", after a #! line if it has one')


@register(RULES, "pragma-once", "every header says #pragma once")
def pragma_once(repo: Repo) -> Iterator[Finding]:
    for file in repo.cxx:
        if file.is_header and not re.search(r"^#pragma once$", file.code, re.MULTILINE):
            yield Finding(file.path, 1, "the header has no #pragma once",
                          "Add it below the SPDX line")


_WHITESPACE = (
    (re.compile(r"\r"), "a carriage return", "End lines with a line feed alone"),
    (re.compile(r"\t"), "a tab", "Use spaces; in a string write \\t"),
    (re.compile(r"[ \t]+$", re.MULTILINE), "space at the end of a line", "Take it out"),
    (re.compile(r"[^\n]\Z"), "no line feed at the end of the file", "Add it"),
)
_TABS_BELONG = ("Makefile", ".gitmodules")
_FOREIGN_TEXT = (".patch", ".diff", ".tsv", ".svg")


@register(RULES, "whitespace", "no tab, CR, space at a line's end; a line feed ends the file")
def whitespace(repo: Repo) -> Iterator[Finding]:
    for file in repo.files.values():
        foreign = file.name.endswith(_FOREIGN_TEXT) or file.name in _TABS_BELONG
        if file.is_data or foreign or not file.is_text:
            continue
        for pattern, wrong, fix in _WHITESPACE:
            match = pattern.search(file.text)
            if match:
                yield file.finding(match.start(), wrong, fix)


_ASCII_CODE = frozenset({"cxx", "python", "shell", "cmake"})


@register(RULES, "ascii", "code is ASCII; other letters only in comments and literals; all is UTF-8")
def ascii_code(repo: Repo) -> Iterator[Finding]:
    for file in repo.files.values():
        if file.is_source and not file.is_text:
            yield Finding(file.path, 1, "the file is not UTF-8 text", "Save it as UTF-8")
        elif file.is_source and file.kind in _ASCII_CODE and not file.text.isascii():
            match = re.search(r"[^\x00-\x7f]", file.code)
            if match:
                yield file.finding(match.start(), f"{ascii(match.group())} outside comments and "
                                   "literals", "Write it in ASCII")


_MACHINE_PATH = re.compile(r"(?<![\w.~-])/(?:home|Users|mnt|media)/(?=\w)[\w./-]*")


@register(RULES, "machine-path", "no path of one particular machine")
def machine_path(repo: Repo) -> Iterator[Finding]:
    for file in repo.files.values():
        for match in _MACHINE_PATH.finditer(file.text) if file.is_text else ():
            yield file.finding(match.start(), f"{match.group()} exists on one machine only",
                               "Name it from the repository's root, or take it as an argument")


_NOTE = re.compile(r"\b(?:(TODO)(\(#\d+\): \S)?|FIXME|XXX|HACK)\b|\b[Tt]odo:")


@register(RULES, "todo", "open ends are written TODO(#123): what, and nothing else")
def todo(repo: Repo) -> Iterator[Finding]:
    for file in repo.files.values():
        for match in _NOTE.finditer(file.comments) if file.is_source else ():
            if not re.match(r"TODO\(#\d+\): \S", file.comments[match.start() :][:40]):
                yield file.finding(match.start(), f"{match.group()} names no issue",
                                   "Do it now, or open an issue and write TODO(#123): what")


DOC_ROOTS = ("src", "include", "apps", "examples", "sim", "bench", "tests", "tools", "docs",
             "console", "cmake", ".ci")
_FENCED = re.compile(r"^ {0,3}(```+|~~~+).*?(?:^ {0,3}\1|\Z)", re.MULTILINE | re.DOTALL)
_INLINE_CODE = re.compile(r"(?<!`)(`+)(?!`)((?:(?!\n\s*\n).)+?)(?<!`)\1(?!`)", re.DOTALL)
_LINK = re.compile(r"\]\(\s*<?([^)\s>]+)|^ {0,3}\[[^\]]+\]:\s*<?([^\s>]+)", re.MULTILINE)
_PATH = re.compile(rf"(?:{'|'.join(map(re.escape, DOC_ROOTS))})/[\w./+-]*")
_LINE_SUFFIX = re.compile(r"(?::\d+(?:-\d+)?|::[\w.]+|#[\w-]+)$")
_ELSEWHERE = re.compile(r"[a-z][a-z0-9+.-]*:|#|\?|//", re.IGNORECASE)


def _blank(match: re.Match[str]) -> str:
    return re.sub(r"[^\n]", " ", match.group())


def _named_in_code(text: str) -> Iterator[tuple[int, str]]:
    """Yields (position, path) for each word in backticks that begins with a folder of the root."""
    for span in _INLINE_CODE.finditer(text):
        for word in re.finditer(r"\S+", span[2]):
            path = _LINE_SUFFIX.sub("", word.group().strip("\"'(),;").rstrip(".:"))
            if _PATH.fullmatch(path) and "..." not in path:
                yield span.start(2) + word.start(), path


def _linked(text: str, folder: str) -> Iterator[tuple[int, str]]:
    """Yields (position, path) for each link to a file of the repository."""
    for match in _LINK.finditer(_INLINE_CODE.sub(_blank, text)):
        target = match[1] or match[2]
        if _ELSEWHERE.match(target):
            continue
        path = re.split(r"[#?]", target)[0]
        whole = path[1:] if path.startswith("/") else posixpath.join(folder, path)
        normal = posixpath.normpath(whole)
        if not normal.startswith(".."):
            yield match.start(), normal


@register(RULES, "doc-path", "every link and every path in backticks in a .md file exists")
def doc_path(repo: Repo) -> Iterator[Finding]:
    for file in repo.files.values():
        if file.kind != "markdown" or file.is_data:
            continue
        text = _FENCED.sub(_blank, file.text)
        named = [(at, path) for at, path in _named_in_code(text)
                 if not repo.exists(posixpath.normpath(f"{file.folder}/{path}"))]
        for at, path in (*named, *_linked(text, file.folder)):
            if posixpath.normpath(path) != "." and not repo.exists(path.rstrip("/")):
                yield file.finding(at, f"{path} does not exist",
                                   "Correct the path; write a placeholder as <name>")
