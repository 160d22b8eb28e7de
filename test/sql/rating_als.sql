-- rating_als: ratings predicted by biases and factors, on small data.
SET extra_float_digits = 0;
\set VERBOSITY default
\set SHOW_CONTEXT never

-- Two tastes: even viewers give films 1 to 5 four stars and films 6 to 10 two, odd ones the other
-- way round; every third viewer is more severe, by one star.
CREATE TABLE rated AS
SELECT v AS viewer, f AS film, CASE WHEN (f > 5) = (v % 2 = 1) THEN 4 ELSE 2 END - (v % 3 = 0)::int AS stars
FROM generate_series(1, 40) AS v, generate_series(1, 10) AS f
WHERE (v * 7 + f * 3) % 5 > 0;

CREATE TABLE model AS
SELECT mediaml.rating_als(viewer, film, stars, '{"factors": 2, "reg": 0.01, "damping": 0.1}' ORDER BY viewer, film) AS m,
       mediaml.rating_als(viewer, 'f' || film, stars, '{"factors": 2, "reg": 0.01}' ORDER BY viewer, film) AS texts
FROM rated;

SELECT mediaml.model_info(m) - 'bytes' - 'objective' - 'mean' FROM model;
SELECT abs((mediaml.model_info(m) ->> 'mean')::float8 - avg(stars)) < 1e-12 AS "the mean" FROM model, rated GROUP BY m;

-- a new viewer who likes film 7 and not film 2: the other films of that taste have four stars
SELECT rank, item_id > 5 AS "of this taste", round(score::numeric, 0) AS stars, source
FROM model, mediaml.recommend_from(m, ARRAY[7, 2, 8], 10, weights => ARRAY[4, 2, 4]) ORDER BY rank;
-- one who is more severe
SELECT item_id > 5 AS "of this taste", round(score::numeric, 0) AS stars
FROM model, mediaml.recommend_from(m, ARRAY[7, 2, 8, 3], 10, weights => ARRAY[3, 1, 3, 1]) WHERE rank IN (1, 5) ORDER BY rank;
SELECT item_key ~ '^f([6-9]|10)$' AS "of this taste"
FROM model, mediaml.recommend_from(texts, ARRAY['f7', 'f2', 'f8'], 1, weights => ARRAY[4, 2, 4]);
-- who gave everything the same stars is told of no reason that speaks against
SELECT count(*) AS rows, bool_and(score BETWEEN 0 AND 6) AS sane
FROM model, mediaml.recommend_from(m, ARRAY[1, 6], 10, weights => ARRAY[3, 3]);
-- ratings all along the scale, and beyond it
SELECT count(*) FROM model, mediaml.recommend_from(m, ARRAY[1, 6], 10, weights => '{0,1e300}');
SELECT DISTINCT source FROM model, mediaml.recommend_from(m, NULL);
SELECT DISTINCT source FROM model, mediaml.recommend_from(m, ARRAY[99], weights => ARRAY[4]);

-- Biases by hand, where factors are held to 0: one film with ratings 5 and 1 by viewers of nothing else. The mean
-- is 3, the film's bias 0, and who gives 5 has (5 - 3) / (1 + damping).
SELECT abs(score - 4) < 1e-6 AS "as it should be"
FROM (SELECT mediaml.rating_als(v, 1, r, '{"reg": 1e6, "damping": 1}') AS m FROM (VALUES (1, 5), (2, 1)) AS t (v, r)) AS t,
     mediaml.recommend_from(m, ARRAY[1], 1, exclude_seen => false, weights => ARRAY[5]);

-- the same rows, the same bytes; other seeds, others
SELECT mediaml.rating_als(viewer, film, stars, '{"factors": 2, "reg": 0.01, "damping": 0.1}' ORDER BY viewer, film) = m AS same FROM rated, model GROUP BY m;
SELECT mediaml.rating_als(viewer, film, stars, '{"factors": 2, "reg": 0.01, "damping": 0.1, "seed": 2}' ORDER BY viewer, film) = m AS same FROM rated, model GROUP BY m;
SELECT mediaml.rating_als(viewer, film, stars) IS NULL AS nothing FROM rated WHERE false;

-- errors
SELECT count(*) FROM model, mediaml.recommend_from(m, ARRAY[1, 6]);
SELECT count(*) FROM model, mediaml.recommend_from(m, ARRAY[1, 6], weights => ARRAY[3]);
SELECT mediaml.rating_als(viewer, film, 1e7) FROM rated;
SELECT mediaml.rating_als(viewer, film, -1) FROM rated;
SELECT mediaml.rating_als(viewer, film, stars, '{"damping": -1}') FROM rated;
SELECT mediaml.rating_als(viewer, film, stars, '{"unobserved_weight": 1}') FROM rated;

-- every object has a comment
SELECT p.oid::regprocedure FROM pg_proc p
WHERE pronamespace = 'mediaml'::regnamespace AND proname ~ '^rating_als' AND obj_description(p.oid, 'pg_proc') IS NULL;

DROP TABLE rated, model;
