#!/bin/bash
# serve.sh COMMAND...: build, start a private server, run COMMAND against it.
#
# COMMAND finds PGHOST, PGPORT, PGUSER, PGDATABASE and PATH set, so that plain
# psql reaches the server; the current directory is a copy of the checkout.
# <first folder of COMMAND>/server.conf, where it exists, adds settings.
set -eu

make -s -j"$(nproc)" all
server=$(dirname "$PWD")/s
conf=$(dirname "$1")/server.conf
[ ! -e "$conf" ] || export MML_SERVER_CONF=$conf
.ci/server.sh start "$server"
eval "$(.ci/server.sh env "$server")"
status=0
"$@" || status=$?
.ci/server.sh stop "$server"
exit "$status"
