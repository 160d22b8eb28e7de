# ease on real film data, against figures that a reference of the same
# definition has given: full ranking, one pair in five hidden by a hash.

use strict;
use warnings;
use Films;
use MediaML;
use PostgreSQL::Test::Utils;
use Test::More;

my $node = mediaml_node('ease');

# Train on what is not hidden in the table pairs, and recommend twenty to
# everybody with a hidden pair. Returned are NDCG@10, precision@10, recall@10 and
# recall@20; then the same where those without a history get the lowest ids, as
# the reference does, in place of the most popular items.
sub figures
{
	my ($options, $column) = @_;

	$node->safe_psql('postgres', qq{
		DROP TABLE IF EXISTS model, viewers, ranking;
		CREATE TABLE model AS
			SELECT mediaml.ease(user_id, item_id, 1, '$options') AS m FROM pairs WHERE NOT hidden;
		CREATE TABLE viewers AS
			SELECT user_id, coalesce(array_agg(item_id) FILTER (WHERE NOT hidden), '{}') AS seen,
				   array_agg(item_id) FILTER (WHERE hidden) AS hidden
			FROM pairs GROUP BY user_id HAVING bool_or(hidden);
		CREATE TABLE ranking AS
			SELECT user_id, array_agg($column ORDER BY rank) AS best,
				   bool_and(source = 'history') AS from_history
			FROM model, viewers, mediaml.recommend_from(m, seen, 20) GROUP BY user_id});

	my @figures = split /\|/, $node->safe_psql('postgres', q{
		WITH lowest AS (
			SELECT array_agg(item_id ORDER BY item_id::text COLLATE "C") AS ids
			FROM (SELECT DISTINCT item_id FROM pairs) AS p
		), lists AS (
			SELECT hidden, best, CASE WHEN from_history THEN best ELSE ids[1:20] END AS by_id
			FROM ranking JOIN viewers USING (user_id), lowest
		), hits AS (
			SELECT lists.*,
				   (SELECT count(*)::numeric FROM unnest(best[1:10]) AS b WHERE b = ANY (hidden)) AS hits10,
				   (SELECT count(*)::numeric FROM unnest(best) AS b WHERE b = ANY (hidden)) AS hits20,
				   (SELECT count(*)::numeric FROM unnest(by_id[1:10]) AS b WHERE b = ANY (hidden)) AS by_id10
			FROM lists
		)
		SELECT round(avg(mediaml.ndcg_at_k(best, hidden, 10))::numeric, 4), round(avg(hits10 / 10), 4),
			   round(avg(hits10 / cardinality(hidden)), 4), round(avg(hits20 / cardinality(hidden)), 4),
			   round(avg(mediaml.ndcg_at_k(by_id, hidden, 10))::numeric, 4),
			   round(avg(by_id10 / cardinality(hidden)), 4)
		FROM hits});
	return @figures;
}

SKIP:
{
	skip 'MovieLens: no package r-cran-dslabs', 7 unless load_movielens($node);
	my @figures = figures('{"l2": 200}', 'item_id');

	is($figures[0], '0.3557', 'MovieLens, l2 200: NDCG@10');
	is($figures[1], '0.2976', 'MovieLens, l2 200: precision@10');
	is($figures[2], '0.1777', 'MovieLens, l2 200: recall@10');
	is($figures[3], '0.2610', 'MovieLens, l2 200: recall@20');
	is($node->safe_psql('postgres', q{
		SELECT bool_and(because_of_id = ANY (seen) AND item_id <> ALL (seen))
		FROM model, viewers, mediaml.recommend_from(m, seen, 5)}),
		't', 'MovieLens: each has a reason that was seen');
	is((figures('{"l2": 400}', 'item_id'))[0], '0.3539', 'MovieLens, l2 400: NDCG@10');
	cmp_ok((figures('{"l2": 50, "auto": true}', 'item_id'))[0], '>=', 0.353, 'MovieLens, l2 by auto: NDCG@10');
}

SKIP:
{
	load_movietweetings($node);
	my @figures = figures('{"l2": 100}', 'item_key');

	is($figures[4], '0.1184', 'MovieTweetings, l2 100: NDCG@10, by id without history');
	is($figures[5], '0.1664', 'MovieTweetings, l2 100: recall@10, by id without history');
	is($figures[0], '0.1428', 'MovieTweetings, l2 100: NDCG@10, popularity without history');
	is($figures[2], '0.2121', 'MovieTweetings, l2 100: recall@10, popularity without history');
}

# The same rows in the same order give the same bytes, in every backend; users
# of few and of many items, weights that are not whole.
foreach my $options ('{}', '{"neighbours": 20}')
{
	my $train = qq{
		SELECT md5(mediaml.ease(u, i, w, '$options' ORDER BY u, i)) FROM (
			SELECT u, (u * 7919 + n * n) % 997 AS i, 0.1 * (n % 9) AS w
			FROM generate_series(1, 300) AS u, generate_series(1, 20 + u % 10 * 60) AS n) AS t};

	is($node->safe_psql('postgres', $train), $node->safe_psql('postgres', $train),
		"a model has the same bytes each time: $options");
}

# Every part of training answers a timeout: gathering, the Gram matrix of short
# and of long histories, factor, inverse, weights.
$node->safe_psql('postgres', q{
	CREATE TABLE short AS SELECT u, (u * 7919 + n * n) % 4999 AS i
		FROM generate_series(1, 3000) AS u, generate_series(1, 40) AS n;
	CREATE TABLE long AS SELECT u, i FROM generate_series(1, 600) AS u, generate_series(1, 2000) AS i});
foreach my $table (qw(short long))
{
	my $script = "\\timing on\n";
	my $longest = 0;

	$script .= "SET statement_timeout = " . 211 * $_ . ";\nSELECT length(mediaml.ease(u, i, 1)) FROM $table;\n" foreach 1 .. 10;
	my ($status, $stdout, $stderr) = $node->psql('postgres', $script, on_error_stop => 0);
	my @times = $stdout =~ /^Time: ([0-9.]+) ms/mg;

	foreach my $i (1 .. 10)
	{
		my $late = ($times[ 2 * $i - 1 ] // 1e9) - 211 * $i;

		$longest = $late if $late > $longest;
	}
	like($stderr, qr/canceling statement due to statement timeout/, "$table histories: a timeout is answered");
	cmp_ok($longest, '<', 500, "$table histories: soon");
	diag(sprintf('%s histories: timeout answered within %.0f ms', $table, $longest));
}

$node->stop;
done_testing();
