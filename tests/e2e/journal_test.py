# SPDX-License-Identifier: Apache-2.0
"""Runs the verbs that read, prove, export and import journals as a user does, on stores that `cairn import` makes.

usage: journal_test.py BINARY VERIFY_RECEIPT_SCRIPT
"""

import csv
import io
import json
import shutil
import struct
import subprocess
import sys
import tempfile
import unittest
from pathlib import Path

from command_line import BINARY, CommandLine, cairn

VERIFY_RECEIPT = sys.argv.pop(1)
ORIGIN = "ab" * 32
COUNT = 120


def line(value: object) -> str:
    return json.dumps(value, sort_keys=True, separators=(",", ":"), ensure_ascii=False) + "\n"


def header(**members: object) -> str:
    schema = cairn("schema", "bank", "--idl").stdout
    return line({"format": "cairn export", "origin": ORIGIN, "schema": schema, "version": 1} | members)


def event(sequence: int, index: int = 0, **members: object) -> dict[str, object]:
    value = {"account": sequence % 7 + 1, "amount": sequence, "balance": -sequence}
    made: dict[str, object] = {"entity": f"account/{sequence % 7}", "event": f"{sequence}.{index}", "name": "Deposited",
                               "scope": "north" if sequence % 2 else "", "value": value}
    return made | members


def transaction(sequence: int, **members: object) -> str:
    made = {"events": [event(sequence)], "hash": "", "kind": "append", "outcome": "accepted", "schema": 1,
            "sequence": sequence, "time": "2026-11-21T02:09:30Z"}
    return line(made | members)


def transactions(first: int, last: int) -> str:
    text = ""
    for sequence in range(first, last + 1):
        events = [event(sequence)]
        if sequence % 10 == 0:
            events[0]["cause"] = f"{sequence - 5}.0"
            events.append(event(sequence, 1, name="Frozen", value={"account": 3}))
            if sequence % 20 == 0:
                events[1]["cause"] = f"{sequence}.0"
        text += transaction(sequence, events=events)
    return text


def unpack(data: bytes) -> list[object]:
    """MessagePack, as far as JSON goes: a reader of its own."""
    stream = io.BytesIO(data)

    def number(form: str) -> int:
        return struct.unpack(">" + form, stream.read(struct.calcsize(form)))[0]

    def value() -> object:
        first = stream.read(1)[0]
        if first < 0x80:
            return first
        if first >= 0xE0:
            return first - 0x100
        if first < 0x90 or first in (0xDE, 0xDF):
            size = first - 0x80 if first < 0x90 else number("H" if first == 0xDE else "I")
            return {value(): value() for _ in range(size)}
        if first < 0xA0 or first in (0xDC, 0xDD):
            size = first - 0x90 if first < 0xA0 else number("H" if first == 0xDC else "I")
            return [value() for _ in range(size)]
        if first < 0xC0 or first in (0xD9, 0xDA, 0xDB):
            size = first - 0xA0 if first < 0xC0 else number({0xD9: "B", 0xDA: "H", 0xDB: "I"}[first])
            return stream.read(size).decode()
        return {0xC0: lambda: None, 0xC2: lambda: False, 0xC3: lambda: True}.get(
            first, lambda: number("BHIQbhiq"[first - 0xCC]))()

    values = []
    while stream.tell() < len(data):
        values.append(value())
    return values


class InStore(CommandLine):
    """A store with the events of `transactions`, made once and copied for each test."""

    made: tempfile.TemporaryDirectory[str]

    @classmethod
    def setUpClass(cls) -> None:
        cls.made = tempfile.TemporaryDirectory()
        source = Path(cls.made.name) / "source.jsonl"
        source.write_text(header() + transactions(1, COUNT), encoding="utf-8")
        result = cairn("import", Path(cls.made.name) / "store", source, "--json")
        if result.returncode != 0 or json.loads(result.stdout)["appended"] != COUNT:
            raise AssertionError(result.stdout + result.stderr)

    @classmethod
    def tearDownClass(cls) -> None:
        cls.made.cleanup()

    def setUp(self) -> None:
        holder = tempfile.TemporaryDirectory()
        self.addCleanup(holder.cleanup)
        self.folder = Path(holder.name)
        self.store = self.folder / "store"
        # The reserve is as large as a segment, and holds nothing.
        shutil.copytree(Path(self.made.name) / "store", self.store, ignore=shutil.ignore_patterns("reserve"))

    def file(self, name: str, text: str | bytes) -> Path:
        path = self.folder / name
        path.write_bytes(text.encode() if isinstance(text, str) else text)
        return path

    def listed(self, *arguments: str | Path) -> list[dict]:
        return [json.loads(each) for each in self.well("log", self.store, "--json", *arguments).splitlines()]


class Log(InStore):
    def test_events_are_read_with_the_journals_own_schema(self) -> None:
        rows = self.well("log", self.store).splitlines()
        self.assertEqual(len(rows), 1 + COUNT + COUNT // 10)
        self.assertIn("schema_installed accepted", rows[0])
        self.assertRegex(rows[1], r"^2\.0 +20\S+Z +account/1 in north +1  "
                                  r"Deposited\{account: 2, amount: 1, balance: -1\}$")
        self.assertNotIn("\x1b", "".join(rows))

    def test_what_is_chosen_is_what_comes(self) -> None:
        every = [each for each in self.listed() if "event" in each]
        for arguments, chosen in (
                (["--entity", "account/3"], lambda e: e["entity"] == "account/3"),
                (["--entity-prefix", "account/"], lambda e: True),
                (["--scope", ""], lambda e: e["scope"] == ""),
                (["--scope", "north", "--kind", "Deposited"], lambda e: e["scope"] == "north" and e["name"] == "Deposited"),
                (["--kind", "Frozen"], lambda e: e["name"] == "Frozen"),
                (["--entity", "nobody"], lambda e: False)):
            with self.subTest(arguments):
                self.assertEqual(self.listed(*arguments), list(filter(chosen, every)))
                self.assertEqual(self.listed(*arguments, "--backward"), list(filter(chosen, every))[::-1])
        self.assertEqual(self.listed("--from", "10", "--to", "12"),
                         [each for each in every if 10 <= int(each["event"].split(".")[0]) <= 12])
        self.assertEqual(self.listed("--from", "10", "--limit", "2"), every[8:10])
        self.assertEqual(self.listed("--backward", "--limit", "1"), every[-1:])
        self.assertEqual(self.listed("--from", "100000"), [])

    def test_a_name_that_no_schema_has_is_a_mistake(self) -> None:
        self.assertIn("did you mean Deposited?", self.refused(1, "log", self.store, "--kind", "Deposit"))

    def test_msgpack_says_what_json_says(self) -> None:
        packed = subprocess.run([BINARY, "log", self.store, "--format", "msgpack"], capture_output=True, check=True).stdout
        self.assertEqual(unpack(packed), self.listed())

    def test_one_transaction_is_shown_whole(self) -> None:
        shown = json.loads(self.well("tx", self.store, "21", "--json"))
        self.assertEqual((shown["sequence"], shown["kind"], shown["outcome"]), (21, "append", "accepted"))
        self.assertEqual(shown["key"], f"import/{ORIGIN[:32]}/20")
        first, second = shown["events"]
        self.assertEqual((first["event"], first["cause"], first["version"]), ("21.0", "16.0", 2))
        self.assertEqual((first["ancestor"], second["ancestor"]), ("7.0", "21.0"))
        text = self.well("tx", self.store, "21")
        for part in ("because of event 16.0", "after event 7.0", shown["hash"], "Frozen{account: 3}"):
            self.assertIn(part, text)
        self.assertIn(f"{COUNT + 1} is the last one", self.refused(1, "tx", self.store, "1000"))

    def test_following_shows_what_another_process_appends(self) -> None:
        # The importer holds the store open while its standard input is: others read beside it.
        writer = subprocess.Popen([BINARY, "import", self.store, "/dev/stdin"], stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True)
        follower = subprocess.Popen([BINARY, "log", self.store, "--follow", "--json", "--from", str(COUNT + 2)],
                                    stdout=subprocess.PIPE, text=True)
        try:
            assert writer.stdin and writer.stdout and follower.stdout
            writer.stdin.write(header(origin="cd" * 32) + transaction(1))
            writer.stdin.flush()
            self.assertEqual(json.loads(follower.stdout.readline())["event"], f"{COUNT + 2}.0")
            self.assertEqual(json.loads(self.well("verify", self.store, "--json"))["last"], COUNT + 2)
            for verb in (("archive", self.store, "--through", "9"), ("compact", self.store), ("import", self.store, "/dev/null")):
                self.refused(1, *verb)
            writer.stdin.write(transaction(2) + transaction(3))
            writer.stdin.close()
            self.assertEqual(json.loads(follower.stdout.readline())["event"], f"{COUNT + 3}.0")
            self.assertEqual(json.loads(follower.stdout.readline())["event"], f"{COUNT + 4}.0")
            self.assertEqual(writer.wait(), 0)
        finally:
            for process in (follower, writer):
                process.kill()
                process.wait()
                for stream in (process.stdin, process.stdout):
                    if stream:
                        stream.close()

    def test_reading_changes_nothing(self) -> None:
        def state() -> dict[Path, tuple[int, bytes]]:
            return {path: (path.stat().st_mtime_ns, path.read_bytes()) for path in self.store.rglob("*") if path.is_file()}

        before = state()
        for path in [self.store, *self.store.rglob("*")]:
            path.chmod(0o555 if path.is_dir() else 0o444)
        try:
            for verb in ("log", "verify", "export"):
                self.well(verb, self.store)
            self.well("tx", self.store, "5")
        finally:
            for path in [self.store, *self.store.rglob("*")]:
                path.chmod(0o755 if path.is_dir() else 0o644)
        self.assertEqual(state(), before)


class Verify(InStore):
    def broken(self, status: int, promise: str, *arguments: str | Path) -> dict:
        text = cairn("verify", self.store, *arguments)
        self.assertEqual((text.returncode, text.stderr), (status, ""), text.stdout)
        self.assertRegex(text.stdout, rf"\nholds        no\nbroken       {promise}[,:]")
        self.assertRegex(text.stdout, r"\nadvice       \S+")
        answer = cairn("verify", self.store, "--json", *arguments)
        self.assertEqual(answer.returncode, status)
        verdict = json.loads(answer.stdout)
        self.assertEqual(verdict["broken"], promise)
        return verdict

    def anchors(self, *heads: tuple[int, str]) -> Path:
        return self.file("anchors", "cairn anchors 1\nexample.org/bank\n" + "".join(f"{size} {root}\n" for size, root in heads))

    def test_a_good_journal_holds(self) -> None:
        verdict = json.loads(self.well("verify", self.store, "--json", "--values"))
        self.assertEqual((verdict["holds"], verdict["last"], verdict["size"]), (True, COUNT + 1, COUNT + 1))
        self.assertTrue(self.well("verify", self.store).endswith("\nholds        yes\n"))
        anchors = self.anchors((verdict["size"], verdict["root"]))
        self.well("verify", self.store, "--anchors", anchors)

    def test_each_status_names_its_promise(self) -> None:
        segment = self.store / "log" / "segment-000000000001"
        good = segment.read_bytes()
        segment.write_bytes(good[:9000] + bytes([good[9000] ^ 1]) + good[9001:])
        self.assertIn("segment-000000000001", self.broken(3, "log")["reason"])
        segment.write_bytes(good)
        schema = self.store / "schema" / "schema-000001.json"
        text = schema.read_bytes()
        schema.write_bytes(text.replace(b"Deposited", b"Depozited"))
        self.assertEqual(self.broken(7, "schema")["at"], 1)
        schema.write_bytes(text)
        verdict = json.loads(self.well("verify", self.store, "--json"))
        self.broken(11, "rolled_back", "--anchors", self.anchors((COUNT + 2, verdict["root"])))
        self.assertEqual(self.broken(12, "forked", "--anchors", self.anchors((60, verdict["root"])))["at"], 60)
        (self.store / "tree").write_bytes(b"rubbish" * 1000)
        self.broken(13, "tree")
        (self.store / "tree").unlink()
        (self.store / "index" / f"index-{1:012}-{9:012}").write_bytes(b"rubbish" * 1000)
        self.broken(14, "index")

    def test_what_cannot_be_judged_is_told_from_what_is_broken(self) -> None:
        self.assertIn("no journal", self.refused(1, "verify", self.folder))
        self.assertIn("nowhere", self.refused(1, "verify", self.folder / "nowhere"))
        self.assertIn("anchors", self.refused(1, "verify", self.store, "--anchors", self.file("anchors", "rubbish\n")))

    def test_a_receipt_made_here_is_verified_anywhere(self) -> None:
        key = self.folder / "bank.key"
        public = self.well("keys", "generate", "example.org/bank", key).strip()
        receipt = self.file("receipt.json", self.well("receipt", "make", self.store, "42", "--key", key))
        self.well("receipt", "verify", receipt, "--key", public)
        subprocess.run([sys.executable, VERIFY_RECEIPT, receipt, public], check=True, capture_output=True)
        shown = json.loads(self.well("tx", self.store, "42", "--json"))
        self.assertEqual(json.loads(receipt.read_text(encoding="utf-8"))["transaction_hash"], shown["hash"])
        output = self.folder / "other.json"
        self.well("receipt", "make", self.store, "42", "--key", key, "--anchor-size", "60", "-o", output)
        self.assertEqual(json.loads(output.read_text(encoding="utf-8"))["anchor"]["size"], 60)
        self.refused(1, "receipt", "make", self.store, "42", "--key", key, "-o", output)
        self.refused(1, "receipt", "make", self.store, "999", "--key", key)
        self.refused(1, "receipt", "make", self.store, "42", "--key", f"{key}.pub")


class Transfer(InStore):
    def exported(self, *arguments: str) -> list[str]:
        return self.well("export", self.store, *arguments).splitlines(keepends=True)

    def test_what_is_exported_is_imported_as_it_was(self) -> None:
        path = self.folder / "out.jsonl"
        self.assertEqual(self.well("export", self.store, "-o", path), "")
        self.assertIn("out.jsonl", self.refused(1, "export", self.store, "-o", path))
        copy = self.folder / "copy"
        counts = json.loads(self.well("import", copy, path, "--json"))
        self.assertEqual(counts, {"appended": COUNT, "consumers": 0, "events": COUNT + COUNT // 10, "left_out": 1, "repeated": 0})
        plain = ("event", "name", "entity", "scope", "version", "value", "ancestor", "ancestor_hash", "cause")
        first, second = ([{name: each.get(name) for name in plain}
                          for each in map(json.loads, self.well("log", store, "--json", "--from", "2").splitlines())]
                         for store in (self.store, copy))
        self.assertEqual(first, second)
        self.well("verify", copy, "--values")

    def test_an_import_that_is_started_again_repeats_nothing(self) -> None:
        # Interrupted in the middle, then whole, then once more; an event may be caused by another of its transaction.
        half = COUNT // 2 + 5
        copy = self.folder / "copy"
        for count, appended in ((half, half), (COUNT, COUNT - half), (COUNT, 0)):
            path = self.file("in.jsonl", header() + transactions(1, count))
            counts = json.loads(self.well("import", copy, path, "--json"))
            self.assertEqual((counts["appended"], counts["repeated"]), (appended, count - appended))
            self.assertEqual(counts["events"], 0 if appended == 0 else counts["events"])
        self.assertEqual(json.loads(self.well("verify", copy, "--json"))["last"], COUNT + 1)
        frozen = [json.loads(each) for each in self.well("log", copy, "--json", "--kind", "Frozen").splitlines()]
        self.assertEqual([each.get("cause") for each in frozen[:4]], [None, "21.0", None, "41.0"])

    def test_csv_and_msgpack_say_the_same(self) -> None:
        lines = self.exported()
        rows = list(csv.DictReader(io.StringIO("".join(self.exported("--format", "csv")), newline="")))
        events = [each for one in lines[1:] for each in json.loads(one)["events"]]
        self.assertEqual([json.loads(row["value"]) for row in rows], [each["value"] for each in events])
        self.assertEqual([(row["event"], row["cause"]) for row in rows],
                         [(each["event"], each.get("cause", "")) for each in events])
        packed = subprocess.run([BINARY, "export", self.store, "--format", "msgpack"], capture_output=True, check=True).stdout
        self.assertEqual(unpack(packed), list(map(json.loads, lines)))
        self.assertEqual(len(self.exported("--from", "10", "--to", "12")), 4)

    def test_mistakes_name_the_line_and_the_member(self) -> None:
        good = transaction(5)
        number = {"account": 1, "amount": "x", "balance": 1}
        for text, said in (
                ("", "line 1: is missing"),
                ("{}\n", "line 1: $.format: this is no export"),
                (header(version=2), "version 2 of an export; this build reads 1"),
                (header(origin="x"), "line 1: $.origin: not 64"),
                (header(schema="{}"), "line 1: $.schema: "),
                (header(more=1), 'line 1: $: '),
                (header() + "rubbish\n", "line 2: "),
                (header() + good[:-1], "line 2: no line feed ends it"),
                (header() + good + good, "line 3: transaction 5 follows 5"),
                (header() + transaction(0), "line 2: $.sequence: is 0"),
                (header() + transaction(5, events=[event(6)]), "line 2: $.events[0].event: is not the event's own place"),
                (header() + transaction(5, events=[event(5, name="Nothing")]), "line 2: $.events[0].name: the schema has no event"),
                (header() + transaction(5, events=[event(5, value=number)]), "line 2: $.events[0].value: $.amount"),
                (header() + transaction(5, events=[event(5, cause="5.0")]), "line 2: $.events[0].cause: is no earlier event"),
                (header() + transaction(5, events=[event(5, cause="4.0")]), "line 2: its cause 4.0 is not among"),
                (header() + transaction(5, events=[event(5, entity="")]), "no entity"),
                (header() + transaction(5, events=[event(5, more=1)]), "line 2: $.events[0]: "),
                (header() + transaction(5, correlation="x"), "line 2: $.correlation: "),
                (header() + transaction(5, events={}), "line 2: $.events: ")):
            with self.subTest(said):
                self.assertIn(said, self.refused(1, "import", self.folder / "new", self.file("in", text)))
        self.assertIn("nothing", self.refused(1, "import", self.folder / "new", self.folder / "nothing"))

    def test_sealed_segments_and_the_index_can_be_packed(self) -> None:
        # One segment is not sealed, and the index is in memory: nothing is to be packed, and that is no error.
        self.assertEqual(json.loads(self.well("archive", self.store, "--through", "50", "--json"))["segments"], 0)
        self.assertEqual(json.loads(self.well("compact", self.store, "--json"))["merges"], 0)
        self.well("verify", self.store)


class Indexed(InStore):
    """A store of three imports, each in batches of its own: many events about one thing between few about another."""

    CHOICES: tuple[tuple[str, ...], ...] = (
        ("--entity", "order/rare"), ("--entity", "order/rare", "--backward", "--limit", "7"), ("--scope", "north"), ("--kind", "Frozen"),
        ("--entity-prefix", "order/r", "--from", "5", "--to", "90"), ("--entity", "nothing"),
        ("--entity", "order/rare", "--kind", "Frozen", "--json"))

    def setUp(self) -> None:
        super().setUp()
        self.store = self.folder / "indexed"
        text = header()
        for number, entity in enumerate(("order/rare", "order/common", "order/rare")):
            for sequence in range(number * 40 + 1, number * 40 + 41):
                frozen = event(sequence, 1, entity=entity, name="Frozen", value={"account": 3})
                text += transaction(sequence, events=[event(sequence, entity=entity)] + [frozen] * (sequence % 9 == 0))
            counts = json.loads(self.well("import", self.store, self.file("in.jsonl", text), "--json"))
            self.assertEqual((counts["appended"], counts["repeated"]), (40, number * 40))

    def listings(self) -> list[str]:
        return [self.well("log", self.store, *choice) for choice in self.CHOICES]

    def index_file(self) -> Path:
        (path,) = (self.store / "index").iterdir()
        return path

    def test_the_index_finds_what_reading_everything_finds_and_reads_less(self) -> None:
        scanned = self.listings()
        self.assertEqual(scanned[0].count("order/rare"), 89)
        done = json.loads(self.well("compact", self.store, "--json"))
        self.assertEqual((done["files"], done["indexed"]), (1, 133))
        before = sorted((path.name, path.stat().st_mtime_ns) for path in self.store.rglob("*"))
        self.assertEqual(self.listings(), scanned)
        self.assertEqual(sorted((path.name, path.stat().st_mtime_ns) for path in self.store.rglob("*")), before)
        # What is between the events that were asked for is not read: it may be rubbish.
        segment = self.store / "log" / "segment-000000000001"
        data = bytearray(segment.read_bytes())
        data[data.rindex(b"order/common")] ^= 1
        segment.write_bytes(data)
        self.assertEqual(self.well("log", self.store, *self.CHOICES[0]), scanned[0])
        self.assertEqual(self.well("log", self.store, *self.CHOICES[1]), scanned[1])
        self.index_file().unlink()
        self.assertIn("segment-000000000001", cairn("log", self.store, *self.CHOICES[0]).stderr)

    def test_what_is_not_indexed_is_read_from_the_log(self) -> None:
        self.well("compact", self.store)
        more = header() + transactions(1, 3)
        self.well("import", self.store, self.file("more.jsonl", more.replace(ORIGIN, "cd" * 32)))
        found = self.well("log", self.store, "--entity-prefix", "account/", "--json").splitlines()
        self.assertEqual([json.loads(each)["event"] for each in found], ["122.0", "123.0", "124.0"])

    def test_a_damaged_index_is_named_read_around_and_healed(self) -> None:
        scanned = self.listings()
        self.well("compact", self.store)
        good = self.index_file().read_bytes()
        for place in (30, 4096 + 9):
            data = bytearray(good)
            data[place] ^= 1
            self.index_file().write_bytes(data)
            for choice, expected in zip(self.CHOICES, scanned, strict=True):
                result = cairn("log", self.store, *choice)
                self.assertEqual((result.returncode, result.stdout), (0, expected), result.stderr)
                self.assertIn("index-000000000001-", result.stderr)
                self.assertIn("the log is read in its place", result.stderr)
        healed = cairn("compact", self.store)
        self.assertEqual((healed.returncode, "made again" in healed.stderr), (0, True), healed.stderr)
        (self.store / "index").rename(self.folder / "old")
        self.well("compact", self.store)
        self.assertEqual(self.index_file().read_bytes(), good)
        self.assertEqual(self.listings(), scanned)


class Archived(CommandLine):
    """A store of more than one segment, archived and compacted when it is closed."""

    TRANSACTIONS = 1000
    EVENTS = 90
    folder: Path
    made: tempfile.TemporaryDirectory[str]

    @classmethod
    def setUpClass(cls) -> None:
        cls.made = tempfile.TemporaryDirectory()
        cls.folder = Path(cls.made.name)
        source = cls.folder / "in.jsonl"
        with source.open("w", encoding="utf-8") as lines:
            lines.write(header())
            for sequence in range(1, cls.TRANSACTIONS + 1):
                lines.write(transaction(sequence, events=[
                    event(sequence, index, entity=f"{sequence % 7}/" + "x" * 240) for index in range(cls.EVENTS)]))
        result = cairn("import", cls.folder / "made", source)
        if result.returncode != 0:
            raise AssertionError(result.stderr)

    @classmethod
    def tearDownClass(cls) -> None:
        cls.made.cleanup()

    def setUp(self) -> None:
        self.store = self.folder / self._testMethodName
        shutil.copytree(self.folder / "made", self.store, ignore=shutil.ignore_patterns("reserve", "spare*"))

    def size(self, *parts: str) -> int:
        return sum(path.stat().st_size for path in self.store.joinpath(*parts).rglob("*") if not path.name.startswith("spare"))

    def events(self, *choice: str, store: Path | None = None) -> list[str]:
        return self.well("log", store or self.store, "--json", *choice).splitlines()

    def test_packed_segments_take_less_and_say_the_same(self) -> None:
        before, size = self.events("--entity-prefix", "3/", "--limit", "5000"), self.size("log")
        done = json.loads(self.well("archive", self.store, "--through", "900", "--json"))
        self.assertEqual(done["segments"], 1)
        self.assertLess(done["bytes"] * 2, done["plain_bytes"])
        self.assertLess(self.size("log") + done["plain_bytes"] // 2, size)
        self.assertEqual(self.events("--entity-prefix", "3/", "--limit", "5000"), before)
        self.well("verify", self.store)

    def test_what_is_taken_out_is_a_journal_of_its_own(self) -> None:
        choice = ("--scope", "north", "--limit", "100000")
        before, size = self.events(*choice), self.size("log")
        self.well("compact", self.store)
        index_size = self.size("index")
        done = json.loads(self.well("archive", self.store, "--through", "900", "--take-out", "--json"))
        self.assertEqual(done["segments"], 1)
        first = done["first"]
        self.assertGreater(first, 1)
        self.assertLess(self.size("log") + done["plain_bytes"] // 2, size)
        self.assertLessEqual(self.size("index"), index_size)
        kept = [each for each in before if int(json.loads(each)["event"].split(".")[0]) >= first]
        archive = self.store / "archive"
        self.assertEqual(self.events(*choice), kept)
        self.assertEqual(self.events(*choice, store=archive) + kept, before)
        self.assertEqual(json.loads(self.well("verify", self.store, "--json", "--values"))["first"], first)
        verdict = json.loads(self.well("verify", archive, "--json", "--values"))
        self.assertEqual((verdict["first"], verdict["last"]), (1, first - 1))
        told = cairn("tx", self.store, "3")
        self.assertEqual(told.returncode, 1)
        self.assertIn("not kept any more", told.stderr)
        # What was taken out can be made a store again; a store that goes on is not harmed.
        exported = self.folder / f"{self._testMethodName}.jsonl"
        self.well("export", archive, "-o", exported)
        counts = json.loads(self.well("import", self.folder / "again", exported, "--json"))
        self.assertEqual(counts["appended"], first - 2)
        more = self.folder / "more.jsonl"
        more.write_text((header() + transactions(1, 9)).replace(ORIGIN, "ef" * 32), encoding="utf-8")
        self.assertEqual(json.loads(self.well("import", self.store, more, "--json"))["appended"], 9)
        self.well("verify", self.store)
        nothing = json.loads(self.well("archive", self.store, "--through", "900", "--take-out", "--json"))
        self.assertEqual((nothing["segments"], nothing["first"]), (0, first))

    def test_what_the_index_loses_of_that_is_made_again_from_the_archive_or_nothing_leaves(self) -> None:
        self.well("archive", self.store, "--through", "900", "--take-out")
        more = self.folder / f"{self._testMethodName}.jsonl"
        more.write_text((self.folder / "in.jsonl").read_text(encoding="utf-8").replace(ORIGIN, "ef" * 32), encoding="utf-8")
        self.well("import", self.store, more)
        self.well("compact", self.store)
        first = min((self.store / "index").glob("index-*"))
        good = first.read_bytes()
        bad = bytearray(good)
        bad[4096] ^= 1
        first.write_bytes(bad)
        self.compact_says("; made again\n")
        self.compact_says("")
        # Without the archive nobody knows it, and there must not be more that nobody knows.
        first = min((self.store / "index").glob("index-*"))
        bad = bytearray(first.read_bytes())
        bad[4096] ^= 1
        first.write_bytes(bad)
        moved = self.folder / f"{self._testMethodName}.archive"
        (self.store / "archive").rename(moved)
        refused = cairn("archive", self.store, "--through", "1900", "--take-out")
        self.assertEqual((refused.returncode, refused.stdout), (1, ""))
        self.assertIn("put the archive back", refused.stderr)
        self.assertFalse((self.store / "archive").exists())
        self.compact_says("has lost what it kept", status=1)
        moved.rename(self.store / "archive")
        self.well("compact", self.store)
        self.compact_says("")
        self.well("verify", self.store)

    def compact_says(self, about_the_index: str, status: int = 0) -> None:
        told = cairn("compact", self.store)
        self.assertEqual(told.returncode, status, told.stderr)
        (self.assertIn if about_the_index else self.assertEqual)(about_the_index, told.stderr)

    def test_receipts_need_what_was_taken_out_wherever_that_is(self) -> None:
        # Of a transaction that is gone and one that is kept: the same receipts as before.
        key = self.folder / f"{self._testMethodName}.key"
        self.well("keys", "generate", "example.org/shop", key)
        make = ("receipt", "make", self.store, "--key", key)
        before = [self.well(*make, sequence) for sequence in ("3", "990")]
        self.well("archive", self.store, "--through", "900", "--take-out")
        self.assertEqual([self.well(*make, sequence) for sequence in ("3", "990")], before)
        self.assertEqual(self.well(*make, "3", "--archive", self.store / "archive"), before[0])
        moved = self.folder / f"{self._testMethodName}.archive"
        (self.store / "archive").rename(moved)
        refused = cairn(*make, "990")
        self.assertEqual((refused.returncode, refused.stdout), (1, ""))
        self.assertRegex(refused.stderr, "transactions 1 to [0-9]+ were taken out .*--archive FOLDER")
        self.assertEqual([self.well(*make, sequence, "--archive", moved) for sequence in ("3", "990")], before)
        # The same transactions in another journal, whose times are others.
        other = self.folder / f"{self._testMethodName}.other"
        self.well("import", other, self.folder / "in.jsonl")
        refused = cairn(*make, "990", "--archive", other)
        self.assertEqual((refused.returncode, refused.stdout), (1, ""))
        self.assertIn("not what was before", refused.stderr)


class Usage(unittest.TestCase):
    def test_every_verb_has_help_with_an_example_and_its_statuses(self) -> None:
        for verb in (["log"], ["tx"], ["verify"], ["receipt", "make"], ["export"], ["import"], ["archive"], ["compact"]):
            text = cairn(*verb, "--help").stdout
            self.assertIn(f"example: cairn {' '.join(verb)} ", text)
            self.assertIn("exit status: 0 ", text)
        for status in range(17):
            self.assertRegex(cairn("verify", "--help").stdout, rf"\b{status} ")

    def test_wrong_usage_is_told_from_failure(self) -> None:
        for arguments in (["log"], ["log", "x", "--limit", "0"], ["log", "x", "--format", "xml"], ["log", "x", "--backward", "--follow"],
                          ["tx", "x"], ["tx", "x", "0"], ["verify"], ["verify", "x", "--no"], ["receipt", "make", "x", "1"],
                          ["export"], ["export", "x", "--format", "xml"], ["import", "x"], ["archive", "x"], ["compact"]):
            with self.subTest(arguments):
                result = cairn(*arguments)
                self.assertEqual((result.returncode, result.stdout), (2, ""), result.stderr)
                self.assertIn("--help` explains the arguments", result.stderr)


if __name__ == "__main__":
    unittest.main()
