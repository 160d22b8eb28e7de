#!/bin/bash
# unit.sh: build and run the unit tests, and add up their counts.
# Each program ends with "N passed, N failed, N skipped" (test/unit/unit.h); one
# that a sanitizer stopped does not, and counts as one failure, as does a build
# that fails.
set -u

passed=0 failed=0 skipped=0
make -s -k -j"$(nproc)" units || ((failed += 1))

for test in test/unit/*_unit.c; do
	program=tmp_check/unit/$(basename "$test" .c)
	[ -x "$program" ] || continue
	output=$("$program" 2>&1)
	if [[ ${output##*$'\n'} =~ ^([0-9]+)\ passed,\ ([0-9]+)\ failed,\ ([0-9]+)\ skipped$ ]]; then
		((passed += BASH_REMATCH[1], failed += BASH_REMATCH[2], skipped += BASH_REMATCH[3]))
		echo "$(basename "$program"): ${output##*$'\n'}"
		grep -v -e '^ok ' <<< "${output%$'\n'*}" | grep -v '^[0-9]* passed'
	else
		echo "$(basename "$program"): broke off"
		echo "$output"
		((failed += 1))
	fi
done

echo "$passed passed, $failed failed, $skipped skipped"
[ $failed = 0 ]
