# MediaML.pm: what the TAP tests share.

package MediaML;

use strict;
use warnings;
use PostgreSQL::Test::Cluster;
use PostgreSQL::Test::Utils;
use Test::More;
use Exporter 'import';

our @EXPORT = qw(mediaml_node shared_file stand_in_metrics);

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

# train() asks for metrics that mediaml has not yet: the same without worth. To be
# removed once they are there.
sub stand_in_metrics
{
	my ($node) = @_;
	my %missing = (
		'average_precision(boolean, float8)' => '',
		'brier(boolean, float8)' => '',
		'precision(boolean, boolean)' => '',
		'recall(boolean, boolean)' => '',
		'f1(boolean, boolean)' => '',
		'bootstrap_mean(float8, float8)' => ', FINALFUNC = mediaml.stand_in');

	$node->safe_psql('postgres', q{
		CREATE FUNCTION mediaml.stand_in(float8, anyelement, anyelement) RETURNS float8 LANGUAGE sql AS 'SELECT $1';
		CREATE FUNCTION mediaml.stand_in(float8, boolean, float8) RETURNS float8 LANGUAGE sql AS 'SELECT $1';
		CREATE FUNCTION mediaml.stand_in(float8) RETURNS mediaml.estimate LANGUAGE sql
			AS 'SELECT ROW($1, $1, $1, 1)::mediaml.estimate'});
	foreach my $metric (sort keys %missing)
	{
		next if $node->safe_psql('postgres', "SELECT to_regprocedure('mediaml.$metric')");
		$node->safe_psql('postgres', "CREATE AGGREGATE mediaml.$metric (SFUNC = mediaml.stand_in, STYPE = float8$missing{$metric})");
	}
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
