# SPDX-License-Identifier: Apache-2.0
# shellcheck shell=sh
# `./dev check --bare`: what the README promises, tried on a Debian 12 that has nothing installed: a
# folder made by debootstrap, entered by chroot. Mounts live in a mount namespace of their own and
# what runs lives in a process namespace of its own, so nothing can stay behind.

bare_suite=bookworm
bare_root=''

bare_run() {
  [ "$(id -u)" -eq 0 ] ||
    die 'check --bare needs root: it makes a Debian folder and enters it with chroot'
  bare_keep=$1
  setup_ensure bare
  unshare --mount --pid --fork true 2>/dev/null ||
    die 'check --bare needs namespaces, which this machine or container does not allow'
  bare_free=$(df -Pk .dev | awk 'NR == 2 { print int($4 / 1024) }')
  [ "${bare_free:-999999}" -ge 6144 ] ||
    die "only $bare_free MiB are free in $root/.dev: check --bare needs 6144 MiB"
  mkdir -p .dev/bare
  bare_sources || return 1
  bare_base || return 1
  bare_unpack || return 1
  bare_prove
}

bare_leave() {
  if [ -n "${bare_keep:-}" ]; then
    say "bare: kept $root/$bare_root; enter it with: chroot $root/$bare_root"
  else
    rm -rf -- "${root:?}/$bare_root"
  fi
  bare_root=''
}

# bare_sources: the machine's own Debian sources and proxies, however they are written down.
bare_sources() {
  bare_find_sources
  if [ ! -s .dev/bare/sources.list ]; then
    job .dev/bare/update.log apt-get update
    bare_find_sources
  fi
  [ -s .dev/bare/sources.list ] ||
    die "the apt of this machine knows no Debian $bare_suite source to build a bare Debian from"
  bare_mirror=$(awk -v suite="$bare_suite" '$4 == suite { print $3; exit }' \
    .dev/bare/sources.list)
  [ -n "$bare_mirror" ] ||
    die "the apt of this machine has no source with the suite $bare_suite itself"
  apt-config dump | grep -E '^Acquire::(https?(::|[[:space:]])|Check-|Retries)' |
    grep -v '""' >.dev/bare/apt.conf
  bare_proxies
}

# bare_proxies: debootstrap knows proxies from the environment only; apt may have them written down.
bare_proxies() {
  for bare_scheme in http https; do
    eval "bare_proxy=\${${bare_scheme}_proxy:-}"
    if [ -z "${bare_proxy:-}" ]; then
      bare_proxy=$(apt-config shell p "Acquire::$bare_scheme::Proxy" | sed "s/^p='\(.*\)'$/\1/")
      case $bare_proxy in
        '' | DIRECT) ;;
        *) export "${bare_scheme}_proxy=$bare_proxy" ;;
      esac
    fi
  done
}

bare_find_sources() {
  # shellcheck disable=SC2016 # variables of apt-get
  apt-get indextargets --format '$(REPO_URI) $(RELEASE) $(COMPONENT)' \
    'Created-By: Packages' 'Origin: Debian' 2>/dev/null | sort -u |
    awk -v suite="$bare_suite" -v keyring=/usr/share/keyrings/debian-archive-keyring.gpg '
      index($2, suite) == 1 { print "deb [signed-by=" keyring "]", $1, $2, $3 }
    ' >.dev/bare/sources.list
}

# bare_base: the debootstrap result, kept as an archive for as long as the sources stay the same.
bare_base() {
  bare_key=$(dpkg --print-architecture)-$(cksum <.dev/bare/sources.list | cut -d ' ' -f 1)
  bare_archive=.dev/bare/$bare_suite-$bare_key.tar
  if [ -r "$bare_archive" ]; then
    say "bare: Debian base from $bare_archive"
    return 0
  fi
  bare_started=$(now_ms)
  bare_root=.dev/bare/root.$$
  bare_include=''
  ! grep -q ' https:' .dev/bare/sources.list || bare_include=--include=ca-certificates
  # shellcheck disable=SC2086 # nothing, or one option
  if ! job .dev/bare/debootstrap.log unshare --mount --pid --fork --kill-child \
    debootstrap --variant=minbase $bare_include "$bare_suite" "$bare_root" "$bare_mirror"; then
    complain "debootstrap failed: $(grep -E '^(E|W):' .dev/bare/debootstrap.log | head -n 1)" \
      '(log: .dev/bare/debootstrap.log)'
    return 1
  fi
  rm -rf "$bare_root"/var/cache/apt/archives/*.deb "$bare_root"/var/lib/apt/lists/*
  rm -f .dev/bare/*.tar
  if ! tar -C "$bare_root" -cf "$bare_archive.part" . ||
    ! mv "$bare_archive.part" "$bare_archive"; then
    complain "cannot write $bare_archive"
    return 1
  fi
  rm -rf -- "${root:?}/$bare_root"
  bare_root=''
  say "bare: Debian base made by debootstrap in $(seconds_since "$bare_started")"
}

bare_unpack() {
  bare_root=.dev/bare/root.$$
  mkdir "$bare_root" && tar -C "$bare_root" -xf "$bare_archive" || return 1
  cp .dev/bare/sources.list "$bare_root/etc/apt/sources.list"
  cp .dev/bare/apt.conf "$bare_root/etc/apt/apt.conf.d/90host"
  for bare_file in /etc/resolv.conf /etc/hosts /etc/ssl/certs/ca-certificates.crt; do
    [ ! -r "$bare_file" ] || cp -L --parents "$bare_file" "$bare_root" 2>/dev/null
  done
  # No service is started in the folder.
  printf '#!/bin/sh\nexit 101\n' >"$bare_root/usr/sbin/policy-rc.d"
  chmod 755 "$bare_root/usr/sbin/policy-rc.d"
  bare_commit=$(git rev-parse --short HEAD) || return 1
  git clone -q --no-hardlinks "$root" "$bare_root/root/cairn" || return 1
  say "bare: fresh clone of commit $bare_commit"
  bare_dirty=$(git status --porcelain | wc -l)
  [ "$bare_dirty" -eq 0 ] || say "bare: $((bare_dirty)) uncommitted changes are not part of it"
}

bare_prove() {
  bare_times='' bare_status=0
  for bare_step in 'test' 'test' 'demo'; do
    say "bare: ./dev $bare_step"
    bare_started=$(now_ms)
    bare_enter "$bare_step" || bare_status=1
    bare_times="$bare_times  ./dev $bare_step: $(seconds_since "$bare_started")
"
    [ "$bare_status" -eq 0 ] || break
  done
  say 'bare: on a Debian 12 with nothing installed'
  printf '%s' "$bare_times"
  if [ "$bare_status" -ne 0 ]; then
    complain "check --bare failed at ./dev $bare_step, commit $bare_commit"
    return 1
  fi
  say '3 passed, 0 failed'
}

# bare_enter VERB: runs ./dev VERB in the folder, with /proc, shared memory and the proxies of this
# machine, and nothing else of its environment.
bare_enter() {
  bare_log=.dev/bare/$1.log
  # shellcheck disable=SC2016 # for the inner shell
  job "$bare_log" unshare --mount --pid --fork --kill-child sh -c '
    mount -t proc proc "$1/proc" && mount -t tmpfs -o mode=1777 tmpfs "$1/dev/shm" || exit 1
    exec chroot "$1" /usr/bin/env -i HOME=/root PATH=/usr/sbin:/usr/bin:/sbin:/bin \
      ${CAIRN_JOBS:+CAIRN_JOBS="$CAIRN_JOBS"} ${http_proxy:+http_proxy="$http_proxy"} \
      ${https_proxy:+https_proxy="$https_proxy"} ${no_proxy:+no_proxy="$no_proxy"} \
      sh -c "cd /root/cairn && ./dev $2"' sh "$bare_root" "$1"
  bare_result=$?
  sed 's/^/  /' "$bare_log"
  return "$bare_result"
}
