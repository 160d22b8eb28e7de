-- What all models share: bytes, reading, rows by name, the cache.
SET search_path = mediaml, public;
SET extra_float_digits = 0;

CREATE TABLE near (id int PRIMARY KEY, m bytea);
INSERT INTO near
SELECT 1, kmeans(ARRAY[i % 2 * 8, i % 2 * 4], 2, '{"names": ["a", "b"], "init": [[0, 0], [8, 4]]}') FROM generate_series(1, 20) i
UNION ALL
SELECT 2, kmeans(ARRAY[i % 2 * 8, i % 2 * 4], 2, '{"names": ["b", "a"], "init": [[8, 4], [0, 0]]}') FROM generate_series(1, 20) i;

-- columns are found by name; more of them are ignored, their order and types do not matter
CREATE TABLE film (id int, b int, title text, a float8);
INSERT INTO film VALUES (1, 4, 'x', 8), (2, 0, 'y', 0.5), (3, 5, NULL, 7);
SELECT n.id AS model, f.id, cluster_row(m, f), predict_row(m, f), cluster(m, ARRAY[a, b]) FROM near n, film f ORDER BY 1, 2;
SELECT cluster_row(m, r) FROM near, (SELECT 7::smallint AS a, 3.5 AS b) r WHERE id = 1;
SELECT cluster_row(m, r) FROM near, (SELECT 7::bigint AS a, 3::float4 AS b) r WHERE id = 1;
SELECT cluster_row(m, r) FROM near, (SELECT true AS b, false AS a) r WHERE id = 1;
SELECT cluster_row(m, r) FROM near, (SELECT 8 AS a, 4 AS b, 9 AS "A", 9 AS " a") r WHERE id = 1;
CREATE DOMAIN stars AS numeric CHECK (VALUE >= 0);
SELECT cluster_row(m, r) FROM near, (SELECT 8::stars AS a, 4::stars AS b) r WHERE id = 1;
CREATE TYPE pair AS (a float8, b float8);
SELECT cluster_row(m, '(8,4)'::pair), cluster_row(m, ROW(8, 4)::pair), cluster_row(m, NULL::pair) FROM near WHERE id = 1;
SELECT cluster_row(m, ROW(8, 4)) FROM near WHERE id = 1;
SELECT cluster_row(m, r) FROM near, (SELECT 8 AS a, 4 AS c) r WHERE id = 1;
SELECT cluster_row(m, r) FROM near, (SELECT 8 AS a, 4 AS b, 5 AS a) r WHERE id = 1;
SELECT cluster_row(m, r) FROM near, (SELECT 8 AS a, 4 AS b, 5 AS c, 6 AS c) r WHERE id = 1;
SELECT cluster_row(m, r) FROM near, (SELECT '8' AS a, 4 AS b) r WHERE id = 1;
SELECT cluster_row(m, r) FROM near, (SELECT now() AS a, 4 AS b) r WHERE id = 1;
SELECT cluster_row(m, r) FROM near, (SELECT NULL::int AS a, 4 AS b) r WHERE id = 1;
SELECT cluster_row(m, r) FROM near, (SELECT 8 AS a, 'NaN'::float8 AS b) r WHERE id = 1;
SELECT cluster_row(m, r) FROM near, (SELECT 8 AS a, '-Infinity'::numeric AS b) r WHERE id = 1;
SELECT cluster_row(NULL, film), cluster_row(m, NULL::film), predict_proba_row(NULL, film), predict_label_row(m, NULL::film)
FROM near, film WHERE near.id = 1 AND film.id = 1;
SELECT predict_label_row(m, film) FROM near, film;
SELECT predict_proba_row(m, film, 'x') FROM near, film;

-- dropped, added and changed columns; rows of two types in one call
ALTER TABLE film DROP COLUMN title, ADD COLUMN c int DEFAULT 1;
SELECT f.id, cluster_row(m, f) FROM near n, film f WHERE n.id = 1 ORDER BY 1;
ALTER TABLE film DROP COLUMN b;
SELECT f.id, cluster_row(m, f) FROM near n, film f WHERE n.id = 1 ORDER BY 1;
ALTER TABLE film ADD COLUMN b numeric DEFAULT 4;
SELECT f.id, cluster_row(m, f) FROM near n, film f WHERE n.id = 1 ORDER BY 1;
CREATE TABLE old_film (note text) INHERITS (film);
INSERT INTO old_film (id, a, b, note) VALUES (4, 8, 4, 'old');
SELECT f.id, cluster_row(m, f) FROM near n, film f WHERE n.id = 1 ORDER BY 1;
DO $$
DECLARE
	r film;
	model bytea := (SELECT m FROM near WHERE id = 1);
	found int;
BEGIN
	FOR i IN 1..3 LOOP
		SELECT * INTO r FROM ONLY film WHERE id = 1;
		found := cluster_row(model, r);
		RAISE NOTICE '%: %', r, found;
		IF i = 1 THEN
			ALTER TABLE film ALTER COLUMN b TYPE float8;
		ELSIF i = 2 THEN
			ALTER TABLE film DROP COLUMN a;
			ALTER TABLE film ADD COLUMN a text DEFAULT 'eight';
		END IF;
	END LOOP;
END $$;
DROP TABLE old_film, film;

-- of two equal names none could be told from the other
SELECT cluster_row(m, r) FROM (SELECT kmeans(ARRAY[i % 2, i % 2], 2, '{"names": ["a", "a"], "init": [[0, 0], [1, 1]]}') AS m FROM generate_series(1, 9) i) k,
	(SELECT 1 AS a) r;

-- a model is a value: as text, in a column of any storage, as a parameter, in a variable
SELECT m = m::text::bytea AS hex, m = decode(encode(m, 'base64'), 'base64') AS base64, cluster(m::text::bytea, ARRAY[8, 4]) FROM near;
CREATE TABLE plain (m bytea);
ALTER TABLE plain ALTER m SET STORAGE PLAIN;
CREATE TABLE packed (m bytea);
ALTER TABLE packed ALTER m SET STORAGE MAIN;
CREATE TABLE apart (m bytea);
ALTER TABLE apart ALTER m SET STORAGE EXTERNAL;
CREATE TABLE apart_packed (m bytea);
INSERT INTO apart SELECT kmeans(ARRAY[i, i], 300) FROM generate_series(1, 300) i;
INSERT INTO apart_packed SELECT m FROM apart;
INSERT INTO packed SELECT m FROM apart;
INSERT INTO plain SELECT m FROM near WHERE id = 1;
SELECT pg_column_size(plain.m) > length(plain.m) AS plain, pg_column_size(packed.m) < length(packed.m) AS packed,
	   pg_column_size(apart.m) = length(apart.m) AS apart, pg_column_size(apart_packed.m) < length(apart_packed.m) AS apart_packed
FROM plain, packed, apart, apart_packed;
SELECT i, cluster(plain.m, ARRAY[i, i]) AS plain, cluster(apart.m, ARRAY[i, i]) = cluster(packed.m, ARRAY[i, i]) AS packed,
	   cluster(apart.m, ARRAY[i, i]) = cluster(apart_packed.m, ARRAY[i, i]) AS apart_packed,
	   round(kmeans_distance(apart.m, ARRAY[i, i + 0.25])::numeric, 6) AS distance
FROM plain, packed, apart, apart_packed, generate_series(1, 7, 6) i;
SELECT m AS one FROM near WHERE id = 1 \gset
SELECT m AS two FROM near WHERE id = 2 \gset
PREPARE ask (bytea, float8[]) AS SELECT cluster($1, $2), round(kmeans_distance($1, $2)::numeric, 6) AS distance;
EXECUTE ask (:'one', ARRAY[8, 5]);
EXECUTE ask (:'two', ARRAY[8, 5]);
EXECUTE ask (:'one', ARRAY[0, 1]);
SET plan_cache_mode = force_generic_plan;
EXECUTE ask (:'one', ARRAY[8, 5]);
EXECUTE ask (:'two', ARRAY[0, 0]);
EXECUTE ask ('\x', ARRAY[0, 0]);
EXECUTE ask (:'one', ARRAY[8, 5]);
RESET plan_cache_mode;

-- one call, other models by turns, broken ones among them; and a cache of nothing
CREATE FUNCTION by_turns() RETURNS text LANGUAGE plpgsql AS $$
DECLARE
	one bytea := (SELECT m FROM near WHERE id = 1);
	two bytea := (SELECT m FROM near WHERE id = 2);
	model bytea;
	found text := '';
BEGIN
	FOR i IN 0..11 LOOP
		model := CASE i % 4 WHEN 0 THEN one WHEN 1 THEN two WHEN 2 THEN one ELSE set_byte(two, 700, i) END;
		BEGIN
			found := found || cluster(model, ARRAY[8, 4]) || ' ';
		EXCEPTION WHEN data_corrupted THEN
			found := found || '- ';
		END;
	END LOOP;
	RETURN found;
END $$;
SELECT by_turns(), by_turns();
SET mediaml.model_cache_size = 0;
SELECT by_turns(), by_turns();
SELECT sum(cluster(m, ARRAY[8, 4])), sum(cluster_row(m, r)), count(*)
FROM generate_series(1, 1000) i, near, (SELECT 8 AS a, 4 AS b) r;
RESET mediaml.model_cache_size;

-- a new statement reads one chunk of a model that the backend knows from its table
CREATE TABLE large (m bytea) WITH (autovacuum_enabled = off, toast.autovacuum_enabled = off);
ALTER TABLE large ALTER m SET STORAGE EXTERNAL;
INSERT INTO large SELECT kmeans(ARRAY[j, -j], 2000) FROM generate_series(1, 3000) j;
SELECT cluster(m, ARRAY[1, -1]) > 0 AS read FROM large;
SELECT reltoastrelid AS toast FROM pg_class WHERE oid = 'large'::regclass \gset
SELECT pg_stat_force_next_flush();
SELECT heap_blks_read + heap_blks_hit AS before FROM pg_statio_all_tables WHERE relid = :toast \gset
SELECT cluster(m, ARRAY[1, -1]) > 0 AS known, octet_length(m) > 30000 AS large FROM large;
SELECT pg_stat_force_next_flush();
SELECT heap_blks_read + heap_blks_hit - :before AS pages FROM pg_statio_all_tables WHERE relid = :toast;
DROP TABLE large;

-- a table of models that changes under a function in one transaction
BEGIN;
DO $$
DECLARE
	found text := '';
BEGIN
	FOR i IN 1..4 LOOP
		found := found || (SELECT cluster(m, ARRAY[3, 3]) FROM apart) || ' ';
		UPDATE apart SET m = (SELECT kmeans(ARRAY[j, j], 300, jsonb_build_object('seed', i)) FROM generate_series(1, 300) j);
		found := found || (SELECT kmeans_distance(m, ARRAY[3, 3]) FROM apart) || ' ';
	END LOOP;
	RAISE NOTICE '%', regexp_replace(found, '\d+ 0 ', 'k 0 ', 'g');
END $$;
ROLLBACK;

-- what is no model
SELECT model_info('\x'::bytea);
SELECT model_info(repeat('x', 91)::bytea);
SELECT model_info(repeat('x', 1000)::bytea);
SELECT model_info(substr(m, 1, 700)) FROM near WHERE id = 1;
SELECT model_info(m || '\x00') FROM near WHERE id = 1;
SELECT model_info(set_byte(m, 8, 2)) FROM near WHERE id = 1;
SELECT model_info(set_byte(m, 24, 0)) FROM near WHERE id = 1;
SELECT model_info(set_byte(m, 81, 1)) FROM near WHERE id = 1;
SELECT model_info(set_byte(m, 12, 0)) FROM near WHERE id = 1;
SELECT model_info(set_byte(m, 12, 200)) FROM near WHERE id = 1;
SELECT model_info(set_byte(m, 92, 65)) FROM near WHERE id = 1;
SELECT model_info(set_byte(m, 108, 99)) FROM near WHERE id = 1;
SELECT model_info(set_byte(m, 112, 1)) FROM near WHERE id = 1;
SELECT model_info(set_byte(m, 116, 3)) FROM near WHERE id = 1;
SELECT model_info(set_byte(m, 132, 1)) FROM near WHERE id = 1;
SELECT model_info(set_byte(m, 500, 1)) FROM near WHERE id = 1;
SELECT model_info(set_byte(m, length(m) - 1, 1)) FROM near WHERE id = 1;

-- what is no model though its digest fits
CREATE FUNCTION reseal(m bytea) RETURNS bytea LANGUAGE sql IMMUTABLE AS $$
	SELECT overlay(m PLACING sha256(overlay(m PLACING decode(repeat('00', 32), 'hex') FROM 49)) FROM 49)
$$;
SELECT reseal(m) = m AS same FROM near;
SELECT model_info(reseal(set_byte(m, 24, ascii('z')))) FROM near WHERE id = 1;
SELECT model_info(reseal(set_byte(m, 92, ascii('z')))) FROM near WHERE id = 1;
SELECT model_info(reseal(set_byte(m, 108, 3))) FROM near WHERE id = 1;
SELECT model_info(reseal(set_byte(set_byte(m, 508 + 7, 255), 508 + 6, 255))) FROM near WHERE id = 1;
SELECT model_info(reseal(set_byte(m, 572 + 7, 255))) FROM near WHERE id = 1;
SELECT cluster(reseal(set_byte(m, 508 + 7, 64)), ARRAY[8, 4]) IS NOT NULL AS answer FROM near WHERE id = 1;

-- facts of the build
SELECT version ~ '^\d+\.\d+' AS version, postgresql LIKE '1%' AS postgresql, openblas IS NOT NULL AS openblas,
	   kernels IN ('baseline', 'avx2', 'avx512') AS kernels FROM build_info();

DEALLOCATE ask;
DROP FUNCTION by_turns, reseal;
DROP TABLE near, plain, packed, apart, apart_packed;
DROP TYPE pair;
DROP DOMAIN stars;
