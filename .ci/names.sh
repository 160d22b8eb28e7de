#!/bin/bash
# names.sh: tests and answers are in pairs, and no name shadows another.
set -u

bad=0
refuse() { echo "$1"; bad=1; }

for file in test/sql/*.sql; do
	name=$(basename "$file" .sql)
	[ "$name" = '*' ] || [ -e "expected/$name.out" ] || refuse "test/sql/$name.sql has no expected/$name.out"
	[ ! -e "sql/$name.sql" ] || refuse "sql/$name.sql would be run in place of test/sql/$name.sql"
done
for file in expected/*.out; do
	name=$(basename "$file" .out)
	[ "$name" = '*' ] || [ -e "test/sql/$name.sql" ] || refuse "expected/$name.out has no test/sql/$name.sql"
done
for file in test/unit/*.c; do
	[[ $file == *_unit.c || $file == *'*.c' ]] || refuse "$file is never run: unit tests are named *_unit.c"
done
for file in sql/*.sql; do
	[[ $file == sql/header.sql || $file == sql/mediaml--*.sql ]] || refuse "$file: sql/ holds header.sql and mediaml--*.sql only"
done
exit $bad
