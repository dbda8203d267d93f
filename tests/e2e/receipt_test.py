# SPDX-License-Identifier: Apache-2.0
"""Runs `cairn receipt` and `cairn keys` as a user does, on the golden receipts and on keys of its own.

usage: receipt_test.py BINARY GOLDEN_FOLDER
"""

import json
import stat
import subprocess
import sys
import tempfile
import unittest
from pathlib import Path

BINARY = sys.argv.pop(1)
GOLDEN = Path(sys.argv.pop(1))
KEY = GOLDEN / "key.pub"


def cairn(*arguments: str | Path) -> subprocess.CompletedProcess[str]:
    command = [BINARY, *map(str, arguments)]
    return subprocess.run(command, capture_output=True, text=True, check=False, stdin=subprocess.DEVNULL)


def verify(*arguments: str | Path) -> subprocess.CompletedProcess[str]:
    return cairn("receipt", "verify", *arguments)


class InFolder(unittest.TestCase):
    def setUp(self) -> None:
        holder = tempfile.TemporaryDirectory()
        self.addCleanup(holder.cleanup)
        self.folder = Path(holder.name)

    def file(self, name: str, text: str | bytes) -> Path:
        path = self.folder / name
        path.write_bytes(text.encode() if isinstance(text, str) else text)
        return path

    def refused(self, status: int, result: subprocess.CompletedProcess[str]) -> str:
        """What standard error says: one line, and nothing on standard output."""
        self.assertEqual((result.returncode, result.stdout), (status, ""), result.stderr)
        self.assertEqual(len(result.stderr.splitlines()), 1, result.stderr)
        return result.stderr


class Receipt(InFolder):
    def changed(self, name: str, **members: object) -> Path:
        receipt = json.loads((GOLDEN / name).read_text(encoding="utf-8")) | members
        text = json.dumps(receipt, sort_keys=True, separators=(",", ":"), ensure_ascii=False)
        return self.file("changed.json", text + "\n")

    def broken(self, status: int, link: str, *arguments: str | Path) -> None:
        """As text and as JSON: the status, and the link."""
        text = verify(*arguments)
        self.assertEqual((text.returncode, text.stderr), (status, ""), text.stdout)
        self.assertIn(f"\nholds        no\nbroken       {link}: ", text.stdout)
        answer = verify(*arguments, "--json")
        self.assertEqual(answer.returncode, status)
        self.assertEqual(json.loads(answer.stdout)["broken"], link)

    def test_a_good_receipt_holds(self) -> None:
        for name in ("plain", "anchored", "first"):
            for key in (KEY, KEY.read_text(encoding="utf-8").strip()):
                result = verify(GOLDEN / f"{name}.json", "--key", key)
                self.assertEqual((result.returncode, result.stderr), (0, ""), result.stdout)
                self.assertTrue(result.stdout.endswith("\nholds        yes\n"))
        answer = json.loads(verify(GOLDEN / "plain.json", "--key", KEY, "--json").stdout)
        self.assertEqual((answer["holds"], answer["sequence"], answer["size"]), (True, 7, 13))
        self.assertEqual(answer["origin"], "example.org/bank")

    def test_each_broken_link_has_its_status(self) -> None:
        good = json.loads((GOLDEN / "anchored.json").read_text(encoding="utf-8"))
        zero = "00" * 32
        head = good["head"]
        lies: tuple[tuple[int, str, dict], ...] = (
            (3, "transaction_hash", {"transaction": "AAAA"}),
            (4, "position", {"sequence": 8}),
            (5, "size", {"size": 14}),
            (6, "known_key", {"head": head.replace("H2af", "H2ae")}),
            (7, "signature", {"head": head.replace("\n13\n", "\n12\n"), "size": 12}),
            (10, "inclusion", {"inclusion": [zero, *good["inclusion"][1:]]}),
            (11, "consistency", {"anchor": good["anchor"] | {"root": zero}}),
        )
        for status, link, lie in lies:
            self.broken(status, link, self.changed("anchored.json", **lie), "--key", KEY)
        self.broken(6, "known_key", GOLDEN / "plain.json", "--key", GOLDEN / "successor.pub")

    def test_a_key_of_another_journal_proves_nothing(self) -> None:
        self.assertEqual(cairn("keys", "generate", "example.org/other", self.folder / "other").returncode, 0)
        self.broken(6, "known_key", GOLDEN / "plain.json", "--key", self.folder / "other.pub")

    def test_rotations_are_followed(self) -> None:
        rotated = GOLDEN / "rotated.json"
        rotation = GOLDEN / "rotation.note"
        self.broken(6, "known_key", rotated, "--key", KEY)
        self.assertEqual(verify(rotated, "--key", KEY, "--rotation", rotation).returncode, 0)
        self.assertEqual(verify(GOLDEN / "plain.json", "--key", KEY, "--rotation", rotation).returncode, 0)
        said = self.refused(1, verify(rotated, "--key", GOLDEN / "successor.pub", "--rotation", rotation))
        self.assertIn("rotation.note: the retiring key is not in the ring", said)

    def test_a_retired_key_is_not_believed(self) -> None:
        self.assertEqual(cairn("keys", "generate", "example.org/bank", self.folder / "newer").returncode, 0)
        key = GOLDEN / "key"
        rotation = self.file("rotation", cairn("keys", "rotate", key, self.folder / "newer", "--from", "13").stdout)
        self.broken(8, "key_in_time", GOLDEN / "plain.json", "--key", KEY, "--rotation", rotation)
        later = self.file("later", cairn("keys", "rotate", key, self.folder / "newer", "--from", "14").stdout)
        self.assertEqual(verify(GOLDEN / "plain.json", "--key", KEY, "--rotation", later).returncode, 0)

    def test_anchors_are_compared(self) -> None:
        anchors = ("--key", KEY, "--anchors", GOLDEN / "anchors.txt")
        self.assertEqual(verify(GOLDEN / "anchored.json", *anchors).returncode, 0)
        self.broken(12, "anchored", GOLDEN / "plain.json", *anchors)
        self.broken(13, "same_history", GOLDEN / "anchored.json", "--key", KEY, "--anchors", GOLDEN / "forked.txt")

    def test_what_is_no_receipt_is_refused_by_name(self) -> None:
        whole = (GOLDEN / "plain.json").read_bytes()
        for name, data in (("empty", b""), ("cut", whole[:-1]), ("more", whole + b"\n"), ("bytes", b"\xff\xfe"),
                           ("newer", whole.replace(b'"version":1', b'"version":2')), ("list", b"[]\n"),
                           ("unknown", whole.replace(b'"index"', b'"indexes"')), ("deep", b"[" * 100_000),
                           ("spaced", whole.replace(b",", b", "))):
            self.assertIn(name, self.refused(1, verify(self.file(name, data), "--key", KEY)), name)
        self.assertIn("nothing", self.refused(1, verify(self.folder / "nothing", "--key", KEY)))
        self.refused(1, verify(self.folder, "--key", KEY))
        self.refused(1, verify(GOLDEN / "plain.json", "--key", GOLDEN / "key"))

    def test_every_changed_byte_is_refused(self) -> None:
        # A sample over the whole file, as a user would meet it; each byte and bit is tried beside the code.
        whole = (GOLDEN / "anchored.json").read_bytes()
        for at in range(0, len(whole), 17):
            changed = self.file("changed", whole[:at] + bytes([whole[at] ^ 1]) + whole[at + 1:])
            self.assertNotIn(verify(changed, "--key", KEY).returncode, (0, 2), at)

    def test_wrong_usage_is_told_from_failure(self) -> None:
        for arguments in ([], ["check"], ["verify"], ["verify", "file"], ["verify", "file", "--key"],
                          ["verify", "file", "more", "--key", "x"], ["verify", "file", "--key", "x", "--no"]):
            self.assertIn("--help` explains the arguments", self.refused(2, cairn("receipt", *arguments)))

    def test_help_documents_the_exit_status_and_has_an_example(self) -> None:
        text = verify("--help").stdout
        self.assertIn("example: cairn receipt verify", text)
        for status in range(14):
            self.assertRegex(text, rf"\b{status} ")


class Keys(InFolder):
    def test_a_pair_is_made_and_only_the_owner_reads_the_private_half(self) -> None:
        path = self.folder / "bank.key"
        made = cairn("keys", "generate", "example.org/bank", path)
        self.assertEqual((made.returncode, made.stderr), (0, ""))
        self.assertEqual((self.folder / "bank.key.pub").read_text(encoding="utf-8"), made.stdout)
        self.assertEqual(stat.S_IMODE(path.stat().st_mode), 0o600)
        self.assertTrue(path.read_text(encoding="utf-8").startswith("PRIVATE+KEY+example.org/bank+"))
        other = cairn("keys", "generate", "example.org/bank", self.folder / "other", "--json")
        self.assertNotEqual(json.loads(other.stdout)["key"], made.stdout.strip())

    def test_no_file_is_ever_overwritten(self) -> None:
        path = self.file("bank.key", "precious")
        self.assertIn("bank.key", self.refused(1, cairn("keys", "generate", "example.org/bank", path)))
        self.assertEqual(path.read_text(encoding="utf-8"), "precious")
        self.file("second.pub", "precious")
        self.refused(1, cairn("keys", "generate", "example.org/bank", self.folder / "second"))
        self.assertFalse((self.folder / "second").exists())
        self.refused(1, cairn("keys", "generate", "example.org/bank", self.folder / "none" / "key"))

    def test_keys_are_shown_with_name_and_id(self) -> None:
        both = self.file("both", KEY.read_text(encoding="utf-8") + (GOLDEN / "successor.pub").read_text(encoding="utf-8"))
        listed = json.loads(cairn("keys", "show", both, "--json").stdout)
        self.assertEqual([key["id"] for key in listed], ["1f669ff5", "e7c62f74"])
        table = cairn("keys", "show", both).stdout.splitlines()
        self.assertEqual(len(table), 3)
        self.assertTrue(table[1].startswith("1f669ff5  example.org/bank "))

    def test_a_rotation_is_what_the_golden_file_says(self) -> None:
        made = cairn("keys", "rotate", GOLDEN / "key", GOLDEN / "successor", "--from", "15")
        self.assertEqual((made.returncode, made.stdout), (0, (GOLDEN / "rotation.note").read_text(encoding="utf-8")))

    def test_a_private_key_is_never_printed(self) -> None:
        secret = (GOLDEN / "key").read_text(encoding="utf-8")
        spoilt = self.file("spoilt", secret.replace("example", "exemple"))
        for arguments in (["show", spoilt], ["show", GOLDEN / "key"], ["rotate", spoilt, GOLDEN / "successor", "--from", "5"]):
            said = self.refused(1, cairn("keys", *arguments))
            self.assertNotIn(secret.strip().rsplit("+", 1)[1], said)
        said = self.refused(1, verify(GOLDEN / "plain.json", "--key", secret.strip()))
        self.assertNotIn(secret.strip().rsplit("+", 1)[1], said)

    def test_a_key_given_twice_is_trusted_once(self) -> None:
        self.assertEqual(verify(GOLDEN / "plain.json", "--key", KEY, "--key", KEY).returncode, 0)

    def test_rotations_that_make_no_sense_are_refused(self) -> None:
        cairn("keys", "generate", "example.org/other", self.folder / "other")
        key = GOLDEN / "key"
        self.assertIn("different names", self.refused(1, cairn("keys", "rotate", key, self.folder / "other", "--from", "5")))
        self.assertIn("same key", self.refused(1, cairn("keys", "rotate", key, key, "--from", "5")))
        self.refused(1, cairn("keys", "rotate", KEY, key, "--from", "5"))

    def test_wrong_usage_is_told_from_failure(self) -> None:
        for arguments in ([], ["make"], ["generate"], ["generate", "a b", "file"], ["generate", "a+b", "file"], ["show"],
                          ["rotate", "a", "b"], ["rotate", "a", "b", "--from", "0"], ["rotate", "a", "b", "--from", "x"]):
            with self.subTest(arguments):
                self.assertIn("--help` explains the arguments", self.refused(2, cairn("keys", *arguments)))


if __name__ == "__main__":
    unittest.main()
