# SPDX-License-Identifier: Apache-2.0
# shellcheck shell=sh
# Runs one long command at a time: its output goes to a log, a terminal sees the log's last line,
# and an interrupt stops the command with everything it started.

job_pid=''

job_traps() {
  trap 'job_interrupted 130' INT
  trap 'job_interrupted 143' TERM
  trap 'job_interrupted 129' HUP
  trap 'job_leave' EXIT
}

# job LOG COMMAND...: runs the command in a session of its own, so that one signal reaches all of
# it. A background command of a shell ignores SIGINT; tests must not inherit that.
job() {
  job_log=$1
  shift
  if ! { true >"$job_log"; } 2>/dev/null; then
    complain "cannot write $job_log"
    return 1
  fi
  setsid env --default-signal=INT,QUIT "$@" >"$job_log" 2>&1 </dev/null &
  job_pid=$!
  [ -z "$live" ] || job_watch
  wait "$job_pid"
  job_status=$?
  job_pid=''
  return "$job_status"
}

job_watch() {
  job_width=$(stty size <&1 2>/dev/null | cut -d ' ' -f 2)
  [ "${job_width:-0}" -gt 20 ] || job_width=80
  while kill -0 "$job_pid" 2>/dev/null; do
    job_line=$(tail -c 2000 "$job_log" | tr -d '\r\033' | tail -n 1 | cut -c "1-$((job_width - 1))")
    printf '\r\033[K%s%s%s' "$dim" "$job_line" "$off"
    sleep 0.1
  done
  printf '\r\033[K'
}

# job_stop: ends every process of the job's session; the build tools put their children in groups of
# their own, so signalling one group would miss most of them.
job_stop() {
  [ -n "$job_pid" ] || return 0
  job_patience=50
  kill -TERM "$job_pid" 2>/dev/null
  while job_members=$(job_session) && [ -n "$job_members" ]; do
    # shellcheck disable=SC2086 # a list of numbers
    if [ "$job_patience" -eq 50 ]; then
      kill -TERM $job_members 2>/dev/null
    elif [ "$job_patience" -le 0 ]; then
      kill -KILL $job_members 2>/dev/null
    fi
    sleep 0.1
    job_patience=$((job_patience - 1))
    [ "$job_patience" -gt -20 ] || break
  done
  job_pid=''
}

# job_session: the processes of the job's session that are still alive.
job_session() {
  cat /proc/[0-9]*/stat 2>/dev/null | SESSION=$job_pid awk '{
    pid = $1; sub(/^.*\) /, "")
    if ($4 == ENVIRON["SESSION"] && $1 != "Z") print pid
  }'
}

job_interrupted() {
  trap '' INT TERM HUP
  [ -z "$live" ] || printf '\r\033[K'
  job_stop
  complain 'interrupted'
  exit "$1"
}

job_leave() {
  job_stop
  [ -z "${bare_root:-}" ] || bare_leave
}
