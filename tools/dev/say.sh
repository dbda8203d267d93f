# SPDX-License-Identifier: Apache-2.0
# shellcheck shell=sh
# How `dev` speaks: plain lines, colours only on a terminal, one `dev: ` line on stderr for trouble.

red='' green='' dim='' off='' live=''
if [ -t 1 ] && [ "${TERM:-dumb}" != dumb ]; then
  live=yes
  if [ -z "${NO_COLOR:-}" ]; then
    red=$(printf '\033[31m') green=$(printf '\033[32m')
    dim=$(printf '\033[2m') off=$(printf '\033[0m')
  fi
fi

say() {
  printf '%s\n' "$*"
}

# complain TEXT...: the one clear line about what went wrong; does not stop.
complain() {
  if [ -t 2 ]; then
    printf '%sdev:%s %s\n' "$red" "$off" "$*" >&2
  else
    printf 'dev: %s\n' "$*" >&2
  fi
}

die() {
  complain "$@"
  exit 1
}

# refuse TEXT...: the command line itself is wrong.
refuse() {
  complain "$@"
  exit 2
}

now_ms() {
  date +%s%3N
}

# seconds_since MS: the time since then, as text such as `12.3 s`.
seconds_since() {
  elapsed=$(($(now_ms) - $1))
  printf '%d.%d s' $((elapsed / 1000)) $((elapsed % 1000 / 100))
}

# plural N NOUN
plural() {
  if [ "$1" -eq 1 ]; then echo "$2"; else echo "${2}s"; fi
}

# is_one_of WORD LIST
is_one_of() {
  case $1 in
    '' | *[!A-Za-z0-9_-]*) return 1 ;;
  esac
  case " $2 " in
    *" $1 "*) return 0 ;;
  esac
  return 1
}

# nearest WORD LIST: the word of the list that takes the fewest edits to reach.
nearest() {
  WORD=$1 LIST=$2 awk 'BEGIN {
    word = tolower(ENVIRON["WORD"]); n = split(ENVIRON["LIST"], list, " "); best = 1e9
    for (k = 1; k <= n; k++) {
      cost = edits(word, list[k])
      if (index(list[k], word) == 1) cost = 0
      if (cost < best) { best = cost; answer = list[k] }
    }
    print answer
  }
  function edits(a, b,    i, j, la, lb, row, old, diagonal, least) {
    la = length(a); lb = length(b)
    for (j = 0; j <= lb; j++) row[j] = j
    for (i = 1; i <= la; i++) {
      diagonal = row[0]; row[0] = i
      for (j = 1; j <= lb; j++) {
        old = row[j]
        least = diagonal + (substr(a, i, 1) != substr(b, j, 1))
        if (row[j] + 1 < least) least = row[j] + 1
        if (row[j - 1] + 1 < least) least = row[j - 1] + 1
        row[j] = least; diagonal = old
      }
    }
    return row[lb]
  }'
}

# version_at_least HAVE WANT
version_at_least() {
  HAVE=$1 WANT=$2 awk 'BEGIN {
    n = split(ENVIRON["WANT"], want, "."); split(ENVIRON["HAVE"], have, ".")
    for (i = 1; i <= n; i++) {
      if (have[i] + 0 > want[i] + 0) exit 0
      if (have[i] + 0 < want[i] + 0) exit 1
    }
  }'
}
