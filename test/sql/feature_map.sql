-- Factors for items that nobody has seen.
SET extra_float_digits = 0;
\set VERBOSITY default
\set SHOW_CONTEXT never

-- two kinds of films, and viewers who keep to one of them
CREATE TABLE seen AS SELECT u, f FROM generate_series(1, 40) u, generate_series(1, 30) f WHERE u % 2 = f % 2 AND (u * 7 + f * 5) % 3 > 0;
CREATE TABLE about AS SELECT f, CASE f % 2 WHEN 0 THEN 'love and tears' ELSE 'fight and guns' END || ' w' || f % 5 AS d FROM generate_series(1, 40) f;
INSERT INTO about VALUES (41, ''), (42, 'unheard');
CREATE TABLE model AS
SELECT *, mediaml.feature_map(als, content) AS mapped
FROM (SELECT mediaml.als(u, f, 1, '{"factors": 4}' ORDER BY u, f) AS als FROM seen) a, (SELECT mediaml.content(f, d ORDER BY f) AS content FROM about) c;

SELECT mediaml.model_info(mapped) ->> 'kind' AS kind, (mediaml.model_info(mapped) -> 'items')::int AS items, mediaml.model_info(mapped) -> 'users' AS users FROM model;
-- new films go to those who like their kind
SELECT count(*) AS films, bool_and(item_id % 2 = 0) AS "of their kind" FROM model,
    mediaml.recommend_from(mapped, ARRAY[2, 4], 5, candidates => ARRAY(SELECT generate_series(31, 40))) WHERE source = 'history';
SELECT count(*) AS films, bool_and(item_id % 2 = 1) AS "of their kind" FROM model, mediaml.similar_items(mapped, 33, 10, candidates => ARRAY(SELECT generate_series(1, 30))) WHERE rank <= 8;
-- what has been seen keeps its factors; of an empty document nothing is known
SELECT bool_and(mediaml.score(als, ARRAY[1, 2], f) = mediaml.score(mapped, ARRAY[1, 2], f)) AS same FROM model, generate_series(1, 30) f;
SELECT mediaml.score(mapped, ARRAY[1, 2], 41) AS nothing, mediaml.score(mapped, ARRAY[1, 2], 42) > 0.01 AS average FROM model;
-- an l2 of one's own; a map of a map is the same map
SELECT count(*) AS "one of those that are tried", (SELECT mediaml.feature_map(als, content, '{"l2": 50}') = mapped FROM model) AS "50 is"
FROM model, unnest(ARRAY[10, 5, 2, 1, 0.5, 0.2, 0.1]) AS l2 WHERE mediaml.feature_map(als, content, jsonb_build_object('l2', l2)) = mapped;
SELECT mediaml.feature_map(mapped, content, '{"l2": 3}') = mediaml.feature_map(als, content, '{"l2": 3}') AS "again" FROM model;
SELECT mediaml.feature_map(NULL, content) IS NULL AND mediaml.feature_map(als, NULL) IS NULL AS none FROM model;
-- text ids
SELECT item_key FROM (SELECT mediaml.als(u, 'f' || f, 1, '{"factors": 4}') AS als FROM seen) a, (SELECT mediaml.content('f' || f, d) AS content FROM about) c,
    mediaml.similar_items(mediaml.feature_map(als, content), 'f31', 9, candidates => ARRAY['f33', 'f34']) ORDER BY rank LIMIT 1;

SELECT mediaml.feature_map(content, als) FROM model;
SELECT mediaml.feature_map(als, als) FROM model;
SELECT mediaml.feature_map(als, content, '{"l2": 0}') FROM model;
SELECT mediaml.feature_map(als, content, '{"ridge": 1}') FROM model;
SELECT mediaml.feature_map(als, (SELECT mediaml.content(-f, d) FROM about)) FROM model;
SELECT mediaml.feature_map(als, (SELECT mediaml.content('f' || f, d) FROM about)) FROM model;
CREATE TABLE large AS SELECT mediaml.content(f, 'x' || f) AS content FROM generate_series(1, 50000) f;
SET mediaml.max_memory = '1MB';
SELECT mediaml.feature_map(als, large.content) FROM model, large;
RESET mediaml.max_memory;
DROP TABLE seen, about, model, large;
