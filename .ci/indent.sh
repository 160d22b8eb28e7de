#!/bin/bash
# indent.sh [--check]: lay C out as PostgreSQL does, by pg_bsd_indent with
# pgindent's options; --check only shows what would change.
#
# pg_bsd_indent must know the names of types. They are read from C's, the server's
# and our own typedefs each time; kernels do not see the server's. Around it go
# two repairs: pgindent's own for "void	   *" above a function's name, and one for
# hexadecimal floats, which it would tear apart.
set -eu
export LC_ALL=C

work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
files=$(find src test/unit test/fuzz demo bench -name '*.[ch]' 2> /dev/null | sort)
[ -n "$files" ] || exit 0

# typedefs: names of types in the C files on standard input's list
typedefs()
{
	xargs -r sed -nE 's/^\} *([A-Za-z_0-9]+);.*/\1/p
		s/^typedef [^(]*[ *]([A-Za-z_0-9]+)(\[.*\])?;.*/\1/p
		s/^typedef .*\( *\*? *([A-Za-z_0-9]+)\) *\(.*/\1/p'
}

{
	printf '%s\n' FILE bool double_t float_t ptrdiff_t size_t ssize_t time_t {,u}intptr_t {,u}int{8,16,32,64}_t
	typedefs <<< "$files"
} > "$work/kernel"
find "$("${PG_CONFIG:-pg_config}" --includedir-server)" -name '*.h' | typedefs | cat "$work/kernel" - > "$work/server"

bad=0
for file in $files; do
	types=$work/kernel
	! grep -q '^#include "postgres.h"\|_pg\.h"' "$file" && [[ $file != *_pg.h ]] || types=$work/server
	perl -pe 's/\b0x([0-9a-f]+)\.([0-9a-f]*)p([-+]?)([0-9]+)/"HEX_$1_$2_" . ord($3) . "_$4"/gie' "$file" > "$work/old"
	pg_bsd_indent "$work/old" "$work/new" -bad -bap -bbb -bc -bl -cli1 -cp33 -cdb -nce -d0 -di12 -nfc1 -i4 -l79 \
		-lp -lpl -nip -npro -sac -tpg -ts4 -U"$types" > "$work/said" 2>&1 ||
		{ echo "$file:"; cat "$work/said"; bad=1; continue; }
	perl -pi -e 's/\bHEX_([0-9a-f]+)_([0-9a-f]*)_(\d+)_(\d+)/"0x$1.$2p" . ($3 ? chr $3 : "") . $4/gie;
		s/^([A-Za-z_]\S*)[ \t]+\*$/$1 */' "$work/new"
	cmp -s "$file" "$work/new" && continue
	if [ "${1:-}" = --check ]; then
		diff -u --label "$file" --label indented "$file" "$work/new" || bad=1
	else
		cat "$work/new" > "$file"
		echo "indented $file"
	fi
done
exit $bad
