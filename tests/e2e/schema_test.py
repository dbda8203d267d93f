# SPDX-License-Identifier: Apache-2.0
"""Runs `cairn schema` as a user does.

usage: schema_test.py BINARY
"""

import json
import re
import sqlite3
import subprocess
import sys
import tempfile
import unittest
from collections.abc import Callable
from pathlib import Path

BINARY = sys.argv.pop(1)

# Of the built-in examples, whatever compiled them. A change of these numbers is a change of the examples.
FINGERPRINTS = {
    "bank": "f120d45a62c69c4132ef7536f4ad679df867688e5f44c090f42a67ef621262ea",
    "databuild": "5e239ccee39e2e20f55c2fb7d99975fd712fe4b7dd680da7974f70c3a5bbb098",
}


def schema(*arguments: str | Path) -> subprocess.CompletedProcess[str]:
    command = [BINARY, "schema", *map(str, arguments)]
    return subprocess.run(command, capture_output=True, text=True, check=False, stdin=subprocess.DEVNULL)


def idl_of(domain: str) -> dict:
    return json.loads(schema(domain, "--idl").stdout)


class InFolder(unittest.TestCase):
    def setUp(self) -> None:
        holder = tempfile.TemporaryDirectory()
        self.addCleanup(holder.cleanup)
        self.folder = Path(holder.name)

    def file(self, name: str, text: str) -> Path:
        path = self.folder / name
        path.write_text(text, encoding="utf-8")
        return path

    def edited(self, name: str, edit: Callable[[dict], None]) -> Path:
        """The bank's IDL, edited and given the fingerprint that the edited text has."""
        idl = idl_of("bank")
        edit(idl)
        refusal = schema(self.file(name, json.dumps(idl)))
        found = re.search(r"its content has ([0-9a-f]{64})", refusal.stderr)
        assert found, refusal.stderr
        return self.file(name, json.dumps(idl | {"fingerprint": found[1]}))

    def refused(self, status: int, *arguments: str | Path) -> str:
        """What standard error says: one line, and nothing on standard output."""
        result = schema(*arguments)
        self.assertEqual((result.returncode, result.stdout), (status, ""), result.stderr)
        self.assertEqual(len(result.stderr.splitlines()), 1, result.stderr)
        return result.stderr


class Shapes(InFolder):
    def answer(self, *arguments: str) -> str:
        result = schema(*arguments)
        self.assertEqual((result.returncode, result.stderr), (0, ""), arguments)
        return result.stdout

    def test_fingerprints_are_pinned(self) -> None:
        for domain, fingerprint in FINGERPRINTS.items():
            self.assertEqual(self.answer(domain, "--fingerprint"), fingerprint + "\n")
            self.assertEqual(idl_of(domain)["fingerprint"], fingerprint)

    def test_without_an_option_every_declaration_is_listed(self) -> None:
        lines = self.answer("bank").splitlines()
        self.assertEqual(lines[:2], ["bank 1", f"fingerprint {FINGERPRINTS['bank']}"])
        listed = [line.split()[:2] for line in lines[2:]]
        for expected in (["record", "Account"], ["command", "Transfer"], ["event", "Frozen"], ["reject", "Overflow"]):
            self.assertIn(expected, listed)

    def test_idl_is_one_canonical_line(self) -> None:
        for domain in FINGERPRINTS:
            text = self.answer(domain, "--idl")
            canonical = json.dumps(json.loads(text), sort_keys=True, separators=(",", ":"), ensure_ascii=False)
            self.assertEqual(text, canonical + "\n")

    def test_idl_read_from_a_file_is_the_same_schema(self) -> None:
        for domain, fingerprint in FINGERPRINTS.items():
            path = self.file(f"{domain}.json", self.answer(domain, "--idl"))
            self.assertEqual(self.answer(str(path), "--fingerprint"), fingerprint + "\n")
            for shape in ("--idl", "--openapi", "--sql=postgresql", "--c"):
                self.assertEqual(self.answer(str(path), shape), self.answer(domain, shape))

    def test_json_shapes_describe_the_commands(self) -> None:
        components = json.loads(self.answer("bank", "--openapi"))["components"]["schemas"]
        definitions = json.loads(self.answer("bank", "--jsonschema"))["$defs"]
        for described in (components, definitions):
            self.assertEqual(set(described["Transfer"]["properties"]), {"from", "to", "amount"})

    def test_sqlite_takes_the_tables_and_keeps_their_rules(self) -> None:
        for domain in FINGERPRINTS:
            with sqlite3.connect(":memory:") as database:
                database.executescript(self.answer(domain, "--sql=sqlite"))
            database.close()
        database = sqlite3.connect(":memory:")
        self.addCleanup(database.close)
        database.executescript(self.answer("bank", "--sql=sqlite"))
        insert = "INSERT INTO Account (id, owner, balance, status) VALUES (?, ?, ?, ?)"
        database.execute(insert, (1, "alice", 5, "Open"))
        for row in ((1, "bob", 0, "Open"), (2, "x" * 33, 0, "Open"), (2, "bob", 0, "Lost")):
            with self.assertRaises(sqlite3.IntegrityError):
                database.execute(insert, row)

    def test_postgresql_typescript_and_c_name_what_the_domain_declares(self) -> None:
        self.assertRegex(self.answer("bank", "--sql=postgresql"), r'CREATE TABLE "?\w*\.?"?Account"? \(')
        self.assertIn("export interface Transfer {", self.answer("bank", "--ts"))
        self.assertIn("bank_Account_Status_Closed", self.answer("bank", "--c"))

    def test_help_documents_the_exit_status_and_has_an_example(self) -> None:
        for arguments in (["--help"], ["diff", "--help"]):
            text = self.answer(*arguments)
            self.assertIn("example: cairn schema", text)
            self.assertRegex(text, r"exit status: .*\n?.*3 needs migration; 4 forbidden")


class Diff(InFolder):
    def judged(self, status: int, verdict: str, edit: Callable[[dict], None]) -> str:
        """Compares the bank with an edited one, as text and as JSON."""
        path = self.edited("edited.json", edit)
        text = schema("diff", "bank", path)
        self.assertEqual((text.returncode, text.stderr), (status, ""), text.stdout)
        report = schema("diff", "bank", path, "--json")
        self.assertEqual(report.returncode, status)
        self.assertEqual(json.loads(report.stdout)["verdict"], verdict)
        return text.stdout

    def test_a_schema_is_the_same_as_itself(self) -> None:
        path = self.file("same.json", schema("bank", "--idl").stdout)
        self.assertEqual(schema("diff", path, "bank").returncode, 0)
        self.assertTrue(json.loads(schema("diff", path, "bank", "--json").stdout)["same"])

    def test_an_added_event_is_compatible(self) -> None:
        def add(idl: dict) -> None:
            idl["events"].append(idl["events"][0] | {"name": "Reopened", "kind": 6})

        self.assertIn("+ event Reopened", self.judged(0, "compatible", add))

    def test_a_removed_event_needs_migration(self) -> None:
        self.assertIn("- event Frozen", self.judged(3, "needs migration", lambda idl: idl["events"].pop()))

    def test_a_changed_field_of_the_same_version_is_forbidden(self) -> None:
        def widen(idl: dict) -> None:
            idl["events"][0]["fields"][1]["type"] = "u64"

        self.assertIn("forbidden", self.judged(4, "forbidden", widen))

    def test_two_domains_have_nothing_in_common(self) -> None:
        self.assertEqual(schema("diff", "bank", "databuild").returncode, 4)


class Rubbish(InFolder):
    def test_an_unknown_domain_suggests_the_nearest(self) -> None:
        self.assertIn('did you mean "bank"?', self.refused(1, "bnak"))
        self.assertIn('did you mean "bank"?', self.refused(1, "diff", "bank", "bnk"))

    def test_a_missing_file_is_told_what_could_be_given(self) -> None:
        said = self.refused(1, self.folder / "nothing.json")
        self.assertIn("nothing.json", said)
        self.assertIn("bank, databuild", said)

    def test_files_that_are_no_idl_are_refused_by_name(self) -> None:
        whole = schema("bank", "--idl").stdout
        for name, text in (("empty", ""), ("cut", whole[: len(whole) // 2]), ("words", "not json\n"), ("list", "[]"),
                           ("other", '{"idl": 1}'), ("deep", "[" * 100_000), ("next", whole.replace('"idl":1', '"idl":2'))):
            with self.subTest(name):
                self.assertIn(name, self.refused(1, self.file(name, text)))

    def test_bytes_that_are_no_text_and_a_folder_are_refused(self) -> None:
        path = self.folder / "bytes"
        path.write_bytes(b'{"idl": "\xff\xfe\x00"}')
        self.assertIn("bytes", self.refused(1, path))
        self.refused(1, self.folder)

    def test_a_changed_file_is_refused_with_both_fingerprints(self) -> None:
        text = schema("bank", "--idl").stdout.replace('"amount"', '"amounts"')
        said = self.refused(1, self.file("changed.json", text))
        self.assertIn(FINGERPRINTS["bank"], said)
        self.assertEqual(len(set(re.findall(r"[0-9a-f]{64}", said))), 2)

    def test_wrong_usage_is_told_from_failure(self) -> None:
        for arguments in ([], ["bank", "--idle"], ["bank", "--idl", "--ts"], ["bank", "--sql=oracle"], ["bank", "--sql"],
                          ["bank", "bank"], ["diff"], ["diff", "bank"], ["diff", "bank", "bank", "--idl"]):
            with self.subTest(arguments):
                self.assertIn("--help` explains the arguments", self.refused(2, *arguments))


if __name__ == "__main__":
    unittest.main()
