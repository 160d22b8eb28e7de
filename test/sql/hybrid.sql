-- Several recommenders in one.
SET extra_float_digits = 0;
\set VERBOSITY default
\set SHOW_CONTEXT never

CREATE TABLE seen AS SELECT u, f FROM generate_series(1, 40) u, generate_series(1, 30) f WHERE (u * 7 + f * f * 5) % 11 < 4;
CREATE TABLE part AS
SELECT (SELECT mediaml.item_knn(u, f, 1 ORDER BY u, f) FROM seen) AS knn, (SELECT mediaml.popularity(u, f, 1 ORDER BY u, f) FROM seen) AS popularity,
       (SELECT mediaml.content(f, 'a' || f % 2 || ' b' || f % 3 || ' c' || f % 5 ORDER BY f) FROM generate_series(11, 40) f) AS content;
CREATE TABLE model AS
SELECT *, mediaml.hybrid(ARRAY[knn, content], '{2,1}') AS joined, mediaml.hybrid(ARRAY[knn, content, popularity], '{1,1,0.5}', '{"min_history": [3, 0, 2]}') AS switching
FROM part;

SELECT i - 'bytes' - 'part1' - 'part2' AS info, i -> 'part1' ->> 'kind' AS kind, i -> 'part2' -> 'weight' AS weight FROM (SELECT mediaml.model_info(joined) AS i FROM model) s;
SELECT mediaml.model_info(switching) -> 'part1' -> 'min_history' AS from_three FROM model;

-- the formula: standardised over the items of each part
CREATE FUNCTION standard(m bytea, history int[], item int, items int[]) RETURNS float8 LANGUAGE sql AS
    'SELECT coalesce((mediaml.score(m, history, item) - avg(s)) / nullif(stddev_pop(s), 0), 0) FROM (SELECT mediaml.score(m, history, i) AS s FROM unnest(items) i) t';
CREATE TABLE asked AS SELECT * FROM (VALUES (1, ARRAY[12, 17]), (2, ARRAY[3, 14, 25]), (3, ARRAY[1, 2]), (4, ARRAY[35]), (5, ARRAY[2, 39, 20, 21])) t (id, history);
SELECT id, count(*), bool_and(abs(mediaml.score(joined, history, i) -
    (2 * standard(knn, history, i, ARRAY(SELECT generate_series(1, 30))) + standard(content, history, i, ARRAY(SELECT generate_series(11, 40))))) < 1e-9) AS "as it should be"
FROM model, asked, generate_series(1, 40) i GROUP BY id ORDER BY id;
-- with fewer than three seen items the first part is not used, with one the third is not either
SELECT id, bool_and(abs(mediaml.score(switching, history, i) - (
    CASE WHEN cardinality(history) >= 3 THEN standard(knn, history, i, ARRAY(SELECT generate_series(1, 30))) ELSE 0 END +
    standard(content, history, i, ARRAY(SELECT generate_series(11, 40))) +
    CASE WHEN cardinality(history) >= 2 THEN 0.5 * standard(popularity, history, i, ARRAY(SELECT generate_series(1, 30))) ELSE 0 END)) < 1e-9) AS "as it should be"
FROM model, asked, generate_series(1, 40) i GROUP BY id ORDER BY id;

-- a ranking, with reasons from the parts; new items are in it
SELECT rank, item_id, source, because_of_id IN (12, 17) AS explained FROM model, mediaml.recommend_from(joined, ARRAY[12, 17], 5) ORDER BY rank;
SELECT count(*) FILTER (WHERE item_id > 30) > 0 AS new, count(*) AS all, bool_and(source = 'history') AS scored FROM model, mediaml.recommend_from(joined, ARRAY[12, 17], 50);
-- nothing known of the history: the chain goes on
SELECT DISTINCT source FROM model, mediaml.recommend_from(mediaml.hybrid(ARRAY[knn], '{1}', '{"min_history": 2}'), ARRAY[12]);
SELECT mediaml.score(joined, ARRAY[99], 12) IS NULL AS none FROM model;
-- one part alone ranks as it does alone
SELECT bool_and(a.item_id = b.item_id) AS same FROM model, mediaml.recommend_from(mediaml.hybrid(ARRAY[knn], '{3}'), ARRAY[12, 17], 9) a JOIN mediaml.recommend_from(knn, ARRAY[12, 17], 9) b USING (rank) WHERE b.source = 'history';
SELECT bool_and(a.item_id = b.item_id AND a.score = b.score) AS same FROM model, mediaml.similar_items(mediaml.hybrid(ARRAY[content, popularity], '{1,1}'), 12, 5) a JOIN mediaml.similar_items(content, 12, 5) b USING (rank);
SELECT count(*) FROM model, mediaml.similar_items(joined, 5, 3);
SELECT mediaml.hybrid(NULL, '{1}') IS NULL AS none, mediaml.hybrid(ARRAY[knn], NULL) IS NULL AS none FROM model;
SELECT item_key FROM (SELECT mediaml.hybrid(ARRAY[(SELECT mediaml.item_knn(u, 'f' || f, 1) FROM seen), (SELECT mediaml.content('f' || f, 'x') FROM generate_series(29, 31) f)], '{1,1}') AS m) t,
    mediaml.recommend_from(m, ARRAY['f31'], 1, candidates => ARRAY['f5', 'f29']);

SELECT mediaml.hybrid('{}', '{}');
SELECT mediaml.hybrid(ARRAY[knn, NULL], '{1,1}') FROM model;
SELECT mediaml.hybrid(ARRAY[knn], '{1,1}') FROM model;
SELECT mediaml.hybrid(ARRAY[knn], '{-1}') FROM model;
SELECT mediaml.hybrid(ARRAY[knn], '{NaN}') FROM model;
SELECT mediaml.hybrid(ARRAY[knn], '{NULL}') FROM model;
SELECT mediaml.hybrid(ARRAY[knn], '{0}') FROM model;
SELECT mediaml.hybrid(ARRAY[joined], '{1}') FROM model;
SELECT mediaml.hybrid(ARRAY[knn, content], '{1,1}', '{"min_history": [1]}') FROM model;
SELECT mediaml.hybrid(ARRAY[knn, content], '{1,1}', '{"min_history": 0.5}') FROM model;
SELECT mediaml.hybrid(ARRAY[knn, content], '{1,1}', '{"history": 1}') FROM model;
SELECT mediaml.hybrid(array_fill(knn, ARRAY[17]), array_fill(1::float8, ARRAY[17])) FROM model;
SELECT mediaml.hybrid(ARRAY[(SELECT mediaml.kmeans(ARRAY[i], 2) FROM generate_series(1, 9) i)], '{1}');
SELECT mediaml.hybrid(ARRAY[knn, (SELECT mediaml.content('f' || f, 'x') FROM generate_series(1, 3) f)], '{1,1}') FROM model;
SELECT count(*) FROM model, mediaml.recommend_from(joined, ARRAY[12, 17], weights => '{1.7e308,1.7e308}');
DROP FUNCTION standard;
DROP TABLE seen, part, model, asked;
