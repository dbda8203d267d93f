# SPDX-License-Identifier: Apache-2.0
"""Shows that snippets.py finds what it is for."""

import os
import pathlib
import subprocess
import sys
import tempfile
import unittest

SNIPPETS = pathlib.Path(__file__).with_name("snippets.py")
COMPILER = "g++ -std=c++23 -Wall -Werror"


def run(document: str, compiler: str = COMPILER, **environment: str) -> subprocess.CompletedProcess[str]:
    with tempfile.TemporaryDirectory() as root:
        pathlib.Path(root, "page.md").write_text(document, encoding="utf-8")
        return subprocess.run(
            [sys.executable, SNIPPETS, "--compiler", compiler, "--root", root, "page.md"],
            capture_output=True, text=True, check=False, env={**os.environ, "CAIRN_REQUIRE_ALL": "", **environment})


class Snippets(unittest.TestCase):
    def test_blocks_under_one_marker_are_one_program(self) -> None:
        done = run("<!-- snippets: one -->\n```cpp\nint a;\n```\nwords\n```sh\nnot c++\n```\n```cpp\nint& b = a;\n```\n")
        self.assertEqual((done.returncode, done.stdout), (0, "1 units, 0 wrong\n"), done.stderr)

    def test_units_do_not_see_each_other(self) -> None:
        done = run("<!-- snippets: one -->\n```cpp\nint a;\n```\n<!-- snippets: two -->\n```cpp\nint& b = a;\n```\n")
        self.assertEqual(done.returncode, 1)
        self.assertIn("page.md:7:", done.stdout)

    def test_an_error_names_the_line_of_the_document(self) -> None:
        done = run("# Title\n\n<!-- snippets: one -->\n\n```cpp\nint a;\nint b = nothing;\n```\n")
        self.assertEqual(done.returncode, 1)
        self.assertIn("page.md:7:", done.stdout)

    def test_a_warning_is_an_error(self) -> None:
        done = run("<!-- snippets: one -->\n```cpp\ninline void f() { int unused; }\n```\n")
        self.assertEqual(done.returncode, 1)
        self.assertIn("page.md:3:", done.stdout)

    def test_a_block_without_a_marker_and_a_marker_without_a_block_are_mistakes(self) -> None:
        for document, place in (("```cpp\nint a;\n```\n", "page.md:1:"), ("\n<!-- snippets: one -->\n", "page.md:2:"),
                                ("<!-- snippets: one -->\n```cpp\nint a;\n", "page.md:")):
            done = run(document)
            self.assertEqual(done.returncode, 1, document)
            self.assertTrue(done.stdout.startswith(place), done.stdout)

    def test_documents_without_any_block_prove_nothing(self) -> None:
        self.assertEqual(run("# Title\n").returncode, 1)

    def test_a_missing_compiler_skips_unless_all_is_required(self) -> None:
        skipped = run("# Title\n", compiler="no-such-compiler -std=c++23")
        self.assertEqual((skipped.returncode, skipped.stdout), (77, "skipped: no-such-compiler is not installed\n"))
        failed = run("# Title\n", compiler="no-such-compiler -std=c++23", CAIRN_REQUIRE_ALL="1")
        self.assertEqual((failed.returncode, failed.stdout), (1, "failed: no-such-compiler is not installed\n"))


if __name__ == "__main__":
    unittest.main()
