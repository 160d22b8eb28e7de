-- Logistic regression: known answers, options, and every complaint once.
SET search_path = mediaml, public;
SET extra_float_digits = 0;

CREATE TABLE patients (y int, treatment int, anxiety int);
INSERT INTO patients VALUES
(1,1,70),(1,1,80),(1,1,50),(1,0,60),(1,0,40),(1,0,65),(1,0,75),(1,0,80),(1,0,70),(1,0,60),
(0,1,65),(0,1,50),(0,1,45),(0,1,35),(0,1,40),(0,1,50),(0,0,55),(0,0,45),(0,0,50),(0,0,60);
CREATE TABLE attack AS
SELECT logistic_regression(y = 1, ARRAY[treatment, anxiety], '{"names": ["treatment", "anxiety"]}') AS model
FROM patients;

-- converged to the maximum; standard errors at the maximum, not one step before it
SELECT class, term,
       abs(estimate - true_estimate) < 1e-10 AS estimate,
       abs(std_error - true_error) < 1e-10 AS std_error,
       abs(z - true_estimate / true_error) < 1e-9 AS z,
       abs(odds_ratio - exp(true_estimate)) < 1e-9 AS odds_ratio,
       abs(ci_low - (true_estimate - 1.959963984540054 * true_error)) < 1e-9 AS ci_low,
       abs(ci_high - (true_estimate + 1.959963984540054 * true_error)) < 1e-9 AS ci_high
FROM attack, coefficients(model)
JOIN (VALUES ('(intercept)', -6.363469941846, 3.213904524734),
             ('treatment', -1.024106052408, 1.171080146495),
             ('anxiety', 0.119044916670, 0.054979175575)) AS t(term, true_estimate, true_error) USING (term);
SELECT round(p::numeric, 9) AS p FROM attack, coefficients(model);
SELECT abs((i->>'log_likelihood')::float8 + 9.410182983851) < 1e-10 AS log_likelihood,
       abs((i->>'deviance')::float8 - 18.820365967702) < 1e-9 AS deviance,
       abs((i->>'null_deviance')::float8 - 27.725887222397) < 1e-9 AS null_deviance,
       abs((i->>'aic')::float8 - 24.820365967702) < 1e-9 AS aic,
       abs((i->>'bic')::float8 - (18.820365967702 + 3 * ln(20::float8))) < 1e-9 AS bic,
       abs((i->>'mcfadden_r2')::float8 - 0.321198783767) < 1e-9 AS mcfadden_r2,
       (i->>'condition_number')::float8 BETWEEN 1 AND 2 AS condition_number
FROM attack, model_info(model) AS i;
SELECT i - '{aic,bic,deviance,null_deviance,log_likelihood,null_log_likelihood,mcfadden_r2,condition_number,decrement,kernels,bytes,iterations}'::text[] AS info,
       (i->>'iterations')::int BETWEEN 3 AND 10 AS iterations
FROM attack, model_info(model) AS i;

-- asking the model
SELECT round(predict_proba(model, ARRAY[1, 70])::numeric, 6) AS proba,
       round(predict_proba(model, ARRAY[1, 70], 'false')::numeric, 6) AS other,
       predict_label(model, ARRAY[1, 70]) AS label,
       predict(model, ARRAY[1, 70]) AS number,
       array_length(predict_proba_all(model, ARRAY[1, 70]), 1) AS classes,
       predict_proba(model, NULL) IS NULL AS null_in_null_out
FROM attack;
SELECT bool_and(predict_proba_row(model, p) = predict_proba(model, ARRAY[treatment, anxiety])
                AND predict_label_row(model, p) = predict_label(model, ARRAY[treatment, anxiety])
                AND predict_row(model, p) = predict(model, ARRAY[treatment, anxiety])) AS rows_as_arrays
FROM attack, patients AS p;
SELECT predict_proba(model, ARRAY[1, 70], 'perhaps') FROM attack;
SELECT predict_proba(model, ARRAY[1]) FROM attack;
SELECT cluster(model, ARRAY[1, 70]) FROM attack;
SELECT centroids(model) FROM attack;

-- without names terms are x1, x2, ...; targets of every type; the reference
SELECT term, round(estimate::numeric, 6) AS estimate
FROM coefficients((SELECT logistic_regression(y, ARRAY[treatment, anxiety]) FROM patients));
SELECT class, round(estimate::numeric, 6) AS estimate
FROM coefficients((SELECT logistic_regression(y, ARRAY[treatment, anxiety], '{"reference": 1}') FROM patients));
SELECT class, round(estimate::numeric, 6) AS estimate
FROM coefficients((SELECT logistic_regression(CASE y WHEN 1 THEN 'été' ELSE 'hiver' END, ARRAY[treatment, anxiety]::numeric[],
                                              '{"reference": "hiver"}') FROM patients));
SELECT predict(logistic_regression(y * 10 - 5, ARRAY[treatment, anxiety]), ARRAY[0, 80]) AS ten_less_five FROM patients;
SELECT predict(logistic_regression(y::text, ARRAY[treatment, anxiety]), ARRAY[0, 80]) FROM patients;
SELECT class, round(estimate::numeric, 6) AS estimate
FROM coefficients((SELECT logistic_regression(y = 1, ARRAY[treatment, anxiety]::float4[], '{"intercept": false}') FROM patients));

-- Unix times among small numbers do no harm
SELECT term, abs(estimate - true_estimate) < 1e-9 * abs(true_estimate) AS estimate
FROM coefficients((SELECT logistic_regression(y = 1, ARRAY[treatment, 1.6e9 + anxiety]) FROM patients))
JOIN (VALUES ('x1', -1.024106052408), ('x2', 0.119044916670)) AS t(term, true_estimate) USING (term);

-- three classes; the penalty does not depend on the reference
CREATE TABLE genres AS
SELECT (ARRAY['action', 'comedy', 'drama'])[1 + (i * 7 + i / 5) % 3] AS genre,
       ARRAY[(i * 37 % 101) / 10.0, (i * 53 % 89) / 10.0 + (i * 7 + i / 5) % 3] AS x
FROM generate_series(1, 300) AS i;
SELECT class, term, std_error > 0 AS has_error, round(estimate::numeric, 3) AS estimate
FROM coefficients((SELECT logistic_regression(genre, x) FROM genres));
SELECT abs(sum(p) - 1) < 1e-12 AS sums_to_one, count(*)
FROM unnest(predict_proba_all((SELECT logistic_regression(genre, x) FROM genres), ARRAY[1, 2])) AS p;
SELECT predict_proba((SELECT logistic_regression(genre, x) FROM genres), ARRAY[1, 2]);
SELECT max(abs(p - q)) < 1e-9 AS same
FROM unnest(predict_proba_all((SELECT logistic_regression(genre, x, '{"l2": 5}') FROM genres), ARRAY[1, 2]),
            predict_proba_all((SELECT logistic_regression(genre, x, '{"l2": 5, "reference": "drama"}') FROM genres), ARRAY[1, 2])) AS t(p, q);

-- inference is not offered where it would be wrong
SELECT bool_and(std_error IS NULL AND z IS NULL AND p IS NULL AND ci_low IS NULL AND ci_high IS NULL) AS no_errors,
       bool_and(estimate IS NOT NULL AND odds_ratio IS NOT NULL) AS estimates
FROM coefficients((SELECT logistic_regression(y = 1, ARRAY[treatment, anxiety], '{"l2": 1}') FROM patients));
SELECT model_info(logistic_regression(y = 1, ARRAY[treatment, anxiety], '{"l2": 1}'))->'aic' AS aic FROM patients;

-- class weights: labels as weighted, probabilities of the rows as they were
CREATE TABLE rare AS
SELECT i % 20 = 0 AS y, ARRAY[i % 7 + CASE WHEN i % 20 = 0 THEN 2 ELSE 0 END] AS x FROM generate_series(1, 2000) AS i;
SELECT abs(avg(predict_proba(m, x)) - 0.05) < 0.005 AS calibrated,
       count(*) FILTER (WHERE predict_label(m, x) = 'true') > 200 AS decides_for_the_rare
FROM rare, (SELECT logistic_regression(y, x, '{"class_weight": "balanced"}') AS m FROM rare) AS t;
SELECT bool_and(abs(a.estimate - b.estimate) < 1e-9) AS balanced_is_these_weights
FROM coefficients((SELECT logistic_regression(y, x, '{"class_weight": "balanced"}') FROM rare)) AS a
JOIN coefficients((SELECT logistic_regression(y, x, '{"class_weight": {"true": 10, "false": 0.5263157894736842}}') FROM rare)) AS b USING (term);

-- collinear and constant columns; separation; no convergence
SELECT term, estimate IS NULL AS no_estimate
FROM coefficients((SELECT logistic_regression(y = 1, ARRAY[treatment, anxiety, 2 * treatment + anxiety, 5]) FROM patients));
SELECT round(predict_proba(logistic_regression(y = 1, ARRAY[treatment, anxiety, 2 * treatment + anxiety]), ARRAY[1, 70, 72])::numeric, 6) AS as_without
FROM patients;
SELECT (model_info(logistic_regression(y = 1, ARRAY[y + treatment * 0.1, anxiety]))->>'separated')::bool AS separated FROM patients;
SELECT (model_info(logistic_regression(y = 1, ARRAY[y + treatment * 0.1, anxiety], '{"l2": 0.1}'))->>'separated')::bool AS separated FROM patients;
SELECT (model_info(logistic_regression(y = 1, ARRAY[treatment, anxiety], '{"max_iter": 1}'))->>'converged')::bool AS converged FROM patients;

-- rows with NULL are skipped and counted; no rows give NULL
SELECT i->'rows' AS rows, i->'rows_skipped' AS skipped
FROM (SELECT model_info(logistic_regression(y, x)) AS i
      FROM (SELECT y = 1 AS y, ARRAY[treatment, anxiety] AS x FROM patients
            UNION ALL VALUES (NULL, ARRAY[1, 2]), (true, NULL), (NULL, NULL)) AS t) AS s;
SELECT logistic_regression(y = 1, ARRAY[anxiety]) IS NULL AS nothing FROM patients WHERE false;
SELECT logistic_regression(y = 1, ARRAY[anxiety]) FILTER (WHERE false) IS NULL AS nothing FROM patients;
SELECT logistic_regression(NULL::bool, ARRAY[anxiety]) IS NULL AS nothing FROM patients;

-- a model a group
SELECT t, count(*) FILTER (WHERE term = 'x1') AS terms
FROM (SELECT anxiety > 55 AS t, logistic_regression(y = 1, ARRAY[treatment]) AS m FROM patients GROUP BY 1) AS g, coefficients(m)
GROUP BY t ORDER BY t;

-- complaints
SELECT logistic_regression(true, ARRAY[anxiety]) FROM patients;
SELECT logistic_regression('only', ARRAY[anxiety]) FROM patients;
SELECT logistic_regression(i, ARRAY[i]) FROM generate_series(1, 2000) AS i;
SELECT logistic_regression(repeat('x', 10001), ARRAY[i]) FROM generate_series(1, 3) AS i;
SELECT logistic_regression(y = 1, ARRAY[anxiety, 'NaN']::float8[]) FROM patients;
SELECT logistic_regression(y = 1, ARRAY[anxiety, NULL]) FROM patients;
SELECT logistic_regression(y = 1, CASE WHEN treatment = 1 THEN ARRAY[1] ELSE ARRAY[1, 2] END) FROM patients;
SELECT logistic_regression(y = 1, ARRAY[anxiety], '{"C": 1}') FROM patients;
SELECT logistic_regression(y = 1, ARRAY[anxiety], '{"l2": -1}') FROM patients;
SELECT logistic_regression(y = 1, ARRAY[anxiety], '{"max_iter": 1.5}') FROM patients;
SELECT logistic_regression(y = 1, ARRAY[anxiety], '{"intercept": "yes"}') FROM patients;
SELECT logistic_regression(y = 1, ARRAY[anxiety], '{"names": ["a", "b"]}') FROM patients;
SELECT logistic_regression(y = 1, ARRAY[anxiety], '{"reference": "maybe"}') FROM patients;
SELECT logistic_regression(y = 1, ARRAY[anxiety], '{"reference": [1]}') FROM patients;
SELECT logistic_regression(y = 1, ARRAY[anxiety], '{"class_weight": {"maybe": 1}}') FROM patients;
SELECT logistic_regression(y = 1, ARRAY[anxiety], '{"class_weight": {"true": 0}}') FROM patients;
SELECT logistic_regression(y = 1, ARRAY[anxiety], '{"class_weight": "heavy"}') FROM patients;
SELECT logistic_regression(y = 1, ARRAY[anxiety], ('{"l2": ' || treatment || '}')::jsonb) FROM patients;
SELECT logistic_regression(y = 1, ARRAY[anxiety]) OVER () FROM patients;
SELECT logistic_regression(anxiety::float8, ARRAY[anxiety]) FROM patients;

DROP TABLE patients, attack, genres, rare;
