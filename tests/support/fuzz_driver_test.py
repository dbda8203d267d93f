# SPDX-License-Identifier: Apache-2.0
"""Runs the fuzz driver with a target that has a bug: fuzz_driver_test.py PLANTED_FUZZ"""

import pathlib
import subprocess
import sys
import tempfile
import unittest

target = sys.argv.pop(1)


def run(folder, *arguments):
    return subprocess.run([target, *arguments], cwd=folder, capture_output=True, text=True, timeout=60, check=False)


class FuzzDriver(unittest.TestCase):
    def setUp(self):
        folder = tempfile.TemporaryDirectory()
        self.addCleanup(folder.cleanup)
        self.folder = pathlib.Path(folder.name)

    def test_a_finding_is_named_after_its_target_and_repeats(self):
        found = run(self.folder, "--seconds=30", "--seed=1")
        self.assertEqual(found.returncode, 1, found.stdout + found.stderr)
        self.assertEqual([path.name for path in self.folder.iterdir()], ["planted_fuzz-finding.bin"])
        self.assertIn("planted_fuzz-finding.bin", found.stderr)
        self.assertIn(0xFE, (self.folder / "planted_fuzz-finding.bin").read_bytes())
        self.assertEqual(run(self.folder, "planted_fuzz-finding.bin").returncode, 1)

    def test_an_input_without_the_bug_is_survived(self):
        (self.folder / "good").write_bytes(b"good")
        self.assertEqual(run(self.folder, "good").returncode, 0)
        self.assertEqual([path.name for path in self.folder.iterdir()], ["good"])

    def test_an_unknown_option_is_refused_by_name(self):
        for option in ("--second=1", "-max_total_time=1", "--help"):
            refused = run(self.folder, option)
            self.assertEqual(refused.returncode, 2)
            self.assertIn(option, refused.stderr)


if __name__ == "__main__":
    unittest.main()
