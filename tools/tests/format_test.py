# SPDX-License-Identifier: Apache-2.0
"""format.py names misformatted files, repairs them, and never passes what it could not check."""

import unittest
from unittest import mock

from planted import PlantedTree, needs

import format as layout
import sources

GOOD = "int f() {\n  return 1;\n}\n"
BAD = "int f() {\n  return 1;\n}\n\n\n\nint  g( );\nint  h( );\n"


class Format(PlantedTree):
    def setUp(self) -> None:
        super().setUp()
        sources.find_program.cache_clear()
        self.plant(".clang-format",
                   "BasedOnStyle: Google\nAllowShortFunctionsOnASingleLine: None\n")
        self.plant("src/good.cc", GOOD)

    def read(self, path: str) -> str:
        return (self.root / path).read_text()

    @needs(layout.PROGRAM)
    def test_formatted_files_pass(self) -> None:
        self.assert_clean(layout.main)

    @needs(layout.PROGRAM)
    def test_a_misformatted_file_is_named_once(self) -> None:
        self.plant("src/bad.h", BAD)
        self.assert_finds(layout.main, "src/bad.h:3: not formatted as .clang-format says. "
                          "Run ./dev fix.")
        self.assertEqual(self.run_tool(layout.main)[1].count("src/bad.h"), 1)

    @needs(layout.PROGRAM)
    def test_many_batches_are_all_checked(self) -> None:
        names = [f"src/bad{number:02}.cc" for number in range(3 * layout.BATCH)]
        self.plant_all(dict.fromkeys(names, BAD))
        said = self.run_tool(layout.main)[1]
        self.assertEqual([line.partition(":")[0] for line in said.splitlines()[:-1]], names)

    @needs(layout.PROGRAM)
    def test_check_changes_nothing(self) -> None:
        self.plant("src/bad.cc", BAD)
        self.run_tool(layout.main, "--check")
        self.assertEqual(self.read("src/bad.cc"), BAD)

    @needs(layout.PROGRAM)
    def test_fix_repairs_only_what_is_wrong(self) -> None:
        self.plant("src/bad.cc", BAD)
        status, said = self.run_tool(layout.main, "--fix")
        self.assertEqual((status, said),
                         (0, "src/bad.cc: formatted.\nformat: 1 of 2 files changed.\n"))
        self.assert_clean(layout.main)

    @needs(layout.PROGRAM)
    def test_changed_looks_at_edited_and_new_files_only(self) -> None:
        self.plant("src/old.cc", BAD)
        self.plant("src/edited.cc", GOOD)
        self.commit_all()
        self.plant("src/edited.cc", BAD)
        self.plant("src/new.cc", BAD)
        said = self.run_tool(layout.main, "--changed")[1]
        self.assertEqual([line.partition(":")[0] for line in said.splitlines()],
                         ["src/edited.cc", "src/new.cc", "format"])

    @needs(layout.PROGRAM)
    def test_changed_since_a_base_counts_what_the_branch_committed(self) -> None:
        self.plant("src/old.cc", BAD)
        self.commit_all()
        self.git("branch", "base")
        self.plant("src/new.cc", BAD)
        self.git("add", "-A")
        self.git("commit", "-q", "-m", "more")
        self.assert_clean(layout.main, "--changed")
        said = self.run_tool(layout.main, "--changed", "--base", "base")[1]
        self.assertEqual([line.partition(":")[0] for line in said.splitlines()], ["src/new.cc"])

    @needs(layout.PROGRAM)
    def test_a_broken_configuration_is_no_pass(self) -> None:
        self.plant(".clang-format", "BasedOnStyle: [\n")
        self.assert_cannot_run(layout.main, "clang-format-19 failed")

    @needs(layout.PROGRAM)
    def test_no_configuration_is_no_pass(self) -> None:
        (self.root / ".clang-format").unlink()
        self.assert_cannot_run(layout.main, "has no .clang-format")

    @needs(layout.PROGRAM)
    def test_changed_without_git_is_no_pass(self) -> None:
        self.assert_cannot_run(layout.main, "is not a git checkout", "--changed")

    def test_a_missing_program_is_no_pass_and_names_its_package(self) -> None:
        with mock.patch.dict("os.environ", PATH=str(self.root)):
            self.assert_cannot_run(layout.main, "clang-format-19 is not installed. Install the "
                                   "Debian package clang-format-19")


if __name__ == "__main__":
    unittest.main()
