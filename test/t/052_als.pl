# als on real film data, against figures that a reference of the same definition
# has given; histories of viewers who were not there in training; workers; time.

use strict;
use warnings;
use Films;
use MediaML;
use PostgreSQL::Test::Utils;
use Test::More;

my $node = mediaml_node('als', 'max_worker_processes = 12', 'max_parallel_maintenance_workers = 2',
	'log_min_messages = debug1');

# Train on what is not hidden in the table pairs, and recommend ten to everybody
# with a hidden pair: NDCG@10; and the same where those without a history get the
# lowest ids, as the reference does, in place of the most popular items.
sub figures
{
	my ($options, $column) = @_;

	$node->safe_psql('postgres', qq{
		DROP TABLE IF EXISTS model, viewers;
		CREATE TABLE model AS
			SELECT mediaml.als(user_id, item_id, 1, '$options') AS m FROM pairs WHERE NOT hidden;
		CREATE TABLE viewers AS
			SELECT user_id, coalesce(array_agg(item_id) FILTER (WHERE NOT hidden), '{}') AS seen,
				   array_agg(item_id) FILTER (WHERE hidden) AS hidden
			FROM pairs GROUP BY user_id HAVING bool_or(hidden)});
	return split /\|/, $node->safe_psql('postgres', qq{
		WITH lowest AS (
			SELECT array_agg(item_id ORDER BY item_id::text COLLATE "C") AS ids
			FROM (SELECT DISTINCT item_id FROM pairs) AS p
		), ranking AS (
			SELECT user_id, array_agg($column ORDER BY rank) AS best
			FROM model, viewers, mediaml.recommend_from(m, seen, 10) GROUP BY user_id
		)
		SELECT avg(mediaml.ndcg_at_k(best, hidden, 10)),
			   avg(mediaml.ndcg_at_k(CASE WHEN seen = '{}' THEN ids[1:10] ELSE best END, hidden, 10))
		FROM ranking JOIN viewers USING (user_id), lowest});
}

# $got is within $by of $wanted
sub near
{
	my ($got, $wanted, $by, $name) = @_;

	ok(abs($got - $wanted) <= $by, sprintf('%s: %.4f is within %s of %s', $name, $got, $by, $wanted));
}

# The root of the mean squared error of rating_als on hidden pairs of films that
# somebody has rated.
sub rmse
{
	my ($options) = @_;

	return $node->safe_psql('postgres', qq{
		WITH rated AS (
			SELECT pairs.*, rating FROM pairs JOIN import ON (import.user_id, film_id) = (pairs.user_id, item_id)
		), model AS MATERIALIZED (
			SELECT mediaml.rating_als(user_id, item_id, rating, '$options') AS m FROM rated WHERE NOT hidden
		), viewers AS (
			SELECT user_id, array_agg(item_id ORDER BY item_id) FILTER (WHERE NOT hidden) AS seen,
				   array_agg(rating ORDER BY item_id) FILTER (WHERE NOT hidden) AS ratings,
				   array_agg(item_id) FILTER (WHERE hidden) AS hidden
			FROM rated GROUP BY user_id
		)
		SELECT sqrt(avg((score - rating)^2))
		FROM model, viewers, mediaml.recommend_from(m, seen, 10000, hidden, weights => ratings) AS r
		JOIN rated ON rated.item_id = r.item_id
		WHERE rated.user_id = viewers.user_id AND source = 'history'});
}

SKIP:
{
	skip 'MovieLens: no package r-cran-dslabs', 5 unless load_movielens($node);
	near((figures('{"reg": 0.02, "unobserved_weight": 0.2}', 'item_id'))[0], 0.348, 0.003, 'MovieLens: NDCG@10');
	is($node->safe_psql('postgres', q{
		SELECT bool_and(because_of_id = ANY (seen) AND item_id <> ALL (seen))
		FROM model, viewers, mediaml.recommend_from(m, seen, 5)}),
		't', 'MovieLens: each has a reason that was seen');

	# one viewer in ten is left out of training, and asked about all the same
	my ($with, $without) = split /\|/, $node->safe_psql('postgres', q{
		WITH other AS (
			SELECT mediaml.als(user_id, item_id, 1) AS m FROM pairs WHERE NOT hidden AND user_id % 10 <> 0
		)
		SELECT avg(mediaml.ndcg_at_k(ARRAY(SELECT item_id FROM mediaml.recommend_from(model.m, seen, 10) ORDER BY rank), hidden, 10)),
			   avg(mediaml.ndcg_at_k(ARRAY(SELECT item_id FROM mediaml.recommend_from(other.m, seen, 10) ORDER BY rank), hidden, 10))
		FROM model, other, viewers});

	near($without / $with, 1, 0.02, 'MovieLens: a tenth left out of training, to all in training');
	($with, $without) = split /\|/, $node->safe_psql('postgres', q{
		WITH other AS (
			SELECT mediaml.als(user_id, item_id, 1) AS m FROM pairs WHERE NOT hidden AND user_id % 10 <> 0
		)
		SELECT avg(mediaml.ndcg_at_k(ARRAY(SELECT item_id FROM mediaml.recommend_from(model.m, seen, 10) ORDER BY rank), hidden, 10)),
			   avg(mediaml.ndcg_at_k(ARRAY(SELECT item_id FROM mediaml.recommend_from(other.m, seen, 10) ORDER BY rank), hidden, 10))
		FROM model, other, viewers WHERE user_id % 10 = 0});
	diag("those left out alone: NDCG@10 $without, in training $with");

	# ratings: what is hidden is predicted better than by biases alone
	my ($biases, $factors) = map { rmse($_) } '{"reg": 1e6}', '{}';

	near($biases, 0.873, 0.001, 'MovieLens: RMSE of biases');
	near($factors, 0.858, 0.003, 'MovieLens: RMSE of rating_als');
}

SKIP:
{
	load_movietweetings($node);
	my @figures = figures('{"reg": 0.02, "unobserved_weight": 0.1}', 'item_key');

	near($figures[1], 0.115, 0.003, 'MovieTweetings: NDCG@10, by id without history');
	near($figures[0], 0.141, 0.003, 'MovieTweetings: NDCG@10, popularity without history');
}

# The same rows give the same bytes with and without workers, in shared memory
# and where there is none.
$node->safe_psql('postgres', q{
	CREATE TABLE many AS SELECT u, (u * 7919 + n * n) % 1999 AS i, 0.1 * (n % 9 + 1) AS w
		FROM generate_series(1, 6000) AS u, generate_series(1, 20 + u % 10 * 6) AS n});
my $train = q{SELECT md5(mediaml.als(u, i, w, '{"iterations": 2}' ORDER BY u, i)) FROM many};
my $log_seen = -s $node->logfile;
my $same = $node->safe_psql('postgres', "SET max_parallel_maintenance_workers = 0; $train");

like($same, qr/^[0-9a-f]{32}$/, 'a model is trained without workers');
foreach my $workers (1, 2)
{
	is($node->safe_psql('postgres', "SET max_parallel_maintenance_workers = $workers; $train"), $same,
		"the same with $workers");
}
is(scalar(() = slurp_file($node->logfile, $log_seen) =~ /starting background worker process "parallel worker/g), 3,
	'three were started in all');
is($node->safe_psql('postgres', "SET max_parallel_workers = 0; $train"), $same, 'the same with none to be had');
is($node->safe_psql('postgres', "BEGIN; SAVEPOINT s; $train"), $same, 'the same in a subtransaction');

# A timeout is answered wherever it comes, with a worker too.
foreach my $workers (0, 1)
{
	my $script = "\\timing on\nSET max_parallel_maintenance_workers = $workers;\n";
	my $longest = 0;

	$script .= "SET statement_timeout = " . 173 * $_ .
		";\nSELECT length(mediaml.als(u, i, w, '{\"factors\": 200, \"iterations\": 100}')) FROM many;\n" foreach 1 .. 8;
	my ($status, $stdout, $stderr) = $node->psql('postgres', $script, on_error_stop => 0);
	my @times = $stdout =~ /^Time: ([0-9.]+) ms/mg;

	foreach my $i (1 .. 8)
	{
		my $late = ($times[ 2 * $i ] // 1e9) - 173 * $i;

		$longest = $late if $late > $longest;
	}
	like($stderr, qr/canceling statement due to statement timeout/, "$workers workers: a timeout is answered");
	cmp_ok($longest, '<', 500, "$workers workers: soon");
	diag(sprintf('%d workers: timeout answered within %.0f ms', $workers, $longest));
}

# auto tells what it tries, and the model what was chosen.
my (undef, undef, $told) = $node->psql('postgres', q{
	SET mediaml.progress = on;
	SELECT mediaml.als(u, i, 1, '{"auto": true, "factors": 4, "iterations": 2}') FROM many});
like($told, qr/NOTICE:  als: reg 0.02, unobserved_weight 0.2: NDCG\@10 0\.\d+ on what is held out/, 'auto tells what it tries');
like($told, qr/NOTICE:  als: reg 0.02, unobserved_weight 0.1: NDCG/, 'and goes on from there');
like($node->safe_psql('postgres', q{
	SELECT i ->> 'auto', (i ->> 'auto_ndcg')::float8 BETWEEN 0 AND 1 FROM (
		SELECT mediaml.model_info(mediaml.als(u, i, 1, '{"auto": true, "factors": 4, "iterations": 2}')) AS i FROM many) AS t}),
	qr/^true\|t$/, 'the model says what was found');

# What does not fit is refused before anything is fitted.
my ($status, undef, $stderr) = $node->psql('postgres', q{
	SET mediaml.max_memory = '100MB';
	SELECT mediaml.als(u, u, 1, '{"factors": 512}') FROM generate_series(1, 100000) AS u});
like($stderr, qr/als needs \d+ kB of memory, but only \d+ kB of 102400 kB are left/, 'too much memory is refused with both numbers');

$node->stop;
done_testing();
