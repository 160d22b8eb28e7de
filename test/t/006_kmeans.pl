# k-means on data with a known answer, and what it says while it trains.

use strict;
use warnings;
use MediaML;
use PostgreSQL::Test::Utils;
use Test::More;

my $node = mediaml_node('kmeans');

SKIP:
{
	my $file = shared_file('data/tabular/iris.csv');
	my @rows = map { /^([\d.]+),([\d.]+),([\d.]+),([\d.]+),/ ? "('{$1,$2,$3,$4}')" : () } split /\n/, slurp_file($file);

	$node->safe_psql('postgres', 'CREATE TABLE iris (x float8[]); INSERT INTO iris VALUES ' . join(',', @rows));
	is($node->safe_psql('postgres', q{
			SELECT abs(min((mediaml.model_info(m)->>'inertia')::float8) - 78.851441) < 1e-6,
				   bool_and((mediaml.model_info(m)->>'converged')::bool), count(*)
			FROM (SELECT mediaml.kmeans(x, 3, jsonb_build_object('seed', s, 'n_init', 10, 'tol', 0)) AS m
				  FROM iris, generate_series(1, 20) s GROUP BY s) t}),
		't|t|20', 'iris: the best inertia with 3 clusters');
	is($node->safe_psql('postgres', q{
			SELECT count(*) FROM (SELECT mediaml.kmeans(x, 3, jsonb_build_object('seed', s, 'n_init', 10, 'tol', 0)) AS m
								  FROM iris, generate_series(1, 20) s GROUP BY s) t
			WHERE abs((mediaml.model_info(m)->>'inertia')::float8 - 78.851441) < 1e-6}),
		20, 'iris: found from ten starts, whatever the seed');
}

my ($status, $stdout, $stderr) = $node->psql('postgres', q{
	SET mediaml.progress = on;
	SELECT mediaml.model_info(mediaml.kmeans(ARRAY[i % 10, i % 7], 4, '{"init": [[0, 0], [1, 1], [2, 2], [3, 3]]}')) ->> 'iterations'
	FROM generate_series(1, 700) i});
my @said = $stderr =~ /NOTICE:  (kmeans: iteration \d+, objective [\d.]+, change [^ ,]+, 700 rows, [\d.]+ s)$/mg;
is(scalar(@said), $stdout, 'progress is told once an iteration');
my @objectives = map { /objective ([\d.]+)/ } @said;
my @risen = grep { $objectives[$_] > $objectives[ $_ - 1 ] } 1 .. $#objectives;
is(scalar(@risen), 0, 'its objective never rises');

($status, $stdout, $stderr) = $node->psql('postgres', q{
	SELECT length(mediaml.kmeans(ARRAY[i % 10, i % 7], 4)) FROM generate_series(1, 700) i});
is($stderr, '', 'without it nothing is said');

$node->stop;
done_testing();
