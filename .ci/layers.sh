#!/bin/bash
# layers.sh: who may include whom. PARTS lists the modules in order, PEERS those
# that never include each other; the Makefile passes both (make layers).
#
#   1 a module includes itself and modules before it in PARTS, no peer
#   2 files not named *_sql.* or *_pg.* include C's own headers and such of ours
#   3 linalg alone includes and calls BLAS
#   4 the files at the top of src are included by nobody
set -eu

find src -name '*.[ch]' | LC_ALL=C sort | xargs awk '
function breach(why) { printf "%s:%d: %s\n", FILENAME, FNR, why; bad = 1 }
BEGIN {
	n = split(ENVIRON["PARTS"], list, " "); for (i = 1; i <= n; i++) rank[list[i]] = i
	n = split(ENVIRON["PEERS"], list, " "); for (i = 1; i <= n; i++) peer[list[i]] = 1
	n = split("assert complex ctype errno fenv float inttypes limits locale math signal " \
		"stdalign stdarg stdatomic stdbool stddef stdint stdio stdlib string time", list, " ")
	for (i = 1; i <= n; i++) standard[list[i] ".h"] = 1
}
FNR == 1 {
	n = split(FILENAME, path, "/")
	module = n > 2 ? path[2] : ""
	kernel = module != "" && path[n] !~ /_(sql|pg)\.[ch]$/
	if (n > 3 || (n == 3 && !(module in rank)))
		breach("lies in no module of PARTS")
}
/^[ \t]*#[ \t]*include/ {
	match($0, /["<][^">]*[">]/)
	name = substr($0, RSTART + 1, RLENGTH - 2)
	ours = index($0, "\"")
	if (ours && system("test -e src/" name) != 0)
		ours = ours && module != "" && system("test -e src/" module "/" name) == 0 ? 2 : 0
	target = ours == 2 ? module : ours && index(name, "/") ? substr(name, 1, index(name, "/") - 1) : ""
	if (ours && target == "" && module != "")
		breach("includes " name " from the top of src")
	else if (ours && module != "" && target != module) {
		if (rank[target] > rank[module])
			breach(module " includes " name ", which comes after it in PARTS")
		else if (target in peer && module in peer)
			breach("peers: " module " includes " name)
	}
	if (kernel && ours && name ~ /_(sql|pg)\.h$/)
		breach("kernel includes " name ", which knows the server")
	blas = name ~ /(cblas|lapack|lapacke|f77blas|openblas_config)\.h$/
	if (blas && module != "linalg")
		breach(name " is for linalg only")
	else if (kernel && !ours && !blas && !(name in standard))
		breach("kernel includes " name ", which is not C'\''s own")
}
module != "linalg" && /(^|[^A-Za-z0-9_])(cblas|openblas)_[a-z0-9_]+ *\(/ && !/^[ \t]*(\/?\*)/ {
	breach("calls BLAS, which is for linalg only")
}
END { exit bad }'
