# SPDX-License-Identifier: Apache-2.0
"""Installs a finished build into an empty folder and builds a user's project against it with find_package(cairn).

usage: install_test.py BUILD_FOLDER CONSUMER_FOLDER VERSION

Run by ctest after the build. Every C++ compiler of the machine that Cairn supports builds the consumer, whichever built the library.
"""

import os
import shutil
import subprocess
import sys
import tempfile
import unittest
from pathlib import Path

BUILD = Path(sys.argv.pop(1))
CONSUMER = Path(sys.argv.pop(1))
VERSION = sys.argv.pop(1)


def run(*command: str | Path) -> str:
    result = subprocess.run([str(part) for part in command], capture_output=True, text=True, check=False)
    if result.returncode != 0:
        raise AssertionError(f"{command} exited with {result.returncode}\n{result.stdout}{result.stderr}")
    return result.stdout


class InstalledPackage(unittest.TestCase):
    @classmethod
    def setUpClass(cls) -> None:
        cls.folder = Path(tempfile.mkdtemp(prefix="cairn-install-"))
        cls.addClassCleanup(shutil.rmtree, cls.folder)
        cls.prefix = cls.folder / "prefix"
        run("cmake", "--install", BUILD, "--prefix", cls.prefix)

    def build_consumer(self, compiler: str) -> Path:
        build = self.folder / f"consumer-{compiler}"
        run("cmake", "-S", CONSUMER, "-B", build, "-G", "Ninja", f"-DCMAKE_PREFIX_PATH={self.prefix}",
            f"-DCMAKE_CXX_COMPILER={compiler}", "-DCMAKE_BUILD_TYPE=Release")
        run("cmake", "--build", build)
        return build / "consumer"

    def check_consumer(self, compiler: str) -> None:
        output = run(self.build_consumer(compiler))
        self.assertIn("next position 42", output)
        self.assertIn("invalid_argument: consumer: positions start at 1 (pass a positive number)", output)
        self.check_plugin(self.folder / f"consumer-{compiler}" / "tally.so")
        self.check_plugin(self.build_by_hand(compiler))

    def build_by_hand(self, compiler: str) -> Path:
        """The line of docs/plugins.md."""
        plugin = self.folder / f"by-hand-{compiler}.so"
        unique = [] if "clang" in compiler else ["-fno-gnu-unique"]
        library = next(self.prefix.rglob("libcairn_domain.a"))
        run(compiler, "-std=c++23", "-O2", "-fPIC", "-shared", "-fvisibility=hidden", *unique, f"-I{self.prefix / 'include'}",
            CONSUMER / "tally.cc", f"-L{library.parent}", "-lcairn_domain", "-lfmt", "-Wl,--gc-sections", "-o", plugin)
        return plugin

    def check_plugin(self, plugin: Path) -> None:
        """The installed binary reads the domain out of the plugin."""
        described = run(self.prefix / "bin" / "cairn", "schema", plugin)
        self.assertTrue(described.startswith("tally 1\nfingerprint "), described)

    def test_consumer_builds_and_runs_with_gcc(self) -> None:
        self.check_consumer("g++")

    def test_consumer_builds_and_runs_with_clang(self) -> None:
        if shutil.which("clang++-19") is None:
            if os.environ.get("CAIRN_REQUIRE_ALL") == "1":
                self.fail("clang++-19 is required here and missing; ./dev setup check installs it")
            self.skipTest("clang++-19 is not installed")
        self.check_consumer("clang++-19")

    def test_installed_binary_answers(self) -> None:
        self.assertIn(f"cairn {VERSION}", run(self.prefix / "bin" / "cairn", "--version"))

    def test_only_public_headers_are_installed(self) -> None:
        installed = sorted(path.relative_to(self.prefix / "include").as_posix()
                           for path in (self.prefix / "include").rglob("*") if path.is_file())
        self.assertTrue(installed)
        self.assertEqual([name for name in installed if not name.startswith("cairn/")], [])

    def test_configuration_names_no_path_of_the_build_machine(self) -> None:
        for file in (self.prefix / "lib").rglob("*.cmake"):
            self.assertNotIn(str(BUILD.parent.parent), file.read_text(), file)


if __name__ == "__main__":
    unittest.main()
