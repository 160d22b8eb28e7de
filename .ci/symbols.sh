#!/bin/bash
# symbols.sh LIBRARY: what the library shows to the server and wants from it.
#
# PostgreSQL loads libraries with RTLD_GLOBAL, so a symbol without our prefix
# can bind to another extension's, and a BLAS of another extension to ours. A
# LAPACK routine that wants libgfortran makes the library fail to load. Linked
# shared are C's own libraries and the decoders of images, nothing else.
set -uo pipefail

library=$1
shown=$(nm -D --defined-only "$library" | awk '$2 != "A" {print $3}') || exit 1
wanted=$(nm -D --undefined-only "$library" | awk '{print $2}')
linked=$(readelf -d "$library" | sed -n 's/.*(NEEDED).*\[\(.*\)\]/\1/p')
bad=0

# refuse WHY NAMES
refuse()
{
	[ -n "$2" ] || return
	printf '%s: %s\n' "$1" "$(tr '\n' ' ' <<< "$2")"
	bad=1
}

refuse "exported without our prefix" \
	"$(grep -vE '^(mml_|pg_finfo_mml_|Pg_magic_func$|_PG_init$|_PG_fini$|_init$|_fini$)' <<< "$shown")"
refuse "wanted from libgfortran" "$(grep _gfortran_ <<< "$wanted")"
if [ "${OPENBLAS:-}" = shared ]; then		# as a distributor may ask for
	wanted=$(grep -v '^cblas_' <<< "$wanted")
	linked=$(grep -v '^libopenblas\.so\.' <<< "$linked")
fi
refuse "wanted from a BLAS" "$(grep -E '^(cblas_|openblas_|LAPACKE_|[sdcz][a-z0-9]+_$)' <<< "$wanted")"
refuse "linked with" "$(grep -vE '^(libc|libm|libpng16|libjpeg)\.so\.|^ld-linux' <<< "$linked")"
exit $bad
