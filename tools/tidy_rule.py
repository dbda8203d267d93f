# SPDX-License-Identifier: Apache-2.0
"""The shape of a house rule: a name, one line that explains it, and a function that checks it."""

from collections.abc import Callable, Iterable
from dataclasses import dataclass

from sources import Finding, Repo

Check = Callable[[Repo], Iterable[Finding]]


@dataclass(frozen=True)
class Rule:
    """One house rule. `check` yields what breaks it."""

    name: str
    doc: str
    check: Check


def register(rules: list[Rule], name: str, doc: str) -> Callable[[Check], Check]:
    """Decorates a check so that it is added to `rules`."""

    def add(check: Check) -> Check:
        rules.append(Rule(name, doc, check))
        return check

    return add
