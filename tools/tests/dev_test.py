# SPDX-License-Identifier: Apache-2.0
"""`./dev` as its users meet it: run as a program, in a temporary copy, around a tiny CMake project.

What it must survive (a missing package, no network, a full disk) is played by programs of the same
names that come first in the PATH.
"""

import os
import re
import shutil
import signal
import subprocess
import tempfile
import time
import unittest
from pathlib import Path

HOME = Path(__file__).resolve().parent.parent.parent
VERBS = ("setup", "build", "test", "check", "fix", "bench", "sim", "demo", "doc", "clean")
NOBODY = 65534

PRESETS = """{
  "version": 6,
  "configurePresets": [
    {"name": "dev", "generator": "Ninja", "binaryDir": "${sourceDir}/build/dev"}
  ],
  "buildPresets": [{"name": "dev", "configurePreset": "dev"}],
  "testPresets": [{"name": "dev", "configurePreset": "dev"}]
}
"""
PROJECT = "cmake_minimum_required(VERSION 3.25)\nproject(tiny LANGUAGES NONE)\nenable_testing()\n"
ONE_TEST = 'add_test(NAME Stone.Rests COMMAND true)\n'


class DevTest(unittest.TestCase):
    def setUp(self):
        self.folder = Path(tempfile.mkdtemp(prefix="cairn-dev-test-"))
        self.addCleanup(shutil.rmtree, self.folder)
        self.root = self.folder / "a checkout"
        self.fakes = self.folder / "fakes"
        self.fakes.mkdir()
        shutil.copytree(HOME / "tools" / "dev", self.root / "tools" / "dev")
        shutil.copy2(HOME / "dev", self.root / "dev")
        (self.root / "CMakePresets.json").write_text(PRESETS)
        self.project(ONE_TEST)

    def project(self, text: str) -> None:
        (self.root / "CMakeLists.txt").write_text(PROJECT + text)

    def fake(self, name: str, script: str) -> None:
        path = self.fakes / name
        path.write_text(f"#!/bin/sh\n{script}\n")
        path.chmod(0o755)

    def environment(self, **more: str) -> dict[str, str]:
        path = f"{self.fakes}:{os.environ['PATH']}"
        kept = {name: os.environ[name] for name in ("HOME", "TMPDIR") if name in os.environ}
        return {**kept, "PATH": path, **more}

    def dev(self, *arguments: str, program: Path | None = None, cwd: Path | None = None,
            user: int | None = None, **more: str) -> subprocess.CompletedProcess:
        return subprocess.run(
            [program or self.root / "dev", *arguments], cwd=cwd or self.folder, user=user,
            env=self.environment(**more), stdin=subprocess.DEVNULL, capture_output=True,
            text=True, timeout=120, check=False)

    def assert_one_line(self, done: subprocess.CompletedProcess, status: int, *words: str) -> None:
        """The run ended with `status` and exactly one line on stderr, which has all the words."""
        self.assertEqual(done.returncode, status, done)
        self.assertRegex(done.stderr, r"\Adev: [^\n]+\n\Z")
        for word in words:
            self.assertIn(word, done.stderr)

    def last_line(self, done: subprocess.CompletedProcess) -> str:
        return done.stdout.rstrip("\n").split("\n")[-1]


class CommandLine(DevTest):
    def test_without_arguments_it_lists_every_verb(self):
        # The bare command and --help print the same list, with all ten verbs.
        for arguments in ((), ("--help",), ("-h",)):
            done = self.dev(*arguments)
            self.assertEqual((done.returncode, done.stderr), (0, ""))
            for verb in VERBS:
                self.assertRegex(done.stdout, rf"(?m)^  {verb} +\S")

    def test_every_verb_explains_itself_with_an_example_and_does_nothing_else(self):
        # --help prints usage and example and leaves no trace in the checkout.
        before = sorted(self.root.rglob("*"))
        for verb in VERBS:
            done = self.dev(verb, "--help")
            self.assertEqual((done.returncode, done.stderr), (0, ""))
            self.assertTrue(done.stdout.startswith(f"usage: ./dev {verb}"), done.stdout)
            self.assertRegex(done.stdout, rf"example: \./dev {verb}")
        self.assertEqual(before, sorted(self.root.rglob("*")))

    def test_an_unknown_verb_is_refused_with_the_nearest_one(self):
        # Typing errors of several kinds lead to the verb that was meant.
        cases = {"tset": "test", "biuld": "build", "dem": "demo", "chekc": "check"}
        for typed, meant in cases.items():
            self.assert_one_line(self.dev(typed), 2, f"'{typed}'", f"'{meant}'")

    def test_a_verb_that_is_shell_code_or_a_pattern_is_only_a_wrong_word(self):
        # Words with special characters are neither run nor matched.
        for typed in ("te*", "; touch x", "build test", "../dev", "-x"):
            self.assert_one_line(self.dev(typed), 2, "unknown verb")
        self.assertFalse((self.root / "x").exists())

    def test_unknown_names_after_a_verb_are_refused(self):
        # Presets, checks, groups and options each have their own message.
        self.assert_one_line(self.dev("build", "relase"), 2, "'release'")
        self.assert_one_line(self.dev("test", "asna"), 2, "'asan'")
        self.assert_one_line(self.dev("check", "--only", "tydi"), 2, "'tidy'")
        self.assert_one_line(self.dev("setup", "most"), 2, "'most'")
        self.assert_one_line(self.dev("clean", "--most"), 2, "'--most'")
        self.assert_one_line(self.dev("test", "-R"), 2, "-R")

    def test_it_works_from_any_folder_and_through_a_symbolic_link(self):
        # A link elsewhere finds the checkout it belongs to.
        link = self.folder / "front-door"
        link.symlink_to(self.root / "dev")
        done = self.dev("test", program=link, cwd=Path("/"))
        self.assertEqual(self.last_line(done), "1 passed, 0 failed", done)

    def test_every_check_has_a_name_and_a_description(self):
        # --list names them without running any.
        done = self.dev("check", "--list")
        self.assertEqual(done.returncode, 0)
        for name in ("layering", "tidy", "format", "shell", "headers", "clang", "lint", "asan",
                     "tsan", "fuzz", "sim", "e2e"):
            self.assertRegex(done.stdout, rf"(?m)^{name} +\S")


class Setup(DevTest):
    def missing(self, *packages: str) -> None:
        """dpkg knows every package but these."""
        cases = "|".join(packages)
        self.fake("dpkg-query", f'for p; do :; done; case $p in {cases}) exit 1;; esac; echo "ii "')

    def setUp(self):
        super().setUp()
        release = self.folder / "os-release"
        release.write_text('ID=debian\nVERSION_ID="12"\n')
        self.debian = {"CAIRN_OS_RELEASE": str(release)}
        self.apt_calls = self.folder / "apt-calls"

    def test_without_root_and_sudo_it_prints_the_one_command_to_run(self):
        # The command names exactly the missing packages, and nothing is installed.
        self.missing("libsodium-dev", "cmake")
        self.fake("id", "echo 1000")
        self.fake("sudo", "exit 1")
        self.fake("apt-get", f"echo called >>{self.apt_calls}")
        done = self.dev("test", **self.debian)
        self.assert_one_line(
            done, 1, "apt-get install -y --no-install-recommends cmake libsodium-dev\n")
        self.assertRegex(done.stdout, r"(?m)^  libsodium-dev +\S.* signatures$")
        self.assertFalse(self.apt_calls.exists())

    def test_as_root_it_installs_only_what_is_missing_and_says_why_once(self):
        # The fake apt-get records its arguments; a second run does not call it again.
        self.missing("libxxhash-dev")
        self.fake("id", "echo 0")
        self.fake("apt-get", f'echo "$@" >>{self.apt_calls}')
        done = self.dev("setup", **self.debian)
        self.assertEqual(done.returncode, 0, done)
        self.assertEqual(done.stdout.count("checksums"), 1)
        self.assertNotIn("libsodium-dev", done.stdout)
        calls = self.apt_calls.read_text()
        self.assertRegex(calls, r"install -y --no-install-recommends libxxhash-dev\n\Z")
        again = self.dev("test", **self.debian)
        self.assertEqual((again.returncode, calls), (0, self.apt_calls.read_text()), again)
        self.assertNotIn("setup:", again.stdout)
        # Asked for by its name, it looks again.
        self.assertIn("checksums", self.dev("setup", **self.debian).stdout)

    def test_sudo_without_a_password_is_used(self):
        # The fake sudo records what it was asked to run.
        self.missing("libxxhash-dev")
        self.fake("id", "echo 1000")
        self.fake("sudo", f'echo "$@" >>{self.apt_calls}')
        self.assertEqual(self.dev("setup", **self.debian).returncode, 0)
        self.assertRegex(self.apt_calls.read_text(), r"apt-get .*install .*libxxhash-dev")

    def test_without_a_network_it_says_so_and_remembers_nothing(self):
        # apt-get fails as it does when no name can be resolved; the next run tries again.
        self.missing("libxxhash-dev")
        self.fake("id", "echo 0")
        self.fake("apt-get", f"echo x >>{self.apt_calls}\n"
                  'echo "E: Failed to fetch http://x/y.deb  Temporary failure resolving x"\n'
                  "exit 100")
        for _ in range(2):
            self.apt_calls.unlink(missing_ok=True)
            self.assert_one_line(self.dev("test", **self.debian), 1, "network", "Failed to fetch")
            self.assertTrue(self.apt_calls.exists())
        self.assertFalse((self.root / "build" / "dev").exists())

    def test_another_failure_of_apt_is_passed_on(self):
        # Not every failure is the network's.
        self.missing("libxxhash-dev")
        self.fake("id", "echo 0")
        self.fake("apt-get", 'echo "E: You don\'t have enough free space in /var/cache."\nexit 100')
        self.assert_one_line(self.dev("test", **self.debian), 1, "enough free space")

    def test_on_another_system_it_names_what_is_needed_and_installs_nothing(self):
        # A fake compiler finds no header, so every header is named with its package.
        release = self.folder / "os-release"
        release.write_text("ID=other\nVERSION_ID=3\n")
        self.fake("g++", 'case $* in *-E*) exit 1;; esac; echo 13.1.0')
        self.fake("apt-get", f"echo called >>{self.apt_calls}")
        done = self.dev("build", **self.debian)
        self.assert_one_line(done, 1, "not Debian 12", "libsodium-dev (sodium.h)")
        self.assertNotIn("cmake", done.stderr)
        self.assertFalse(self.apt_calls.exists())

    def test_a_compiler_that_is_too_old_is_named_with_its_version(self):
        # Also when the set-up was done before and only the PATH has changed.
        self.assertEqual(self.dev("build").returncode, 0)
        self.fake("g++", "echo 11.4.0")
        self.assert_one_line(self.dev("build"), 1, "g++ 11.4.0", "12.2")

    def test_a_cmake_that_is_too_old_is_named_with_its_version(self):
        # 3.9 is older than 3.25 although it sorts after it.
        self.fake("cmake", "echo cmake version 3.9.6")
        self.assert_one_line(self.dev("build"), 1, "cmake 3.9.6", "3.25")

    def test_a_missing_tool_is_named(self):
        # A PATH without ninja although its package is installed.
        for tool in ("/usr/bin", "/bin"):
            for path in Path(tool).iterdir():
                if path.name not in ("ninja", "apt-get") and not (self.fakes / path.name).exists():
                    (self.fakes / path.name).symlink_to(path)
        self.assert_one_line(self.dev("build", PATH=str(self.fakes)), 1, "ninja is missing")

    def test_a_folder_that_cannot_be_written_is_refused_at_once(self):
        # As another user than the owner of the checkout; root is never refused by permissions.
        self.folder.chmod(0o755)
        if os.geteuid() == 0:
            done = self.dev("test", user=NOBODY)
        else:
            self.root.chmod(0o555)
            self.addCleanup(self.root.chmod, 0o755)
            done = self.dev("test")
        self.assert_one_line(done, 1, "cannot write", str(self.root))


class Build(DevTest):
    def test_a_full_disk_is_refused_before_anything_is_written(self):
        # A fake df tells of 100 MiB.
        self.fake("df", "echo head\necho /dev/x 1000000 897600 102400 90% /")
        self.assert_one_line(self.dev("build"), 1, "100 MiB", "2048 MiB")
        self.assertFalse((self.root / "build" / "dev" / "CMakeCache.txt").exists())

    def test_a_failing_compiler_ends_with_its_first_error(self):
        # Two errors and much talk; the block shows the first step only, the end its first error.
        (self.root / "compile").write_text(
            "echo noise from the build system\n"
            f"echo '{self.root}/a.cc:3:5: error: no member named stone'\n"
            "echo '    3 | stone();'\n"
            "echo 'a.cc:9:1: error: expected brace'\nexit 1\n")
        self.project("add_custom_target(a ALL COMMAND sh ${CMAKE_SOURCE_DIR}/compile)\n")
        done = self.dev("build")
        self.assert_one_line(done, 1, "failed: a.cc:3:5: error: no member named stone\n")
        self.assertIn("3 | stone();", done.stdout)
        self.assertIn("build/dev/log/build.log", done.stdout)

    def test_an_error_in_a_header_of_the_system_is_told_with_the_file_it_came_from(self):
        # The place of the error alone would not say where to look.
        (self.root / "compile").write_text("echo '/usr/include/x.h:1:2: error: overlap'\nexit 1\n")
        self.project("add_custom_command(OUTPUT a.o COMMAND sh ${CMAKE_SOURCE_DIR}/compile)\n"
                     "add_custom_target(a ALL DEPENDS a.o)\n")
        self.assert_one_line(
            self.dev("build"), 1, "/usr/include/x.h:1:2: error: overlap (in a.o)\n")

    def test_a_disk_that_fills_during_the_build_is_the_line_that_matters(self):
        # The error of the full disk comes after another one.
        (self.root / "compile").write_text(
            "echo 'a.cc:1:1: error: x'\necho 'as: a.o: No space left on device'\nexit 1\n")
        self.project("add_custom_target(a ALL COMMAND sh ${CMAKE_SOURCE_DIR}/compile)\n")
        self.assert_one_line(self.dev("build"), 1, "failed: as: a.o: No space left on device\n")

    def test_a_failed_configure_ends_with_its_place_and_is_not_taken_for_done(self):
        # The same command fails the same way again, and works once the cause is gone.
        message = "The stone that all others rest on is missing, and so is the one resting on it."
        self.project(f'message(FATAL_ERROR "{message}")\n')
        for _ in range(2):
            done = self.dev("build")
            self.assert_one_line(done, 1, f"failed: CMakeLists.txt:4: {message}\n")
        self.project(ONE_TEST)
        self.assertEqual(self.dev("build").returncode, 0)

    def test_a_failed_configure_of_a_built_preset_is_not_taken_for_done(self):
        # There is a build.ninja from before; both runs after the change must configure.
        self.assertEqual(self.dev("build").returncode, 0)
        (self.root / "CMakePresets.json").write_text(PRESETS + "\n")
        self.project('message(FATAL_ERROR "No stone.")\n')
        for _ in range(2):
            self.assert_one_line(self.dev("build"), 1, "configure of dev failed")

    def test_a_second_build_does_not_configure_again_and_is_quick(self):
        # Nothing to do: silence, well below a second.
        self.assertIn("configure dev", self.dev("build").stdout)
        started = time.monotonic()
        done = self.dev("build")
        self.assertEqual((done.returncode, done.stdout), (0, ""))
        self.assertLess(time.monotonic() - started, 1.0)

    def test_changed_presets_configure_again(self):
        # Ninja does not watch the presets; the front door does.
        self.dev("build")
        (self.root / "CMakePresets.json").write_text(PRESETS + "\n")
        self.assertIn("configure dev", self.dev("build").stdout)

    def test_an_interrupt_stops_everything_it_started(self):
        # The build step writes its process number into a pipe and would run for a minute; it is
        # asked to end, not killed, so that it can tidy up.
        number, ended = self.folder / "number", self.folder / "ended"
        os.mkfifo(number)
        (self.root / "step").write_text(
            f"trap 'echo yes >{ended}; exit 1' TERM; echo $$ >{number}; sleep 60 & wait\n")
        self.project("add_custom_target(a ALL COMMAND sh ${CMAKE_SOURCE_DIR}/step)\n")
        with subprocess.Popen([self.root / "dev", "build"], env=self.environment(),
                              stdin=subprocess.DEVNULL, stdout=subprocess.PIPE,
                              stderr=subprocess.PIPE, text=True) as running:
            process = int(number.read_text())
            running.send_signal(signal.SIGTERM)
            _, said = running.communicate(timeout=30)
        self.assertEqual((running.returncode, said), (143, "dev: interrupted\n"))
        self.assertFalse(is_alive(process))
        self.assertTrue(ended.exists())


def is_alive(process: int) -> bool:
    try:
        state = Path(f"/proc/{process}/stat").read_text().rpartition(")")[2].split()[0]
    except OSError:
        return False
    return state != "Z"


class Test(DevTest):
    MIXED = (
        'add_test(NAME Good COMMAND true)\n'
        'add_test(NAME Better COMMAND true)\n'
        'add_test(NAME Skipped COMMAND sh -c "exit 77")\n'
        'set_tests_properties(Skipped PROPERTIES SKIP_RETURN_CODE 77)\n')

    def test_the_last_line_counts_what_ctest_ran(self):
        # Two that pass and one that skips itself.
        self.project(self.MIXED)
        done = self.dev("test")
        self.assertEqual((done.returncode, done.stderr), (0, ""), done)
        self.assertEqual(self.last_line(done), "2 passed, 0 failed, 1 skipped")
        self.assertIn("skipped: Skipped\n", done.stdout)

    def test_tests_learn_that_they_are_all_required(self):
        # A test that would skip itself fails when continuous integration asks for all.
        self.project(
            'add_test(NAME Choosy COMMAND sh -c "test \\"$CAIRN_REQUIRE_ALL\\" = 1 || exit 77")\n'
            "set_tests_properties(Choosy PROPERTIES SKIP_RETURN_CODE 77)\n"
            "add_test(NAME Good COMMAND true)\n")
        self.assertEqual(self.last_line(self.dev("test")), "1 passed, 0 failed, 1 skipped")
        done = self.dev("test", CAIRN_REQUIRE_ALL="1")
        self.assertEqual(self.last_line(done), "2 passed, 0 failed")

    def test_a_failed_test_ends_the_run_with_its_name_and_the_line_that_matters(self):
        # The output has the form of a GoogleTest failure among other lines.
        (self.root / "failing").write_text(
            f"echo hello; echo '{self.root}/src/ring_test.cc:12: Failure'\n"
            "echo 'Expected equality of these values:'; echo '  1'; echo '  2'\nexit 1\n")
        self.project(
            self.MIXED + "add_test(NAME Ring.Keeps COMMAND sh ${CMAKE_SOURCE_DIR}/failing)\n")
        done = self.dev("test")
        self.assert_one_line(
            done, 1, "Ring.Keeps: src/ring_test.cc:12: Failure: Expected equality")
        self.assertEqual(self.last_line(done), "2 passed, 1 failed, 1 skipped")
        self.assertRegex(done.stdout, r"failed:\n  Ring\.Keeps\n")

    def test_a_test_whose_program_is_missing_has_failed(self):
        # ctest calls it not run; that is not a skip.
        self.project(self.MIXED + "add_test(NAME Lost COMMAND /nonexistent/program)\n")
        done = self.dev("test")
        self.assert_one_line(done, 1, "Lost")
        self.assertEqual(self.last_line(done), "2 passed, 1 failed, 1 skipped")

    def test_a_name_with_special_characters_is_told_as_it_is(self):
        # The result file has it in XML.
        self.project('add_test(NAME "Odd.<T>&1" COMMAND false)\n')
        self.assertIn("failed:\n  Odd.<T>&1\n", self.dev("test").stdout)

    def test_no_test_at_all_is_a_failure(self):
        # Neither an empty project nor an expression that matches nothing may look like success.
        self.project("")
        self.assertEqual(self.dev("test").returncode, 1)
        self.project(ONE_TEST)
        self.assert_one_line(self.dev("test", "-R", "Absent"), 1, "No tests were found")

    def test_an_expression_selects_tests(self):
        # One of the three is left.
        self.project(self.MIXED)
        self.assertEqual(self.last_line(self.dev("test", "-R", "^Good$")), "1 passed, 0 failed")

    def test_a_ctest_that_fails_without_a_failed_test_is_believed(self):
        # The result file says all is well, the exit status does not.
        self.fake("ctest", 'while [ "$1" != --output-junit ]; do shift; done\n'
                  'echo \'<testcase name="A" classname="A" time="0" status="run">\' >"$2"\n'
                  'echo internal error; exit 8')
        self.assert_one_line(self.dev("test"), 1, "internal error")


class Bench(DevTest):
    def test_no_benchmark_at_all_is_a_failure(self):
        # The target exists and builds nothing.
        (self.root / "CMakePresets.json").write_text(PRESETS.replace("dev", "release"))
        self.project("add_custom_target(bench_all)\n")
        done = self.dev("bench")
        self.assertEqual((done.returncode, done.stdout), (1, ""))
        self.assertIn("dev: bench: no benchmark was built\n", done.stderr)

    def test_its_output_is_only_what_the_benchmarks_print(self):
        # So that --json can be read by a program; a name that does not exist is refused.
        (self.root / "CMakePresets.json").write_text(PRESETS.replace("dev", "release"))
        self.project("add_custom_target(bench_all)\n")
        programs = self.root / "build" / "release" / "bin" / "bench"
        programs.mkdir(parents=True)
        for name in ("disk", "hash"):
            (programs / f"{name}_bench").write_text(f'#!/bin/sh\necho "{name} $*"\n')
            (programs / f"{name}_bench").chmod(0o755)
        self.assertEqual(self.dev("bench", "--json").stdout, "disk --json\nhash --json\n")
        self.assertEqual(self.dev("bench", "hash").stdout, "hash \n")
        self.assert_one_line(self.dev("bench", "hsah"), 2, "'hash'")


class Check(DevTest):
    def test_it_goes_on_after_a_failure_and_counts_both(self):
        # One tool finds something, one passes, one does not exist.
        tools = self.root / "tools"
        (tools / "layering.py").write_text(
            "print('src/a.h:3: src/a may not include src/b')\nraise SystemExit(1)\n")
        (tools / "tidy.py").write_text("print('tidy: fine')\n")
        done = self.dev("check", "--only", "layering", "--only", "tidy")
        self.assertEqual((done.returncode, self.last_line(done)), (1, "1 passed, 1 failed"), done)
        self.assertRegex(
            done.stdout, r"(?m)^layering +FAILED .*src/a\.h:3: src/a may not include src/b$")
        self.assertRegex(done.stdout, r"(?m)^tidy +ok +[0-9.]+ s")

    def test_a_check_that_cannot_run_has_failed(self):
        # The tool is not there.
        done = self.dev("check", "--only", "tidy")
        self.assertEqual((done.returncode, self.last_line(done)), (1, "0 passed, 1 failed"), done)

    def test_lint_looks_at_the_change_or_with_full_at_everything(self):
        # The lint tool prints its arguments and fails, so that they are shown.
        (self.root / "tools" / "lint.py").write_text(
            "import sys\nprint('x:1: arguments', sys.argv[1:])\nraise SystemExit(1)\n")
        release = self.folder / "os-release"
        release.write_text('ID=debian\nVERSION_ID="12"\n')
        self.fake("dpkg-query", 'echo "ii "')
        self.fake("cmake", 'case $1 in --version) echo cmake version 3.25.1 ;; esac')
        for arguments, more, expected in (((), {}, "'--changed', '--base'"), (("--full",), {}, "]"),
                                          ((), {"CI": "true"}, "'--changed', '--base'")):
            done = self.dev("check", "--only", "lint", *arguments,
                            CAIRN_OS_RELEASE=str(release), **more)
            self.assertRegex(done.stdout, r"(?m)^x:1: arguments \['--build', 'build/clang'(, )?"
                             + re.escape(expected))


class Fix(DevTest):
    def test_it_repairs_white_space_but_no_data(self):
        # Ends of lines and of files in text; the same bytes in golden and build folders stay.
        broken = b"one  \n\ttwo\t\n\n\n"
        for name in ("a b.md", "golden/x.txt", "build/y.md", ".git/z.md"):
            (self.root / name).parent.mkdir(exist_ok=True)
            (self.root / name).write_bytes(broken)
        (self.root / "open.txt").write_bytes(b"no newline")
        (self.root / "tools" / "format.py").write_text("print('format: fine')\n")
        release = self.folder / "os-release"
        release.write_text('ID=debian\nVERSION_ID="12"\n')
        self.fake("dpkg-query", 'echo "ii "')
        done = self.dev("fix", CAIRN_OS_RELEASE=str(release))
        self.assertEqual(done.returncode, 0, done)
        self.assertEqual(done.stdout, "fix: white space repaired in 2 files\nformat: fine\n")
        self.assertEqual((self.root / "a b.md").read_bytes(), b"one\n\ttwo\n")
        self.assertEqual((self.root / "open.txt").read_bytes(), b"no newline\n")
        for name in ("golden/x.txt", "build/y.md", ".git/z.md"):
            self.assertEqual((self.root / name).read_bytes(), broken)


class Clean(DevTest):
    def test_it_removes_what_was_built_and_nothing_else(self):
        # After a build, clean leaves the sources; --all leaves only the sources.
        before = sorted(self.root.rglob("*"))
        self.dev("build")
        self.assertEqual(self.dev("clean").stdout, "removed build\n")
        self.assertTrue((self.root / ".dev").exists())
        self.assertEqual(self.dev("clean", "--all").returncode, 0)
        self.assertEqual(before, sorted(self.root.rglob("*")))


class ContinuousIntegration(DevTest):
    def run_ci(self, dev: str, setup: str = "exit 0") -> subprocess.CompletedProcess:
        shutil.copytree(HOME / ".ci", self.root / ".ci")
        (self.root / "dev").write_text(f"#!/bin/sh\n[ $1 != setup ] || {setup}\n{dev}")
        return subprocess.run(["bash", ".ci/run"], cwd=self.root, env=self.environment(),
                              stdin=subprocess.DEVNULL, capture_output=True, text=True,
                              timeout=60, check=False)

    def test_it_sums_up_tests_and_checks(self):
        # A stand-in for the front door passes, and shows that everything is required.
        done = self.run_ci('[ "$CI$CAIRN_REQUIRE_ALL" = true1 ] && echo "5 passed, 0 failed"\n')
        self.assertEqual((done.returncode, self.last_line(done)), (0, "10 passed, 0 failed"), done)
        self.assertRegex(done.stdout, r"(?m)^test +[0-9]+ s, status 0$")

    def test_it_fails_when_a_phase_fails_and_still_runs_the_other(self):
        # The tests fail, the checks pass.
        done = self.run_ci('[ "$1" = test ] && echo "5 passed, 2 failed" && exit 1\n'
                           'echo "3 passed, 0 failed"\n')
        self.assertEqual((done.returncode, self.last_line(done)), (1, "8 passed, 2 failed"), done)

    def test_it_does_not_go_on_without_the_set_up(self):
        # The set-up fails; a test that would pass must not be reached.
        done = self.run_ci('echo "5 passed, 0 failed"\n', setup="exit 1")
        self.assertEqual((done.returncode, self.last_line(done)), (1, "0 passed, 1 failed"), done)

    def test_a_phase_that_dies_without_counts_is_a_failure(self):
        # Neither a silent death nor a silent success may look good.
        for ending in ("exit 3", "exit 0"):
            with self.subTest(ending):
                done = self.run_ci(
                    f'[ "$1" = check ] && echo "3 passed, 0 failed" && exit\n{ending}\n')
                self.assertEqual(
                    (done.returncode, self.last_line(done)), (1, "3 passed, 1 failed"), done)
            shutil.rmtree(self.root / ".ci")


class Packages(unittest.TestCase):
    def test_every_package_has_a_group_a_probe_and_a_reason(self):
        # The list is data that `setup` reads by column.
        text = (HOME / "tools" / "dev" / "packages.txt").read_text()
        rows = [line.split(maxsplit=3) for line in text.splitlines() if not line.startswith("#")]
        self.assertGreater(len(rows), 10)
        for row in rows:
            self.assertEqual(len(row), 4, row)
            self.assertIn(row[0], ("build", "check", "bench", "bare"))
            self.assertRegex(row[2], r"^(command|header):\S+$")
        pairs = [tuple(row[:2]) for row in rows]
        self.assertEqual(len(pairs), len(set(pairs)))


if __name__ == "__main__":
    unittest.main()
