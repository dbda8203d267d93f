# SPDX-License-Identifier: Apache-2.0
# shellcheck shell=sh
# Runs ctest on a built preset and tells what it really did: the counts come from the result file
# that ctest writes, never from anything said before.

help_test() {
  cat <<'TEXT'
usage: ./dev test [PRESET] [-R REGEX] [-L LABEL]

Does the set-up, builds the preset (default: dev) and runs its tests, or only those whose name
matches REGEX or whose label matches LABEL. The last line of a good run is `N passed, 0 failed`,
followed by `, N skipped` if tests were skipped. A bad run ends with the names of the failed tests
and the line that matters.

Tests that need something of the machine skip themselves where it is missing; they are named. With
CAIRN_REQUIRE_ALL=1 in the environment the tests that must run everywhere fail instead.

example: ./dev test asan -R Ring
TEXT
}

verb_test() {
  test_preset=dev
  case ${1:-} in
    '' | -*) ;;
    *)
      build_take_preset test "$1"
      test_preset=$preset
      shift
      ;;
  esac
  test_check_options "$@"
  build_setup "$test_preset"
  build_preset "$test_preset" || return 1
  test_run "$test_preset" "$@" || return 1
  test_list | sed -n 's/^skipped /skipped: /p'
  say "test $test_preset: $test_time"
  say "$test_counts"
}

test_check_options() {
  while [ $# -gt 0 ]; do
    case $1 in
      -R | -L)
        [ $# -ge 2 ] || refuse "test: $1 needs a regular expression"
        shift 2
        ;;
      *) refuse "test: unknown argument '$1' (./dev test --help)" ;;
    esac
  done
}

# test_run PRESET [CTEST-OPTION...]: says nothing when all is well; after a failure it ends with
# the line that matters. Leaves `test_counts`, `test_first` and `test_matter` behind.
test_run() {
  test_of=$1
  shift
  test_log=build/$test_of/log/test.log
  test_results=$root/build/$test_of/log/test.xml
  rm -f "$test_results"
  test_started=$(now_ms)
  job "$test_log" ctest --preset "$test_of" -j "${CAIRN_JOBS:-$(nproc)}" --output-on-failure \
    --no-tests=error --output-junit "$test_results" "$@"
  test_status=$?
  test_count
  test_time=$(seconds_since "$test_started")
  if [ "$test_status" -eq 0 ] && [ "$test_failed" -eq 0 ] && [ "$test_passed" -gt 0 ]; then
    return 0
  fi
  test_explain
  return 1
}

# test_count: reads ctest's result file. A test that did not run is skipped only when the test
# itself said so; one whose program is missing has failed.
test_count() {
  test_passed=0 test_failed=0 test_skipped=0 test_failed_names='' test_counts=''
  [ -r "$test_results" ] || return 0
  # shellcheck disable=SC2046 # three numbers
  set -- $(for test_state in passed failed skipped; do test_list | grep -c "^$test_state "; done)
  test_passed=$1 test_failed=$2 test_skipped=$3
  test_failed_names=$(test_list | sed -n 's/^failed //p')
  test_counts="$test_passed passed, $test_failed failed"
  [ "$test_skipped" -eq 0 ] || test_counts="$test_counts, $test_skipped skipped"
}

# test_list: one line for each test of the result file: passed, failed or skipped, and its name.
test_list() {
  awk '
    function attribute(name,    at, text) {
      at = index($0, " " name "=\"")
      text = substr($0, at + length(name) + 3)
      return substr(text, 1, index(text, "\"") - 1)
    }
    function flush() { if (test != "") print state, test; test = "" }
    /^[ \t]*<testcase / {
      flush()
      test = attribute("name"); status = attribute("status")
      gsub(/&lt;/, "<", test); gsub(/&gt;/, ">", test)
      gsub(/&quot;/, "\"", test); gsub(/&amp;/, "\\&", test)
      state = status == "run" ? "passed" : "failed"
    }
    /^[ \t]*<skipped message="SKIP_/ { state = "skipped" }
    END { flush() }
  ' "$test_results"
}

test_explain() {
  test_block
  if [ -n "$test_failed_names" ]; then
    say 'failed:'
    say "$test_failed_names" | sed 's/^/  /'
  fi
  say "log: $test_log"
  [ -z "$test_counts" ] || say "$test_counts"
  test_matter=$(test_line)
  [ -n "$test_matter" ] ||
    test_matter=$(grep -vE '^ *$|^(Errors while running|Output from these)' "$test_log" | tail -n 1)
  test_first=$(say "$test_failed_names" | head -n 1)
  complain "test of $test_of failed: ${test_first:+$test_first: }${test_matter:-see $test_log}"
}

# test_block: what the failed tests wrote, at most 60 lines.
test_block() {
  test_output | awk 'NR <= 60 { print substr($0, 1, 240) } NR == 61 { print "..."; exit }'
}

# test_output: of ctest's log, the output that follows each line of a failed test.
test_output() {
  awk '
    /^ *[0-9]+\/[0-9]+ Test +#[0-9]+: / { on = /\*\*\*/ && !/\*\*\*Skipped/; if (on) print; next }
    /^ +Start +[0-9]+: / { next }
    /^[0-9]+% tests passed, / { exit }
    on
  ' "$test_log"
}

# test_line: the first line that looks like a cause, else the last line the failed test wrote.
test_line() {
  test_output | ROOT="$root/" awk '
    function done(text,    at) {
      while ((at = index(text, ENVIRON["ROOT"])) > 0)
        text = substr(text, 1, at - 1) substr(text, at + length(ENVIRON["ROOT"]))
      print substr(text, 1, 300); found = 1; exit
    }
    joined && NF && !/^\[/ && lines < 3 {
      gsub(/^ +/, ""); text = text (lines++ ? " " : ": ") $0; next
    }
    joined { done(text) }
    /: Failure$/ { joined = 1; text = $0; next }
    /(ERROR|WARNING): [A-Za-z]*(Sanitizer|Fuzzer)|runtime error: / { done($0) }
    /^[A-Za-z]*(Error|Exception): |[Cc]heck failed|^[^ :]+:[0-9]+(:[0-9]+)?: |error: / { done($0) }
    /Test +#[0-9]+: / { state = $0; sub(/^.*\*\*\*/, "", state); next }
    NF { last = $0 }
    END {
      if (found) exit
      if (joined) done(text)
      if (last != "") done(last)
      if (state != "") done(state)
    }
  '
}
