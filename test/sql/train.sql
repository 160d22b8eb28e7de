-- Training by one call: what it keeps, what it says, what it refuses.

\set VERBOSITY terse
SET client_min_messages = warning;

-- 3,000 films: a hit is decided by the budget and the genre, with noise by a hash.
CREATE TABLE films AS
SELECT i AS film_id, i % 150 AS studio_id, ((i * 7919) % 499 * 2)::float8 AS budget,
	(ARRAY['drama', 'comedy', 'war'])[1 + i % 3] AS genre, (ARRAY['de', 'fr', 'jp'])[1 + i / 7 % 3] AS country,
	timestamptz '2020-01-01 00:00+00' + i * interval '1 hour' AS released,
	mediaml.hash_share(i::text, 7) < 1 / (1 + exp(-(((i * 7919) % 499 * 2) - 500) / 120.0 - CASE WHEN i % 3 = 2 THEN 1 ELSE 0 END)) AS hit
FROM generate_series(1, 3000) AS i;

-- The whole of it: prepared, fitted, judged, kept, deployed.
SELECT name, version, "group", metric, value BETWEEN ci_low AND ci_high AS inside,
	CASE WHEN metric IN ('log_loss', 'brier') THEN value < baseline ELSE value > baseline END AS better_than_baseline, deployed
FROM mediaml.train('hits', 'logistic_regression', 'SELECT film_id, budget, genre, hit FROM films', 'hit', 'film_id')
ORDER BY metric;
SELECT name, version, kind, algorithm, rows, deployed FROM mediaml.model_versions;
SELECT part, mediaml.model_info(model) -> 'estimator' ->> 'rows' AS rows FROM mediaml.model_data ORDER BY part;
SELECT avg((mediaml.predict_label_row('hits', f) = hit::text)::int) > 0.75 AS right FROM films AS f;
SELECT name, version, action, outcome, message FROM mediaml.model_runs;

-- The held-out numbers are those that the held-out model gets on the held-out rows.
WITH held AS (
	SELECT f.*, row_number() OVER (PARTITION BY hit ORDER BY mediaml.hash_share(film_id::text, 0)) <= round(0.2 * count(*) OVER (PARTITION BY hit)) AS held
	FROM films AS f),
scored AS (
	SELECT hit, mediaml.predict_proba_row(d.model, h, 'true') AS p, mediaml.predict_label_row(d.model, h) = 'true' AS label
	FROM held AS h, mediaml.model_data AS d WHERE held AND d.name = 'hits' AND d.part = 'held_out'),
worth AS (
	SELECT m.* FROM (SELECT mediaml.log_loss(hit, p) AS log_loss, mediaml.accuracy(hit, label) AS accuracy, mediaml.roc_auc(hit, p) AS roc_auc,
		mediaml.average_precision(hit, p) AS average_precision, mediaml.brier(hit, p) AS brier, mediaml.precision(hit, label) AS precision,
		mediaml.recall(hit, label) AS recall, mediaml.f1(hit, label) AS f1, count(*) AS n FROM scored) AS s,
	LATERAL (VALUES ('log_loss', log_loss, n), ('accuracy', accuracy, n), ('roc_auc', roc_auc, n), ('average_precision', average_precision, n),
		('brier', brier, n), ('precision', precision, n), ('recall', recall, n), ('f1', f1, n)) AS m (metric, value, n))
SELECT metric, abs(w.value - m.value) < 1e-12 AS same, w.n = m.n AS of_all
FROM worth AS w FULL JOIN mediaml.metrics AS m USING (metric) WHERE m.split = 'test' ORDER BY metric;

-- A better version is deployed, a worse one is not; numbers are compared as numbers.
SELECT metric, value < 0 AS worse, deployed FROM mediaml.train('hits', 'logistic_regression', 'SELECT film_id, genre, hit FROM films', 'hit', 'film_id')
WHERE metric IN ('log_loss_gain', 'accuracy') ORDER BY metric;
SELECT metric, ci_low > 0 AS surely_better, deployed FROM mediaml.train('again', 'logistic_regression', 'SELECT film_id, genre, hit FROM films', 'hit', 'film_id') WHERE metric = 'log_loss';
SELECT metric, ci_low > 0 AS surely_better, deployed FROM mediaml.train('again', 'logistic_regression', 'SELECT film_id, budget, genre, hit FROM films', 'hit', 'film_id') WHERE metric = 'log_loss_gain';
SELECT abs(value) < 1e-12 AS none, ci_low <= 0 AND ci_high >= 0 AS around_0, deployed FROM mediaml.train('again', 'logistic_regression', 'SELECT film_id, budget, genre, hit FROM films', 'hit', 'film_id') WHERE metric = 'log_loss_gain';
SELECT abs(value) < 1e-12 AS none, deployed FROM mediaml.train('again', 'logistic_regression', 'SELECT film_id, budget, genre, hit FROM films', 'hit', 'film_id', deploy => 'unless_worse') WHERE metric = 'log_loss_gain';
SELECT DISTINCT deployed FROM mediaml.train('again', 'logistic_regression', 'SELECT film_id, genre, hit FROM films', 'hit', 'film_id', deploy => 'unless_worse');
SELECT DISTINCT deployed FROM mediaml.train('again', 'logistic_regression', 'SELECT film_id, genre, hit FROM films', 'hit', 'film_id', deploy => 'never');
SELECT DISTINCT deployed FROM mediaml.train('again', 'logistic_regression', 'SELECT film_id, genre, hit FROM films', 'hit', 'film_id', deploy => 'always');
SELECT version, message FROM mediaml.model_runs WHERE name = 'again' ORDER BY run;

-- Versions are compared by the metric that is asked for: here the second one puts rows in a better order, but is sure of a few that it has wrong.
CREATE FUNCTION compared(features text, metric text, OUT metric text, OUT better boolean, OUT worse boolean, OUT deployed boolean) RETURNS SETOF record LANGUAGE sql AS $$
	SELECT t.metric, ci_low > 0, ci_high < 0, deployed FROM mediaml.train('order', 'logistic_regression',
		'SELECT film_id, ' || features || ', hit FROM (SELECT *, CASE WHEN mediaml.hash_share(film_id::text, 0) >= 0.2 OR film_id % 25 > 0 THEN budget WHEN hit THEN -1e6 ELSE 1e6 END AS rumour FROM films) AS f',
		'hit', 'film_id', split => 'hash', options => jsonb_build_object('metric', $2)) AS t WHERE t.metric LIKE '%gain' $$;
SELECT count(*) AS of_the_first FROM compared('genre', NULL);
SELECT * FROM compared('rumour, genre', NULL);
SELECT * FROM compared('rumour, genre', 'log_loss');
SELECT * FROM compared('rumour, genre', 'roc_auc');
SELECT version, deployed, arguments -> 'options' ->> 'metric' AS metric FROM mediaml.model_versions JOIN mediaml.models USING (name, version) WHERE name = 'order' ORDER BY version;
SELECT DISTINCT metric, deployed FROM mediaml.refresh('order', deploy => 'if_better') WHERE metric LIKE '%gain';

-- A gain is the difference of the two versions' metrics, above 0 where the new one is better, with an interval narrower than theirs.
SELECT count(*) > 0 AS trained FROM mediaml.train('pair', 'logistic_regression', 'SELECT film_id, budget, genre, hit FROM films', 'hit', 'film_id');
CREATE TABLE gains AS SELECT m.metric AS of, g.*
FROM unnest('{log_loss,accuracy,brier,roc_auc,average_precision,f1,precision,recall}'::text[]) AS m(metric) CROSS JOIN LATERAL mediaml.train('pair', 'logistic_regression',
	'SELECT film_id, budget, genre, hit FROM films', 'hit', 'film_id', exclude => '{genre}', deploy => 'never', options => jsonb_build_object('metric', m.metric)) AS g;
SELECT of, abs(g.value - CASE WHEN of IN ('log_loss', 'brier') THEN o.value - n.value ELSE n.value - o.value END) < 1e-12 AS same,
	g.value BETWEEN g.ci_low AND g.ci_high AS inside, g.ci_high - g.ci_low < n.ci_high - n.ci_low AS narrower
FROM gains AS g JOIN gains AS n USING (of, version) JOIN mediaml.metrics AS o ON o.metric = of
WHERE g.metric = of || '_gain' AND n.metric = of AND o.name = 'pair' AND o.version = 1 AND o.split = 'test' ORDER BY 1;

-- Where viewers are split whole they are drawn whole: rows that repeat tell no more, calibrated or not.  All is predicted once.
CREATE TABLE twins AS SELECT f.*, f.film_id AS twin FROM films AS f CROSS JOIN generate_series(1, 30) WHERE film_id <= 300;
BEGIN;
SET LOCAL track_functions = 'pl';
CREATE TEMPORARY TABLE single AS SELECT * FROM mediaml.train('single', 'logistic_regression', 'SELECT budget, genre, hit, film_id FROM films WHERE film_id <= 300', 'hit', split_column => 'film_id', test_size => 0.5, options => '{"calibration": "platt"}');
SELECT calls FROM pg_stat_xact_user_functions WHERE funcname = 'training_classified';
COMMIT;
SELECT s.metric, abs(s.value - t.value) < CASE WHEN s.metric LIKE '%calibrated' THEN 0.02 ELSE 0.002 END AS same, (t.ci_high - t.ci_low) / (s.ci_high - s.ci_low) BETWEEN 0.8 AND 1.25 AS as_wide
FROM single AS s JOIN mediaml.train('twins', 'logistic_regression', 'SELECT budget, genre, hit, twin FROM twins', 'hit', split_column => 'twin', test_size => 0.5, options => '{"calibration": "platt"}') AS t USING (metric)
ORDER BY metric;
SELECT mediaml.drop_model(n) FROM unnest('{order,pair,single,twins}'::text[]) AS n;
DROP FUNCTION compared;
DROP TABLE twins, single, gains;


-- Splits: the same rows each time, whole groups, the latest, the same share of each class.
CREATE FUNCTION held(split text, split_column name DEFAULT NULL, test_size float8 DEFAULT 0.2, options jsonb DEFAULT NULL, OUT film_id int, OUT held boolean)
RETURNS SETOF record LANGUAGE plpgsql AS $$
BEGIN
	RETURN QUERY EXECUTE format('SELECT s.id::int, s.held FROM (%s) AS s',
		(mediaml.training_plan('public', 'x', 'logistic_regression', 'films', 'hit', 'film_id', NULL, options, split, split_column, test_size, NULL)).rows);
END $$;
SELECT count(*) FILTER (WHERE a.held) AS held, count(*) FILTER (WHERE a.held <> b.held) AS moved, count(*) FILTER (WHERE a.held <> c.held) > 500 AS another_seed
FROM held('hash') AS a JOIN held('hash') AS b USING (film_id) JOIN held('hash', options => '{"split_seed": 1}') AS c USING (film_id);
SELECT count(*) FILTER (WHERE held) AS held, max(released) FILTER (WHERE NOT held) < min(released) FILTER (WHERE held) AS in_order
FROM held('time', 'released') JOIN films USING (film_id);
SELECT count(DISTINCT held) AS sides, count(*) BETWEEN 15 AND 45 AS studios FROM (SELECT studio_id, held FROM held('group', 'studio_id') JOIN films USING (film_id) GROUP BY 1, 2 HAVING held) AS s;
SELECT max(n) AS sides_of_a_studio FROM (SELECT count(DISTINCT held) AS n FROM held('group', 'studio_id') JOIN films USING (film_id) GROUP BY studio_id) AS s;
SELECT hit, abs(avg(held::int) - 0.3) < 0.001 AS share FROM held('stratified', test_size => 0.3) JOIN films USING (film_id) GROUP BY hit ORDER BY hit;
SELECT count(*) FILTER (WHERE held) FROM held('none');
SELECT DISTINCT metric, n FROM mediaml.metrics WHERE name = 'hits' AND split = 'test' AND version = 1 AND metric = 'accuracy';

-- What splits rows, or groups them, is no feature.
SELECT count(*) > 0 AS trained FROM mediaml.train('by_time', 'logistic_regression', 'SELECT film_id, budget, released, hit FROM films', 'hit', 'film_id', split_column => 'released');
SELECT mediaml.feature_names(model) FROM mediaml.model_data WHERE name = 'by_time' AND part = 'model';

-- A model for each country, and one for all others.
SELECT DISTINCT "group" FROM mediaml.train('countries', 'logistic_regression', 'SELECT film_id, budget, country, hit FROM films', 'hit', 'film_id', group_by => 'country') ORDER BY 1;
SELECT max(abs(mediaml.predict_proba_row('countries', f) - mediaml.predict_proba_row(one.model, f))) < 1e-9 AS picks_its_own
FROM films AS f, LATERAL (SELECT mediaml.pipeline(p.p, (SELECT mediaml.logistic_regression(hit, mediaml.transform(p.p, x))
		FROM (SELECT film_id, budget, country, hit FROM films WHERE country = 'de' ORDER BY film_id) AS x)) AS model
	FROM (SELECT mediaml.preprocessor(x, '{"target": "hit", "id": "film_id", "exclude": ["country"]}') AS p
		FROM (SELECT film_id, budget, country, hit FROM films WHERE country = 'de' ORDER BY film_id) AS x) AS p) AS one
WHERE country = 'de' AND film_id < 100;
SELECT mediaml.predict_proba_row('countries', x) IS NOT NULL AS answered FROM (SELECT 500::float8 AS budget, 'xx' AS country) AS x;
SELECT feature, psi < 0.01 AS alike, n FROM mediaml.drift('countries', 'films');
SELECT DISTINCT deployed FROM mediaml.train('countries', 'logistic_regression', 'SELECT film_id, budget, hit FROM films', 'hit', 'film_id');
SELECT message FROM mediaml.model_runs WHERE name = 'countries' AND action = 'train' ORDER BY run DESC LIMIT 1;

-- A deployed version that is for something else is not compared with; nothing but always deploys then.
SELECT DISTINCT metric, deployed FROM mediaml.train('countries', 'kmeans', 'SELECT film_id, budget, country FROM films', id => 'film_id', options => '{"k": 2}');
SELECT message FROM mediaml.model_runs WHERE name = 'countries' AND action = 'train' ORDER BY run DESC LIMIT 1;
SELECT DISTINCT deployed FROM mediaml.train('countries', 'kmeans', 'SELECT film_id, budget, country FROM films', id => 'film_id', options => '{"k": 2}', deploy => 'always');
SELECT bool_or(metric ~ 'gain') AS compared, bool_or(deployed) AS deployed FROM mediaml.train('countries', 'logistic_regression', 'SELECT film_id, budget, country, hit FROM films', 'hit', 'film_id');
SELECT mediaml.drop_model('countries');
-- What tells rows apart may split them and group them too.
SELECT count(DISTINCT "group") BETWEEN 15 AND 45 AS by_group, bool_or(deployed) AS deployed FROM mediaml.train('by studio', 'logistic_regression', 'SELECT studio_id, budget, hit FROM films', 'hit', 'studio_id', split_column => 'studio_id', group_by => 'studio_id');
SELECT mediaml.drop_model('by studio');

-- Within a group a column may equal the target by chance: that ends no training.
SELECT count(DISTINCT "group") AS groups FROM mediaml.train('by chance', 'logistic_regression', $$SELECT film_id, budget, country, hit, CASE country WHEN 'de' THEN hit ELSE film_id % 2 = 0 END AS shown FROM films$$, 'hit', 'film_id', group_by => 'country');
SELECT country, info #> '{preprocessor,columns}' ? 'shown' AS shown FROM mediaml.model_info('by chance'::text) AS i, jsonb_each(i -> 'groups') AS g (country, info) ORDER BY 1;
SELECT mediaml.drop_model('by chance');

-- Keys of groups do not depend on how the session writes dates.
SET datestyle = 'German';
SELECT count(DISTINCT "group") AS groups FROM mediaml.train('by day', 'kmeans', $$SELECT film_id, budget, date '2024-01-01' + film_id % 2 AS day FROM films$$, id => 'film_id', group_by => 'day', options => '{"k": 2}');
RESET datestyle;
SELECT day, mediaml.cluster_row('by day', f) = mediaml.cluster_row(mediaml.group_model('by day', mediaml.group_key(day)), f) AS by_its_own
FROM (VALUES (date '2024-01-01', 3), ('2024-01-02', 4)) AS f (day, budget);
SELECT mediaml.drop_model('by day');

-- Chances that come true: the version that answers is calibrated, the one that is compared is not.  Its labels are by these chances.
SELECT metric, abs(value - baseline) < 0.1 AS near FROM mediaml.train('chances', 'logistic_regression', 'SELECT film_id, budget, genre, hit FROM films', 'hit', 'film_id',
	options => '{"calibration": "platt", "class_weight": {"true": 5, "false": 1}}') WHERE metric IN ('log_loss_calibrated', 'brier_calibrated') ORDER BY metric;
SELECT d.part, mediaml.model_info(d.model) ->> 'kind' AS kind FROM mediaml.model_data AS d WHERE name = 'chances' ORDER BY part;
SELECT abs(avg(mediaml.predict_proba_row('chances', f)) - avg(hit::int)) < 0.02 AS on_average FROM films AS f;
SELECT abs(mediaml.recall(f.hit, mediaml.predict_label_row('chances', f)::boolean) - c.value) < 0.05 AS as_told, baseline - c.value > 0.1 AS unlike_before
FROM films AS f, mediaml.metrics AS c JOIN LATERAL (SELECT value AS baseline FROM mediaml.metrics AS u WHERE u.name = c.name AND u.version = c.version AND u.split = 'test' AND u.metric = 'recall') AS u ON true
WHERE c.name = 'chances' AND c.version = 1 AND c.metric = 'recall_calibrated' AND c.split = 'test' GROUP BY c.value, baseline;
SELECT feature, psi < 0.01 AS alike FROM mediaml.drift('chances', 'films') ORDER BY feature;
SELECT mediaml.create_prediction_view('seen_chances', 'chances', 'films');
SELECT bool_and(v.probability = mediaml.predict_proba_row('chances', f) AND v.label IN ('true', 'false')) AS same
FROM seen_chances AS v JOIN films AS f USING (film_id);
DROP VIEW seen_chances;
SELECT count(*) > 0 AS trained FROM mediaml.train('chances', 'logistic_regression', 'SELECT film_id, budget, genre, hit FROM films', 'hit', 'film_id', options => '{"calibration": "auto"}');

-- By group: each group with enough rows held out has a calibrator of its own, others that of all rows.
SELECT "group", metric, abs(value - baseline) < 0.1 AS near FROM mediaml.train('chances by country', 'logistic_regression', 'SELECT film_id, budget, genre, country, hit FROM films', 'hit', 'film_id',
	group_by => 'country', options => '{"calibration": "platt", "min_group_rows": 90, "class_weight": {"true": 5, "false": 1}}') WHERE metric IN ('log_loss_calibrated', 'brier_calibrated') ORDER BY 1, 2;
CREATE TEMP VIEW countries_held AS
SELECT f.*, mediaml.hash_share('half of ' || film_id, 0) < 0.5 AS half, mediaml.predict_proba_row(d.model, f) AS p
FROM (SELECT *, row_number() OVER (PARTITION BY hit ORDER BY mediaml.hash_share(film_id::text, 0)) <= round(0.2 * count(*) OVER (PARTITION BY hit)) AS held FROM films) AS f,
	mediaml.model_data AS d WHERE held AND d.name = 'chances by country' AND d.part = 'held_out' AND d.version = 1;
SELECT k.country, k.info ->> 'kind' AS kind, (k.info #>> '{calibration,rows}')::int = (SELECT count(*) FROM countries_held AS h WHERE h.country = k.country OR k.country = 'others') AS of_its_rows
FROM mediaml.model_info('chances by country'::text) AS i, LATERAL (SELECT * FROM jsonb_each(i -> 'groups') UNION ALL SELECT 'others', i -> 'others') AS k (country, info) ORDER BY 1;
SELECT DISTINCT version, deployed FROM mediaml.train('raw chances', 'logistic_regression', 'SELECT film_id, budget, genre, country, hit FROM films', 'hit', 'film_id',
	group_by => 'country', options => '{"class_weight": {"true": 5, "false": 1}}');
SELECT max(abs(mediaml.predict_proba_row('chances by country', f) - mediaml.calibrate(c.calibrator, mediaml.predict_proba_row('raw chances', f)))) < 1e-9 AS by_its_own, count(*)
FROM (SELECT country, mediaml.calibrator(hit, p) AS calibrator FROM countries_held GROUP BY country) AS c JOIN films AS f USING (country);
WITH halves AS (SELECT country, half, mediaml.calibrator(hit, p) AS c FROM countries_held GROUP BY country, half),
judged AS (SELECT h.country, h.hit, mediaml.calibrate(o.c, h.p) AS p FROM countries_held AS h JOIN halves AS o ON o.country = h.country AND o.half <> h.half),
worth AS (SELECT coalesce(country, 'all') AS "group", mediaml.log_loss(hit, p) AS log_loss, mediaml.brier(hit, p) AS brier, mediaml.recall(hit, p >= 0.5) AS recall, mediaml.accuracy(hit, p >= 0.5) AS accuracy, count(*) AS n FROM judged GROUP BY ROLLUP (country))
SELECT "group", abs(w.log_loss - l.value) < 1e-12 AS log_loss, abs(w.brier - b.value) < 1e-12 AS brier, w.n = l.n AS of_all,
	abs(w.recall - r.value) < 1e-12 AS recall, abs(w.accuracy - a.value) < 1e-12 AS accuracy
FROM worth AS w JOIN mediaml.metrics AS l USING ("group") JOIN mediaml.metrics AS b USING (name, version, split, "group")
	JOIN mediaml.metrics AS r USING (name, version, split, "group") JOIN mediaml.metrics AS a USING (name, version, split, "group")
WHERE name = 'chances by country' AND split = 'test' AND l.metric = 'log_loss_calibrated' AND b.metric = 'brier_calibrated'
	AND r.metric = 'recall_calibrated' AND a.metric = 'accuracy_calibrated' ORDER BY 1;
DROP VIEW countries_held;
-- Groups with too few rows, of which one has a model of its own, and rows without a group: the calibrator of all rows.
SELECT DISTINCT deployed FROM mediaml.train('chances by country', 'logistic_regression', $$SELECT film_id, budget, genre, nullif(country, 'fr') AS country, hit FROM films WHERE film_id % 10 > 0 OR country <> 'de'$$, 'hit', 'film_id',
	group_by => 'country', options => '{"calibration": "platt", "min_group_rows": 950}', deploy => 'always');
SELECT k.country, k.info ->> 'kind' AS kind, (k.info #>> '{calibration,rows}')::int = m.n AS of_all_rows FROM mediaml.model_info('chances by country'::text) AS i,
	jsonb_each((i -> 'groups') || jsonb_build_object('others', i -> 'others')) AS k (country, info), mediaml.metrics AS m
WHERE m.name = 'chances by country' AND m.version = 2 AND m."group" = 'all' AND m.split = 'test' AND m.metric = 'accuracy' ORDER BY 1;
SELECT count(*) > 0 AS trained FROM mediaml.train('chances by country', 'logistic_regression', 'SELECT film_id, budget, genre, country, hit FROM films', 'hit', 'film_id', group_by => 'country', options => '{"calibration": "auto"}');
-- Isotonic takes ten times as many; the version that is judged may be the one that answers.
SELECT v.least, count(DISTINCT t.deployed) AS deployed FROM (VALUES (10), (11)) AS v (least), LATERAL mediaml.train('chances by country', 'logistic_regression', 'SELECT film_id, budget, country, hit FROM films WHERE film_id <= 3000', 'hit', 'film_id',
	group_by => 'country', options => format('{"calibration": "isotonic", "refit": false, "min_group_rows": %s}', v.least)::jsonb, deploy => 'always') AS t GROUP BY 1 ORDER BY 1;
SELECT m.version, count(*) AS countries, count(*) FILTER (WHERE (k.info #>> '{calibration,rows}')::int < 300) AS of_their_own, min(k.info #>> '{calibration,method}') AS method
FROM mediaml.model_data AS m, jsonb_each(mediaml.model_info(m.model) -> 'groups') AS k (country, info) WHERE m.name = 'chances by country' AND m.part = 'model' AND m.version > 3 GROUP BY 1 ORDER BY 1;

-- A group that is called all is told apart from all rows.
SELECT DISTINCT deployed FROM mediaml.train('of all', 'logistic_regression', $$SELECT film_id, budget, CASE WHEN film_id % 2 = 0 THEN 'all' ELSE country END AS country, hit FROM films$$, 'hit', 'film_id', group_by => 'country',
	options => '{"calibration": "platt"}');
SELECT "group", min(n), max(n), count(*) FROM mediaml.metrics WHERE name = 'of all' AND "group" LIKE '%all%' GROUP BY 1 ORDER BY 1;
SELECT mediaml.drop_model('chances by country'), mediaml.drop_model('raw chances'), mediaml.drop_model('of all');

-- Clusters and recommenders by the same call.
SELECT metric, value BETWEEN 0.3 AND 1 AS good, ci_low IS NULL AS no_interval, baseline, deployed FROM mediaml.train('groups', 'kmeans', 'SELECT film_id, budget, genre FROM films', id => 'film_id', options => '{"k": 4}');
SELECT count(DISTINCT mediaml.cluster_row('groups', f)) FROM films AS f;

-- A clustering for each country; too few rows, or too few different ones, are in that of all.
CREATE TABLE rolls AS
SELECT film_id, CASE WHEN film_id % 100 = 5 THEN 'xx' WHEN film_id % 20 = 7 THEN 'same' ELSE country END AS country,
	CASE WHEN film_id % 20 = 7 THEN 100 ELSE budget END AS budget, CASE WHEN film_id % 20 = 7 THEN film_id % 40 ELSE film_id % 97 END AS length FROM films;
SELECT "group", value BETWEEN 0.5 AND 1 AS good, baseline, deployed FROM mediaml.train('rolls', 'kmeans', 'rolls', id => 'film_id', group_by => 'country', options => '{"k": 3}') ORDER BY 1;
SELECT country, info ->> 'kind' AS kind, info #>> '{estimator,k}' AS k, (info #>> '{estimator,rows}')::int = (SELECT count(*) FROM rolls AS r WHERE r.country = g.country OR g.country = 'others') AS of_its_rows
FROM mediaml.model_info('rolls'::text) AS i, jsonb_each((i -> 'groups') || jsonb_build_object('others', i -> 'others')) AS g (country, info) ORDER BY 1;
SELECT bool_and(mediaml.cluster_row('rolls', r) = mediaml.cluster_row(coalesce(mediaml.group_model('rolls', r.country), mediaml.group_model('rolls', NULL)), r)) AS by_its_own FROM rolls AS r;
WITH members AS (SELECT g.country, x.model, ARRAY(SELECT overall_mean FROM mediaml.centroids(x.model) WHERE cluster = 0) AS mean
	FROM mediaml.model_data AS d, (SELECT DISTINCT country FROM rolls) AS g,
	LATERAL (SELECT coalesce(mediaml.group_model(d.model, g.country), mediaml.group_model(d.model, NULL)) AS model) AS x WHERE d.name = 'rolls' AND d.part = 'held_out'),
distances AS (SELECT r.country, mediaml.kmeans_distance(m.model, x) ^ 2 AS d, (SELECT sum((a - b) ^ 2) FROM unnest(x, mean) AS u (a, b)) AS whole
	FROM rolls AS r JOIN members AS m USING (country), mediaml.transform(m.model, r) AS x WHERE mediaml.hash_share(film_id::text, 0) < 0.2),
shares AS (SELECT country, d / avg(whole) OVER (PARTITION BY CASE WHEN country IN ('de', 'fr', 'jp') THEN country END) AS share FROM distances)
SELECT m."group", abs(m.value - (1 - avg(s.share))) < 1e-9 AS equal FROM shares AS s JOIN mediaml.metrics AS m ON m."group" IN ('all', s.country)
WHERE m.name = 'rolls' AND m.split = 'test' GROUP BY m."group", m.value ORDER BY 1;
SELECT metric, abs(value) < 1e-12 AS none, deployed FROM mediaml.train('rolls', 'kmeans', 'rolls', id => 'film_id', group_by => 'country', options => '{"k": 3}') WHERE "group" = 'all' AND metric = 'explained_gain';
SELECT value < 0 AS worse, deployed FROM mediaml.train('rolls', 'kmeans', 'rolls', id => 'film_id', exclude => '{country}', options => '{"k": 2}') WHERE metric = 'explained_gain';
SELECT mediaml.drop_model('rolls');
DROP TABLE rolls;

CREATE TABLE watched AS SELECT u AS user_id, (u * u + n * n * n) % 40 AS film_id, 1 + n % 3 AS weight FROM generate_series(1, 300) AS u, generate_series(1, 12) AS n;
SELECT metric, value > baseline AS better, deployed FROM mediaml.train('tips', 'item_knn', 'watched', id => 'user_id', target => 'film_id') ORDER BY metric;
SELECT count(*) FROM mediaml.model_data AS d, mediaml.recommend_from(d.model, ARRAY[1, 2, 3], 5) WHERE d.name = 'tips' AND d.part = 'model';

SELECT metric, value, ci_low, ci_high, deployed FROM mediaml.train('tips', 'item_knn', 'watched', id => 'user_id', target => 'film_id', options => '{"metric": "hit_rate"}') WHERE metric LIKE '%gain';

-- Clusters that were held out, as their aggregates see them.
SELECT abs(s.silhouette_centroid - a.value) < 1e-12 AS silhouette, abs(s.davies_bouldin - b.value) < 1e-12 AS davies_bouldin, s.n = a.n AS of_all
FROM (SELECT count(*) AS n, mediaml.silhouette_centroid(x, mediaml.cluster(model, x)), mediaml.davies_bouldin(x, mediaml.cluster(model, x))
	FROM (SELECT d.model, mediaml.transform(d.model, f) AS x FROM films AS f, mediaml.model_data AS d
		WHERE d.name = 'groups' AND d.part = 'held_out' AND mediaml.hash_share(film_id::text, 0) < 0.2) AS h) AS s,
	mediaml.metrics AS a, mediaml.metrics AS b WHERE a.name = 'groups' AND a.metric = 'silhouette_centroid' AND b.name = 'groups' AND b.metric = 'davies_bouldin';

-- Of three classes there is a mean of f1 over them.
CREATE TABLE hints AS SELECT film_id, budget, CASE WHEN film_id % 4 > 0 THEN genre ELSE country END AS hint, genre FROM films;
SELECT m.metric, m.value > m.baseline AS better, m.ci_low FROM mediaml.train('genres', 'logistic_regression', 'hints', 'genre', 'film_id', options => '{"l2": 1}') AS m WHERE m.metric LIKE 'f1%';
SELECT abs(m.value - mediaml.f1(h.genre, mediaml.predict_label_row(d.model, h), 'macro')) < 1e-12 AS same
FROM mediaml.metrics AS m, mediaml.model_data AS d,
	(SELECT f.*, row_number() OVER (PARTITION BY genre ORDER BY mediaml.hash_share(film_id::text, 0)) <= round(0.2 * count(*) OVER (PARTITION BY genre)) AS held FROM hints AS f) AS h
WHERE held AND d.name = 'genres' AND d.part = 'held_out' AND m.name = 'genres' AND m.metric = 'f1_macro' AND m.split = 'test' GROUP BY m.value;
SELECT mediaml.drop_model('genres');
DROP TABLE hints;

-- Cross-validation and search.
SELECT fold, count(*) AS metrics, max(n) AS n FROM mediaml.cross_validate('logistic_regression', 'films', 'hit', 'film_id', exclude => '{studio_id,released}', folds => 3) GROUP BY fold ORDER BY fold;
SELECT fold, max(n) AS n FROM mediaml.cross_validate('logistic_regression', 'SELECT film_id, budget, released, hit FROM films', 'hit', 'film_id', split_column => 'released', folds => 2) GROUP BY fold ORDER BY fold;
SELECT options, metric, chosen, version FROM mediaml.search('found', 'logistic_regression', 'SELECT film_id, budget, genre, hit FROM films', '{"l2": [0, 100000]}', 'hit', 'film_id', folds => 2) ORDER BY value;
SELECT options, metric, chosen FROM mediaml.search('found', 'logistic_regression', 'SELECT film_id, budget, genre, hit FROM films', '{"l2": [0, 1000000]}', 'hit', 'film_id', folds => 2,
	options => '{"metric": "recall"}', deploy => 'never') ORDER BY value DESC;
SELECT count(*) FROM mediaml.grid_options('{"a": [1, 2, 3], "b": [true, false]}');
SELECT count(*), count(DISTINCT g) FROM mediaml.grid_options('{"a": [1, 2, 3], "b": [true, false]}', 4, 1) AS g;

-- Refreshing: when it is due, and not when it is not.
SELECT count(*) FROM mediaml.refresh('hits', max_age => '1 hour');
SELECT count(*) FROM mediaml.refresh('hits', min_new_rows => 1);
INSERT INTO films SELECT 3000 + i, 1, 500, 'war', 'de', now(), true FROM generate_series(1, 10) AS i;
SELECT DISTINCT version, deployed FROM mediaml.refresh('hits', min_new_rows => 10);
SELECT rows FROM mediaml.model_versions WHERE name = 'hits' AND deployed;
CALL mediaml.refresh_all(keep => 1);
SELECT name, count(*) AS versions FROM mediaml.model_versions GROUP BY name ORDER BY name;
SELECT DISTINCT action, outcome FROM mediaml.model_runs WHERE name = 'groups' ORDER BY 1;
ALTER TABLE watched RENAME TO seen;
SET client_min_messages = error;
CALL mediaml.refresh_all();
SET client_min_messages = warning;
SELECT name, outcome, message FROM mediaml.model_runs WHERE outcome = 'failed';

-- What is refused.
SELECT mediaml.train('bad', 'forest', 'films', 'hit');
SELECT mediaml.train('bad', NULL, 'films', 'hit');
SELECT mediaml.train('', 'logistic_regression', 'films', 'hit');
SELECT mediaml.train('bad', 'logistic_regression', 'films');
SELECT mediaml.train('bad', 'kmeans', 'films', 'hit');
SELECT mediaml.train('bad', 'logistic_regression', NULL, 'hit');
SELECT mediaml.train('bad', 'logistic_regression', 'nothing', 'hit');
SELECT mediaml.train('bad', 'logistic_regression', '999999999', 'hit');
SELECT mediaml.train('bad', 'logistic_regression', 'SELECT 1; SELECT 2', 'hit');
SELECT mediaml.train('bad', 'logistic_regression', 'DELETE FROM films', 'hit');
SELECT mediaml.train('bad', 'logistic_regression', 'WITH gone AS (DELETE FROM films RETURNING *) SELECT * FROM gone', 'hit');
SELECT mediaml.train('bad', 'logistic_regression', 'SELECT * FROM films FOR UPDATE', 'hit');
SELECT mediaml.train('bad', 'logistic_regression', 'SELECT * INTO other FROM films', 'hit');
SELECT mediaml.train('bad', 'logistic_regression', 'SELECT * FROM films) AS q; DROP TABLE films; SELECT * FROM (SELECT 1', 'hit');
SELECT mediaml.train('bad', 'logistic_regression', '', 'hit');
SELECT mediaml.train('bad', 'logistic_regression', 'films', 'hits');
SELECT mediaml.train('bad', 'logistic_regression', 'SELECT hit, budget, budget FROM films', 'budget');
SELECT mediaml.train('bad', 'logistic_regression', 'films', 'hit', id => 'no');
SELECT mediaml.train('bad', 'logistic_regression', 'films', 'hit', exclude => '{budget,no}');
SELECT mediaml.train('bad', 'logistic_regression', 'films', 'hit', split => 'random');
SELECT mediaml.train('bad', 'logistic_regression', 'films', 'hit', split => 'time');
SELECT mediaml.train('bad', 'logistic_regression', 'films', 'hit', split => 'hash', split_column => 'released');
SELECT mediaml.train('bad', 'logistic_regression', 'films', 'hit', test_size => 1);
SELECT mediaml.train('bad', 'logistic_regression', 'films', 'hit', deploy => 'perhaps');
SELECT mediaml.train('bad', 'logistic_regression', 'films', 'hit', split => 'none');
SELECT mediaml.train('bad', 'logistic_regression', 'films', 'hit', options => '{"l3": 1}');
SELECT mediaml.train('bad', 'logistic_regression', 'films', 'hit', options => '{"calibration": "beta"}');
SELECT mediaml.train('bad', 'logistic_regression', 'films', 'hit', options => '{"metric": "auc"}');
SELECT mediaml.train('bad', 'logistic_regression', 'films', 'genre', options => '{"metric": "f1"}');
SELECT mediaml.train('bad', 'kmeans', 'films', options => '{"k": 2, "metric": "davies_bouldin"}');
SELECT mediaml.train('bad', 'ease', 'seen', 'film_id', id => 'user_id', options => '{"metric": "roc_auc"}');
SELECT mediaml.train('bad', 'logistic_regression', 'films', 'genre', options => '{"calibration": "platt"}');
SELECT mediaml.train('bad', 'logistic_regression', 'films', 'genre', group_by => 'country', options => '{"calibration": "platt"}');
SELECT mediaml.train('bad', 'logistic_regression', 'films', 'hit', split => 'none', deploy => 'never', options => '{"calibration": "platt"}');
SELECT mediaml.train('bad', 'kmeans', 'films', split => 'stratified', options => '{"k": 2}');
SELECT mediaml.train('bad', 'ease', 'seen', 'film_id');
SELECT mediaml.train('bad', 'ease', 'seen', 'film_id', 'user_id', group_by => 'weight');
SELECT mediaml.train('bad', 'logistic_regression', 'films', 'hit', group_by => 'hit');
SELECT mediaml.train('bad', 'logistic_regression', 'SELECT budget, hit, 1 AS one FROM films', 'hit', split_column => 'one', test_size => 0.01);
SELECT mediaml.train('bad', 'logistic_regression', 'SELECT * FROM films WHERE false', 'hit');
SELECT mediaml.refresh('nothing');
SELECT mediaml.refresh(NULL);
SELECT mediaml.cross_validate('logistic_regression', 'films', 'hit', folds => 1);
SELECT mediaml.search('bad', 'logistic_regression', 'films', '{"l2": 1}', 'hit');
SELECT mediaml.search('bad', 'logistic_regression', 'films', '{"metric": ["f1", "recall"]}', 'hit');
SELECT mediaml.search('bad', 'logistic_regression', 'films', '{"l2": [1]}', 'hit', tries => 0);
SELECT mediaml.search('bad', 'logistic_regression', 'films', '{"l2": [1]}', 'hit', tries => -1);
SELECT mediaml.train('bad', 'logistic_regression', 'films', 'hit', options => '"l2"');
SELECT mediaml.train('bad', 'logistic_regression', 'films', 'hit', exclude => '{budget,NULL}');
SELECT mediaml.prune('hits', 0);
SELECT count(*) FROM mediaml.models WHERE name = 'bad';

TRUNCATE mediaml.recommenders, mediaml.models, mediaml.model_data, mediaml.metrics, mediaml.deployments, mediaml.runs, mediaml.drift_checks;
DROP FUNCTION held;
DROP TABLE films, seen;
