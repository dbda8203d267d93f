# SPDX-License-Identifier: Apache-2.0
# shellcheck shell=sh
# Every check of the repository by name. A check is a function `check_NAME`; it returns its status
# and leaves the one line that matters in `check_cause` or, when all is well, a remark in
# `check_note`. A check that cannot run has failed.

help_check() {
  cat <<'TEXT'
usage: ./dev check [--full] [--only NAME]... [--list]
       ./dev check --bare [--keep]

Runs the checks one after the other, goes on after a failure, and ends with `N passed, N failed`.
The outputs are in build/check/NAME.log.

  --full       the slow checks too (implied by CI=true), and lint for all files (not under CI: it takes
               longer than everything else together)
  --only NAME  only this check; may be repeated
  --list       name the checks and say what each does
  --bare       prove ./dev test and ./dev demo on a Debian 12 with nothing installed (root only)
  --keep       with --bare: leave the Debian folder behind

Exit status: 0 all passed, 1 something failed, 2 wrong arguments.

example: ./dev check --only layering --only format
TEXT
}

# One line a check: name, package groups it needs, `slow` when only --full runs it, what it does.
check_table() {
  cat <<'TEXT'
layering build      fast every #include follows layers.json
tidy     build      fast house rules: banned calls, lengths, READMEs, doc paths, SPDX lines
format   check      fast clang-format-19 agrees
shell    check      fast shell scripts parse and shellcheck agrees
headers  build      fast every header compiles alone
clang    check      fast clang-19 builds everything without a warning; unit tests pass
lint     check      fast clang-tidy-19 agrees (what changed since upstream, or in the last commit; all with --full)
asan     build      fast unit tests under the address and undefined-behaviour sanitizers
tsan     build      slow tests with threads under the thread sanitizer
fuzz     check      fast every fuzz target runs for a second
sim      build      fast the fault simulator runs 20 seeds
e2e      build      fast the installed library and program serve a stranger's project
TEXT
}

verb_check() {
  check_full='' check_only='' check_bare='' check_keep='' check_lint=changed
  [ "${CI:-}" != true ] || check_full=yes
  check_names=$(check_table | awk '{ printf "%s ", $1 }')
  while [ $# -gt 0 ]; do
    case $1 in
      --full) check_full=yes check_lint=all ;;
      --bare) check_bare=yes ;;
      --keep) check_keep=yes ;;
      --list)
        check_table | awk '{ name = $1; slow = $3; $1 = $2 = $3 = ""; sub(/^ +/, "")
          printf "%-9s %s%s\n", name, $0, slow == "slow" ? " (only with --full)" : "" }'
        return 0
        ;;
      --only)
        [ $# -ge 2 ] || refuse 'check: --only needs the name of a check'
        shift
        is_one_of "$1" "$check_names" ||
          refuse "check: unknown check '$1': did you mean '$(nearest "$1" "$check_names")'?" \
            '(./dev check --list)'
        check_only="$check_only $1"
        ;;
      *) refuse "check: unknown argument '$1' (./dev check --help)" ;;
    esac
    shift
  done
  [ -z "$check_keep" ] || [ -n "$check_bare" ] || refuse 'check: --keep goes with --bare'
  if [ -n "$check_bare" ]; then
    bare_run "$check_keep"
    return
  fi
  check_run
}

# check_selected: the lines of the table that this run is about.
check_selected() {
  FULL=$check_full ONLY="$check_only " check_filter
}

check_filter() {
  check_table | awk '{
    only = ENVIRON["ONLY"]
    if (only != " ") { if (index(only, " " $1 " ")) print }
    else if ($3 == "fast" || ENVIRON["FULL"] == "yes") print
  }'
}

check_run() {
  if check_selected | awk '$2 == "check" { found = 1 } END { exit !found }'; then
    setup_ensure build check
  else
    setup_ensure build
  fi
  mkdir -p build/check
  case $check_lint in
    changed) check_units="--changed --base $(check_base)" ;;
    all) check_units='' ;;
  esac
  check_passed=0 check_failed=''
  check_begun=$(now_ms)
  for check_name in $(check_selected | awk '{ print $1 }'); do
    check_one "$check_name"
  done
  check_failures=$(echo "$check_failed" | wc -w)
  [ "$check_failures" -eq 0 ] ||
    say "failed:$check_failed (again, one alone: ./dev check --only NAME)"
  say "check: $(seconds_since "$check_begun")"
  say "$check_passed passed, $((check_failures)) failed"
  [ "$check_failures" -eq 0 ]
}

# What a change is measured against: the branch it will go to; on that branch itself, the commit before.
check_base() {
  check_upstream=$(git rev-parse --verify --quiet '@{upstream}' 2>/dev/null)
  if [ -n "$check_upstream" ] && [ "$check_upstream" != "$(git rev-parse HEAD)" ]; then
    echo "$check_upstream"
  else
    git rev-parse --verify --quiet 'HEAD^' || echo HEAD
  fi
}

check_one() {
  check_log=build/check/$1.log
  check_cause='' check_note=''
  check_started=$(now_ms)
  if "check_$1"; then
    check_passed=$((check_passed + 1))
    check_line "$1" "${green}ok$off    " "$check_note"
  else
    check_failed="$check_failed $1"
    check_line "$1" "${red}FAILED$off" "${check_cause:-see $check_log}"
  fi
}

check_line() {
  printf '%-9s %s  %8s  %s\n' "$1" "$2" "$(seconds_since "$check_started")" "$3"
}

# check_tool COMMAND...: one of the repository's own tools; its findings are shown as they are.
check_tool() {
  if job "$check_log" "$@"; then
    check_note=$(tail -n 1 "$check_log")
    return 0
  fi
  head -n 40 "$check_log"
  [ "$(wc -l <"$check_log")" -le 40 ] || say "... (log: $check_log)"
  check_cause=$(grep -m 1 -E '^[^ :]+:[0-9]+:' "$check_log" ||
    grep -v '^ *$' "$check_log" | tail -n 1)
  return 1
}

# check_build PRESET [TARGET...]
check_build() {
  build_preset "$@" && return 0
  check_cause=$build_line
  return 1
}

# check_test PRESET [CTEST-OPTION...]
check_test() {
  if test_run "$@"; then
    check_note=$test_counts
    return 0
  fi
  check_cause="${test_first:+$test_first: }$test_matter"
  return 1
}

check_layering() {
  check_tool python3 tools/layering.py
}

check_tidy() {
  check_tool python3 tools/tidy.py
}

check_format() {
  check_tool python3 tools/format.py
}

# The pieces of `dev` share variables, so shellcheck reads them through `dev` (-x -a).
check_shell() {
  # shellcheck disable=SC2046,SC2016 # a list of words; the inner script has its own arguments
  check_tool sh -c 'for script in tools/dev/*.sh "$@"; do sh -n "$script" || exit 1; done
    shellcheck -x -a -s sh "$@"' sh $(check_scripts)
}

check_scripts() {
  echo dev .ci/run
  tree_files -name '*.sh' | grep -v '^\./tools/dev/'
}

check_headers() {
  check_build dev all_verify_interface_header_sets
}

check_clang() {
  check_build clang && check_test clang -L unit
}

# clang-tidy reads the commands of build/clang, which configuring writes.
check_lint() {
  # shellcheck disable=SC2086 # nothing, or options
  check_build clang && check_tool python3 tools/lint.py --build build/clang $check_units
}

check_asan() {
  check_build asan && check_test asan -L unit
}

check_tsan() {
  check_build tsan threads_all && check_test tsan
}

check_fuzz() {
  check_build fuzz fuzz_all && check_test fuzz
}

check_sim() {
  check_build release cairn_cli && check_tool build/release/bin/cairn sim --seeds 20
}

check_e2e() {
  check_build release e2e_all && check_test release -L e2e
}
