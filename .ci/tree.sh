#!/bin/bash
# tree.sh TREE: make a relocated PostgreSQL server tree with mediaml in it.
#
# Before version 18 PostgreSQL reads control files from its own share directory
# only, which it finds relative to its own program. So the programs are copied
# into TREE, everything else is linked, and mediaml's files are added: CREATE
# EXTENSION works and nothing is installed into the system. Run again, it puts
# the present build into a tree that exists, even under a running server.
set -eu

tree=$1
config=${PG_CONFIG:-pg_config}
bin=$($config --bindir)
share=$($config --sharedir)
lib=$($config --pkglibdir)

# link_all FROM TO: TO gets a link to each entry of FROM but mediaml's own
link_all()
{
	mkdir -p "$2"
	find "$1" -mindepth 1 -maxdepth 1 ! -name 'mediaml*' -exec ln -sfnt "$2" {} +
}

# put FILE DIR: replace by renaming, since a server may have the old one open
put()
{
	install -m "${3:-644}" "$1" "$2/.new"
	mv -f "$2/.new" "$2/$(basename "$1")"
}

if [ ! -e "$tree$bin/postgres" ]; then
	mkdir -p "$tree$bin"
	cp -L "$bin"/* "$tree$bin"
	rm -f "$tree$bin/pg_config"		# it would speak of the tree, where no headers are
	link_all "$lib" "$tree$lib"
	link_all "$share" "$tree$share"
	rm "$tree$share/extension"
	link_all "$share/extension" "$tree$share/extension"
fi

rm -f "$tree$share"/extension/mediaml*
put mediaml.so "$tree$lib" 755
for file in mediaml.control sql/mediaml--*.sql; do
	put "$file" "$tree$share/extension"
done
