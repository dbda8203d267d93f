# SPDX-License-Identifier: Apache-2.0
"""Runs `cairn check` as a user does.

usage: check_test.py BINARY GOLDEN TESTS

TESTS is the folder of the examples' test programs, whose runs are recorded.
"""

import json
import os
import re
import subprocess
import sys
import tempfile
import unittest
import xml.etree.ElementTree as ElementTree
from pathlib import Path

TESTS = Path(sys.argv.pop(3))
GOLDEN = Path(sys.argv.pop(2))
BINARY = sys.argv.pop(1)
DOMAINS = ("bank", "databuild")
PNML = "{http://www.pnml.org/version-2009/grammar/pnml}"

Marking = tuple[int, ...]


def run(*arguments: str | Path) -> subprocess.CompletedProcess[str]:
    command = [BINARY, *map(str, arguments)]
    return subprocess.run(command, capture_output=True, text=True, check=False, stdin=subprocess.DEVNULL)


class PnmlNet:
    """A reader of PNML that shares nothing with the writer."""

    def __init__(self, text: str) -> None:
        root = ElementTree.fromstring(text)
        net = root.find(f"{PNML}net")
        assert root.tag == f"{PNML}pnml" and net is not None
        self.type = net.get("type")
        self.ids = [element.get("id") for element in root.iter() if element.get("id") is not None]
        places = list(net.iter(f"{PNML}place"))
        self.places = [place.get("id") for place in places]
        self.names = [place.findtext(f"{PNML}name/{PNML}text") for place in places]
        self.start: Marking = tuple(int(place.findtext(f"{PNML}initialMarking/{PNML}text", "0")) for place in places)
        self.transitions: dict[str, list[int]] = {
            transition.get("id", ""): [0] * len(places) for transition in net.iter(f"{PNML}transition")}
        self.needed = {name: [0] * len(places) for name in self.transitions}
        for arc in net.iter(f"{PNML}arc"):
            source, target = arc.get("source", ""), arc.get("target", "")
            weight = int(arc.findtext(f"{PNML}inscription/{PNML}text", "1"))
            if source in self.transitions:
                self.transitions[source][self.places.index(target)] += weight
            else:
                self.transitions[target][self.places.index(source)] -= weight
                self.needed[target][self.places.index(source)] += weight

    def markings(self) -> set[Marking]:
        found = {self.start}
        queue = [self.start]
        for marking in queue:
            for name, change in self.transitions.items():
                if all(have >= need for have, need in zip(marking, self.needed[name], strict=True)):
                    after = tuple(have + more for have, more in zip(marking, change, strict=True))
                    if after not in found:
                        found.add(after)
                        queue.append(after)
        return found


class InFolder(unittest.TestCase):
    def setUp(self) -> None:
        holder = tempfile.TemporaryDirectory()
        self.addCleanup(holder.cleanup)
        self.folder = Path(holder.name)

    def checked(self, *arguments: str | Path, status: int = 0) -> str:
        result = run("check", *arguments)
        self.assertEqual((result.returncode, result.stderr), (status, ""), result.stdout)
        return result.stdout

    def exported(self, domain: str, *more: str) -> tuple[str, str]:
        self.checked(domain, "--pnml", self.folder / "net.pnml", "--dot", self.folder / "net.dot", *more)
        return (self.folder / "net.pnml").read_text(), (self.folder / "net.dot").read_text()

    def with_edges(self, *edges: dict) -> Path:
        """The IDL of databuild with other edges, stamped with the fingerprint that it has."""
        path = self.folder / "edited.json"
        idl = json.loads(run("schema", "databuild", "--idl").stdout) | {"edges": list(edges)}
        path.write_text(json.dumps(idl), encoding="utf-8")
        found = re.search(r"its content has ([0-9a-f]{64})", run("schema", path).stderr)
        assert found
        path.write_text(json.dumps(idl | {"fingerprint": found[1]}), encoding="utf-8")
        return path


def needs(name: str, source: str, target: str) -> dict:
    """An edge whose target is required."""
    ends = {word: {"record": record, "cardinality": "many", "required": word == "target"}
            for word, record in (("source", source), ("target", target))}
    return ends | {"name": name, "inverse": f"{name}_back", "on_erase": "refuse"}


class Reports(InFolder):
    def test_examples_are_clean_and_as_they_were(self) -> None:
        for domain in DOMAINS:
            pnml, dot = self.exported(domain)
            made = {"report.txt": self.checked(domain), "report.json": self.checked(domain, "--json"), "pnml.txt": pnml, "dot.txt": dot}
            for kind, text in made.items():
                path = GOLDEN / f"{domain}.{kind}"
                if os.environ.get("CAIRN_UPDATE_GOLDEN"):
                    path.write_text(text, encoding="utf-8")
                self.assertEqual(text, path.read_text(encoding="utf-8"), f"{path}; if meant: CAIRN_UPDATE_GOLDEN=1")

    def test_json_says_what_the_text_says(self) -> None:
        report = json.loads(self.checked("databuild", "--json"))["petri"]
        text = self.checked("databuild")
        for finding in report["findings"]:
            for part in (f"{finding['severity']} {finding['kind']}: {finding['place']}\n", finding["why"], finding["advice"]):
                self.assertIn(part, text)
        self.assertIn(f"{report['errors']} errors, {report['warnings']} warnings, {report['notes']} notes", text)

    def test_records_that_need_one_another_fail_the_check(self) -> None:
        path = self.with_edges(needs("a", "Want", "JobRun"), needs("b", "JobRun", "Want"), needs("c", "Partition", "Want"))
        text = self.checked(path, status=1)
        self.assertIn("error required-cycle: record Want\n", text)
        self.assertIn("error needs-uncreated: record Partition\n", text)
        self.assertIn("2 errors, 0 warnings", text)
        self.assertEqual(json.loads(self.checked(path, "--json", status=1))["petri"]["errors"], 2)

    def test_same_edges_without_the_circle_pass_it(self) -> None:
        self.checked(self.with_edges(needs("a", "Want", "JobRun"), needs("c", "Partition", "Want")))

    def test_help_documents_the_exit_status_and_has_an_example(self) -> None:
        text = self.checked("--help")
        self.assertIn("example: cairn check", text)
        self.assertIn("exit status: 0", text)


class RecordedRuns(InFolder):
    def recorded(self, domain: str, tests: str = "*") -> Path:
        """The runs of an example's own tests, or of those that a filter names."""
        path = self.folder / f"{domain}.{len(list(self.folder.iterdir()))}.json"
        program = [TESTS / f"{domain}_test", f"--gtest_filter={tests}"]
        result = subprocess.run(program, env=os.environ | {"CAIRN_RUNS": str(path)}, capture_output=True, text=True, check=False)
        self.assertEqual(result.returncode, 0, result.stdout + result.stderr)
        return path

    def refused(self, *arguments: str | Path) -> str:
        result = run("check", *arguments)
        self.assertEqual((result.returncode, result.stdout), (1, ""), result.stderr)
        self.assertEqual(len(result.stderr.splitlines()), 1, result.stderr)
        return result.stderr

    def test_examples_own_tests_do_all_that_is_declared(self) -> None:
        for domain in ("inventory", "orderbook"):
            path = self.recorded(domain)
            self.assertRegex(self.checked(domain, "--runs", path), r"recorded \d+ different runs: ")
            report = json.loads(self.checked(domain, "--json", "--runs", path))["petri"]
            for part in ("commands", "transitions", "states", "records", "edges"):
                self.assertEqual(report["recorded"][part]["done"], report["recorded"][part]["declared"], part)
            self.assertGreater(report["recorded"]["transitions"]["done"], 1)

    def test_what_no_run_did_is_named(self) -> None:
        path = self.recorded("inventory", "*AReservationHoldsStock*")
        text = self.checked("inventory", "--runs", path, status=1)
        self.assertIn(": 3 of 5 commands accepted, 1 of 3 transitions taken, 2 of 4 states entered, ", text)
        for place in ("never-accepted: command Release", "never-accepted: command Expire",
                      "never-fired: Reservation.status: Held to Expired", "never-entered: Reservation.status.Released"):
            self.assertIn(f"warning {place}\n", text)
        self.assertNotIn("command Ship\n  no recorded run accepted it", text)

    def test_files_add_up_to_what_one_process_records(self) -> None:
        tests = ("*AReservationHoldsStock*", "*WhatNobodyShips*", "*MoreThanThereIs*", "*StockIsNever*")
        parts = [self.recorded("inventory", each) for each in tests]
        whole = self.checked("inventory", "--runs", self.recorded("inventory"))
        self.assertEqual(self.checked("inventory", "--runs", *parts), whole)
        self.assertEqual(self.checked("inventory", *[word for part in parts for word in ("--runs", part)]), whole)
        self.assertEqual(self.checked("inventory", "--runs", *parts, *parts), whole)

    def test_runs_of_another_domain_are_refused_with_both_fingerprints(self) -> None:
        path = self.recorded("inventory")
        text = self.refused("orderbook", "--runs", path)
        self.assertIn(str(path), text)
        for domain in ("inventory", "orderbook"):
            self.assertIn(json.loads(run("schema", domain, "--idl").stdout)["fingerprint"], text)

    def test_files_that_are_not_right_are_refused_by_name(self) -> None:
        right = self.recorded("inventory", "*AReservationHoldsStock*").read_text(encoding="utf-8")
        wrong = self.folder / "wrong.json"
        for text, said in ((right[: len(right) // 2], "not JSON"), ("", "not JSON"), (right.replace('"times":', '"time":', 1), "time"),
                           (right.replace('{"commands"', '{"also":1,"commands"', 1), "also"), (right.replace("Held", "Hled", 1), "Hled"),
                           (right.replace('"runs":1', '"runs":2'), "version 2"), ("[" * 100_000, "not JSON")):
            wrong.write_text(text, encoding="utf-8")
            with self.subTest(said):
                refusal = self.refused("inventory", "--runs", wrong)
                self.assertIn(str(wrong), refusal)
                self.assertIn(said, refusal)
        self.assertIn("none.json", self.refused("inventory", "--runs", self.folder / "none.json"))


class Exports(InFolder):
    def test_pnml_has_as_many_markings_as_the_report_says(self) -> None:
        # Parts are explored apart, so for several records the report's sum is compared with one record's net at a time.
        for bound in ("1", "2", "3"):
            net = PnmlNet(self.exported("bank", "--bound", bound)[0])
            report = json.loads(self.checked("bank", "--json", "--bound", bound))["petri"]
            self.assertEqual(len(net.markings()), report["explored"][0]["markings"])
            self.assertEqual(len(net.places), report["places"])
            self.assertEqual(len(net.transitions), report["transitions"])

    def test_pnml_reaches_every_place_and_keeps_the_number_of_rows(self) -> None:
        net = PnmlNet(self.exported("databuild", "--bound", "1")[0])
        markings = net.markings()
        for place, name in enumerate(net.names):
            self.assertTrue(any(marking[place] for marking in markings), name)
        self.assertEqual({sum(marking) for marking in markings}, {3})

    def test_pnml_is_a_place_transition_net_with_an_id_for_each_thing(self) -> None:
        for domain in DOMAINS:
            net = PnmlNet(self.exported(domain)[0])
            self.assertEqual(net.type, "http://www.pnml.org/version-2009/grammar/ptnet")
            self.assertEqual(len(net.ids), len(set(net.ids)))

    def test_exports_are_the_same_bytes_each_time_and_from_an_idl(self) -> None:
        for domain in DOMAINS:
            path = self.folder / "domain.json"
            path.write_text(run("schema", domain, "--idl").stdout, encoding="utf-8")
            self.assertEqual(self.exported(domain), self.exported(str(path)))


class Rubbish(InFolder):
    def refused(self, status: int, *arguments: str | Path) -> str:
        result = run("check", *arguments)
        self.assertEqual((result.returncode, result.stdout), (status, ""), result.stderr)
        self.assertEqual(len(result.stderr.splitlines()), 1, result.stderr)
        return result.stderr

    def test_an_unknown_domain_suggests_the_nearest(self) -> None:
        self.assertIn('did you mean "bank"?', self.refused(1, "bnak"))

    def test_a_file_that_cannot_be_written_is_named(self) -> None:
        path = self.folder / "none" / "net.pnml"
        for option in ("--pnml", "--dot"):
            self.assertIn(str(path), self.refused(1, "bank", option, path))

    def test_wrong_usage_is_told_from_failure(self) -> None:
        for arguments in ([], ["bank", "--bound"], ["bank", "--bound", "0"], ["bank", "--bound", "17"], ["bank", "--pmnl", "x"],
                          ["bank", "bank"], ["bank", "--pnml"]):
            with self.subTest(arguments):
                self.assertIn("--help` explains the arguments", self.refused(2, *arguments))


if __name__ == "__main__":
    unittest.main()
