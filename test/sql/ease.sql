-- ease: exact answers on small data, and every error once.
SET extra_float_digits = 0;
\set VERBOSITY default
\set SHOW_CONTEXT never

-- Five viewers, five films.
CREATE TABLE seen (viewer text, film bigint, weight float8);
INSERT INTO seen VALUES
    ('ada', 10, 1), ('ada', 20, 1), ('ada', 30, 1),
    ('bob', 10, 1), ('bob', 20, 1),
    ('cem', 10, 1), ('cem', 30, 1), ('cem', 40, 1),
    ('dov', 10, 1), ('dov', 40, 1), ('dov', 50, 1),
    ('eva', 30, 2), ('eva', 50, 3);

CREATE TABLE model AS
SELECT mediaml.ease(viewer, film, weight, '{"l2": 2}' ORDER BY viewer, film) AS dense,
       mediaml.ease(viewer, film, weight, '{"l2": 2, "neighbours": 4}' ORDER BY viewer, film) AS sparse,
       mediaml.ease(viewer, film, weight, '{"l2": 2, "neighbours": 1}' ORDER BY viewer, film) AS one,
       mediaml.ease(viewer, 'f' || film, weight, '{"l2": 2}' ORDER BY viewer, film) AS texts
FROM seen;

SELECT mediaml.model_info(dense) - 'bytes' FROM model;
SELECT mediaml.model_info(sparse) - 'bytes' FROM model;
SELECT mediaml.model_info(one) -> 'weights' AS "one weight a film" FROM model;
SELECT mediaml.model_info(mediaml.ease(viewer, film, weight)) -> 'l2' AS "default" FROM seen;

-- Column j solves the ridge regression of film j on all others: for k <> j the
-- sum over i <> j of (<w_k, w_i> + l2 [k = i]) b_ij is <w_k, w_j>.
WITH film AS (
    SELECT DISTINCT film FROM seen
), gram AS (
    SELECT a.film AS i, b.film AS j,
           coalesce((SELECT sum(x.weight * y.weight) FROM seen x JOIN seen y USING (viewer)
                     WHERE x.film = a.film AND y.film = b.film), 0) AS g
    FROM film a, film b
), weight AS (
    SELECT film AS i, item_id AS j, score AS b
    FROM model, film, mediaml.recommend_from(dense, ARRAY[film], 10)
), sums AS (
    SELECT k.film AS k, w.j, sum((g + CASE WHEN k.film = w.i THEN 2 ELSE 0 END) * b) AS left_side
    FROM film k, weight w, gram
    WHERE gram.i = k.film AND gram.j = w.i AND k.film <> w.j
    GROUP BY k.film, w.j
)
SELECT count(*) AS equations, bool_and(abs(left_side - g) < 1e-6) AS "all hold"
FROM sums JOIN gram ON gram.i = k AND gram.j = sums.j;

SELECT rank, item_id, round(score::numeric, 4) AS score, source, because_of_id
FROM model, mediaml.recommend_from(dense, ARRAY[20, 50]) ORDER BY rank;
SELECT rank, item_id, round(score::numeric, 4) AS score, source, because_of_id
FROM model, mediaml.recommend_from(dense, ARRAY[20, 50], weights => ARRAY[0.5, 2]) ORDER BY rank;
SELECT rank, item_id, item_key, round(score::numeric, 4) AS score, because_of_key
FROM model, mediaml.recommend_from(texts, ARRAY['f20'], 2) ORDER BY rank;

-- All weights kept as the strongest: the same answers, bit for bit.
SELECT count(*) AS rows, bool_and(a = b) AS same
FROM model, (SELECT DISTINCT film FROM seen) AS f,
     LATERAL mediaml.recommend_from(dense, ARRAY[film, 10], 5, candidates => ARRAY[20, 30, 40, 50]) AS a
     JOIN LATERAL mediaml.recommend_from(sparse, ARRAY[film, 10], 5, candidates => ARRAY[20, 30, 40, 50]) AS b USING (rank);
-- What has no weight has the score 0, which is better than a negative one.
SELECT rank, item_id, round(score::numeric, 4) AS score, source, because_of_id
FROM model, mediaml.recommend_from(one, ARRAY[20]) ORDER BY rank;

-- Without a history, and of films that the model never saw: popularity.
SELECT array_agg(item_id ORDER BY rank) AS items, array_agg(DISTINCT source) AS source
FROM model, mediaml.recommend_from(dense, NULL);
SELECT DISTINCT source FROM model, mediaml.recommend_from(dense, ARRAY[999]);
-- A weight of 0: seen, and no more is known.
SELECT DISTINCT source FROM model, mediaml.recommend_from(dense, ARRAY[10], weights => ARRAY[0]);
-- Films of no common viewer say nothing of each other, but they have a score.
SELECT item_id, score, source FROM (SELECT mediaml.ease(f, f, 1) AS m FROM generate_series(1, 3) AS f) AS t,
     mediaml.recommend_from(m, ARRAY[2]) ORDER BY rank;

-- The same rows in another order: the same model, where weights are whole.
SELECT mediaml.ease(viewer, film, weight ORDER BY film DESC, viewer) =
       mediaml.ease(viewer, film, weight ORDER BY viewer, film DESC) AS same FROM seen;
-- Duplicate pairs are added up.
SELECT mediaml.ease(v, f, w ORDER BY v, f) = (SELECT mediaml.ease(v, f, w ORDER BY v, f)
    FROM (VALUES (1, 1, 3::float8), (1, 2, 2), (2, 1, 1), (2, 2, 5)) AS once (v, f, w)) AS same
FROM (VALUES (1, 1, 1::float8), (1, 2, 2), (1, 1, 2), (2, 1, 1), (2, 2, 5)) AS twice (v, f, w);

-- auto: l2 by what is held out, learned again from everything; told on demand.
SET mediaml.progress = on;
SELECT mediaml.model_info(mediaml.ease(u, i, 1, '{"l2": 10, "auto": true}' ORDER BY u, i)) ->> 'auto' AS auto
FROM generate_series(1, 60) AS u, LATERAL (SELECT DISTINCT (u % 6 * 7 + n * n) % 40 AS i FROM generate_series(1, 4 + u % 8) AS n) AS seen;
RESET mediaml.progress;

-- ------------------------------------------------ zero rows, one row, NULL
SELECT mediaml.ease(viewer, film, weight) IS NULL AS none FROM seen WHERE false;
SELECT mediaml.ease(1, NULL::bigint, 1) IS NULL AS none;
SELECT item_id, source FROM (SELECT mediaml.ease(true, 7, 2.5, '{"neighbours": 3}') AS m) AS t, mediaml.recommend_from(m, NULL);
SELECT count(*) AS none FROM (SELECT mediaml.ease(true, 7, 2.5) AS m) AS t, mediaml.recommend_from(m, ARRAY[7]);
SELECT mediaml.model_info(mediaml.ease(v, f, w)) -> 'rows_skipped' AS skipped
FROM (VALUES (NULL, 1, 1), ('a', NULL, 1), ('a', 1, NULL), ('a', 1, 1)) AS t (v, f, w);
SELECT count(m) FROM (SELECT mediaml.ease(viewer, film, weight) AS m FROM seen GROUP BY viewer) AS t;

-- ----------------------------------------------------------------- errors
SELECT mediaml.ease(viewer, film, 'NaN') FROM seen;
SELECT mediaml.ease(viewer, film, weight, '{"l2": 0}') FROM seen;
SELECT mediaml.ease(viewer, film, weight, '{"neighbours": -1}') FROM seen;
SELECT mediaml.ease(viewer, film, weight, '{"k": 5}') FROM seen;
SELECT mediaml.ease(viewer, film, 1e30) FROM seen;

-- memory is counted before anything is computed, and so is the model
SET mediaml.max_memory = '10MB';
SELECT mediaml.ease(1, i, 1) FROM generate_series(1, 2000) AS i;
SET mediaml.max_memory = '1GB';
SET mediaml.max_model_size = '1MB';
SELECT mediaml.ease(1, i, 1) FROM generate_series(1, 2000) AS i;
SELECT mediaml.ease(1, i, 1, '{"neighbours": 100}') FROM generate_series(1, 2000) AS i;
SELECT mediaml.model_info(mediaml.ease(1, i, 1, '{"neighbours": 10}')) -> 'weights' AS fits FROM generate_series(1, 1000) AS i;
RESET mediaml.max_memory;
RESET mediaml.max_model_size;

DROP TABLE seen, model;
