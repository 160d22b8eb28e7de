-- pipelines: raw rows in, answers of the estimator out
SET search_path = public, mediaml;
SET client_min_messages = warning;
SET extra_float_digits = 0;

CREATE TABLE viewers AS
SELECT id, CASE WHEN id % 10 > 0 THEN (id * 37 % 101) / 2.0 END AS hours,
       (ARRAY['basic', 'family', 'premium'])[1 + id % 3] AS plan,
       date '2024-01-01' + id % 28 AS joined,
       (id * 37 % 101) / 2.0 + 20 * (id % 3 = 0)::int + (id * 53 % 97) > 70 AS stays
FROM generate_series(1, 400) AS id;

CREATE TABLE preparation AS
SELECT preprocessor(v, '{"target": "stays", "columns": {"plan": {"drop_first": true}, "joined": {"parts": ["days"]}}}') AS p
FROM viewers AS v;

CREATE TABLE models AS
SELECT pipeline(p, logistic_regression(stays, transform(p, v) ORDER BY id)) AS churn,
       pipeline(p, kmeans(transform(p, v), 3, '{"seed": 1, "n_init": 5}' ORDER BY id)) AS audience,
       logistic_regression(stays, transform(p, v) ORDER BY id) AS alone
FROM preparation, viewers AS v
GROUP BY p;

-- a raw row is answered as its features are, by the estimator alone and in the pipeline
SELECT bool_and(predict_proba_row(churn, v) = predict_proba(alone, transform(p, v))) AS proba,
       bool_and(predict_label_row(churn, v) = predict_label(alone, transform(p, v))) AS label,
       bool_and(predict_proba(churn, transform(p, v)) = predict_proba(alone, transform(p, v))) AS of_features,
       bool_and(transform(churn, v) = transform(p, v)) AS features,
       count(DISTINCT cluster_row(audience, v)) AS clusters,
       bool_and(cluster_row(audience, v) = predict_row(audience, v)) AS same
FROM preparation, models, viewers AS v;

-- columns by name: more, fewer, none of them; another type
SELECT predict_proba_row(churn, v) = predict_proba_row(churn, w) AS same
FROM models, (SELECT 'x' AS other, joined, plan, hours::real, 1 AS id FROM viewers WHERE id = 7) AS v,
     (SELECT * FROM viewers WHERE id = 7) AS w;
SELECT predict_proba_row(churn, v) = predict_proba_row(churn, w) AS missing_is_null
FROM models, (SELECT plan FROM viewers WHERE id = 7) AS v,
     (SELECT NULL::numeric AS hours, plan, NULL::date AS joined FROM viewers WHERE id = 7) AS w;
SELECT predict_proba_row(churn, ROW(1, 2)) FROM models;
SELECT predict_proba_row(churn, v) FROM models, (SELECT 'many' AS hours, plan FROM viewers WHERE id = 7) AS v;
SELECT predict_row(churn, NULL::viewers) IS NULL AS nothing FROM models;

-- raw units: what a coefficient says of an hour more, and where centroids lie
SELECT term, round(estimate::numeric, 6) AS estimate, round(raw_estimate::numeric, 6) AS raw_estimate
FROM models, coefficients(churn);
SELECT abs(c.raw_estimate * i.divisor - c.estimate) < 1e-12 AS scaled
FROM models, coefficients(churn) AS c,
     jsonb_to_record(model_info(churn) #> '{preprocessor,columns,hours}') AS i (divisor float8)
WHERE term = 'hours';
-- the log-odds of a row from raw numbers and raw estimates
SELECT max(abs(ln(q / (1 - q)) - raw)) < 1e-9 AS equal
FROM (SELECT predict_proba_row(churn, v) AS q,
             (SELECT sum(raw_estimate * CASE term WHEN '(intercept)' THEN 1 WHEN 'hours' THEN hours
                                        WHEN 'joined' THEN joined - date '2000-01-01'
                                        ELSE (term = 'plan=' || plan)::int END)
              FROM coefficients(churn)) AS raw
      FROM models, viewers AS v WHERE hours IS NOT NULL) AS rows;
SELECT cluster, size, feature, round(raw_value::numeric, 3) AS raw_value, round(raw_overall_mean::numeric, 3) AS overall
FROM models, centroids(audience) WHERE feature IN ('hours', 'plan=family') ORDER BY cluster, feature;
SELECT max(abs(raw_value - mean)) < 1e-5 AS equal
FROM (SELECT cluster_row(audience, v) AS cluster,
             avg(coalesce(hours, (model_info(audience) #>> '{preprocessor,columns,hours,fill}')::numeric)) AS mean
      FROM models, viewers AS v GROUP BY 1) AS m
JOIN (SELECT c.* FROM models, centroids(audience) AS c WHERE feature = 'hours') AS c USING (cluster);

-- a plain model is raw already
SELECT bool_and(estimate = raw_estimate) AS raw FROM models, coefficients(alone);

-- what it says of itself
SELECT i ->> 'kind' AS kind, i ->> 'features' AS features, i #>> '{estimator,kind}' AS estimator,
       i #>> '{preprocessor,kind}' AS preprocessor, i #> '{preprocessor,columns,plan,categories}' AS plans
FROM models, model_info(churn) AS i;
SELECT feature_names(churn) = feature_names(p) AS names FROM models, preparation;

-- what does not fit
SELECT pipeline(p, kmeans(ARRAY[id::float8], 2)) FROM preparation, viewers GROUP BY p;
SELECT pipeline(p, logistic_regression(stays, transform(p, v), '{"names": ["hours", "plan=family", "plan=basic", "joined"]}'))
FROM preparation, viewers AS v GROUP BY p;
SELECT pipeline(alone, alone) FROM models;
SELECT pipeline(p, p) FROM preparation;
SELECT pipeline(p, churn) FROM preparation, models;
SELECT pipeline(p, 'junk') FROM preparation;
SELECT cluster_row(churn, v) FROM models, viewers AS v LIMIT 1;
SELECT predict_label_row(p, v) FROM preparation, viewers AS v LIMIT 1;
SELECT centroids(churn) FROM models;
-- a change of one byte within, with and without
SELECT model_info(set_byte(churn, length(churn) - 9, 255)) FROM models;

-- a row that may not be filled, a value that may not be new
CREATE TABLE strict AS
SELECT pipeline(p, kmeans(transform(p, v), 2 ORDER BY id)) AS m
FROM (SELECT preprocessor(v, '{"exclude": ["id", "stays", "joined"], "columns": {"hours": {"impute": "none"}, "plan": {"unseen": "error"}}}') AS p
      FROM viewers AS v WHERE hours IS NOT NULL) AS prepared, viewers AS v
WHERE hours IS NOT NULL
GROUP BY p;
SELECT cluster_row(m, v) IS NULL FROM strict, (SELECT NULL::numeric AS hours, 'basic' AS plan) AS v;
SELECT cluster_row(m, v) IS NULL FROM strict, (SELECT 1.5 AS hours, 'gold' AS plan) AS v;

-- in a prepared statement, after the table has changed
PREPARE ask(int) AS SELECT round(predict_proba_row(churn, v)::numeric, 6) AS proba FROM models, viewers AS v WHERE id = $1;
EXECUTE ask(7);
ALTER TABLE viewers DROP COLUMN joined, ADD COLUMN extra jsonb;
EXECUTE ask(7);

DROP TABLE viewers, preparation, models, strict;
