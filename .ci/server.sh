#!/bin/bash
# server.sh start|stop|psql|env DIR [ARGUMENTS]: a private server in DIR.
#
#   start DIR       make it if need be, start it, and put the present build in;
#                   while it runs, start again after a build (new sessions see it)
#   psql DIR ...    psql in it
#   env DIR         shell assignments: eval "$(.ci/server.sh env DIR)"
#   stop DIR        stop it and remove all that start made
#
# It listens on a socket in DIR only, and touches no other cluster. DIR is short
# (a socket path has 107 bytes) and, for root, reachable by the user postgres,
# who runs the server then. MML_SERVER_CONF names a file of more settings.
set -eu
export LC_ALL=C.UTF-8

action=${1:?start, stop, psql or env}
dir=$(realpath -m "${2:?a directory}")
shift 2
here=$(dirname "$0")
bin=$dir/tree$(${PG_CONFIG:-pg_config} --bindir)

# serve COMMAND: as the user who owns the server
serve()
{
	if [ "$(id -u)" = 0 ]; then
		(cd / && runuser -u postgres -- "$@")
	else
		"$@"
	fi
}

set_env()
{
	export PGHOST=$dir PGPORT=5432 PGUSER=postgres PGDATABASE=media PATH=$bin:$PATH
}

create()
{
	serve "$bin/initdb" -D "$dir/data" -U postgres -A trust -E UTF8 --locale=C.UTF-8 -N > "$dir/initdb.log"
	cat - ${MML_SERVER_CONF:-} >> "$dir/data/postgresql.conf" <<-END
		listen_addresses = ''
		unix_socket_directories = '$dir'
		fsync = off
	END
}

start()
{
	[ ${#dir} -lt 85 ] || { echo "server.sh: $dir is too long for a socket" >&2; exit 1; }
	mkdir -p -m 700 "$dir"
	[ "$(id -u)" != 0 ] || chown postgres "$dir"
	serve test -w "$dir" || { echo "server.sh: postgres cannot reach $dir" >&2; exit 1; }
	"$here/tree.sh" "$dir/tree"
	[ -e "$dir/data" ] || create
	serve "$bin/pg_ctl" -D "$dir/data" status > /dev/null && return
	serve "$bin/pg_ctl" -D "$dir/data" -l "$dir/log" -w start > /dev/null || { cat "$dir/log" >&2; exit 1; }
	set_env
	psql -XAtqd postgres -c "SELECT 1 FROM pg_database WHERE datname = 'media'" | grep -q . ||
		createdb media
}

stop()
{
	if [ -e "$dir/data/postmaster.pid" ]; then
		serve "$bin/pg_ctl" -D "$dir/data" -t 20 -m fast stop > /dev/null ||
			serve "$bin/pg_ctl" -D "$dir/data" -m immediate stop > /dev/null || true
	fi
	rm -rf "$dir/tree" "$dir/data" "$dir/log" "$dir/initdb.log"
	rmdir --ignore-fail-on-non-empty "$dir"
}

case $action in
	start | stop) $action ;;
	psql) set_env; exec psql "$@" ;;
	env) set_env; for v in PGHOST PGPORT PGUSER PGDATABASE PATH; do echo "export $v='${!v}'"; done ;;
	*) echo "server.sh: start, stop, psql or env" >&2; exit 2 ;;
esac
