#!/bin/sh
#
# run.sh - the main job on real film data: load, clean, cluster, classify,
# recommend, and look at images, each statement with its result and its time
# on the screen; and a page of it, mediaml-demo.html in the current directory
#
# It is started by `make demo`, which builds mediaml and gives it a private
# server: psql without arguments must reach an empty database there.  The films
# are MovieLens latest-small, out of Debian's package r-cran-dslabs, the images
# Fashion-MNIST, out of dataset-fashion-mnist; both are fetched and unpacked but
# not installed.
#
#	MML_DSLABS_DEB=FILE     a package that is here already, nothing is fetched
#	MML_FASHION_DEB=FILE    the same for the images
#	MML_DEMO_VIEWER=NUMBER  for whom steps 5 and 7 recommend
#	MML_DEMO_PAGE=FILE      where the page will be, as make says: it runs this
#	                        in a copy of the checkout, and brings the page back
#
set -eu

here=$(cd "$(dirname "$0")" && pwd)
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
trap 'exit 1' HUP INT TERM

fail()
{
	echo "demo: $*" >&2
	exit 1
}

# ---- The data ---------------------------------------------------------------

# fetch PACKAGE: the path of its file
fetch()
{
	# apt gives up root's rights for a download unless told not to, and
	# could then not write into our directory
	(cd "$work" && apt-get -q -o APT::Sandbox::User=root download "$1") \
		>"$work/log" 2>&1 || { cat "$work/log" >&2; return 1; }
	ls "$work/$1"_*.deb
}

# unpack PACKAGE VARIABLE FILE WHAT: FILE, or PACKAGE fetched, below $work/PACKAGE
unpack()
{
	deb=$3
	if [ -z "$deb" ]; then
		deb=$(fetch "$1") || fail "no $4: Debian's package $1 could not be fetched.
Run apt-get update and try again, or set $2 to the package's file.
The demo runs on real data or not at all."
	fi
	dpkg-deb -x "$deb" "$work/$1" || fail "$deb cannot be unpacked"
}

for tool in psql perl gzip dpkg-deb; do
	command -v "$tool" >/dev/null || fail "$tool is not installed"
done

unpack r-cran-dslabs MML_DSLABS_DEB "${MML_DSLABS_DEB:-}" "film data"
perl "$here/rdata2csv.pl" \
	"$work/r-cran-dslabs/usr/lib/R/site-library/dslabs/data/Rdata" movielens \
	>"$work/movielens.csv" || fail "no film data in $deb"

unpack dataset-fashion-mnist MML_FASHION_DEB "${MML_FASHION_DEB:-}" images
for part in images-idx3 labels-idx1; do
	gzip -dc "$work/dataset-fashion-mnist/usr/share/datasets/fashion-mnist/t10k-$part-ubyte.gz" \
		>"$work/$part" || fail "no images in $deb"
done

# ---- The job ----------------------------------------------------------------

# An empty line after each time; titles in bold where the screen can show it
show()
{
	bold= title= dim= plain=
	if [ -t 1 ]; then
		esc=$(printf '\033')
		bold="$esc[1m" title="$esc[1;36m" dim="$esc[2m" plain="$esc[0m"
	fi
	sed -u "s/^## .*/\n$title&$plain/; s/^-- .*/$bold&$plain/; s/^Time: .*/$dim&$plain\n/"
}

export PGCLIENTENCODING=UTF8 PAGER= PGOPTIONS="${PGOPTIONS:-} -c client_min_messages=warning"
page=mediaml-demo.html
rm -f "$page"
began=$(date +%s)

{
	psql -X -v ON_ERROR_STOP=1 -v ECHO=queries -v viewer="${MML_DEMO_VIEWER:-436}" \
		-v onnx="$here/fashion/fashion.onnx" -v images="$work/images-idx3" -v labels="$work/labels-idx1" \
		-v page="$page" \
		-f "$here/settings.sql" \
		-f "$here/1_load.sql" \
		-f "$here/2_clean.sql" \
		-f "$here/3_cluster.sql" \
		-f "$here/4_classify.sql" \
		-f "$here/5_recommend.sql" \
		-f "$here/6_see.sql" \
		-f "$here/7_report.sql" \
		<"$work/movielens.csv" 2>&1 || echo $? >"$work/failed"
} | show

[ ! -e "$work/failed" ] || fail "stopped at the error above"
echo
echo "The whole job took $(($(date +%s) - began)) seconds. Open its page in a browser: ${MML_DEMO_PAGE:-$PWD/$page}"
