#!/bin/bash
# regress.sh [NAME...]: test/sql against expected, by pg_regress in a private server.
# A test whose file says "-- needs: data/FILE" is skipped where FILE is not below
# $MML_SHARED. Results are left in results/.
set -eu

server=$(dirname "$PWD")/s
.ci/server.sh start "$server"
eval "$(.ci/server.sh env "$server")"

tests=() skipped=0
[ $# != 0 ] || set -- $(cd test/sql && ls -- *.sql 2> /dev/null)
for name in "${@%.sql}"; do
	file=test/sql/$name.sql
	[ -e "expected/$name.out" ] || touch "expected/$name.out"
	lacks=
	for data in $(sed -n 's/^-- needs: *//p' "$file"); do
		[ -e "${MML_SHARED:-/nowhere}/$data" ] || lacks+=" $data"
	done
	if [ -n "$lacks" ]; then
		echo "skipped $name, for lack of$lacks"
		((skipped += 1))
	else
		tests+=("$name")
	fi
done

passed=0 failed=0
if [ ${#tests[@]} != 0 ]; then
	pg_regress=$(dirname "$("${PG_CONFIG:-pg_config}" --pgxs)")/../test/regress/pg_regress
	"$pg_regress" --inputdir=test --bindir="${PATH%%:*}" --load-extension=mediaml \
		--dbname=regression "${tests[@]}" 2>&1 | tee "$TMPDIR/regress.log" || true
	passed=$(grep -cE '^test .* ok |^ok ' "$TMPDIR/regress.log") || true
	failed=$((${#tests[@]} - passed))
	[ ! -e regression.diffs ] || head -n 400 regression.diffs
fi
.ci/server.sh stop "$server"
echo "$passed passed, $failed failed, $skipped skipped"
[ "$failed" = 0 ]
