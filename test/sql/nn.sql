-- Neural networks from ONNX files; the files are made by test/data/make_nn.py.
SET search_path = mediaml, public;
SET extra_float_digits = 0;
\getenv testdir PG_ABS_SRCDIR
\set file :testdir '/data/nn_models.sql'
\set ECHO none
\i :file
\set ECHO all
CREATE TEMPORARY VIEW net AS SELECT name, onnx_import(file) AS model FROM onnx;

-- an array in, an array out: relu(x W + b) V, and Softmax of it
SELECT model_info(model) FROM net WHERE name = 'mlp';
SELECT layer, n.name, operator, output_shape, parameters, multiply_adds
FROM net, network_summary(model) AS n WHERE net.name = 'mlp';
SELECT network_output(model, ARRAY[1, 2]) AS int, network_output(model, ARRAY[1, 2]::float4[]) AS float4,
	network_output(model, ARRAY[[1.5, 2.5]]) AS numeric
FROM net WHERE name = 'mlp';
SELECT network_output(model, ARRAY[1, 2], 'hidden') AS hidden, network_output(model, ARRAY[1, 2], 'a') AS active,
	network_output(model, ARRAY[1, 2], 'scores') AS scores, network_output(model, ARRAY[1, 2], 'y')
FROM net WHERE name = 'mlp';
SELECT network_output(NULL, ARRAY[1, 2]), network_output(model, NULL::float8[]), onnx_import(NULL) FROM net WHERE name = 'mlp';

-- classes: by number, or with labels
SELECT predict(model, ARRAY[1, 2]), predict_label(model, ARRAY[1, 2]), predict_proba(model, ARRAY[1, 2]) > 0.5 AS second,
	predict_proba_all(model, ARRAY[0, 0]) FROM net WHERE name = 'mlp';
CREATE TEMPORARY VIEW labelled AS
	SELECT name, onnx_import(file, '{"labels": ["drama", "comédie"]}') AS model FROM onnx;
SELECT name, predict_label(model, ARRAY[1, 2]), round(predict_proba(model, ARRAY[1, 2], 'drama')::numeric, 4) AS drama,
	(SELECT array_agg(l) FROM (SELECT label, round(probability::numeric, 4) FROM predict_labels(model, ARRAY[1, 2], 0.01)) AS l) AS labels
FROM labelled WHERE name IN ('mlp', 'logits', 'sigmoid') ORDER BY name;
SELECT predict(model, ARRAY[1, 2]) FROM labelled WHERE name = 'mlp';
SELECT predict(onnx_import(file, '{"labels": ["17", "4"]}'), ARRAY[1, 2]) FROM onnx WHERE name = 'mlp';
SELECT predict(model, ARRAY[1, 2]) = (network_output(model, ARRAY[1, 2]))[1] AS same FROM net WHERE name = 'sigmoid';
SELECT predict_proba(model, ARRAY[1, 2], 'horror') FROM labelled WHERE name = 'mlp';

-- batches: rows of numbers, more than run together
SELECT predict_batch(model, ARRAY[[1, 2], [0, 0], [-1, 5]]) FROM net WHERE name = 'logits';
SELECT array_dims(b), b[1:1] = b[70:70] AS same, b[70][1] = o[1] AS as_alone
FROM net, predict_batch(model, array_fill(0.5::float4, ARRAY[70, 2])) AS b, network_output(model, ARRAY[0.5, 0.5]) AS o
WHERE name = 'mlp';
SELECT predict_batch(model, '{}'::float8[]) FROM net WHERE name = 'mlp';

SELECT network_output(model, ARRAY[[1, 2], [3, 4]]) FROM net WHERE name = 'logits';
-- many rows in one array answer what they answer in batches, of a layer, too
SELECT n, array_length(o, 1) AS numbers, array_length(l, 1) AS of_layer, o = (SELECT array_agg(v) FROM unnest(b) AS v) AS same
FROM net, (VALUES (32), (63), (64), (65), (100)) AS count (n),
	LATERAL (SELECT array_agg(ARRAY[i % 7, i % 5]) AS x FROM generate_series(1, n) AS i) AS rows,
	predict_batch(model, x) AS b, network_output(model, x) AS o, network_output(model, x, 'active') AS l
WHERE name = 'mlp' ORDER BY n;
-- where rows see each other, each is answered as if alone, unless they are asked for as one array
SELECT predict_batch(model, array_fill(1, ARRAY[20, 2])) = array_fill(0::float4, ARRAY[20, 2]) AS alone,
	(predict_batch(model, (SELECT array_agg(ARRAY[i, 2 * i]) FROM generate_series(1, 40) AS i)))[33:34] AS alone_too,
	network_output(model, ARRAY[[1, 2], [3, 6]]) AS together,
	(network_output(model, (SELECT array_agg(ARRAY[i, 2 * i]) FROM generate_series(1, 99) AS i)))[195:198] AS all_together,
	(network_output(model, (SELECT array_agg(ARRAY[i, 2 * i]) FROM generate_series(1, 99) AS i), 'relu'))[195:198] AS layer
FROM net WHERE name = 'centred';
SELECT count(*), count(output), count(*) FILTER (WHERE output = ARRAY[0, 0]::float4[]) AS alone
FROM net, network_query(model, 'SELECT i, CASE WHEN i % 10 > 0 THEN ARRAY[i, 1] END FROM generate_series(1, 75) AS i') AS q
WHERE name = 'centred';
-- a row that was wrong is forgotten
SELECT predict_batch(model, array_fill(1, ARRAY[20, 2]) || ARRAY[[1, 2]]) FROM net WHERE name = 'out_of_range';
SELECT array_dims(b), b[10:10] FROM net, predict_batch(model, array_fill(1, ARRAY[10, 2])) AS b WHERE name = 'out_of_range';
SELECT q.* FROM net, network_query(model, 'SELECT i, CASE WHEN i <> 2 THEN ARRAY[i, 1] END FROM generate_series(1, 3) AS i') AS q
WHERE name = 'logits';
SELECT count(*), count(output), sum(output[1]), sum(output[2]), min(id), max(id)
FROM net, network_query(model, 'SELECT i, CASE WHEN i % 10 > 0 THEN ARRAY[i, 1] END FROM generate_series(1, 75) AS i') AS q
WHERE name = 'logits';
SELECT id, key, output[1] AS first
FROM net, network_query(model, $$SELECT 'poster ' || i, '\x010203040506070809000000'::bytea FROM generate_series(1, 2) AS i$$) AS q
WHERE name = 'image';
SELECT network_query(model, 'SELECT 1') FROM net WHERE name = 'logits';
SELECT network_query(model, 'SELECT 1.5, ARRAY[1, 2]') FROM net WHERE name = 'logits';
SELECT network_query(model, 'SELECT 1, 2') FROM net WHERE name = 'logits';
SELECT network_query(model, 'SELECT 1, ARRAY[2]') FROM net WHERE name = 'logits';
SELECT network_query(model, 'CREATE TABLE never ()') FROM net WHERE name = 'logits';
SELECT network_query(model, 'SELECT 1, ARRAY[1, 2]') FROM net WHERE name = 'two';

-- pixels: three channels side by side, weighed 1, 10, 100, less 3, plus 1
\set pixels '\\x010203040506070809000000'
SELECT image_output(model, :'pixels'), image_label(model, :'pixels'), image_proba(model, :'pixels', '2') FROM net WHERE name = 'image';
SELECT image_output(onnx_import(file, '{"scale": 0.5}'), :'pixels') AS scaled,
	image_output(onnx_import(file, '{"mean": [1, 2, 3], "std": [1, 1, 2]}'), :'pixels') AS normalised,
	image_output(onnx_import(file, '{"layout": "NCHW", "mean": 1}'), :'pixels') AS mean
FROM onnx WHERE name = 'image';
SELECT network_output(model, ARRAY[1,4,7,0, 2,5,8,0, 3,6,9,0]) AS planes, image_output(model, :'pixels', 'n') AS layer
FROM net WHERE name = 'image';
SELECT predict_batch(model, ARRAY[:'pixels', :'pixels']::bytea[]), (SELECT array_agg(l) FROM image_labels(model, :'pixels') AS l)
FROM net WHERE name = 'image';
SELECT n.name, operator, output_shape, parameters FROM net, network_summary(model) AS n WHERE net.name = 'image';

-- any number of inputs and outputs; dimensions that only a call knows
SELECT o.* FROM net, network_outputs(model, '{"a": {"shape": [2, 2], "values": [1, 2, 3, 4]}, "b": {"shape": [2], "values": [10, true]}}') AS o
WHERE net.name = 'two';
SELECT network_output(model, ARRAY[1, 2], 'sum') FROM net WHERE name = 'two';
SELECT o.* FROM net, network_outputs(model, '{"x": {"shape": [1, 1, 2, 3], "values": [1, 2, 7, 3, 4, 5]}}') AS o WHERE net.name = 'any_size';
SELECT network_output(model, ARRAY[[[1, 2], [9, 4]]]) FROM net WHERE name = 'any_size';
SELECT o.* FROM net, network_outputs(model, '{"x": {"shape": [3, 2], "values": [1, 2, 3, 4, 5, 6]}}') AS o WHERE net.name = 'shapes';
SELECT network_output(onnx_import(file, '{"batch": 2}'), ARRAY[1, 2, 3, 4]) FROM onnx WHERE name = 'logits';

-- shapes that only numbers tell
SELECT n.name, operator, output_shape, multiply_adds FROM net, network_summary(model) AS n WHERE net.name = 'positive';
SELECT network_output(model, ARRAY[1, -2]) AS one, network_output(model, ARRAY[[1, 2], [-3, 4]]) AS three,
	network_output(model, ARRAY[0, 0]) AS none, predict_batch(model, ARRAY[[1, -1], [-2, 2], [3, -3]]) AS batch
FROM net WHERE name = 'positive';
SELECT q.* FROM net, network_query(model, 'SELECT i, ARRAY[i - 1, i - 2] FROM generate_series(1, 3) AS i') AS q WHERE name = 'positive';
SELECT array_length(network_output(model, ARRAY[40 * i]), 1) FROM net, generate_series(1, 3) AS i WHERE name = 'count';
SELECT network_output(model, ARRAY[2, 3]) FROM net WHERE name = 'large';
SELECT o.* FROM net, network_outputs(model, '{"boxes": {"shape": [1, 4, 4], "values": [0, 0, 1, 1, 0, 0, 1, 0.9, 0, 2, 1, 3, 5, 5, 6, 6]},
	"scores": {"shape": [1, 1, 4], "values": [0.5, 0.9, 0.3, 0.1]}}') AS o WHERE net.name = 'boxes';
SELECT o.* FROM net, network_outputs(model, '{"boxes": {"shape": [1, 1, 4], "values": [0, 0, 1, 1]},
	"scores": {"shape": [1, 1, 1], "values": [0.1]}}') AS o WHERE net.name = 'boxes';
SELECT predict_batch(model, ARRAY[[1, -1], [2, 2]]) FROM net WHERE name = 'positive';
SELECT predict_label(model, ARRAY[1, 2]) FROM net WHERE name = 'positive';
SELECT network_output(model, ARRAY[1e12, 1]) FROM net WHERE name = 'large';
SELECT network_output(model, ARRAY[-1, 1]) FROM net WHERE name = 'large';
SELECT network_output(model, ARRAY[1e30]) FROM net WHERE name = 'count';
SELECT predict(model, ARRAY[1, 2]), predict_label(model, ARRAY[1, 2]) FROM net WHERE name = 'any_size';

-- some outputs only, and no more than they need
SELECT network_output(onnx_import(file, '{"outputs": ["z"]}'), ARRAY[1, 2]) FROM onnx WHERE name = 'mlp';
SELECT network_output(onnx_import(file, '{"outputs": ["y"]}'), ARRAY[1, 2]) FROM onnx WHERE name = 'half';
SELECT onnx_import(file) FROM onnx WHERE name = 'half';
SELECT onnx_import(file, '{"outputs": ["nothing"]}') FROM onnx WHERE name = 'half';

-- classifiers of scikit-learn: labels come from the file, and are no output where they are texts
SELECT name, model_info(model) -> 'classes' AS classes, predict_label(model, ARRAY[1, 4]), predict_proba_all(model, ARRAY[1, 4])
FROM net WHERE name IN ('forest', 'pipeline', 'texts') ORDER BY name;
SELECT net.name, o.* FROM net, network_outputs(model, '{"x": {"shape": [2, 2], "values": [1, 4, 2, -1]}}') AS o
WHERE net.name IN ('forest', 'pipeline', 'texts') ORDER BY net.name, o.name;
SELECT predict(model, ARRAY[1, 4]), predict_batch(model, ARRAY[[1, 4], [2, -1]]), network_output(model, ARRAY[1, 4]) FROM net WHERE name = 'pipeline';
SELECT predict_label(onnx_import(file, '{"labels": ["x", "y", "z"]}'), ARRAY[1, 4]) FROM onnx WHERE name = 'forest';

-- old opsets
SELECT network_output(model, ARRAY[1, 2]) FROM net WHERE name = 'opset_6';

-- wrong questions
SELECT network_output(model, ARRAY[1, 2, 3]) FROM net WHERE name = 'mlp';
SELECT network_output(model, ARRAY[1, NULL]) FROM net WHERE name = 'mlp';
SELECT network_output(model, ARRAY[1, 'NaN'::float8]) FROM net WHERE name = 'mlp';
SELECT network_output(model, ARRAY['a', 'b']) FROM net WHERE name = 'mlp';
SELECT network_output(model, ARRAY[1, 2], 'nowhere') FROM net WHERE name = 'mlp';
SELECT network_output(model, ARRAY[1, 2]) FROM net WHERE name = 'two';
SELECT predict_label(model, ARRAY[1, 2]) FROM net WHERE name = 'sigmoid';
SELECT predict_batch(model, ARRAY[1, 2]) FROM net WHERE name = 'mlp';
SELECT predict_batch(model, ARRAY[[1, 2, 3]]) FROM net WHERE name = 'mlp';
SELECT image_output(model, '\x0102') FROM net WHERE name = 'image';
SELECT image_proba(model, :'pixels') FROM net WHERE name = 'image';
SELECT network_outputs(model, '[]') FROM net WHERE name = 'two';
SELECT network_outputs(model, '{"a": {"shape": [2], "values": [1, 2]}}') FROM net WHERE name = 'two';
SELECT network_outputs(model, '{"c": {}}') FROM net WHERE name = 'two';
SELECT network_outputs(model, '{"x": {"shape": [1, 2], "values": [0, 2]}}') FROM net WHERE name = 'out_of_range';
SELECT cluster(model, ARRAY[1, 2]) FROM net WHERE name = 'mlp';

-- wrong options
SELECT onnx_import(file, '{"label": []}') FROM onnx WHERE name = 'mlp';
SELECT onnx_import(file, '{"labels": ["one"]}') FROM onnx WHERE name = 'mlp';
SELECT onnx_import(file, '{"layout": "CHWN"}') FROM onnx WHERE name = 'image';
SELECT onnx_import(file, '{"mean": [1, 2]}') FROM onnx WHERE name = 'image';
SELECT onnx_import(file, '{"std": 0}') FROM onnx WHERE name = 'image';
SELECT onnx_import(file, '{"std": "1"}') FROM onnx WHERE name = 'image';

-- files that are refused, and why
DO $$
DECLARE
	file record;
	detail text;
	code text;
BEGIN
	FOR file IN SELECT o.* FROM onnx AS o WHERE name > 'b' AND name <> 'half' ORDER BY name
	LOOP
		BEGIN
			PERFORM onnx_import(file.file);
		EXCEPTION WHEN OTHERS THEN
			GET STACKED DIAGNOSTICS detail = PG_EXCEPTION_DETAIL, code = RETURNED_SQLSTATE;
			RAISE NOTICE '%: % % %', file.name, code, SQLERRM, detail;
		END;
	END LOOP;
END $$;
SELECT onnx_import('\x');
SELECT onnx_import('\x00');
SELECT onnx_import('\x0807ffffffffffffffffffff');

-- a file cut anywhere, and a model with any byte changed, are errors or work
DO $$
DECLARE
	file bytea := (SELECT o.file FROM onnx AS o WHERE name = 'mlp');
	model bytea;
	refused int := 0;
BEGIN
	FOR i IN 0 .. length(file) - 1
	LOOP
		BEGIN
			PERFORM onnx_import(substr(file, 1, i));
		EXCEPTION WHEN data_exception OR feature_not_supported THEN
			refused := refused + 1;
		END;
	END LOOP;
	RAISE NOTICE 'cut files: % of % refused', refused, length(file);
	model := onnx_import(file);
	refused := 0;
	FOR i IN 0 .. length(model) - 1
	LOOP
		BEGIN
			PERFORM network_output(set_byte(model, i, get_byte(model, i) # 1), ARRAY[1, 2]);
		EXCEPTION WHEN data_corrupted OR feature_not_supported THEN
			refused := refused + 1;
		END;
	END LOOP;
	RAISE NOTICE 'changed models: all but % refused', length(model) - refused;
END $$;

-- limits
SET mediaml.max_network_flops = 10;
SELECT onnx_import(file) FROM onnx WHERE name = 'mlp';
RESET mediaml.max_network_flops;
SET mediaml.max_memory = '1MB';
SELECT onnx_import(file, '{"batch": 65536}') FROM onnx WHERE name = 'image';
RESET mediaml.max_memory;
DROP VIEW net, labelled;
DROP TABLE onnx;
