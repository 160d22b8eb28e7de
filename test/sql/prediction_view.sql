-- views of what registered models predict
SET search_path = public, mediaml;
SET client_min_messages = warning;
SET extra_float_digits = 0;
\set SHOW_CONTEXT never

CREATE TABLE viewers AS
SELECT id, CASE WHEN id % 10 > 0 THEN (id * 37 % 101) / 2.0 END AS hours,
       (ARRAY['basic', 'family', 'premium'])[1 + id % 3] AS plan, '\x00'::bytea AS poster, '{}'::jsonb AS "q",
       (id * 37 % 101) / 2.0 + 20 * (id % 3 = 0)::int + (id * 53 % 97) > 70 AS stays,
       (ARRAY['drama', 'war', 'comedy'])[1 + (id * 37 % 101) % 3] AS likes
FROM generate_series(1, 300) AS id;
ALTER TABLE viewers DROP COLUMN id, ADD "r" int DEFAULT 1;
CREATE TABLE models AS
SELECT p, pipeline(p, t.churn) AS churn, pipeline(p, t.weak) AS weak, pipeline(p, t.genre) AS genre, pipeline(p, t.audience) AS audience
FROM (SELECT preprocessor(v, '{"features": ["hours", "plan"]}') AS p FROM viewers AS v) AS q, LATERAL (
    SELECT logistic_regression(stays, transform(p, v), '{"l2": 0.1}') AS churn,
           logistic_regression(stays, transform(p, v), '{"l2": 1000}') AS weak,
           logistic_regression(likes, transform(p, v), '{"l2": 0.1}') AS genre,
           kmeans(transform(p, v), 3, '{"seed": 1}') AS audience
    FROM viewers AS v) AS t;
SELECT register('churn', churn), register('genre', genre), register('audience', audience),
       register('plain', (SELECT logistic_regression(stays, ARRAY[hours], '{"names": ["hours"]}') FROM viewers WHERE hours > 0))
FROM models;

-- two classes
SELECT create_prediction_view('scored', 'churn', 'viewers');
SELECT attname, format_type(atttypid, NULL) FROM pg_attribute WHERE attrelid = 'scored'::regclass ORDER BY attnum;
SELECT reloptions, obj_description(oid) FROM pg_class WHERE oid = 'scored'::regclass;
SELECT pg_get_viewdef('scored'::regclass);
SELECT bool_and(s.label = predict_label_row(churn, v)) AS label, bool_and(s.probability = predict_proba_row(churn, v)) AS probability, count(*)
FROM models, (SELECT *, row_number() OVER () AS i FROM scored) AS s
JOIN (SELECT *, row_number() OVER () AS i FROM viewers) AS v USING (i);

-- a deploy changes what it says, at once
CREATE TABLE before AS SELECT avg(probability) AS p, stddev(probability) AS s FROM scored;
SELECT register('churn', weak) FROM models;
SELECT stddev(probability) < s / 2 AS weaker FROM scored, before GROUP BY s;
SELECT rollback('churn');
SELECT avg(probability) = p AS as_before FROM scored, before GROUP BY p;

-- many classes, clusters
CREATE SCHEMA "My reports";
SELECT create_prediction_view('"My reports"."Genre of viewers"', 'genre', 'viewers');
SELECT count(DISTINCT label) AS labels, bool_and(probability >= 1 / 3.0) AS of_the_label FROM "My reports"."Genre of viewers";
SELECT create_prediction_view('Grouped', 'audience', 'viewers');
SELECT cluster, count(*), bool_and(distance >= 0) AS distance FROM grouped GROUP BY cluster ORDER BY cluster;
SELECT bool_and(distance = kmeans_distance(audience, transform(p, g))) AS same, bool_and(distance = kmeans_distance_row(audience, g)) AS by_row
FROM models, grouped AS g;

-- a view of a view, an empty table, a table that lacks a column and has others
SELECT create_prediction_view('again', 'genre', 'grouped');
SELECT count(*) FILTER (WHERE label IS NOT NULL AND cluster IS NOT NULL) FROM again;
CREATE TABLE nobody (plan text, age int);
SELECT create_prediction_view('nobody_scored', 'churn', 'nobody');
INSERT INTO nobody VALUES ('basic', 3), (NULL, NULL);
SELECT plan, age, label IS NOT NULL AS label, probability > 0 AS probability FROM nobody_scored;

-- models by group: columns as of one model; rows of a group that has none, NULL
CREATE TABLE parts AS
SELECT v.plan, churn, pipeline(p, logistic_regression(likes, transform(p, v), '{"l2": 0.1}')) AS genre, audience,
       logistic_regression(likes, ARRAY[hours], '{"names": ["hours"], "l2": 1}') FILTER (WHERE v.plan = 'basic' OR likes <> 'war') AS alone,
       kmeans(ARRAY[hours], 2, '{"names": ["hours"]}') AS plain
FROM models, viewers AS v WHERE hours IS NOT NULL GROUP BY v.plan, p, churn, audience;
SELECT register('churn by plan', (SELECT grouped('plan', array_agg(plan), array_agg(calibrated(churn, c))) FROM parts, (SELECT calibrator(i % 3 > 0, i / 10.0) AS c FROM generate_series(1, 9) AS i) AS c)),
       register('audience by plan', (SELECT grouped('plan', array_agg(plan), array_agg(audience)) FROM parts)),
       register('clusters by plan', (SELECT grouped('plan', array_agg(plan), array_agg(plain)) FROM parts)),
       register('genre by plan', (SELECT grouped('plan', array_agg(plan), array_agg(genre)) FROM parts)),
       register('alone by plan', (SELECT grouped('plan', array_agg(nullif(plan, 'family')), array_agg(alone)) FROM parts));
CREATE VIEW asked AS SELECT row_number() OVER () AS id, coalesce(hours, 20) AS hours, CASE row_number() OVER () % 5 WHEN 0 THEN 'gold' WHEN 1 THEN NULL ELSE plan END AS plan FROM viewers;
SELECT create_prediction_view('seen_' || m, m || ' by plan', 'asked') FROM unnest('{churn,audience,clusters,genre,alone}'::text[]) AS m;
SELECT attrelid::regclass AS view, string_agg(attname || ' ' || format_type(atttypid, NULL), ', ' ORDER BY attnum) AS columns
FROM pg_attribute WHERE attrelid::regclass::text ~ '^seen_' AND attnum > 3 GROUP BY attrelid ORDER BY attrelid::regclass::text;
SELECT a.plan IS NULL AS none, a.plan = 'gold' AS new, count(*), count(c.label) AS churn, count(c.probability) AS p, count(d.cluster) AS audience, count(d.distance) AS distance,
       count(k.cluster) AS plain, count(g.label) AS genre, count(g.probability) AS of_label, count(o.label) AS alone
FROM asked AS a JOIN seen_churn AS c USING (id) JOIN seen_audience AS d USING (id) JOIN seen_clusters AS k USING (id) JOIN seen_genre AS g USING (id) JOIN seen_alone AS o USING (id)
GROUP BY 1, 2 ORDER BY 1, 2;
SELECT bool_and(c.label = predict_label_row('churn by plan', a)) AS label, bool_and(c.probability = predict_proba_row('churn by plan', a)) AS probability,
       bool_and(d.cluster = cluster_row('audience by plan', a)) AS cluster, bool_and(d.distance = kmeans_distance_row('audience by plan', a)) AS distance,
       bool_and(g.probability >= 1 / 3.0) AS of_label, bool_and(o.probability = predict_proba_row('alone by plan', a, o.label)) AS alone
FROM asked AS a JOIN seen_churn AS c USING (id) JOIN seen_audience AS d USING (id) JOIN seen_genre AS g USING (id) JOIN seen_alone AS o USING (id);
CREATE TABLE planless (hours int);
SELECT create_prediction_view('wrong', 'churn by plan', 'planless');
CREATE TABLE hourly (plan text, hours text);
SELECT create_prediction_view('wrong', 'churn by plan', 'hourly');
SELECT create_prediction_view('wrong', 'clusters by plan', 'hourly');
ALTER TABLE hourly RENAME hours TO minutes;
SELECT create_prediction_view('wrong', 'clusters by plan', 'hourly');
DROP VIEW seen_churn, seen_audience, seen_clusters, seen_genre, seen_alone, asked;
SELECT drop_model(m || ' by plan') FROM unnest('{churn,audience,clusters,genre,alone}'::text[]) AS m;

-- a model that needs every value: rows without are an error, but no reason to refuse
SELECT create_prediction_view('plainly', 'plain', 'viewers');
SELECT count(label) FROM (SELECT * FROM plainly WHERE hours IS NOT NULL OFFSET 0) AS t;
SELECT count(label) FROM plainly;

-- who reads needs rights to the table and the models
CREATE ROLE scored_reader;
GRANT SELECT ON scored TO scored_reader;
SET ROLE scored_reader;
SELECT count(label) FROM scored;
RESET ROLE;
GRANT SELECT ON viewers, mediaml.models, mediaml.model_data, mediaml.deployments TO scored_reader;
SET ROLE scored_reader;
SELECT count(label) FROM scored;
RESET ROLE;

-- a relation that the search_path does not find is the one of the view still
SET search_path = public, mediaml, pg_temp;
CREATE TEMP TABLE viewers AS SELECT 1.0 AS hours, 'basic' AS plan;
SELECT create_prediction_view('pg_temp.brief', 'churn', 'pg_temp.viewers');
SELECT count(*) FROM pg_temp.brief;
DROP TABLE pg_temp.viewers CASCADE;
SET search_path = public, mediaml;

-- what is refused
SELECT create_prediction_view('scored', 'churn', 'viewers');
SELECT create_prediction_view('twice', 'churn', 'scored');
SELECT create_prediction_view('wrong', 'churn', 'pg_am');
CREATE TABLE typed (hours text, plan text);
SELECT create_prediction_view('wrong', 'churn', 'typed');
CREATE TABLE files (name bytea);
SELECT create_prediction_view('wrong', 'churn', 'files');
SELECT create_prediction_view('wrong', 'no such model', 'viewers');
SELECT create_prediction_view('wrong', 'churn', 'no_such_table');
SELECT create_prediction_view('a b', 'churn', 'viewers');
SELECT create_prediction_view('a.b.c', 'churn', 'viewers');
SELECT create_prediction_view(NULL, 'churn', 'viewers');
SELECT register('items', (SELECT popularity(i, i, 1) FROM generate_series(1, 3) AS i));
SELECT create_prediction_view('wrong', 'items', 'viewers');

DROP VIEW scored, again, grouped, nobody_scored, plainly;
DROP SCHEMA "My reports" CASCADE;
DROP OWNED BY scored_reader;
DROP ROLE scored_reader;
SELECT drop_model(n) FROM unnest('{churn,genre,audience,plain,items}'::text[]) AS n;
DROP TABLE viewers, models, before, nobody, typed, files, parts, planless, hourly;
