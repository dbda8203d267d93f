# SPDX-License-Identifier: Apache-2.0
"""Gives `cairn` domains as plugins, as a user does.

usage: plugin_test.py BINARY FOLDER_OF_PLUGINS
"""

import json
import subprocess
import sys
import tempfile
import unittest
from pathlib import Path

BINARY = sys.argv.pop(1)
PLUGINS = Path(sys.argv.pop(1))


def schema(*arguments: str | Path) -> subprocess.CompletedProcess[str]:
    return subprocess.run([BINARY, "schema", *map(str, arguments)], capture_output=True, text=True, check=False,
                          stdin=subprocess.DEVNULL)


class Schema(unittest.TestCase):
    def refused(self, path: Path) -> str:
        """What standard error says: one line, and nothing on standard output."""
        result = schema(path)
        self.assertEqual((result.returncode, result.stdout), (1, ""), result.stderr)
        self.assertEqual(len(result.stderr.splitlines()), 1, result.stderr)
        self.assertIn(str(path), result.stderr)
        return result.stderr

    def test_a_plugin_and_the_built_in_domain_print_the_same(self) -> None:
        for name, domain in (("bank", "bank"), ("build", "databuild")):
            for shape in ("--idl", "--fingerprint", "--sql=sqlite", "--c", "--ts", "--openapi"):
                plugin = schema(PLUGINS / f"{name}.so", shape)
                self.assertEqual((plugin.returncode, plugin.stderr), (0, ""))
                self.assertEqual(plugin.stdout, schema(domain, shape).stdout, (name, shape))

    def test_a_domain_in_c_is_described(self) -> None:
        lines = schema(PLUGINS / "counter.so").stdout.splitlines()
        self.assertEqual(lines[0], "counter 1")
        self.assertIn(["command", "Sweep"], [line.split()[:2] for line in lines])

    def test_two_versions_are_compared(self) -> None:
        self.assertEqual(schema("diff", PLUGINS / "bank.so", "bank").returncode, 0)
        result = schema("diff", PLUGINS / "oracle_1.so", PLUGINS / "oracle_2.so")
        self.assertEqual((result.returncode, result.stderr), (3, ""), result.stdout)
        self.assertIn("more", result.stdout)

    def test_what_is_no_plugin_is_refused_by_name(self) -> None:
        with tempfile.TemporaryDirectory() as folder:
            cut = Path(folder) / "cut.so"
            whole = (PLUGINS / "bank.so").read_bytes()
            cut.write_bytes(whole[: len(whole) // 2])
            self.assertIn("truncated", self.refused(cut))
            words = Path(folder) / "words.so"
            words.write_text("not a plugin\n", encoding="utf-8")
            self.assertIn("no ELF file", self.refused(words))
            self.assertIn("give the path of a domain's .so", self.refused(Path(folder) / "nothing.so"))
        self.assertIn("version 9 of the plugin ABI; this host speaks 1", self.refused(PLUGINS / "broken_version.so"))
        self.assertIn("so it is no domain", self.refused(PLUGINS / "broken_no_entry.so"))



def check(*arguments: str | Path) -> subprocess.CompletedProcess[str]:
    return subprocess.run([BINARY, "check", *map(str, arguments)], capture_output=True, text=True, check=False,
                          stdin=subprocess.DEVNULL)


class Check(unittest.TestCase):
    def test_a_plugin_is_checked_for_its_net_and_its_imports(self) -> None:
        result = check(PLUGINS / "bank.so", "--json")
        self.assertEqual((result.returncode, result.stderr), (0, ""), result.stdout)
        self.assertEqual(sorted(json.loads(result.stdout)), ["lint", "petri"])
        self.assertEqual(sorted(json.loads(check("bank", "--json").stdout)), ["petri"])

    def test_an_allowance_that_nothing_needs_is_a_finding(self) -> None:
        with tempfile.TemporaryDirectory() as folder:
            allow = Path(folder) / "allow.txt"
            allow.write_text("clock_gettime  it is not even used\n", encoding="utf-8")
            result = check(PLUGINS / "bank.so", "--allow", allow)
            self.assertEqual(result.returncode, 1, result.stdout)
            self.assertIn("clock_gettime", result.stdout)
            allow.write_text("clock_gettime\n", encoding="utf-8")
            result = check(PLUGINS / "bank.so", "--allow", allow)
            self.assertEqual((result.returncode, result.stdout), (1, ""))
            self.assertIn(str(allow), result.stderr)


if __name__ == "__main__":
    unittest.main()
