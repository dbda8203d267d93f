#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0
"""Checks the house rules that a compiler cannot see. `--rules` lists them."""

import sys
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace

import tidy_banned
import tidy_tests
import tidy_text
from sources import HOME, Finding, Repo, guard, parser, report
from tidy_rule import Rule

RULES: list[Rule] = [*tidy_banned.RULES, *tidy_tests.RULES, *tidy_text.RULES]


@dataclass(frozen=True)
class Exempt:
    """One file that one rule leaves alone, and why. An entry that is not needed is an error."""

    rule: str
    path: str
    reason: str


EXCEPTIONS: Sequence[Exempt] = ()


def check(repo: Repo, exceptions: Sequence[Exempt]) -> Iterator[Finding]:
    exempt = {(entry.rule, entry.path) for entry in exceptions}
    used = set()
    for rule in RULES:
        for finding in rule.check(repo):
            if (rule.name, finding.path) in exempt:
                used.add((rule.name, finding.path))
            else:
                yield replace(finding, rule=rule.name)
    for rule_name, path in sorted(exempt - used):
        yield Finding("tools/tidy.py", 1, f"the exception ({rule_name}, {path}) is not needed",
                      "Take it out of EXCEPTIONS")


def list_rules() -> None:
    width = max(len(rule.name) for rule in RULES)
    for rule in RULES:
        print(f"{rule.name:{width}}  {rule.doc}")


def main(arguments: list[str] | None = None, exceptions: Sequence[Exempt] | None = None) -> int:
    made = parser(__doc__)
    made.add_argument("--rules", action="store_true", help="list the rules and check nothing")
    made.add_argument("--only", metavar="RULE", choices=[rule.name for rule in RULES],
                      help="report only what breaks this rule")
    options = made.parse_args(arguments)
    if options.rules:
        list_rules()
        return 0
    if exceptions is None:
        exceptions = EXCEPTIONS if options.root.resolve() == HOME else ()

    def run() -> int:
        repo = Repo(options.root)
        findings = [finding for finding in check(repo, exceptions)
                    if options.only in (None, finding.rule)]
        return report("tidy", findings, f"{len(repo.files)} files keep "
                      f"{options.only or f'{len(RULES)} rules'}.")

    return guard("tidy", run)


if __name__ == "__main__":
    sys.exit(main())
