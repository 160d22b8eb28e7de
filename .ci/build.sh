#!/bin/bash
# build.sh: the extension builds, without a warning where COPT=-Werror (make check).
set -u

if make -s -k -j"$(nproc)" all; then
	echo "1 passed, 0 failed"
else
	echo "0 passed, 1 failed"
	exit 1
fi
