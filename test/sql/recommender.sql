-- Recommenders by name.
\set SHOW_CONTEXT never
SET client_min_messages = warning;
SET extra_float_digits = 0;
CREATE SCHEMA "My Shop";
CREATE TABLE "My Shop".films (film_id int PRIMARY KEY, title text NOT NULL, genre text);
INSERT INTO "My Shop".films VALUES
	(1, 'Alien', 'horror'), (2, 'Brazil', 'comedy'), (3, 'Clue', 'comedy'),
	(4, 'Dune', 'space'), (5, 'Elf', 'comedy'), (6, 'Fargo', 'crime');
CREATE TABLE "My Shop"."Ratings" (
	"User" int, film_id smallint, stars numeric, "rated at" timestamptz, seconds bigint);
INSERT INTO "My Shop"."Ratings"
	SELECT u, f, s, '2026-01-01 00:00+00'::timestamptz + d * interval '1 day', d * 86400
	FROM (VALUES (1, 1, 5, 1), (1, 2, 4, 2), (1, 3, 1, 3), (2, 1, 4, 1), (2, 2, 5, 2), (2, 4, 3, 9),
			(3, 2, 5, 4), (3, 3, 4, 5), (3, 4, 5, 6), (4, 1, 3, 7), (4, 4, 4, 8), (5, 5, 2, 1),
			(6, 1, 1, 1), (6, NULL, 5, 2), (NULL, 2, 5, 2)) AS t (u, f, s, d);
CREATE INDEX ON "My Shop"."Ratings" ("User");

-- The main road.
SELECT mediaml.create_recommender('films', '"My Shop"."Ratings"', 'User', 'film_id',
	items => '"My Shop".films', items_key => 'film_id', method => 'item_knn', options => '{"shrink": 1}');
SELECT rank, title, item_key, round(score::numeric, 4) AS score, source, because_of_id AS why, propensity, recommender, version
FROM mediaml.recommend(4, 4) AS r JOIN "My Shop".films ON film_id = item_id ORDER BY rank;
SELECT name, method, options, events, user_column, item_column, items, items_key, is_default, created_by = current_user AS mine FROM mediaml.recommenders;
SELECT name, version, kind, algorithm, rows, deployed FROM mediaml.model_versions;

-- All the ways to name a user; as text he is read as what the events have.
PREPARE plain AS SELECT count(*), min(item_id), max(source) FROM mediaml.recommend($1, 1);
EXECUTE plain(4);
EXECUTE plain('4');
SELECT r.item_id FROM (VALUES (1::smallint), (4)) AS u (id), mediaml.recommend(u.id, 1) AS r ORDER BY u.id;
SELECT item_id, source FROM mediaml.recommend(NULL, 1);
SELECT item_id, source FROM mediaml.recommend(99999999999, 1);
SELECT item_id FROM mediaml.recommend('x', 1);
SELECT item_id FROM mediaml.recommend('99999999999999999999', 1);

-- What may be left out, and what must not.
SELECT array_agg(item_id ORDER BY rank) FROM mediaml.recommend(4);
SELECT array_agg(item_id ORDER BY rank) FROM mediaml.recommend(4, exclude_seen => false);
SELECT array_agg(item_id ORDER BY rank) FROM mediaml.recommend(4, exclude => '{2,77}');
SELECT array_agg(item_id ORDER BY rank), min(source) FROM mediaml.recommend(4, personalised => false);
SELECT array_agg(item_id ORDER BY rank), array_agg(source ORDER BY rank) FROM mediaml.recommend(4, 10, candidates => ARRAY(SELECT film_id FROM "My Shop".films));
SELECT array_agg(item_id ORDER BY rank) FROM mediaml.recommend('4', 10, candidates => '{5,3,3,77,1,NULL}');
SELECT count(*) FROM mediaml.recommend(4, 10, candidates => ARRAY(SELECT film_id FROM "My Shop".films WHERE false));
SELECT count(*) FROM mediaml.recommend(4, 10, candidates => NULL);
SELECT count(*) FROM mediaml.recommend(4, 10, candidates => ARRAY['a']);
SELECT count(*) FROM mediaml.recommend(4, 10, candidates => ARRAY[1.5]);
SELECT count(*) FROM mediaml.recommend(4, 10, exclude => ARRAY[now()]);
SELECT count(*) FROM mediaml.recommend(4, 0);
SELECT count(*) FROM mediaml.recommend(4, -1);
SELECT count(*) FROM mediaml.recommend(4, NULL);
SELECT count(*) FROM mediaml.recommend(4, 9223372036854775807);
SELECT count(*) FROM mediaml.recommend(4, exclude_seen => NULL);
SELECT count(*) FROM mediaml.recommend(4, personalised => NULL);
SELECT count(*) FROM mediaml.recommend(4, diversity => NULL);
SELECT count(*) FROM mediaml.recommend(4, diversity => 1.01);
SELECT count(*) FROM mediaml.recommend(4, diversity => 'NaN');
SELECT count(*) FROM mediaml.recommend(4, 1001, diversity => 0.5);
SELECT count(*) FROM mediaml.recommend(4, 10, 'nobody');
SELECT count(*) FROM mediaml.recommend(4, 10, repeat('x', 1000000));

-- The history is that of this moment, and the items those that are there.
BEGIN;
INSERT INTO "My Shop"."Ratings" VALUES (99, 3);
SELECT item_id, source, because_of_id FROM mediaml.recommend(99, 1);
DELETE FROM "My Shop".films WHERE film_id = 2;
SELECT array_agg(item_id ORDER BY rank) FROM mediaml.recommend(99, 3);
SELECT array_agg(item_id ORDER BY rank) FROM mediaml.recommend(99, 2, candidates => ARRAY[1,2,4,6]);
ROLLBACK;
SELECT source FROM mediaml.recommend(99, 1);

-- Versions.
INSERT INTO "My Shop"."Ratings" VALUES (7, 6), (8, 6);
SELECT count(*) FROM mediaml.recommend(4, 10);
BEGIN;
SELECT mediaml.refresh_recommender('films');
SELECT count(*), min(version) FROM mediaml.recommend(4, 10);
ROLLBACK;
SELECT count(*), min(version) FROM mediaml.recommend(4, 10);
SELECT mediaml.refresh_recommender('films');
SELECT count(*), min(version) FROM mediaml.recommend(4, 10);
SELECT mediaml.create_recommender('films', '"My Shop"."Ratings"', 'User', 'film_id');
SELECT mediaml.refresh_recommender('nobody');
SELECT mediaml.refresh_recommender(NULL);

-- A model that is given.
SELECT mediaml.create_recommender('given', '"My Shop"."Ratings"', 'User', 'film_id',
	model => (SELECT mediaml.popularity("User", film_id, 1) FROM "My Shop"."Ratings"));
SELECT item_id, source, recommender FROM mediaml.recommend(4, 1, 'given');
SELECT item_id FROM mediaml.recommend(4, 1, 'given', diversity => 0.5);
SELECT mediaml.refresh_recommender('given');
SELECT mediaml.refresh_recommender('given', (SELECT mediaml.popularity(u, u, 1) FROM generate_series(6, 6) AS u));
SELECT item_id, version FROM mediaml.recommend(4, 1, 'given');
SELECT mediaml.refresh_recommender('given', (SELECT mediaml.popularity(u, u::text, 1) FROM generate_series(6, 6) AS u));
SELECT mediaml.refresh_recommender('given', (SELECT mediaml.kmeans(ARRAY[u], 1) FROM generate_series(1, 6) AS u));
SELECT mediaml.refresh_recommender('given', 'nonsense');
SELECT mediaml.set_default_recommender('given');
SELECT DISTINCT recommender FROM mediaml.recommend(4, 1);
SELECT mediaml.set_default_recommender('nobody');
SELECT mediaml.set_default_recommender(NULL);
SELECT mediaml.drop_recommender('given');
SELECT mediaml.drop_recommender('given');
SELECT count(*) FROM mediaml.recommend(4, 1);
SELECT mediaml.set_default_recommender('films');

-- Weights, what counts as seen, and time.
SELECT mediaml.create_recommender('stars', '"My Shop"."Ratings"', 'User', 'film_id', 'stars', method => 'item_knn',
	options => '{"shrink": 1, "seen_min_weight": 3}');
SELECT mediaml.model_info('stars') -> 'interactions' AS interactions;
SELECT array_agg(item_id ORDER BY rank) FROM mediaml.recommend(1, 5, 'stars');
SELECT mediaml.create_recommender('aged', '"My Shop"."Ratings"', 'User', 'film_id', NULL, 'rated at', method => 'item_knn',
	options => '{"shrink": 0, "half_life": "1 day"}');
SELECT item_id, abs(score - (w * s)) < 1e-6 AS decayed, because_of_id
FROM mediaml.recommend(1, 1, 'aged', exclude => '{5,6}') AS r,
	LATERAL (SELECT sum(0.5 ^ (3 - h) * t.score) AS s, 1 AS w FROM (VALUES (1, 1), (2, 2), (3, 3)) AS seen (i, h),
		LATERAL (SELECT t.score FROM mediaml.model_data, mediaml.recommend_from(model, ARRAY[i], 6, exclude_seen => false) AS t
			WHERE name = 'aged' AND t.item_id = r.item_id AND t.source = 'history') AS t) AS x;
SELECT mediaml.create_recommender('aged too', '"My Shop"."Ratings"', 'User', 'film_id', NULL, 'seconds', method => 'item_knn',
	options => '{"shrink": 0, "half_life": "24:00:00"}');
SELECT a.model = b.model AS same FROM mediaml.model_data AS a, mediaml.model_data AS b WHERE a.name = 'aged' AND b.name = 'aged too';
INSERT INTO "My Shop"."Ratings" VALUES (1, 4, -1);
SELECT count(*) FROM mediaml.recommend(1, 5, 'stars');
UPDATE mediaml.recommenders SET options = NULL WHERE name = 'stars';
SELECT count(*) FROM mediaml.recommend(1, 5, 'stars');
DELETE FROM "My Shop"."Ratings" WHERE stars < 0;

-- auto takes what is best; text ids, uuid users, a domain, a view.
CREATE DOMAIN code AS varchar(10) CHECK (VALUE <> '');
CREATE TABLE plays (viewer uuid, film code, minutes float4);
INSERT INTO plays SELECT md5((u % 60)::text)::uuid, 'f' || (u % 60 + n * n * 7) % 30 / 10 * 10 + n, 1 FROM generate_series(1, 60) AS u, generate_series(1, 6) AS n;
CREATE VIEW long_plays AS SELECT * FROM plays WHERE minutes > 0;
SELECT mediaml.create_recommender('plays', 'long_plays', 'viewer', 'film', 'minutes');
SELECT method IN ('als', 'ease', 'item_knn') AS chosen, (method = 'als') = (options ? 'reg') AS tuned, options -> 'auto' AS left_over FROM mediaml.recommenders WHERE name = 'plays';
SELECT count(*), count(item_id) AS numbers, bool_and(source = 'history' AND because_of_key IS NOT NULL) AS explained
FROM mediaml.recommend(md5('7')::uuid::text, 3, 'plays');
SELECT item_key FROM mediaml.recommend(md5('7'), 2, recommender => 'plays', candidates => ARRAY['f1', 'f12', 'f22', 'f29', repeat('x', 1000000)]) WHERE length(item_key) < 10 ORDER BY item_key;
SELECT count(*) FROM mediaml.recommend(7, 3, 'plays');
SELECT count(*) FROM mediaml.recommend('7', 3, ARRAY[1, 2], 'plays');
SELECT count(*) FROM mediaml.recommend(md5('7'), 3, ARRAY[1, 2], 'plays');

-- Diversity: relevance against similarity, from the ranking itself.
CREATE TABLE pairs AS SELECT u, i FROM generate_series(1, 40) AS u, generate_series(1, 12) AS i
WHERE (i <= 6) = (u % 2 = 0) AND (u + i) % 5 <> 0 OR i = u OR u = 41;
INSERT INTO pairs VALUES (100, 1), (100, 2), (100, 7);
SELECT mediaml.create_recommender('pairs', 'pairs', 'u', 'i', method => 'item_knn', options => '{"shrink": 0}');
SELECT array_agg(item_id ORDER BY rank) FROM mediaml.recommend(100, 4, 'pairs');
SELECT array_agg(item_id ORDER BY rank) FROM mediaml.recommend(100, 4, 'pairs', diversity => 0.001);
SELECT array_agg(item_id ORDER BY rank) FROM mediaml.recommend(100, 4, 'pairs', diversity => 0.6);
SELECT count(DISTINCT item_id) FROM mediaml.recommend(100, 1000, 'pairs', diversity => 1);

-- The audience of an item: the users by the score that it has for each.
SELECT (SELECT array_agg((user_id, round(score::numeric, 6), because_of_id)::text ORDER BY rank) FROM mediaml.audience('pairs', 7, 5)) =
	ARRAY(SELECT (u, round(r.score::numeric, 6), r.because_of_id)::text FROM (SELECT DISTINCT u FROM pairs) AS users,
		mediaml.recommend(u, 100, 'pairs') AS r WHERE r.item_id = 7 AND r.source = 'history' ORDER BY r.score DESC, u LIMIT 5) AS same;
SELECT rank, user_key, source, recommender, version FROM mediaml.audience('pairs', '7', 2);
SELECT count(*) = count(DISTINCT user_id) AS once, bool_or(user_id = 100) AS who_has_seen_it FROM mediaml.audience('pairs', 7, 1000);
SELECT array_agg(length(user_key) ORDER BY rank), count(user_id), count(because_of_key) FROM mediaml.audience('plays', 'f1', 3);
SELECT count(*) FROM mediaml.audience('pairs', 99999, 5);
SELECT count(*) FROM mediaml.audience('pairs', NULL::bigint, 5);
SELECT count(*) FROM mediaml.audience('pairs', 'x', 5);
SELECT count(*) FROM mediaml.audience('pairs', 7, 0);
SELECT count(*) FROM mediaml.audience('pairs', 7, NULL);
SELECT count(*) FROM mediaml.audience('nobody', 7, 5);
SELECT mediaml.create_recommender('popular', 'pairs', 'u', 'i', method => 'popularity');
SELECT count(*) FROM mediaml.audience('popular', 7, 5);
SELECT mediaml.drop_recommender('popular');

-- Films that nobody has seen yet, by what is written about them.
SELECT mediaml.create_recommender('written', '"My Shop"."Ratings"', 'User', 'film_id', items => '"My Shop".films', items_key => 'film_id',
	document_columns => '{title,genre}', method => 'ease', options => '{"content": {"min_count": 1, "max_share": 1}}');
INSERT INTO "My Shop".films VALUES (8, 'Hot Fuzz', 'comedy'), (9, 'Interstellar', 'space');
SELECT rank, item_id, source, because_of_id FROM mediaml.recommend(4, 3, candidates => '{8,9}', recommender => 'written');
SELECT mediaml.refresh_recommender('written');
SELECT rank, item_id, source, because_of_id, score > 0 AS positive FROM mediaml.recommend(4, 3, candidates => '{8,9}', recommender => 'written') ORDER BY rank;
SELECT array_agg(item_id ORDER BY rank), array_agg(source ORDER BY rank) FROM mediaml.recommend(4, 10, 'written');
SELECT array_agg(item_id ORDER BY rank), array_agg(source ORDER BY rank) FROM mediaml.recommend(4, 10, 'written', exclude => '{9}');
SELECT array_agg(item_id ORDER BY rank) FROM mediaml.recommend(4, 10, 'written', diversity => 0.5);
SELECT count(*), count(DISTINCT item_id) FROM mediaml.recommend(4, 10, 'written', exclude_seen => false);
SELECT rank, user_id, source, because_of_id FROM mediaml.audience('written', 9, 5);
SELECT mediaml.create_recommender('words', '"My Shop"."Ratings"', 'User', 'film_id', items => '"My Shop".films', items_key => 'film_id',
	document_columns => '{genre}', method => 'content', options => '{"min_count": 1, "max_share": 1}');
SELECT rank, item_id, source, because_of_id FROM mediaml.recommend(4, 2, 'words');
SELECT mediaml.create_recommender('bad', '"My Shop"."Ratings"', 'User', 'film_id', items => '"My Shop".films', items_key => 'film_id',
	document_columns => '{genre,plot}', method => 'content');
SELECT mediaml.create_recommender('bad', '"My Shop"."Ratings"', 'User', 'film_id', items => '"My Shop".films', items_key => 'film_id',
	document_columns => '{genre,NULL}', method => 'content');
SELECT mediaml.create_recommender('bad', '"My Shop"."Ratings"', 'User', 'film_id', method => 'content');
SELECT mediaml.create_recommender('both', '"My Shop"."Ratings"', 'User', 'film_id', items => '"My Shop".films', items_key => 'film_id',
	document_columns => '{genre}', method => 'hybrid', options => '{"factors": 4, "min_history": [1, 0, 0], "content": {"min_count": 1, "max_share": 1}}');
SELECT mediaml.model_info(model) ->> 'kind' AS kind, part FROM mediaml.model_data WHERE name = 'both';
SELECT count(*), bool_or(item_id = 9) AS new_one FROM mediaml.recommend(4, 10, 'both') WHERE source = 'history';
SELECT mediaml.create_recommender('bad', '"My Shop"."Ratings"', 'User', 'film_id', items => '"My Shop".films', items_key => 'film_id',
	document_columns => '{genre}', method => 'hybrid', options => '{"weights": [1]}');

-- Ratings, one of which is not known.
SELECT mediaml.create_recommender('rated', '"My Shop"."Ratings"', 'User', 'film_id', 'stars', method => 'rating_als');
SELECT mediaml.create_recommender('bad', '"My Shop"."Ratings"', 'User', 'film_id', method => 'rating_als');
SELECT count(*), bool_and(item_id NOT IN (1, 4) AND source = 'history') AS fits FROM mediaml.recommend(4, 10, 'rated');
INSERT INTO "My Shop"."Ratings" VALUES (70, 3, NULL);
SELECT count(*), bool_and(item_id <> 3 AND source = 'popularity') AS fits FROM mediaml.recommend(70, 10, 'rated');

-- What create_recommender refuses.
SELECT mediaml.create_recommender('', 'plays', 'viewer', 'film');
SELECT mediaml.create_recommender(NULL, 'plays', 'viewer', 'film');
SELECT mediaml.create_recommender(repeat('x', 64), 'plays', 'viewer', 'film');
SELECT mediaml.create_recommender('bad', 'nowhere', 'viewer', 'film');
SELECT mediaml.create_recommender('bad', NULL, 'viewer', 'film');
SELECT mediaml.create_recommender('bad', 'plays', NULL, 'film');
SELECT mediaml.create_recommender('bad', 'plays', 'viewer', 'ctid');
SELECT mediaml.create_recommender('bad', 'plays', 'viewer', 'film; DROP TABLE plays');
SELECT mediaml.create_recommender('bad', 'plays', 'viewer', 'film', 'film');
SELECT mediaml.create_recommender('bad', 'plays', 'viewer', 'film', time_column => 'viewer');
SELECT mediaml.create_recommender('bad', 'plays', 'viewer', 'film', items_key => 'film_id');
SELECT mediaml.create_recommender('bad', 'plays', 'viewer', 'film', items => '"My Shop".films');
SELECT mediaml.create_recommender('bad', 'plays', 'viewer', 'film', items => '"My Shop".films', items_key => 'film_id');
SELECT mediaml.create_recommender('bad', 'plays', 'viewer', 'film', method => 'magic');
SELECT mediaml.create_recommender('bad', 'plays', 'viewer', 'film', method => NULL);
SELECT mediaml.create_recommender('bad', 'plays', 'viewer', 'film', method => 'item_knn', options => '{"magic": 1}');
SELECT mediaml.create_recommender('bad', 'plays', 'viewer', 'film', options => '{"k": 1}');
SELECT mediaml.create_recommender('bad', 'plays', 'viewer', 'film', options => '[1]');
SELECT mediaml.create_recommender('bad', 'plays', 'viewer', 'film', options => '{"seen_min_weight": 3}');
SELECT mediaml.create_recommender('bad', 'plays', 'viewer', 'film', 'minutes', options => '{"seen_min_weight": "3"}');
SELECT mediaml.create_recommender('bad', 'plays', 'viewer', 'film', options => '{"half_life": "1 day"}');
SELECT mediaml.create_recommender('bad', 'plays', 'viewer', 'film', time_column => 'minutes', options => '{"half_life": "-1 day"}');
SELECT mediaml.create_recommender('bad', 'plays', 'viewer', 'film', time_column => 'minutes', options => '{"half_life": 7}');
CREATE TABLE empty AS SELECT * FROM plays LIMIT 0;
SELECT mediaml.create_recommender('bad', 'empty', 'viewer', 'film');
SELECT count(*) FROM mediaml.recommenders WHERE name = 'bad';
SELECT mediaml.drop_recommender('pairs'), mediaml.create_recommender('pairs', 'pairs', 'u', 'i', method => 'popularity');

-- Keys of items that are padded.
CREATE TABLE padded AS SELECT u, ('c' || i)::char(8) AS i FROM pairs;
CREATE TABLE stock AS SELECT DISTINCT i FROM padded;
SELECT mediaml.create_recommender('padded', 'padded', 'u', 'i', items => 'stock', items_key => 'i', method => 'popularity');
SELECT count(*), min(item_key) FROM mediaml.recommend(1, 20, 'padded', exclude_seen => false);

-- Tables that change or go.
ALTER TABLE pairs RENAME TO couples;
SELECT count(*) FROM mediaml.recommend(100, 3, 'pairs');
ALTER TABLE couples RENAME i TO item;
SELECT count(*) FROM mediaml.recommend(100, 3, 'pairs');
DROP TABLE couples;
SELECT count(*) FROM mediaml.recommend(100, 3, 'pairs');
SELECT mediaml.refresh_recommender('pairs');

TRUNCATE mediaml.recommenders, mediaml.models, mediaml.model_data, mediaml.metrics, mediaml.deployments, mediaml.drift_checks;
SELECT count(*) FROM mediaml.recommend(100, 3);
DROP TABLE plays, empty, padded, stock CASCADE;
DROP DOMAIN code;
DROP SCHEMA "My Shop" CASCADE;
