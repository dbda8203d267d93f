# SPDX-License-Identifier: Apache-2.0
"""Builds the example domains as plugins the way docs/plugins.md says by hand, and runs each beside its embedded twin.

usage: matrix.py --compiler g++ --root DIR --library libcairn_domain.a --twin PROGRAM

At -O0 and -O2, with one compiler. The twin also lints: nothing may be found. All digests of one domain must be the pinned one, so that
every compiler and level gives the same history.
"""

import argparse
import subprocess
import sys
import tempfile
from pathlib import Path

HERE = Path(__file__).resolve().parent
sys.path.insert(0, str(HERE.parent / "support"))
import compiler as installed

DOMAINS = {"bank": "examples/bank/plugin.cc", "databuild": "examples/build/plugin.cc"}

# What 1500 random commands come to. A change of an example changes its line.
DIGESTS = {
    "bank": "f07f0904be261a9e8cbd5944bfd3d77c8fcc84e392cc26c88a71d1a46366129c",
    "databuild": "5077879e5951c0f764e5b57b2a94c6b2339e6f10eeb6777db1e7875d19bcb12e",
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
