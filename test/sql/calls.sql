-- What drivers send: each call with every mixture of types that its parameters may
-- come with, unknown being a parameter without a type. All that answer must answer
-- the same; the others must say why.
\set SHOW_CONTEXT never
SET client_min_messages = warning;
SET extra_float_digits = 0;

CREATE TABLE viewers AS SELECT i AS id, (i * 7 % 50)::float8 AS hours, (ARRAY['basic', 'family', 'premium'])[1 + i % 3] AS plan, i * 7 % 50 + i * 13 % 31 < 35 AS left_us FROM generate_series(1, 300) AS i;
CREATE TABLE seen AS SELECT i / 8 AS viewer, (i * i + i / 8 * 5) % 13 AS film FROM generate_series(1, 320) AS i;
CREATE TABLE models AS
	SELECT 'plain' AS name, mediaml.logistic_regression(left_us, ARRAY[hours, id % 3], '{"l2": 1}') AS model FROM viewers
	UNION ALL SELECT 'groups', mediaml.kmeans(ARRAY[hours, id % 3], 2, '{"seed": 1}') FROM viewers
	UNION ALL SELECT 'preparing', mediaml.preprocessor(v, '{"exclude": ["id", "left_us"]}') FROM viewers AS v
	UNION ALL SELECT 'knn', mediaml.item_knn(viewer, film, 1) FROM seen
	UNION ALL SELECT 'calibrator', mediaml.calibrator(i % 3 > 0, i / 100.0, 'platt') FROM generate_series(1, 99) AS i;
INSERT INTO models SELECT 'rows', mediaml.pipeline(m.model, (SELECT mediaml.logistic_regression(left_us, mediaml.transform(m.model, v), '{"l2": 1}') FROM viewers AS v)) FROM models AS m WHERE name = 'preparing';
INSERT INTO models SELECT 'by plan', mediaml.grouped('plan', array_agg(plan), array_agg(model)) FROM models, unnest('{basic,family}'::text[]) AS plan WHERE name = 'rows';
INSERT INTO models SELECT 'raw groups', mediaml.pipeline(m.model, (SELECT mediaml.kmeans(mediaml.transform(m.model, v), 2, '{"seed": 1}') FROM viewers AS v)) FROM models AS m WHERE name = 'preparing';
\getenv testdir PG_ABS_SRCDIR
\set file :testdir '/data/nn_models.sql'
\set ECHO none
\i :file
\set ECHO all
INSERT INTO models SELECT name, mediaml.onnx_import(file) FROM onnx WHERE name IN ('mlp', 'image');
SELECT string_agg(name || ' ' || mediaml.register(name, model), ', ' ORDER BY name) FROM models;
SELECT mediaml.create_recommender('films', 'seen', 'viewer', 'film', method => 'item_knn');
SELECT DISTINCT version FROM generate_series(1, 3) AS l2, mediaml.train('churn', 'logistic_regression', 'viewers', 'left_us', options => jsonb_build_object('l2', l2), deploy => 'always') ORDER BY 1;

-- The call of each place with a type of those for it, "a|b|c"; a model goes in as bytea as well as by name.
CREATE FUNCTION mixtures(call text, arguments text[], types text[], OUT answer text, OUT mixture text)
	RETURNS SETOF record LANGUAGE plpgsql AS $$
DECLARE
	mixed text[];
BEGIN
	FOR mixed IN
		WITH RECURSIVE m(n, mixed) AS (
			SELECT 0, '{}'::text[]
			UNION ALL SELECT n + 1, m.mixed || t FROM m, string_to_table(types[n + 1], '|') AS t)
		SELECT m.mixed FROM m WHERE n = cardinality(types)
	LOOP
		mixture := array_to_string(mixed, ', ');
		BEGIN
			EXECUTE format('PREPARE mixture (%s) AS SELECT %s', mixture, call);
			EXECUTE format('EXECUTE mixture (%s)', (
				SELECT string_agg(quote_literal(CASE t WHEN 'bytea' THEN coalesce(m.model::text, a) ELSE a END), ', ' ORDER BY n)
				FROM unnest(arguments, mixed) WITH ORDINALITY AS u (a, t, n) LEFT JOIN models AS m ON m.name = a)) INTO answer;
			RAISE SQLSTATE 'UNDO1';		-- what it has done is not for the next
		EXCEPTION
			WHEN SQLSTATE 'UNDO1' THEN NULL;
			WHEN OTHERS THEN answer := SQLERRM;
		END;
		DEALLOCATE ALL;
		RETURN NEXT;
	END LOOP;
END $$;
\set model 'unknown|text|varchar|name|bytea'
\set name 'unknown|text|varchar|name'
\set id 'unknown|text|varchar|smallint|int|bigint'
\set ids 'unknown|text[]|varchar[]|smallint[]|int[]|bigint[]'
\set count 'unknown|smallint|int|bigint'
\set numbers 'unknown|float8[]|float4[]|numeric[]|int[]|bigint[]|smallint[]'

CREATE TABLE calls (call text, arguments text[], types text[]);
INSERT INTO calls VALUES
	('mediaml.model_info($1) ->> ''kind''', '{plain}', ARRAY[:'model']),
	('mediaml.predict($1, $2)', '{plain,"{9,1}"}', ARRAY[:'model', :'numbers']),
	('mediaml.predict_label($1, $2)', '{plain,"{9,1}"}', ARRAY[:'model', :'numbers']),
	('round(mediaml.predict_proba($1, $2)::numeric, 6)', '{plain,"{9,1}"}', ARRAY[:'model', :'numbers']),
	('round(mediaml.predict_proba($1, $2, $3)::numeric, 6)', '{plain,"{9,1}",false}', ARRAY[:'model', :'numbers', :'name']),
	('ARRAY(SELECT round(p::numeric, 6) FROM unnest(mediaml.predict_proba_all($1, $2)) AS p)', '{plain,"{9,1}"}', ARRAY[:'model', :'numbers']),
	('mediaml.predict_label_row($1, v) FROM (SELECT $2::float8 AS hours, $3::text AS plan) AS v', '{rows,9,family}', ARRAY[:'model', 'unknown|float8|numeric|int', 'unknown|varchar']),
	('round(mediaml.predict_proba_row($1, v, $4)::numeric, 6) FROM (SELECT $2::float8 AS hours, $3::text AS plan) AS v', '{rows,9,family,true}', ARRAY[:'model', 'unknown|float8', 'unknown|varchar', :'name']),
	('mediaml.predict_row($1, v) FROM viewers AS v WHERE id = $2', '{rows,5}', ARRAY[:'model', :'count']),
	('mediaml.cluster($1, $2)', '{groups,"{9,1}"}', ARRAY[:'model', :'numbers']),
	('mediaml.cluster_row($1, v) FROM viewers AS v WHERE id = $2', '{raw groups,5}', ARRAY[:'model', :'count']),
	('round(mediaml.kmeans_distance($1, $2)::numeric, 6)', '{groups,"{9,1}"}', ARRAY[:'model', :'numbers']),
	('(mediaml.explain($1, v, $2, $3)).feature FROM viewers AS v WHERE id = 5', '{rows,1,true}', ARRAY[:'model', :'count', :'name']),
	('ARRAY(SELECT round(x::numeric, 6) FROM unnest(mediaml.transform($1, v)) AS x) FROM viewers AS v WHERE id = 5', '{preparing}', ARRAY[:'model']),
	('mediaml.clean($1, v) FROM viewers AS v WHERE id = 5', '{preparing}', ARRAY[:'model']),
	('mediaml.feature_names($1)', '{preparing}', ARRAY[:'model']),
	('round(mediaml.calibrate($1, $2)::numeric, 6)', '{calibrator,0.5}', ARRAY[:'model', 'unknown|float8|float4|numeric']),
	('mediaml.network_output($1, $2::float8[], $3)', '{mlp,"{1,2}",hidden}', ARRAY[:'model', 'unknown|float4[]|text', :'name']),
	('ARRAY(SELECT round(x::numeric, 4) FROM unnest(mediaml.network_output($1, $2)) AS x)', '{mlp,"{1,2}"}', ARRAY[:'model', 'float8[]|float4[]|numeric[]|int[]']),
	('ARRAY(SELECT round(x::numeric, 4) FROM unnest(mediaml.predict_batch($1, $2)) AS x)', '{mlp,"{{1,2},{3,4}}"}', ARRAY[:'model', 'float8[]|float4[]|int[]']),
	('(SELECT string_agg(label, '' '') FROM mediaml.predict_labels($1, $2, $3))', '{mlp,"{1,2}",0.01}', ARRAY[:'model', :'numbers', 'unknown|float8|numeric']),
	('(SELECT count(*) FROM mediaml.network_summary($1))', '{mlp}', ARRAY[:'model']),
	('(SELECT count(*) FROM mediaml.network_query($1, $2))', '{mlp,"SELECT id, ARRAY[1, 2] FROM viewers"}', ARRAY[:'model', 'unknown|text|varchar']),
	('(SELECT count(*) FROM mediaml.network_outputs($1, $2))', '{mlp,"{\"x\": {\"shape\": [1, 2], \"values\": [1, 2]}}"}', ARRAY[:'model', 'unknown|jsonb']),
	('(SELECT string_agg(item_id::text, '' '' ORDER BY rank) FROM mediaml.recommend($1, $2))', '{7,3}', ARRAY[:'id', :'count']),
	('(SELECT string_agg(item_id::text, '' '' ORDER BY rank) FROM mediaml.recommend($1, $2, $3))', '{7,3,films}', ARRAY[:'id', :'count', :'name']),
	('(SELECT string_agg(item_id::text, '' '' ORDER BY rank) FROM mediaml.recommend($1, $2, candidates => $3))', '{7,3,"{3,4,11}"}', ARRAY[:'id', :'count', :'ids']),
	('(SELECT string_agg(item_id::text, '' '' ORDER BY rank) FROM mediaml.recommend($1, $2, exclude => $3))', '{7,3,"{3,4,11}"}', ARRAY[:'id', :'count', :'ids' || '|text|varchar']),
	('(SELECT count(*) FROM mediaml.recommend_all($1, $2))', '{films,3}', ARRAY[:'name', :'count']),
	('(SELECT count(*) FROM mediaml.recommend_all($1, $2, users => $3))', '{films,3,"{7}"}', ARRAY[:'name', :'count', :'ids' || '|text|varchar']),
	('(SELECT count(*) FROM mediaml.audience($1, $2, $3))', '{films,7,3}', ARRAY[:'name', :'id', :'count']),
	('(SELECT string_agg(item_id::text, '' '' ORDER BY rank) FROM mediaml.recommend_from($1, $2, $3))', '{knn,"{3,4}",3}', ARRAY[:'model', :'ids', :'count']),
	('(SELECT string_agg(item_id::text, '' '' ORDER BY rank) FROM mediaml.recommend_from($1, $2, $3, candidates => $4))', '{knn,"{3,4}",3,"{7,8}"}', ARRAY['unknown|bytea', 'unknown|int[]|bigint[]', :'count', 'unknown|int[]|bigint[]']),
	('(SELECT string_agg(item_id::text, '' '' ORDER BY rank) FROM mediaml.similar_items($1, $2, $3))', '{knn,7,3}', ARRAY[:'model', :'id', :'count']),
	('(SELECT string_agg(item_id::text, '' '' ORDER BY rank) FROM mediaml.similar_items($1, $2, $3, exclude => $4))', '{knn,7,3,"{3,4}"}', ARRAY['unknown|text|bytea', :'id', 'unknown|bigint', :'ids' || '|text|varchar']),
	('(SELECT string_agg(item_id::text, '' '' ORDER BY rank) FROM mediaml.similar_items($1, $2, $3, candidates => $4))', '{knn,7,3,"{3,4}"}', ARRAY['unknown|text|bytea', :'id', 'unknown|bigint', :'ids']),
	('round(mediaml.score($1, $2, $3)::numeric, 6)', '{knn,"{3,4}",7}', ARRAY[:'model', 'unknown|int[]|bigint[]', 'unknown|int|bigint']),
	('round(mediaml.score($1, $2, $3)::numeric, 6)', '{knn,"{3,4}",7}', ARRAY['unknown|bytea', 'unknown|text[]|varchar[]', 'unknown|text|varchar']),
	('mediaml.kmeans(ARRAY[hours, id], $1, $2) IS NOT NULL FROM viewers', '{3,"{\"seed\": 1}"}', ARRAY[:'count', 'unknown|jsonb']),
	('(SELECT count(*) FROM mediaml.image_pixels($1, $2, $3))', '{"\\x00",2,2}', ARRAY['unknown|bytea', :'count', :'count']),
	('(SELECT DISTINCT deployed FROM mediaml.train($1, $2, $3, target => $4, options => ''{"l2": 1}'', split => $5, deploy => $6))',
		'{left,logistic_regression,viewers,left_us,hash,always}', ARRAY['unknown|varchar', 'varchar', 'unknown|text', 'unknown|varchar|name', 'varchar', 'unknown']),
	('(SELECT DISTINCT deployed FROM mediaml.train(''left'', ''logistic_regression'', ''viewers'', target => ''left_us'', id => $1, exclude => $2, options => $3, split => ''none'', test_size => $4, deploy => ''always''))',
		'{id,"{plan}","{\"l2\": 1}",0.3}', ARRAY['unknown|varchar', 'unknown|text[]|varchar[]|name[]', 'unknown|jsonb', 'unknown|float8|float4|numeric']),
	('(SELECT count(*) FROM mediaml.cross_validate($1, $2, target => $3, options => ''{"l2": 1}'', folds => $4))', '{logistic_regression,viewers,left_us,2}', ARRAY['unknown|varchar', 'varchar', 'varchar', :'count']),
	('(SELECT count(*) FROM mediaml.search($1, $2, $3, $4, target => $5, folds => $6, tries => $7, seed => $8))', '{churn,logistic_regression,viewers,"{\"l2\": [1, 2]}",left_us,2,1,1}',
		ARRAY['varchar', 'unknown', 'varchar', 'unknown|jsonb', 'unknown', 'unknown|bigint', 'unknown|bigint', 'int']),
	('(SELECT count(*) FROM mediaml.refresh($1, max_age => $2, min_new_rows => $3))', '{churn,"1 day",5}', ARRAY[:'name', 'unknown|interval', :'count']),
	('mediaml.deploy($1, $2)', '{churn,2}', ARRAY[:'name', :'count']),
	('mediaml.register($1, $2, $3, $4)', '{plain,plain,"{\"auc\": 0.9}",never}', ARRAY['unknown|varchar', 'bytea', 'unknown|jsonb', 'unknown|varchar']),
	('mediaml.prune($1, $2)', '{churn,1}', ARRAY[:'name', :'count']),
	('(SELECT count(*) FROM mediaml.drift($1, $2))', '{rows,viewers}', ARRAY[:'name', :'name']),
	('(SELECT count(*) FROM mediaml.coefficients($1))', '{plain}', ARRAY[:'model']),
	('(SELECT count(*) FROM mediaml.centroids($1))', '{groups}', ARRAY[:'model']),
	('mediaml.group_model($1, $2) IS NOT NULL', '{by plan,family}', ARRAY[:'model', :'name']),
	('mediaml.image_label($1, $2)', '{image,"\\x010203040506070809000000"}', ARRAY[:'model', 'unknown|bytea']),
	('mediaml.image_proba($1, $2, $3) > 0', '{image,"\\x010203040506070809000000",2}', ARRAY[:'model', 'unknown|bytea', :'name']),
	('(SELECT count(*) FROM mediaml.image_labels($1, $2, $3))', '{image,"\\x010203040506070809000000",0}', ARRAY[:'model', 'unknown|bytea', 'unknown|float8|numeric|int']),
	('mediaml.image_output($1, $2) IS NOT NULL', '{image,"\\x010203040506070809000000"}', ARRAY[:'model', 'unknown|bytea']),
	('mediaml.precision_at_k($1, $2, $3)', '{"{1,2,3}","{2,3,4}",3}', ARRAY['unknown|int[]|bigint[]', 'unknown|int[]|bigint[]', :'count']),
	('cardinality(mediaml.calibration(left_us, hours / 50, $1)) FROM viewers', '{4}', ARRAY[:'count']),
	('cardinality(mediaml.lift(left_us, hours, $1)) FROM viewers', '{4}', ARRAY[:'count']),
	('cardinality(mediaml.roc_curve(left_us, hours, $1)) FROM viewers', '{4}', ARRAY[:'count']),
	('mediaml.parse_date($1, $2, years_from => $3)', '{01.02.29,dmy,1930}', ARRAY['unknown|text|varchar', 'unknown|varchar', :'count']),
	('(SELECT count(*) FROM mediaml.profile($1))', '{viewers}', ARRAY['unknown|text|varchar|regclass']),
	('(SELECT count(*) > 5 FROM mediaml.evaluate_recommender($1, $2))', '{films,3}', ARRAY['unknown|varchar', :'count']),
	('mediaml.create_prediction_view($1, $2, $3)::text', '{predicted,rows,viewers}', ARRAY['unknown|varchar', 'unknown|varchar', 'unknown|text|varchar|regclass']),
	('mediaml.set_default_recommender($1)::text = ''''', '{films}', ARRAY[:'name']),
	('mediaml.refresh_recommender($1)', '{films}', ARRAY[:'name']),
	('mediaml.create_recommender($5, $1, $2, $3, method => $4)', '{seen,viewer,film,popularity,new}', ARRAY['unknown|varchar|regclass', 'unknown|varchar|name', 'unknown|text|name', 'unknown|varchar', 'unknown|varchar']),
	('mediaml.drop_model($1, $2)::text = ''''', '{churn,1}', ARRAY[:'name', :'count']),
	('mediaml.drop_model($1)::text = ''''', '{churn}', ARRAY[:'name']),
	('mediaml.rollback($1)', '{churn}', ARRAY[:'name']);
CREATE TABLE outcomes AS SELECT c.call, c.types, m.* FROM calls AS c CROSS JOIN LATERAL mixtures(c.call, c.arguments, c.types) AS m;
\pset format unaligned
SELECT call, left(answer, 100) AS answer, count(*) AS mixtures FROM outcomes GROUP BY call, types, answer ORDER BY call COLLATE "C", types, count(*) DESC, 2;

-- What does not go says why, and is never ambiguous.
INSERT INTO calls VALUES
	('mediaml.predict_label($1, ARRAY[$2, $3])', '{plain,9,1}', ARRAY['unknown', 'unknown', 'unknown']),
	('mediaml.predict_label($1, $2)', '{plain,"{9,1}"}', ARRAY['unknown', 'text|varchar|text[]|bytea']),
	('mediaml.predict_label($1, $2)', '{plain,"{9,1}"}', ARRAY['int|jsonb|uuid', 'unknown']),
	('(SELECT count(*) FROM mediaml.recommend($1, $2))', '{7,3}', ARRAY['unknown', 'numeric|float8|text|varchar']),
	('(SELECT count(*) FROM mediaml.recommend($1, $2))', '{7,3}', ARRAY['numeric|float8|date', 'unknown']),
	('(SELECT count(*) FROM mediaml.recommend($1, $2))', '{8f14e45f-ceea-167a-5a36-dedd4bea2543,3}', ARRAY['unknown|uuid', 'unknown']),
	('(SELECT count(*) FROM mediaml.recommend($1, $2, exclude => $3))', '{7,3,"{3.5}"}', ARRAY['unknown', 'unknown', 'unknown|text|text[]|numeric[]']),
	('(SELECT count(*) FROM mediaml.recommend($1, $2, exclude => $3))', '{7,3,"3"}', ARRAY['unknown', 'unknown', 'unknown|int']),
	('(SELECT count(*) FROM mediaml.recommend($1, $2, candidates => $3))', '{7,3,"{3}"}', ARRAY['unknown', 'unknown', 'text|varchar|int']),
	('(SELECT count(*) FROM mediaml.recommend($1, $2, candidates => $3, exclude => $4))', '{7,3,"{3,4}","{3}"}', ARRAY['unknown', 'unknown', 'unknown', 'unknown|text|int[]']),
	('(SELECT count(*) FROM mediaml.recommend_all($1, $2, users => $3, exclude => $4))', '{films,3,"{7}","{3}"}', ARRAY['unknown', 'unknown', 'unknown|int[]', 'unknown|varchar|text[]|bigint[]']),
	('(SELECT count(*) FROM mediaml.recommend_all($1, $2, candidates => $3, users => $4))', '{films,3,"{3}","{7}"}', ARRAY['unknown', 'unknown', 'unknown', 'unknown|varchar|text[]|bigint[]']),
	('(SELECT count(*) FROM mediaml.similar_items($1, $2))', '{knn,7}', ARRAY['unknown', 'numeric|float8']),
	('round(mediaml.score($1, $2, $3)::numeric, 6)', '{knn,"{3,4}",7}', ARRAY['unknown', 'int[]|text[]', 'numeric|text|uuid']),
	('(SELECT count(*) FROM mediaml.train($1, $2, $3, options => $4))', '{churn,kmeans,viewers,"{\"k\": 2}"}', ARRAY['unknown', 'unknown', 'unknown', 'varchar|json']),
	('(SELECT count(*) FROM mediaml.cross_validate($1, $2, folds => $3))', '{kmeans,viewers,99999999999}', ARRAY['unknown', 'unknown', 'bigint|numeric']),
	('(SELECT count(*) FROM mediaml.refresh($1, max_age => $2))', '{churn,1 day}', ARRAY['unknown', 'varchar']),
	('mediaml.deploy($1, $2)', '{churn,99999999999}', ARRAY['unknown', 'unknown|numeric']),
	('mediaml.kmeans(ARRAY[hours, id], $1) FROM viewers', '{99999999999}', ARRAY['bigint|numeric']),
	('(SELECT count(*) FROM mediaml.explain($1, v, $2)) FROM viewers AS v WHERE id = 5', '{rows,-1}', ARRAY['unknown', 'bigint|numeric']),
	('mediaml.register($1, $2)', '{copies,plain}', ARRAY['unknown', 'unknown|text']);
SELECT c.call, m.mixture, m.answer FROM calls AS c CROSS JOIN LATERAL mixtures(c.call, c.arguments, c.types) AS m
WHERE NOT EXISTS (SELECT FROM outcomes AS o WHERE o.call = c.call AND o.types = c.types) ORDER BY c.call COLLATE "C", m.mixture COLLATE "C", m.answer COLLATE "C";
\pset format aligned

SELECT count(mediaml.drop_recommender(name)) FROM mediaml.recommenders;
SELECT count(mediaml.drop_model(name)) FROM (SELECT DISTINCT name FROM mediaml.models) AS m;
DELETE FROM mediaml.runs;
DROP FUNCTION mixtures(text, text[], text[]);
DROP TABLE viewers, seen, models, calls, outcomes;
