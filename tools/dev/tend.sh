# SPDX-License-Identifier: Apache-2.0
# shellcheck shell=sh
# The verbs that look after the tree: fix, doc, clean.

help_fix() {
  cat <<'TEXT'
usage: ./dev fix

Repairs what a tool can repair: formats all C++ files with clang-format-19, and removes white space
at the ends of lines and missing or spare newlines at the ends of files. Then run ./dev check.

example: ./dev fix
TEXT
}

verb_fix() {
  [ $# -eq 0 ] || refuse "fix: takes no arguments, not '$1'"
  setup_ensure build check
  mkdir -p build/check
  fix_count=$(fix_white_space)
  say "fix: white space repaired in $((fix_count)) $(plural "$fix_count" file)"
  check_log=build/check/fix.log
  if ! check_tool python3 tools/format.py --fix; then
    complain "fix failed: $check_cause"
    return 1
  fi
  tail -n 1 "$check_log"
}

# tree_files TEST...: the files of the tree, without what is built, by a test of find.
tree_files() {
  find . \( -path ./build -o -path ./data -o -path ./.dev -o -path ./.git -o -name node_modules \) \
    -prune -o -type f \( "$@" \) -print
}

# fix_white_space: repairs the text files and prints how many it changed. The bytes below golden and
# corpus folders are data.
fix_white_space() {
  tree_files -name '*.cc' -o -name '*.h' -o -name '*.c' -o -name '*.py' -o -name '*.sh' \
    -o -name '*.cmake' -o -name '*.md' -o -name '*.txt' -o -name '*.json' -o -name '*.in' \
    -o -path ./dev -o -path ./.ci/run |
    grep -vE '/(golden|corpus)/' |
    while IFS= read -r file; do
      fix_copy=.dev/fix.tmp
      sed -e 's/[[:blank:]]*$//' "$file" | awk '
        NF == 0 { blank++; next }
        { while (blank > 0) { print ""; blank-- } print }' >"$fix_copy"
      if ! cmp -s "$fix_copy" "$file"; then
        cat "$fix_copy" >"$file"
        echo "$file"
      fi
      rm -f "$fix_copy"
    done | wc -l
}

help_doc() {
  cat <<'TEXT'
usage: ./dev doc

Checks that every path the documents name exists, then lists the documents.

example: ./dev doc
TEXT
}

verb_doc() {
  [ $# -eq 0 ] || refuse "doc: takes no arguments, not '$1'"
  setup_ensure build
  mkdir -p build/check
  check_log=build/check/doc.log
  if ! check_tool python3 tools/tidy.py --only doc-path; then
    complain "doc failed: $check_cause"
    return 1
  fi
  say 'The documents:'
  tree_files -name '*.md' | sort | while IFS= read -r file; do
    printf '  %-36s %s\n' "${file#./}" "$(sed -n '/^# /{s/^# //p;q}' "$file")"
  done
}

help_clean() {
  cat <<'TEXT'
usage: ./dev clean [--all]

Removes what was built (the folder build). With --all also what set-up remembers and the cached
Debian of check --bare (the folder .dev). Sources and data are never touched.

example: ./dev clean
TEXT
}

verb_clean() {
  case ${1:-} in
    '') set -- build ;;
    --all) set -- build .dev ;;
    *) refuse "clean: unknown argument '$1' (./dev clean --help)" ;;
  esac
  for folder in "$@"; do
    [ -e "$folder" ] || continue
    rm -rf -- "${root:?}/$folder" || die "cannot remove $root/$folder completely"
    say "removed $folder"
  done
}
