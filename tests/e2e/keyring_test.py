# SPDX-License-Identifier: Apache-2.0
"""Runs `cairn keys list`, `shred` and `compact` as a user does, on the keyring of the golden file.

usage: keyring_test.py BINARY GOLDEN_FILE
"""

import fcntl
import json
import os
import pty
import subprocess
import sys
import tempfile
import unittest
from pathlib import Path

from command_line import CommandLine, cairn

GOLDEN = Path(sys.argv.pop(1))
KEYRING = bytes.fromhex(GOLDEN.read_text(encoding="utf-8").split("file ")[1])
BLOCK = 512
KEY = slice(BLOCK + 248, BLOCK + 280)
LIVE = {"entity": "person 1", "id": 1, "state": "live"}
GONE = {"entity": "person 2", "id": 2, "state": "shredded"}


def keys(*arguments: str | Path, **options: object) -> subprocess.CompletedProcess[str]:
    return cairn("keys", *arguments, **options)


class Keyring(CommandLine):
    WORDS = ("keys",)

    def setUp(self) -> None:
        holder = tempfile.TemporaryDirectory()
        self.addCleanup(holder.cleanup)
        self.folder = Path(holder.name) / "keyring"
        self.folder.mkdir()
        self.file = self.folder / "keys-000000000001"
        self.file.write_bytes(KEYRING)

    def listed(self) -> list[dict]:
        return json.loads(self.well("list", self.folder, "--json"))

    def asked(self, answer: str) -> subprocess.CompletedProcess[str]:
        """Shreds with a terminal to answer on."""
        ours, theirs = pty.openpty()
        try:
            os.write(ours, answer.encode())
            return keys("shred", self.folder, "person 1", stdin=theirs)
        finally:
            os.close(ours)
            os.close(theirs)

    def test_entities_are_listed_and_no_key_is_shown(self) -> None:
        self.assertEqual(self.listed(), [LIVE, GONE])
        table = self.well("list", str(self.folder) + "/").splitlines()
        self.assertEqual([row.split(maxsplit=2) for row in table[1:]],
                         [["1", "live", "person 1"], ["2", "shredded", "person 2"]])
        self.assertEqual(self.file.read_bytes(), KEYRING)
        self.assertNotIn(KEYRING[KEY].hex()[:8], "".join(table))

    def test_a_key_is_shredded_and_nothing_of_it_is_left(self) -> None:
        self.assertEqual(json.loads(self.well("shred", self.folder, "person 1", "--yes", "--json")),
                         {"shredded": ["person 1"], "unknown": []})
        self.assertEqual(self.listed(), [LIVE | {"state": "shredded"}, GONE])
        self.assertNotIn(KEYRING[KEY][:8], b"".join(file.read_bytes() for file in self.folder.iterdir()))

    def test_an_entity_without_a_key_has_a_status_of_its_own(self) -> None:
        result = keys("shred", self.folder, "person 2", "person 1", "nobody", "--yes")
        self.assertEqual((result.returncode, result.stderr), (3, ""))
        self.assertEqual(result.stdout.splitlines(), ["shredded  person 1", "no key    person 2", "no key    nobody"])
        self.assertEqual(keys("shred", self.folder, "person 1", "--yes").returncode, 3)

    def test_nothing_is_shredded_before_somebody_has_said_yes(self) -> None:
        self.assertIn("--yes", self.refused(2, "shred", self.folder, "person 1"))
        for answer in ("no\n", "\n", "YES\n", "yes please\n"):
            result = self.asked(answer)
            self.assertEqual((result.returncode, result.stdout), (1, ""))
            self.assertIn("person 1", result.stderr)
            self.assertTrue(result.stderr.endswith("nothing was shredded\n"))
        self.assertEqual(self.file.read_bytes(), KEYRING)
        result = self.asked("yes\n")
        self.assertEqual((result.returncode, result.stdout), (0, "shredded  person 1\n"), result.stderr)
        self.assertEqual(self.listed()[0]["state"], "shredded")

    def test_compacting_forgets_who_was_shredded(self) -> None:
        self.assertEqual(self.well("compact", self.folder), "1 shredded keys dropped\n")
        self.assertEqual(self.listed(), [LIVE])
        self.assertNotIn(b"person 2", b"".join(file.read_bytes() for file in self.folder.iterdir()))
        self.assertEqual(json.loads(self.well("compact", self.folder, "--json")), {"dropped": 0})

    def test_a_keyring_in_use_is_left_alone(self) -> None:
        with (self.folder / ".lock").open("w", encoding="utf-8") as lock:
            fcntl.flock(lock, fcntl.LOCK_EX)
            self.assertIn("is in use", self.refused(1, "shred", self.folder, "person 1", "--yes"))
            self.assertIn("is in use", self.refused(1, "compact", self.folder))
            self.assertEqual(self.listed(), [LIVE, GONE])
        self.assertEqual(self.file.read_bytes(), KEYRING)

    def test_what_is_no_keyring_is_named_and_none_is_made(self) -> None:
        other = self.folder.parent / "other"
        for path in (other, self.folder / "keys", self.folder.parent):
            for arguments in (("list", path), ("shred", path, "person 1", "--yes"), ("compact", path)):
                self.assertIn(str(path), self.refused(1, *arguments))
        self.assertFalse(other.exists())
        self.assertEqual([file.name for file in self.folder.iterdir()], [self.file.name])

    def test_damage_is_named_by_its_file(self) -> None:
        for at in (3, 12, BLOCK + 5, BLOCK + 20, BLOCK + 250):
            damaged = bytearray(KEYRING)
            damaged[at] ^= 1
            self.file.write_bytes(damaged)
            self.assertIn("keyring", self.refused(1, "shred", self.folder, "person 1", "--yes"), at)
        self.file.write_bytes(KEYRING[:BLOCK] + bytes(BLOCK) + KEYRING[2 * BLOCK:])
        self.assertIn("keys-000000000001", self.refused(1, "list", self.folder))
        # A last entry that is being written is none yet.
        self.file.write_bytes(KEYRING + bytes(BLOCK))
        self.assertEqual(self.listed(), [LIVE, GONE])

    def test_wrong_usage_is_told_from_failure(self) -> None:
        for arguments in (["list"], ["shred"], ["shred", self.folder], ["compact"], ["list", self.folder, "more"],
                          ["shred", self.folder, b"\xff".decode(errors="surrogateescape"), "--yes"], ["erase"]):
            with self.subTest(arguments):
                self.assertIn("--help` explains the arguments", self.refused(2, *arguments))

    def test_help_documents_the_exit_status_and_has_an_example(self) -> None:
        for verb in ("list", "shred", "compact"):
            text = self.well(verb, "--help")
            self.assertIn(f"example: cairn keys {verb} ", text)
            self.assertIn("exit status: 0 done; 1 ", text)


if __name__ == "__main__":
    unittest.main()
