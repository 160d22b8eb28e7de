#!/bin/bash
# away.sh [--keep NAME] COMMAND...: run COMMAND in a copy of the checkout.
#
# The copy is short-lived, has a short path (for sockets) and is built from
# nothing, so that the checkout stays as it was, whatever happens: success,
# failure or Ctrl-C. Root hands the copy to the user postgres, because initdb
# refuses root and postgres cannot read a checkout under /root.
# --keep brings NAME back from the copy, if it is there. MML_TMP names another place than /tmp.
set -eum
export LC_ALL=C.UTF-8
umask 022

keep=
[ "$1" != --keep ] || { keep=$2; shift 2; }
top=$(mktemp -d "${MML_TMP:-/tmp}/mml.XXXXXX")
job=

# the processes of COMMAND's group, each as "pid name"
members()
{
	cat /proc/[0-9]*/stat 2> /dev/null | sed -nE "s/^([0-9]+) \((.*)\) [A-Z] [0-9]+ $job .*/\1 \2/p"
}

# wait_while COMMAND...: at most ten seconds
wait_while()
{
	for _ in $(seq 100); do
		"$@" 2> /dev/null || return 0
		sleep 0.1
	done
}

database_tools() { members | grep -qE ' (initdb|pg_ctl)$'; }

# Everything that COMMAND started ends with it. Scripts go first; initdb, which
# would leave shared memory behind, and pg_ctl, whose server would be missed,
# may finish; then the rest, and last the servers, which have left the group.
clean_up()
{
	trap '' INT TERM HUP
	if [ -n "$job" ]; then
		members | grep -vE ' (initdb|pg_ctl|postgres|sh)$' | cut -d ' ' -f 1 | xargs -r kill -TERM 2> /dev/null || true
		wait_while database_tools
		kill -TERM -- "-$job" 2> /dev/null || true
		wait_while kill -0 -- "-$job"
		kill -KILL -- "-$job" 2> /dev/null || true
		wait "$job" 2> /dev/null || true
	fi
	find "$top" -name postmaster.pid | while read -r file; do
		pid=$(head -n 1 "$file")
		kill -INT "$pid" 2> /dev/null || continue
		wait_while kill -0 "$pid"
		kill -QUIT "$pid" 2> /dev/null || true
	done
	rm -rf "$top"
}
trap clean_up EXIT
trap 'exit 129' HUP
trap 'exit 130' INT
trap 'exit 143' TERM

mkdir "$top/mediaml"
tar -cf - --exclude=./.git --exclude='*.o' --exclude='*.so' --exclude='*.bc' \
	--exclude=./tmp_check --exclude=./results . | tar -xf - -C "$top/mediaml"
rm -f "$top"/mediaml/sql/mediaml--"$(sed -n "s/^default_version *= *'\(.*\)'/\1/p" mediaml.control)".sql

as=(env)
if [ "$(id -u)" = 0 ]; then
	as=(runuser -u postgres -- env)
	if [ -e "${MML_SHARED:-}" ] && ! (cd / && "${as[@]}" test -x "$MML_SHARED"); then
		cp -r "$MML_SHARED" "$top/shared"
		export MML_SHARED=$top/shared
	fi
	chown -R postgres: "$top"
fi

here=$PWD
cd "$top/mediaml"
"${as[@]}" HOME="$top" TMPDIR="$top" "$@" < /dev/null &
job=$!
status=0
wait "$job" || status=$?
cd "$here"
[ -z "$keep" ] || [ ! -e "$top/mediaml/$keep" ] || cp -r --no-preserve=ownership "$top/mediaml/$keep" .
exit "$status"
