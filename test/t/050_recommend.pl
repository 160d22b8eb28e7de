# Recommenders on real film data, against figures that a reference of the same
# definition has given: full ranking, one pair in five hidden by a hash.

use strict;
use warnings;
use Films;
use MediaML;
use PostgreSQL::Test::Utils;
use Test::More;

my $node = mediaml_node('recommend');

# Train both recommenders on what is not hidden in the table pairs (user_id,
# item_id), recommend ten to everybody, and return figures by their names.
# "by id" is as the reference does where no score is left: the lowest ids.
sub figures
{
	my ($id) = @_;
	my $column = $id eq 'text' ? 'item_key' : 'item_id';

	$node->safe_psql('postgres', qq{
		DROP TABLE IF EXISTS catalogue, viewers, model, rows, ranking;
		CREATE TABLE catalogue AS SELECT DISTINCT item_id COLLATE "C" AS item_id FROM pairs;
		CREATE UNIQUE INDEX ON catalogue (item_id);
		CREATE TABLE viewers AS
			SELECT user_id, coalesce(array_agg(item_id) FILTER (WHERE NOT hidden), '{}') AS seen,
				   array_agg(item_id) FILTER (WHERE hidden) AS hidden
			FROM pairs GROUP BY user_id;
		DELETE FROM viewers WHERE hidden IS NULL;
		CREATE TABLE model AS
			SELECT mediaml.popularity(user_id, item_id, 1) AS popularity,
				   mediaml.item_knn(user_id, item_id, 1, '{"k": 200, "shrink": 20}') AS item_knn
			FROM pairs WHERE NOT hidden;
		CREATE TABLE rows AS
			SELECT 'popularity' AS method, user_id, rank, $column AS item_id, source
			FROM model, viewers, mediaml.recommend_from(popularity, seen, 10)
			UNION ALL
			SELECT 'item_knn', user_id, rank, $column, source
			FROM model, viewers, mediaml.recommend_from(item_knn, seen, 10);
		CREATE INDEX ON rows (user_id);
		ANALYZE;
		CREATE TABLE ranking AS
			SELECT method, user_id, array_agg(item_id ORDER BY rank) AS best
			FROM rows GROUP BY method, user_id;
		INSERT INTO ranking
			SELECT 'item_knn by id', user_id, scored || ARRAY(
				SELECT item_id FROM catalogue WHERE item_id <> ALL (seen || scored)
				ORDER BY item_id LIMIT 10 - cardinality(scored))
			FROM viewers, LATERAL (SELECT ARRAY(
				SELECT item_id FROM rows
				WHERE rows.user_id = viewers.user_id AND method = 'item_knn' AND source = 'history'
				ORDER BY rank) AS scored) AS s;
	} =~ s/item_id COLLATE "C"/$id eq 'text' ? 'item_id COLLATE "C"' : 'item_id'/er);

	my $rows = $node->safe_psql('postgres', q{
		SELECT method,
			   round(avg(mediaml.ndcg_at_k(best, hidden, 10))::numeric, 4),
			   round(avg((SELECT count(*)::numeric / cardinality(hidden)
						  FROM unnest(best) AS b WHERE b = ANY (hidden))), 4),
			   bool_and(cardinality(best) = 10)
		FROM ranking JOIN viewers USING (user_id) GROUP BY method});
	my %figures;

	foreach my $row (split /\n/, $rows)
	{
		my ($method, $ndcg, $recall, $full) = split /\|/, $row;

		$figures{$method} = { ndcg => $ndcg, recall => $recall, full => $full };
	}
	return \%figures;
}

SKIP:
{
	skip 'MovieLens: no package r-cran-dslabs', 5 unless load_movielens($node);
	my $figures = figures('bigint');

	is($figures->{popularity}{ndcg}, '0.1748', 'MovieLens: NDCG@10 of popularity');
	is($figures->{item_knn}{ndcg}, '0.3114', 'MovieLens: NDCG@10 of item_knn');
	is($figures->{'item_knn by id'}{ndcg}, '0.3114', 'MovieLens: NDCG@10 of item_knn, the rest by id');
	is($figures->{item_knn}{full}, 't', 'MovieLens: ten for everybody');
	is($node->safe_psql('postgres', q{
		SELECT bool_and(because_of_id = ANY (seen) AND item_id <> ALL (seen) AND score > 0)
		FROM model, viewers, mediaml.recommend_from(item_knn, seen, 5) WHERE source = 'history'}),
		't', 'MovieLens: each has a reason that was seen');
}

SKIP:
{
	load_movietweetings($node);
	my $figures = figures('text');

	is($figures->{popularity}{ndcg}, '0.1187', 'MovieTweetings: NDCG@10 of popularity');
	is($figures->{popularity}{recall}, '0.1844', 'MovieTweetings: recall@10 of popularity');
	is($figures->{'item_knn by id'}{ndcg}, '0.1135', 'MovieTweetings: NDCG@10 of item_knn, the rest by id');
	is($figures->{'item_knn by id'}{recall}, '0.1621', 'MovieTweetings: recall@10 of item_knn, the rest by id');
	is($figures->{item_knn}{ndcg}, '0.1378', 'MovieTweetings: NDCG@10 of item_knn, the rest by popularity');
	is($figures->{item_knn}{full}, 't', 'MovieTweetings: ten for everybody');
}

# The same rows in the same order give the same bytes, in every backend.
my $train = q{
	SELECT md5(mediaml.item_knn(u, i, w ORDER BY u, i)) FROM (
		SELECT u, (u * 7919 + n * n) % 997 AS i, 0.1 * (n % 9) AS w
		FROM generate_series(1, 3000) AS u, generate_series(1, 30) AS n) AS t};
is($node->safe_psql('postgres', $train), $node->safe_psql('postgres', $train),
	'a model has the same bytes each time');

# Training and ranking answer a timeout.
foreach my $query (
	q{SELECT mediaml.item_knn(u, i, 1) FROM generate_series(1, 60) AS u, generate_series(1, 15000) AS i},
	q{SELECT count(*) FROM (SELECT mediaml.item_knn(u, u, 1) AS m FROM generate_series(1, 100000) AS u OFFSET 0) AS t,
	  mediaml.recommend_from(m, NULL, 10, candidates => ARRAY(SELECT -i FROM generate_series(1, 10000000) AS i))})
{
	my ($status, undef, $stderr) = $node->psql('postgres', "SET statement_timeout = '400ms'; $query");

	like($stderr, qr/canceling statement due to statement timeout/, 'a timeout is answered');
}

# A database that is not UTF-8: ids are compared and shown in its encoding.
$node->safe_psql('postgres',
	q{CREATE DATABASE latin ENCODING 'LATIN1' LC_COLLATE 'C' LC_CTYPE 'C' TEMPLATE template0});
$node->safe_psql('latin', 'CREATE EXTENSION mediaml; SET client_encoding = \'UTF8\';
	CREATE TABLE model AS SELECT mediaml.item_knn(u, i, 1) AS m
	FROM (VALUES (1, \'Amélie\'), (1, \'Ärger\'), (2, \'Ärger\'), (2, \'z\')) AS t (u, i)');
is($node->safe_psql('latin', 'SET client_encoding = \'UTF8\';
	SELECT item_key, octet_length(item_key), because_of_key
	FROM model, mediaml.recommend_from(m, ARRAY[\'Ärger\'], 1)'),
	'Amélie|6|Ärger', 'text ids in LATIN1');
my $foreign = $node->safe_psql('postgres',
	q{SELECT encode(mediaml.popularity(1, '電影', 1), 'hex')});
my ($status, undef, $stderr) = $node->psql('latin',
	"SELECT item_key FROM mediaml.recommend_from(decode('$foreign', 'hex'), NULL)");
like($stderr, qr/has no equivalent in encoding "LATIN1"/, 'an id that LATIN1 does not have');

$node->stop;
done_testing();
