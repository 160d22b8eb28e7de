# Metrics equal scikit-learn's to 1e-12, on random rows with ties, serial and parallel.

use strict;
use warnings;
use File::Basename;
use MediaML;
use PostgreSQL::Test::Utils;
use Test::More;

my $node = mediaml_node('metrics');
my $dir = PostgreSQL::Test::Utils::tempdir();

# rows that divide by 8, the parts of lift, since sizes of parts differ otherwise
$node->safe_psql('postgres', q{
	SELECT setseed(0.42);
	CREATE TABLE sample AS
	SELECT i, random() < p AS actual, p > 0.4 AS predicted,
		CASE WHEN i % 500 = 0 THEN i % 1000 / 500 ELSE round(p::numeric, 2) END::float8 AS tied,
		p AS fine, (p - 0.5) * 10 ^ (random() * 600 - 300) AS wide,
		'k' || (9 * p * random())::int AS label, 'k' || 1 + (9 * p * random())::int AS taken,
		(4e17 * (20 * p * random())::int)::bigint AS number, (4e17 * (18 * p)::int)::bigint AS number_taken,
		chr(97 + least((4 * p)::int, 3)) AS kind, ARRAY[p / 2, p / 2, (1 - p) * q, (1 - p) * (1 - q)] AS chances,
		100 * (p - q) AS plain, 100 * (p - q) + random() AS plain_taken,
		1.7e9 + 10 * p AS shifted, 1.7e9 + 10 * p + q AS shifted_taken,
		1e-9 * (1 + p) AS small, 1e-9 * (1 + q) AS small_taken,
		p * 10 ^ (random() * 8 - 4) AS mixed, p * 10 ^ (random() * 8 - 4) AS mixed_taken,
		viewer, hashtextextended(viewer, 0) & (2 ^ 53 - 1)::bigint AS viewer_number
	FROM (SELECT i, 1 - sqrt(random()) AS p, random() AS q, CASE WHEN i % 3 > 0 THEN 'v' || i % 1471 END AS viewer FROM generate_series(1, 20000) i OFFSET 0) s;
	-- two rows are alone in their clusters
	CREATE TABLE points AS
	SELECT ARRAY[c * 1.5 + random(), 3 * random(), random() - c, random()] AS x, CASE WHEN i <= 2 THEN -i ELSE c END AS c
	FROM (SELECT i, (random() * 5)::int AS c FROM generate_series(1, 2000) i OFFSET 0) s;
	ALTER TABLE points SET (parallel_workers = 3);
	ALTER TABLE sample SET (parallel_workers = 3);
	ANALYZE sample});

# a name, and what mediaml makes of the columns; then the same of the points
my @answers = (
	map({ [ $_, "mediaml.$_(actual, predicted)" ] } qw(precision recall f1)),
	map({ my $f = $_; [ "$f of numbers", "mediaml.$f(number, number_taken)" ],
		map { [ "$f $_", "mediaml.$f(label, taken, '$_')" ] } qw(macro micro weighted) } qw(precision recall f1)),
	[ 'confusion', 'mediaml.confusion(label, taken)' ],
	[ 'adjusted_rand', 'mediaml.adjusted_rand(label, taken)' ],
	[ 'adjusted_rand of numbers', 'mediaml.adjusted_rand(number, number_taken)' ],
	map({ [ "$_ of many", "mediaml.$_(kind, '{a,b,c,d}', chances)" ] } qw(log_loss brier)),
	map({ my $p = $_; [ "log_loss $p", "mediaml.log_loss(actual, $p)" ], [ "brier $p", "mediaml.brier(actual, $p)" ],
		map { [ "$_ $p", "mediaml.$_(actual, $p, 7)" ] } qw(calibration calibration_quantile) } qw(tied fine)),
	map({ my $s = $_; [ "roc_auc $s", "mediaml.roc_auc(actual, $s)" ], [ "average_precision $s", "mediaml.average_precision(actual, $s)" ],
		[ "roc_curve $s", "mediaml.roc_curve(actual, $s, 100000)" ], [ "lift $s", "mediaml.lift(actual, $s, 8)" ],
		[ "best_threshold $s", "mediaml.best_threshold(actual, $s, 2, 7)" ] } qw(tied fine wide)),
	map({ my $y = $_; map { [ "$_ $y", "mediaml.$_($y, ${y}_taken)" ] } qw(rmse mae r2 mape) } qw(plain shifted small mixed)),
	# one resample each, which the other side draws again; then intervals beside those of another bootstrap
	map({ [ "drawn $_", "mediaml.bootstrap_scores(actual, tied, predicted, viewer, '{\"resamples\": 1, \"seed\": $_}')" ],
		[ "gain drawn $_", "mediaml.bootstrap_scores_gain(actual, tied, predicted, fine, fine > 0.3, viewer, '{\"resamples\": 1, \"seed\": $_}')" ] } 1 .. 3),
	map({ [ "interval $_", "mediaml.bootstrap_scores(actual, tied, predicted, $_) FILTER (WHERE i <= 3000)" ],
		[ "interval of gain $_", "mediaml.bootstrap_scores_gain(actual, tied, predicted, plain, plain > 10, $_) FILTER (WHERE i <= 3000)" ] } 'NULL', 'chr(65 + i % 61)'),
);

my @of_points = map { [ $_, "mediaml.$_(x, c)" ] } qw(silhouette silhouette_centroid davies_bouldin);

# What answers to say, of one row of a table, as JSON without braces.
sub say_answers
{
	return join(" || ',' || ", map { "'\"$_->[0]\": ' || to_json($_->[1])" } @_);
}

SKIP:
{
	skip 'no scikit-learn', 2 * (@answers + @of_points)
		unless system_log('/usr/bin/python3', '-c', 'import sklearn') == 0;

	append_to_file("$dir/$_", $node->safe_psql('postgres', "SELECT to_json(s) FROM $_ s") . "\n") foreach 'sample', 'points';
	foreach my $plan ('serial', 'parallel')
	{
		my $workers = $plan eq 'parallel' ? 3 : 0;
		my $set = "SET max_parallel_workers_per_gather = $workers; SET parallel_setup_cost = 0; SET parallel_tuple_cost = 0;";
		my $query = 'SELECT \'{\' || ' . say_answers(@answers) . ' || \',\' || (SELECT ' . say_answers(@of_points) . ' FROM points) || \'}\' FROM sample';

		like($node->safe_psql('postgres', "$set EXPLAIN $query"), qr/Gather.*Gather/s, 'parallel plans') if $workers;
		append_to_file("$dir/$plan", $node->safe_psql('postgres', "$set $query"));
		my ($stdout, $stderr) = run_command([ '/usr/bin/python3', dirname(__FILE__) . '/090_metrics.py', map { "$dir/$_" } 'sample', 'points', $plan ]);
		my %difference = map { split / / } split /\n/, $stdout;

		diag($stderr) if $stderr;
		foreach my $name (sort keys %difference)
		{
			# what is drawn at random differs at random, by a share of the interval's width
			cmp_ok($difference{$name}, '<', $name =~ /^interval/ ? 0.15 : 1e-12, "$plan: $name");
		}
		cmp_ok(scalar(keys %difference), '>=', @answers + @of_points, "$plan: all were compared");
		my ($largest) = sort { $b <=> $a } map { $difference{$_} } grep { !/^interval/ } keys %difference;
		diag("$plan: the largest difference is $largest");
	}
}

$node->stop;
done_testing();
