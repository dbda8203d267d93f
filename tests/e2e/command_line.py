# SPDX-License-Identifier: Apache-2.0
"""For tests that run the `cairn` binary, which is the first argument of each."""

import subprocess
import sys
import unittest
from pathlib import Path

BINARY = sys.argv.pop(1)


def run(*command: str | Path, **options: object) -> subprocess.CompletedProcess[str]:
    options = {"stdin": subprocess.DEVNULL} | options
    return subprocess.run([*map(str, command)], capture_output=True, text=True, check=False, **options)


def cairn(*arguments: str | Path, **options: object) -> subprocess.CompletedProcess[str]:
    return run(BINARY, *arguments, **options)


class CommandLine(unittest.TestCase):
    """Runs it, and says what must come of that."""

    WORDS: tuple[str, ...] = ()  # that each call begins with

    def well(self, *arguments: str | Path) -> str:
        return self.went_well(cairn(*self.WORDS, *arguments))

    def went_well(self, result: subprocess.CompletedProcess[str]) -> str:
        self.assertEqual((result.returncode, result.stderr), (0, ""), result.stdout)
        return result.stdout

    def refused(self, status: int, *arguments: str | Path) -> str:
        """What standard error says: one line, and nothing on standard output."""
        result = cairn(*self.WORDS, *arguments)
        self.assertEqual((result.returncode, result.stdout), (status, ""), result.stderr)
        self.assertEqual(len(result.stderr.splitlines()), 1, result.stderr)
        return result.stderr
