# SPDX-License-Identifier: Apache-2.0
"""What the tools share: splitting text, listing files, following includes."""

import unittest

from planted import PlantedTree

import lexing
from sources import Repo, ToolProblem, changed_files


class Splitting(unittest.TestCase):
    """The code keeps its lines and loses its comments and the inside of its literals."""

    def assert_code(self, text: str, code: str, kind: str = "cxx") -> None:
        found, comments = lexing.split(text, kind)
        self.assertEqual(found, code)
        self.assertEqual(len(comments), len(text))

    def test_comments_become_blank(self) -> None:
        self.assert_code("a; // b\nc; /* d\ne */ f;\n", "a;     \nc;     \n     f;\n")

    def test_a_backslash_carries_a_line_comment_on(self) -> None:
        self.assert_code("// a \\\nb\nc;\n", "      \n \nc;\n")

    def test_literals_keep_their_ends(self) -> None:
        self.assert_code(r'f("a\"//b", ' + "'\"');", "f(\"" + " " * 6 + "\", ' ');")

    def test_raw_strings_end_at_their_own_tag(self) -> None:
        self.assert_code('x = R"t(a)" b)t"; y', "x = R" + " " * 10 + '"; y')

    def test_digit_separators_open_no_literal(self) -> None:
        self.assert_code("x = 1'000; y = 2'000; // z", "x = 1'000; y = 2'000;     ")

    def test_comments_are_kept_apart(self) -> None:
        self.assertEqual(lexing.split('a "//no" // yes\n', "cxx")[1], " " * 9 + "// yes\n")

    def test_python_strings_hold_no_comments(self) -> None:
        self.assert_code("a = '# b'  # c\n", "a = '   '     \n", "python")

    def test_a_hash_inside_a_shell_word_is_no_comment(self) -> None:
        self.assert_code('n=$#; f "# x" # y\n', 'n=$#; f "   "    \n', "shell")


class Files(PlantedTree):
    """Which files the tools look at, with and without git."""

    def test_without_git_build_folders_are_left_out(self) -> None:
        for path in ("a.cc", "build/b.cc", "src/build/c.cc", "x/__pycache__/d.pyc"):
            self.plant(path, "")
        self.assertEqual(list(Repo(self.root).files), ["a.cc", "src/build/c.cc"])

    def test_in_a_checkout_git_decides(self) -> None:
        for path in ("tracked.cc", "ignored.cc"):
            self.plant(path, "")
        self.plant(".gitignore", "ignored.cc\n")
        self.commit_all()
        self.plant("untracked.cc", "")
        self.assertEqual(list(Repo(self.root).files), [".gitignore", "tracked.cc", "untracked.cc"])

    def test_changed_files_are_edited_or_new_ones(self) -> None:
        for path in ("same.cc", "edited.cc", "gone.cc"):
            self.plant(path, "")
        self.commit_all()
        self.plant("edited.cc", "int a;\n")
        self.plant("new.cc", "")
        (self.root / "gone.cc").unlink()
        self.assertEqual(changed_files(self.root, "HEAD"), {"edited.cc", "new.cc"})

    def test_changed_files_of_an_unknown_base_are_an_error(self) -> None:
        self.plant("a.cc", "")
        self.commit_all()
        with self.assertRaisesRegex(ToolProblem, "git diff failed"):
            changed_files(self.root, "no-such-revision")

    def test_the_shebang_names_the_language(self) -> None:
        self.plant("dev", "#!/usr/bin/env python3\n")
        self.plant("run", "#!/bin/sh\n")
        repo = Repo(self.root)
        self.assertEqual([repo.files["dev"].kind, repo.files["run"].kind], ["python", "shell"])


class Includes(PlantedTree):
    """The include graph follows project includes through the include roots, in order."""

    def test_reach_follows_includes_of_includes(self) -> None:
        self.plant("src/a/a.cc", '#include "a/a.h"\n#include <vector>\n')
        self.plant("src/a/a.h", '#include "b/b.h"\n')
        self.plant("src/b/b.h", '#include "a/a.h"\n')
        self.plant("src/c/c.h", "")
        self.assertEqual(Repo(self.root).reach("src/a/a.cc"),
                         {"src/a/a.cc", "src/a/a.h", "src/b/b.h"})

    def test_the_first_root_that_has_the_file_wins(self) -> None:
        self.plant("include/x.h", "")
        self.plant("src/x.h", "")
        self.assertEqual(Repo(self.root).resolve("x.h"), "include/x.h")

    def test_includes_in_comments_and_strings_do_not_count(self) -> None:
        self.plant("a.cc", '// #include "x.h"\nauto s = R"(\n#include "y.h"\n)";\n')
        self.assertEqual(Repo(self.root).files["a.cc"].includes, ())


if __name__ == "__main__":
    unittest.main()
