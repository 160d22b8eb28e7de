-- train() where names, settings and splits are not what one expects.

\set VERBOSITY terse
SET client_min_messages = warning;

-- A table and columns named as the statements of train() name theirs.
CREATE TABLE p AS
SELECT i AS id, (i * 7919 % 100)::float8 AS q, i * 31 % 50 AS t, DATE '2024-01-01' + i % 4 AS held,
	i * 7919 % 100 < 40 + i * 31 % 20 AS y
FROM generate_series(1, 1000) AS i;
SELECT metric, deployed FROM mediaml.train('odd', 'logistic_regression', 'SELECT id, q, t, y FROM p', 'y', 'id') WHERE metric = 'accuracy';
SELECT metric FROM mediaml.train('odd', 'logistic_regression', 'SELECT q, t, y FROM p', 'y') WHERE metric = 'accuracy';
SELECT metric FROM mediaml.train('whole', 'logistic_regression', 'SELECT p AS q, t, y FROM p', 'y') WHERE metric = 'accuracy';
SELECT name, mediaml.feature_names(model) FROM mediaml.model_data WHERE part = 'model' ORDER BY name, version;

-- A number that is no relation's.
SELECT mediaml.train('none', 'kmeans', '0', options => '{"k": 2}');
SELECT mediaml.cross_validate('kmeans', '999999999', options => '{"k": 2}');
SELECT mediaml.drift('odd', '0');

-- Keys of groups are what a row is asked for, whatever the settings of who trains; the query is read by his.
SET datestyle = 'German';
SET extra_float_digits = -10;
SELECT DISTINCT "group" FROM mediaml.train('dates', 'logistic_regression', 'SELECT id, q, y, held FROM p WHERE held < ''04.01.2024''', 'y', 'id', group_by => 'held') ORDER BY 1;
SELECT DISTINCT "group" FROM mediaml.train('floats', 'logistic_regression', 'SELECT id, q, y, id % 2 / 3.0::float8 AS part FROM p', 'y', 'id', group_by => 'part') ORDER BY 1;
SHOW datestyle;
RESET extra_float_digits;
SET datestyle = 'ISO';
SELECT count(*) FILTER (WHERE mediaml.predict_proba_row('dates', p) = mediaml.predict_proba_row(mediaml.group_model('dates', held::text), p)) AS own,
	count(*) FILTER (WHERE mediaml.predict_proba_row('dates', p) = mediaml.predict_proba_row(mediaml.group_model('dates', NULL), p)) AS that_of_others
FROM p WHERE held < '2024-01-04';
RESET datestyle;

-- So are folds.
SET datestyle = 'German';
CREATE TEMP TABLE german AS SELECT * FROM mediaml.cross_validate('logistic_regression', 'SELECT q, y, held, DATE ''2020-01-01'' + id AS id FROM p', 'y', 'id', '{held}', folds => 2);
RESET datestyle;
SELECT count(*) FROM (TABLE german EXCEPT
	SELECT * FROM mediaml.cross_validate('logistic_regression', 'SELECT q, y, held, DATE ''2020-01-01'' + id AS id FROM p', 'y', 'id', '{held}', folds => 2)) AS x;

-- Nothing held out is no judgement.
SELECT mediaml.train('late', 'logistic_regression', 'SELECT id, q, y, held FROM p', 'y', 'id', split_column => 'held');
SELECT mediaml.train('late', 'logistic_regression', 'SELECT id, q, y, 1 AS one FROM p', 'y', 'id', split_column => 'one', test_size => 0.0001);
SELECT count(*) FROM mediaml.model_versions WHERE name = 'late';

-- What has another target, or is another kind of model, is not compared, and not replaced unasked.
SET client_min_messages = notice;
SELECT metric, deployed FROM mediaml.train('odd', 'logistic_regression', 'SELECT id, q, t, y, id % 3::int AS z FROM p', 'z', 'id', options => '{"preprocessor": {"features": ["q", "t"]}}') ORDER BY 1;
SELECT metric, deployed FROM mediaml.train('odd', 'kmeans', 'SELECT id, q, t FROM p', id => 'id', options => '{"k": 2}');
SELECT metric, deployed FROM mediaml.train('odd', 'kmeans', 'SELECT id, q, t FROM p', id => 'id', options => '{"k": 2}', deploy => 'always');
SELECT count(*) FROM mediaml.train('odd', 'popularity', 'SELECT id, q::int AS i FROM p', id => 'id', target => 'i');
SELECT message FROM mediaml.runs WHERE name = 'odd' ORDER BY run DESC LIMIT 4;
SELECT feature, psi < 0.01 AS alike FROM mediaml.drift('dates', 'SELECT * FROM p WHERE held < ''2024-01-04''');
SET client_min_messages = warning;

-- New rows are counted as those of training were, held out or not, and events seen twice twice.
CREATE TABLE seen AS SELECT u, (u * u + n * n * n) % 40 AS i FROM generate_series(1, 300) AS u, generate_series(1, 12) AS n;
INSERT INTO seen TABLE seen;
SELECT count(*) > 0 AS trained FROM mediaml.train('parts', 'logistic_regression', 'SELECT id, q, y FROM p', 'y', 'id', options => '{"refit": false}');
SELECT count(*) > 0 AS trained FROM mediaml.train('tips', 'item_knn', 'seen', id => 'u', target => 'i');
SELECT mediaml.create_recommender('films', 'seen', 'u', 'i', method => 'item_knn');
SELECT name, rows FROM mediaml.deployed_models WHERE name IN ('parts', 'tips', 'films') ORDER BY name;
SELECT n, (SELECT count(*) FROM mediaml.refresh(n, min_new_rows => 10)) AS rows FROM unnest('{parts,tips,films}'::text[]) AS n;
INSERT INTO p (id, q, y) SELECT 1000 + i, i, i > 5 FROM generate_series(1, 10) AS i;
INSERT INTO seen SELECT 1, i FROM generate_series(1, 10) AS i;
SELECT n, (SELECT count(*) > 0 FROM mediaml.refresh(n, min_new_rows => 10)) AS trained FROM unnest('{parts,tips,films}'::text[]) AS n;

-- Operators that somebody has put into a schema of the search_path, and that fit better than those
-- of PostgreSQL, are for the query alone; so are types, which may even come before pg_catalog.
CREATE SCHEMA trap;
DO $$
DECLARE
	types CONSTANT text[] := '{integer,bigint,double precision,numeric,text,name,jsonb}';
	o record;
BEGIN
	FOR o IN SELECT * FROM unnest('{+,-,*,/,^,%,<,<=,>,>=,=,<>,||,->,->>}'::text[]) AS op, unnest(types) AS l, unnest(types) AS r
		WHERE NOT EXISTS (SELECT FROM pg_operator WHERE oprname = op AND oprleft = l::regtype AND oprright = r::regtype) LOOP
		EXECUTE format('CREATE FUNCTION trap.spring(%1$s, %2$s) RETURNS text LANGUAGE plpgsql AS ''BEGIN RAISE ''''%1$s %4$s %2$s''''; END'';
			CREATE OPERATOR trap.%3$s (FUNCTION = trap.spring, LEFTARG = %1$s, RIGHTARG = %2$s)', o.l, o.r, o.op, replace(o.op, '%', '%%'))
			|| '; ALTER FUNCTION trap.spring RENAME TO f' || md5(o::text);
	END LOOP;
END
$$;
SET search_path = trap, public;
SELECT count(*) > 0 AS trained FROM mediaml.train('traps', 'logistic_regression', 'SELECT id, q, y FROM p', 'y', 'id', options => '{"calibration": "auto"}');
SELECT count(*) > 0 AS trained FROM mediaml.train('traps', 'logistic_regression', 'SELECT id, q, y, id % 2::int AS g FROM p', 'y', 'id', group_by => 'g');
SELECT count(*) > 0 AS trained FROM mediaml.train('traps', 'logistic_regression', 'SELECT id, q, y, held FROM p', 'y', 'id', split_column => 'held', test_size => 0.4);
SELECT count(*) > 0 AS trained FROM mediaml.train('piles', 'kmeans', 'SELECT q, t FROM p WHERE t IS NOT NULL', options => '{"k": 3}');
SELECT count(*) > 0 AS trained FROM mediaml.train('tips', 'item_knn', 'seen', id => 'u', target => 'i');
SELECT count(*) > 0 AS validated FROM mediaml.cross_validate('kmeans', 'SELECT id, q, t FROM p WHERE t IS NOT NULL', id => 'id', options => '{"k": 3}', folds => 2);
SELECT s, (SELECT count(*) > 0 FROM mediaml.cross_validate('logistic_regression', 'SELECT id, q, y FROM p', 'y', 'id', split => s, folds => 2)) AS validated FROM unnest('{hash,stratified}'::text[]) AS s;
SELECT count(*) > 0 AS validated FROM mediaml.cross_validate('logistic_regression', 'SELECT id, q, y, held FROM p', 'y', 'id', split_column => 'held', folds => 2);
SELECT count(*) > 0 AS compared FROM mediaml.drift('traps', 'p');
CREATE FUNCTION trap.spring(pg_catalog.text) RETURNS boolean LANGUAGE plpgsql AS 'BEGIN RAISE ''text''; END';
CREATE DOMAIN trap.text AS pg_catalog.text CHECK (trap.spring(VALUE));
CREATE DOMAIN trap.timestamptz AS pg_catalog.timestamptz CHECK (trap.spring(VALUE::pg_catalog.text));
SET search_path = trap, pg_catalog, public;
CALL mediaml.refresh_all(max_age => '1 hour');
RESET search_path;
SET client_min_messages = error;
DROP SCHEMA trap CASCADE;
SET client_min_messages = warning;

-- What mistakes of the first hour are told: no k, a target that tells rows apart, a word mistyped, an array for a row.
\set VERBOSITY default
\set SHOW_CONTEXT never
SELECT mediaml.train('first', 'kmeans', 'p', id => 'id');
SELECT mediaml.train('first', 'kmeans', 'p', id => 'id', options => '{"seed": 1}');
SELECT mediaml.train('first', 'logistic_regression', 'SELECT id, q, ''p'' || id AS title FROM p WHERE id <= 20', 'title', 'id', options => '{"l2": 1}');
SELECT mediaml.train('first', 'logistic_regression', 'SELECT id, q, y form p', 'y', 'id');
SELECT mediaml.train('first', 'logistic_regression', 'SELECT * form p', 'y', 'id');
SELECT mediaml.predict_proba('odd', ARRAY[1]);
-- However many options are compared, the training with the best tells what was taken for what.
SET client_min_messages = notice;
SELECT options, version FROM mediaml.search('first', 'logistic_regression', 'SELECT id, q, y FROM p', '{"l2": [1, 2, 3]}', 'y', 'id', folds => 2) WHERE chosen;
SET client_min_messages = warning;
\set VERBOSITY terse

SELECT mediaml.drop_recommender('films');
SELECT mediaml.drop_model(name) FROM mediaml.deployed_models;
TRUNCATE mediaml.runs;
DROP TABLE p, seen;
