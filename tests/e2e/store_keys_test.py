# SPDX-License-Identifier: Apache-2.0
"""Erases people from a store and rotates the keys that sign it, as a user does: a program keeps the store, the rest is the command line.

usage: store_keys_test.py BINARY CLUB
"""

import json
import subprocess
import sys
import tempfile
import unittest
from pathlib import Path

from command_line import CommandLine, cairn, run

CLUB = sys.argv.pop(1)
ADA = "Ada Lovelace"
CHARLES = "Charles Babbage"


class Club(CommandLine):
    def setUp(self) -> None:
        holder = tempfile.TemporaryDirectory()
        self.addCleanup(holder.cleanup)
        self.folder = Path(holder.name)
        self.store = self.folder / "store"
        self.keyring = self.folder / "keyring"
        for name in ("first", "second", "stranger"):
            self.well("keys", "generate", "example.org/club", self.folder / name)

    def club(self, key: str, retiring: str, *names: str) -> list[str]:
        """What it prints: each member's name."""
        result = self.opened(key, retiring, *names)
        self.assertEqual((result.returncode, result.stderr), (0, ""))
        return result.stdout.splitlines()

    def opened(self, key: str, retiring: str, *names: str) -> subprocess.CompletedProcess[str]:
        keys = [name if name == "-" else self.folder / name for name in (key, retiring)]
        return run(CLUB, self.store, self.keyring, *keys, *names)

    def holds(self, status: int, *arguments: str | Path) -> None:
        result = cairn(*arguments)
        self.assertEqual((result.returncode, result.stderr), (status, ""), result.stdout)

    def file(self, name: str, text: str) -> Path:
        path = self.folder / name
        path.write_text(text, encoding="utf-8")
        return path

    def everything(self) -> bytes:
        return b"".join(path.read_bytes() for path in sorted(self.store.rglob("*")) if path.is_file())


class Erasure(Club):
    def test_a_person_is_erased_everywhere_and_the_store_is_proved_as_before(self) -> None:
        self.assertEqual(self.club("-", "-", ADA, CHARLES), [f"member/1 {ADA}", f"member/2 {CHARLES}"])
        exported = self.well("export", self.store)
        before = json.loads(self.well("verify", self.store, "--values", "--json"))
        self.assertEqual([key["entity"] for key in json.loads(self.well("keys", "list", self.keyring, "--json"))],
                         ["member/1", "member/2"])
        self.well("keys", "shred", self.keyring, "member/1", "--yes")
        after = json.loads(self.well("verify", self.store, "--values", "--json"))
        self.assertTrue(after["holds"])
        self.assertEqual(after, before)
        self.assertEqual(self.well("export", self.store), exported)
        self.assertEqual(self.club("-", "-"), ["member/1 erased", f"member/2 {CHARLES}"])

    def test_neither_names_nor_keys_leave_the_keyring(self) -> None:
        self.club("first", "-", ADA, CHARLES)
        keys = (self.keyring / "keys-000000000001").read_bytes()
        made = [self.everything(), self.well("log", self.store, "--json").encode()]
        made += [self.well("export", self.store, "--format", form).encode() for form in ("jsonl", "csv")]
        output = self.folder / "exported"
        self.well("export", self.store, "--format", "msgpack", "-o", output)
        made.append(output.read_bytes())
        for data in made:
            self.assertIn(b"member/1", data)
            for hidden in (ADA.encode()[:8], CHARLES.encode()[:8], keys[760:768], keys[1272:1280]):
                self.assertNotIn(hidden, data)

    def test_a_keyring_inside_the_store_is_refused(self) -> None:
        self.keyring = self.store / "keyring"
        result = self.opened("-", "-", ADA)
        self.assertEqual((result.returncode, result.stdout), (1, ""))
        self.assertIn("keep it apart", result.stderr)

    def test_an_import_has_the_same_secrets(self) -> None:
        self.club("-", "-", ADA)
        lines = self.file("lines", self.well("export", self.store))
        self.store = self.folder / "copy"
        self.well("import", self.store, lines)
        self.assertEqual(self.club("-", "-"), [f"member/1 {ADA}"])


class Rotation(Club):
    def receipt(self, key: str, sequence: int) -> Path:
        text = self.well("receipt", "make", self.store, str(sequence), "--key", self.folder / key)
        return self.file(f"receipt-{key}-{sequence}", text)

    def test_receipts_of_both_keys_verify_by_what_the_journal_records(self) -> None:
        self.club("first", "-", ADA)
        old = self.receipt("first", 3)
        self.club("second", "first", CHARLES)
        new = self.receipt("second", 3)
        history = json.loads(self.well("keys", "history", self.store, "--keys", self.folder / "first.pub", "--json"))
        self.assertEqual([(row["sequence"], row["from_size"]) for row in history], [(2, 2), (4, 4)])
        self.assertEqual(history[1]["key"] + "\n", (self.folder / "second.pub").read_text(encoding="utf-8"))
        self.assertEqual(history[1]["retired"], history[0]["key"])
        self.assertEqual(len(self.well("keys", "history", self.store).splitlines()), 3)
        rotation = self.file("rotation", self.well("keys", "history", self.store, "--note", "4"))
        trusting = ("--key", self.folder / "first.pub", "--rotation", rotation)
        self.holds(0, "receipt", "verify", old, *trusting)
        self.holds(0, "receipt", "verify", new, *trusting)
        self.holds(6, "receipt", "verify", new, "--key", self.folder / "first.pub")
        self.holds(0, "verify", self.store, "--keys", self.folder / "first.pub")
        self.holds(10, "verify", self.store, "--keys", self.folder / "second.pub")
        self.assertIn("is not trusted", self.refused(1, "keys", "history", self.store, "--keys", self.folder / "second.pub"))

    def test_a_key_that_was_swapped_is_named(self) -> None:
        self.club("first", "-", ADA)
        for retiring in ("-", "stranger"):
            result = self.opened("second" if retiring == "stranger" else "stranger", retiring)
            self.assertEqual((result.returncode, result.stdout), (1, ""))
            self.assertIn("transaction 2 records that example.org/club+", result.stderr)
        said = self.refused(1, "receipt", "make", self.store, "3", "--key", self.folder / "stranger")
        self.assertIn("transaction 2 records that example.org/club+", said)
        self.assertEqual(self.club("first", "-"), [f"member/1 {ADA}"])

    def test_a_journal_without_keys_says_so(self) -> None:
        self.club("-", "-", ADA)
        self.assertEqual(self.well("keys", "history", self.store, "--json"), "[]\n")
        self.assertIn("transaction 2 records no key", self.refused(1, "keys", "history", self.store, "--note", "2"))
        self.holds(0, "receipt", "verify", self.receipt("stranger", 2), "--key", self.folder / "stranger.pub")

    def test_wrong_usage_is_told_from_failure(self) -> None:
        self.assertIn(str(self.folder), self.refused(1, "keys", "history", self.folder))
        for arguments in ([], [self.folder, "more"], [self.folder, "--note", "0"]):
            self.assertIn("--help` explains the arguments", self.refused(2, "keys", "history", *arguments))


if __name__ == "__main__":
    unittest.main()
