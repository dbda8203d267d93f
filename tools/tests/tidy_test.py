# SPDX-License-Identifier: Apache-2.0
"""Each rule of tidy.py is broken in a planted tree, and must be named with the way out.

BROKEN has the violations, FINE what must not be taken for one. A rule without a violation here
fails the last test.
"""

import unittest
from dataclasses import dataclass

from planted import SPDX, PlantedTree

import tidy

README = "# Folder\n\nWhat it holds.\n"


@dataclass(frozen=True)
class Case:
    """A file, and how the line begins that must name what is wrong with it."""

    rule: str
    path: str
    text: str
    expected: str


def core(rule: str, line: str, expected: str) -> Case:
    return Case(rule, "src/state/x.cc", f"{SPDX}{line}\n", f"src/state/x.cc:2: {expected}")


def src(rule: str, line: str, expected: str) -> Case:
    return Case(rule, "src/server/x.cc", f"{SPDX}{line}\n", f"src/server/x.cc:2: {expected}")


def test(rule: str, line: str, expected: str) -> Case:
    return Case(rule, "src/state/x_test.cc", f"{SPDX}{line}\n",
                f"src/state/x_test.cc:2: {expected}")


def document(line: str, missing: str) -> Case:
    return Case("doc-path", "docs/guide.md", f"# Guide\n\n{line}\n",
                f"docs/guide.md:3: {missing} does not exist. Correct the path; write")


def python_test(rule: str, line: str, expected: str) -> Case:
    return Case(rule, "tools/tests/x_test.py", f"#{SPDX[2:]}{line}\n",
                f"tools/tests/x_test.py:2: {expected}")


UNORDERED = "rows is an unordered container and is iterated here. Keep an ordered container"
BROKEN = [
    core("clock", "auto t = std::chrono::system_clock::now();",
         "system_clock is banned here: no clock but the one handed in. Use the time that the "
         "context carries."),
    core("clock", "auto t = time(nullptr);", "time() is banned here"),
    core("clock", "auto t = std::time(nullptr);", "time() is banned here"),
    core("clock", "clock_gettime(CLOCK_REALTIME, &now);", "clock_gettime() is banned here"),
    src("clock", "auto t = std::chrono::steady_clock::now();",
        "steady_clock is banned here: no clock but the one handed in. Use Clock of src/sys."),
    core("randomness", "std::random_device seed;", "random_device is banned here: no randomness "
         "but the one handed in. Use the randomness that the context carries."),
    core("randomness", "return rand() % 6;", "rand() is banned here"),
    core("randomness", "std::uniform_int_distribution<int> die;", "uniform_int_distribution is"),
    core("randomness", "std::ranges::shuffle(cards, engine);", "std::ranges::shuffle is banned"),
    src("randomness", "getrandom(bytes, size, 0);", "getrandom() is banned here: no randomness "
        "but the one handed in. Use Random of src/sys."),
    Case("randomness", "sim/x.cc", f"{SPDX}std::random_device seed;\n",
         "sim/x.cc:2: random_device is banned here: no randomness but the one handed in. Use the "
         "simulated Random, which the seed decides."),
    core("std-hash", "auto h = std::hash<int>{}(key);", "std::hash is banned here"),
    core("floating-point", "double rate = 0;", "double is banned here: no floating point in the "
         "core and in domains. Use integers or Decimal."),
    core("floating-point", "float rate = 0;", "float is banned here"),
    core("floating-point", "auto rate = 0.5;", "0.5 is banned here"),
    core("floating-point", "auto big = 1e9;", "1 is banned here"),
    core("floating-point", "#include <cmath>", "<cmath> is banned here"),
    Case("floating-point", "examples/bank/x.cc", f"{SPDX}double rate = 0;\n",
         "examples/bank/x.cc:2: double is banned here"),
    core("locale", 'setlocale(LC_ALL, "");', "setlocale() is banned here"),
    core("locale", "c = std::toupper(c);", "toupper() is banned here"),
    core("locale", "#include <sstream>", "<sstream> is banned here: nothing that reads the locale"),
    core("thread-identity", "auto id = std::this_thread::get_id();", "this_thread::get_id is"),
    core("thread-identity", "auto id = getpid();", "getpid() is banned here"),
    core("pointer-order", "std::set<const Row*> rows;", "std::set<const Row* is banned here: no "
         "container ordered by addresses. Order by a key or by an index."),
    core("environment", 'auto home = std::getenv("HOME");', "getenv() is banned here"),
    src("environment", 'auto home = getenv("HOME");', "getenv() is banned here"),
    src("thread", "std::thread worker(run);", "std::thread is banned here: threads are started in "
        "src/sys/posix only. Only src/sys/posix talks to the system"),
    src("thread", "pthread_create(&id, nullptr, run, nullptr);", "pthread_create() is banned"),
    src("sleep", "std::this_thread::sleep_for(pause);", "this_thread::sleep_for is banned here"),
    src("sleep", "usleep(10);", "usleep() is banned here"),
    src("file-access", "int fd = ::open(path, flags);", "open() is banned here: files are reached "
        "through Disk only. Only src/sys/posix talks to the system: use Disk of src/sys."),
    src("file-access", "return ::write(fd, bytes, size);", "write() is banned here"),
    src("file-access", "if (fsync(fd) != 0) {}", "fsync() is banned here"),
    src("file-access", "std::ofstream out(path);", "std::ofstream is banned here"),
    src("file-access", "std::filesystem::remove(path);", "std::filesystem is banned here"),
    src("network", "int s = socket(AF_INET, SOCK_STREAM, 0);", "socket() is banned here"),
    src("process", 'system("ls");', "system() is banned here"),
    core("unordered-iteration", "std::unordered_map<K, std::vector<V>> rows; "
         "void f() { for (auto& [k, v] : rows) {} }", UNORDERED),
    core("unordered-iteration", "using Rows = boost::unordered_flat_map<K, V>; Rows rows; "
         "void f() { for (const auto& row : this->rows) {} }", UNORDERED),
    core("unordered-iteration", "std::unordered_set<K> rows; auto it = rows.begin();", UNORDERED),
    src("missing-std", "#include <format>", "GCC 12.2 has no <format>. Use <fmt/format.h>."),
    src("missing-std", "#include <flat_map>", "GCC 12.2 has no <flat_map>. Use what the"),
    src("build-time", "auto built = __DATE__;", "__DATE__ makes every build differ."),
    test("commented-out-test", "// TEST(Ring, Pops) {", "a test is commented out. Repair it or"),
    test("commented-out-test", "/* TEST_F(Ring, Pops)\n{ */", "a test is commented out."),
    test("commented-out-test", "#if 0", "#if 0 hides code. Delete the code."),
    Case("commented-out-test", "src/state/CMakeLists.txt",
         f"#{SPDX[2:]}# cairn_test(ring)\n", "src/state/CMakeLists.txt:2: a test is commented out"),
    python_test("commented-out-test", "# def test_pop(self):", "a test is commented out."),
    test("disabled-test", "TEST(Ring, DISABLED_Pops) {}", "a test is disabled. Repair it or"),
    test("skip-reason", "GTEST_SKIP();", "this skip gives no reason. Say what is missing"),
    python_test("skip-reason", "self.skipTest()", "this skip gives no reason."),
    test("empty-claim", "EXPECT_TRUE(true);", "this assertion cannot fail. Assert what the test"),
    test("empty-claim", "ASSERT_EQ(1, 1);", "this assertion cannot fail."),
    test("empty-claim", "SUCCEED();", "this assertion cannot fail."),
    python_test("empty-claim", "self.assertTrue(True)", "this assertion cannot fail."),
    test("sleep-in-test", "std::this_thread::sleep_for(pause);", "a test sleeps. Inject the clock"),
    test("sleep-in-test", "usleep(10);", "a test sleeps."),
    python_test("sleep-in-test", "time.sleep(1)", "a test sleeps."),
    Case("sleep-in-test", "tests/e2e/run.sh", f"#{SPDX[2:]}sleep 2\n",
         "tests/e2e/run.sh:2: a test sleeps."),
    Case("length", "src/state/x.cc", SPDX + "\n" * 899,
         "src/state/x.cc:801: the file has 900 lines; the limit is 800. Split it by phase"),
    Case("length", "src/state/x.h", SPDX + "#pragma once\n" + "\n" * 299,
         "src/state/x.h:301: the file has 301 lines; the limit is 300."),
    Case("readme", "src/journal/x.cc", SPDX, "src/journal:1: the folder has no README.md. Write"),
    Case("readme", "tests/regress/x.bin", "", "tests/regress:1: the folder has no README.md."),
    Case("readme", "bench/disk/x.cc", SPDX, "bench/disk:1: the folder has no README.md."),
    Case("spdx", "src/state/x.cc", "\n\n\n" + SPDX, "src/state/x.cc:1: the first three lines do "
         'not name the licence. Begin the file with "// SPDX-License-Identifier: Apache-2.0"'),
    Case("spdx", "dev", "#!/bin/sh\n\n\n", "dev:1: the first three lines do not name the licence. "
         'Begin the file with "# SPDX-License-Identifier: Apache-2.0", after a #! line'),
    *(Case("spdx", path, "x\n", f"{path}:1: the first three lines do not name the licence.")
      for path in ("CMakeLists.txt", "cmake/x.cmake", "cmake/x.cmake.in", "x.toml", "x.yml",
                   "console/x.ts", "console/x.svelte")),
    Case("pragma-once", "src/state/x.h", f"{SPDX}// #pragma once\n",
         "src/state/x.h:1: the header has no #pragma once. Add it below the SPDX line."),
    core("whitespace", "int\ta;", "a tab. Use spaces; in a string write \\t."),
    core("whitespace", "int a; ", "space at the end of a line. Take it out."),
    core("whitespace", "int a;\r", "a carriage return. End lines with a line feed alone."),
    Case("whitespace", "docs/x.md", "x\n\nend", "docs/x.md:3: no line feed at the end of the file"),
    core("ascii", "int gr\u00f6sse;", r"'\xf6' outside comments and literals. Write it in ASCII."),
    Case("machine-path", "docs/x.md", "See /" + "Users/x.\n", "docs/x.md:1: /" + "Users/x. exists on "
         "one machine only. Name it from the repository's root"),
    Case("machine-path", "cmake/x.txt", '"/' + 'home/ann/x"\n', "cmake/x.txt:1: /" + "home/ann/x"),
    core("todo", "// TODO: later", "TODO names no issue. Do it now, or open an issue and write"),
    core("todo", "// TODO(ann): later", "TODO names no issue."),
    core("todo", "// FIXME", "FIXME names no issue."),
    core("todo", "// XXX why", "XXX names no issue."),
    core("todo", "/* HACK */", "HACK names no issue."),
    document("Read `src/state/gone.cc` first.", "src/state/gone.cc"),
    document("Run `python3 tools/gone.py --fix`.", "tools/gone.py"),
    document("Look at `src/gone/x.cc:12`.", "src/gone/x.cc"),
    document("See [the map](map.md#top).", "docs/map.md"),
    document("See [the map](../src/gone).", "src/gone"),
]

FINE = {
    "src/state/calls.h": SPDX + "#pragma once\n"
    "struct Log { Result<int> open(int); bool write(Bytes b); Timestamp time; };\n",
    "src/state/calls.cc": SPDX + '#include "state/calls.h"\n'
    "Result<int> Log::open(int a) { return write(bytes) ? disk.open(a) : sys->open(a); }\n"
    "Timestamp now(const Context& context) { return context.time; }\n"
    "void erase() { const auto send = [](int) {}; send(1); disk::fsync(2); }\n"
    "// time(nullptr), rand() and double in a comment\n"
    'const char* text = "system_clock 0.5 rand()";\n'
    "int many = 1'000'000; int hex = 0x1e5; auto v = row.size;\n"
    "// TODO(#12): say how long\n",
    "src/state/rows.cc": SPDX +
    "std::unordered_map<Key, Row> rows; std::vector<Row> list;\n"
    "bool f() { for (auto& row : list) {} for (auto& cell : rows.at(key)) {}\n"
    "  for (int i = 0; i < n ? a : b; ++i) {} return rows.find(key) == rows.end(); }\n",
    "src/state/x_test.cc": SPDX +
    "// Shows that TEST(Ring, Pops) holds for std::thread too.\n"
    "TEST(Ring, Pops) { std::thread t; double d = 0.5; clock.sleep_for(pause); }\n"
    'TEST(Ring, Waits) { GTEST_SKIP() << "no io_uring here"; EXPECT_TRUE(ok); }\n',
    "src/sys/posix/disk.cc": SPDX + "int fd = ::open(path, flags); std::thread t;\n",
    "src/server/paths.cc": SPDX + "std::filesystem::path path; double load = 0.5;\n"
    "std::unordered_map<int, int> rows; void f() { for (auto& row : rows) {} }\n",
    "src/CMakeLists.txt": f"#{SPDX[2:]}",
    "cmake/x.cmake": f"#{SPDX[2:]}#   cairn_test(NAME x)\n",
    "console/x.ts": SPDX + "const size = 0.5; // \u00e9\n",
    "tests/golden/README.md": README,
    "tests/golden/v1/data.txt": "tab\t and space \r\n",
    "docs/word.md": "See `src/state/calls.cc`, `src/state/`, `python3 tools/tool.py --fix`,\n"
    "`src/state/calls.cc:3`, `src/<folder>/x.cc`, `src/state/calls.{h,cc}`, `std/vector`,\n"
    "[calls](../src/state/calls.cc#L3), [web](https://example.com/src/none), [top](#top),\n"
    "[issue](../../issues/1) and `build/release/bin/cairn`.\n\n"
    "```\nvi src/none/x.cc `src/none`\n```\n",
    "tools/notes.md": "See `tests/README.md`, beside this file.\n",
    "tools/tool.py": f"#!/usr/bin/env python3\n#{SPDX[2:]}",
    **{f"{folder}/README.md": README
       for folder in ("src/state", "src/server", "src/sys/posix", "tools", "tools/tests", "sim",
                      "examples/bank", "tests/e2e")},
}


class Tidy(PlantedTree):
    def test_what_is_fine_passes(self) -> None:
        self.plant_all(FINE)
        self.assert_clean(tidy.main)

    def test_every_violation_is_named(self) -> None:
        self.plant_all(FINE)
        for case in BROKEN:
            with self.subTest(rule=case.rule, text=case.text[-60:]):
                self.plant(case.path, case.text)
                self.assert_finds(tidy.main, case.expected)
                self.assertIn(f"[{case.rule}]", self.run_tool(tidy.main)[1])
                self.restore(case.path)

    def restore(self, path: str) -> None:
        (self.root / path).unlink()
        if path in FINE:
            self.plant(path, FINE[path])

    def test_text_that_is_not_utf8(self) -> None:
        self.plant("src/state/README.md", README)
        self.plant("src/state/x.cc", SPDX.encode() + b"// \xff\n")
        self.assert_finds(tidy.main, "src/state/x.cc:1: the file is not UTF-8 text.")

    def test_a_member_declared_in_the_header_is_known_in_the_source(self) -> None:
        self.plant("src/state/README.md", README)
        self.plant("src/state/x.h", f"{SPDX}#pragma once\nstd::unordered_map<K, V> rows_;\n")
        self.plant("src/state/x.cc", f"{SPDX}void f() {{ for (auto& row : rows_) {{}} }}\n")
        self.assert_finds(tidy.main, "src/state/x.cc:2: rows_ is an unordered container")

    def test_a_named_exception_is_left_alone(self) -> None:
        self.plant("src/state/README.md", README)
        self.plant("src/state/x.cc", f"{SPDX}double rate = 0;\n")
        exempt = tidy.Exempt("floating-point", "src/state/x.cc", "shown to a human only")
        self.assert_clean(lambda arguments: tidy.main(arguments, [exempt]))

    def test_an_exception_without_need_is_an_error(self) -> None:
        exempt = tidy.Exempt("length", "src/state/x.cc", "it is one table")
        self.assert_finds(lambda arguments: tidy.main(arguments, [exempt]),
                          "tools/tidy.py:1: the exception (length, src/state/x.cc) is not needed.")

    def test_the_rules_can_be_listed(self) -> None:
        status, said = self.run_tool(tidy.main, "--rules")
        self.assertEqual(status, 0)
        self.assertEqual(said.count("\n"), len(tidy.RULES))

    def test_a_root_that_is_no_folder(self) -> None:
        self.root = self.root / "absent"
        self.assert_cannot_run(tidy.main, "is not a folder")

    def test_every_rule_has_a_violation_here(self) -> None:
        self.assertEqual({rule.name for rule in tidy.RULES}, {case.rule for case in BROKEN})


if __name__ == "__main__":
    unittest.main()
