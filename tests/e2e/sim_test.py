# SPDX-License-Identifier: Apache-2.0
"""`cairn sim` as its users meet it: as a process, with arguments, output and an exit status.

usage: sim_test.py BINARY
"""

import os
import shlex
import subprocess
import sys
import unittest

PROGRAM = ""

# What `cairn sim --seed 1 --steps 100` prints last.
DIGEST = "1ac334cf88fc4fe0a7652bce9e89c38073d33a65b1dd7ec8d178b1cf119a3359"


def run(*arguments, **environment):
    return subprocess.run([PROGRAM, "sim", *arguments], capture_output=True, text=True, timeout=250,
                          env={**os.environ, **environment}, check=False)


class CairnSim(unittest.TestCase):

    def test_one_seed_gives_one_output_in_two_processes(self):
        """Every decision is printed twice, by processes whose memory lies elsewhere and holds
        something else at first."""
        arguments = ("--seed", "5", "--steps", "150", "--trace")
        first = run(*arguments)
        second = run(*arguments, MALLOC_PERTURB_="165", PADDING="x" * 5000)
        self.assertEqual(first.returncode, 0, first.stdout[-500:])
        self.assertGreater(len(first.stdout.splitlines()), 1000)
        self.assertEqual(first.stdout, second.stdout)

    def test_another_seed_gives_another_digest(self):
        """The last word of the summary line is the digest."""
        digests = {run("--seed", seed, "--steps", "20").stdout.splitlines()[0].split()[-1]
                   for seed in ("1", "2", "3")}
        self.assertEqual(len(digests), 3)
        self.assertEqual({len(digest) for digest in digests}, {64})

    def test_a_failure_ends_in_one_line_that_repeats_it(self):
        """With a planted bug the program exits with 1, and the command it names fails alike."""
        failed = run("--seeds", "20", "--canary=skips-sync")
        last = failed.stdout.splitlines()[-1]
        self.assertEqual(failed.returncode, 1)
        self.assertTrue(last.startswith("FAILED: "), last)
        command = shlex.split(last.partition("repeat with: ")[2])
        self.assertEqual(command[:2], ["cairn", "sim"])
        again = run(*command[2:])
        self.assertEqual(again.returncode, 1)
        self.assertEqual(again.stdout.splitlines()[-1], last)

    def test_a_range_of_seeds_is_run_from_its_first(self):
        """Three seeds from the fourth, each with its line, then a summary."""
        done = run("--seeds", "3", "--from", "4", "--steps", "20", "--everything")
        self.assertEqual(done.returncode, 0, done.stdout[-500:])
        seeds = [line.split()[1] for line in done.stdout.splitlines() if line.startswith("seed ")]
        self.assertEqual(seeds, ["4", "5", "6"])
        self.assertEqual(done.stdout.splitlines()[-1], "3 seeds from 4: nothing found")

    def test_arguments_that_make_no_sense_are_refused(self):
        """Each is refused in one line with status 2, and nothing is run."""
        for arguments in (("--canary=yellow",), ("--seed", "x"), ("--seed", "-1"), ("--seed", "1x"),
                          ("--seed", "18446744073709551616"), ("--seeds", "0"), ("--from", "5"),
                          ("--seeds", "2", "--from", "18446744073709551615"), ("--steps", "0"),
                          ("--steps", "99999999999999999999"), ("--seed", "1", "--seeds", "2")):
            refused = run(*arguments)
            self.assertEqual((refused.returncode, refused.stdout), (2, ""), arguments)
            self.assertEqual(len(refused.stderr.splitlines()), 1, refused.stderr)

    def test_the_digest_is_the_same_in_every_build(self):
        """Compiler and optimisation level must not show. The sanitizer, debug and release builds of
        either compiler all run this."""
        line = run("--seed", "1", "--steps", "100").stdout.splitlines()[0]
        self.assertEqual(line.split()[-1], DIGEST, "after a change of the simulator, pin the new digest")


if __name__ == "__main__":
    PROGRAM = sys.argv.pop(1)
    unittest.main()
