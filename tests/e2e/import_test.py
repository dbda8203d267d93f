# SPDX-License-Identifier: Apache-2.0
"""Exports a store that is followed and imports it elsewhere, as a user does: a program keeps the stores, the rest is the command line.
And kills imports half way.

usage: import_test.py BINARY CHAT
"""

import json
import subprocess
import sys
import tempfile
import unittest
from pathlib import Path

from command_line import BINARY, CommandLine, cairn, run

CHAT = sys.argv.pop(1)


class Followed(CommandLine):
    def setUp(self) -> None:
        holder = tempfile.TemporaryDirectory()
        self.addCleanup(holder.cleanup)
        self.folder = Path(holder.name)
        self.store = self.folder / "store"
        self.copy = self.folder / "copy"

    def chat(self, store: Path, *arguments: str) -> list[str]:
        return self.went_well(run(CHAT, store, *arguments)).splitlines()

    def exported(self) -> list[dict[str, object]]:
        text = self.well("export", self.store)
        (self.folder / "lines").write_text(text, encoding="utf-8")
        return [json.loads(line) for line in text.splitlines()]

    def imported(self) -> dict[str, int]:
        """Exports the store and imports that into the copy."""
        self.exported()
        return json.loads(self.well("import", self.copy, self.folder / "lines", "--json"))

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
        self.well("verify", self.copy, "--values")

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

    def test_one_who_is_ahead_in_the_copy_stays_there(self) -> None:
        # Bob moves on there too, so that there is a move of his that the copy has not seen; but not as far.
        self.make()
        self.imported()
        self.assertEqual(self.chat(self.copy, "hear", "bob", "3"), ["b", "c", "d"])
        self.assertEqual(self.chat(self.store, "hear", "bob", "1"), ["b"])
        self.assertEqual(self.imported()["consumers"], 0)
        self.assertEqual(self.chat(self.copy, "hear", "bob", "9"), ["e"])

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
        self.assertIn("consumer moved", self.well("log", self.store))

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
        self.assertRegex(self.refused(1, "import", self.folder / "none", path), f"line 2: .*{why}")


class Killed(CommandLine):
    """An import that dies half way, and is started again."""

    COUNT = 3000

    def setUp(self) -> None:
        holder = tempfile.TemporaryDirectory()
        self.addCleanup(holder.cleanup)
        self.folder = Path(holder.name)
        schema = self.well("schema", "bank", "--idl")
        self.lines = [self.line({"format": "cairn export", "origin": "ab" * 32, "schema": schema, "version": 1})]
        self.lines += [self.line(self.transaction(sequence)) for sequence in range(1, self.COUNT + 1)]
        self.path = self.folder / "lines"
        self.path.write_text("".join(self.lines), encoding="utf-8")

    @staticmethod
    def line(value: object) -> str:
        return json.dumps(value, sort_keys=True) + "\n"

    @staticmethod
    def transaction(sequence: int) -> dict[str, object]:
        """An event, some with a cause; every hundredth moves a consumer too, or nothing else."""
        events: list[dict[str, object]] = [
            {"entity": f"account/{sequence % 7}", "event": f"{sequence}.0", "name": "Deposited", "scope": "",
             "value": {"account": 1, "amount": sequence, "balance": 0}}]
        if sequence % 10 == 0:
            events[0]["cause"] = f"{sequence - 9}.0"
        if sequence % 100 == 0:
            events = events[:0 if sequence % 200 == 0 else 1]
            events.append({"entity": f"reader/{sequence % 3}", "event": f"{sequence}.{len(events)}", "name": "consumer moved",
                           "scope": "\x01consumer", "value": {"next": f"{sequence - 5}.1"}})
        return {"events": events, "hash": "", "kind": "append", "outcome": "accepted", "schema": 1, "sequence": sequence,
                "time": "2026-11-21T02:09:30Z"}

    def events(self, store: Path) -> list[dict[str, object]]:
        """What is in a store, but for the times, which are those of each import."""
        events = [json.loads(line) for line in self.well("log", store, "--json").splitlines()]
        return [{name: value for name, value in event.items() if name not in ("hash", "time")} for event in events]

    def kill_after(self, store: Path, given: int, seen: int) -> None:
        """Gives an import so many lines, and kills it when so many transactions can be seen."""
        with subprocess.Popen([BINARY, "import", store, "/dev/stdin"], stdin=subprocess.PIPE, stdout=subprocess.DEVNULL,
                              stderr=subprocess.PIPE) as process:
            assert process.stdin is not None and process.stderr is not None
            process.stdin.write("".join(self.lines[:given]).encode())
            process.stdin.flush()
            last = 0
            while last < seen:
                self.assertIsNone(process.poll())
                shown = cairn("log", store, "--backward", "--limit", "1", "--json").stdout
                last = int(json.loads(shown)["event"].split(".")[0]) if shown else 0
            process.kill()
            self.assertEqual(process.stderr.read(), b"")

    def test_an_import_that_was_killed_goes_on_to_the_same_journal(self) -> None:
        # Killed twice, at places of its own choosing beyond those; then it is let finish, and once more.
        whole = self.folder / "whole"
        counts = json.loads(self.well("import", whole, self.path, "--json"))
        appended = self.COUNT - self.COUNT // 200
        self.assertEqual(counts, {"appended": appended, "consumers": 3, "events": appended, "left_out": 0, "repeated": 0})
        killed = self.folder / "killed"
        self.kill_after(killed, 1300, 100)
        self.kill_after(killed, 2200, 1400)
        counts = json.loads(self.well("import", killed, self.path, "--json"))
        self.assertEqual(counts["appended"] + counts["repeated"], appended)
        self.assertGreater(counts["repeated"], 1300)
        self.assertGreater(counts["appended"], 0)
        self.assertEqual(self.events(killed), self.events(whole))
        self.well("verify", killed, "--values")
        counts = json.loads(self.well("import", killed, self.path, "--json"))
        self.assertEqual(counts, {"appended": 0, "consumers": 0, "events": 0, "left_out": 0, "repeated": appended})


if __name__ == "__main__":
    unittest.main()
