-- Models by name: versions, deployments, and what takes a name for a model.
\set SHOW_CONTEXT never
SET client_min_messages = warning;
SET extra_float_digits = 0;
CREATE TABLE points AS SELECT i AS id, (i % 10)::float8 AS a, (i % 7)::float8 AS b FROM generate_series(1, 60) AS i;
CREATE TABLE made AS
	SELECT 'up' AS what, mediaml.logistic_regression(a > 4, ARRAY[a, b], '{"l2": 1}') AS model FROM points
	UNION ALL SELECT 'down', mediaml.logistic_regression(a <= 4, ARRAY[a, b], '{"l2": 1}') FROM points
	UNION ALL SELECT 'groups', mediaml.kmeans(ARRAY[a, b], 2, '{"seed": 1}') FROM points
	UNION ALL SELECT 'raw', mediaml.pipeline(
		(SELECT mediaml.preprocessor(p, '{"exclude": ["id"]}') FROM points AS p),
		(SELECT mediaml.logistic_regression(p.a > 4, mediaml.transform(q.model, p), '{"l2": 1}')
		 FROM points AS p, (SELECT mediaml.preprocessor(p, '{"exclude": ["id"]}') AS model FROM points AS p) AS q))
	UNION ALL SELECT 'raw groups', mediaml.pipeline(
		(SELECT mediaml.preprocessor(p, '{"exclude": ["id"]}') FROM points AS p),
		(SELECT mediaml.kmeans(mediaml.transform(q.model, p), 2, '{"seed": 1}')
		 FROM points AS p, (SELECT mediaml.preprocessor(p, '{"exclude": ["id"]}') AS model FROM points AS p) AS q));
CREATE FUNCTION made(text) RETURNS bytea LANGUAGE sql STABLE RETURN (SELECT model FROM made WHERE what = $1);

-- The main road: each registered model is a version, the deployed one answers.
SELECT mediaml.register('churn', made('up'), '{"roc_auc": 0.97, "log_loss": 0.2}');
SELECT mediaml.predict_label('churn', ARRAY[9, 1]);
SELECT mediaml.register('churn', made('down'), deploy => 'never');
SELECT mediaml.predict_label('churn', ARRAY[9, 1]);
SELECT mediaml.deploy('churn', 2);
SELECT mediaml.predict_label('churn', ARRAY[9, 1]);
SELECT mediaml.rollback('churn');
SELECT mediaml.predict_label('churn', ARRAY[9, 1]);
SELECT name, version, kind, algorithm, "rows", created_by = current_user AS mine, deployed, digest = encode(sha256(made('up')), 'hex') AS first
FROM mediaml.model_versions ORDER BY name, version;
SELECT name, version, kind, deployed_by = current_user AS mine FROM mediaml.deployed_models;
SELECT * FROM mediaml.model_metrics ORDER BY metric;
SELECT number, version, below, action FROM mediaml.deployments WHERE name = 'churn' ORDER BY number;
SELECT count(*) FROM mediaml.model_runs;

-- Deployments are a stack: going back never goes forth again.
SELECT mediaml.rollback('churn');
SELECT mediaml.deploy('churn', 1), mediaml.deploy('churn', 2), mediaml.register('churn', made('up')), mediaml.deploy('churn', 2);
SELECT mediaml.rollback('churn'), mediaml.rollback('churn'), mediaml.rollback('churn');
SELECT mediaml.rollback('churn');
SELECT number, version, below, action FROM mediaml.deployments WHERE name = 'churn' ORDER BY number;

-- A version that was dropped is passed by, and its number is not used again.
SELECT mediaml.deploy('churn', 2), mediaml.deploy('churn', 3);
SELECT mediaml.drop_model('churn', 2);
SELECT mediaml.rollback('churn');
SELECT mediaml.deploy('churn', 2);
SELECT mediaml.drop_model('churn', 3), mediaml.register('churn', made('up'), deploy => 'never');
SELECT mediaml.drop_model('churn', 1);
SELECT mediaml.drop_model('churn', 7);
SELECT mediaml.drop_model('churn');
SELECT count(*) FROM mediaml.models;
SELECT count(*) FROM mediaml.model_data;
SELECT count(*) FROM mediaml.metrics;
SELECT count(*) FROM mediaml.deployments;
SELECT mediaml.drop_model('churn');

-- What cannot be registered, deployed, taken back.
SELECT mediaml.register(NULL, made('up'));
SELECT mediaml.register('', made('up'));
SELECT mediaml.register(repeat('é', 32), made('up'));
SELECT mediaml.register('x', NULL);
SELECT mediaml.register('x', 'nonsense');
SELECT mediaml.register('x', '');
SELECT mediaml.register('x', made('up') || '\x00');
SELECT mediaml.register('x', set_byte(made('up'), 200, 255 - get_byte(made('up'), 200)));
SELECT mediaml.register('x', made('up'), '[1]');
SELECT mediaml.register('x', made('up'), '{"auc": "good"}');
SELECT mediaml.register('x', made('up'), '{"auc": {"mean": 1}}');
SELECT mediaml.register('x', made('up'), deploy => 'if_better');
SELECT mediaml.register('x', made('up'), deploy => NULL);
SELECT mediaml.register('x', made('up'), '{"auc": null, "lift": "NaN"}', 'never');
SELECT metric, value FROM mediaml.metrics ORDER BY metric;
SELECT metric, value FROM mediaml.model_metrics ORDER BY metric;
SELECT mediaml.predict('x', ARRAY[1, 2]);
SELECT mediaml.rollback('x');
SELECT mediaml.rollback('nobody');
SELECT mediaml.rollback(NULL);
SELECT mediaml.deploy('x', 2);
SELECT mediaml.deploy('x', NULL);
SELECT mediaml.deploy('nobody', 1);
SELECT mediaml.drop_model('x', 2);
SELECT mediaml.drop_model(NULL);
SELECT mediaml.drop_model('x', 1);

-- A version does not change.
SELECT mediaml.register('x', made('up'));
UPDATE mediaml.models SET kind = 'better';
UPDATE mediaml.model_data SET model = made('down');
INSERT INTO mediaml.model_data (name, version, model) VALUES ('x', 1, made('down'));
INSERT INTO mediaml.model_data (name, version, part, model) VALUES ('x', 1, 'other', '\x00');
CREATE ROLE registry_writer;
GRANT SELECT, INSERT ON mediaml.models, mediaml.model_data TO registry_writer;
SET ROLE registry_writer;
INSERT INTO mediaml.model_data (name, version, model) VALUES ('x', 2, '\x00');
RESET ROLE;
DROP OWNED BY registry_writer;
DROP ROLE registry_writer;
SELECT mediaml.drop_model('x');

-- Everything that takes a model takes its name, and answers the same.
SELECT mediaml.register(what, model) FROM made;
SELECT mediaml.model_info('up') = mediaml.model_info(made('up')) AS model_info,
	mediaml.predict('up', ARRAY[1, 2]) = mediaml.predict(made('up'), ARRAY[1, 2]) AS predict,
	mediaml.predict_label('up', ARRAY[1, 2]) = mediaml.predict_label(made('up'), ARRAY[1, 2]) AS predict_label,
	mediaml.predict_proba('up', ARRAY[1, 2]) = mediaml.predict_proba(made('up'), ARRAY[1, 2]) AS predict_proba,
	mediaml.predict_proba('up', ARRAY[1, 2], 'false') = mediaml.predict_proba(made('up'), ARRAY[1, 2], 'false') AS of_class,
	mediaml.predict_proba_all('up', ARRAY[1, 2]) = mediaml.predict_proba_all(made('up'), ARRAY[1, 2]) AS predict_proba_all;
SELECT mediaml.cluster('groups', ARRAY[1, 2]) = mediaml.cluster(made('groups'), ARRAY[1, 2]) AS cluster,
	mediaml.kmeans_distance('groups', ARRAY[1, 2]) = mediaml.kmeans_distance(made('groups'), ARRAY[1, 2]) AS kmeans_distance;
SELECT bool_and(mediaml.predict_row('raw', p) = mediaml.predict_row(m.model, p)) AS predict_row,
	bool_and(mediaml.predict_label_row('raw', p) = mediaml.predict_label_row(m.model, p)) AS predict_label_row,
	bool_and(mediaml.predict_proba_row('raw', p) = mediaml.predict_proba_row(m.model, p)) AS predict_proba_row,
	bool_and(mediaml.predict_proba_row('raw', p, 'false') = mediaml.predict_proba_row(m.model, p, 'false')) AS of_class,
	bool_and(mediaml.cluster_row('raw groups', p) = mediaml.cluster_row(g.model, p)) AS cluster_row
FROM points AS p, made AS m, made AS g WHERE m.what = 'raw' AND g.what = 'raw groups';
SELECT (SELECT array_agg(c::text) FROM mediaml.coefficients('raw') AS c) = (SELECT array_agg(c::text) FROM mediaml.coefficients(made('raw')) AS c) AS coefficients,
	(SELECT array_agg(c::text) FROM mediaml.centroids('groups') AS c) = (SELECT array_agg(c::text) FROM mediaml.centroids(made('groups')) AS c) AS centroids;
\getenv testdir PG_ABS_SRCDIR
\set file :testdir '/data/nn_models.sql'
\set ECHO none
\i :file
\set ECHO all
\set pixels '\\x010203040506070809000000'
CREATE TABLE nets AS SELECT name, mediaml.onnx_import(file) AS model FROM onnx WHERE name IN ('mlp', 'image');
SELECT name, mediaml.register(name, model) FROM nets ORDER BY name;
SELECT mediaml.predict_label('mlp', ARRAY[1, 2]) = mediaml.predict_label(model, ARRAY[1, 2]) AS predict_label,
	(SELECT array_agg(l) FROM mediaml.predict_labels('mlp', ARRAY[1, 2], 0.01) AS l) = (SELECT array_agg(l) FROM mediaml.predict_labels(model, ARRAY[1, 2], 0.01) AS l) AS predict_labels,
	mediaml.predict_batch('mlp', ARRAY[[1, 2], [3, 4]]) = mediaml.predict_batch(model, ARRAY[[1, 2], [3, 4]]) AS predict_batch,
	mediaml.network_output('mlp', ARRAY[1, 2]) = mediaml.network_output(model, ARRAY[1, 2]) AS network_output,
	mediaml.network_output('mlp', ARRAY[1, 2], 'hidden') = mediaml.network_output(model, ARRAY[1, 2], 'hidden') AS layer
FROM nets WHERE name = 'mlp';
SELECT mediaml.image_output('image', :'pixels') = mediaml.image_output(model, :'pixels') AS image_output,
	mediaml.image_label('image', :'pixels') = mediaml.image_label(model, :'pixels') AS image_label,
	(SELECT array_agg(l) FROM mediaml.image_labels('image', :'pixels') AS l) = (SELECT array_agg(l) FROM mediaml.image_labels(model, :'pixels') AS l) AS image_labels,
	mediaml.image_proba('image', :'pixels', '2') = mediaml.image_proba(model, :'pixels', '2') AS image_proba
FROM nets WHERE name = 'image';

SELECT (SELECT array_agg(o::text) FROM mediaml.network_outputs('mlp', i) AS o) = (SELECT array_agg(o::text) FROM mediaml.network_outputs(model, i) AS o) AS network_outputs,
	(SELECT array_agg(s::text) FROM mediaml.network_summary('mlp') AS s) = (SELECT array_agg(s::text) FROM mediaml.network_summary(model) AS s) AS network_summary,
	(SELECT array_agg(q::text) FROM mediaml.network_query('mlp', r) AS q) = (SELECT array_agg(q::text) FROM mediaml.network_query(model, r) AS q) AS network_query
FROM nets, jsonb_build_object((SELECT jsonb_object_keys(mediaml.model_info('mlp') -> 'inputs')), '{"shape": [1, 2], "values": [1, 2]}'::jsonb) AS i,
	CAST('SELECT id, ARRAY[a, b] FROM points ORDER BY id' AS text) AS r
WHERE name = 'mlp';
SELECT mediaml.register('preprocessor', mediaml.preprocessor(p, '{"exclude": ["id"]}')) FROM points AS p;
SELECT mediaml.feature_names('preprocessor') AS feature_names, bool_and(mediaml.transform('preprocessor', p) = mediaml.transform(x.model, p)) AS transform,
	bool_and(mediaml.clean('preprocessor', p) = mediaml.clean(x.model, p)) AS clean, bool_and(mediaml.transform('raw', p) = mediaml.transform(x.model, p)) AS "of a pipeline"
FROM points AS p, mediaml.model_data AS x WHERE x.name = 'preprocessor';

-- So does a recommender, whose deployed version is the model of its name.
CREATE TABLE seen AS SELECT i / 8 AS viewer, i * i % 13 AS film FROM generate_series(1, 160) AS i;
SELECT mediaml.create_recommender('films', 'seen', 'viewer', 'film', method => 'popularity');
SELECT mediaml.register('films', (SELECT mediaml.item_knn(viewer, film, 1) FROM seen));
SELECT (SELECT array_agg(r::text) FROM mediaml.recommend_from('films', '{1,4}', 3) AS r) = (SELECT array_agg(r::text) FROM mediaml.recommend_from(model, '{1,4}', 3) AS r) AS recommend_from,
	(SELECT array_agg(r::text) FROM mediaml.recommend_from('films', '{1,4}', 3, candidates => '{3,9,12}') AS r) = (SELECT array_agg(r::text) FROM mediaml.recommend_from(model, '{1,4}', 3, candidates => '{3,9,12}') AS r) AS candidates,
	(SELECT array_agg(r::text) FROM mediaml.similar_items('films', 9, 3) AS r) = (SELECT array_agg(r::text) FROM mediaml.similar_items(model, 9, 3) AS r) AS similar_items,
	(SELECT array_agg(r::text) FROM mediaml.similar_items('films', 9, 3, candidates => '{3,12}') AS r) = (SELECT array_agg(r::text) FROM mediaml.similar_items(model, 9, 3, candidates => '{3,12}') AS r) AS "of candidates",
	mediaml.score('films', '{1,4}', 9) = mediaml.score(model, '{1,4}', 9) AS score
FROM mediaml.model_data WHERE name = 'films' AND version = 2;
SELECT item_id, score > 0 AS found FROM mediaml.similar_items('films', 9, 2);
SELECT mediaml.rollback('films');
SELECT item_id FROM mediaml.similar_items('films', 9, 2);
SELECT (r.*)::text = (p.*)::text AS popularity FROM mediaml.recommend_from('films', '{}'::int[], 1) AS r, mediaml.model_data AS m, mediaml.recommend_from(m.model, '{}'::int[], 1) AS p
WHERE m.name = 'films' AND m.version = 1;
SELECT mediaml.similar_items('nobody', 9);
SELECT mediaml.drop_recommender('films');
SELECT mediaml.similar_items('films', 9);
DROP TABLE seen;

-- No call that a driver makes is ambiguous: what has no type is a name.
SELECT mediaml.predict_label('up', ARRAY[1.5, 2]), mediaml.predict_label('up', '{9,2}'), mediaml.predict_label('up'::varchar, ARRAY[9, 2]::real[]),
	mediaml.predict_label('up'::name, ARRAY[9::smallint, 2]), mediaml.cluster('groups', '{1,2}') IS NOT NULL AS cluster;
PREPARE one AS SELECT mediaml.predict_label('up', $1);
EXECUTE one('{1.5,2}');
PREPARE two AS SELECT mediaml.predict_label($1, $2);
EXECUTE two('up', '{9,2}');
PREPARE three AS SELECT mediaml.predict_proba($1, $2, $3) > 0.5;
EXECUTE three('up', '{9,2}', 'true');
SELECT pg_typeof(mediaml.predict(NULL, NULL)), mediaml.predict(NULL, ARRAY[1, 2]), mediaml.predict('up', NULL), mediaml.predict_proba(NULL, ARRAY[1, 2]);
SELECT mediaml.predict_label('\x4d4d4c', ARRAY[1, 2]);
SELECT made('up') AS bytes \gset
SELECT mediaml.predict_label(:'bytes'::bytea, ARRAY[9, 2]);

-- Names are values, whatever is in them; those that nobody can have are unknown.
SELECT mediaml.register(n, made('up')) FROM unnest(ARRAY['"; DROP TABLE points; --', $$it's$$, 'Ünïcödé ✓', repeat('x', 63), ' ', E'a\nb', '%s%n', 'Up']) AS n;
SELECT name, mediaml.predict_label(name, ARRAY[9, 1]) FROM mediaml.models WHERE octet_length(name) < 30 AND name NOT IN (SELECT what FROM made) AND name NOT IN ('mlp', 'image', 'preprocessor') ORDER BY name COLLATE "C";
SELECT mediaml.predict_label(repeat('x', 63), ARRAY[9, 1]);
SELECT mediaml.predict_label(repeat('x', 64), ARRAY[9, 1]);
SELECT mediaml.predict_label(repeat('é', 1000000), ARRAY[9, 1]);
SELECT mediaml.predict_label('', ARRAY[9, 1]);
SELECT mediaml.predict_label('%s "', ARRAY[9, 1]);
SELECT mediaml.predict('up', ARRAY[1]);
SELECT mediaml.cluster('up', ARRAY[1, 2]);
SELECT mediaml.predict_label('groups', ARRAY[1, 2]);
SELECT mediaml.predict_row('up', ROW(1, 2));
SELECT mediaml.image_label('up', :'pixels');
SELECT mediaml.coefficients('groups');
SELECT mediaml.model_info('nobody');

-- Many names in one query, more than a call remembers, and names from a table.
SELECT mediaml.register('m' || i, made(CASE WHEN i % 3 = 0 THEN 'down' ELSE 'up' END)) IS NOT NULL AS done FROM generate_series(1, 40) AS i GROUP BY 1;
SELECT count(*) FILTER (WHERE mediaml.predict_label('m' || i, ARRAY[9, 1]) = CASE WHEN i % 3 = 0 THEN 'false' ELSE 'true' END) AS fit
FROM generate_series(1, 10) AS r, generate_series(1, 40) AS i;
SELECT count(*) FROM mediaml.models AS m WHERE mediaml.predict_label(m.name, ARRAY[9, 1]) = 'false' AND m.name ~ '^m[0-9]';

-- A transaction sees what it has done; what is rolled back has not been.
BEGIN;
SELECT mediaml.register('up', made('down'));
SELECT mediaml.predict_label('up', ARRAY[9, 1]);
SAVEPOINT s;
SELECT mediaml.rollback('up');
SELECT mediaml.predict_label('up', ARRAY[9, 1]);
ROLLBACK TO s;
SELECT mediaml.predict_label('up', ARRAY[9, 1]);
SELECT mediaml.drop_model('up');
SELECT mediaml.predict_label('up', ARRAY[9, 1]);
ROLLBACK;
SELECT mediaml.predict_label('up', ARRAY[9, 1]);

-- The name is looked up at each execution, whatever is kept of a plan.
SET plan_cache_mode = force_generic_plan;
PREPARE kept AS SELECT mediaml.predict_label('up', ARRAY[9, 1]);
EXECUTE kept;
SELECT mediaml.register('up', made('down'));
EXECUTE kept;
SELECT mediaml.rollback('up');
EXECUTE kept;
EXPLAIN (COSTS off, VERBOSE) EXECUTE kept;
RESET plan_cache_mode;

-- A statement, and a cursor, have the version of their snapshot.
CREATE FUNCTION turn() RETURNS int LANGUAGE plpgsql AS $$ BEGIN
	RETURN CASE WHEN mediaml.predict_label('up', ARRAY[9, 1]) = 'true' THEN mediaml.deploy('up', 2) ELSE mediaml.rollback('up') END;
END $$;
SELECT i, mediaml.predict_label('up', ARRAY[9, 1]) AS before, turn(), mediaml.predict_label('up', ARRAY[9, 1]) AS after FROM generate_series(1, 3) AS i;
SELECT mediaml.predict_label('up', ARRAY[9, 1]), turn();
BEGIN;
DECLARE c CURSOR FOR SELECT mediaml.predict_label('up', ARRAY[9, 1]) FROM generate_series(1, 3);
FETCH c;
SELECT turn();
FETCH c;
SELECT mediaml.predict_label('up', ARRAY[9, 1]);
SELECT mediaml.drop_model('up');
FETCH c;
ROLLBACK;

-- In PL/pgSQL: a loop sees what it does, and an error takes back what it did.
DO $$
DECLARE
	seen text := '';
BEGIN
	FOR i IN 1 .. 6 LOOP
		seen := seen || i || ' ' || mediaml.predict_label('up', ARRAY[9, 1]) || ', ';
		BEGIN
			PERFORM turn();
			IF i % 3 = 0 THEN
				PERFORM 1 / (i - i);
			END IF;
		EXCEPTION WHEN division_by_zero THEN NULL;
		END;
	END LOOP;
	RAISE WARNING '%', seen;
END $$;
DO $$
DECLARE
	names CONSTANT text[] := '{up,nobody,groups,m3}';
	seen text := '';
BEGIN
	FOR i IN 1 .. 400 LOOP
		BEGIN
			seen := mediaml.predict_label(names[1 + i % 4], ARRAY[9, 1]);
		EXCEPTION WHEN undefined_object OR feature_not_supported OR invalid_parameter_value THEN
			seen := SQLERRM;
		END;
		IF i < 5 THEN
			RAISE WARNING '%', seen;
		END IF;
	END LOOP;
	IF (SELECT sum(total_bytes) > 30000000 FROM pg_backend_memory_contexts) THEN
		RAISE WARNING 'errors leave memory behind';
	END IF;
END $$;
CREATE PROCEDURE walk() LANGUAGE plpgsql AS $$
DECLARE
	seen text := '';
BEGIN
	FOR i IN 1 .. 4 LOOP
		seen := seen || mediaml.predict_label('up', ARRAY[9, 1]) || ' ';
		PERFORM turn();
		IF i % 2 = 0 THEN COMMIT; ELSE ROLLBACK; END IF;
	END LOOP;
	RAISE WARNING '%', seen;
END $$;
CALL walk();

-- With any search path, and where schemas have objects of the same names.
CREATE SCHEMA trap;
CREATE TABLE trap.models (name text, version int, model bytea);
CREATE FUNCTION trap.eq(text, text) RETURNS boolean LANGUAGE plpgsql AS $$ BEGIN RAISE 'trapped'; END $$;
CREATE OPERATOR trap.= (LEFTARG = text, RIGHTARG = text, FUNCTION = trap.eq);
CREATE FUNCTION trap.max(int) RETURNS int LANGUAGE plpgsql AS $$ BEGIN RAISE 'trapped'; END $$;
CREATE TEMPORARY TABLE models (name text);
CREATE TEMPORARY TABLE model_data (name text);
CREATE TEMPORARY TABLE deployments (name text);
CREATE TEMPORARY TABLE mediaml (models text);
SET search_path = '';
SELECT mediaml.predict_label('up', ARRAY[9, 1]);
SET search_path = trap, pg_catalog, public, pg_temp;
SELECT mediaml.predict_label('up', ARRAY[9, 1]), mediaml.register('up', made('up')), mediaml.rollback('up'), mediaml.deploy('up', 3), mediaml.drop_model('up', 2);
SET search_path = mediaml, public;
SELECT predict_label('up', ARRAY[9, 1]), rollback('up'), deploy('up', 3), predict_label('up', ARRAY[9, 1]);
RESET search_path;
DROP TABLE pg_temp.models, pg_temp.model_data, pg_temp.deployments, pg_temp.mediaml;
DROP SCHEMA trap CASCADE;

-- In a worker.
SELECT set_config(name, 'on', false) FROM pg_settings WHERE name IN ('force_parallel_mode', 'debug_parallel_query');
SELECT mediaml.predict_label('up', ARRAY[9, 1]), mediaml.cluster('groups', ARRAY[1, 2]) IS NOT NULL AS cluster;
SELECT mediaml.predict_label('nobody', ARRAY[9, 1]);
SELECT set_config(name, 'off', false) FROM pg_settings WHERE name IN ('force_parallel_mode', 'debug_parallel_query');

-- No privileges by default, column types that pg_upgrade takes along.
SELECT c.relname, a.privilege_type FROM pg_class AS c, aclexplode(c.relacl) AS a
WHERE c.relnamespace = 'mediaml'::regnamespace AND a.grantee <> c.relowner;
SELECT attrelid::regclass, attname, atttypid::regtype FROM pg_attribute JOIN pg_class AS c ON c.oid = attrelid
WHERE c.relname IN ('models', 'model_data', 'metrics', 'deployments', 'runs') AND c.relnamespace = 'mediaml'::regnamespace
	AND atttypid NOT IN ('text'::regtype, 'int'::regtype, 'bigint'::regtype, 'float8'::regtype, 'bytea'::regtype, 'jsonb'::regtype,
						 'timestamptz'::regtype, 'name'::regtype) AND attnum > 0;

SELECT count(mediaml.drop_model(name)) > 50 AS dropped FROM (SELECT DISTINCT name FROM mediaml.models) AS m;
SELECT (SELECT count(*) FROM mediaml.models), (SELECT count(*) FROM mediaml.deployments);
DROP PROCEDURE walk();
DROP FUNCTION turn();
DROP FUNCTION made(text);
DROP TABLE points, made, nets;
