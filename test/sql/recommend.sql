-- Recommenders: exact answers on small data, and every error once.
SET extra_float_digits = 0;
\set VERBOSITY default
\set SHOW_CONTEXT never

-- Four viewers, five films; 50 has been seen by one viewer only.
CREATE TABLE seen (viewer text, film bigint, weight float8);
INSERT INTO seen VALUES
    ('ada', 10, 1), ('ada', 20, 1), ('ada', 30, 1),
    ('bob', 10, 1), ('bob', 20, 1),
    ('cem', 10, 1), ('cem', 30, 1), ('cem', 40, 1),
    ('dov', 10, 1), ('dov', 40, 1), ('dov', 50, 1);

CREATE TABLE model AS
SELECT mediaml.popularity(viewer, film, weight ORDER BY viewer, film) AS popularity,
       mediaml.item_knn(viewer, film, weight, '{"k": 3, "shrink": 0}' ORDER BY viewer, film) AS knn,
       mediaml.item_knn(viewer, 'f' || film, weight, '{"shrink": 0}' ORDER BY viewer, film) AS texts
FROM seen;

SELECT mediaml.model_info(popularity) - 'bytes' FROM model;
SELECT mediaml.model_info(knn) - 'bytes' FROM model;
SELECT mediaml.model_info(texts) - 'bytes' FROM model;

-- ------------------------------------------------------------- popularity
SELECT r.* FROM model, mediaml.recommend_from(popularity, NULL) AS r ORDER BY rank;
SELECT rank, item_id, score, source FROM model, mediaml.recommend_from(popularity, ARRAY[10, 20], 2) ORDER BY rank;

-- Half as much for each half-life before the latest row, in any order.
SELECT item_id, score
FROM (SELECT mediaml.popularity(1, film, w, at, '{"half_life": "30 days"}') AS m
      FROM (VALUES (1, 8::float8, timestamptz '2024-01-01'), (2, 3, '2024-03-01'), (1, 1, '2024-03-01'),
                   (3, 5, '0001-01-01'), (4, 9, NULL), (2, 2, '2024-01-31')) AS t (film, w, at)) AS t,
     mediaml.recommend_from(m, NULL) ORDER BY rank;
SELECT mediaml.popularity(v, f, 1, at, '{}') = mediaml.popularity(v, f, 1, at, '{"half_life": "3 months"}') AS "90 days"
FROM (VALUES (1, 'a', now()), (2, 'b', now() - interval '1 year')) AS t (v, f, at);
-- more rows than the first chunks hold, and a half-life beyond what float8 can show
SELECT item_id, score FROM (SELECT mediaml.popularity(u, u / 500, 1, timestamptz '2024-01-01' + u * interval '24 hours', '{"half_life": "1000 days"}') AS m
                            FROM generate_series(0, 1999) AS u) AS t, mediaml.recommend_from(m, NULL) ORDER BY rank;
SELECT item_id, score FROM (SELECT mediaml.popularity(u, u, 1, timestamptz '2024-01-01' + u * interval '24 hours', '{"half_life": "1 microsecond"}') AS m
                            FROM generate_series(1, 3) AS u) AS t, mediaml.recommend_from(m, NULL) ORDER BY rank;

-- --------------------------------------------------------------- item_knn
-- cos(10,20) = 2/sqrt(4*2), cos(10,30) = 2/sqrt(4*2), cos(20,30) = 1/sqrt(2*2), ...
SELECT r.* FROM model, mediaml.recommend_from(knn, ARRAY[20]) AS r ORDER BY rank;
SELECT rank, item_id, abs(score - (2 / sqrt(8) + 1 / sqrt(2))) < 1e-7 AS "as it should be", because_of_id
FROM model, mediaml.recommend_from(knn, ARRAY[10, 50], k => 1);
SELECT rank, item_id, score, because_of_id
FROM model, mediaml.recommend_from(knn, ARRAY[20, 50], weights => ARRAY[0.5, 2], k => 2) ORDER BY rank;

-- The naive formula, from the rows, for every history of two films: no k in the way.
WITH pair AS (
    SELECT a.film AS i, b.film AS j,
           sum(a.weight * b.weight) / (sqrt((SELECT sum(weight ^ 2) FROM seen WHERE film = a.film) *
                                            (SELECT sum(weight ^ 2) FROM seen WHERE film = b.film)) + 7) AS similarity
    FROM seen a JOIN seen b USING (viewer)
    WHERE a.film <> b.film
    GROUP BY a.film, b.film
), asked AS (
    SELECT DISTINCT a.film AS a, b.film AS b FROM seen a, seen b WHERE a.film < b.film
), model7 AS (
    SELECT mediaml.item_knn(viewer, film, weight, '{"shrink": 7}') AS m FROM seen
)
SELECT count(*) AS rows, bool_and(abs(score - wanted) < 1e-7) AS "as it should be"
FROM model7, asked, mediaml.recommend_from(m, ARRAY[a, b], 10) AS r,
     LATERAL (SELECT sum(similarity) AS wanted FROM pair WHERE i IN (a, b) AND j = item_id) AS w
WHERE source = 'history';

-- Neighbours that tie with the k-th are kept: 20 and 30 are as near to 10.
SELECT mediaml.model_info(mediaml.item_knn(viewer, film, weight, '{"k": 1, "shrink": 0}')) -> 'neighbours' AS neighbours
FROM seen;

-- Weights as of texts: by the formula, from the rows, for every history of one film.
WITH numbers AS (
    SELECT *, greatest(ln((SELECT count(DISTINCT film) FROM seen)::float8 / (1 + count(*) OVER (PARTITION BY viewer))), 0) AS idf,
           sum(weight) OVER (PARTITION BY film) / ((SELECT sum(weight) FROM seen) / 5) AS length
    FROM seen
), weighed AS (
    SELECT 'tfidf' AS weighting, viewer, film, sqrt(weight) * idf AS w FROM numbers
    UNION ALL
    SELECT 'bm25', viewer, film, weight * 3 / (weight + 2 * (0.5 + 0.5 * length)) * idf FROM numbers
), wanted AS (
    SELECT weighting, a.film AS i, b.film AS j,
           sum(a.w * b.w) / (sqrt((SELECT sum(w ^ 2) FROM weighed AS s WHERE film = a.film AND s.weighting = a.weighting) *
                                  (SELECT sum(w ^ 2) FROM weighed AS s WHERE film = b.film AND s.weighting = a.weighting)) + 0.5) AS similarity
    FROM weighed a JOIN weighed b USING (weighting, viewer)
    WHERE a.film <> b.film
    GROUP BY weighting, a.weighting, a.film, b.film
), models AS (
    SELECT 'tfidf' AS weighting, mediaml.item_knn(viewer, film, weight, '{"shrink": 0.5, "weighting": "tfidf"}') AS m FROM seen
    UNION ALL
    SELECT 'bm25', mediaml.item_knn(viewer, film, weight, '{"shrink": 0.5, "weighting": "bm25", "k1": 2, "b": 0.5}') FROM seen
)
SELECT weighting, count(*) AS rows, bool_and(abs(score - similarity) < 1e-7) AS "as it should be"
FROM models JOIN wanted USING (weighting), mediaml.recommend_from(m, ARRAY[i], 10)
WHERE source = 'history' AND item_id = j
GROUP BY weighting ORDER BY weighting;
SELECT mediaml.model_info(mediaml.item_knn(viewer, film, weight, '{"weighting": "bm25"}')) - 'bytes' AS info FROM seen;

-- Duplicate pairs are added up, and weights count.
SELECT mediaml.item_knn(v, f, w ORDER BY v, f) = (SELECT mediaml.item_knn(v, f, w ORDER BY v, f)
    FROM (VALUES (1, 1, 3::float8), (1, 2, 2), (2, 1, 1), (2, 2, 5)) AS once (v, f, w)) AS same
FROM (VALUES (1, 1, 1::float8), (1, 2, 2), (1, 1, 2), (2, 1, 1), (2, 2, 5)) AS twice (v, f, w);

-- The same rows in another order: the same model, where weights are whole.
SELECT mediaml.item_knn(viewer, film, weight ORDER BY film DESC, viewer) =
       mediaml.item_knn(viewer, film, weight ORDER BY viewer, film DESC) AS same FROM seen;

-- Text ids; bytewise, whatever the collation.
SELECT r.* FROM model, mediaml.recommend_from(texts, ARRAY['f20']::varchar[], 3) AS r ORDER BY rank;
SELECT rank, item_id, item_key, because_of_key
FROM (SELECT mediaml.item_knn(v, f, 1) AS m
      FROM (VALUES (1, 'Ö'), (1, 'z'), (1, '電影'), (1, ''), (2, 'Z'), (2, 'z')) AS t (v, f)) AS t,
     mediaml.recommend_from(m, ARRAY['z'], 10) ORDER BY rank;
SELECT item_key FROM (SELECT mediaml.popularity(1, f, 1) AS m FROM (VALUES ('a'), ('b ')) AS t (f)) AS t,
     mediaml.recommend_from(m, ARRAY['a  ', 'x']::char(3)[]);

-- ------------------------------------------------ what may be recommended
SELECT array_agg(item_id ORDER BY rank) AS unseen FROM model, mediaml.recommend_from(knn, ARRAY[10, 20]);
SELECT array_agg(item_id ORDER BY rank) AS "all" FROM model, mediaml.recommend_from(knn, ARRAY[10, 20], exclude_seen => false);
SELECT array_agg(item_id ORDER BY rank) AS excluded FROM model, mediaml.recommend_from(knn, ARRAY[10, 20], exclude => ARRAY[40]);
SELECT array_agg(item_id ORDER BY rank) AS candidates FROM model, mediaml.recommend_from(knn, ARRAY[10], 10, candidates => ARRAY[50, 20, 10, 20]);
SELECT array_agg(item_id ORDER BY rank) AS first FROM model, mediaml.recommend_from(knn, ARRAY[10], 1, candidates => ARRAY[50, 20]);
SELECT count(*) AS none FROM model, mediaml.recommend_from(knn, ARRAY[10], 10, candidates => '{}');
SELECT count(*) AS none FROM model, mediaml.recommend_from(knn, ARRAY[10], 10, candidates => ARRAY(SELECT film FROM seen WHERE false));
SELECT count(*) AS none FROM model, mediaml.recommend_from(knn, ARRAY[10, 20, 30, 40, 50]);
-- candidates that the model has never seen come last, but they come
SELECT rank, item_id, item_key, score, source, because_of_id
FROM model, mediaml.recommend_from(knn, ARRAY[10, 97], 10, candidates => ARRAY[97, 99, 30, 98, 99, 96], exclude => ARRAY[96]) ORDER BY rank;
SELECT array_agg(item_key ORDER BY rank) FROM model, mediaml.recommend_from(texts, NULL, 9, candidates => '{new,f10,"",f50}');
-- k larger than any number of rows
SELECT count(*) FROM model, mediaml.recommend_from(knn, ARRAY[10], 9223372036854775807);
-- NULLs and strangers in lists are ignored, and so is a history of strangers
SELECT array_agg(item_id ORDER BY rank) FROM model, mediaml.recommend_from(knn, ARRAY[NULL, 10, 999], 2, weights => ARRAY[9, 1, 9]);
SELECT array_agg(item_id ORDER BY rank) FROM model, mediaml.recommend_from(knn, ARRAY[10], 5, candidates => ARRAY[NULL, 20], exclude => ARRAY[NULL::int]);
SELECT DISTINCT source FROM model, mediaml.recommend_from(knn, ARRAY[998, 999]);
SELECT DISTINCT source FROM model, mediaml.recommend_from(knn, '{}');
-- a weight of 0: seen, but it says nothing
SELECT item_id, source FROM model, mediaml.recommend_from(knn, ARRAY[50], 1, weights => ARRAY[0]);
-- duplicates in the history add up
SELECT a.score = 2 * b.score AS doubled
FROM model, mediaml.recommend_from(knn, ARRAY[20, 20], 1) AS a, mediaml.recommend_from(knn, ARRAY[20], 1) AS b;

-- -------------------------------------------------------- calls that work
SELECT count(*) FROM model, mediaml.recommend_from(knn, ARRAY[10]::smallint[]);
SELECT count(*) FROM model, mediaml.recommend_from(knn, ARRAY[10]::bigint[], 10::smallint);
SELECT count(*) FROM model, mediaml.recommend_from(knn, '{10,20}');
SELECT count(*) FROM model, mediaml.recommend_from(knn, ARRAY['10', '20']);
SELECT count(*) FROM model, mediaml.recommend_from(knn, NULL, NULL::int) WHERE false;
SELECT count(*) FROM model, mediaml.recommend_from(knn, ARRAY[10], exclude => '{20}');
SELECT count(*) FROM model, mediaml.recommend_from(knn, ARRAY[10], exclude => ARRAY['20']);
SELECT count(*) FROM model, mediaml.recommend_from(knn, ARRAY[10], exclude => NULL, weights => '{2}');
SELECT count(*) FROM model, mediaml.recommend_from(knn, ARRAY[10], 3, candidates => ARRAY[20::bigint]);
SELECT count(*) FROM model, mediaml.recommend_from(knn, NULL, 3, candidates => ARRAY[20]);
SELECT count(*) FROM model, mediaml.recommend_from(knn, '{10}', 3, candidates => '{20}');
SELECT count(*) FROM model, mediaml.recommend_from(knn, ARRAY[10], 3, ARRAY[20], true, ARRAY[30], ARRAY[1]);
PREPARE untyped AS SELECT count(*) FROM model, mediaml.recommend_from(knn, $1, $2, candidates => $3, weights => $4);
EXECUTE untyped('{10}', 3, '{20,30}', '{1}');
CREATE DOMAIN film_id AS bigint;
SELECT count(*) FROM model, mediaml.recommend_from(knn, ARRAY[10::film_id], exclude => ARRAY[20::film_id]);
SELECT count(*) FROM mediaml.recommend_from(NULL, ARRAY[10]);

-- ------------------------------------------------------ a model per group
SELECT early, array_agg(item_id ORDER BY rank) AS best
FROM (SELECT viewer < 'c' AS early, mediaml.item_knn(viewer, film, weight) AS m FROM seen GROUP BY 1) AS g,
     mediaml.recommend_from(m, ARRAY[10], 2)
GROUP BY early ORDER BY early;
SELECT count(*), count(m) FROM (SELECT mediaml.popularity(viewer, film, weight) AS m FROM seen GROUP BY ROLLUP (viewer, film)) AS t;
SELECT count(DISTINCT m) FROM (SELECT mediaml.item_knn(u, u % 7, 1) AS m FROM generate_series(1, 3000) AS u GROUP BY u % 1000) AS t;

-- ------------------------------------------------ zero rows, one row, NULL
SELECT mediaml.popularity(viewer, film, weight) IS NULL AS p, mediaml.item_knn(viewer, film, weight) IS NULL AS k
FROM seen WHERE false;
SELECT mediaml.item_knn(viewer, film, weight) FILTER (WHERE false) IS NULL AS none FROM seen;
SELECT mediaml.item_knn(1, NULL::bigint, 1) IS NULL AS none FROM seen;
SELECT r.* FROM (SELECT mediaml.item_knn(true, 7, 2.5) AS m) AS t, mediaml.recommend_from(m, NULL) AS r;
SELECT mediaml.model_info(mediaml.item_knn(v, f, w)) -> 'rows_skipped' AS skipped
FROM (VALUES (NULL, 1, 1), ('a', NULL, 1), ('a', 1, NULL), ('a', 1, 1)) AS t (v, f, w);
-- a weight of 0 makes an item known, and nothing more
SELECT item_id, score FROM (SELECT mediaml.item_knn(1, f, 0, '{"shrink": 0}') AS m FROM generate_series(1, 2) AS f) AS t,
     mediaml.recommend_from(m, ARRAY[1]);

-- users of any type, equal as their type says
SELECT mediaml.model_info(mediaml.popularity(u, 1, 1)) -> 'users' AS users FROM (VALUES (1.0), (1.00), (2.0)) AS t (u);
SELECT mediaml.model_info(mediaml.popularity(u, 1, 1)) -> 'users' AS users FROM (VALUES (ARRAY[1, 2]), (ARRAY[1, 2])) AS t (u);
SELECT mediaml.model_info(mediaml.popularity(repeat(u, 100000), 1, 1)) -> 'users' AS users FROM (VALUES ('a'), ('b'), ('a')) AS t (u);
CREATE COLLATION ignore_case (provider = icu, locale = 'und-u-ks-level2', deterministic = false);
SELECT mediaml.model_info(mediaml.popularity(u COLLATE ignore_case, 1, 1)) -> 'users' AS users FROM (VALUES ('a'), ('A')) AS t (u);

-- ----------------------------------------------------------------- errors
SELECT mediaml.item_knn(viewer, film, 'NaN') FROM seen;
SELECT mediaml.item_knn(viewer, film, 'Infinity') FROM seen;
SELECT mediaml.popularity(viewer, film, -0.5) FROM seen;
SELECT mediaml.popularity(viewer, film, 1e75) FROM seen;
SELECT mediaml.item_knn(viewer, film, weight, '{"neighbours": 5}') FROM seen;
SELECT mediaml.item_knn(viewer, film, weight, '{"k": 0}') FROM seen;
SELECT mediaml.item_knn(viewer, film, weight, '{"shrink": -1}') FROM seen;
SELECT mediaml.item_knn(viewer, film, weight, jsonb_build_object('k', film)) FROM seen;
SELECT mediaml.popularity(viewer, film, weight, '{"half_life": 5}') FROM seen;
SELECT mediaml.popularity(viewer, film, weight, now(), '{"half_life": "0 days"}') FROM seen;
SELECT mediaml.popularity(viewer, film, weight, now(), '{"half_life": "soon"}') FROM seen;
SELECT mediaml.popularity(viewer, film, weight, 'infinity', '{}') FROM seen;
SELECT mediaml.item_knn(viewer, film, weight, '{"weighting": "bm26"}') FROM seen;
SELECT mediaml.item_knn(viewer, film, weight, '{"weighting": "tfidf", "b": 0.5}') FROM seen;
SELECT mediaml.item_knn(viewer, film, weight, '{"weighting": "bm25", "b": 1.5}') FROM seen;
SELECT mediaml.popularity(viewer, film, weight, '{}') IS NOT NULL AS "no options are none" FROM seen;
SELECT mediaml.popularity(1, repeat('x', 1000000), 1);
SELECT mediaml.popularity('{}'::json, 1, 1);
SELECT mediaml.popularity(viewer, film, weight) OVER () FROM seen;
SELECT count(*) FROM model, mediaml.recommend_from(knn, ARRAY[10], 0);
SELECT count(*) FROM model, mediaml.recommend_from(knn, ARRAY[10], -3);
SELECT count(*) FROM model, mediaml.recommend_from(knn, ARRAY[10], NULL);
SELECT count(*) FROM model, mediaml.recommend_from(knn, ARRAY[10], exclude_seen => NULL);
SELECT count(*) FROM model, mediaml.recommend_from(knn, ARRAY[10], 10, candidates => NULL);
SELECT count(*) FROM model, mediaml.recommend_from(knn, ARRAY[10], 10, candidates => (SELECT array_agg(film) FROM seen WHERE false));
SELECT count(*) FROM model, mediaml.recommend_from(knn, NULL, 10, candidates => ARRAY['f10']);
SELECT count(*) FROM model, mediaml.recommend_from(knn, NULL, 10, candidates => ARRAY[1.5]);
SELECT count(*) FROM model, mediaml.recommend_from(texts, ARRAY[10]);
SELECT count(*) FROM model, mediaml.recommend_from(texts, NULL, 10, candidates => ARRAY[10]);
SELECT count(*) FROM model, mediaml.recommend_from(knn, ARRAY[10], exclude => ARRAY[1.5]);
SELECT count(*) FROM model, mediaml.recommend_from(knn, ARRAY[10], exclude => 20);
SELECT count(*) FROM model, mediaml.recommend_from(knn, ARRAY[10], exclude => '{a}');
SELECT count(*) FROM model, mediaml.recommend_from(knn, ARRAY[10, 20], weights => ARRAY[1]);
SELECT count(*) FROM model, mediaml.recommend_from(knn, ARRAY[10, 20], weights => ARRAY[1, NULL]);
SELECT count(*) FROM model, mediaml.recommend_from(knn, ARRAY[10, 20], weights => ARRAY[1, -1]);
SELECT count(*) FROM model, mediaml.recommend_from(knn, ARRAY[10, 20], weights => '{1.7e308,1.7e308}');
-- a call that could mean either form is an error, not all items
SELECT count(*) FROM model, mediaml.recommend_from(knn, ARRAY[10], 10, NULL);

-- memory: what does not fit is refused, and the numbers are said
SET mediaml.max_memory = '1MB';
SELECT mediaml.item_knn(u, u % 100, 1) FROM generate_series(1, 100000) AS u;
SET mediaml.max_memory = '1GB';
SET mediaml.max_model_size = '64kB';
SELECT mediaml.item_knn(u, i, 1) FROM generate_series(1, 3) AS u, generate_series(1, 200) AS i;
RESET mediaml.max_memory;
RESET mediaml.max_model_size;

-- ------------------------------------------------- models tampered with
SELECT count(*) FROM mediaml.recommend_from('\x6d65'::bytea, ARRAY[10]);
SELECT count(*) FROM model, mediaml.recommend_from(substr(knn, 1, length(knn) - 1), ARRAY[10]);
CREATE FUNCTION flip(model bytea) RETURNS text LANGUAGE plpgsql AS $$
DECLARE
    wrong int := 0;
    cut int := 0;
BEGIN
    FOR i IN 0 .. length(model) - 1 LOOP
        BEGIN
            PERFORM mediaml.recommend_from(set_byte(model, i, get_byte(model, i) # 4), ARRAY['1']);
        EXCEPTION WHEN data_corrupted OR feature_not_supported THEN wrong := wrong + 1;
        END;
        BEGIN
            PERFORM mediaml.recommend_from(substr(model, 1, i), ARRAY['1']);
        EXCEPTION WHEN data_corrupted THEN cut := cut + 1;
        END;
    END LOOP;
    RETURN format('%s bytes, %s refused, %s cuts refused', length(model), wrong, cut);
END $$;
SELECT flip(popularity) ~ '^(\d+) bytes, \1 refused, \1 cuts refused$' AS refused FROM model;
SELECT flip(texts) ~ '^(\d+) bytes, \1 refused, \1 cuts refused$' AS refused FROM model;
SELECT count(*) FROM (SELECT mediaml.kmeans(ARRAY[x], 1) AS m FROM generate_series(1, 3) AS x) AS t, mediaml.recommend_from(m, ARRAY[10]);

-- every object has a comment
SELECT p.oid::regprocedure FROM pg_proc p
WHERE pronamespace = 'mediaml'::regnamespace AND proname ~ '^(popularity|item_knn|recommend_from)'
  AND obj_description(p.oid, 'pg_proc') IS NULL;

DROP FUNCTION flip;
DROP DOMAIN film_id;
DROP COLLATION ignore_case;
DROP TABLE seen, model;
