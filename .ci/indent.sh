#!/bin/bash
# indent.sh [--check]: lay C out as PostgreSQL does, by pg_bsd_indent with
# pgindent's options; --check only shows what would change.
#
# pg_bsd_indent must know the names of types. They are read from C's, the server's
# and our own typedefs each time; kernels do not see the server's. Around it go
# four repairs: the byte 80 of UTF-8, which it would spell out; hexadecimal floats,
# which it would tear apart; "void	   *" above a function's name, as pgindent does;
# and the further lines of an initializer, which version 2.1.1 sets under its first
# and later versions one tab deeper.
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

hide='tr/\x80/\xc0/; s{\b0x([0-9a-f.]+p[-+]?[0-9]+)}{"Hx" . $1 =~ tr/.+-/XYZ/r}ge'
show='tr/\xc0/\x80/; s{\bHx([0-9a-fX]+p[YZ]?[0-9]+)}{"0x" . $1 =~ tr/XYZ/.+-/r}ge;
	s{^([A-Za-z_]\S*)[ \t]+(\*+)$}{$1 $2}mg;
	s{^((\t+)\w[^;{}\n]* =(?: [^;{}\n]*)?(?<!,)\n)(\2[^\s{}][^;{}]*;)}{my ($x, $y) = ($1, $3); $y =~ s/^(?=.)/\t/mg; $x . $y}mge'

bad=0
for file in $files; do
	types=$work/kernel
	! grep -q '^#include "postgres.h"\|_pg\.h"' "$file" && [[ $file != *_pg.h ]] || types=$work/server
	perl -0777 -pe "$hide" "$file" > "$work/old"
	pg_bsd_indent "$work/old" "$work/new" -bad -bap -bbb -bc -bl -cli1 -cp33 -cdb -nce -d0 -di12 -nfc1 -i4 -l79 \
		-lp -lpl -nip -npro -sac -tpg -ts4 -U"$types" > "$work/said" 2>&1 ||
		{ echo "$file:"; cat "$work/said"; bad=1; continue; }
	perl -0777 -pi -e "$show" "$work/new"
	cmp -s "$file" "$work/new" && continue
	if [ "${1:-}" = --check ]; then
		diff -u --label "$file" --label indented "$file" "$work/new" || bad=1
	else
		cat "$work/new" > "$file"
		echo "indented $file"
	fi
done
exit $bad
