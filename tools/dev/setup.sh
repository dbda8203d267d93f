# SPDX-License-Identifier: Apache-2.0
# shellcheck shell=sh
# Makes sure that what a verb needs is there. Packages and reasons are data in packages.txt. A stamp
# in .dev/ remembers a finished set-up; it holds for as long as the list and dpkg's status stay.

packages_file=tools/dev/packages.txt

# What apt-get says when it cannot reach its sources.
setup_network_trouble='Temporary failure resolving|Could not (resolve|connect)|Unable to connect'
setup_network_trouble="$setup_network_trouble|Failed to fetch|Network is unreachable"
setup_network_trouble="$setup_network_trouble|Connection (failed|refused|timed out)"

help_setup() {
  cat <<'TEXT'
usage: ./dev setup [build|check|bench|all]

Installs the Debian packages that are missing, saying which and why. Needs Debian 12 and root, or
sudo without a password; otherwise prints the one command to run. On another system it checks that
everything needed is present. Other verbs call this by themselves.

  build   what build, test, sim and demo need (the default)
  check   adds what check needs
  bench   adds what bench needs
  all     everything, with what check --bare needs

example: ./dev setup check
TEXT
}

verb_setup() {
  case ${1:-build} in
    build) set -- build ;;
    check) set -- build check ;;
    bench) set -- build bench ;;
    all) set -- build check bench bare ;;
    *) refuse "setup: unknown group '$1': build, check, bench or all" ;;
  esac
  rm -f .dev/setup-*
  setup_ensure "$@"
  say "setup: everything is there for: $*"
}

# setup_ensure GROUP...: returns when all packages of the groups are there and new enough; ends the
# program with one line otherwise.
setup_ensure() {
  setup_writable
  setup_groups=$*
  setup_stamp=.dev/setup-$(echo "$setup_groups" | tr ' ' '-')
  setup_known=''
  [ ! -r "$setup_stamp" ] || read -r setup_known <"$setup_stamp"
  if [ "$setup_known" != "$(setup_key)" ]; then
    rm -f "$setup_stamp"
    if setup_is_debian_12; then
      setup_debian
    else
      setup_probe_all
    fi
    setup_key >"$setup_stamp"
  fi
  case " $setup_groups " in
    *' build '*) setup_versions ;;
  esac
}

setup_writable() {
  if ! mkdir -p .dev build 2>/dev/null || ! { true >.dev/writable; } 2>/dev/null; then
    die "cannot write in $root: it is read-only or belongs to someone else; use a writable checkout"
  fi
}

setup_key() {
  setup_status=$(stat -c %Y%s /var/lib/dpkg/status 2>/dev/null)
  echo "$(cksum <"$packages_file" | tr -d ' ') ${setup_status:-none}"
}

setup_is_debian_12() {
  setup_os=$(grep -E '^(ID|VERSION_ID)=' "${CAIRN_OS_RELEASE:-/etc/os-release}" 2>/dev/null |
    sort | tr -d '"\n')
  [ "$setup_os" = ID=debianVERSION_ID=12 ]
}

# setup_rows: the lines of packages.txt that belong to the groups in hand, each package once.
setup_rows() {
  GROUPS_IN_HAND=" $setup_groups " awk '
    !/^#/ && index(ENVIRON["GROUPS_IN_HAND"], " " $1 " ") && !seen[$2]++' "$packages_file"
}

setup_debian() {
  setup_missing=''
  setup_list=$(setup_rows | while read -r _ package _ why; do
    case $(dpkg-query -W -f '${db:Status-Abbrev}' "$package" 2>/dev/null) in
      ?i*) ;;
      *) printf '  %-20s %s\n' "$package" "$why" ;;
    esac
  done)
  [ -n "$setup_list" ] || return 0
  setup_missing=$(echo "$setup_list" | awk '{ printf "%s%s", sep, $1; sep = " " }')
  say "setup: Debian packages that are missing, and why they are needed:"
  say "$setup_list"
  setup_root=''
  if [ "$(id -u)" -ne 0 ]; then
    sudo -n true 2>/dev/null ||
      die 'packages are missing and this is not root; run as root:' \
        "apt-get update && apt-get install -y --no-install-recommends $setup_missing"
    setup_root='sudo -n'
  fi
  setup_install
}

setup_install() {
  setup_log=.dev/setup.log
  setup_started=$(now_ms)
  setup_has_lists || setup_apt update
  # shellcheck disable=SC2086 # a list of words
  if ! setup_apt install $setup_missing; then
    if grep -q "dpkg --configure -a" "$setup_log"; then
      job .dev/setup-dpkg.log $setup_root dpkg --configure -a
    fi
    setup_apt update
    setup_apt install $setup_missing || setup_explain
  fi
  say "setup: installed in $(seconds_since "$setup_started")"
}

setup_has_lists() {
  for list in /var/lib/apt/lists/*Packages*; do
    [ ! -e "$list" ] || return 0
  done
  return 1
}

# setup_apt update|install [PACKAGE...]. A failed update is judged by the install that follows:
# an unreachable third-party source must not stop anyone.
setup_apt() {
  setup_step=$1
  shift
  [ "$setup_step" = update ] || set -- -y --no-install-recommends "$@"
  # shellcheck disable=SC2086 # nothing, or `sudo -n`
  job "$setup_log" $setup_root env DEBIAN_FRONTEND=noninteractive \
    apt-get -o DPkg::Lock::Timeout=120 -o Acquire::Retries=2 "$setup_step" "$@"
  setup_result=$?
  [ "$setup_step" = install ] || cp "$setup_log" .dev/setup-update.log
  return "$setup_result"
}

setup_explain() {
  setup_network=$(cat .dev/setup-update.log "$setup_log" 2>/dev/null |
    grep -m 1 -E "$setup_network_trouble" | sed 's/^ *//')
  [ -z "$setup_network" ] ||
    die 'no package could be fetched: check the network or the proxy of apt,' \
      "then run ./dev setup again (apt-get: $setup_network)"
  setup_cause=$(grep -m 1 -E '^(E|Err|W):' "$setup_log")
  die "apt-get failed: ${setup_cause:-no message} (log: $setup_log)"
}

# setup_probe_all: on a system that is not Debian 12, looks for the things instead of the packages.
setup_probe_all() {
  setup_lacking=$(setup_rows | while read -r _ package probe _; do
    setup_probe "$probe" || echo "$package (${probe#*:})"
  done | awk '{ printf "%s%s", sep, $0; sep = ", " }')
  [ -z "$setup_lacking" ] ||
    die "this is not Debian 12, so nothing is installed for you; please provide: $setup_lacking"
}

setup_probe() {
  case $1 in
    command:*) command -v "${1#command:}" >/dev/null 2>&1 ;;
    header:*) echo "#include <${1#header:}>" | g++ -std=c++23 -E -x c++ - >/dev/null 2>&1 ;;
  esac
}

# setup_versions: cheap enough for every run, so that a changed PATH is noticed.
setup_versions() {
  for tool in g++ cmake ninja python3; do
    command -v "$tool" >/dev/null 2>&1 ||
      die "$tool is missing from the PATH: install it or run ./dev setup"
  done
  setup_gcc=$(g++ -dumpfullversion 2>/dev/null)
  version_at_least "${setup_gcc:-0}" 12.2 ||
    die "g++ ${setup_gcc:-of unknown version} is too old: Cairn needs g++ 12.2 or newer"
  setup_cmake=$(cmake --version 2>/dev/null | sed -n '1s/.* version \([0-9.]*\).*/\1/p')
  version_at_least "${setup_cmake:-0}" 3.25 ||
    die "cmake ${setup_cmake:-of unknown version} is too old: Cairn needs cmake 3.25 or newer"
}
