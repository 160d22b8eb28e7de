-- Similar items, and scores of single items.
SET extra_float_digits = 0;
\set VERBOSITY default
\set SHOW_CONTEXT never

CREATE TABLE model AS
SELECT mediaml.item_knn(v, f, 1, '{"shrink": 0}' ORDER BY v, f) AS knn, mediaml.popularity(v, f, 1 ORDER BY v, f) AS popularity,
       mediaml.item_knn(v, 'f' || f, 1, '{"shrink": 0}' ORDER BY v, f) AS texts,
       (SELECT mediaml.content(i, d ORDER BY i) FROM (VALUES (10, 'a b'), (20, 'b c'), (30, 'a b c'), (40, '')) AS t (i, d)) AS content
FROM (VALUES (1, 10), (1, 20), (1, 30), (2, 10), (2, 20), (3, 10), (3, 30), (3, 40)) AS seen (v, f);

SELECT r.* FROM model, mediaml.similar_items(knn, 10) r ORDER BY rank;
SELECT r.* FROM model, mediaml.similar_items(texts, 'f20', 2) r ORDER BY rank;
SELECT item_id, score FROM model, mediaml.similar_items(content, 10) r ORDER BY rank;
SELECT item_id FROM model, mediaml.similar_items(knn, 10, exclude => ARRAY[20, 99]) r ORDER BY rank;
SELECT item_id FROM model, mediaml.similar_items(knn, 10, 5, candidates => ARRAY[40, 30, 10, 99, NULL]) r ORDER BY rank;
SELECT item_id FROM model, mediaml.similar_items(knn, 10, 5, candidates => ARRAY[40, 30], exclude => ARRAY[30]) r;
SELECT count(*) FROM model, mediaml.similar_items(knn, 10, 5, candidates => '{}');
SELECT count(*) AS "unknown item" FROM model, mediaml.similar_items(knn, 99);
SELECT count(*) AS "nothing known" FROM model, mediaml.similar_items(content, 40);
SELECT count(*) FROM model, mediaml.similar_items(NULL, 10) a, mediaml.similar_items(knn, NULL::bigint) b;
-- a text is read as the type of the model's items, and as a list of them
SELECT (SELECT array_agg(a::text) FROM mediaml.similar_items(knn, '10') AS a) = (SELECT array_agg(b::text) FROM mediaml.similar_items(knn, 10) AS b) AS untyped,
       (SELECT array_agg(item_id) FROM mediaml.similar_items(knn, ' 10'::varchar, exclude => '{20,99}')) AS "exclude untyped",
       (SELECT array_agg(item_id) FROM mediaml.similar_items(knn, '10', exclude => '{20,99}'::varchar)) AS "as varchar",
       (SELECT array_agg(item_id) FROM mediaml.similar_items(knn, 10, 5, candidates => '{30,40}', exclude => '{30}'::text)) AS "of candidates",
       (SELECT array_agg(item_key) FROM mediaml.similar_items(texts, 'f10', exclude => '{f20,f99}')) AS texts
FROM model;
SELECT mediaml.score(knn, '{10,20}', '30') = mediaml.score(knn, ARRAY[10, 20], 30) AS same FROM model;
PREPARE resembling AS SELECT item_id FROM model, mediaml.similar_items(knn, $1, $2, exclude => $3);
EXECUTE resembling('10', 5, '{20}');
DEALLOCATE resembling;
SELECT count(*) FROM model, mediaml.similar_items(knn, 10, exclude => '{20,x}');
SELECT count(*) FROM model, mediaml.similar_items(knn, 10, exclude => 'x'::text);
SELECT count(*) FROM model, mediaml.similar_items(knn, '10x');
SELECT count(*) FROM model, mediaml.similar_items(knn, '99999999999999999999');
-- as similar one way as the other, where the method has cosines
SELECT abs(a.score - b.score) < 1e-12 AS same FROM model, mediaml.similar_items(content, 10) a, mediaml.similar_items(content, 20) b WHERE a.item_id = 20 AND b.item_id = 10;

-- a score is what recommend_from says
SELECT count(*), bool_and(score = mediaml.score(knn, ARRAY[20, 40], item_id, weights => '{1,2}')) AS same
FROM model, mediaml.recommend_from(knn, ARRAY[20, 40], weights => '{1,2}') WHERE source = 'history';
SELECT count(*), bool_and(score = mediaml.score(texts, ARRAY['f20'], item_key)) AS same
FROM model, mediaml.recommend_from(texts, ARRAY['f20']) WHERE source = 'history';
SELECT mediaml.score(popularity, '{}'::int[], 10) AS popular, mediaml.score(knn, ARRAY[10], 99) AS "unknown item", mediaml.score(knn, ARRAY[98], 10) AS "unknown history",
       mediaml.score(knn, NULL::int[], 10) AS "no history", mediaml.score(content, ARRAY[10], 40) AS "nothing in common" FROM model;
SELECT mediaml.score(knn, '{10,20}', 30) = mediaml.score(knn, ARRAY[10, 20], 30::smallint) AS same FROM model;

SELECT count(*) FROM model, mediaml.similar_items(popularity, 10);
SELECT count(*) FROM model, mediaml.similar_items(knn, 'f10');
SELECT count(*) FROM model, mediaml.similar_items(texts, 10);
SELECT count(*) FROM model, mediaml.similar_items(knn, 10, 0);
SELECT count(*) FROM model, mediaml.similar_items(knn, 10, NULL);
SELECT count(*) FROM model, mediaml.similar_items(knn, 10, 5, candidates => NULL);
SELECT count(*) FROM model, mediaml.similar_items(knn, 10, 5, candidates => ARRAY['x']);
SELECT count(*) FROM model, mediaml.similar_items(knn, 10, exclude => 5);
SELECT mediaml.score(knn, ARRAY[1.5], 1.5) FROM model;
SELECT mediaml.score(knn, ARRAY[10, 20], 30, '{1}') FROM model;
SELECT mediaml.score(knn, ARRAY[10, 20], 30, '{1.7e308,1.7e308}') FROM model;
SELECT mediaml.score(mediaml.kmeans(ARRAY[i], 2), ARRAY[1], 1) FROM generate_series(1, 9) i;
DROP TABLE model;
