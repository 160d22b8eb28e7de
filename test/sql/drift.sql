-- drift: rows of today beside those of training
SET search_path = public, mediaml;
SET client_min_messages = warning;
SET extra_float_digits = 0;
\set SHOW_CONTEXT never

CREATE TABLE viewers AS
SELECT id, CASE WHEN id % 10 > 0 THEN (id * 37 % 1009) / 20.0 END AS hours,
       (ARRAY['basic', 'family', 'premium'])[1 + id % 3] AS plan,
       CASE WHEN id % 7 = 0 THEN 'rare ' || id ELSE (ARRAY['uk', 'fr', 'de'])[1 + id % 3] END AS country,
       date '2024-01-01' + id % 28 AS joined, id % 4 = 0 AS hd,
       string_to_array((ARRAY['drama', 'drama,war', 'war,comedy', ''])[1 + id % 4], ',') AS genres,
       id % 2 = 0 AS stays
FROM generate_series(1, 2000) AS id;

CREATE TABLE models AS
SELECT preprocessor(v, '{"target": "stays", "columns": {"country": {"encode": "one_hot", "min_count": 50, "unseen": "other"},
                         "hours": {"missing_values": [0]}}}') AS prepared FROM viewers AS v;
ALTER TABLE models ADD churn bytea;
UPDATE models SET churn = pipeline(prepared, m) FROM (
    SELECT logistic_regression(stays, transform(prepared, v), '{"l2": 1}' ORDER BY id) AS m FROM models, viewers AS v) AS t;

-- the rows of training themselves: nothing
SELECT feature, round(psi::numeric, 12) AS psi, round(ks::numeric, 12) AS ks, p, missing_then = missing_now AS missing,
       round(unseen::numeric, 4) AS unseen, n
FROM models, drift_of(churn, 'SELECT * FROM viewers') ORDER BY feature;
SELECT count(*) FILTER (WHERE d = e) AS equal, count(*) FROM models, drift_of(churn, 'viewers') AS d JOIN LATERAL drift_of(prepared, 'TABLE viewers') AS e USING (feature);

-- rows that have changed, each column in its own way
CREATE TABLE today AS
SELECT 'x' AS poster, id, hours + 10 AS hours, 'basic' AS plan, CASE WHEN id % 5 = 0 THEN 'us' ELSE country END AS country,
       joined, hd, CASE WHEN id % 2 = 0 THEN genres END AS genres
FROM viewers WHERE id <= 1000;
SELECT feature, round(psi::numeric, 6) AS psi, round(ks::numeric, 6) AS ks, round(p::numeric, 6) AS p,
       missing_then, missing_now, round(unseen::numeric, 6) AS unseen, n
FROM models, drift_of(churn, 'today') ORDER BY feature;

-- the same by hand: deciles of what was there then, a bin of what was missing
WITH cuts AS (SELECT percentile_disc(ARRAY[0.1, 0.2, 0.3, 0.4, 0.5, 0.6, 0.7, 0.8, 0.9]) WITHIN GROUP (ORDER BY nullif(hours, 0)) AS c FROM viewers),
bins AS (
    SELECT coalesce((SELECT count(*) FROM unnest(c) AS d WHERE d < t.h), -1) * (t.h IS NOT NULL)::int - (t.h IS NULL)::int AS bin,
           count(*) FILTER (WHERE t.old) / 2000.0 AS old, count(*) FILTER (WHERE NOT t.old) / 1000.0 AS new
    FROM cuts, (SELECT nullif(hours, 0), true FROM viewers UNION ALL SELECT nullif(hours, 0), false FROM today) AS t (h, old) GROUP BY 1)
SELECT count(*) AS bins, abs(psi - sum((greatest(new, 1e-4) - greatest(old, 1e-4)) * ln(greatest(new, 1e-4) / greatest(old, 1e-4)))) < 1e-9 AS equal
FROM bins, models, drift_of(churn, 'today') AS d WHERE feature = 'hours' GROUP BY psi;
WITH bins AS (
    SELECT coalesce(country, '') AS bin, count(*) FILTER (WHERE t.old) / 2000.0 AS old, count(*) FILTER (WHERE NOT t.old) / 1000.0 AS new
    FROM (SELECT CASE WHEN country ~ '^(uk|fr|de)$' THEN country ELSE 'other' END, true FROM viewers
          UNION ALL SELECT CASE WHEN country ~ '^(uk|fr|de)$' THEN country ELSE 'other' END, false FROM today) AS t (country, old) GROUP BY 1)
SELECT count(*) AS bins, abs(psi - sum((greatest(new, 1e-4) - greatest(old, 1e-4)) * ln(greatest(new, 1e-4) / greatest(old, 1e-4)))) < 1e-9 AS equal
FROM bins, models, drift_of(churn, 'today') AS d WHERE feature = 'country' GROUP BY psi;

-- nothing is filled any more, and a column of nothing else
SELECT feature, round(psi::numeric, 3) AS psi, ks IS NULL AS no_ks, p IS NULL AS no_p, missing_now, unseen IS NULL AS none_seen
FROM models, drift_of(churn, 'SELECT NULL::float8 AS hours, NULL::text AS plan, NULL::text AS country, NULL::date AS joined,
                                     NULL::boolean AS hd, NULL::text[] AS genres FROM generate_series(1, 3)') ORDER BY feature;

-- workers count as one process does
ALTER TABLE today SET (parallel_workers = 2);
SET parallel_setup_cost = 0; SET parallel_tuple_cost = 0; SET min_parallel_table_scan_size = 0; SET max_parallel_workers_per_gather = 2;
CREATE TABLE counted AS SELECT drift_counts((SELECT churn FROM models), t) AS counts FROM today AS t;
RESET parallel_setup_cost; RESET parallel_tuple_cost; RESET min_parallel_table_scan_size; SET max_parallel_workers_per_gather = 0;
SELECT counts = (SELECT drift_counts(churn, t) FROM today AS t) AS same, counts[1] AS rows FROM counted, models;
SELECT count(*) FILTER (WHERE d = e) AS equal FROM models, counted, drift_compare(churn, counts) AS d
JOIN LATERAL drift_of(churn, 'today') AS e USING (feature);
SELECT drift_counts(churn, NULL::viewers) IS NULL AS nothing FROM models;

-- by name: kept, and in a view with a verdict
SELECT register('drifting', churn) FROM models;
SELECT feature, round(psi::numeric, 3) AS psi FROM drift('drifting', 'SELECT * FROM today') WHERE psi > 0.01;
SELECT count(*) AS checks, count(DISTINCT checked_at) AS times, min(version) AS version FROM drift_checks WHERE name = 'drifting';
SELECT count(*) AS rows FROM drift('drifting', 'viewers', record => false);
SELECT count(DISTINCT checked_at) AS times FROM drift_checks WHERE name = 'drifting';
SELECT action, version, outcome, message, finished >= started AS timed FROM model_runs WHERE name = 'drifting';
SELECT feature, round(psi::numeric, 3) AS psi, status FROM drift_alerts WHERE name = 'drifting' ORDER BY round(psi::numeric, 3) DESC, feature;
SELECT count(*) AS rows FROM drift('drifting', 'viewers');
SELECT count(*) AS rows, min(status) AS worst FROM drift_alerts WHERE name = 'drifting';
SELECT drop_model('drifting');
SELECT count(*) FROM drift_checks WHERE name = 'drifting';
DELETE FROM runs WHERE name = 'drifting';

-- of a model by group: beside the rows of the model of all other values, which train() trains on all rows
CREATE TABLE parts AS
SELECT plan, pipeline(prepared, logistic_regression(stays, transform(prepared, v), '{"l2": 1}' ORDER BY id)) AS churn
FROM models, viewers AS v GROUP BY plan, prepared;
CREATE TABLE by_plan AS
SELECT grouped('plan', array_agg(plan), array_agg(p.churn)) AS alone,
       grouped('plan', array_agg(plan) || NULL::text, array_agg(p.churn) || m.churn) AS model,
       grouped('plan', ARRAY[NULL], ARRAY[calibrated(m.churn, c)]) AS calibrated
FROM parts AS p, models AS m, (SELECT calibrator(id % 3 > 0, id / 10.0) AS c FROM generate_series(1, 9) AS id) AS c GROUP BY m.churn, c;
SELECT count(*), bool_and(d = e AND d = f) AS same FROM models AS m, by_plan AS g, drift_of(g.model, 'today') AS d
JOIN LATERAL drift_of(m.churn, 'today') AS e USING (feature) JOIN LATERAL drift_of(g.calibrated, 'today') AS f USING (feature);
SELECT register('drifting by plan', model) FROM by_plan;
SELECT count(*), bool_and(d = e) AS same FROM models AS m, drift('drifting by plan', 'today', false) AS d JOIN LATERAL drift_of(m.churn, 'today') AS e USING (feature);
SELECT drop_model('drifting by plan');
SELECT plan, count(*) AS features, min(n) AS n, max(psi) FILTER (WHERE feature = 'plan') > 1 AS of_one_plan FROM by_plan,
    LATERAL (SELECT DISTINCT plan FROM viewers) AS p, drift_of(group_model(alone, plan), format('SELECT * FROM viewers WHERE plan = %L', plan)) GROUP BY plan ORDER BY plan;

-- what is refused
SELECT * FROM by_plan, drift_of(alone, 'viewers');
SELECT * FROM drift_of((SELECT grouped('a', ARRAY[NULL], ARRAY[kmeans(ARRAY[id], 2, '{"names": ["id"]}')]) FROM viewers), 'viewers');
SELECT drift_counts(model, v) FROM by_plan, viewers AS v;
SELECT * FROM models, drift_of(churn, 'SELECT * FROM viewers WHERE false');
SELECT * FROM models, drift_of(churn, 'SELECT hours, plan FROM viewers');
SELECT * FROM models, drift_of(churn, 'DELETE FROM viewers RETURNING *');
SELECT * FROM models, drift_of(churn, 'SELECT hours, hours, plan, country, joined, hd, genres FROM viewers');
SELECT * FROM models, drift_of(churn, 'SELECT plan AS hours, plan, country, joined, hd, genres FROM viewers');
SELECT * FROM drift_of((SELECT kmeans(ARRAY[id], 2) FROM viewers), 'viewers');
SELECT * FROM drift_of(NULL, 'viewers');
SELECT * FROM models, drift_of(churn, NULL);
SELECT * FROM drift('no such model', 'viewers');
SELECT drift_compare(churn, '{1,2,3}') FROM models;
SELECT drift_compare(churn, array_fill(-1, ARRAY[array_length(drift_counts, 1)])) FROM models, LATERAL (SELECT drift_counts(churn, t) FROM today AS t) AS t;
SELECT drift_counts(kmeans, v) FROM (SELECT kmeans(ARRAY[id], 2) FROM viewers) AS m, viewers AS v;
SELECT drift_counts(CASE WHEN id % 2 = 0 THEN prepared ELSE q END, v) FROM models, (SELECT preprocessor(v, '{"features": ["hours"]}') AS q FROM viewers AS v) AS m, viewers AS v;

DROP TABLE viewers, today, models, counted, parts, by_plan;
