# SPDX-License-Identifier: Apache-2.0
"""Runs the built cairn binary as a user does.

usage: cli_test.py BINARY VERSION
"""

import json
import subprocess
import sys
import unittest

BINARY = sys.argv.pop(1)
VERSION = sys.argv.pop(1)


def cairn(*arguments: str) -> subprocess.CompletedProcess[str]:
    return subprocess.run([BINARY, *arguments], capture_output=True, text=True, check=False, stdin=subprocess.DEVNULL)


def verbs() -> list[str]:
    """The verbs that --help lists."""
    section = cairn("--help").stdout.split("verbs:\n")[1].split("\n\n")[0]
    return [line.split()[0] for line in section.splitlines()]


class Cli(unittest.TestCase):
    def test_version_is_the_projects(self) -> None:
        for arguments in (["--version"], ["version"]):
            result = cairn(*arguments)
            self.assertEqual((result.returncode, result.stdout, result.stderr), (0, f"cairn {VERSION}\n", ""))

    def test_version_as_json_says_how_it_was_built(self) -> None:
        answer = json.loads(cairn("version", "--json").stdout)
        self.assertEqual(answer["version"], VERSION)
        self.assertRegex(answer["compiler"], r"^(gcc|clang) \d+")

    def test_help_lists_the_verbs_and_the_exit_status(self) -> None:
        for argument in ("--help", "-h", "help"):
            result = cairn(argument)
            self.assertEqual((result.returncode, result.stderr), (0, ""))
            self.assertIn("exit status:", result.stdout)
        self.assertIn("version", verbs())

    def test_every_verb_explains_itself_with_an_example(self) -> None:
        for verb in verbs():
            result = cairn(verb, "--help")
            self.assertEqual((result.returncode, result.stderr), (0, ""), verb)
            self.assertIn(f"example: cairn {verb}", result.stdout)

    def test_no_verb_prints_the_help_and_is_wrong_usage(self) -> None:
        result = cairn()
        self.assertEqual(result.returncode, 2)
        self.assertIn("usage: cairn VERB", result.stdout)

    def test_unknown_verb_is_wrong_usage_and_suggests_the_nearest(self) -> None:
        result = cairn("verzion")
        self.assertEqual((result.returncode, result.stdout), (2, ""))
        self.assertIn('no verb "verzion". Did you mean "version"?', result.stderr)

    def test_word_like_no_verb_gets_no_suggestion(self) -> None:
        result = cairn("xqwzzkjh")
        self.assertEqual(result.returncode, 2)
        self.assertNotIn("Did you mean", result.stderr)
        self.assertIn("`cairn --help` lists them", result.stderr)

    def test_wrong_argument_is_one_line_that_says_where_to_read(self) -> None:
        for verb in verbs():
            result = cairn(verb, "--no-such-flag")
            self.assertEqual((result.returncode, result.stdout), (2, ""), verb)
            self.assertEqual(len(result.stderr.splitlines()), 1, result.stderr)
            self.assertIn(f"`cairn {verb} --help`", result.stderr)

    def test_output_that_cannot_be_written_is_a_failure(self) -> None:
        # The second writes more than any buffer holds, so it meets the full disk while it works.
        for arguments in (["--help"], ["sim", "--seed", "1", "--steps", "100", "--trace"]):
            with open("/dev/full", "w", encoding="utf-8") as full:
                result = subprocess.run([BINARY, *arguments], stdout=full, stderr=subprocess.PIPE, text=True, check=False)
            self.assertEqual(result.returncode, 1, arguments)
            self.assertEqual(len(result.stderr.splitlines()), 1, result.stderr)
            self.assertIn("No space left on device", result.stderr)


if __name__ == "__main__":
    unittest.main()
