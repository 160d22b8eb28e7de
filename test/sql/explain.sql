-- explain: what of a row speaks for the answer of a model
SET search_path = public, mediaml;
SET client_min_messages = warning;
SET extra_float_digits = 0;
SET datestyle = 'ISO';

CREATE TABLE viewers AS
SELECT id, CASE WHEN id % 10 > 0 THEN (id * 37 % 101) / 2.0 END AS hours,
       (ARRAY['basic', 'family', 'premium'])[1 + id % 3] AS plan,
       date '2024-01-01' + id % 28 AS joined,
       (id * 37 % 101) / 2.0 + 20 * (id % 3 = 0)::int + (id * 53 % 97) > 70 AS stays,
       (ARRAY['drama', 'war', 'comedy', 'crime'])[1 + (id * 37 % 101 + id * 53 % 97) % 4] AS likes
FROM generate_series(1, 400) AS id;

CREATE TABLE models AS
SELECT pipeline(p, t.churn) AS churn, pipeline(p, t.weighted) AS weighted, pipeline(p, t.genre) AS genre,
       pipeline(p, t.audience) AS audience, t.churn AS alone, p
FROM (SELECT preprocessor(v, '{"target": "stays", "exclude": ["likes"], "columns": {"plan": {"drop_first": true}}}') AS p
      FROM viewers AS v) AS q, LATERAL (
    SELECT logistic_regression(stays, transform(p, v) ORDER BY id) AS churn,
           logistic_regression(stays, transform(p, v), '{"class_weight": {"true": 5, "false": 1}}' ORDER BY id) AS weighted,
           logistic_regression(likes, transform(p, v), '{"l2": 0.1}' ORDER BY id) AS genre,
           kmeans(transform(p, v), 3, '{"seed": 1, "n_init": 5}' ORDER BY id) AS audience
    FROM viewers AS v) AS t;

-- the largest first, a row a column
SELECT feature, value, round(contribution::numeric, 4) AS contribution, class, against,
       round(base::numeric, 4) AS base, round(total::numeric, 4) AS total
FROM models, viewers AS v, explain(churn, v) WHERE id = 7;
SELECT feature, value IS NULL AS missing FROM models, viewers AS v, explain(churn, v) WHERE id = 10 ORDER BY feature;
SELECT feature FROM models, viewers AS v, explain(churn, v, k => 1) WHERE id = 7;

-- base and contributions add up to the log-odds of what is predicted
SELECT max(abs(base + s - total)) < 1e-12 AS sums, max(abs(total - ln(q / (1 - q)))) < 1e-9 AS log_odds, count(*)
FROM models, viewers AS v, predict_proba_row(churn, v) AS q,
     LATERAL (SELECT sum(contribution) AS s, min(base) AS base, min(total) AS total FROM explain(churn, v, NULL)) AS e;
SELECT max(abs(total - ln(q / (1 - q)))) < 1e-9 AS with_class_weights, bool_and(class = 'true' AND against = 'false') AS positive
FROM models, viewers AS v, predict_proba_row(weighted, v) AS q, explain(weighted, v, 1);
SELECT max(abs(total + ln(q / (1 - q)))) < 1e-9 AS of_the_other_class
FROM models, viewers AS v, predict_proba_row(churn, v) AS q, explain(churn, v, 1, class => 'false');

-- of many classes: the predicted one, or one that is named, against the most likely other
SELECT bool_and(class = predict_label_row(genre, v)) AS predicted,
       max(abs(total - ln(predict_proba_row(genre, v, class) / predict_proba_row(genre, v, against)))) < 1e-9 AS log_odds,
       bool_and(total >= 0) AS likelier, count(DISTINCT class) AS classes
FROM models, viewers AS v, explain(genre, v, 1);
SELECT bool_and(class = 'war' AND against <> 'war') AS named,
       max(abs(total - ln(predict_proba_row(genre, v, 'war') / predict_proba_row(genre, v, against)))) < 1e-9 AS log_odds,
       bool_and((total >= 0) = (predict_label_row(genre, v) = 'war')) AS agrees
FROM models, viewers AS v, explain(genre, v, 1, 'war');

-- the base is the mean row of training: there contributions are 0, and over all rows their mean is
SELECT feature, abs(avg(contribution)) < 1e-9 AS mean_is_zero
FROM models, viewers AS v, explain(churn, v, NULL) GROUP BY feature ORDER BY feature;

-- why a cluster and not the second nearest: parts of the difference of squared distances
SELECT feature, value, round(contribution::numeric, 4) AS contribution, class, against, base
FROM models, viewers AS v, explain(audience, v, 2) WHERE id = 7;
CREATE VIEW distances AS
SELECT v.id, c.cluster, sum((x - c.value) ^ 2) AS square
FROM models, viewers AS v, unnest(transform(p, v), feature_names(p)) AS f (x, feature), centroids(audience) AS c
WHERE c.feature = f.feature GROUP BY v.id, c.cluster;
SELECT bool_and(class::int = cluster_row(audience, v)) AS nearest,
       max(abs(base + total - s)) < 1e-12 AS sums,
       max(abs(total - ((SELECT square FROM distances AS d WHERE d.id = v.id AND cluster = against::int)
                        - (SELECT min(square) FROM distances AS d WHERE d.id = v.id)))) < 1e-9 AS difference,
       bool_and(total = (SELECT min(e.total) FROM generate_series(0, 2) AS c, explain(audience, v, 1, class) AS e
                         WHERE c = class::int)) AS same
FROM models, viewers AS v,
     LATERAL (SELECT sum(contribution) AS s, min(base) AS base, min(total) AS total, min(class) AS class, min(against) AS against
              FROM explain(audience, v, NULL)) AS e
WHERE v.id <= 100;
SELECT bool_and(class = '2' AND (total >= 0) = (cluster_row(audience, v) = 2)) AS asked
FROM models, viewers AS v, explain(audience, v, 1, '2');

-- a model that takes no raw rows: its features are the columns
CREATE TABLE plain AS
SELECT logistic_regression(stays, ARRAY[hours::float8, age, 1], '{"names": ["hours", "age", "one"]}' ORDER BY id) AS model
FROM (SELECT *, id % 50 AS age FROM viewers) AS v WHERE hours IS NOT NULL;
SELECT feature, value, round(contribution::numeric, 4) AS contribution,
       abs(total - ln(q / (1 - q))) < 1e-9 AS log_odds
FROM plain, (SELECT 3 AS age, 12.5 AS hours, 1 AS one) AS v, explain(model, v, class => NULL),
     predict_proba_row(model, v) AS q;

-- encodings by the target and by hashes, a list, parts of a date: one row a column
SELECT array_agg(feature ORDER BY feature) AS features, max(abs(base + s - total)) < 1e-9 AS sums
FROM (SELECT pipeline(p, logistic_regression(stays, transform(p, v) ORDER BY id)) AS model
      FROM (SELECT preprocessor(v, '{"target": "stays", "id": "id", "columns": {"plan": {"encode": "target"},
                                     "likes": {"encode": "hash", "buckets": 3}, "hours": {"indicator": true}}}') AS p
            FROM viewers AS v) AS q, viewers AS v GROUP BY p) AS m,
     LATERAL (SELECT v, sum(contribution) OVER () AS s, e.* FROM (SELECT * FROM viewers WHERE id = 20) AS v, explain(model, v, NULL) AS e) AS e;

-- by name, as the version that is deployed
SELECT register('explained', churn) FROM models;
SELECT bool_and(e = f) AS same, count(*) FROM models, viewers AS v, explain('explained', v) WITH ORDINALITY AS e
JOIN LATERAL explain(churn, v) WITH ORDINALITY AS f USING (ordinality) WHERE id < 50;
SELECT feature FROM viewers AS v, explain('explained', v, class => 'true') WHERE id = 7;
SELECT drop_model('explained');

-- a model by group: a row is explained by its group's model; where there is none there is nothing
CREATE TABLE parts AS
SELECT plan, p, pipeline(p, logistic_regression(stays, transform(p, v) ORDER BY id)) AS churn,
       pipeline(p, kmeans(transform(p, v), 3, '{"seed": 1}' ORDER BY id)) AS audience,
       logistic_regression(likes, ARRAY[id % 50], '{"names": ["age"], "l2": 0.1}' ORDER BY id)
           FILTER (WHERE plan <> 'basic' OR likes <> 'war') AS alone
FROM (SELECT preprocessor(v, '{"target": "stays", "id": "id", "exclude": ["likes"]}') AS p FROM viewers AS v) AS q, viewers AS v
GROUP BY plan, p;
CREATE TABLE grouped AS
SELECT grouped('plan', array_agg(plan), array_agg(churn)) AS churn,
       grouped('plan', array_agg(nullif(plan, 'basic')), array_agg(churn)) AS others,
       grouped('plan', array_agg(plan), array_agg(audience)) AS audience,
       grouped('plan', array_agg(plan), array_agg(alone)) AS alone FROM parts;
CREATE VIEW asked AS SELECT id, hours, CASE WHEN id % 4 > 0 THEN plan WHEN id % 8 > 0 THEN 'gold' END AS plan, joined, id % 50 AS age FROM viewers;
SELECT count(*) AS parts, count(DISTINCT id) AS viewers, bool_and(e = f) AS same
FROM grouped AS g, asked AS v JOIN parts AS p USING (plan), explain(g.churn, v, NULL) WITH ORDINALITY AS e
JOIN LATERAL explain(p.churn, v, NULL) WITH ORDINALITY AS f USING (ordinality);
SELECT count(*) AS parts, count(*) FILTER (WHERE plan = 'gold' OR plan IS NULL) AS of_others,
       max(abs(total - ln(q / (1 - q)))) < 1e-9 AS log_odds
FROM grouped AS g, asked AS v, predict_proba_row(others, v) AS q, explain(others, v, 1);
SELECT count(*) AS parts, bool_and(class::int = cluster_row(audience, v)) AS nearest FROM grouped AS g, asked AS v, explain(audience, v, 1);
SELECT count(*) AS parts, count(*) FILTER (WHERE plan = 'gold' OR plan IS NULL) AS of_others FROM grouped AS g, asked AS v, explain(churn, v);
-- a class that only other groups have is not explained, as its chance is 0; one that none has is an error
SELECT plan, count(*), min(predict_proba_row(alone, v, 'war')) > 0 AS possible FROM grouped AS g, asked AS v LEFT JOIN LATERAL explain(g.alone, v, 1, 'war') AS e ON true
WHERE e.feature IS NOT NULL OR v.plan = 'basic' GROUP BY plan ORDER BY plan;
SELECT explain(alone, v, 1, 'news') FROM grouped AS g, asked AS v WHERE plan = 'basic' LIMIT 1;
SELECT explain(churn, v) FROM grouped AS g, (SELECT 1 AS hours) AS v;

-- of a calibrated model the one within: the log-odds before they are calibrated
SELECT count(*) AS parts, max(abs(e.total - ln(q / (1 - q)))) < 1e-9 AS before, bool_and(e = f) AS by_group,
       max(abs((i ->> 'slope')::float8 * e.total + (i ->> 'intercept')::float8 - ln(c / (1 - c)))) < 1e-9 AS after
FROM (SELECT plan, churn, calibrated(churn, calibrator(stays, predict_proba_row(churn, v) / 2)) AS model FROM parts JOIN viewers AS v USING (plan) GROUP BY plan, churn) AS m
JOIN viewers AS v USING (plan), predict_proba_row(churn, v) AS q, predict_proba_row(model, v) AS c, explain(model, v, 1) AS e,
     LATERAL (SELECT model_info(model) -> 'calibration' AS i) AS i,
     LATERAL (SELECT grouped('plan', ARRAY[plan], ARRAY[model]) AS g OFFSET 0) AS g, explain(g, v, 1) AS f;

-- by name
SELECT register('explained by plan', churn) FROM grouped;
SELECT bool_and(e = f) AS same, count(*) FROM grouped, asked AS v, explain('explained by plan', v) WITH ORDINALITY AS e
JOIN LATERAL explain(churn, v) WITH ORDINALITY AS f USING (ordinality);
SELECT drop_model('explained by plan');

-- nothing to explain, and what is refused
SELECT count(*) FROM models, explain(churn, NULL::viewers);
SELECT count(*) FROM viewers AS v, explain(NULL::bytea, v);
SELECT count(*) AS one_cluster FROM (SELECT kmeans(ARRAY[id], 1, '{"names": ["id"]}') AS m FROM viewers) AS k, viewers AS v, explain(m, v);
SELECT explain(churn, v, 0) FROM models, viewers AS v LIMIT 1;
SELECT explain(churn, v, class => 'maybe') FROM models, viewers AS v LIMIT 1;
SELECT explain(audience, v, class => '3') FROM models, viewers AS v LIMIT 1;
SELECT explain(audience, v, class => 'first') FROM models, viewers AS v LIMIT 1;
SELECT explain(p, v) FROM models, viewers AS v LIMIT 1;
SELECT explain(alone, v) FROM models, viewers AS v LIMIT 1;
SELECT explain('no such model', v) FROM viewers AS v LIMIT 1;

DROP VIEW distances, asked;
DROP TABLE viewers, models, plain, parts, grouped;
