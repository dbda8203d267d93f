# SPDX-License-Identifier: Apache-2.0
# shellcheck shell=sh
# Configures and builds CMake presets. A preset's stamp is written after a configure succeeded and
# removed before one starts, so that a failed or interrupted configure is never taken for done.

presets='dev release asan tsan clang fuzz'

help_build() {
  cat <<'TEXT'
usage: ./dev build [PRESET] [TARGET...]

Configures (only when needed) and builds into build/PRESET. Without a target it builds everything.
The whole output is in build/PRESET/log/; a failure ends with the line that matters.

  dev      quick to build, all checks on (the default)
  release  optimised; the program is build/release/bin/cairn
  asan     address and undefined-behaviour sanitizers
  tsan     thread sanitizer
  clang    clang-19
  fuzz     clang-19 with libFuzzer

CAIRN_JOBS sets how many compilers run at once (default: one for each processor).

example: ./dev build release cairn
TEXT
}

verb_build() {
  build_take_preset build "${1:-dev}"
  [ $# -eq 0 ] || shift
  build_setup "$preset"
  build_preset "$preset" "$@"
}

# build_take_preset VERB WORD: sets `preset`, or ends the program with a suggestion.
build_take_preset() {
  preset=$2
  is_one_of "$preset" "$presets" ||
    refuse "$1: unknown preset '$preset': did you mean '$(nearest "$preset" "$presets")'?" \
      "($presets)"
}

build_setup() {
  case $1 in
    clang | fuzz) setup_ensure build check ;;
    *) setup_ensure build ;;
  esac
}

# build_preset PRESET [TARGET...]: configures and builds; the set-up has been done.
build_preset() {
  build_name=$1
  shift
  build_dir=build/$build_name
  mkdir -p "$build_dir/log" 2>/dev/null ||
    die "cannot write in $root/$build_dir: is it read-only?"
  build_space "$build_dir"
  build_lock "$build_dir"
  build_status=0
  build_configure && build_targets "$@" || build_status=1
  exec 9>&-
  return "$build_status"
}

# build_space DIR: a build that dies of a full disk leaves half-written files; refuse before.
build_space() {
  build_free=$(df -Pk "$1" 2>/dev/null | awk 'NR == 2 { print int($4 / 1024) }')
  [ "${build_free:-999999}" -ge 2048 ] ||
    die "only $build_free MiB are free on the disk of $root/$1 and a build needs 2048 MiB:" \
      'free some (./dev clean --all) and try again'
}

# build_lock DIR: two builds in one folder would spoil each other; the second one waits.
build_lock() {
  exec 9>"$1/.lock"
  flock -n 9 && return 0
  say "build: another ./dev builds in $1; waiting for it"
  flock 9
}

build_configure_key() {
  echo "$(cksum <CMakePresets.json | tr -d ' ')-${setup_gcc:-}-${setup_cmake:-}"
}

build_configure() {
  [ -r CMakePresets.json ] || die "no CMakePresets.json in $root: this is not a whole checkout"
  build_stamp=$build_dir/.configured
  build_known=''
  [ ! -r "$build_stamp" ] || read -r build_known <"$build_stamp"
  build_key=$(build_configure_key)
  if [ "$build_known" = "$build_key" ] && [ -e "$build_dir/build.ninja" ]; then
    return 0
  fi
  rm -f "$build_stamp"
  build_started=$(now_ms)
  if ! job "$build_dir/log/configure.log" cmake --preset "$build_name" --fresh; then
    build_explain configure "$build_dir/log/configure.log"
    return 1
  fi
  echo "$build_key" >"$build_stamp"
  say "configure $build_name: $(seconds_since "$build_started")"
}

build_targets() {
  build_started=$(now_ms)
  build_log=$build_dir/log/build.log
  [ $# -eq 0 ] || set -- --target "$@"
  if ! job "$build_log" cmake --build --preset "$build_name" -j "${CAIRN_JOBS:-$(nproc)}" "$@"; then
    build_explain build "$build_log"
    return 1
  fi
  build_steps=$(grep -c '^\[[1-9][0-9]*/[0-9]*\]' "$build_log")
  [ "$build_steps" -eq 0 ] || say "build $build_name: $build_steps $(plural "$build_steps" step)" \
    "in $(seconds_since "$build_started")"
}

# build_explain PHASE LOG: prints the first error's block, then, last, the one line that matters.
build_explain() {
  build_block "$2"
  build_line=$(build_matter "$2")
  say "log: $2"
  complain "$1 of $build_name failed: ${build_line:-see $2}"
}

# build_block LOG: what the first failed step (or the first CMake error) said, at most 30 lines.
build_block() {
  awk '
    /^FAILED: / && !found { found = 1; print; getline; next }
    /^CMake Error/ && !found { found = 1 }
    found && /^(\[[0-9]+\/[0-9]+\]|ninja: build stopped|FAILED: )/ { exit }
    found && shown++ < 30 { print substr($0, 1, 240) }
    shown == 31 { print "..."; exit }
  ' "$1"
}

# build_matter LOG: the line a reader would look for. A full disk explains every other error.
build_matter() {
  grep -m 1 'No space left on device' "$1" && return
  ROOT="$root/" awk '
    function plain(text) {
      while ((at = index(text, ENVIRON["ROOT"])) > 0)
        text = substr(text, 1, at - 1) substr(text, at + length(ENVIRON["ROOT"]))
      return substr(text, 1, 300)
    }
    where != "" && NF == 0 && text == "" { next }
    where != "" && NF == 0 { print plain(where ": " text); found = 1; exit }
    where != "" { gsub(/^ +/, ""); text = text (text == "" ? "" : " ") $0; next }
    /^CMake Error at / { where = $4; sub(/:$/, "", where); next }
    /^CMake Error: / { print plain(substr($0, 14)); found = 1; exit }
    /^FAILED: / { step = $2; next }
    /(^|[ :])(fatal )?error: / || /undefined reference to/ || /multiple definition of/ {
      text = plain($0)
      print text (text ~ /^\// && step != "" ? " (in " step ")" : ""); found = 1; exit
    }
    /^ninja: (error|fatal)/ { last = $0 }
    NF && !/^ninja: build stopped/ && last == "" { other = $0 }
    END {
      if (found) exit
      if (where != "" && text != "") print plain(where ": " text)
      else if (last != "") print plain(last)
      else if (other != "") print plain(other)
    }
  ' "$1"
}
