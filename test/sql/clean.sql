-- preprocessor, transform, feature_names, clean, complete: dirty rows become features and clean rows.
SET search_path = mediaml, public;
SET extra_float_digits = 0;

CREATE TYPE rating AS ENUM ('G', 'PG', 'R');
CREATE DOMAIN percent AS integer CHECK (VALUE BETWEEN 0 AND 100);
CREATE TABLE films (
	film_id integer PRIMARY KEY,
	title text,
	runtime integer,
	budget numeric(12, 2),
	share percent,
	genre varchar(8),
	rated rating,
	colour boolean,
	released date,
	added timestamptz,
	tags text[],
	notes jsonb,
	poster bytea,
	place point,
	studio text,
	liked boolean);
INSERT INTO films
SELECT i, 'Film ' || i, CASE WHEN i % 10 = 0 THEN NULL ELSE 80 + i % 41 END,
	CASE WHEN i % 8 = 0 THEN NULL ELSE (i % 13) * 1000000.5 END,
	CASE WHEN i % 9 = 0 THEN NULL ELSE i % 101 END,
	(ARRAY['drama', ' drama ', 'comedy', 'war', NULL, ''])[1 + i % 6],
	(ARRAY['G', 'PG', 'R', NULL]::rating[])[1 + i % 4],
	(ARRAY[true, true, false, NULL])[1 + i % 4],
	CASE WHEN i % 12 = 0 THEN NULL ELSE date '1999-12-25' + i % 30 END,
	timestamptz '2001-02-03 04:05:06+00' + i * interval '7 hours',
	CASE WHEN i % 7 = 0 THEN NULL ELSE (ARRAY['classic', 'family', NULL, 'new'])[1 + i % 3 : 4] END,
	'{}', '\x00', point(i, i), 'A24', i % 3 = 0
FROM generate_series(1, 200) AS i;

-- what a careful analyst would do, and says
CREATE TABLE prepared AS SELECT preprocessor(f, '{"target": "liked", "id": "film_id"}') AS p FROM films AS f;
SELECT unnest(feature_names(p)) AS feature FROM prepared;
CREATE FUNCTION pg_temp.learned(p bytea) RETURNS TABLE ("column" text, learned jsonb)	-- numbers to six digits
	LANGUAGE sql AS $$ SELECT c.key, (SELECT jsonb_object_agg(key, CASE jsonb_typeof(value) WHEN 'number'
			THEN to_jsonb(trim_scale(round(value::numeric, 6))) ELSE value END) FROM jsonb_each(c.value))
		FROM jsonb_each(mediaml.model_info(p) -> 'columns') AS c $$;
SELECT model_info(p) - 'bytes' - 'names' - 'columns' AS info FROM prepared;
SELECT k.* FROM prepared, pg_temp.learned(p) AS k;
SELECT n.feature, round(x.value::numeric, 6) AS value
FROM prepared, films AS f, unnest(feature_names(p)) WITH ORDINALITY AS n (feature, i)
	JOIN LATERAL unnest(transform(p, f)) WITH ORDINALITY AS x (value, i) USING (i)
WHERE film_id = 40 ORDER BY i;

-- clean rows: of the same type, filled; what no feature is made of is as it was
SELECT c.film_id, c.runtime, c.budget, c.share, c.genre, c.rated, c.colour, c.released, c.tags, c.studio, c.notes, c.poster
FROM prepared, films AS f CROSS JOIN LATERAL clean(p, f) AS c WHERE f.film_id IN (24, 40, 72) ORDER BY 1;
SELECT pg_typeof(clean(p, f)) FROM prepared, films AS f LIMIT 1;
SELECT count(*) AS rows, count(*) FILTER (WHERE complete(f)) AS complete,
	count(*) FILTER (WHERE complete(f, ARRAY['runtime', 'genre'])) AS named,
	count(*) FILTER (WHERE complete(c, ARRAY['runtime', 'budget', 'share', 'colour', 'released'])) AS cleaned
FROM prepared, films AS f CROSS JOIN LATERAL clean(p, f) AS c;

-- recipes
CREATE FUNCTION pg_temp.features(p bytea, t films) RETURNS TABLE (feature text, value numeric)
	LANGUAGE sql AS $$ SELECT n.feature, round(x.value::numeric, 6)
		FROM unnest(mediaml.feature_names(p)) WITH ORDINALITY AS n (feature, i)
			JOIN unnest(mediaml.transform(p, t)) WITH ORDINALITY AS x (value, i) USING (i) ORDER BY i $$;
SET client_min_messages = warning;
CREATE TABLE recipes AS SELECT preprocessor(f, '{
	"features": ["rated", "runtime", "budget", "genre", "released", "tags", "title", "studio", "colour"],
	"default": {"impute": "mean", "scale": "minmax", "drop_first": true},
	"columns": {"rated": {"map": {"G": 0, "PG": 1, "R": 2}, "fill": "PG"},
		"runtime": {"impute": "median", "indicator": true, "clip": {"range": [90, null]}, "missing_values": [117]},
		"budget": {"clip": {"quantiles": [0.1, 0.9]}, "scale": "log1p"},
		"genre": {"min_count": 40, "unseen": "zero"},
		"released": {"parts": ["year", "day"], "fill": "1999-12-31", "scale": "none"},
		"title": {"encode": "hash", "buckets": 4},
		"studio": {"encode": "frequency"},
		"colour": {"passthrough": true, "fill": false}}}') AS p FROM films AS f;
SELECT k.feature, k.value FROM recipes, films AS f, pg_temp.features(p, f) AS k WHERE film_id = 39;
SELECT k.* FROM recipes, pg_temp.learned(p) AS k;
SELECT c.film_id, c.runtime, c.budget, c.genre, c.released, c.studio, c.colour
FROM (SELECT preprocessor(f, '{"features": ["runtime", "budget", "released", "genre", "colour"], "columns": {"runtime": {"clip": {"range": [90, 110]}, "missing_values": [117]},
	"genre": {"map": {"drama": 1, "war": 2.5}}, "released": {"fill": "1999-12-31"}}}') AS p FROM films AS f) AS m,
	films AS f CROSS JOIN LATERAL clean(p, f) AS c WHERE f.film_id IN (1, 2, 3, 12, 37, 38, 39, 40) ORDER BY 1;
SELECT feature_names(preprocessor(f, '{"features": ["genre"], "columns": {"genre": {"encode": "target", "smoothing": 0}}, "target": "liked", "id": ["film_id", "title"]}')) FROM films AS f;
SELECT feature_names(preprocessor(t)) FROM (VALUES ('a|b', 1), ('b| c', 2), ('', 4)) AS t ("x=b", x);
SELECT feature_names(preprocessor(t, '{"columns": {"x": {"separator": "|"}, "y": {"encode": "one_hot"}, "z": {"encode": "ordinal", "fill": 2}}}')) FROM (VALUES ('a|b', 1.50, 1), ('b| c', 2.0, 2), ('', NULL, NULL)) AS t (x, y, z);
SELECT feature_names(preprocessor(t, '{"columns": {"x": {"encode": "multi_hot"}}}')) FROM (VALUES ('a, b'), (',c,a'), (NULL)) AS t (x);
SELECT feature_names(preprocessor(t)) FROM (VALUES ('b', 'c'), ('b=c', 'd')) AS t (a, "a=b");
SELECT feature_names(preprocessor(t, '{"features": ["a", "a=b"]}')) FROM (SELECT * FROM (VALUES ('b', 0.5), ('c', 3)) AS v (a, "a=b")) AS t;
SET client_min_messages = notice;

-- the target of a row is not in its own encoding: the mean of the other folds, drawn to the overall mean
SET client_min_messages = warning;
WITH rows AS MATERIALIZED (SELECT i AS id, chr(65 + i % 2) AS x, i % 3 = 0 AS y FROM generate_series(1, 60) AS i),
	model AS (SELECT preprocessor(r, '{"target": "y", "id": "id", "columns": {"x": {"encode": "target", "smoothing": 10}}}') AS p FROM rows AS r)
SELECT r.x, count(DISTINCT (transform(p, r))[1]) > 1 AS folds, round(avg((transform(p, r))[1])::numeric, 3) AS average,
	round(min((transform(p, s))[1])::numeric, 6) AS new_row, round(((sum(y::int) + 10 * (SELECT avg(y::int) FROM rows)) / (count(*) + 10))::numeric, 6) AS expected
FROM model, rows AS r, LATERAL (SELECT r.x, r.id) AS s GROUP BY 1 ORDER BY 1;
SET client_min_messages = notice;

-- "default" is for the columns that it fits
SELECT k.column, k.learned ->> 'encode' AS encode, k.learned ->> 'impute' AS impute, k.learned ->> 'fill' AS fill, k.learned ->> 'missing' AS missing, k.learned ->> 'scale' AS scale, k.learned ->> 'features' AS features
FROM (SELECT preprocessor(f, '{"exclude": ["film_id", "title"], "default": {"missing_values": ["drama", 117, true], "fill": "?", "encode": "frequency",
	"clip": {"iqr": 2}, "indicator": true, "separator": "|", "buckets": 5, "smoothing": 3, "parts": ["day"], "unseen": "zero", "max_categories": 2}}') AS p FROM films AS f) AS m, pg_temp.learned(p) AS k;

-- "default" fits a column as its own options make it: rare numbers stay out of the model where they are categories
SET client_min_messages = warning;
SELECT feature_names(p), model_info(p) #> '{columns,n,categories}' AS kept, model_info(p) #>> '{columns,n,scale}' AS scale, model_info(p) #>> '{columns,d,fill}' AS d
FROM (SELECT preprocessor(t, '{"default": {"min_count": 2, "buckets": 3, "drop_first": true, "unseen": "zero", "missing_values": ["7"], "scale": "minmax", "clip": {"range": [0, 1]}, "impute": "constant", "fill": 3},
	"columns": {"n": {"encode": "one_hot"}, "g": {"encode": "hash"}, "d": {"encode": "one_hot"}, "h": {"encode": "frequency"}, "w": {"passthrough": true}}}') AS p
	FROM (VALUES (1, 'a', date '2020-01-01', 'x', 1), (1, 'b', '2020-01-01', 'x', 3), (3, 'c', NULL, 'y', 5), (NULL, 'c', '2020-01-03', 'z', 6), (7, 'b', '2020-01-03', 'z', 8), (9, 'a', '2020-01-04', 'z', 9)) AS t (n, g, d, h, w)) AS m;
SELECT feature_names(preprocessor(t, '{"default": {"encode": "hash"}, "columns": {"g": {"min_count": 3}}}')) FROM (VALUES ('a'), ('b')) AS t (g);
SELECT transform(p, r) FROM (SELECT preprocessor(t, '{"default": {"unseen": "error"}, "columns": {"n": {"encode": "one_hot"}}}') AS p FROM (VALUES (1), (2)) AS t (n)) AS m, (VALUES (3)) AS r (n);
SET client_min_messages = notice;
-- values that a map does not have are counted
SELECT feature_names(preprocessor(t, '{"columns": {"sex": {"map": {"Male": 0, "female": 1}}, "rated": {"map": {"G": 0}}}}')) FROM (VALUES ('male', 'G'), ('male', 'R'), ('female', NULL)) AS t (sex, rated);

-- what is left out
SELECT feature_names(preprocessor(t)) FROM (SELECT i AS number, i AS "filmId", gen_random_uuid() AS key, 'x' AS constant, NULL::text AS empty, i % 2 AS half,
	md5(i::text) AS words, sqrt(i) AS root FROM generate_series(1, 60) AS i) AS t;
SELECT feature_names(preprocessor(t, '{"columns": {"number": {}, "constant": {}}, "features": ["constant", "number"]}'))
FROM (SELECT i AS number, 'x' AS constant FROM generate_series(1, 60) AS i) AS t;

-- no rows, rows of nothing, one row
SELECT preprocessor(f) IS NULL AS none FROM films AS f WHERE false;
SELECT preprocessor(f) FILTER (WHERE false) IS NULL AS none FROM films AS f;
SELECT preprocessor(f) IS NULL AS none FROM films AS f WHERE film_id = 1;
SELECT preprocessor(NULL::films) IS NULL AS none FROM generate_series(1, 3);
SELECT preprocessor(t) IS NULL AS none FROM (SELECT NULL::int AS a, NULL::text AS b FROM generate_series(1, 3)) AS t;
SELECT feature_names(p) AS names, transform(p, s) AS features FROM (SELECT 3 AS a) AS s,
	(SELECT preprocessor(t, '{"features": ["a", "b", "c", "d", "e"]}') AS p FROM (SELECT NULL::int AS a, NULL::text AS b, NULL::date AS c, NULL::boolean AS d, NULL::text[] AS e) AS t) AS m;
SELECT model_info(preprocessor(f, '{"target": "notes", "id": "place", "features": ["runtime"]}')) ->> 'features' AS features FROM films AS f;
SELECT preprocessor(t) IS NULL AS none FROM (SELECT FROM generate_series(1, 3)) AS t;
SELECT preprocessor(t, '{"columns": {"a": {"encode": "one_hot", "drop_first": true}}}') IS NULL AS none FROM (SELECT 'x' AS a FROM generate_series(1, 3)) AS t;
SELECT preprocessor(t) IS NULL AS none FROM (SELECT '{}'::jsonb AS a, point(1, 2) AS b FROM generate_series(1, 3)) AS t;
SELECT model_info(preprocessor(g)) ->> 'rows' AS rows
FROM (SELECT g FROM films AS f LEFT JOIN films AS g ON g.film_id = f.film_id + 100) AS t;

-- groups, prepared statements, other roles, rows of all origins
SET client_min_messages = warning;
SELECT rated, model_info(preprocessor(f)) ->> 'rows' AS rows FROM films AS f GROUP BY ROLLUP (rated) ORDER BY rated;
SELECT count(DISTINCT md5(p)) AS models FROM (SELECT preprocessor(f) AS p FROM films AS f GROUP BY film_id % 1) AS t;
PREPARE learn(jsonb) AS SELECT cardinality(feature_names(preprocessor(f, $1))) FROM films AS f;
EXECUTE learn('{"features": ["runtime"]}');
EXECUTE learn('{"features": ["runtime", "colour"]}');
EXECUTE learn(NULL) \gset
SELECT :cardinality > 10 AS all;
CREATE ROLE mediaml_clean_tester;
GRANT SELECT ON films, recipes TO mediaml_clean_tester;
SET ROLE mediaml_clean_tester;
SELECT feature_names(preprocessor(f, '{"features": ["runtime"]}')) FROM films AS f;
SELECT transform(p, f) IS NOT NULL AS transformed FROM recipes, films AS f WHERE film_id = 39;
RESET ROLE;
SELECT feature_names(preprocessor(t)) FROM (VALUES (1.5, 'a'), (2, 'b')) AS t (x, y);
SELECT preprocessor(f ORDER BY film_id) = preprocessor(DISTINCT f) AS same FROM (SELECT film_id, runtime FROM films) AS f;
SELECT count(p), count(DISTINCT md5(p)) AS different FROM (SELECT preprocessor(f) OVER (ORDER BY runtime) AS p FROM (SELECT DISTINCT runtime FROM films) AS f) AS t;
DO $$ DECLARE
	r record;
	p bytea;
	n integer := 0;
BEGIN
	SELECT preprocessor(f) INTO p FROM (SELECT runtime, genre FROM films) AS f;
	FOR r IN SELECT * FROM films LOOP
		n := n + cardinality(transform(p, r)) + complete(r)::int;
	END LOOP;
	RAISE WARNING 'features and complete rows: %', n;
END $$;
SELECT feature_names(preprocessor(t)) FROM (SELECT f.runtime, g.share FROM films AS f JOIN films AS g USING (film_id)) AS t;
SELECT feature_names(preprocessor(ROW(runtime, genre))) FROM films;
CREATE VIEW long_films AS SELECT film_id, runtime, genre FROM films WHERE runtime > 100;
SELECT feature_names(preprocessor(v)) FROM long_films AS v;
SELECT (clean(preprocessor(v, '{"columns": {"genre": {"impute": "mode"}}}'), ROW(1, NULL, ' ')::long_films)).* FROM long_films AS v;

-- altered tables and dropped columns: columns are matched by name
CREATE TABLE altered (gone text, a integer, b text);
INSERT INTO altered SELECT 'x', nullif(i % 5, 0), nullif(i % 3, 0)::text FROM generate_series(1, 40) AS i;
ALTER TABLE altered DROP gone;
CREATE TABLE altered_model AS SELECT preprocessor(t, '{"columns": {"b": {"impute": "mode"}}}') AS p FROM altered AS t;
ALTER TABLE altered ADD c numeric DEFAULT 7;
SELECT c.* FROM altered_model, (SELECT t FROM altered AS t LIMIT 3 OFFSET 2) AS s CROSS JOIN LATERAL clean(p, s.t) AS c;
SELECT DISTINCT transform(p, s) FROM altered_model, (SELECT b FROM altered) AS s ORDER BY 1;
ALTER TABLE altered ALTER a TYPE float8;
SELECT transform(p, t) FROM altered_model, altered AS t LIMIT 2;
ALTER TABLE altered ALTER a TYPE date USING date '2000-01-01';
SELECT transform(p, t) FROM altered_model, altered AS t LIMIT 2;

-- values of all kinds
CREATE TABLE extremes (x float8, d date, s timestamp, n numeric, t text, e rating[], m money, v interval, o time);
INSERT INTO extremes VALUES
	('NaN', 'infinity', '-infinity', 'NaN', repeat('long', 2560), '{G,R}', 3, '1 day', '12:00'),
	('infinity', '0044-03-15 BC', '0044-03-15 BC', 1e30, ' ', '{}', 5.5, '2 days', '13:00'),
	('-infinity', '2000-01-01', '2000-01-01 12:00', -1e30, E'\u00e9', '{NULL}', NULL, NULL, NULL),
	(1e308, '5874897-12-31', '294276-12-31 23:59:59', 0, 'e', NULL, -2, '-3 hours', '00:00'),
	(-1e308, NULL, NULL, NULL, NULL, '{PG,PG}', 0, '0', '24:00');
SELECT k.column, k.learned ->> 'fill' AS fill, k.learned ->> 'missing' AS missing, k.learned ->> 'features' AS features
FROM (SELECT preprocessor(r) AS p FROM extremes AS r) AS m, pg_temp.learned(p) AS k;
SELECT bool_and(abs(value) < 'infinity') AS finite, count(*), max(length(feature)) AS longest
FROM (SELECT preprocessor(r) AS p FROM extremes AS r) AS m, extremes AS r, unnest(transform(p, r), feature_names(p)) AS u (value, feature);
SELECT c.x, c.d, c.s, c.n, length(c.t) AS length, c.e, c.m, c.v, c.o
FROM (SELECT preprocessor(r, '{"columns": {"x": {"clip": {"range": [-5, 5]}}, "n": {"clip": {"iqr": 1.5}}}}') AS p FROM extremes AS r) AS m,
	extremes AS r CROSS JOIN LATERAL clean(p, r) AS c;
SELECT complete(r, '{x}') AS x, complete(r, '{n}') AS n, complete(r, '{t}') AS t, complete(r, '{e}') AS e, complete(r, '{}') AS nothing, complete(r, '{d,s}') AS times FROM extremes AS r;
SELECT complete(NULL::films) AS none;

-- many categories, in bounded memory
SELECT model_info(p) ->> 'features' AS features, (model_info(p) ->> 'bytes')::int < 1000000 AS small
FROM (SELECT preprocessor(t, '{"features": ["name"]}') AS p FROM (SELECT 'name ' || i % 190000 AS name FROM generate_series(1, 200000) AS i) AS t) AS m;

-- workers change nothing
CREATE TABLE wide AS SELECT i % 1000 AS a, i % 777 * 0.5 AS b, 'c' || i % 60 AS c, date '2000-01-01' + i % 500 AS d, i % 2 = 0 AS e, ARRAY['x' || i % 3, 'y'] AS f
FROM generate_series(1, 60000) AS i;
ANALYZE wide;
SET max_parallel_workers_per_gather = 0;
SELECT preprocessor(t, '{"target": "e", "columns": {"a": {"scale": "robust"}, "b": {"scale": "minmax"}, "d": {"scale": "none"}}}') AS serial FROM wide AS t \gset
SET max_parallel_workers_per_gather = 2;
SET parallel_setup_cost = 0;
SET parallel_tuple_cost = 0;
SET min_parallel_table_scan_size = 0;
EXPLAIN (COSTS OFF) SELECT preprocessor(t) FROM wide AS t;
SELECT preprocessor(t, '{"target": "e", "columns": {"a": {"scale": "robust"}, "b": {"scale": "minmax"}, "d": {"scale": "none"}}}') = :'serial'::bytea AS same FROM wide AS t;
RESET max_parallel_workers_per_gather;

-- states can be stored, combined, and gone on with; of others there is an error
CREATE AGGREGATE pg_temp.preprocessor_state(record) (SFUNC = preprocessor_step, STYPE = state);
CREATE AGGREGATE pg_temp.preprocessor_state(record, jsonb) (SFUNC = preprocessor_step, STYPE = state);
CREATE AGGREGATE pg_temp.preprocessor_sum(state) (SFUNC = preprocessor_combine, STYPE = state, FINALFUNC = preprocessor_final);
CREATE TABLE parts AS SELECT film_id % 3 AS part, pg_temp.preprocessor_state(f) AS state FROM films AS f GROUP BY 1;
SELECT feature_names(p) = feature_names(w) AS same_names,
	(SELECT max(abs(x - y)) < 1e-12 FROM films AS f, unnest(transform(p, f), transform(w, f)) AS u (x, y)) AS same_features
FROM (SELECT pg_temp.preprocessor_sum(state) AS p FROM parts) AS t, (SELECT preprocessor(f) AS w FROM films AS f) AS u;
SELECT preprocessor_final(state) IS NOT NULL AS built FROM parts WHERE part = 1;
SELECT state AS initial FROM parts WHERE part = 1 \gset
CREATE AGGREGATE pg_temp.gone_on(record) (SFUNC = preprocessor_step, STYPE = state, FINALFUNC = preprocessor_final, INITCOND = :'initial');
CREATE AGGREGATE pg_temp.gone_on(record, jsonb) (SFUNC = preprocessor_step, STYPE = state, FINALFUNC = preprocessor_final, INITCOND = :'initial');
SELECT model_info(pg_temp.gone_on(f)) ->> 'rows' AS rows FROM films AS f WHERE film_id % 3 <> 1;
SELECT model_info(pg_temp.gone_on(f)) ->> 'rows' AS rows FROM films AS f WHERE false;
SELECT pg_temp.gone_on(f, '{}') FROM films AS f;
SELECT pg_temp.gone_on(t) FROM wide AS t;
SELECT pg_temp.gone_on(t) FROM (SELECT film_id, title, runtime::text FROM films) AS t;
CREATE AGGREGATE pg_temp.other_state(VARIADIC "any") (SFUNC = profile_columns_step, STYPE = state);
SELECT preprocessor_final(pg_temp.other_state(title, runtime)) FROM films;
SELECT pg_temp.preprocessor_sum(s) FROM (SELECT state AS s FROM parts UNION ALL SELECT pg_temp.preprocessor_state(t) FROM wide AS t) AS t;
SELECT preprocessor_step(state, f) FROM parts, films AS f LIMIT 1;

-- errors
SELECT preprocessor(f, '[]') FROM films AS f;
SELECT preprocessor(f, '{"traget": "liked"}') FROM films AS f;
SELECT preprocessor(f, '{"target": "like"}') FROM films AS f;
SELECT preprocessor(f, '{"target": "liked", "id": "liked"}') FROM films AS f;
SELECT preprocessor(f, '{"id": 3}') FROM films AS f;
SELECT preprocessor(f, '{"id": ["film_id", "key"]}') FROM films AS f;
SELECT preprocessor(f, '{"exclude": "title"}') FROM films AS f;
SELECT preprocessor(f, '{"exclude": ["liked"], "target": "liked"}') FROM films AS f;
SELECT preprocessor(f, '{"features": ["title", "titel"]}') FROM films AS f;
SELECT preprocessor(f, '{"features": ["title", "title"]}') FROM films AS f;
SELECT preprocessor(f, '{"features": ["liked"], "target": "liked"}') FROM films AS f;
SELECT preprocessor(f, '{"features": ["notes"]}') FROM films AS f;
SELECT preprocessor(f, '{"columns": {"liked": {}}, "target": "liked"}') FROM films AS f;
SELECT preprocessor(f, '{"columns": {"genre": {}}, "features": ["title"]}') FROM films AS f;
SELECT preprocessor(f, '{"columns": ["genre"]}') FROM films AS f;
SELECT preprocessor(f, '{"columns": {"genre": 1}}') FROM films AS f;
SELECT preprocessor(f, '{"columns": {"genre": {"encoding": "hash"}}}') FROM films AS f;
SELECT preprocessor(f, '{"columns": {"genre": {"encode": "onehot"}}}') FROM films AS f;
SELECT preprocessor(f, '{"columns": {"genre": {"encode": "number"}}}') FROM films AS f;
SELECT preprocessor(f, '{"columns": {"genre": {"encode": "target"}}, "id": "film_id"}') FROM films AS f;
SELECT preprocessor(f, '{"columns": {"genre": {"encode": "target"}}, "target": "liked"}') FROM films AS f;
SELECT preprocessor(f, '{"columns": {"genre": {"encode": "target"}}, "target": "title", "id": "film_id"}') FROM films AS f;
SELECT preprocessor(f, '{"columns": {"genre": {"encode": "target"}}, "target": "liked", "id": "tags"}') FROM films AS f;
SELECT preprocessor(f, '{"columns": {"genre": {"scale": "standard"}}}') FROM films AS f;
SELECT preprocessor(f, '{"columns": {"genre": {"impute": "mean"}}}') FROM films AS f;
SELECT preprocessor(f, '{"columns": {"runtime": {"impute": "constant"}}}') FROM films AS f;
SELECT preprocessor(f, '{"columns": {"runtime": {"impute": "mean", "fill": 3}}}') FROM films AS f;
SELECT preprocessor(f, '{"columns": {"runtime": {"fill": "long"}}}') FROM films AS f;
SELECT preprocessor(f, '{"columns": {"released": {"fill": "soon"}}}') FROM films AS f;
SELECT preprocessor(f, '{"columns": {"runtime": {"separator": ","}}}') FROM films AS f;
SELECT preprocessor(f, '{"columns": {"genre": {"separator": ""}}}') FROM films AS f;
SELECT preprocessor(f, '{"columns": {"runtime": {"min_count": 3}}}') FROM films AS f;
SELECT preprocessor(f, '{"columns": {"genre": {"buckets": 3}}}') FROM films AS f;
SELECT preprocessor(f, '{"columns": {"genre": {"encode": "hash", "buckets": 1}}}') FROM films AS f;
SELECT preprocessor(f, '{"columns": {"genre": {"smoothing": 3}}}') FROM films AS f;
SELECT preprocessor(f, '{"columns": {"genre": {"map": {}}}}') FROM films AS f;
SELECT preprocessor(f, '{"columns": {"genre": {"map": {"war": "x"}}}}') FROM films AS f;
SELECT preprocessor(f, '{"columns": {"genre": {"map": {"war": 1, "war ": 2}}}}') FROM films AS f;
SELECT preprocessor(f, '{"columns": {"tags": {"map": {"new": 1}}}}') FROM films AS f;
SELECT preprocessor(f, '{"columns": {"tags": {"indicator": true}}}') FROM films AS f;
SELECT preprocessor(f, '{"columns": {"runtime": {"indicator": 1}}}') FROM films AS f;
SELECT preprocessor(f, '{"columns": {"runtime": {"clip": 3}}}') FROM films AS f;
SELECT preprocessor(f, '{"columns": {"runtime": {"clip": {}}}}') FROM films AS f;
SELECT preprocessor(f, '{"columns": {"runtime": {"clip": {"range": [3, 1]}}}}') FROM films AS f;
SELECT preprocessor(f, '{"columns": {"runtime": {"clip": {"quantiles": [1, 99]}}}}') FROM films AS f;
SELECT preprocessor(f, '{"columns": {"genre": {"clip": {"iqr": 1}}}}') FROM films AS f;
SELECT preprocessor(f, '{"columns": {"released": {"parts": []}}}') FROM films AS f;
SELECT preprocessor(f, '{"columns": {"released": {"parts": ["minute"]}}}') FROM films AS f;
SELECT preprocessor(f, '{"columns": {"runtime": {"parts": ["day"]}}}') FROM films AS f;
SELECT preprocessor(f, '{"columns": {"genre": {"passthrough": true}}}') FROM films AS f;
SELECT preprocessor(f, '{"columns": {"runtime": {"drop_first": true}}}') FROM films AS f;
SELECT preprocessor(f, '{"columns": {"runtime": {"missing_values": ["none"]}}}') FROM films AS f;
SELECT preprocessor(f, '{"columns": {"runtime": {"missing_values": 99}}}') FROM films AS f;
SELECT preprocessor(f, '{"default": {"impute": "max"}}') FROM films AS f;
SELECT preprocessor(t, '{"target": "y"}') FROM (SELECT i % 2 = 0 AS y, i AS a, (i + 1) % 2 AS copy FROM generate_series(1, 10) AS i) AS t;
SELECT preprocessor(t, '{"target": "y", "columns": {"copy": {"encode": "one_hot"}}}') FROM (SELECT i % 2 AS y, i AS a, i % 2 AS copy FROM generate_series(1, 10) AS i) AS t;
SELECT preprocessor(t, '{"target": "y"}') FROM (SELECT chr(65 + i % 2) AS y, i AS a, chr(65 + i % 2) AS copy FROM generate_series(1, 10) AS i) AS t;
SELECT preprocessor(t, CASE WHEN t.film_id > 1 THEN '{"features": ["title"]}'::jsonb END) FROM films AS t;
SET mediaml.max_model_size = '64kB';
SELECT preprocessor(t, '{"columns": {"name": {"encode": "one_hot"}}}') FROM (SELECT 'name ' || i AS name FROM generate_series(1, 5000) AS i) AS t;
RESET mediaml.max_model_size;
SELECT preprocessor(t) FROM (SELECT runtime, runtime FROM films) AS t;
SELECT feature_names(preprocessor(t, '{"exclude": ["runtime"]}')) FROM (SELECT runtime, runtime, genre FROM films) AS t;
SELECT preprocessor(r) FROM (SELECT ROW(1, 2) AS r UNION ALL SELECT ROW(1, 'a'::text)) AS t;
SELECT preprocessor(r) FROM (SELECT ROW(1, 2) AS r UNION ALL SELECT ROW(1)) AS t;
SELECT preprocessor_step(NULL, f) FROM films AS f;
SELECT transform(p, t) FROM recipes, (SELECT 1 AS a, 2 AS b) AS t;
SELECT transform(p, t) FROM recipes, (SELECT 'x' AS runtime) AS t;
SELECT transform('\x00'::bytea, f) FROM films AS f;
SELECT transform(kmeans(ARRAY[runtime], 2), ROW(1)) FROM films WHERE runtime IS NOT NULL;
SELECT feature_names(popularity(film_id::bigint, 1, 1)) FROM films;
SELECT clean(k, f) FROM (SELECT kmeans(ARRAY[runtime], 2) AS k FROM films WHERE runtime IS NOT NULL) AS m, films AS f;
SELECT clean(p, 1) FROM recipes;
SELECT complete(f, '{runtime,length}') FROM films AS f;
SELECT complete(f, ARRAY[NULL]) FROM films AS f;
SELECT transform(p, s) FROM (SELECT preprocessor(f, '{"features": ["runtime"], "columns": {"runtime": {"impute": "none"}}}') AS p FROM films AS f) AS m, (SELECT NULL::int AS runtime) AS s;
SELECT transform(p, s) FROM (SELECT preprocessor(f, '{"features": ["genre"], "columns": {"genre": {"unseen": "error"}}}') AS p FROM films AS f) AS m, (SELECT 'horror' AS genre) AS s;

-- what clean() puts into a column must be a value of it
CREATE TABLE narrow (genre varchar(3), share percent, rated rating);
INSERT INTO narrow VALUES ('war', 1, 'G'), (NULL, NULL, NULL);
SELECT (clean(p, n)).genre FROM (SELECT preprocessor(f, '{"features": ["genre"], "columns": {"genre": {"fill": "horror"}}}') AS p FROM films AS f) AS m, narrow AS n;
SELECT (clean(p, n)).share FROM (SELECT preprocessor(f, '{"features": ["share"], "columns": {"share": {"fill": 101}}}') AS p FROM films AS f) AS m, narrow AS n;
SELECT (clean(p, n)).rated FROM (SELECT preprocessor(f, '{"features": ["rated"], "columns": {"rated": {"fill": "X"}}}') AS p FROM films AS f) AS m, narrow AS n;
CREATE DOMAIN whole_narrow AS narrow CHECK ((VALUE).share < 50);
SELECT clean(p, ROW('war', NULL, 'G')::whole_narrow) FROM (SELECT preprocessor(f, '{"features": ["share"], "columns": {"share": {"fill": 60}}}') AS p FROM films AS f) AS m;
SELECT clean(p, ROW('war', NULL, 'G')::whole_narrow) FROM (SELECT preprocessor(f, '{"features": ["share"], "columns": {"share": {"fill": 40}}}') AS p FROM films AS f) AS m;

-- a filled time goes in whatever style and zone the session has: IST is another zone to who reads it
SET timezone = 'Asia/Kolkata';
SET datestyle = 'Postgres, DMY';
SELECT c.added = timestamptz '2001-02-03 04:05:06+00' AS added, c.released = date '1999-12-05' AS released
FROM (SELECT preprocessor(f, '{"columns": {"added": {"fill": "2001-02-03 04:05:06"}, "released": {"fill": "1999-12-05"}}}') AS p
	FROM (SELECT added, released FROM films WHERE film_id % 10 = 0) AS f) AS m, (SELECT NULL::timestamptz AS added, NULL::date AS released) AS n,
	LATERAL clean(p, n) AS c (added timestamptz, released date);
RESET datestyle;
RESET timezone;

-- the items of a text that is a list take memory too
SET mediaml.max_memory = '8MB';
\set VERBOSITY sqlstate
SELECT preprocessor(t, '{"columns": {"x": {"separator": ","}}}') FROM (SELECT repeat(',', 1000000) AS x) AS t;
\set VERBOSITY default
RESET mediaml.max_memory;

DROP TABLE films, prepared, recipes, altered, altered_model, extremes, wide, parts, narrow CASCADE;
DROP TYPE rating CASCADE;
DROP DOMAIN percent CASCADE;
DROP ROLE mediaml_clean_tester;

-- a leak that is known only where the target is, and a category filled by a constant has its rows' target
SELECT preprocessor(t, '{"target": "y"}') FROM (SELECT CASE WHEN i % 3 > 0 THEN i % 2 END AS y, i * 0.5 AS a, i % 2 AS copy FROM generate_series(1, 60) AS i) AS t;
SELECT feature_names(preprocessor(t, '{"target": "y", "leaks": "leave"}')) FROM (SELECT i % 2 AS y, i % 7 AS a, i % 2 AS copy FROM generate_series(1, 60) AS i) AS t;
SELECT preprocessor(t, '{"target": "y", "leaks": "leave"}') IS NULL AS nothing_left FROM (SELECT i % 2 AS y, i % 2 AS copy FROM generate_series(1, 60) AS i) AS t;
SELECT preprocessor(t, '{"target": "y", "leaks": "keep"}') FROM (SELECT i % 2 AS y, i % 2 AS copy FROM generate_series(1, 60) AS i) AS t;
SELECT round((transform(p, r))[1]::numeric, 6) AS filled, round((transform(q, r))[1]::numeric, 6) AS written
FROM (SELECT preprocessor(u, '{"target": "y", "id": "id", "columns": {"c": {"encode": "target", "fill": "unknown"}}}') AS p,
             preprocessor(v, '{"target": "y", "id": "id", "columns": {"c": {"encode": "target"}}}') AS q
      FROM (SELECT i AS id, CASE WHEN i % 10 < 9 THEN 'a' END AS c, i % 10 = 9 OR i % 7 = 0 AS y FROM generate_series(1, 1000) AS i) AS u,
           LATERAL (SELECT u.id, coalesce(u.c, 'unknown') AS c, u.y) AS v) AS m,
     (VALUES (NULL::bigint, 'unknown'), (NULL, 'a'), (9, 'unknown'), (19, 'unknown')) AS w (id, c),
     LATERAL (SELECT w.id, nullif(w.c, 'unknown') AS c, w.id IS NOT NULL AS y) AS n,
     LATERAL (SELECT w.id, w.c, nullif(w.id IS NOT NULL, false) AS y) AS r;
