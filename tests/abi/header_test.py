# SPDX-License-Identifier: Apache-2.0
"""Shows that header.py sees each change that would break a plugin, and none that would not.

usage: header_test.py FOLDER_OF_A_FROZEN_HEADER
"""

import sys
import unittest
from pathlib import Path

import header

FROZEN = (Path(sys.argv.pop(1)) / "plugin.h").read_text()


def edited(old: str, new: str) -> str:
    assert FROZEN.count(old) >= 1, old
    return FROZEN.replace(old, new, 1)


class Changes(unittest.TestCase):
    def broken(self, text: str, says: str) -> None:
        self.assertIn(says, "\n".join(header.changes(FROZEN, text)))

    def test_the_same_header_is_fine(self) -> None:
        self.assertEqual(header.changes(FROZEN, FROZEN), [])
        self.assertEqual(len(header.declarations(FROZEN)["cairn_host"]), 24)

    def test_tables_may_grow_at_their_end(self) -> None:
        for table in header.GROWING:
            grown = edited(f"}} {table};", f"  int32_t (*later)(cairn_call*); }} {table};")
            self.assertEqual(header.changes(FROZEN, grown), [])

    def test_comments_and_new_constants_may_change(self) -> None:
        self.assertEqual(header.changes(FROZEN, edited("/* Links. */", "/* What joins rows. */")), [])
        self.assertEqual(header.changes(FROZEN, edited("#define", "#define CAIRN_LATER 7\n#define")), [])

    def test_a_parameter_more_is_seen(self) -> None:
        self.broken(edited("int64_t (*now)(cairn_call*);", "int64_t (*now)(cairn_call*, int);"), "cairn_host: \"int64_t")

    def test_members_that_move_or_go_are_seen(self) -> None:
        self.broken(edited("  const char* name;\n", ""), "cairn_domain: \"const char* name\" is now")
        self.broken(edited("} cairn_change;", "  int more; } cairn_change;"), "cairn_change: has no size in it")

    def test_another_value_or_version_is_seen(self) -> None:
        self.broken(edited("CAIRN_LIMIT = 20", "CAIRN_LIMIT = 21"), "CAIRN_STALE = 16")
        self.broken(edited("CAIRN_ABI_VERSION 1u", "CAIRN_ABI_VERSION 2u"), "#define CAIRN_ABI_VERSION 1u")

    def test_a_member_that_the_program_forgets_is_seen(self) -> None:
        self.assertIn("cairn_host.now", header.unprinted(FROZEN, []))


if __name__ == "__main__":
    unittest.main()
