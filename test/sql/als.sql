-- als: factors by alternating least squares, on small data.
SET extra_float_digits = 0;
\set VERBOSITY default
\set SHOW_CONTEXT never

-- Two tastes: even viewers like films 1 to 5, odd ones 6 to 10; two films a viewer are missing.
CREATE TABLE seen AS
SELECT v AS viewer, f + 5 * (v % 2) AS film, 1 + (v + f) % 2 AS weight
FROM generate_series(1, 40) AS v, generate_series(1, 5) AS f
WHERE f <> v % 5 + 1;

CREATE TABLE model AS
SELECT mediaml.als(viewer, film, weight, '{"factors": 4}' ORDER BY viewer, film) AS m,
       mediaml.als(viewer, 'f' || film, weight, '{"factors": 4}' ORDER BY viewer, film) AS texts
FROM seen;

SELECT mediaml.model_info(m) - 'bytes' - 'objective' FROM model;
SELECT mediaml.model_info(mediaml.als(viewer, film, 1)) -> 'factors' AS factors FROM seen;

-- who has seen films of a taste gets the rest of it first, and then all others
SELECT rank, item_id IN (1, 2, 4) AS "of this taste", source, because_of_id IN (3, 5) AS "has a reason"
FROM model, mediaml.recommend_from(m, ARRAY[3, 5], 10) ORDER BY rank;
SELECT count(*) AS rows, bool_and(item_key ~ '^f([6-9]|10)$') AS "of this taste"
FROM model, mediaml.recommend_from(texts, ARRAY['f7', 'f9'], 3);
SELECT DISTINCT source FROM model, mediaml.recommend_from(m, '{}');
SELECT DISTINCT source FROM model, mediaml.recommend_from(m, ARRAY[99]);
SELECT DISTINCT source FROM model, mediaml.recommend_from(m, ARRAY[1], weights => ARRAY[0]);
-- candidates have the scores that they have among all
SELECT bool_and(a.score = b.score) AS same
FROM model, mediaml.recommend_from(m, ARRAY[3, 5], 10) AS a, mediaml.recommend_from(m, ARRAY[3, 5], 10, ARRAY[1, 8, 10]) AS b
WHERE a.item_id = b.item_id;
-- weights count, and may be of any size
SELECT item_id > 5 AS "as the heavier one" FROM model, mediaml.recommend_from(m, ARRAY[1, 7], 1, weights => '{1e-300,1e300}');

-- One factor, by hand: with one viewer and one film, x y = 1 / (1 + unobserved) less what reg takes;
-- at the minimum x = y, and (w + unobserved) y^2 = w - reg (1 + unobserved).
SELECT abs(score - (1 - 0.02 * 1.5) / 1.5) < 1e-5 AS "as it should be"
FROM (SELECT mediaml.als(1, 1, 1, '{"factors": 1, "unobserved_weight": 0.5, "iterations": 500}') AS m) AS t,
     mediaml.recommend_from(m, ARRAY[1], 1, exclude_seen => false);

-- Duplicate pairs are added up; the same rows and the same seed give the same bytes.
SELECT mediaml.als(v, f, w ORDER BY v, f) = (SELECT mediaml.als(v, f, w ORDER BY v, f)
    FROM (VALUES (1, 1, 3::float8), (1, 2, 2), (2, 1, 1), (2, 2, 5)) AS once (v, f, w)) AS same
FROM (VALUES (1, 1, 1::float8), (1, 2, 2), (1, 1, 2), (2, 1, 1), (2, 2, 5)) AS twice (v, f, w);
SELECT mediaml.als(viewer, film, weight, '{"factors": 4, "seed": 2}' ORDER BY viewer, film) = m AS same
FROM seen, model GROUP BY m;
-- all weights and both options times the same number: the same problem
SELECT round((mediaml.model_info(b) ->> 'objective')::numeric / (mediaml.model_info(a) ->> 'objective')::numeric, 4) AS ratio
FROM (SELECT mediaml.als(viewer, film, weight, '{"factors": 4, "reg": 0.02, "unobserved_weight": 0.2}') AS a,
             mediaml.als(viewer, film, weight * 1e6, '{"factors": 4, "reg": 2e4, "unobserved_weight": 2e5}') AS b FROM seen) AS t;
-- rows of nothing
SELECT mediaml.als(viewer, film, 1) IS NULL AS nothing FROM seen WHERE false;
SELECT mediaml.model_info(mediaml.als(NULLIF(viewer, 1), film, 1)) -> 'rows_skipped' AS skipped FROM seen;
-- all weights 0: no taste at all, but an answer
SELECT count(*), min(score), max(score) FROM (SELECT mediaml.als(viewer, film, 0) AS m FROM seen) AS t, mediaml.recommend_from(m, ARRAY[1]);
-- without any ridge
SELECT count(*) FROM (SELECT mediaml.als(viewer, film, 1, '{"reg": 0, "unobserved_weight": 0, "factors": 30}') AS m FROM seen) AS t,
       mediaml.recommend_from(m, ARRAY[1, 2]);

-- auto: what is chosen
SELECT i ->> 'auto' AS auto, (i ->> 'auto_ndcg')::float8 > 0.3 AS "finds them"
FROM (SELECT mediaml.model_info(mediaml.als(viewer, film, 1, '{"factors": 2, "auto": true}' ORDER BY viewer, film)) AS i FROM seen) AS t;

-- errors
SELECT mediaml.als(viewer, film, 1, '{"factors": 0}') FROM seen;
SELECT mediaml.als(viewer, film, 1, '{"factors": 513}') FROM seen;
SELECT mediaml.als(viewer, film, 1, '{"reg": -1}') FROM seen;
SELECT mediaml.als(viewer, film, 1, '{"exponent": 3}') FROM seen;
SELECT mediaml.als(viewer, film, 1, '{"iterations": 0}') FROM seen;
SELECT mediaml.als(viewer, film, 1, '{"alpha": 1}') FROM seen;
SELECT mediaml.als(viewer, film, -1) FROM seen;
SELECT mediaml.als(viewer, film, 'NaN') FROM seen;
SELECT mediaml.predict(m, ARRAY[1]) FROM model;

-- memory: what does not fit is refused, and the numbers are said
SET mediaml.max_memory = '3MB';
SELECT mediaml.als(u, u % 100, 1, '{"factors": 512}') FROM generate_series(1, 1000) AS u;
RESET mediaml.max_memory;
SET mediaml.max_model_size = '64kB';
SELECT mediaml.als(1, i, 1) FROM generate_series(1, 1000) AS i;
RESET mediaml.max_model_size;

-- every object has a comment
SELECT p.oid::regprocedure FROM pg_proc p
WHERE pronamespace = 'mediaml'::regnamespace AND proname ~ '^als' AND obj_description(p.oid, 'pg_proc') IS NULL;

DROP TABLE seen, model;
