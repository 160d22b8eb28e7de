-- Recommend by what is written about items.
SET extra_float_digits = 0;
\set VERBOSITY default
\set SHOW_CONTEXT never

CREATE TABLE film (id bigint, about text);
INSERT INTO film VALUES
    (1, 'The Matrix: action, science fiction'),
    (2, 'The Matrix Reloaded: action action action'),
    (3, '東京物語 drama'),
    (4, '東京タワー: drama and romance'),
    (5, ''),
    (6, NULL),
    (7, '서울의 봄: drama'),
    (8, 'Romance in the action');

CREATE TABLE made AS
SELECT mediaml.content(id, about ORDER BY id) AS m, mediaml.content('f' || id, about ORDER BY id) AS texts FROM film;
SELECT mediaml.model_info(m) - 'bytes' FROM made;
SELECT mediaml.model_info(texts) - 'bytes' FROM made;

-- each with its reason; what nothing is known of comes last
SELECT rank, item_id, round(score::numeric, 6) AS score, source, because_of_id FROM made, mediaml.recommend_from(m, ARRAY[1, 3]) ORDER BY rank;
SELECT rank, item_key, round(score::numeric, 6) AS score, source, because_of_key FROM made, mediaml.recommend_from(texts, ARRAY['f7'], 3) ORDER BY rank;
SELECT DISTINCT source FROM made, mediaml.recommend_from(m, ARRAY[5]);

-- the formula, from to_tsvector, for every history of two films
CREATE TABLE vector AS
WITH count AS (
    SELECT id, lexeme, cardinality(positions) AS tf, count(*) OVER (PARTITION BY lexeme) AS df
    FROM film, unnest(to_tsvector('simple', about)) WHERE about ~ '^[ -~]*$'
), weight AS (
    SELECT id, lexeme, (1 + ln(tf::float8)) * (1 + ln((1 + n) / (1 + df::float8))) AS w
    FROM count, (SELECT count(*)::float8 AS n FROM film WHERE about ~ '^[ -~]*$') AS c
)
SELECT id, lexeme, w / sqrt(sum(w ^ 2) OVER (PARTITION BY id)) AS x FROM weight;
CREATE TABLE latin AS SELECT mediaml.content(id, about ORDER BY id DESC) AS m FROM film WHERE about ~ '^[ -~]*$';
WITH profile AS (
    SELECT a.id AS a, b.id AS b, lexeme, sum(x) AS p
    FROM film a, film b, vector v WHERE a.id < b.id AND v.id IN (a.id, b.id) GROUP BY 1, 2, 3
)
SELECT count(*) AS rows, bool_and(abs(r.score - wanted) < 1e-7) AS "as it should be"
FROM latin, (SELECT DISTINCT a, b FROM profile) AS asked, mediaml.recommend_from(m, ARRAY[a, b], 10, exclude_seen => false) AS r,
     LATERAL (SELECT sum(p.p * v.x) / (SELECT sqrt(sum(p ^ 2)) FROM profile q WHERE (q.a, q.b) = (asked.a, asked.b)) AS wanted
              FROM profile p JOIN vector v USING (lexeme) WHERE (p.a, p.b) = (asked.a, asked.b) AND v.id = item_id) AS w
WHERE source = 'history';

-- weights: twice as much of the one, whatever the unit, is the same
SELECT count(*), bool_and(a.score = b.score AND a.item_id = b.item_id) AS same
FROM made, mediaml.recommend_from(m, ARRAY[1, 3], weights => '{1,2}') a JOIN mediaml.recommend_from(m, ARRAY[1, 3], weights => '{1e300,2e300}') b USING (rank);

-- rows of an item are joined, in any order
SELECT mediaml.content(i, d ORDER BY i, d) = (SELECT mediaml.content(i, d ORDER BY i DESC) FROM (VALUES (1, 'a b c a'), (2, 'a d')) AS once (i, d)) AS same
FROM (VALUES (1, 'a'), (1, 'b c'), (2, 'd'), (1, 'a'), (2, 'a')) AS parts (i, d);

-- options
SELECT mediaml.model_info(mediaml.content(id, about, '{"min_count": 2}')) -> 'terms' AS "in two" FROM film;
SELECT mediaml.model_info(mediaml.content(id, about, '{"min_count": 2, "max_share": 0.4}')) -> 'terms' AS "not in three of seven" FROM film;
SELECT mediaml.model_info(mediaml.content(id, about, '{"config": "english"}')) -> 'terms' AS "no stop words" FROM film;
SELECT count(*) FROM (SELECT mediaml.content(id, about, '{"config": "english"}') AS m FROM (VALUES (1, 'hunting'), (2, 'to hunt'), (3, 'an')) AS t (id, about)) AS t,
    mediaml.recommend_from(m, ARRAY[1]) WHERE source = 'history';
-- a text of a word that is longer than the parser's pieces, and of very many
SELECT mediaml.model_info(mediaml.content(1, repeat('x', 40000) || ' y')) -> 'terms' AS terms;
SELECT mediaml.model_info(mediaml.content(1, repeat('one two three ', 10000))) -> 'terms' AS terms;
SELECT mediaml.model_info(mediaml.content(1, repeat('日本語', 10000))) -> 'terms' AS terms;

-- ------------------------------------------------ zero rows, one row, NULL
SELECT mediaml.content(id, about) IS NULL AS none FROM film WHERE false;
SELECT mediaml.content(id, NULL) IS NULL AS none FROM film;
SELECT mediaml.content(NULL::bigint, about) IS NULL AS none FROM film;
SELECT r.* FROM (SELECT mediaml.content(1, '') AS m) AS t, mediaml.recommend_from(m, ARRAY[1], exclude_seen => false) AS r;
SELECT id > 4 AS late, mediaml.model_info(mediaml.content(id, about)) -> 'items' AS items FROM film GROUP BY 1 ORDER BY 1;

-- ----------------------------------------------------------------- errors
SELECT mediaml.content(id, about, '{"min_count": 0}') FROM film;
SELECT mediaml.content(id, about, '{"max_share": 0}') FROM film;
SELECT mediaml.content(id, about, '{"config": "klingon"}') FROM film;
SELECT mediaml.content(id, about, '{"config": "a.b.c.d"}') FROM film;
SELECT mediaml.content(id, about, '{"stop": true}') FROM film;
SELECT mediaml.content(id, about, jsonb_build_object('min_count', id)) FROM film;
SELECT mediaml.content(repeat('x', 1000000), 'y');
SET mediaml.max_memory = '1MB';
SELECT mediaml.content(i, md5(i::text)) FROM generate_series(1, 100000) AS i;
RESET mediaml.max_memory;
SET mediaml.max_model_size = '64kB';
SELECT mediaml.content(i, md5(i::text)) FROM generate_series(1, 10000) AS i;
RESET mediaml.max_model_size;
SELECT count(*) FROM made, mediaml.recommend_from(set_byte(m, 1000, 1 - get_byte(m, 1000)), ARRAY[1]);

DROP TABLE film, made, vector, latin;
