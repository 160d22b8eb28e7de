#!/bin/bash
# tap.sh [NAME...]: test/t, each assertion counted. A script that breaks off, or runs
# another number of assertions than it planned, counts as one more failure.
set -eu

tree=$(dirname "$PWD")/t
.ci/tree.sh "$tree"
config=${PG_CONFIG:-pg_config}
pgxs=$(dirname "$($config --pgxs)")/..
export PATH=$tree$($config --bindir):$PATH PG_REGRESS=$pgxs/test/regress/pg_regress
export TESTDIR=$PWD TESTDATADIR=$PWD/tmp_check TESTLOGDIR=$PWD/tmp_check/log

skipped_line='^ok [0-9].* # skip|\.\. skipped: '
passed=0 failed=0 skipped=0
[ $# != 0 ] || set -- $(cd test/t && ls -- *.pl 2> /dev/null)
for name in "${@%.pl}"; do
	file=test/t/$name.pl
	rm -rf tmp_check/t_* tmp_check/log
	broken=0
	output=$(prove -v --merge -I "$pgxs/test/perl" -I test/t "$file" 2>&1) || broken=1
	skip=$(grep -cE "$skipped_line" <<< "$output") || true
	bad=$(grep -E '^not ok ' <<< "$output" | grep -vc '# TODO') || true
	good=$(($(grep -cE '^ok [0-9]' <<< "$output" || true) - $(grep -cE '^ok [0-9].* # skip' <<< "$output" || true)))
	[ $broken = 0 ] || [ "$bad" != 0 ] || bad=1
	echo "$name: $good passed, $bad failed, $skip skipped"
	grep -E "$skipped_line" <<< "$output" || true
	if [ "$bad" != 0 ]; then
		echo "$output"
		tail -n 20 tmp_check/log/*.log 2> /dev/null || true
	fi
	((passed += good, failed += bad, skipped += skip)) || true
done
echo "$passed passed, $failed failed, $skipped skipped"
[ "$failed" = 0 ]
