# SPDX-License-Identifier: Apache-2.0
"""Shows that today's plugin.h is one that plugins built with a frozen copy can live with.

usage: header.py --compiler gcc --frozen tests/abi/v1 --today include/cairn

Both headers are compiled as C11 without a warning, and layout.c, compiled with each, must print the same places and values. Beyond that the
text itself is compared, comments aside: the tables may grow at their end, and nothing else may change. So a function whose parameters
changed shows, though it is one pointer wide before and after.
"""

import argparse
import re
import subprocess
import sys
import tempfile
from pathlib import Path

HERE = Path(__file__).resolve().parent
sys.path.insert(0, str(HERE.parent / "support"))
import compiler as installed

FLAGS = ("-std=c11", "-Wall", "-Wextra", "-pedantic", "-Werror")
GROWING = ("cairn_host", "cairn_domain")


def declarations(text: str) -> dict[str, list[str]]:
    """Returns the members of each struct in order, and under "" what else is declared."""
    text = re.sub(r"/\*.*?\*/|//[^\n]*", " ", text, flags=re.DOTALL)
    lines = [" ".join(line.split()) for line in text.splitlines() if line.lstrip().startswith("#define")]
    text = re.sub(r"^\s*#[^\n]*", "", text, flags=re.MULTILINE)
    found: dict[str, list[str]] = {}

    def take(match: re.Match[str]) -> str:
        found[match[1]] = [" ".join(member.split()) for member in match[2].split(";") if member.strip()]
        return ""

    rest = re.sub(r"typedef struct (\w+) \{(.*?)\} \w+;", take, text, flags=re.DOTALL)
    found[""] = lines + [" ".join(piece.split()) for piece in rest.split(";") if piece.strip()]
    return found


def changes(frozen: str, today: str) -> list[str]:
    """Returns what in today's text a plugin built with the frozen one could not live with."""
    old, new = declarations(frozen), declarations(today)
    wrong = []
    for name, members in old.items():
        now = new.get(name)
        if now is None:
            wrong.append(f"struct {name} is gone")
        elif not name:
            wrong += [f"this is gone or changed: {each}" for each in members if each not in now]
        elif now[: len(members)] != members:
            place = next((i for i, member in enumerate(members) if i >= len(now) or now[i] != member))
            is_now = now[place] if place < len(now) else "gone"
            wrong.append(f"{name}: \"{members[place]}\" is now \"{is_now}\"; tables grow at their end only")
        elif len(now) > len(members) and name not in GROWING:
            wrong.append(f"{name}: has no size in it, so it may not grow")
    return wrong


def layout(compiler: str, folder: Path, scratch: Path) -> list[str]:
    program = scratch / f"layout-{folder.name}"
    subprocess.run([compiler, *FLAGS, "-include", folder / "plugin.h", HERE / "layout.c", "-o", program], check=True)
    return subprocess.run([program], check=True, capture_output=True, text=True).stdout.splitlines()


def unprinted(frozen: str, printed: list[str]) -> list[str]:
    """Returns the members of the frozen header that layout.c forgot."""
    names = {line.split()[1] for line in printed if line.startswith("member ")}
    members = [(struct, member) for struct, list_ in declarations(frozen).items() if struct for member in list_]
    pairs = [(struct, (re.search(r"\(\*(\w+)\)", member) or re.search(r"(\w+)(?:\[\w+\])?$", member))[1])
             for struct, member in members]
    return [f"{struct}.{member}" for struct, member in pairs if f"{struct}.{member}" not in names]


def main() -> int:
    parser = argparse.ArgumentParser()
    parser.add_argument("--compiler", required=True)
    parser.add_argument("--frozen", type=Path, required=True)
    parser.add_argument("--today", type=Path, required=True)
    arguments = parser.parse_args()
    installed.require(arguments.compiler)
    frozen, today = ((folder / "plugin.h").read_text() for folder in (arguments.frozen, arguments.today))
    wrong = changes(frozen, today)
    with tempfile.TemporaryDirectory() as scratch:
        old = layout(arguments.compiler, arguments.frozen, Path(scratch))
        new = layout(arguments.compiler, arguments.today, Path(scratch))
    wrong += [f"layout.c does not print {name}" for name in unprinted(frozen, old)]
    wrong += [f"was \"{before}\", is \"{now}\"" for before, now in zip(old, new, strict=True) if before != now]
    for each in wrong:
        print(f"include/cairn/plugin.h: {each}")
    if not wrong:
        print(f"{len(old)} places and values are where version 1 had them")
    return 1 if wrong else 0


if __name__ == "__main__":
    sys.exit(main())
