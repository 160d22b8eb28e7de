-- How good recommenders are, on events that they have not seen.
\set SHOW_CONTEXT never
SET client_min_messages = warning;
CREATE SCHEMA shop;
-- two tastes, odd and even, and a few of everything
CREATE TABLE shop.seen AS
SELECT u AS user_id, f AS film_id, CASE WHEN u % 3 = 0 THEN 'web' ELSE 'tv' END AS device,
	'2026-01-01'::timestamptz + (u * 37 + f * 11) % 97 * interval '1 hour' AS at
FROM generate_series(1, 60) u, generate_series(1, 40) f
WHERE (u % 2 = f % 2 AND (u * 7 + f * 13) % 5 < 3) OR (u * 11 + f * 3) % 23 = 0;
SELECT mediaml.create_recommender('knn', 'shop.seen', 'user_id', 'film_id', method => 'item_knn', options => '{"shrink": 1}');
SELECT mediaml.create_recommender('most', 'shop.seen', 'user_id', 'film_id', time_column => 'at', method => 'popularity');

-- by the hash: what SQL finds by the parts
SELECT "group", metric, round(value::numeric, 4) AS value, ci_low <= value AND value <= ci_high AS within, users
FROM mediaml.evaluate_recommender('knn', 5);
WITH pairs AS MATERIALIZED (
	SELECT user_id, film_id, ('x' || substr(md5(user_id || ':' || film_id), 1, 8))::bit(32)::bigint % 5 = 0 AS hidden FROM shop.seen
), model AS MATERIALIZED (
	SELECT mediaml.item_knn(user_id, film_id, 1, '{"shrink": 1}') AS model FROM pairs WHERE NOT hidden
), lists AS (
	SELECT user_id, array_agg(film_id::bigint) FILTER (WHERE hidden) AS wanted,
		(SELECT array_agg(item_id ORDER BY rank) FROM model, mediaml.recommend_from(model, array_agg(film_id) FILTER (WHERE NOT hidden), 5)) AS listed
	FROM pairs GROUP BY user_id HAVING bool_or(hidden)
)
SELECT round(avg(mediaml.ndcg_at_k(listed, wanted, 5))::numeric, 4) AS ndcg, round(avg(mediaml.recall_at_k(listed, wanted, 5))::numeric, 4) AS recall, count(*) AS users
FROM lists;

-- by time, which is the default where there is a time: the latest fifth
SELECT metric, round(value::numeric, 4) AS value, users FROM mediaml.evaluate_recommender('most', 5)
WHERE metric IN ('ndcg', 'coverage', 'novelty');
SELECT count(*) FILTER (WHERE late) AS hidden, count(*) AS events
FROM (SELECT at > percentile AS late FROM shop.seen, (SELECT percentile_disc(0.8) WITHIN GROUP (ORDER BY at) AS percentile FROM shop.seen) p) q;
SELECT metric, round(value::numeric, 4) AS value, users FROM mediaml.evaluate_recommender('most', 5, split => 'hash')
WHERE metric = 'ndcg';

-- by groups: a column of the events, or how much was seen
SELECT "group", round(value::numeric, 4) AS ndcg, users FROM mediaml.evaluate_recommender('knn', 5, by => 'device') WHERE metric = 'ndcg';
SELECT "group", round(value::numeric, 4) AS ndcg, users FROM mediaml.evaluate_recommender('knn', 5, by => 'history') WHERE metric = 'ndcg';

-- what cannot be
SELECT * FROM mediaml.evaluate_recommender('nobody');
SELECT * FROM mediaml.evaluate_recommender(NULL);
SELECT * FROM mediaml.evaluate_recommender('knn', 0);
SELECT * FROM mediaml.evaluate_recommender('knn', split => 'time');
SELECT * FROM mediaml.evaluate_recommender('knn', split => 'users');
SELECT * FROM mediaml.evaluate_recommender('knn', by => 'country; DROP TABLE shop.seen');
SELECT mediaml.create_recommender('made', 'shop.seen', 'user_id', 'film_id', model => (SELECT mediaml.popularity(user_id, film_id, 1) FROM shop.seen));
SELECT * FROM mediaml.evaluate_recommender('made');
SELECT mediaml.drop_recommender(name) FROM mediaml.recommenders;
DROP SCHEMA shop CASCADE;
