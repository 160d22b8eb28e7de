-- recommend_all: everybody gets what recommend gives, to the last bit.
SET extra_float_digits = 0;
\set VERBOSITY default
\set SHOW_CONTEXT never

-- 400 viewers in two groups of taste, 60 films; some viewers have seen one film only.
CREATE TABLE watched (viewer bigint, film bigint, weight float8, at timestamptz);
INSERT INTO watched
SELECT u, (u % 2 * 25 + (u * 7919 + n * n * 31) % 35) AS film, 1 + (u + n) % 3, timestamptz '2024-01-01 UTC' + (u * 7 + n * 13) % 100 * interval '1 day'
FROM generate_series(1, 400) AS u, generate_series(1, 1 + u % 9) AS n;
INSERT INTO watched VALUES (NULL, 1, 1, now()), (1000, NULL, 1, now()), (1001, 999, 1, now());

CREATE FUNCTION compare(name text) RETURNS TABLE (rows bigint, users bigint, same boolean) LANGUAGE sql AS $$
    WITH every AS MATERIALIZED (
        SELECT * FROM mediaml.recommend_all(name, 7)
    ), alone AS MATERIALIZED (
        SELECT u.viewer AS user_id, u.viewer::text AS user_key, r.*
        FROM (SELECT DISTINCT viewer FROM watched WHERE viewer IS NOT NULL) AS u,
             mediaml.recommend(u.viewer, 7, name) AS r)
    SELECT (SELECT count(*) FROM every), (SELECT count(DISTINCT user_id) FROM every),
           NOT EXISTS ((TABLE every EXCEPT ALL TABLE alone) UNION ALL (TABLE alone EXCEPT ALL TABLE every))
$$;

SELECT mediaml.create_recommender('popular', 'watched', 'viewer', 'film', method => 'popularity');
SELECT mediaml.create_recommender('near', 'watched', 'viewer', 'film', 'weight', method => 'item_knn');
SELECT mediaml.create_recommender('ridge', 'watched', 'viewer', 'film', 'weight', 'at', method => 'ease', options => '{"l2": 5, "half_life": "30 days"}');
SELECT mediaml.create_recommender('factors', 'watched', 'viewer', 'film', method => 'als', options => '{"factors": 8}');
SELECT mediaml.create_recommender('ratings', 'watched', 'viewer', 'film', 'weight', method => 'rating_als', options => '{"factors": 4}');
SELECT * FROM compare('popular');
SELECT * FROM compare('near');
SELECT * FROM compare('ridge');
SELECT * FROM compare('factors');
SELECT * FROM compare('ratings');

-- with candidates, what is seen, and what is excluded
SELECT name, count(*) AS rows, bool_and(coalesce(a = b, false)) AS same
FROM unnest('{popular,near,ridge,factors,ratings}'::text[]) AS name,
     LATERAL (SELECT user_id, rank, item_id, score, source, because_of_id
              FROM mediaml.recommend_all(name, 5, candidates => ARRAY[3, 30, 31, 32, 33, 34, 999, 1234, 3], exclude => ARRAY[31])) AS a
     FULL JOIN LATERAL (SELECT u.viewer AS user_id, r.rank, r.item_id, r.score, r.source, r.because_of_id
              FROM (SELECT DISTINCT viewer FROM watched WHERE viewer IS NOT NULL) AS u,
                   mediaml.recommend(u.viewer, 5, candidates => ARRAY[3, 30, 31, 32, 33, 34, 999, 1234, 3], recommender => name, exclude => ARRAY[31]) AS r) AS b
     USING (user_id, rank)
GROUP BY name ORDER BY name;
SELECT bool_and(coalesce(a = b, false)) AS same, count(*) AS rows
FROM (SELECT user_id, rank, item_id, score FROM mediaml.recommend_all('factors', 60, exclude_seen => false)) AS a
     FULL JOIN (SELECT u.viewer AS user_id, r.rank, r.item_id, r.score
                FROM (SELECT DISTINCT viewer FROM watched WHERE viewer IS NOT NULL) AS u,
                     mediaml.recommend(u.viewer, 60, 'factors', exclude_seen => false) AS r) AS b USING (user_id, rank);

-- some users, each once: also one who has seen nothing
SELECT user_id, user_key, rank, source FROM mediaml.recommend_all('factors', 2, users => ARRAY[5, NULL, 3, 77777, 5]);
SELECT user_id, rank, recommender, version FROM mediaml.recommend_all('near', 1, users => '{8}');
SELECT count(*) AS none FROM mediaml.recommend_all('near', 3, users => ARRAY[]::bigint[]);
SELECT count(*) AS none FROM mediaml.recommend_all('near', 3, candidates => ARRAY[]::bigint[]);
SELECT count(DISTINCT user_id) AS "by default" FROM mediaml.recommend_all();

-- ids of text
CREATE TABLE texts AS SELECT 'v' || viewer AS viewer, 'f' || film AS film FROM watched WHERE viewer < 30;
SELECT mediaml.create_recommender('texts', 'texts', 'viewer', 'film', method => 'als', options => '{"factors": 4}');
SELECT count(*) AS rows, bool_and(a.item_key = b.item_key AND a.score = b.score AND a.user_id IS NULL) AS same
FROM mediaml.recommend_all('texts', 5) AS a, LATERAL (SELECT * FROM mediaml.recommend(user_key, 5, 'texts') AS r WHERE r.rank = a.rank) AS b;
SELECT user_id, user_key, count(*) FROM mediaml.recommend_all('texts', 3, users => ARRAY['v7', 'nobody']) GROUP BY 1, 2 ORDER BY 2;

-- a nightly table
CREATE TABLE nightly AS SELECT user_id, rank, item_id, score FROM mediaml.recommend_all('ridge', 3);
SELECT count(*), count(DISTINCT user_id) FROM nightly;

-- each reads what he may see
CREATE TABLE films AS SELECT DISTINCT film FROM watched WHERE film IS NOT NULL;
SELECT mediaml.create_recommender('guarded', 'watched', 'viewer', 'film', items => 'films', items_key => 'film', method => 'als', options => '{"factors": 4}');
CREATE ROLE mediaml_all_reader;
GRANT SELECT ON watched, films, mediaml.recommenders, mediaml.models, mediaml.model_data, mediaml.deployments TO mediaml_all_reader;
ALTER TABLE watched ENABLE ROW LEVEL SECURITY;
ALTER TABLE films ENABLE ROW LEVEL SECURITY;
CREATE POLICY few ON watched TO mediaml_all_reader USING (viewer <= 3);
CREATE POLICY even ON films TO mediaml_all_reader USING (film % 2 = 0);
SET ROLE mediaml_all_reader;
SELECT user_id, count(*) AS rows, bool_and(item_id % 2 = 0) AS "what he may see"
FROM mediaml.recommend_all('guarded', 20) GROUP BY user_id ORDER BY user_id;
RESET ROLE;

-- ----------------------------------------------------------------- errors
SELECT count(*) FROM mediaml.recommend_all('nobody');
SELECT count(*) FROM mediaml.recommend_all('near', 0);
SELECT count(*) FROM mediaml.recommend_all('near', NULL);
SELECT count(*) FROM mediaml.recommend_all('near', 3, exclude_seen => NULL);
SELECT count(*) FROM mediaml.recommend_all('near', 3, candidates => NULL);
SELECT count(*) FROM mediaml.recommend_all('near', 3, users => ARRAY['a']);
SELECT count(*) FROM mediaml.recommend_all('near', 3, candidates => ARRAY['a']);
SELECT count(*) FROM mediaml.recommend_all('near', 3, NULL);

SELECT mediaml.drop_recommender(name) FROM unnest('{popular,near,ridge,factors,ratings,texts,guarded}'::text[]) AS name;
DROP TABLE watched, texts, nightly, films;
DROP FUNCTION compare;
REVOKE SELECT ON mediaml.recommenders, mediaml.models, mediaml.model_data, mediaml.deployments FROM mediaml_all_reader;
DROP ROLE mediaml_all_reader;
