#!/bin/bash
# style.sh: the rules that a machine can check, one script each.
# .ci/README.md says what to do when one fails.
set -u

passed=0 failed=0

rule()
{
	if output=$("${@:2}" 2>&1); then
		echo "ok      $1"
		((passed += 1))
	else
		echo "FAILED  $1"
		echo "$output"
		((failed += 1))
	fi
}

rule layers make -s layers
rule symbols .ci/symbols.sh mediaml.so
rule indent .ci/indent.sh --check
rule whitespace .ci/whitespace.sh
rule names .ci/names.sh
rule version .ci/version.sh
.ci/budget.pl

echo "$passed passed, $failed failed"
