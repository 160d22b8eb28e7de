-- models made of models: grouped by a column, and calibrated
SET search_path = public, mediaml;
SET client_min_messages = warning;
SET extra_float_digits = 0;

CREATE TABLE viewers AS
SELECT id, (ARRAY['de', 'fr', 'us'])[1 + id % 3] AS territory,
       CASE WHEN id % 10 > 0 THEN (id * 37 % 101) / 2.0 END AS hours,
       (ARRAY['basic', 'family', 'premium'])[1 + id / 3 % 3] AS plan,
       (id * 37 % 101) / 2.0 + 10 * (id % 3) + (id * 53 % 97) > 60 + 5 * (id % 7) AS stays
FROM generate_series(1, 900) AS id;

CREATE TABLE parts AS
SELECT territory, p, pipeline(p, logistic_regression(stays, transform(p, v) ORDER BY id)) AS churn,
       pipeline(p, kmeans(transform(p, v), 3, '{"seed": 1}' ORDER BY id)) AS audience
FROM (SELECT preprocessor(v, '{"features": ["hours", "plan", "territory"], "columns": {"hours": {"impute": "mean"}}}') AS p
      FROM viewers AS v) AS prepared, viewers AS v
GROUP BY territory, p;
CREATE TABLE models AS
SELECT grouped('territory', array_agg(territory), array_agg(churn)) AS churn,
       grouped('territory', array_agg(territory), array_agg(audience)) AS audience,
       grouped('territory', array_agg(nullif(territory, 'us')), array_agg(churn)) AS others
FROM parts;

-- a row is answered as its group's model answers it
SELECT count(*), bool_and(predict_proba_row(m.churn, v) = predict_proba_row(p.churn, v)) AS proba,
       bool_and(predict_proba_row(m.churn, v, 'false') = predict_proba_row(p.churn, v, 'false')) AS other,
       bool_and(predict_label_row(m.churn, v) = predict_label_row(p.churn, v)) AS label,
       bool_and(predict_row(m.churn, v) = predict_row(p.churn, v)) AS number,
       bool_and(cluster_row(m.audience, v) = cluster_row(p.audience, v)) AS cluster,
       bool_and(kmeans_distance_row(m.audience, v) = kmeans_distance_row(p.audience, v)) AS distance,
       bool_and(predict_row(m.audience, v) = cluster_row(p.audience, v)) AS same
FROM models AS m, viewers AS v JOIN parts AS p USING (territory);
SELECT count(DISTINCT predict_proba_row(churn, w)) AS answers
FROM models, (SELECT territory, 20 AS hours, 'basic' AS plan FROM parts) AS w;

-- values that no model is for: NULL, or the model of the key NULL
SELECT t, predict_proba_row(churn, w) IS NULL AS proba, predict_label_row(churn, w) IS NULL AS label,
       predict_row(churn, w) IS NULL AS number, cluster_row(audience, w) IS NULL AS cluster, kmeans_distance_row(audience, w) IS NULL AS distance,
       predict_proba_row(others, w) = predict_proba_row((SELECT p.churn FROM parts AS p WHERE p.territory = 'us'), w) AS others
FROM models, (VALUES ('xx'), (''), ('d'), ('dee'), ('DE'), ('de '), (NULL), ('us')) AS t (t),
     LATERAL (SELECT t AS territory, 20 AS hours, 'basic' AS plan) AS w;
SELECT predict_proba_row(others, w) = predict_proba_row(churn, w) AS same
FROM models, (SELECT * FROM viewers WHERE territory = 'fr' LIMIT 1) AS w;

-- columns by name: others between, other types, none
SELECT count(DISTINCT (territory, predict_label_row(churn, w))) AS answers
FROM models, (SELECT 1 AS x, plan::varchar, territory::varchar(2), hours::real FROM viewers) AS w;
SELECT predict_label_row(churn, w) FROM models, (SELECT 1 AS hours, 'basic' AS plan) AS w;
SELECT predict_label_row(churn, w) FROM models, (SELECT 'de' AS territory, 1 AS hours, 'fr' AS territory) AS w;
SELECT predict_label_row(churn, w) FROM models, (SELECT 'de' AS territory, 'many' AS hours) AS w;
SELECT predict_label_row(churn, NULL::viewers) IS NULL AS nothing FROM models;

-- any type, as value::text writes it; dates and floats whatever the session's settings
CREATE TYPE sort AS ENUM ('film', 'series');
CREATE DOMAIN code AS text;
CREATE TABLE kinds AS
SELECT grouped('k', array_agg(k), array_agg(kmeans)) AS m
FROM (SELECT k, kmeans(ARRAY[i * n], 2, '{"names": ["x"], "init": [[0], [9]]}')
      FROM generate_series(1, 20) AS i,
           unnest(ARRAY['1', '1.50', 'true', 'film', '2024-02-29', 'de', '{a,b}', '1e+20', '0.1',
                        '2a8bb0a0-5d4d-4f8e-a9c3-2f1a6c9e2f00']) WITH ORDINALITY AS u (k, n) GROUP BY k) AS t;
SELECT cluster_row(m, a) IS NOT NULL AS int, cluster_row(m, b) IS NOT NULL AS numeric, cluster_row(m, c) IS NOT NULL AS boolean,
       cluster_row(m, d) IS NOT NULL AS enum, cluster_row(m, e) IS NOT NULL AS date, cluster_row(m, f) IS NOT NULL AS domain,
       cluster_row(m, g) IS NOT NULL AS bpchar, cluster_row(m, h) IS NOT NULL AS name, cluster_row(m, i) IS NOT NULL AS array,
       cluster_row(m, j) IS NOT NULL AS float, cluster_row(m, u) IS NOT NULL AS uuid, cluster_row(m, f8) IS NOT NULL AS digits, cluster_row(m, l) IS NULL AS other
FROM kinds, (SELECT 1 AS k, 5 AS x) AS a, (SELECT 1.50 AS k, 5 AS x) AS b, (SELECT true AS k, 5 AS x) AS c,
     (SELECT 'film'::sort AS k, 5 AS x) AS d, (SELECT date '2024-02-29' AS k, 5 AS x) AS e, (SELECT 'de'::code AS k, 5 AS x) AS f,
     (SELECT 'de'::char(5) AS k, 5 AS x) AS g, (SELECT 'de'::name AS k, 5 AS x) AS h, (SELECT '{a,b}'::text[] AS k, 5 AS x) AS i,
     (SELECT 1e20::float8 AS k, 5 AS x) AS j, (SELECT 0.1::float4 AS k, 5 AS x) AS f8, (SELECT '2a8bb0a0-5d4d-4f8e-a9c3-2f1a6c9e2f00'::uuid AS k, 5 AS x) AS u,
     (SELECT jsonb '{"a": 1}' AS k, 5 AS x) AS l;

SET datestyle = 'German';
SELECT group_key(date '2024-02-29') AS date, group_key(0.1::float4) AS real, group_key(1 / 3.0::float8) AS float, group_key(1.50) AS numeric, group_key('de'::char(5)) AS bpchar,
       group_key(true) AS boolean, group_key('film'::sort) AS enum, group_key('{a,b}'::text[]) AS array, group_key('de'::code) AS domain, group_key(NULL::date) IS NULL AS nothing;
SELECT bool_and(cluster_row(m, a) IS NOT NULL) AS found FROM kinds, (SELECT date '2024-02-29' AS k, 5 AS x) AS a;
RESET datestyle;

-- classes that differ by group
CREATE TABLE genres AS
SELECT grouped('t', array_agg(t), array_agg(m)) AS m
FROM (SELECT t, logistic_regression(CASE t WHEN 'b' THEN g % 2 ELSE g % 3 + (t = 'c')::int END || 'th', ARRAY[g % 7], '{"names": ["g"], "l2": 1}') AS m
      FROM generate_series(1, 60) AS g, unnest(ARRAY['a', 'b', 'c']) AS t GROUP BY t) AS s;
SELECT model_info(m) -> 'classes' AS classes FROM genres;
SELECT t, sum(predict_proba_row(m, r, class))::numeric(10, 6) AS sum, min(predict_proba_row(m, r, class)) AS least
FROM genres, (SELECT t, 3 AS g FROM unnest(ARRAY['a', 'b', 'c']) AS t) AS r, unnest(ARRAY['0th', '1th', '2th', '3th']) AS class
GROUP BY t ORDER BY t;
SELECT predict_proba_row(m, r, '4th') FROM genres, (SELECT 'b' AS t, 3 AS g) AS r;
SELECT predict_proba_row(m, r) FROM genres, (SELECT 'b' AS t, 3 AS g) AS r;
SELECT predict_row(m, r) FROM genres, (SELECT 'b' AS t, 3 AS g) AS r;
SELECT cluster_row(m, r) FROM genres, (SELECT 'b' AS t, 3 AS g) AS r;
SELECT predict_proba_row(audience, v) FROM models, viewers AS v LIMIT 1;
SELECT kmeans_distance_row(churn, v) FROM models, viewers AS v LIMIT 1;

-- what it says of itself, and the models in it
SELECT i ->> 'kind' AS kind, i ->> 'column' AS column, i -> 'classes' AS classes,
       (SELECT string_agg(k, ',' ORDER BY k) FROM jsonb_object_keys(i -> 'groups') AS k) AS groups,
       i #>> '{groups,fr,estimator,kind}' AS estimator, i #>> '{others,kind}' AS others
FROM models, model_info(others) AS i;
SELECT model_info(audience) ? 'classes' AS classes, model_info(audience) ? 'others' AS others FROM models;
SELECT group_model(m.churn, territory) = p.churn AS same, group_model(m.churn, NULL) IS NULL AS nothing,
       group_model(m.others, NULL) = (SELECT q.churn FROM parts AS q WHERE q.territory = 'us') AS others,
       group_model(m.others, 'us') IS NULL AS moved
FROM models AS m, parts AS p;
SELECT count(*) > 5 AS terms FROM models, coefficients(group_model(churn, 'de'));
SELECT group_model(churn, 'de') FROM parts;

-- keys in any order make the same model; what cannot be grouped
SELECT grouped('territory', array_agg(territory ORDER BY territory DESC), array_agg(p.churn ORDER BY territory DESC)) = m.churn AS same
FROM parts AS p, models AS m GROUP BY m.churn;
SELECT grouped('territory', '{}', '{}');
SELECT grouped('territory', '{a,b}', array_agg(churn)) FROM parts;
SELECT grouped('territory', '{a,b,a}', array_agg(churn)) FROM parts;
SELECT grouped('territory', '{NULL,b,NULL}', array_agg(churn)) FROM parts;
SELECT grouped('', '{a,b,c}', array_agg(churn)) FROM parts;
SELECT grouped('territory', '{a,b}', ARRAY[churn, NULL]) FROM parts LIMIT 1;
SELECT grouped('territory', '{a,b}', ARRAY[churn, audience]) FROM parts LIMIT 1;
SELECT grouped('territory', '{a,b}', ARRAY[p.churn, m.churn]) FROM parts AS p, models AS m LIMIT 1;
SELECT grouped('territory', '{a}', ARRAY[p]) FROM parts LIMIT 1;
SELECT grouped('territory', '{a}', ARRAY[kmeans(ARRAY[i], 2)]) FROM generate_series(1, 9) AS i;
SELECT grouped('territory', '{a}', ARRAY[popularity(i % 3, i, 1)]) FROM generate_series(1, 9) AS i;
SELECT grouped('territory', '{a}', ARRAY[bytea 'junk']);
SELECT pipeline(p, m.churn) FROM parts, models AS m LIMIT 1;
SELECT predict(churn, ARRAY[1]) FROM models;
SELECT predict_proba_all(churn, ARRAY[1]) FROM models;
SELECT coefficients(churn) FROM models;
SELECT feature_names(churn) FROM models;
SELECT transform(churn, v) FROM models, viewers AS v LIMIT 1;
SELECT centroids(audience) FROM models;

-- a calibrator: what it learns does not depend on order or workers
CREATE TABLE said AS
SELECT id, id * 31 % 53 + p > 80 AS happened, p / 100.0::float8 AS probability
FROM (SELECT id, id * 7919 % 101 AS p FROM generate_series(1, 5000) AS id) AS s;
SELECT model_info(calibrator(happened, probability)) - 'bytes' AS platt FROM said;
SELECT model_info(calibrator(happened, probability, 'isotonic')) - 'bytes' AS isotonic FROM said;
SELECT calibrator(happened, probability ORDER BY id) = calibrator(happened, probability, 'platt' ORDER BY probability, id) AS platt,
       calibrator(happened, probability, NULL) = calibrator(happened, probability, 'platt') AS unnamed,
       calibrator(happened, probability, 'isotonic' ORDER BY id) = calibrator(happened, probability, 'isotonic' ORDER BY id DESC) AS isotonic
FROM said;
CREATE TABLE calibrators AS
SELECT calibrator(happened, probability) AS platt, calibrator(happened, probability, 'isotonic') AS isotonic FROM said;
BEGIN;
SET LOCAL parallel_setup_cost = 0;
SET LOCAL parallel_tuple_cost = 0;
SET LOCAL min_parallel_table_scan_size = 0;
SET LOCAL max_parallel_workers_per_gather = 2;
EXPLAIN (COSTS OFF) SELECT calibrator(happened, probability) FROM said;
SELECT (SELECT calibrator(happened, probability) FROM said) = platt AS platt,
       (SELECT calibrator(happened, probability, 'isotonic') FROM said) = isotonic AS isotonic
FROM calibrators;
COMMIT;

-- probabilities that come true: of rows in ten bins, and as scikit-learn has them
SELECT round(calibrate(platt, p)::numeric, 9) AS platt, round(calibrate(isotonic, p)::numeric, 9) AS isotonic
FROM calibrators, unnest(ARRAY[0, 1e-300, 0.1, 0.333, 0.5, 0.615, 0.75, 0.9999, 1]) AS p;
SELECT bool_and(abs(o - isotonic) < 0.05) AS isotonic, bool_and(abs(o - platt) < 0.15) AS platt, max(abs(o - raw)) > 0.15 AS raw
FROM (SELECT avg(happened::int) AS o, avg(calibrate(isotonic, probability)) AS isotonic,
             avg(calibrate(platt, probability)) AS platt, avg(probability) AS raw
      FROM said, calibrators GROUP BY width_bucket(probability, 0, 1, 10)) AS bins;
-- both keep the order
SELECT bool_and(platt >= lag_platt AND isotonic >= lag_isotonic) AS ascending
FROM (SELECT calibrate(platt, p) AS platt, calibrate(isotonic, p) AS isotonic,
             lag(calibrate(platt, p)) OVER w AS lag_platt, lag(calibrate(isotonic, p)) OVER w AS lag_isotonic
      FROM calibrators, LATERAL (SELECT i / 1000.0 AS p FROM generate_series(0, 1000) AS i) AS s WINDOW w AS (ORDER BY p)) AS t;
-- few rows
SELECT round(calibrate(calibrator(a, p), 0.5)::numeric, 6) AS platt, calibrate(calibrator(a, p, 'isotonic'), 0.5) AS isotonic
FROM (VALUES (true, 0.5), (false, 0.5), (true, NULL), (NULL, 0.5)) AS v (a, p);
SELECT p, calibrate(m, p) AS isotonic FROM (SELECT calibrator(a, p, 'isotonic') AS m FROM (VALUES (false, 0.2), (true, 0.6)) AS v (a, p)) AS s, unnest(ARRAY[0.1, 0.2, 0.3, 0.6, 1]) AS p;

SELECT calibrator(a, p) IS NULL AS nothing FROM (VALUES (true, NULL::float8), (NULL, 0.5)) AS v (a, p);
SELECT calibrator(true, 0.5) FILTER (WHERE false) IS NULL AS nothing;
SELECT calibrator(true, 0.5) FROM generate_series(1, 3);
SELECT calibrator(true, 1.5);
SELECT calibrator(true, 'NaN');
SELECT calibrator(true, 0.5, 'sigmoid');
SELECT calibrator(a, 0.5, m) FROM (VALUES (true, 'platt'), (false, 'isotonic')) AS v (a, m);
SELECT calibrate(platt, -0.1) FROM calibrators;
SELECT calibrate(churn, 0.5) FROM parts LIMIT 1;
SELECT predict(platt, ARRAY[0.5]) FROM calibrators;

-- states: stored, combined, and wrong ones
CREATE AGGREGATE pg_temp.gathered(boolean, float8, text) (SFUNC = calibrator_step, STYPE = state);
CREATE AGGREGATE pg_temp.together(state) (SFUNC = calibrator_combine, STYPE = state, FINALFUNC = calibrator_final);
CREATE TABLE states AS
SELECT id % 4 AS part, pg_temp.gathered(happened, probability, 'isotonic') AS s FROM said GROUP BY 1;
SELECT pg_temp.together(s::text::state) = isotonic AS same FROM states, calibrators GROUP BY isotonic;
SELECT pg_temp.together(s) FROM (SELECT s FROM states UNION ALL SELECT pg_temp.gathered(true, 0.5, 'platt')) AS u;
SELECT pg_temp.gathered(a, p, 'platt') FROM (VALUES (true, 0.5), (false, 1.0)) AS v (a, p);
SELECT overlay(s::text PLACING 'ff' FROM 119 FOR 2)::state FROM (SELECT pg_temp.gathered(true, 0.5, 'platt') AS s) AS t;
SELECT overlay(s::text PLACING '07' FROM 89 FOR 2)::state FROM (SELECT pg_temp.gathered(true, 0.5, 'platt') AS s) AS t;
SELECT overlay(s::text PLACING '00' FROM 73 FOR 2)::state FROM (SELECT pg_temp.gathered(true, 0.5, 'platt') AS s) AS t;
SELECT overlay(s::text PLACING '02' FROM 57 FOR 2)::state FROM (SELECT pg_temp.gathered(true, 0.5, 'platt') AS s) AS t;

-- a calibrated model answers as the one within, but for its probabilities
CREATE TABLE calibrated AS
SELECT p.churn, p.p, calibrated(p.churn, c.platt) AS platt, calibrated(p.churn, c.isotonic) AS isotonic,
       c.platt AS by_platt, c.isotonic AS by_isotonic
FROM parts AS p, calibrators AS c WHERE territory = 'de';
SELECT count(*), bool_and(predict_proba_row(platt, v) = calibrate(by_platt, predict_proba_row(churn, v))) AS platt,
       bool_and(predict_proba_row(isotonic, v) = calibrate(by_isotonic, predict_proba_row(churn, v))) AS isotonic,
       bool_and(predict_proba_row(platt, v, 'false') = 1 - predict_proba_row(platt, v)) AS other,
       bool_and(predict_proba(platt, x) = predict_proba_row(platt, v)) AS of_features,
       bool_and((predict_proba_all(platt, x))[2] = predict_proba_row(platt, v)) AS of_all,
       bool_and(predict_label_row(platt, v) = (predict_proba_row(platt, v) >= 0.5)::text) AS label,
       bool_and(predict_label(platt, x) = predict_label_row(platt, v)) AS label_of_features,
       bool_and(predict_row(platt, v) = (predict_proba_row(platt, v) >= 0.5)::int) AS number,
       count(*) FILTER (WHERE predict_label_row(platt, v) <> predict_label_row(churn, v)) > 0 AS some_differ
FROM calibrated, viewers AS v, LATERAL (SELECT transform(churn, v) AS x OFFSET 0) AS f;
SELECT bool_and(transform(platt, v) = transform(churn, v)) AS features, feature_names(platt) = feature_names(churn) AS names
FROM calibrated, viewers AS v GROUP BY platt, churn;
SELECT (SELECT array_agg(c) FROM coefficients(platt) AS c)::text = (SELECT array_agg(c) FROM coefficients(churn) AS c)::text AS coefficients
FROM calibrated;
SELECT i - 'bytes' - 'model' - 'names' AS info, i -> 'model' = model_info(churn) - 'bytes' AS model FROM calibrated, model_info(platt) AS i;

-- of an estimator alone: from arrays, and from columns of the names of its features
CREATE TABLE alone AS
SELECT calibrated(m, platt) AS m, m AS within, platt
FROM (SELECT logistic_regression(stays, ARRAY[coalesce(hours, 20), id % 3], '{"names": ["hours", "third"]}') AS m FROM viewers) AS s, calibrators;
SELECT bool_and(predict_proba(m, ARRAY[hours, 1]) = calibrate(platt, predict_proba(within, ARRAY[hours, 1]))) AS of_array,
       bool_and(predict_proba_row(m, r) = predict_proba(m, ARRAY[hours, 1])) AS of_row,
       bool_and(predict(m, ARRAY[hours, 1]) = predict_row(m, r)) AS number
FROM alone, (SELECT hours, 1 AS third FROM viewers WHERE hours IS NOT NULL) AS r;

-- grouped of calibrated
SELECT count(*), bool_and(predict_proba_row(g, v) = calibrate(platt, predict_proba_row(p.churn, v))) AS same
FROM (SELECT grouped('territory', array_agg(territory), array_agg(calibrated(churn, platt))) AS g, platt FROM parts, calibrators GROUP BY platt) AS s,
     viewers AS v JOIN parts AS p USING (territory);

-- what cannot be calibrated
SELECT calibrated(platt, by_platt) FROM calibrated;
SELECT calibrated(m.churn, platt) FROM models AS m, calibrators;
SELECT calibrated(audience, platt) FROM parts, calibrators LIMIT 1;
SELECT calibrated(group_model(m, 'a'), platt) FROM genres, calibrators;
SELECT calibrated(p, platt) FROM parts, calibrators LIMIT 1;
SELECT calibrated(platt, platt) FROM calibrators;
SELECT calibrated(churn, churn) FROM parts LIMIT 1;
SELECT pipeline(p, platt) FROM calibrated;
SELECT pipeline(parts.p, m) FROM alone, parts LIMIT 1;
SELECT cluster_row(platt, v) FROM calibrated, viewers AS v LIMIT 1;
SELECT centroids(platt) FROM calibrated;
SELECT model_info(set_byte(platt, length(platt) - 9, 255)) FROM calibrated;

-- by name
SELECT register('stays by territory', churn), register('audience by territory', audience) FROM models;
SELECT register('stays', platt), register('calibrator', by_platt) FROM calibrated;
SELECT count(*), bool_and(predict_proba_row('stays by territory', v) = predict_proba_row(m.churn, v)) AS proba,
       bool_and(predict_label_row('stays by territory', v) = predict_label_row(m.churn, v)) AS label,
       bool_and(cluster_row('audience by territory', v) = cluster_row(m.audience, v)) AS cluster,
       bool_and(predict_proba_row('stays', v) = predict_proba_row(c.platt, v)) AS calibrated,
       bool_and(calibrate('calibrator', 0.3) = calibrate(c.by_platt, 0.3)) AS calibrator
FROM models AS m, calibrated AS c, viewers AS v;
SELECT group_model('stays by territory', 'fr'::text) = churn AS same FROM parts WHERE territory = 'fr';
SELECT name, kind FROM deployed_models ORDER BY name;
SELECT drop_model(name) IS NOT NULL AS dropped FROM deployed_models;

-- models that are constants of a query, which are not compared row by row: each call has its own
CREATE FUNCTION pg_temp.ask(VARIADIC asked bytea[]) RETURNS text LANGUAGE plpgsql AS $$
DECLARE
    answers text;
    m bytea;
BEGIN
    FOREACH m IN ARRAY asked LOOP
        EXECUTE 'SELECT concat($2, sum(predict_proba_row($1, v))::numeric(9, 4), '' '') FROM viewers AS v' INTO answers USING m, answers;
        answers := answers || (SELECT predict_proba_row(m, v)::numeric(9, 4) FROM viewers AS v WHERE id = 7) || ' ';
    END LOOP;
    RETURN answers;
END
$$;
SELECT pg_temp.ask(VARIADIC array_agg(churn ORDER BY territory)) = string_agg(concat(s::numeric(9, 4), ' ', seventh::numeric(9, 4), ' '), '' ORDER BY territory) AS same, count(*)
FROM parts AS p, LATERAL (SELECT sum(predict_proba_row(p.churn, v)) AS s, sum(predict_proba_row(p.churn, v)) FILTER (WHERE id = 7) AS seventh FROM viewers AS v) AS a;
SELECT format('SELECT model_info(pipeline(%L, %L)) ->> %L AS of_two_constants', p, group_model(pipeline, 'x'), 'kind') AS call
FROM (SELECT p, grouped('x', '{x}', ARRAY[logistic_regression(stays, transform(p, v), jsonb_build_object('names', feature_names(p)))]) AS pipeline FROM parts, viewers AS v WHERE parts.territory = 'de' GROUP BY p) AS t \gset
:call;

-- in a prepared statement, after the table has changed
PREPARE ask(int) AS SELECT round(predict_proba_row(churn, v)::numeric, 6) AS proba FROM models, viewers AS v WHERE id = $1;
EXECUTE ask(7);
ALTER TABLE viewers ALTER COLUMN territory TYPE varchar(9), ADD COLUMN extra jsonb;
EXECUTE ask(7);
ALTER TABLE viewers RENAME COLUMN territory TO land;
EXECUTE ask(7);

-- many groups, and a limit
SELECT count(*), count(DISTINCT answer), min(answer), max(answer)
FROM (SELECT cluster_row(m, r) AS answer
      FROM (SELECT grouped('k', array_agg(k::text), array_agg(km)) AS m
            FROM (SELECT k, kmeans(ARRAY[i * k], 2, '{"names": ["x"], "seed": 1}') AS km FROM generate_series(1, 4) AS i, generate_series(1, 1000) AS k GROUP BY k) AS s
            OFFSET 0) AS g,
           (SELECT k, 9 * k AS x FROM generate_series(1, 1000) AS k) AS r) AS t;
SET mediaml.max_model_size = '64kB';
SELECT grouped('k', array_agg(i::text), array_agg(m)) FROM generate_series(1, 100) AS i, (SELECT group_model(m, '1') AS m FROM kinds) AS s;
RESET mediaml.max_model_size;
SET mediaml.max_memory = '1MB';
SELECT calibrator(i % 2 = 0, (i % 97) / 97.0) FROM generate_series(1, 200000) AS i;
RESET mediaml.max_memory;

DROP TABLE viewers, parts, models, kinds, genres, said, calibrators, states, calibrated, alone;
DROP TYPE sort;
DROP DOMAIN code;
