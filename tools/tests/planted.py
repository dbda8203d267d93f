# SPDX-License-Identifier: Apache-2.0
"""A small tree of files in a temporary folder, and the running of a tool on it."""

import contextlib
import io
import os
import shutil
import subprocess
import sys
import tempfile
import unittest
from collections.abc import Callable
from pathlib import Path

TOOLS = Path(__file__).resolve().parent.parent
sys.path.insert(0, str(TOOLS))

Main = Callable[[list[str]], int]
SPDX = "// SPDX-License-Identifier: Apache-2.0\n"


def needs(program: str) -> Callable:
    """Skips a test where a program is missing; under CAIRN_REQUIRE_ALL=1 it runs, and fails."""
    required = os.environ.get("CAIRN_REQUIRE_ALL") == "1"
    return unittest.skipUnless(required or shutil.which(program), f"{program} is not installed")


class PlantedTree(unittest.TestCase):
    """Each test owns a fresh folder, `root`, which goes away with it."""

    def setUp(self) -> None:
        folder = tempfile.TemporaryDirectory()
        self.addCleanup(folder.cleanup)
        self.root = Path(folder.name).resolve()

    def plant(self, path: str, text: str | bytes) -> None:
        file = self.root / path
        file.parent.mkdir(parents=True, exist_ok=True)
        file.write_bytes(text if isinstance(text, bytes) else text.encode())

    def plant_all(self, files: dict[str, str]) -> None:
        for path, text in files.items():
            self.plant(path, text)

    def git(self, *arguments: str) -> None:
        identity = ["-c", "user.name=test", "-c", "user.email=test@example.com",
                    "-c", "commit.gpgsign=false", "-c", "core.hooksPath="]
        subprocess.run(["git", *identity, *arguments], cwd=self.root, check=True,
                       capture_output=True)

    def commit_all(self) -> None:
        self.git("init", "-q")
        self.git("add", "-A")
        self.git("commit", "-q", "-m", "planted")

    def run_tool(self, main: Main, *arguments: str) -> tuple[int, str]:
        """Returns the exit status and all that the tool printed."""
        said = io.StringIO()
        with contextlib.redirect_stdout(said), contextlib.redirect_stderr(said):
            status = main(["--root", str(self.root), *arguments])
        return status, said.getvalue()

    def assert_clean(self, main: Main, *arguments: str) -> None:
        status, said = self.run_tool(main, *arguments)
        self.assertEqual(status, 0, said)

    def assert_finds(self, main: Main, expected: str, *arguments: str) -> None:
        """Shows that the tool exits with 1 and prints a line that begins as expected."""
        status, said = self.run_tool(main, *arguments)
        self.assertEqual(status, 1, said)
        starts = any(line.startswith(expected) for line in said.splitlines())
        self.assertTrue(starts, f"no line begins with {expected!r} in:\n{said}")

    def assert_cannot_run(self, main: Main, expected: str, *arguments: str) -> None:
        """Shows that the tool exits with 2 and one line that says why."""
        status, said = self.run_tool(main, *arguments)
        self.assertEqual(status, 2, said)
        self.assertIn(expected, said)
        self.assertEqual(said.count("\n"), 1, said)
