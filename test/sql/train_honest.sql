-- That the numbers of train() are honest: each part here was once too good, or lost.

\set VERBOSITY terse
SET client_min_messages = warning;

-- 1,000 viewers: whether they left us hangs together with their hours.
CREATE TABLE viewers AS
SELECT i AS id, mediaml.hash_share(i::text, 11) AS hours, mediaml.hash_share(i::text, 12) AS noise, i % 37 AS household,
	CASE WHEN i % 2 = 0 THEN i % 37 END AS account, CASE WHEN i % 2 = 0 THEN i END AS card, date '2020-01-01' + i AS joined,
	mediaml.hash_share(i::text, 13) < mediaml.hash_share(i::text, 11) AS left_us
FROM generate_series(1, 1000) AS i;

-- What the options of the preprocessor exclude, or call an id, stays out, whatever else is no feature.
SELECT count(*) > 0 AS trained FROM mediaml.train('left', 'logistic_regression', 'SELECT id, hours, noise, household, card, left_us FROM viewers', 'left_us', 'id',
	exclude => '{card}', split_column => 'household', options => '{"preprocessor": {"exclude": ["noise"]}}');
SELECT part, mediaml.feature_names(model) FROM mediaml.model_data WHERE name = 'left' ORDER BY part;
SELECT count(*) > 0 AS trained FROM mediaml.train('left', 'logistic_regression', 'SELECT id, hours, noise, household, left_us FROM viewers', 'left_us', 'id',
	options => '{"preprocessor": {"id": ["household", "noise"]}}', deploy => 'always');
SELECT mediaml.feature_names(model) FROM mediaml.model_data WHERE name = 'left' AND version = 2 AND part = 'model';

-- A class that occurs among the rows held out only has no chance, though the model knows two others.
SELECT value FROM mediaml.train('kinds', 'logistic_regression', 'SELECT id, hours, joined, CASE WHEN id > 970 THEN ''new'' WHEN left_us THEN ''left'' ELSE ''here'' END AS kind FROM viewers',
	'kind', 'id', split_column => 'joined') WHERE metric = 'log_loss' \gset
SELECT abs(:value - avg(-ln(CASE WHEN id > 970 THEN 1e-15 ELSE mediaml.predict_proba_row(model, v, CASE WHEN left_us THEN 'left' ELSE 'here' END) END))) < 1e-12 AS same
FROM mediaml.model_data, viewers AS v WHERE name = 'kinds' AND part = 'held_out' AND id > 800;

-- The baseline of brier knows the shares of training, as that of log_loss does.
SELECT abs(baseline - expected) < 1e-12 AS same
FROM mediaml.train('later', 'logistic_regression', 'SELECT id, hours, joined, left_us AND id < 900 AS left_us FROM viewers', 'left_us', 'id', split_column => 'joined') AS t,
	(SELECT avg((share - (left_us AND id < 900)::int) ^ 2) AS expected
	 FROM viewers, (SELECT avg(left_us::int) AS share FROM viewers WHERE id <= 800) AS s WHERE id > 800) AS e
WHERE metric = 'brier';

-- What a pair weighs among the events held out, nobody is told who recommends.
CREATE TABLE watched AS
SELECT u AS user_id, (u * u + n * n * n) % 40 AS film_id, 1 + (u + n) % 3 AS weight, n AS day, timestamp '2020-01-01' + n * interval '1 day' AS seen_at
FROM generate_series(1, 200) AS u, generate_series(1, 25) AS n;
CREATE VIEW heavier AS SELECT user_id, film_id, weight * CASE WHEN day > 20 THEN 1000 ELSE 1 END AS weight, seen_at FROM watched;
SELECT count(*) AS metrics, bool_and(a.value = b.value) AS same
FROM mediaml.train('tips', 'item_knn', 'SELECT * FROM watched ORDER BY user_id, day', id => 'user_id', target => 'film_id', split_column => 'seen_at') AS a
JOIN mediaml.train('others', 'item_knn', 'SELECT * FROM heavier ORDER BY user_id, seen_at', id => 'user_id', target => 'film_id', split_column => 'seen_at') AS b USING (metric);
CREATE TABLE heavy AS SELECT * FROM heavier ORDER BY user_id, seen_at;
SELECT mediaml.create_recommender('watched', 'watched', 'user_id', 'film_id', weight_column => 'weight', time_column => 'seen_at', method => 'item_knn');
SELECT mediaml.create_recommender('heavy', 'heavy', 'user_id', 'film_id', weight_column => 'weight', time_column => 'seen_at', method => 'item_knn');
SELECT count(*) AS metrics, bool_and(a.value = b.value) AS same
FROM mediaml.evaluate_recommender('watched') AS a JOIN mediaml.evaluate_recommender('heavy') AS b USING (metric);

-- A calibration that was asked for is made, whatever rows split_seed holds out, and however sure the model is.
SELECT metric, value IS NOT NULL AS told FROM mediaml.train('chances', 'logistic_regression', 'SELECT id, hours, left_us FROM viewers', 'left_us', 'id',
	options => '{"calibration": "platt", "split_seed": 1}') WHERE metric LIKE '%calibrated' ORDER BY metric;
SELECT mediaml.model_info(model) ->> 'kind' AS kind FROM mediaml.model_data WHERE name = 'chances' AND part = 'model';
SELECT metric, value < 0.1 AS sure FROM mediaml.train('chances', 'logistic_regression',
	'SELECT id, CASE WHEN mediaml.hash_share(id::text, 0) < 0.1 THEN 1e4 ELSE 1 END * (hours - 0.5) AS hours, hours > 0.5 AS left_us FROM viewers', 'left_us', 'id', split => 'hash',
	options => '{"calibration": "platt", "l2": 1e-6}') WHERE metric = 'brier_calibrated';

-- Rows without an id, or without a group, are not all held out.
SELECT count(*) AS trained FROM mediaml.train('apart', 'logistic_regression', 'SELECT id, hours, account, left_us FROM viewers', 'left_us', 'id', split_column => 'account') WHERE metric = 'accuracy';
SELECT count(*) AS trained FROM mediaml.train('apart', 'logistic_regression', 'SELECT hours, account, card, left_us FROM viewers', 'left_us', 'card', split => 'hash', deploy => 'never') WHERE metric = 'accuracy';
SELECT version, n BETWEEN 100 AND 300 AS about_a_fifth FROM mediaml.metrics WHERE name = 'apart' AND metric = 'accuracy' AND split = 'test' ORDER BY version;

-- Where nothing is held out, nothing is deployed unjudged.
SELECT mediaml.train('apart', 'logistic_regression', 'SELECT id, hours, least(joined, ''2022-01-01'') AS joined, left_us FROM viewers', 'left_us', 'id', split_column => 'joined');
SELECT mediaml.train('apart', 'logistic_regression', 'SELECT id, hours, left_us FROM viewers', 'left_us', 'id', test_size => 0.0001);
SELECT max(version) AS versions FROM mediaml.models WHERE name = 'apart';

-- Whether the deployed version may have seen what is held out: without an id another query is another
-- hash, and another target other strata; a version that was not refitted has not seen it.
CREATE FUNCTION comparable(trained text, query text, target name, id name, options jsonb DEFAULT NULL) RETURNS boolean LANGUAGE sql AS $$
	SELECT mediaml.training_comparable(trained, 1, p, query) FROM
		mediaml.training_plan('public', trained, 'logistic_regression', query, target, id, NULL, options, NULL, NULL, 0.2, NULL) AS p $$;
SELECT count(*) AS trained FROM mediaml.train('named', 'logistic_regression', 'SELECT id, hours, left_us, noise < 0.5 AS low FROM viewers', 'left_us', 'id')
WHERE metric = 'accuracy' UNION ALL SELECT count(*) FROM mediaml.train('nameless', 'logistic_regression', 'SELECT hours, left_us FROM viewers', 'left_us') WHERE metric = 'accuracy'
UNION ALL SELECT count(*) FROM mediaml.train('once', 'logistic_regression', 'SELECT id, hours, left_us FROM viewers', 'left_us', 'id', options => '{"refit": false}') WHERE metric = 'accuracy';
SELECT comparable('named', 'SELECT id, hours, left_us FROM viewers', 'left_us', 'id') AS other_columns, comparable('named', 'SELECT id, hours, noise < 0.5 AS low FROM viewers', 'low', 'id') AS other_target,
	comparable('nameless', 'SELECT hours, left_us FROM viewers', 'left_us', NULL) AS nameless, comparable('nameless', 'SELECT hours, noise, left_us FROM viewers', 'left_us', NULL) AS nameless_other,
	comparable('once', 'SELECT id, hours, left_us FROM viewers', 'left_us', 'id') AS not_refitted, comparable('once', 'SELECT id, hours, left_us FROM viewers', 'left_us', 'id', '{"split_seed": 1}') AS other_seed;

-- New rows are counted as those of training were: not refitted, and of a recommender, with pairs that come again.
SELECT name, rows FROM mediaml.models WHERE name IN ('once', 'tips') ORDER BY name;
SELECT count(*) FROM mediaml.refresh('once', min_new_rows => 1);
SELECT count(*) FROM mediaml.refresh('tips', min_new_rows => 1);
SELECT count(*) FROM mediaml.refresh('watched', min_new_rows => 1);
INSERT INTO watched VALUES (1, 1, 1, 26, '2020-02-01');
SELECT count(DISTINCT version) FROM mediaml.refresh('tips', min_new_rows => 1);
SELECT count(DISTINCT version) FROM mediaml.refresh('watched', min_new_rows => 1);

-- A search tries something, and nothing twice.
SELECT mediaml.grid_options('{"l2": [0, 1]}', 0);
SELECT mediaml.search('found', 'logistic_regression', 'viewers', '{"l2": [0, 1]}', 'left_us', 'id', tries => -1);
SELECT * FROM mediaml.grid_options('{"l2": [1, 0, 1.0], "intercept": [true, true]}');

-- A few households tell too little for an interval: nothing is surely better for it, nor surely worse.
SELECT metric, value IS NULL AS unknown, ci_low IS NULL AS no_interval, deployed FROM mediaml.train('few', 'logistic_regression', 'SELECT id, noise, household % 8 AS household, left_us FROM viewers', 'left_us', 'id',
	split_column => 'household', test_size => 0.5) WHERE metric IN ('log_loss', 'accuracy') ORDER BY metric;
SELECT metric, value > 0 AS better, ci_low IS NULL AS no_interval, deployed FROM mediaml.train('few', 'logistic_regression', 'SELECT id, noise, hours, household % 8 AS household, left_us FROM viewers', 'left_us', 'id',
	split_column => 'household', test_size => 0.5) WHERE metric = 'log_loss_gain';
SELECT metric, value > 0 AS better, deployed FROM mediaml.train('few', 'logistic_regression', 'SELECT id, noise, hours, household % 8 AS household, left_us FROM viewers', 'left_us', 'id',
	split_column => 'household', test_size => 0.5, deploy => 'unless_worse') WHERE metric = 'log_loss_gain';
SELECT metric, value < 0 AS worse, deployed FROM mediaml.train('few', 'logistic_regression', 'SELECT id, noise, hours, household % 8 AS household, left_us FROM viewers', 'left_us', 'id',
	split_column => 'household', test_size => 0.5, exclude => '{hours}', deploy => 'unless_worse') WHERE metric = 'log_loss_gain';

-- A deployed version that cannot answer for these rows is not compared, and stands in nobody's way.
SELECT mediaml.register('given', mediaml.logistic_regression(left_us, ARRAY[hours])) FROM viewers;
SELECT mediaml.register('clustered', mediaml.kmeans(ARRAY[hours], 2)) FROM viewers;
SELECT metric, deployed FROM mediaml.train('given', 'logistic_regression', 'SELECT id, hours, left_us FROM viewers', 'left_us', 'id') WHERE metric IN ('log_loss', 'log_loss_gain');
SELECT metric, deployed FROM mediaml.train('given', 'logistic_regression', 'SELECT id, hours, left_us FROM viewers', 'left_us', 'id', deploy => 'always') WHERE metric IN ('log_loss', 'log_loss_gain');
SELECT metric, deployed FROM mediaml.train('clustered', 'logistic_regression', 'SELECT id, hours, left_us FROM viewers', 'left_us', 'id') WHERE metric IN ('log_loss', 'log_loss_gain');
SELECT metric, deployed FROM mediaml.train('clustered', 'item_knn', 'watched', id => 'user_id', target => 'film_id') WHERE metric IN ('ndcg', 'ndcg_gain');
SELECT metric, deployed FROM mediaml.train('given', 'logistic_regression', 'SELECT id, hours::text, left_us FROM viewers', 'left_us', 'id',
	options => '{"preprocessor": {"columns": {"hours": {"encode": "frequency"}}}}') WHERE metric IN ('log_loss', 'log_loss_gain');

-- Rows of one id and class are on one side, so that all passes hold out the same; of ids, each row is in one fold.
CREATE FUNCTION held(by name, fold int DEFAULT NULL, folds int DEFAULT NULL, OUT id text, OUT y boolean, OUT held boolean) RETURNS SETOF record LANGUAGE plpgsql AS $$
BEGIN
	RETURN QUERY EXECUTE format('SELECT s.id, s.y, s.held FROM (%s) AS s', (mediaml.training_with(mediaml.training_plan(
		'public', 'x', 'logistic_regression', 'viewers', 'left_us', $1, NULL, NULL, NULL, NULL, 0.2, NULL), fold, folds)).rows);
END $$;
SELECT max(sides) AS sides, sum(rows) FILTER (WHERE held) BETWEEN 200 AND 230 AS a_fifth
FROM (SELECT id, y, bool_or(held) AS held, count(DISTINCT held) AS sides, count(*) AS rows FROM held('household') GROUP BY id, y) AS h;
SELECT y, count(*) FILTER (WHERE held) - round(0.2 * count(*)) AS too_many FROM held('id') GROUP BY y ORDER BY y;
SELECT min(times), max(times), min(n) >= 199 AND max(n) <= 201 AS equal
FROM (SELECT sum(held::int) OVER (PARTITION BY id) AS times, sum(held::int) OVER (PARTITION BY fold) AS n FROM generate_series(0, 4) AS fold, LATERAL held('id', fold, 5)) AS f;

-- Options are chosen by rows that the version trained with them is not judged by: these say nothing of them.
CREATE FUNCTION worth(split text, split_column name) RETURNS SETOF float8 LANGUAGE sql AS $$
	SELECT value FROM mediaml.search('chosen', 'logistic_regression', 'SELECT id, hours, joined, household, left_us FROM told', '{"l2": [0, 10, 1000]}', 'left_us', 'id',
		exclude => '{joined,household}', split => split, split_column => split_column, folds => 3, deploy => 'never') $$;
CREATE TABLE told AS SELECT * FROM viewers;
CREATE FUNCTION held_out(split text, split_column name) RETURNS TABLE (id int) LANGUAGE plpgsql AS $$
BEGIN
	RETURN QUERY EXECUTE format('SELECT s.id::int FROM (%s) AS s WHERE s.held', (mediaml.training_plan('public', 'x', 'logistic_regression', 'viewers', 'left_us', 'id', NULL, NULL, split, split_column, 0.2, NULL)).rows);
END $$;

CREATE FUNCTION choose(split text, split_column name) RETURNS record LANGUAGE plpgsql AS $$
DECLARE
	before float8[];
BEGIN
	DELETE FROM told;
	INSERT INTO told SELECT * FROM viewers ORDER BY id;
	before := ARRAY(SELECT worth(split, split_column));
	DELETE FROM told;
	INSERT INTO told SELECT v.id, CASE WHEN h.id IS NULL THEN hours ELSE left_us::int END, noise, household, account, card, joined, left_us
		FROM viewers AS v LEFT JOIN held_out(split, split_column) AS h ON h.id = v.id ORDER BY v.id;
	RETURN (before = ARRAY(SELECT worth(split, split_column)), cardinality(before));
END $$;
SELECT split, choose(split, split_column) FROM (VALUES ('stratified', NULL::name), ('hash', NULL), ('group', 'household'), ('time', 'joined')) AS s (split, split_column);

-- Where half of what is held out is nothing, no calibrator can be judged, and that is said.
SELECT mediaml.train('chances', 'logistic_regression', 'SELECT id, hours, household % 18 AS household, left_us FROM viewers', 'left_us', 'id', split_column => 'household', options => '{"calibration": "platt"}');

-- Clusters of two versions are compared row by row, in whatever order workers bring them: between the same there is no gain.
CREATE TABLE many WITH (parallel_workers = 2) AS SELECT i AS id, mediaml.hash_share(i::text, 1) AS x, mediaml.hash_share(i::text, 2) AS y, repeat('.', 200) AS pad FROM generate_series(1, 20000) AS i;
SET max_parallel_workers_per_gather = 2;
SET min_parallel_table_scan_size = 0;
SET parallel_setup_cost = 0;
SET parallel_tuple_cost = 0;
SELECT count(*) AS trained FROM mediaml.train('places', 'kmeans', 'SELECT id, x, y FROM many', id => 'id', options => '{"k": 4}') WHERE metric = 'explained';
SELECT metric, abs(value) < 1e-9 AS none, ci_high - ci_low < 1e-9 AS for_sure FROM mediaml.train('places', 'kmeans', 'SELECT id, x, y FROM many', id => 'id', options => '{"k": 4}') WHERE metric = 'explained_gain';
RESET max_parallel_workers_per_gather;
RESET min_parallel_table_scan_size;
RESET parallel_setup_cost;
RESET parallel_tuple_cost;

TRUNCATE mediaml.recommenders, mediaml.models, mediaml.model_data, mediaml.metrics, mediaml.deployments, mediaml.runs, mediaml.drift_checks;
DROP VIEW heavier;
DROP TABLE viewers, watched, heavy, told, many;
DROP FUNCTION comparable, held, worth, held_out, choose;
