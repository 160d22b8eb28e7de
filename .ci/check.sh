#!/bin/bash
# check.sh: every test there is, in a copy of the checkout (make check).
#
# Each part below is a script that ends with a line "N passed, N failed" and
# perhaps ", N skipped"; this one ends with their sum.
set -u

export COPT=-Werror
log=$(mktemp)
passed=0 failed=0 skipped=0

for part in build style unit regress tap; do
	echo "== $part"
	".ci/$part.sh" 2>&1 | tee "$log"
	if [[ $(tail -n 1 "$log") =~ ^([0-9]+)\ passed,\ ([0-9]+)\ failed(,\ ([0-9]+)\ skipped)?$ ]]; then
		((passed += BASH_REMATCH[1], failed += BASH_REMATCH[2], skipped += ${BASH_REMATCH[4]:-0}))
	else
		echo "$part broke off without a count"
		((failed += 1))
	fi
done

echo "== all"
echo "$passed passed, $failed failed$([ $skipped = 0 ] || echo ", $skipped skipped")"
[ $failed = 0 ]
