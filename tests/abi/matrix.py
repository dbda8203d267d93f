# SPDX-License-Identifier: Apache-2.0
"""Builds the example domains as plugins the way docs/plugins.md says by hand, and runs each beside its embedded twin.

usage: matrix.py --compiler g++ --root DIR --library libcairn_domain.a --twin PROGRAM

At -O0 and -O2, with one compiler. The twin also lints: nothing may be found. Both forms run on the executor, and all digests of one domain
must be the pinned one, so that every compiler and level gives the same history.
"""

import argparse
import subprocess
import sys
import tempfile
from pathlib import Path

HERE = Path(__file__).resolve().parent
sys.path.insert(0, str(HERE.parent / "support"))
import compiler as installed

DOMAINS = {
    "bank": "examples/bank/plugin.cc",
    "databuild": "examples/build/plugin.cc",
    "inventory": "examples/inventory/plugin.cc",
    "quota": "examples/quota/plugin.cc",
}

# What 1500 random commands come to: every transaction as the executor gives it, delta, events, outcome and steps, and the digest of the
# state behind each. So a line changes when its example changes, and all of them when the bytes of deltas or checkpoints do, or how commands
# are drawn. Without one of these reasons a new digest is a finding.
DIGESTS = {
    "bank": "584e96077d53c3c08136dbe577db66c0793e8a2c6eb018313524bf4d3e92ae96",
    "databuild": "cad5d23029a9b96ec621258da1a43f0bfdfef973f3118131765ee77442d28f8b",
    "inventory": "6a4a553ce2ca274b58b35ad219285f248c0389b4b648366483b1a961d249c04c",
    "quota": "bbe9eb6fa0fbbd1febb50d01425f20e8ff7526b0dcda0e5a72c1fc6efad9ba81",
}


def build(compiler: str, root: Path, level: str, source: str, library: str, target: Path) -> None:
    unique = [] if "clang" in compiler else ["-fno-gnu-unique"]
    command = [compiler, "-std=c++23", level, "-fPIC", "-shared", "-fvisibility=hidden", *unique,
               "-Wl,--gc-sections", f"-I{root}", f"-I{root}/include", f"{root}/{source}", library, "-o", target]
    subprocess.run(command, check=True)


def main() -> int:
    parser = argparse.ArgumentParser()
    parser.add_argument("--compiler", required=True)
    parser.add_argument("--root", type=Path, required=True)
    parser.add_argument("--library", required=True)
    parser.add_argument("--twin", required=True)
    arguments = parser.parse_args()
    installed.require(arguments.compiler)
    failures = 0
    with tempfile.TemporaryDirectory() as folder:
        for domain, source in DOMAINS.items():
            for level in ("-O0", "-O2"):
                plugin = Path(folder) / f"{domain}{level}.so"
                build(arguments.compiler, arguments.root, level, source, arguments.library, plugin)
                result = subprocess.run([arguments.twin, domain, plugin], capture_output=True, text=True, check=False)
                print(f"{domain} {level}: {result.stdout}{result.stderr}".rstrip())
                failures += result.returncode != 0 or not result.stdout.rstrip().endswith(DIGESTS[domain])
    return 1 if failures else 0


if __name__ == "__main__":
    sys.exit(main())
