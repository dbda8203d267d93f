# SPDX-License-Identifier: Apache-2.0
"""Each rule of layering.py is broken once in a planted tree, and must be named."""

import copy
import json
import unittest

from planted import PlantedTree

import layering

POLICY = {
    "include_roots": ["include", "src", "."],
    "public": "include/cairn",
    "banned_names": ["util", "common"],
    "folders": {
        "include/cairn": [],
        "src/base": [],
        "src/sys": ["src/base"],
        "src/sys/posix": ["src/base", "src/sys"],
        "tests/support": ["src/base"],
    },
    "always": ["include/cairn"],
    "test_suffixes": ["_test.cc", "_bench.cc"],
    "tests_may_also": ["tests/support"],
    "external": {"fmt/": ["src/base"], "blake3.h": ["src/base"],
                 "gtest/": ["tests/*", "*_test.cc"]},
    "os_headers": {"prefixes": ["sys/", "unistd.h", "signal.h"],
                   "allowed": ["src/sys/posix", "*_test.cc"]},
}
CLEAN = {
    "include/cairn/types.h": "#pragma once\n#include <cstdint>\n",
    "include/cairn/all.h": '#pragma once\n#include "cairn/types.h"\n',
    "src/base/ring.h": '#pragma once\n#include <fmt/format.h>\n#include "cairn/types.h"\n',
    "src/base/ring.cc": '#include "base/ring.h"\n#include <blake3.h>\n',
    "src/base/ring_test.cc": '#include <gtest/gtest.h>\n#include <unistd.h>\n'
                             '#include "base/ring.h"\n#include "tests/support/seed.h"\n',
    "src/sys/clock.h": '#include "base/ring.h"\n',
    "src/sys/posix/clock.cc": '#include <signal.h>\n#include <sys/stat.h>\n'
                              '#include "sys/clock.h"\n',
    "tests/support/seed.h": '#include <gtest/gtest.h>\n#include <cairn/all.h>\n'
                            '#include "base/ring.h"\n',
}


class Layering(PlantedTree):
    def setUp(self) -> None:
        super().setUp()
        self.policy = copy.deepcopy(POLICY)
        self.plant_policy()
        self.plant_all(CLEAN)

    def plant_policy(self) -> None:
        self.plant("layers.json", json.dumps(self.policy, indent=2) + "\n")

    def assert_refused(self, path: str, text: str, expected: str) -> None:
        """Shows that one more file of this text leads to this finding."""
        self.plant(path, text)
        self.assert_finds(layering.main, f"{path}:{expected}")

    def assert_table_refused(self, expected: str) -> None:
        self.plant_policy()
        self.assert_finds(layering.main, expected)

    def test_a_clean_tree_passes(self) -> None:
        self.assert_clean(layering.main)

    def test_an_edge_that_is_not_listed(self) -> None:
        self.assert_refused("src/base/bad.cc", '\n#include "sys/clock.h"\n',
                            "2: src/base may not include src/sys. It may include: include/cairn.")

    def test_a_folder_below_a_listed_one_is_part_of_it(self) -> None:
        self.assert_refused("src/base/deep/bad.cc", '#include "sys/clock.h"\n',
                            "1: src/base may not include src/sys.")

    def test_the_longest_listed_folder_counts(self) -> None:
        self.assert_refused("src/sys/bad.cc", '#include "sys/posix/clock.cc"\n',
                            "1: src/sys may not include src/sys/posix.")

    def test_a_header_that_hides_one_of_the_system(self) -> None:
        self.assert_refused("src/sys/socket.h", "#pragma once\n", "1: hides the system's <sys/socket.h>. ")

    def test_a_product_file_may_not_include_test_support(self) -> None:
        self.assert_refused("src/base/bad.cc", '#include "tests/support/seed.h"\n',
                            "1: src/base may not include tests/support.")

    def test_an_unlisted_folder(self) -> None:
        self.assert_refused("src/network/x.cc", "", "1: the folder src/network has no row in "
                            "layers.json. Add a row that says what it may include")

    def test_an_include_of_an_unlisted_folder(self) -> None:
        self.plant("src/network/x.h", "")
        self.assert_refused("src/base/bad.cc", '#include "network/x.h"\n',
                            "1: src/network/x.h is in a folder without a row in layers.json.")

    def test_an_include_that_resolves_nowhere(self) -> None:
        self.assert_refused("src/base/bad.cc", '#include "base/no.h"\n',
                            '1: "base/no.h" is in none of the include roots (include, src, .).')

    def test_an_include_relative_to_the_file_is_spelled_out(self) -> None:
        self.assert_refused("src/base/bad.cc", '#include "ring.h"\n',
                            '1: "ring.h" is in none of the include roots (include, src, .). '
                            'Write "base/ring.h".')

    def test_an_include_that_names_no_file(self) -> None:
        self.assert_refused("src/base/bad.cc", "#include HEADER\n",
                            "1: this include does not name a file.")

    def test_a_public_header_that_includes_src(self) -> None:
        self.assert_refused("include/cairn/bad.h", '#include "base/ring.h"\n',
                            "1: a public header may not include src/base. Public headers include "
                            "only the standard library and include/cairn.")

    def test_a_public_header_that_includes_a_library(self) -> None:
        self.assert_refused("include/cairn/bad.h", "#include <fmt/format.h>\n",
                            "1: a public header may not include <fmt/format.h>.")

    def test_a_public_header_that_includes_the_system(self) -> None:
        self.assert_refused("include/cairn/bad.h", "#include <signal.h>\n",
                            "1: a public header may not include <signal.h>.")

    def test_a_library_in_the_wrong_folder(self) -> None:
        self.assert_refused("src/sys/bad.cc", "#include <blake3.h>\n",
                            "1: src/sys may not include <blake3.h>, a library header. It belongs "
                            "to: src/base.")

    def test_a_system_header_in_the_wrong_folder(self) -> None:
        for name in ("unistd.h", "sys/stat.h", "signal.h"):
            with self.subTest(name):
                self.assert_refused("src/sys/bad.cc", f"#include <{name}>\n",
                                    f"1: src/sys may not include <{name}>, a header of the "
                                    "operating system. It belongs to: src/sys/posix, *_test.cc.")

    def test_an_angle_include_that_nobody_knows(self) -> None:
        for name in ("boost/any.hpp", "base/ring.h", "blake3.hpp"):
            with self.subTest(name):
                self.assert_refused("src/base/bad.cc", f"#include <{name}>\n",
                                    f"1: <{name}> is neither standard nor listed in layers.json.")

    def test_a_cycle_that_the_table_allows(self) -> None:
        self.policy["folders"]["src/base"] = ["src/sys"]
        self.assert_table_refused("layers.json:14: the table allows a cycle: src/base -> src/sys "
                                  "-> src/base.")

    def test_a_real_cycle(self) -> None:
        # The table refuses one of these edges as well; the cycle is named in its own right.
        self.assert_refused("src/base/bad.h", '#include "sys/clock.h"\n',
                            "1: the folders form a cycle: src/base -> src/sys -> src/base.")

    def test_a_cycle_through_test_support_that_no_row_forbids(self) -> None:
        self.policy["folders"]["tests/contract"] = []
        self.policy["tests_may_also"].append("tests/contract")
        self.plant_policy()
        self.plant("tests/contract/a.h", '#include "tests/support/b.h"\n')
        self.plant("tests/support/b.h", '#include "tests/contract/a.h"\n')
        self.assert_finds(layering.main, "tests/contract/a.h:1: the folders form a cycle: "
                          "tests/contract -> tests/support -> tests/contract.")

    def test_a_row_without_code(self) -> None:
        self.policy["folders"]["src/log"] = ["src/base"]
        self.assert_table_refused("layers.json:25: src/log is listed but holds no C or C++ file.")
        self.assert_clean(layering.main, "--allow-empty")

    def test_a_name_without_a_row(self) -> None:
        for change in (lambda policy: policy["folders"]["src/sys"].append("src/log"),
                       lambda policy: policy["external"]["fmt/"].append("src/log"),
                       lambda policy: policy["os_headers"]["allowed"].append("src/log"),
                       lambda policy: policy["tests_may_also"].append("src/log")):
            self.policy = copy.deepcopy(POLICY)
            change(self.policy)
            self.plant_policy()
            status, said = self.run_tool(layering.main)
            self.assertEqual(status, 1)
            self.assertIn("the table mentions src/log, which has no row in folders. Add", said)

    def test_a_public_row_that_is_not_empty(self) -> None:
        self.policy["folders"]["include/cairn"] = ["src/base"]
        self.assert_table_refused("layers.json:13: the row of include/cairn must be empty.")

    def test_a_banned_folder_name_anywhere(self) -> None:
        self.plant("docs/Util/notes.md", "")
        self.assert_finds(layering.main, 'docs/Util:1: the folder name "Util" does not say what')

    def test_dot_prints_the_real_graph(self) -> None:
        status, said = self.run_tool(layering.main, "--dot")
        self.assertEqual(status, 0)
        self.assertIn('  "src/sys" -> "src/base";\n', said)
        self.assertIn('  "src/base" -> "tests/support" [style=dashed];\n', said)
        self.assertNotIn('"src/base" -> "src/sys"', said)

    def test_a_table_that_cannot_be_read(self) -> None:
        (self.root / "layers.json").unlink()
        self.assert_cannot_run(layering.main, "layers.json cannot be read")
        self.plant("layers.json", "{")
        self.assert_cannot_run(layering.main, "layers.json cannot be read")

    def test_a_table_with_an_unknown_field(self) -> None:
        self.policy["folder"] = {}
        self.plant_policy()
        self.assert_cannot_run(layering.main, "is not a table of layers")

    def test_a_root_that_is_no_folder(self) -> None:
        self.root = self.root / "absent"
        self.assert_cannot_run(layering.main, "is not a folder")

    def test_a_wrong_option_is_a_usage_error(self) -> None:
        with self.assertRaises(SystemExit) as stop:
            self.run_tool(layering.main, "--no-such-option")
        self.assertEqual(stop.exception.code, 2)


if __name__ == "__main__":
    unittest.main()
