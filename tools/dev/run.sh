# SPDX-License-Identifier: Apache-2.0
# shellcheck shell=sh
# The verbs that build the release preset and run one of its programs in the foreground.

help_bench() {
  cat <<'TEXT'
usage: ./dev bench [NAME] [--json]

Builds the benchmarks with the release preset and runs them, or only the one called NAME, on this
machine. A figure is worth something only beside the raw limit measured in the same run.

  --json   one JSON object for each benchmark

example: ./dev bench disk
TEXT
}

verb_bench() {
  bench_name='' bench_json=''
  for argument in "$@"; do
    case $argument in
      --json) bench_json=--json ;;
      -*) refuse "bench: unknown argument '$argument' (./dev bench --help)" ;;
      *)
        [ -z "$bench_name" ] || refuse 'bench: one name at most'
        bench_name=${argument%_bench}
        ;;
    esac
  done
  setup_ensure build bench >&2
  build_preset release bench_all >&2 || return 1
  bench_known=$(bench_list)
  [ -n "$bench_known" ] || die 'bench: no benchmark was built'
  if [ -n "$bench_name" ]; then
    is_one_of "$bench_name" "$bench_known" ||
      refuse "bench: no benchmark '$bench_name':" \
        "did you mean '$(nearest "$bench_name" "$bench_known")'? ($bench_known)"
    bench_known=$bench_name
  fi
  bench_status=0
  for bench_one in $bench_known; do
    # shellcheck disable=SC2086 # nothing, or --json
    run_program "build/release/bin/bench/${bench_one}_bench" $bench_json || bench_status=1
  done
  return "$bench_status"
}

bench_list() {
  for program in build/release/bin/bench/*_bench; do
    [ -x "$program" ] && basename "$program" _bench
  done | tr '\n' ' ' | sed 's/ $//'
}

help_sim() {
  cat <<'TEXT'
usage: ./dev sim [SEED] [ARGUMENT...]
       ./dev sim --seeds N

Builds the fault simulator with the release preset and runs it. The same seed gives the same run,
byte for byte. Further arguments go to the program: ./dev sim -- --help shows its own.

example: ./dev sim 42
TEXT
}

verb_sim() {
  case ${1:-} in
    '' | -*) ;;
    *[!0-9a-fx]*) refuse "sim: '$1' is not a seed: give a number" ;;
    *)
      sim_seed=$1
      shift
      set -- --seed "$sim_seed" "$@"
      ;;
  esac
  [ "${1:-}" != -- ] || shift
  setup_ensure build >&2
  build_preset release cairn_cli >&2 || return 1
  run_program build/release/bin/cairn sim "$@"
}

help_demo() {
  cat <<'TEXT'
usage: ./dev demo

Does the set-up, builds the release program and shows what Cairn does today, on this machine: a
durable log survives power cuts in simulated worlds, and a planted bug in it is found.

example: ./dev demo
TEXT
}

verb_demo() {
  [ $# -eq 0 ] || refuse "demo: takes no arguments, not '$1'"
  setup_ensure build
  build_preset release cairn_cli || return 1
  demo_steps || return
  say ''
  say 'What to type next:'
  say '  build/release/bin/cairn --help   what the program can do'
  say '  ./dev test                       build and run all tests'
  say "  ./dev bench disk                 what this machine's disk can do at best"
  say '  ./dev --help                     all tasks of this repository'
}

demo_steps() {
  demo_cairn=build/release/bin/cairn
  say ''
  say "This is $("$demo_cairn" --version). There is no engine yet; this is what it will stand on."
  say ''
  say '1. A durable log in 100 simulated worlds. Power fails at random moments; what was not synced'
  say '   is kept, lost or torn, sector by sector. Everything acknowledged must be there afterwards.'
  demo_found=$("$demo_cairn" sim --seeds 100) || {
    printf '%s\n' "$demo_found" | tail -n 1 >&2
    complain 'demo: the simulation found a fault in the log; the line above repeats it'
    return 1
  }
  printf '%s\n' "$demo_found" | demo_sum
  say ''
  say '2. The same log with a planted bug: it acknowledges before the disk has said yes.'
  if demo_found=$("$demo_cairn" sim --seeds 100 --canary=skips-sync); then
    complain 'demo: the simulation did not find the planted bug'
    return 1
  fi
  printf '%s\n' "$demo_found" | tail -n 1 | sed 's/^/   /'
  say ''
  say '3. The same seed twice: the digest covers every decision of the run.'
  for demo_run in first second; do
    printf '   %s run: ' "$demo_run"
    "$demo_cairn" sim --seed 7 | sed -n 's/.* digest //p'
  done
}

# Adds up what the runs report, one line a seed.
demo_sum() {
  awk '$1 == "seed" { for (i = 3; i < NF; i += 2) sum[$i] += $(i + 1) }
    END { printf "   %d power cuts, %d kills, %d entries acknowledged: nothing lost, nothing half there.\n",
          sum["crashes"], sum["kills"], sum["acknowledged"] }'
}

# run_program PROGRAM ARGUMENT...: in the foreground, with the terminal; ^C reaches it directly.
run_program() {
  [ -x "$1" ] || {
    complain "$1 was not built"
    return 1
  }
  "$@"
  run_status=$?
  [ "$run_status" -eq 0 ] || complain "$1 ended with status $run_status"
  return "$run_status"
}
