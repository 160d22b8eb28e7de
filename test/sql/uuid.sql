-- Users and items that are uuids: taken as they are, and answered as texts.
\set SHOW_CONTEXT never
SET client_min_messages = warning;
SET extra_float_digits = 0;

CREATE FUNCTION u(bigint) RETURNS uuid LANGUAGE sql IMMUTABLE STRICT RETURN md5($1::text)::uuid;
CREATE TABLE numbers AS SELECT i / 8 AS viewer, (i * i + i / 8 * 5) % 13 AS film, 1 + i % 3 AS minutes, timestamptz '2026-01-01' + i * interval '1 hour' AS at FROM generate_series(1, 400) AS i;
CREATE TABLE events AS SELECT u(viewer) AS viewer, u(film + 1000) AS film, minutes, at FROM numbers;
CREATE TABLE films AS SELECT u(n + 1000) AS film, n, 'a film of ' || (ARRAY['space', 'love', 'crime'])[1 + n % 3] AS words FROM generate_series(0, 12) AS n;

-- Every method: what is said of uuids is what is said of the numbers that they stand for.
SELECT m, mediaml.create_recommender(m, 'events', 'viewer', 'film', 'minutes', method => m) + mediaml.create_recommender(m || ' of numbers', 'numbers', 'viewer', 'film', 'minutes', method => m) AS versions
FROM unnest('{popularity,item_knn,ease}'::text[]) AS m;
SELECT m, bool_and(j.u_score IS NOT NULL AND j.n_score IS NOT NULL AND abs(j.u_score - j.n_score) < 1e-6) AS same, count(*) > 100 AS many
FROM unnest('{popularity,item_knn,ease}'::text[]) AS m, generate_series(1, 40) AS v CROSS JOIN LATERAL (
	SELECT u.score AS u_score, n.score AS n_score
	FROM mediaml.recommend(u(v), 13, m) AS u FULL JOIN mediaml.recommend(v, 13, m || ' of numbers') AS n ON u.item_key = u(n.item_id + 1000)::text) AS j
GROUP BY m ORDER BY m;
SELECT m, mediaml.create_recommender(m, 'events', 'viewer', 'film', 'minutes', method => m, options => o::jsonb) AS version
FROM (VALUES ('als', '{"factors": 3}'), ('rating_als', '{"factors": 3}'), ('auto', NULL)) AS t (m, o);
SELECT m, mediaml.create_recommender(m, 'events', 'viewer', 'film', 'minutes', 'at', 'films', 'film', '{words}', m) AS version FROM unnest('{content,hybrid}'::text[]) AS m;
SELECT m, (SELECT count(*) FROM mediaml.recommend(u(7), 3, m)) AS recommend, (SELECT count(*) FROM mediaml.recommend(u(7), 3, m) JOIN films ON film = item_key::uuid) AS joined,
	(SELECT count(*) > 30 FROM mediaml.recommend_all(m, 3) WHERE user_id IS NULL AND user_key::uuid IS NOT NULL) AS recommend_all,
	(SELECT array_agg(r::text) FROM mediaml.recommend_all(m, 3, users => ARRAY[u(7)]) AS r) = (SELECT array_agg(r::text) FROM mediaml.recommend_all(m, 3) AS r WHERE user_key = u(7)::text) AS users,
	(SELECT count(*) FROM mediaml.evaluate_recommender(m, 3)) > 5 AS evaluated
FROM unnest('{popularity,item_knn,ease,als,rating_als,auto,content,hybrid}'::text[]) AS m;

-- Lists of ids, and a single one, in every call.
SELECT u.rank, f.n FROM mediaml.recommend(u(7), 3, 'item_knn', exclude => ARRAY[u(1000), u(1001)]) AS u JOIN films AS f ON f.film = item_key::uuid ORDER BY rank;
SELECT count(*) FROM mediaml.recommend(u(7), 3, candidates => ARRAY(SELECT film FROM films WHERE n < 5), exclude => ARRAY[u(1001)], recommender => 'item_knn', exclude_seen => false);
SELECT count(*) FROM mediaml.recommend(u(7)::text, 3, candidates => ARRAY(SELECT film::text FROM films WHERE n < 5), recommender => 'item_knn', exclude_seen => false);
SELECT count(*) FROM mediaml.recommend_all('item_knn', 1, candidates => ARRAY[u(1003)], users => ARRAY[u(3), u(4)], exclude => ARRAY[u(1004)], exclude_seen => false);
SELECT count(*) FROM mediaml.recommend_from('item_knn', ARRAY[u(1001), u(1004)], 3, candidates => ARRAY[u(1000), u(1003), NULL]);
SELECT count(*) FROM mediaml.similar_items('item_knn', u(1003), 3);
SELECT count(*) FROM mediaml.similar_items('item_knn', u(1003), 3, candidates => ARRAY[u(1000), u(1001)]);
SELECT count(*) FROM mediaml.model_data AS m, mediaml.similar_items(m.model, u(1003), 3, exclude => ARRAY[u(1000)]) WHERE name = 'item_knn';
SELECT mediaml.score('item_knn', ARRAY[u(1001)], u(1003)) = mediaml.score('item_knn', ARRAY[u(1001)::text], u(1003)::text) AS score;
SELECT count(*) FROM mediaml.audience('item_knn', u(1003), 5) WHERE user_id IS NULL AND user_key::uuid IS NOT NULL;
SELECT count(*) FROM mediaml.recommend(u(12345), 3, 'item_knn') WHERE source = 'popularity';
SELECT mediaml.refresh_recommender('hybrid');

-- train() with the same events.
SELECT DISTINCT t.name, version, deployed FROM unnest('{popularity,item_knn,ease,als,rating_als}'::text[]) AS m, mediaml.train('trained ' || m, m, 'SELECT viewer, film, minutes AS weight FROM events', 'film', 'viewer', deploy => 'always') AS t ORDER BY 1;
SELECT count(*) FROM mediaml.recommend_from('trained als', ARRAY(SELECT film FROM events WHERE viewer = u(7)), 3);
CREATE TABLE people AS SELECT u(i) AS id, i % 10 AS hours, i % 10 > 4 AS left_us FROM generate_series(1, 200) AS i;
SELECT DISTINCT version, deployed FROM mediaml.train('left', 'logistic_regression', 'people', 'left_us', 'id', options => '{"l2": 1}');
SELECT count(*) FILTER (WHERE mediaml.predict_label_row('left', p)::boolean = left_us) > 190 AS fits FROM people AS p;

-- What does not fit.
SELECT count(*) FROM mediaml.recommend(u(7), 3, 'item_knn of numbers');
SELECT count(*) FROM mediaml.recommend(7, 3, 'item_knn');
SELECT count(*) FROM mediaml.recommend('nobody', 3, 'item_knn');
SELECT count(*) FROM mediaml.audience('item_knn of numbers', u(1003), 5);
SELECT count(*) FROM mediaml.similar_items('item_knn of numbers', u(1003), 5);
SELECT count(*) FROM mediaml.recommend(7, 3, 'item_knn of numbers', exclude => ARRAY[u(1003)]);
SELECT count(*) FROM mediaml.recommend_all('item_knn of numbers', 3, users => ARRAY[u(1003)]);

SELECT count(mediaml.drop_recommender(name)) FROM mediaml.recommenders;
SELECT count(mediaml.drop_model(name)) FROM (SELECT DISTINCT name FROM mediaml.models) AS m;
DELETE FROM mediaml.runs;
DROP TABLE numbers, events, films, people;
DROP FUNCTION u(bigint);
