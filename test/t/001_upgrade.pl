# An updated extension has the objects of a fresh one, for every older version.
#
# pg_dump --binary-upgrade spells out every member of an extension in full, so
# two dumps that are equal mean that nothing was forgotten; where they differ,
# the difference is what the upgrade script lacks.

use strict;
use warnings;
use MediaML;
use PostgreSQL::Test::Utils;
use Test::More;

my $node = mediaml_node('upgrade');
my $dir = PostgreSQL::Test::Utils::tempdir();

# The members of mediaml in database $db, written to a file whose name returns.
sub dump_members
{
	my ($db) = @_;
	my ($dump, $stderr) = run_command(
		[ 'pg_dump', '--binary-upgrade', '--schema-only', '-d', $node->connstr($db) ]);

	# identifiers of objects and of the dump itself differ from one to the other
	$dump =~ s/\b\d{5,}\b/OID/g;
	$dump =~ s/^\\(un)?restrict .*$//mg;
	append_to_file("$dir/$db", $dump);
	return "$dir/$db";
}

my $version = $node->safe_psql('postgres',
	"SELECT default_version FROM pg_available_extensions WHERE name = 'mediaml'");
my $older = $node->safe_psql('postgres', qq{
	SELECT version FROM pg_available_extension_versions
	WHERE name = 'mediaml' AND version <> '$version' ORDER BY 1});
my $fresh = dump_members('postgres');

is( $node->safe_psql(
		'postgres', "SELECT extversion FROM pg_extension WHERE extname = 'mediaml'"),
	$version,
	'a fresh extension has the default version');
like(slurp_file($fresh), qr/FUNCTION mediaml\./, 'a dump shows the members');

foreach my $old (split /\n/, $older)
{
	my $db = "from_$old";

	$node->safe_psql('postgres', qq{CREATE DATABASE "$db" TEMPLATE template0});
	$node->safe_psql($db, qq{CREATE EXTENSION mediaml VERSION '$old'; ALTER EXTENSION mediaml UPDATE});
	my ($diff) = run_command([ 'diff', '-U', '2', $fresh, dump_members($db) ]);
	is($diff, '', "update from $old gives the objects of a fresh extension");
}

# Dropped and created again, it is the same: nothing stays that is in its way.
$node->safe_psql('postgres', 'DROP EXTENSION mediaml');
is( $node->safe_psql('postgres', q{
		SELECT count(*) FROM pg_proc WHERE pronamespace = 'mediaml'::regnamespace}),
	0,
	'dropping the extension leaves no function');
$node->safe_psql('postgres', 'CREATE EXTENSION mediaml');
pass('the extension can be created again');

$node->stop;
done_testing();
