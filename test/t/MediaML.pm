# MediaML.pm: what the TAP tests share.

package MediaML;

use strict;
use warnings;
use PostgreSQL::Test::Cluster;
use PostgreSQL::Test::Utils;
use Test::More;
use Exporter 'import';

our @EXPORT = qw(mediaml_node shared_file);

# A started server named $name, UTF-8 in the C locale, with mediaml created in
# its database postgres. Further lines of configuration may follow.
sub mediaml_node
{
	my ($name, @conf) = @_;
	my $node = PostgreSQL::Test::Cluster->new($name);

	$node->init(extra => [ '-E', 'UTF8', '--locale=C.UTF-8' ]);
	$node->append_conf('postgresql.conf', "$_\n") foreach @conf;
	$node->start;
	$node->safe_psql('postgres', 'CREATE EXTENSION mediaml');
	return $node;
}

# The path of a file of private data, for instance shared_file('data/x.csv').
# Where it is absent the rest of the enclosing SKIP block is skipped.
sub shared_file
{
	my ($file) = @_;
	my $path = ($ENV{MML_SHARED} // '') . "/$file";

	skip "$file is absent", 1 unless -r $path;
	return $path;
}

1;
