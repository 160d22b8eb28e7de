#!/bin/bash
# whitespace.sh: what .editorconfig promises, for every text file of ours.
set -u

bad=0

# refuse WHY PATTERN NAME...: no file of these names has PATTERN
refuse()
{
	local why=$1 pattern=$2 names=()
	shift 2
	for name in "$@"; do
		names+=(-o -name "$name")
	done
	found=$(find . -type f \( "${names[@]:1}" \) ! -path './.git/*' ! -path './tmp_check/*' ! -path './results/*' \
		! -name 'mediaml--*.sql' -exec grep -HInP "$pattern" {} +)
	[ -z "$found" ] || { printf '%s:\n%s\n' "$why" "$found"; bad=1; }
}

text=('*.[ch]' '*.sql' '*.p[lm]' '*.py' '*.sh' '*.md' '*.json' '*.control' Makefile LICENSE)
refuse "trailing white space" '[ \t]+$' "${text[@]}"
refuse "carriage return" '\r' "${text[@]}" '*.out'
refuse "spaces before a tab" '^\t* +\t' '*.[ch]' '*.sql' '*.p[lm]' '*.sh' Makefile
refuse "indented by spaces" '^ {4}' '*.[ch]'

while read -r file; do
	[ ! -s "$file" ] || [ -z "$(tail -c 1 "$file")" ] || { echo "no newline at the end: $file"; bad=1; }
done < <(find src test/sql test/unit test/t docs sql .ci -type f ! -name '*.o' ! -name '*.bc' ! -name '.*' 2> /dev/null)
exit $bad
