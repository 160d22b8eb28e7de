#!/bin/bash
# setup.sh check|demo|bench|zoo: what must be on the machine, from Debian's packages.
#
# Nothing happens where nothing is missing. Otherwise root, or who has sudo
# without a password, installs; everybody else is told what to install.
set -eu

missing=() wanted=()

# need PACKAGE COMMAND...: PACKAGE is missing unless COMMAND succeeds
need()
{
	"${@:2}" > /dev/null 2>&1 || missing+=("$1")
}

# want PACKAGE COMMAND...: the same, but where it cannot be installed, tests are skipped
want()
{
	"${@:2}" > /dev/null 2>&1 || wanted+=("$1")
}

has() { command -v "$1"; }
odbc_driver() { grep -q '^\[PostgreSQL Unicode\]' /etc/odbcinst.ini; }
server_file() { test -e "$("${PG_CONFIG:-pg_config}" "$1")/$2"; }

need gcc has gcc
need libc6-dev test -e /usr/include/stdio.h
need perl has prove
need postgresql-15 server_file --bindir postgres
need postgresql-server-dev-15 server_file --includedir-server postgres.h
need libopenblas-serial-dev test -e "/usr/lib/$(gcc -print-multiarch 2> /dev/null)/openblas-serial/libopenblas.a"
need libpng-dev test -e /usr/include/png.h
need libjpeg62-turbo-dev test -e /usr/include/jpeglib.h
case $1 in
	check)
		need libipc-run-perl perl -MIPC::Run -e 1
		need pg-bsd-indent has pg_bsd_indent
		want python3-psycopg2 /usr/bin/python3 -c 'import psycopg2'
		want python3-pyodbc /usr/bin/python3 -c 'import pyodbc'
		want unixodbc has isql
		want odbc-postgresql odbc_driver
		want openjdk-17-jdk-headless has javac
		want libpostgresql-jdbc-java test -e /usr/share/java/postgresql.jar
		want nodejs has node
		want npm has npm
		want postgresql-15-cron server_file --sharedir extension/pg_cron.control
		;;
	bench)
		need python3-sklearn /usr/bin/python3 -c 'import sklearn'
		need python3-pandas /usr/bin/python3 -c 'import pandas'
		need python3-psycopg2 /usr/bin/python3 -c 'import psycopg2'
		need python3-threadpoolctl /usr/bin/python3 -c 'import threadpoolctl'
		if [[ " ${MML_BENCH:-nn} " == *" nn "* ]]; then
			need nodejs has node
			need npm has npm
			[ "${MML_TORCH:-}" != 1 ] || need python3-torch /usr/bin/python3 -c 'import torch'
		fi
		;;
	zoo)
		for module in psycopg2 onnx torch torchvision sklearn; do
			need python3-$module /usr/bin/python3 -c "import $module"
		done
		need nodejs has node
		need npm has npm
		;;
esac
# the demo's films and images come in packages that are fetched, not installed
lists=
for package in r-cran-dslabs dataset-fashion-mnist; do
	[ "$1" != demo ] || apt-cache show "$package" > /dev/null 2>&1 || lists=missing
done
[ -n "${missing[*]}${wanted[*]}$lists" ] || exit 0

as_root=()
if [ "$(id -u)" != 0 ]; then
	as_root=(sudo -n)
	if ! sudo -n true 2> /dev/null; then
		[ -z "$lists" ] || echo "Please run as root: apt-get update"
		[ -z "${missing[*]}" ] || echo "Please install as root: apt-get install --no-install-recommends ${missing[*]}"
		[ -z "${wanted[*]}" ] || echo "Some tests are skipped without: apt-get install --no-install-recommends ${wanted[*]}"
		[ -z "${missing[*]}$lists" ]
		exit
	fi
fi
missing+=("${wanted[@]}")

install()
{
	"${as_root[@]}" env DEBIAN_FRONTEND=noninteractive apt-get install -qq -y --no-install-recommends -o Dpkg::Use-Pty=0 "$@" < /dev/null
}

echo "Setting up from Debian's packages: ${missing[*]:-package lists only}"
"${as_root[@]}" apt-get update -qq
if [[ " ${missing[*]} " == *" postgresql-15 "* ]] && [ ! -e /etc/postgresql-common/createcluster.conf ]; then
	conf=/etc/postgresql-common/createcluster.conf
	install postgresql-common
	echo "PostgreSQL was absent: its package is told in $conf to create no cluster (create_main_cluster = false)."
	"${as_root[@]}" sed -i 's/^#* *create_main_cluster.*/create_main_cluster = false/' "$conf"
fi
[ -z "${missing[*]}" ] || install "${missing[@]}"
