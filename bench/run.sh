#!/bin/bash
# run.sh [clean|nn|kmeans|logistic|als|ease|recommend|recommend_all|memory|cancel]...: speed
# beside scikit-learn, of factors and inverses beside numpy and scipy, of networks beside ONNX Runtime.
#
# `make bench` builds mediaml, gives it a private server and calls this; psql and
# psycopg2 without arguments must reach an empty database there. Progress goes to
# standard error, the tables to standard output. README.md tells what is measured.
#
#	MML_BENCH="kmeans memory"   these measures only, also by make bench
#	MML_COMMIT=NAME             what is measured, for the head of the table
#	MML_REPEAT=N                repetitions, 5 at least
#	MML_TORCH=1                 networks beside torch also
#
# ONNX Runtime is node's package onnxruntime-node: where node does not find it
# already (NODE_PATH), it is installed in a folder of this run.
#
# Where OPENBLAS_CORETYPE chooses the kernels of OpenBLAS, all is measured twice:
# as it is, and without it, in the server and in the peer; but networks once, whose
# kernels are our own.
set -eu

here=$(dirname "$0")
python=/usr/bin/python3		# Debian's, which has Debian's packages
onnx_runtime=1.30.0
export PYTHONDONTWRITEBYTECODE=1
[ $# -gt 0 ] || read -ra measures <<< "${MML_BENCH:-}"
[ $# -gt 0 ] || set -- "${measures[@]}"

"$python" -c 'import numpy, pandas, psycopg2, sklearn, threadpoolctl' ||
	{ echo "bench: install python3-sklearn python3-pandas python3-psycopg2 python3-threadpoolctl" >&2; exit 1; }

# The peer of networks; what its package would fetch besides is for graphics processors.
need_onnx_runtime()
{
	node -e 'require("onnxruntime-node")' 2> /dev/null && return
	echo "bench: onnxruntime-node $onnx_runtime in a temporary folder" >&2
	npm install --prefix "$folder" --cache "$folder/cache" --no-audit --no-fund --ignore-scripts --silent \
		"onnxruntime-node@$onnx_runtime" > /dev/null || echo "bench: no ONNX Runtime; networks are measured alone" >&2
	export NODE_PATH=$folder/node_modules
}

if [[ $# = 0 || " $* " == *" nn "* ]]; then
	folder=$(mktemp -d)
	trap 'rm -rf "$folder"' EXIT
	need_onnx_runtime
fi
psql -XqAt -v ON_ERROR_STOP=1 -c 'SET client_min_messages = warning; CREATE EXTENSION IF NOT EXISTS mediaml'

"$python" "$here/harness.py" "$@"
if [ -n "${OPENBLAS_CORETYPE:-}" ]; then
	unset OPENBLAS_CORETYPE
	pg_ctl -D "$(psql -XAtc 'SHOW data_directory')" -w -m fast restart > /dev/null
	MML_AGAIN=1 "$python" "$here/harness.py" "$@"
fi
