# SPDX-License-Identifier: Apache-2.0
"""House rules about tests: none is hidden, none claims nothing, none waits for the clock."""

import re
from collections.abc import Iterator

from sources import Finding, Repo
from tidy_rule import Rule, register

RULES: list[Rule] = []

_COMMENTED_OUT = {
    "cxx": re.compile(
        r"\b(?:(?:TYPED_)?TEST(?:_F|_P)?|RC_GTEST_(?:FIXTURE_)?PROP)\s*\([^(){};]*\)[\s/*]*\{"),
    "cmake": re.compile(
        r"#\s*(?:cairn_(?:test|fuzz|bench)|add_test|gtest_discover_tests|add_subdirectory)\s*\("),
    "python": re.compile(r"#\s*(?:async\s+)?def\s+test\w*\("),
}
_IF_ZERO = re.compile(r"^[ \t]*#[ \t]*if[ \t]+(?:0|false)\b", re.MULTILINE)
_DISABLED = re.compile(r"\bDISABLED_\w*")
_SKIP = {
    "cxx": re.compile(r"\bGTEST_SKIP\s*\(\s*\)(?!\s*<<)"),
    "python": re.compile(r"\bskipTest\(\s*\)|@unittest\.skip\s*$", re.MULTILINE),
}
_EMPTY_CLAIM = {
    "cxx": re.compile(
        r"\b(?:EXPECT|ASSERT)_(?:TRUE\s*\(\s*(?:true|1)\s*\)|FALSE\s*\(\s*(?:false|0)\s*\)"
        r"|EQ\s*\(\s*(\d+)\s*,\s*\1\s*\))|\bRC_ASSERT\s*\(\s*true\s*\)|\bSUCCEED\s*\(\s*\)"),
    "python": re.compile(r"\bassertTrue\(\s*True\s*\)|\bassertFalse\(\s*False\s*\)"
                         r"|\bassert\s+True\b"),
}
_SLEEP = {
    "cxx": re.compile(r"\bthis_thread::sleep_\w+|(?<![\w.>:])(?:sleep_for|sleep_until)\s*\("
                      r"|(?<![\w.>])(?:usleep|nanosleep|sleep)\s*\("),
    "python": re.compile(r"\btime\.sleep\("),
    "shell": re.compile(r"(?<![\w./-])sleep[ \t]+[\d.$\"'][^\s;|&)]*", re.MULTILINE),
}


@register(RULES, "commented-out-test", "no test is commented out or behind #if 0")
def commented_out(repo: Repo) -> Iterator[Finding]:
    for file in repo.files.values():
        # A .cmake file defines these commands, and its comments explain them.
        explains = file.kind == "cmake" and file.name != "CMakeLists.txt"
        pattern = None if explains else _COMMENTED_OUT.get(file.kind)
        for match in pattern.finditer(file.comments) if pattern else ():
            yield file.finding(match.start(), "a test is commented out", "Repair it or delete it")
        for match in _IF_ZERO.finditer(file.code) if file.is_cxx else ():
            yield file.finding(match.start(), "#if 0 hides code", "Delete the code")


@register(RULES, "disabled-test", "no DISABLED_ tests")
def disabled(repo: Repo) -> Iterator[Finding]:
    for file in repo.cxx:
        for match in _DISABLED.finditer(file.code):
            yield file.finding(match.start(), "a test is disabled", "Repair it or delete it")


@register(RULES, "skip-reason", "a skipped test says why")
def skip_reason(repo: Repo) -> Iterator[Finding]:
    for file in repo.files.values():
        for match in _SKIP[file.kind].finditer(file.code) if file.kind in _SKIP else ():
            yield file.finding(match.start(), "this skip gives no reason",
                               "Say what is missing, as in: GTEST_SKIP() << \"no io_uring here\"")


@register(RULES, "empty-claim", "no assertion that cannot fail")
def empty_claim(repo: Repo) -> Iterator[Finding]:
    for file in repo.files.values():
        if not file.is_test or file.kind not in _EMPTY_CLAIM:
            continue
        for match in _EMPTY_CLAIM[file.kind].finditer(file.code):
            yield file.finding(match.start(), "this assertion cannot fail",
                               "Assert what the test is about")


@register(RULES, "sleep-in-test", "no test sleeps")
def sleep_in_test(repo: Repo) -> Iterator[Finding]:
    for file in repo.files.values():
        if not file.is_test or file.kind not in _SLEEP:
            continue
        for match in _SLEEP[file.kind].finditer(file.code):
            yield file.finding(match.start(), "a test sleeps",
                               "Inject the clock, or wait for the event itself")
