#!/bin/bash
# run.sh [WORD]...: real networks, compared with torch and ONNX Runtime.
#
# `make zoo` builds mediaml, gives it a private server and calls this; psql and
# psycopg2 without arguments must reach an empty database there. Progress goes to
# standard error, the table to standard output, and a last line counts.
#
#	MML_ZOO="resnet lstm"   only cases whose name or family begins with one of these words
#	MML_ZOO_TIME=0          the answers only, without milliseconds
#
# ONNX Runtime is node's package onnxruntime-node: where node does not find it
# already (NODE_PATH), it is installed in a folder of this run.
set -eu

here=$(dirname "$0")
python=/usr/bin/python3		# Debian's, which has Debian's packages
onnx_runtime=1.30.0
export PYTHONDONTWRITEBYTECODE=1
[ $# -gt 0 ] || read -ra words <<< "${MML_ZOO:-}"
[ $# -gt 0 ] || set -- "${words[@]}"

folder=$(mktemp -d)
trap 'rm -rf "$folder"' EXIT
chmod 755 "$folder"
if ! node -e 'require("onnxruntime-node")' 2> /dev/null; then
	echo "zoo: onnxruntime-node $onnx_runtime in a temporary folder" >&2
	npm install --prefix "$folder" --cache "$folder/cache" --no-audit --no-fund --ignore-scripts --silent \
		"onnxruntime-node@$onnx_runtime" > /dev/null
	export NODE_PATH=$folder/node_modules
fi
psql -XqAt -v ON_ERROR_STOP=1 -c 'SET client_min_messages = warning; CREATE EXTENSION IF NOT EXISTS mediaml'
"$python" "$here/zoo.py" "$folder" "$@"
