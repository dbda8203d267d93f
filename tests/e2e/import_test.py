# SPDX-License-Identifier: Apache-2.0
"""Exports a store that is followed and imports it elsewhere, as a user does: a program keeps the stores, the rest is the command line.

usage: import_test.py BINARY CHAT
"""

import json
import subprocess
import sys
import tempfile
import unittest
from pathlib import Path

BINARY = sys.argv.pop(1)
CHAT = sys.argv.pop(1)


class Followed(unittest.TestCase):
    def setUp(self) -> None:
        holder = tempfile.TemporaryDirectory()
        self.addCleanup(holder.cleanup)
        self.folder = Path(holder.name)
        self.store = self.folder / "store"
        self.copy = self.folder / "copy"

    def well(self, *arguments: str | Path) -> str:
        result = subprocess.run([*map(str, arguments)], capture_output=True, text=True, check=False, stdin=subprocess.DEVNULL)
        self.assertEqual((result.returncode, result.stderr), (0, ""), result.stdout)
        return result.stdout

    def chat(self, store: Path, *arguments: str) -> list[str]:
        return self.well(CHAT, store, *arguments).splitlines()

    def exported(self) -> list[dict[str, object]]:
        text = self.well(BINARY, "export", self.store)
        (self.folder / "lines").write_text(text, encoding="utf-8")
        return [json.loads(line) for line in text.splitlines()]

    def imported(self) -> dict[str, int]:
        """Exports the store and imports that into the copy."""
        self.exported()
        return json.loads(self.well(BINARY, "import", self.copy, self.folder / "lines", "--json"))

    def make(self) -> None:
        """Ann has heard two of four, Bob one, the reactor all; then a fifth is said."""
        self.chat(self.store, "say", "a", "b", "c", "d")
        self.assertEqual(self.chat(self.store, "hear", "bob", "1"), ["a"])
        self.assertEqual(self.chat(self.store, "hear", "ann", "1"), ["a"])
        self.assertEqual(self.chat(self.store, "hear", "ann", "1"), ["b"])
        self.assertEqual(self.chat(self.store, "echo", "mocker"), ["4"])
        self.chat(self.store, "say", "e")

    def test_consumers_go_on_where_they_stood(self) -> None:
        # The sequences of the copy are others: where nothing but a consumer's move was is left out.
        self.make()
        counts = self.imported()
        self.assertEqual(counts, {"appended": 6, "consumers": 3, "events": 9, "left_out": 1, "repeated": 0})
        self.assertEqual(self.chat(self.copy, "hear", "ann", "9"), ["c", "d", "e"])
        self.assertEqual(self.chat(self.copy, "hear", "bob", "2"), ["b", "c"])
        self.assertEqual(self.chat(self.copy, "hear", "new", "9"), ["a", "b", "c", "d", "e"])
        self.assertEqual(self.chat(self.copy, "echo", "mocker"), ["1"])
        self.well(BINARY, "verify", self.copy, "--values")

    def test_importing_again_moves_nobody_back(self) -> None:
        # Ann goes on in the copy; then only what the store has since is new, and only Bob moved there.
        self.make()
        self.imported()
        self.assertEqual(self.chat(self.copy, "hear", "ann", "2"), ["c", "d"])
        self.assertEqual(self.imported(), {"appended": 0, "consumers": 0, "events": 0, "left_out": 1, "repeated": 6})
        self.chat(self.store, "say", "f")
        self.assertEqual(self.chat(self.store, "hear", "bob", "4"), ["b", "c", "d", "e"])
        counts = self.imported()
        self.assertEqual((counts["appended"], counts["consumers"]), (1, 1))
        self.assertEqual(self.chat(self.copy, "hear", "ann", "9"), ["e", "f"])
        self.assertEqual(self.chat(self.copy, "hear", "bob", "9"), ["f"])

    def test_one_who_has_heard_all_hears_what_comes_next(self) -> None:
        self.chat(self.store, "say", "a")
        self.assertEqual(self.chat(self.store, "hear", "ann", "9"), ["a"])
        self.imported()
        self.assertEqual(self.chat(self.copy, "hear", "ann", "9"), [])
        self.chat(self.copy, "say", "b")
        self.assertEqual(self.chat(self.copy, "hear", "ann", "9"), ["b"])

    def test_a_move_is_exported_by_name_and_place(self) -> None:
        self.make()
        moves = [event for line in self.exported()[1:] for event in line["events"] if event["name"] == "consumer moved"]
        self.assertEqual([move["entity"] for move in moves], ["bob", "ann", "ann", "mocker"])
        self.assertEqual([move["value"] for move in moves[:3]], [{"next": "2.1"}, {"next": "2.1"}, {"next": "3.1"}])
        self.assertEqual({move["scope"] for move in moves}, {"\x01consumer"})
        self.assertIn("consumer moved", self.well(BINARY, "log", self.store))

    def test_a_move_that_cannot_be_is_refused(self) -> None:
        # Each in a line that is right but for that.
        self.make()
        header, *lines = self.exported()
        found = next(line for line in lines if line["events"] and line["events"][-1]["name"] == "consumer moved")
        move = found["events"][-1]
        other = next(line["events"][0] for line in lines if line["events"])
        for wrong, why in (({"scope": "x"}, "scope"), ({"value": {"next": "x"}}, "next"), ({"value": {}}, "next"),
                           ({"value": 7}, "value"), ({"entity": None}, "entity")):
            changed = {name: value for name, value in (move | wrong).items() if value is not None}
            self.refuses([header, found | {"events": [changed]}], why)
        second = other | {"event": move["event"].split(".")[0] + ".1"}
        self.refuses([header, found | {"events": [move, second]}], "follows")

    def refuses(self, lines: list[dict[str, object]], why: str) -> None:
        path = self.folder / "wrong"
        path.write_text("".join(json.dumps(line, sort_keys=True) + "\n" for line in lines), encoding="utf-8")
        result = subprocess.run([BINARY, "import", self.folder / "none", path], capture_output=True, text=True, check=False)
        self.assertEqual((result.returncode, result.stdout), (1, ""), result.stderr)
        self.assertRegex(result.stderr, f"line 2: .*{why}")


if __name__ == "__main__":
    unittest.main()
