#!/bin/bash
# run.sh [clean|kmeans|logistic|memory|cancel]...: speed beside scikit-learn.
#
# `make bench` builds mediaml, gives it a private server and calls this; psql and
# psycopg2 without arguments must reach an empty database there. Progress goes to
# standard error, the tables to standard output. README.md tells what is measured.
#
#	MML_BENCH="kmeans memory"   these measures only, also by make bench
#	MML_COMMIT=NAME             what is measured, for the head of the table
#	MML_REPEAT=N                repetitions, 5 at least
#
# Where OPENBLAS_CORETYPE chooses the kernels of OpenBLAS, all is measured twice:
# as it is, and without it, in the server and in the peer.
set -eu

here=$(dirname "$0")
python=/usr/bin/python3		# Debian's, which has Debian's packages
export PYTHONDONTWRITEBYTECODE=1
[ $# -gt 0 ] || read -ra measures <<< "${MML_BENCH:-}"
[ $# -gt 0 ] || set -- "${measures[@]}"

"$python" -c 'import numpy, pandas, psycopg2, sklearn, threadpoolctl' ||
	{ echo "bench: install python3-sklearn python3-pandas python3-psycopg2 python3-threadpoolctl" >&2; exit 1; }
psql -XqAt -v ON_ERROR_STOP=1 -c 'SET client_min_messages = warning; CREATE EXTENSION IF NOT EXISTS mediaml'

"$python" "$here/harness.py" "$@"
if [ -n "${OPENBLAS_CORETYPE:-}" ]; then
	unset OPENBLAS_CORETYPE
	pg_ctl -D "$(psql -XAtc 'SHOW data_directory')" -w -m fast restart > /dev/null
	"$python" "$here/harness.py" "$@"
fi
