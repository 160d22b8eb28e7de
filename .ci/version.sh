#!/bin/bash
# version.sh: the version is decided in mediaml.control; META.json and the top of
# CHANGELOG.md repeat it.
set -eu

version=$(sed -n "s/^default_version *= *'\(.*\)'/\1/p" mediaml.control)
bad=0
for line in $(sed -n 's/.*"version": *"\([0-9].*\)".*/\1/p' META.json); do
	[ "$line" = "$version" ] || [ "$line" = 1.0.0 ] || { echo "META.json says $line, mediaml.control $version"; bad=1; }
done
top=$(sed -n 's/^## \([^ ]*\).*/\1/p' CHANGELOG.md | head -n 1)
[ "$top" = "$version" ] || { echo "CHANGELOG.md begins with $top, mediaml.control says $version"; bad=1; }
exit $bad
