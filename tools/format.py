#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0
"""Checks, or with --fix repairs, the layout of all C and C++ files as .clang-format says."""

import os
import re
import subprocess
import sys
from concurrent.futures import ThreadPoolExecutor
from functools import partial
from pathlib import Path

from sources import Finding, Repo, ToolProblem, add_changed_arguments, changed_files
from sources import find_program, guard, parser, report

PROGRAM = "clang-format-19"
BATCH = 8
_VIOLATION = re.compile(r"^(.+?):(\d+):\d+: (?:error|warning): code should be clang-formatted",
                        re.MULTILINE)


def clang_format(root: Path, arguments: list[str], files: list[str]) -> str:
    """Runs clang-format on the files; returns what it said about their layout."""
    command = [PROGRAM, f"--style=file:{root / '.clang-format'}", *arguments, *files]
    done = subprocess.run(command, cwd=root, capture_output=True, text=True, check=False)
    if done.returncode != 0 and not _VIOLATION.search(done.stderr):
        said = done.stderr.strip().splitlines() or ["no message"]
        raise ToolProblem(f"{PROGRAM} failed: {said[0]}")
    return done.stderr


def in_batches(root: Path, arguments: list[str], files: list[str]) -> str:
    batches = [files[at : at + BATCH] for at in range(0, len(files), BATCH)]
    with ThreadPoolExecutor(os.cpu_count()) as pool:
        return "".join(pool.map(partial(clang_format, root, arguments), batches))


def misformatted(root: Path, files: list[str]) -> dict[str, int]:
    """Returns the first wrong line of each file that is not laid out as it should be."""
    first: dict[str, int] = {}
    for path, line in _VIOLATION.findall(in_batches(root, ["--dry-run", "--Werror"], files)):
        first.setdefault(path, int(line))
    return first


def fix(root: Path, files: list[str]) -> int:
    wrong = sorted(misformatted(root, files))
    in_batches(root, ["-i"], wrong)
    for path in wrong:
        print(f"{path}: formatted.")
    print(f"format: {len(wrong)} of {len(files)} files changed.")
    return 0


def check(root: Path, files: list[str]) -> int:
    findings = [Finding(path, line, "not formatted as .clang-format says", "Run ./dev fix")
                for path, line in misformatted(root, files).items()]
    return report("format", findings, f"{len(files)} files are formatted as .clang-format says.")


def main(arguments: list[str] | None = None) -> int:
    made = parser(__doc__)
    mode = made.add_mutually_exclusive_group()
    mode.add_argument("--check", action="store_true", help="only report (the default)")
    mode.add_argument("--fix", action="store_true", help="rewrite the files that are wrong")
    add_changed_arguments(made)
    options = made.parse_args(arguments)

    def run() -> int:
        root = options.root.resolve()
        find_program(PROGRAM, PROGRAM)
        if not (root / ".clang-format").is_file():
            raise ToolProblem(f"{root} has no .clang-format, so there is nothing to check against.")
        files = [file.path for file in Repo(root).cxx]
        if options.changed:
            changed = changed_files(root, options.base)
            files = [path for path in files if path in changed]
        return fix(root, files) if options.fix else check(root, files)

    return guard("format", run)


if __name__ == "__main__":
    sys.exit(main())
