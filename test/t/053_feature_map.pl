# feature_map on real film data: films that nobody has seen, since a hash of
# their ids keeps all that is known of them out of training.

use strict;
use warnings;
use Films;
use MediaML;
use PostgreSQL::Test::Utils;
use Test::More;

my $node = mediaml_node('feature_map');

SKIP:
{
	skip 'MovieLens: no package r-cran-dslabs', 5 unless load_movielens($node);
	$node->safe_psql('postgres', q{
		CREATE TABLE new AS
			SELECT DISTINCT item_id FROM pairs
			WHERE ('x' || substr(md5(item_id::text), 1, 8))::bit(32)::bigint % 5 = 0;
		CREATE TABLE model AS
			SELECT als, content, mediaml.feature_map(als, content) AS mapped
			FROM (SELECT mediaml.als(user_id, item_id, 1) AS als FROM pairs
				  WHERE item_id NOT IN (SELECT item_id FROM new)) AS a,
				 (SELECT mediaml.content(film_id, replace(genres, '|', ' ') || ' ' || title || ' decade' || year / 10)
				  AS content FROM (SELECT DISTINCT film_id, title, year, genres FROM import) AS f
				  WHERE film_id IN (SELECT item_id FROM pairs)) AS c;
		CREATE TABLE viewers AS
			SELECT user_id, array_agg(item_id) FILTER (WHERE item_id NOT IN (SELECT item_id FROM new)) AS seen,
				   array_agg(item_id) FILTER (WHERE item_id IN (SELECT item_id FROM new)) AS later
			FROM pairs GROUP BY user_id;
		DELETE FROM viewers WHERE later IS NULL OR seen IS NULL});
	is($node->safe_psql('postgres', q{
		SELECT count(*) > 600 AND bool_and(mediaml.score(mapped, seen, seen[1]) = mediaml.score(als, seen, seen[1]))
		FROM model, viewers}), 't', 'what has been seen keeps its scores');

	# all of the new films are ranked for each viewer
	my ($mapped, $content, $random) = split /\|/, $node->safe_psql('postgres', q{
		WITH candidates AS (SELECT array_agg(item_id ORDER BY item_id) AS ids FROM new)
		SELECT round(avg(mediaml.ndcg_at_k(m, later, 10))::numeric, 4), round(avg(mediaml.ndcg_at_k(c, later, 10))::numeric, 4),
			   round(avg(mediaml.ndcg_at_k(r, later, 10))::numeric, 4)
		FROM model, candidates, viewers,
			LATERAL (SELECT array_agg(item_id ORDER BY rank) AS m FROM mediaml.recommend_from(mapped, seen, 10, candidates => ids)) AS a,
			LATERAL (SELECT array_agg(item_id ORDER BY rank) AS c FROM mediaml.recommend_from(content, seen, 10, candidates => ids)) AS b,
			LATERAL (SELECT array_agg(item_id) AS r FROM (SELECT item_id FROM new ORDER BY md5(item_id || ':' || user_id) LIMIT 10) AS s) AS d});
	note("NDCG\@10 of new films: feature_map $mapped, content $content, random $random");
	ok($mapped > 1.1 * $content, "feature_map ($mapped) beats content ($content)");
	ok($content > 1.5 * $random, "content ($content) beats random ($random)");

	# new films have neighbours: of a kind that has been seen
	is($node->safe_psql('postgres', q{
		SELECT count(*), count(*) FILTER (WHERE s.item_id IS NOT NULL) * 100 / count(*) >= 99
		FROM model, new LEFT JOIN LATERAL mediaml.similar_items((SELECT mapped FROM model), item_id, 1) AS s ON true}) =~ s/^\d+\|//r,
		't', 'similar_items answers for new films');
	is($node->safe_psql('postgres', q{
		SELECT md5(mediaml.feature_map(als, content)) = md5(mapped) FROM model}), 't', 'the same bytes each time');
}

$node->stop;
done_testing();
