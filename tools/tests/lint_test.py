# SPDX-License-Identifier: Apache-2.0
"""lint.py prints findings only, checks again only what changed, and never passes what it could
not check."""

import json
import unittest
from unittest import mock

from planted import PlantedTree, needs

import lint
import sources

CONFIG = "Checks: '-*,modernize-use-nullptr'\nWarningsAsErrors: '*'\nHeaderFilterRegex: '.*'\n"
BAD_HEADER = "#pragma once\ninline int* none() { return 0; }\n"


class Lint(PlantedTree):
    """The tree has two units: src/a.cc includes src/a.h, src/b.cc includes nothing."""

    def setUp(self) -> None:
        super().setUp()
        sources.find_program.cache_clear()
        self.plant(".clang-tidy", CONFIG)
        self.plant("src/a.h", "#pragma once\ninline int one() { return 1; }\n")
        self.plant("src/a.cc", '#include "a.h"\nint two() { return one() + 1; }\n')
        self.plant("src/b.cc", "int three() { return 3; }\n")
        self.plant_database("src/a.cc", "src/b.cc")

    def plant_database(self, *paths: str, flags: str = "") -> None:
        entries = [{"directory": str(self.root), "file": str(self.root / path),
                    "command": f"clang++-19 -std=c++23 {flags} -I{self.root}/src -c {path}"}
                   for path in paths]
        self.plant("build/clang/compile_commands.json", json.dumps(entries))

    def checked(self, *arguments: str) -> list[str]:
        """Runs the tool; returns the units that clang-tidy was really started for."""
        with mock.patch.object(lint, "run_one", side_effect=lint.run_one) as run_one:
            self.run_tool(lint.main, *arguments)
        return sorted(call.args[2].path for call in run_one.call_args_list)

    def test_the_product_is_what_is_no_test(self) -> None:
        self.assertTrue(lint.is_product("src/a.cc"))
        for path in ("src/a_test.cc", "src/a_fuzz.cc", "src/a_bench.cc", "tests/x/a.cc", "bench/a.cc"):
            self.assertFalse(lint.is_product(path), path)

    @needs(lint.PROGRAM)
    def test_product_leaves_tests_out(self) -> None:
        self.plant("src/b_test.cc", "int four() { return 4; }\n")
        self.plant_database("src/a.cc", "src/b.cc", "src/b_test.cc")
        self.assertEqual(self.checked("--product"), ["src/a.cc", "src/b.cc"])

    @needs(lint.PROGRAM)
    def test_clean_units_pass(self) -> None:
        self.assert_clean(lint.main)

    @needs(lint.PROGRAM)
    def test_a_finding_in_a_unit_is_printed(self) -> None:
        self.plant("src/b.cc", "int* none() { return nullptr; }int* no() { return 0; }\n")
        self.assert_finds(lint.main, "src/b.cc:1:51: error: use nullptr [modernize-use-nullptr")

    @needs(lint.PROGRAM)
    def test_a_finding_in_a_shared_header_is_printed_once(self) -> None:
        self.plant("src/a.h", BAD_HEADER)
        self.plant("src/b.cc", '#include "a.h"\n')
        self.plant("src/a.cc", '#include "a.h"\n')
        self.assert_finds(lint.main, "src/a.h:2:29: error: use nullptr")
        self.assertEqual(self.run_tool(lint.main)[1].count("use nullptr"), 1)

    @needs(lint.PROGRAM)
    def test_how_a_macro_expands_is_not_told(self) -> None:
        self.plant("src/b.cc", "#define NONE none()\nint three() { return NONE; }\n")
        said = self.run_tool(lint.main)[1]
        self.assertIn("src/b.cc:2:22: error: use of undeclared identifier", said)
        self.assertNotIn("note:", said)

    @needs(lint.PROGRAM)
    def test_code_that_does_not_compile_is_a_finding(self) -> None:
        self.plant("src/b.cc", "int three() { return four; }\n")
        self.assert_finds(lint.main, "src/b.cc:1:22: error: use of undeclared identifier 'four'")

    @needs(lint.PROGRAM)
    def test_what_passed_is_not_checked_again(self) -> None:
        self.assertEqual(self.checked(), ["src/a.cc", "src/b.cc"])
        self.assertEqual(self.checked(), [])

    @needs(lint.PROGRAM)
    def test_a_finding_stays_until_it_is_repaired(self) -> None:
        self.plant("src/b.cc", "int* none() { return 0; }\n")
        self.checked()
        self.assertEqual(self.checked(), ["src/b.cc"])

    @needs(lint.PROGRAM)
    def test_an_edited_header_checks_the_units_that_include_it(self) -> None:
        self.checked()
        self.plant("src/a.h", BAD_HEADER)
        self.assertEqual(self.checked(), ["src/a.cc"])

    @needs(lint.PROGRAM)
    def test_another_configuration_or_command_checks_again(self) -> None:
        self.checked()
        self.plant(".clang-tidy", CONFIG.replace("nullptr", "override"))
        self.assertEqual(self.checked(), ["src/a.cc", "src/b.cc"])
        self.plant_database("src/a.cc", "src/b.cc", flags="-DMORE")
        self.assertEqual(self.checked(), ["src/a.cc", "src/b.cc"])

    @needs(lint.PROGRAM)
    def test_changed_checks_edited_units_and_those_of_edited_headers(self) -> None:
        self.plant(".gitignore", "build\n")
        self.commit_all()
        self.assertEqual(self.checked("--changed"), [])
        self.plant("src/a.h", BAD_HEADER)
        self.assertEqual(self.checked("--changed"), ["src/a.cc"])
        self.plant("src/b.cc", "int four() { return 4; }\n")
        self.assertEqual(self.checked("--changed"), ["src/a.cc", "src/b.cc"])

    @needs(lint.PROGRAM)
    def test_a_source_that_no_build_compiles_is_no_pass(self) -> None:
        self.plant("src/orphan.cc", "")
        self.assert_cannot_run(lint.main, "src/orphan.cc: not in ")

    @needs(lint.PROGRAM)
    def test_no_compile_commands_is_no_pass(self) -> None:
        self.assert_cannot_run(lint.main, "Configure first: cmake --preset other",
                               "--build", "build/other")

    @needs(lint.PROGRAM)
    def test_a_check_that_breaks_down_is_no_pass(self) -> None:
        self.plant(".clang-tidy", "Checks: [\n")
        self.assert_cannot_run(lint.main, "clang-tidy-19 could not check src/")

    @needs(lint.PROGRAM)
    def test_no_configuration_is_no_pass(self) -> None:
        (self.root / ".clang-tidy").unlink()
        self.assert_cannot_run(lint.main, "has no .clang-tidy")

    def test_a_missing_program_is_no_pass_and_names_its_package(self) -> None:
        with mock.patch.dict("os.environ", PATH=str(self.root)):
            self.assert_cannot_run(lint.main, "clang-tidy-19 is not installed. Install the Debian "
                                   "package clang-tidy-19")


if __name__ == "__main__":
    unittest.main()
