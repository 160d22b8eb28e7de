-- profile: what one pass tells of the columns of a table.
SET search_path = mediaml, public;
SET extra_float_digits = 0;
SET datestyle = 'ISO, YMD';
SET timezone = 'UTC';
SET intervalstyle = 'postgres';

-- a catalogue of films, with what catalogues have
CREATE DOMAIN money_amount AS numeric(12, 2) CHECK (VALUE >= 0);
CREATE TYPE colour AS ENUM ('red', 'green', 'blue');
CREATE TABLE films (
	film_id int,
	dropped text,
	title text,
	budget text,
	gross money_amount,
	rating float8,
	votes bigint,
	released date,
	seen timestamptz,
	watched boolean,
	tint colour,
	tags text[],
	length interval,
	poster bytea,
	facts jsonb,
	nothing int,
	country varchar(20) DEFAULT 'France',
	doubled bigint GENERATED ALWAYS AS (votes * 2) STORED,
	"odd ""Name" char(4));
ALTER TABLE films DROP COLUMN dropped;
INSERT INTO films
SELECT i, CASE WHEN i % 25 = 0 THEN ' film ' || i || ' ' WHEN i % 30 = 0 THEN '  ' ELSE 'film ' || i END,
	CASE WHEN i % 10 = 0 THEN NULL WHEN i % 3 = 0 THEN '€' || i % 17 || '.5M' ELSE '$' || i || ',000' END,
	CASE WHEN i = 7 THEN NULL ELSE i * 1.5 END,
	CASE WHEN i = 1 THEN 'NaN' WHEN i = 2 THEN '-Infinity' WHEN i = 3 THEN 1e6 ELSE i % 10 END,
	CASE WHEN i = 9 THEN 9007199254740993 ELSE i % 5 - 1 END,
	date '2000-01-01' + i, timestamptz '2000-01-01 00:00:00+00' + i * i * interval '1 second',
	i % 4 = 0, (ARRAY['red', 'green', 'blue'])[1 + (i % 7) / 3]::colour,
	CASE WHEN i % 9 = 0 THEN '{}' ELSE ARRAY['t' || i % 3, NULL, 'all'] END,
	i * interval '1 minute', '\x00', '{"a": 1}', NULL
FROM generate_series(1, 100) i;
UPDATE films SET "odd ""Name" = 'a' WHERE film_id <= 40;

\x on
SELECT * FROM profile('films');
\x off

-- against SQL's own aggregates
SELECT p.rows = a.rows AND p.nulls = a.nulls AND p.distinct_values = a.distinct_values AS counts, p.min = a.min AND p.max = a.max AS extremes,
	abs(p.mean - a.mean) < 1e-12 * a.mean AND abs(p.sd - a.sd) < 1e-12 * a.sd AS moments,
	abs(p.q01 - q[1]) < 1e-9 AND abs(p.q05 - q[2]) < 1e-9 AND abs(p.q25 - q[3]) < 1e-9 AND abs(p.q50 - q[4]) < 1e-9
		AND abs(p.q75 - q[5]) < 1e-9 AND abs(p.q95 - q[6]) < 1e-9 AND abs(p.q99 - q[7]) < 1e-9 AS quantiles
FROM (SELECT count(*) AS rows, count(*) - count(gross) AS nulls, count(DISTINCT gross) AS distinct_values, min(gross)::text, max(gross)::text,
			avg(gross)::float8 AS mean, stddev(gross)::float8 AS sd, percentile_cont('{0.01,0.05,0.25,0.5,0.75,0.95,0.99}'::float8[]) WITHIN GROUP (ORDER BY gross::float8) AS q
		FROM films) a,
	profile('films') p WHERE p.column_name = 'gross';
SELECT column_name, to_timestamp(q50), to_timestamp(mean), sd FROM profile('films') WHERE column_name IN ('released', 'seen');

-- every kind of relation
CREATE VIEW films_view AS SELECT title, upper(title) AS "UPPER", votes FROM films WHERE film_id <= 10;
CREATE MATERIALIZED VIEW films_stored AS SELECT released, gross FROM films WHERE film_id <= 10;
CREATE TABLE parts (a int, b text) PARTITION BY LIST (b);
CREATE TABLE parts_x PARTITION OF parts FOR VALUES IN ('x');
CREATE TABLE parts_rest (gone int, b text, a int);
ALTER TABLE parts_rest DROP COLUMN gone;
ALTER TABLE parts ATTACH PARTITION parts_rest DEFAULT;
INSERT INTO parts SELECT i, CASE WHEN i <= 5 THEN 'x' ELSE 'y' END FROM generate_series(1, 10) i;
CREATE TEMP TABLE temporary (a int, "select" text);
INSERT INTO temporary VALUES (1, 'b');
CREATE SCHEMA "a Schema";
CREATE TABLE "a Schema"."a.""Table" ("p" int, "mediaml.profile" text, "né" text);
INSERT INTO "a Schema"."a.""Table" VALUES (1, 'é', 'a');
CREATE TABLE parent (a int);
CREATE TABLE child (b int) INHERITS (parent);
INSERT INTO child VALUES (1, 2), (3, 4);
CREATE TEMP VIEW briefly AS SELECT 1 AS of, * FROM (VALUES ('films_view'::regclass), ('films_stored'), ('parts'), ('parts_rest'), ('temporary'), ('"a Schema"."a.""Table"'), ('parent')) r(relation);
SELECT relation, position, column_name, data_type, rows, nulls, distinct_values, distinct_exact, min, max, frequent_values, frequent_counts, suspicions
FROM briefly, LATERAL profile(relation) ORDER BY relation::text, position;

-- a foreign table
CREATE EXTENSION IF NOT EXISTS file_fdw;
CREATE SERVER files FOREIGN DATA WRAPPER file_fdw;
\getenv builddir PG_ABS_BUILDDIR
\set file :builddir '/results/profile.csv'
COPY (SELECT film_id, title, rating FROM films WHERE film_id <= 10 ORDER BY film_id) TO :'file' (FORMAT csv);
CREATE FOREIGN TABLE films_file (film_id int, title text, rating float8) SERVER files OPTIONS (filename :'file', format 'csv');
SELECT column_name, rows, nulls, nans, distinct_values, min, max FROM profile('films_file');

-- no columns, no rows, one row, only nulls
CREATE TABLE bare ();
INSERT INTO bare DEFAULT VALUES;
SELECT * FROM profile('bare');
CREATE TABLE empty (a int, b text, c bytea, d date, e boolean, f int[]);
\x on
SELECT * FROM profile('empty') WHERE column_name IN ('a', 'b', 'c');
INSERT INTO empty VALUES (1, 'x', '\x01', '2020-01-01', true, '{1,2,2}');
SELECT * FROM profile('empty') WHERE column_name IN ('a', 'b', 'f');
\x off
TRUNCATE empty;
INSERT INTO empty SELECT FROM generate_series(1, 3);
SELECT column_name, rows, nulls, distinct_values, min, mean, frequent_values, suspicions FROM profile('empty');

-- numbers: exact extremes, scales, signs, infinities, and infinite times
CREATE TABLE numbers (s smallint, b bigint, n numeric, n2 numeric(6, 2), r real, d float8, m money, t time, i interval, day date, at timestamp);
INSERT INTO numbers VALUES
	(-32768, -9223372036854775808, -1e-20, -0.01, -1.1, '-0', '$-1.25', '00:00', '-1 day', '-infinity', '0044-03-15 BC'),
	(32767, 9223372036854775807, 12345678901234567890.123456789, 9999.99, 1.1, 0, '$3', '24:00', '1 mon 2 days', '4713-01-01 BC', '294276-12-31 23:59:59.999999'),
	(0, 9007199254740993, 1.50, 1.5, 'NaN', 0.1, '$3.00', '12:30', '24:00', '2024-02-29', 'infinity'),
	(1, 9007199254740992, 1.5, 1.50, 'Infinity', 1e300, '$1,000', '12:30:00.5', '1 day', '2024-02-29', '2024-02-29 12:00'),
	(1, 0, 10000, 100, 1.1, 5e-324, NULL, NULL, NULL, NULL, NULL),
	(1, 0, -10000.0001, 0, 0, -1e300, NULL, NULL, NULL, NULL, NULL),
	(1, 0, 'NaN', 'NaN', 0, 0.1, NULL, NULL, NULL, NULL, NULL),
	(1, 0, '-Infinity', NULL, 0, 0.1, NULL, NULL, NULL, NULL, NULL);
SELECT column_name, nans, distinct_values, min, max, zeros, negatives, frequent_values, frequent_counts, suspicions FROM profile('numbers');
-- keys of numerics are ordered as numerics are, and come back as they were
CREATE TABLE numerics AS
SELECT sign * digits * 10::numeric ^ power AS x FROM (VALUES (-1), (1)) s(sign), (VALUES (1), (1.5), (9999), (10000.0001), (1.00010001)) d(digits), generate_series(-9, 9) power
UNION ALL SELECT 0;
CREATE TABLE numeric_pairs (x numeric);
DO $$
DECLARE a numeric; before numeric; lowest text; highest text;
BEGIN
	FOR a IN SELECT DISTINCT x FROM numerics ORDER BY x LOOP
		IF before IS NOT NULL THEN
			TRUNCATE numeric_pairs;
			INSERT INTO numeric_pairs VALUES (a), (before);
			SELECT min, max INTO lowest, highest FROM mediaml.profile('numeric_pairs');
			IF lowest <> trim_scale(before)::text OR highest <> trim_scale(a)::text THEN
				RAISE WARNING '% % is shown as % %', before, a, lowest, highest;
			END IF;
		END IF;
		before := a;
	END LOOP;
END $$;
SELECT min::numeric = (SELECT min(x) FROM numerics) AS min, max::numeric = (SELECT max(x) FROM numerics) AS max,
	distinct_values = (SELECT count(DISTINCT x) FROM numerics) AS distinct_values FROM profile('numerics');

-- suspicions
CREATE TABLE suspects AS
SELECT i AS id, i::text AS number_text, (i * 1000)::text || CASE WHEN i % 20 = 0 THEN ' n/a' ELSE '' END AS nearly, to_char(date '2020-01-01' + i, 'DD Month YYYY') AS date_text,
	CASE i % 3 WHEN 0 THEN '$' WHEN 1 THEN '€' ELSE '£' END || i AS price, 5 AS same, CASE WHEN i > 3 THEN 'x' END AS same_or_null, '  ' AS blank,
	CASE WHEN i > 3 THEN '' END AS blank_or_null, CASE WHEN i % 10 = 0 THEN ' a ' ELSE 'a' END AS padded, CASE WHEN i > 58 THEN 1000 * i ELSE i % 7 END AS far,
	CASE WHEN i = 1 THEN 0 ELSE 1 END AS nearly_constant, CASE WHEN i = 3 THEN 'NaN' WHEN i < 3 THEN 'inf' ELSE i / 7.0 END::float8 AS strange, md5(i::text)::uuid AS key,
	CASE WHEN i = 1 THEN date '1900-01-01' ELSE date '2020-01-01' + i END AS day, NULL::int AS nothing
FROM generate_series(1, 60) i;
SELECT column_name, suspicions FROM profile('suspects');

-- more columns than a function has arguments, and the widest there are
SELECT format('CREATE TABLE wide (%s)', string_agg(format('c%s int', i), ', ' ORDER BY i)) FROM generate_series(1, 200) i \gexec
INSERT INTO wide (c1, c90, c91, c180, c181, c200) SELECT i, i, i + 1, i, i + 1, i FROM generate_series(1, 5) i;
SELECT position, column_name, rows, nulls, min, max FROM profile('wide') WHERE nulls = 0;
SELECT count(*), sum(nulls) FROM profile('wide');
ALTER TABLE wide DROP COLUMN c90, DROP COLUMN c1;
SELECT position, column_name, rows, nulls, min, max FROM profile('wide') WHERE nulls = 0;

-- what is not understood is counted
CREATE TABLE unread (b bytea, j jsonb, x xml, p point, r int4range, a int[][]) WITH (autovacuum_enabled = off, toast.autovacuum_enabled = off);
INSERT INTO unread SELECT '\x00', '{}', '<a/>', '(1,2)', '[1,2)', '{{1,2},{3,4}}';
INSERT INTO unread DEFAULT VALUES;
SELECT column_name, data_type, rows, nulls, blanks, nans, distinct_values, distinct_exact, min, max, mean, zeros, frequent_values, suspicions FROM profile('unread');

-- and never read: of eight values of a megabyte no page is touched
ALTER TABLE unread ALTER b SET STORAGE EXTERNAL;
INSERT INTO unread (b) SELECT decode(repeat('00', 1000000), 'hex') FROM generate_series(1, 8);
SELECT pg_stat_force_next_flush();
SELECT reltoastrelid AS toast FROM pg_class WHERE oid = 'unread'::regclass \gset
SELECT heap_blks_read + heap_blks_hit AS before FROM pg_statio_all_tables WHERE relid = :toast \gset
SELECT rows, nulls FROM profile('unread') WHERE column_name = 'b';
SELECT pg_stat_force_next_flush();
SELECT heap_blks_read + heap_blks_hit - :before AS pages FROM pg_statio_all_tables WHERE relid = :toast;

-- no tables
CREATE INDEX films_index ON films (title);
CREATE SEQUENCE numbered;
CREATE TYPE composite AS (a int);
SELECT * FROM profile('films_index');
SELECT * FROM profile('numbered');
SELECT * FROM profile('composite');
SELECT * FROM profile(0);
SELECT * FROM profile('no_such_table');
SELECT * FROM profile(NULL);
CREATE MATERIALIZED VIEW not_yet AS SELECT 1 AS a WITH NO DATA;
SELECT * FROM profile('not_yet');

-- as the caller: privileges and row-level security
CREATE ROLE profile_reader;
CREATE TABLE guarded (a int, secret text, b int, owner name);
INSERT INTO guarded VALUES (1, 's', 2, 'profile_reader'), (3, 't', 4, 'somebody');
CREATE VIEW guarded_view AS SELECT a, secret FROM guarded;
CREATE VIEW guarded_invoker WITH (security_invoker = true) AS SELECT a FROM guarded;
CREATE SCHEMA closed;
CREATE TABLE closed.inside (a int);
GRANT SELECT ON closed.inside TO profile_reader;
SELECT 'closed.inside'::regclass::oid AS inside \gset
SET ROLE profile_reader;
SELECT * FROM profile('guarded');
SELECT * FROM profile('guarded_view');
SELECT * FROM profile(:inside);
RESET ROLE;
GRANT SELECT (a, b) ON guarded TO profile_reader;
GRANT SELECT ON guarded_view, guarded_invoker TO profile_reader;
SET ROLE profile_reader;
SELECT column_name, rows, min, max FROM profile('guarded');
SELECT column_name, rows, min, max FROM profile('guarded_view');
SELECT column_name, rows, min, max FROM profile('guarded_invoker');
RESET ROLE;
CREATE POLICY own ON guarded USING (owner = current_user);
ALTER TABLE guarded ENABLE ROW LEVEL SECURITY;
GRANT SELECT ON guarded TO profile_reader;
SET ROLE profile_reader;
SELECT column_name, rows, min, max FROM profile('guarded');
SET row_security = off;
SELECT column_name, rows, min, max FROM profile('guarded');
RESET row_security;
RESET ROLE;

-- nobody's search_path is asked: a table, an operator, and a function of the same names
CREATE SCHEMA evil;
CREATE FUNCTION evil.profile_columns(VARIADIC "any") RETURNS mediaml.state LANGUAGE internal AS 'pg_backend_pid';
CREATE TABLE evil.parent (evil int);
SELECT 'mediaml.parent'::regclass::oid AS parent \gset
SET search_path = evil, pg_catalog, mediaml;
SELECT column_name, rows, min, max FROM mediaml.profile(:parent);
SET search_path = mediaml, public;

-- inside functions and transactions
CREATE FUNCTION pg_temp.profiled(what regclass) RETURNS SETOF text LANGUAGE plpgsql AS $$
DECLARE row record;
BEGIN
	CREATE TABLE made_within AS SELECT 1 AS a;
	FOR row IN SELECT * FROM mediaml.profile('made_within') LOOP
		RETURN NEXT row.column_name || row.rows;
	END LOOP;
	BEGIN
		PERFORM mediaml.profile('numbered');
	EXCEPTION WHEN wrong_object_type THEN
		RETURN NEXT SQLERRM;
	END;
	INSERT INTO made_within VALUES (2);
	RETURN NEXT (SELECT sum(rows) FROM mediaml.profile('made_within'));
	DROP TABLE made_within;
	RETURN NEXT (SELECT string_agg(column_name, ' ') FROM mediaml.profile(what));
END $$;
SELECT pg_temp.profiled('numbers');
BEGIN;
INSERT INTO parent VALUES (5);
SELECT rows, max FROM profile('parent');
SAVEPOINT s;
SELECT * FROM profile('not_yet');
ROLLBACK TO s;
SELECT rows, max FROM profile('parent');
ROLLBACK;
SELECT profile('bare');
SELECT (profile('parent')).rows;

-- parallel workers change nothing
CREATE TABLE many AS
SELECT i AS id, i % 20 AS few, (i::bigint * 7919) % 100003 AS spread, sin(i) AS wave, 'k' || i % 1000 AS word, 'v' || (i::bigint * 104729) % 90001 AS words, date '2000-01-01' + i % 5000 AS day,
	i % 3 = 0 AS third, CASE WHEN i % 7 = 0 THEN NULL ELSE i / 8.0 END AS eighths, ARRAY['a', 'b' || i % 5] AS list
FROM generate_series(1, 60000) i;
SET max_parallel_workers_per_gather = 0;
CREATE TEMP TABLE serial AS SELECT * FROM profile('many');
SET max_parallel_workers_per_gather = 2;
SET parallel_setup_cost = 0;
SET parallel_tuple_cost = 0;
SET min_parallel_table_scan_size = 0;
EXPLAIN (COSTS OFF) SELECT profile_columns(id, word) FROM many;
CREATE TEMP TABLE parallel AS SELECT * FROM profile('many');
SELECT column_name FROM (
	SELECT column_name, to_jsonb(s) - '{mean,sd,skew}'::text[] FROM serial s EXCEPT SELECT column_name, to_jsonb(p) - '{mean,sd,skew}'::text[] FROM parallel p) d;
SELECT s.column_name, abs(s.mean - p.mean) <= 1e-12 * s.sd AS mean, abs(s.sd - p.sd) <= 1e-12 * s.sd AS sd, abs(s.skew - p.skew) <= 1e-11 AS skew
FROM serial s JOIN parallel p USING (position) ORDER BY position;
RESET max_parallel_workers_per_gather;
RESET parallel_setup_cost;
RESET parallel_tuple_cost;
RESET min_parallel_table_scan_size;
SELECT column_name, distinct_values, distinct_exact, min, max, frequent_values, frequent_counts, suspicions FROM serial ORDER BY position;

-- more than is exact: distinct values and quantiles are estimated, and said so
CREATE TABLE large AS
SELECT i AS id, 'w' || i AS word, CASE WHEN i % 4 = 0 THEN 'often' WHEN i % 10 = 1 THEN 'seldom' ELSE 'w' || i END AS mixed, i::float8 AS x FROM generate_series(1, 250000) i;
SELECT column_name, distinct_exact, abs(distinct_values / CASE column_name WHEN 'mixed' THEN 162502.0 ELSE 250000 END - 1) < 0.04 AS distinct_values, min, max, frequent_values,
	frequent_counts[1] BETWEEN 62500 - 1000 AND 62500 AS first, abs(q01 - 2500) < 0.005 * 250000 AS q01, abs(q50 - 125000) < 0.005 * 250000 AS q50, mean, suspicions
FROM profile('large');

-- it can be cancelled
CREATE VIEW endless AS SELECT a.id, b.words, b.list FROM many a, many b;
\set VERBOSITY terse
SET statement_timeout = 300;
SELECT * FROM profile('endless');
RESET statement_timeout;
\set VERBOSITY default

-- memory is counted
SET mediaml.max_memory = '4MB';
DO $$ BEGIN
	PERFORM mediaml.profile('large');
EXCEPTION WHEN program_limit_exceeded THEN
	RAISE NOTICE '%', regexp_replace(SQLERRM, '\d+ kB', 'some kB', 'g');
END $$;
RESET mediaml.max_memory;
SELECT count(*) FROM profile('large');

-- but once: what the rows have taken is looked at where it lies
CREATE VIEW titles AS SELECT 'a title that no other row has ' || i AS title FROM generate_series(1, 90000) i;
SET mediaml.max_memory = '12MB';
SELECT rows, distinct_values FROM profile('titles');
RESET mediaml.max_memory;

-- the aggregate alone: its state can be stored, and added up
CREATE AGGREGATE pg_temp.summed(state) (SFUNC = profile_columns_combine, STYPE = state);
CREATE AGGREGATE pg_temp.stepped(VARIADIC "any") (SFUNC = profile_columns_step, STYPE = state);
CREATE TABLE states AS SELECT i % 3 AS part, profile_columns(i, 'x' || i % 4, i / 4.0) AS s FROM generate_series(1, 90) i GROUP BY 1;
INSERT INTO states SELECT 9, profile_columns(i, 'x' || i % 4, i / 4.0) FROM generate_series(1, 90) i;
SELECT part, octet_length(state_send(s)) > 1000 AS size, s::text::state::text = s::text AS same FROM states ORDER BY part;
-- the same rows in any shares: one state, but for the order in which it came to know them
SELECT octet_length(state_send(pg_temp.summed(s) FILTER (WHERE part < 9))) = max(octet_length(state_send(s))) FILTER (WHERE part = 9) AS alike FROM states;
SELECT count(*) FROM (SELECT part, pg_temp.summed(s) FROM states, generate_series(1, 2) GROUP BY GROUPING SETS ((part), ())) s(part, s) WHERE s::text::state IS NOT NULL;
SELECT pg_temp.summed(s) FROM (SELECT NULL::state WHERE false) x(s);
SELECT pg_temp.summed(s) IS NULL FROM (VALUES (NULL::state), (NULL)) x(s);
SELECT profile_columns(1) FROM generate_series(1, 0);
SELECT octet_length(state_send(profile_columns(NULL::int, NULL::text))) > 0 AS nulls FROM generate_series(1, 3);
SELECT count(pc) FROM (SELECT profile_columns(i) OVER (ORDER BY i ROWS 2 PRECEDING) AS pc FROM generate_series(1, 5) i) w;
SELECT part FROM states WHERE profile_columns_combine(NULL, s) IS NOT NULL;

-- functions of the aggregate, called by themselves or for what is not theirs
SELECT profile_columns_step(NULL, 1);
SELECT profile_columns_combine(s, s) FROM states;
SELECT profile_columns(VARIADIC ARRAY[1, 2]);
SELECT profile_columns();
SELECT pg_temp.summed(x) FROM (SELECT s FROM states WHERE part = 9 UNION ALL SELECT profile_columns(1, 2) FROM states) v(x);
SELECT pg_temp.summed(x) FROM (SELECT s FROM states WHERE part = 9 UNION ALL SELECT accuracy_step FROM (SELECT NULL::state) a(accuracy_step) UNION ALL SELECT profile_columns('a'::text, 'b'::text, 1.5)) v(x);
CREATE AGGREGATE pg_temp.accuracy_state(boolean, boolean) (SFUNC = accuracy_step, STYPE = state);
SELECT pg_temp.summed(x) FROM (SELECT s FROM states UNION ALL SELECT pg_temp.accuracy_state(true, true)) v(x);
SELECT accuracy_final(s) FROM states WHERE part = 9;
-- a state to begin with, of the same columns and of others
DO $$ BEGIN
	EXECUTE (SELECT format('CREATE AGGREGATE pg_temp.more(VARIADIC "any") (SFUNC = mediaml.profile_columns_step, STYPE = mediaml.state, INITCOND = %L)', s) FROM states WHERE part = 9);
END $$;
SELECT octet_length(state_send(pg_temp.more(i, 'x' || i % 4, i / 4.0))) > 1000 AS more FROM generate_series(91, 100) i;
SELECT pg_temp.more(i, 'x' || i % 4) FROM generate_series(91, 100) i;
SELECT pg_temp.more(i, 'x' || i % 4, i) FROM generate_series(91, 100) i;

-- cut at every byte, and every byte changed: errors of the validator alone, or an answer
CREATE FUNCTION pg_temp.try(value text) RETURNS text LANGUAGE plpgsql AS $$
BEGIN
	RETURN (SELECT CASE WHEN (SELECT pg_temp.summed(x) FROM (VALUES (s), (s)) v(x))::text::mediaml.state IS NOT NULL THEN 'answered' END FROM (SELECT value::mediaml.state) v(s));
EXCEPTION WHEN data_corrupted THEN
	RETURN SQLERRM;
END $$;
CREATE TEMP TABLE samples AS SELECT profile_columns(i, 'x' || i % 4, i / 4.0, ARRAY['a'], '\x00'::bytea)::text AS value FROM generate_series(1, 6) i;
SELECT pg_temp.try(left(value, 2 * n)) AS cut, count(*) > 0 FROM samples, LATERAL generate_series(0, length(value) / 2 - 1) n GROUP BY 1 ORDER BY 1;
SELECT pg_temp.try(overlay(value PLACING byte FROM 2 * n + 1)) AS changed, count(*) > 0
FROM samples, LATERAL generate_series(0, length(value) / 2 - 1) n, (VALUES ('00'), ('01'), ('7f'), ('80'), ('ff')) b(byte) GROUP BY 1 ORDER BY 1;

DROP TABLE films, parts, parent, "a Schema"."a.""Table", bare, empty, numbers, numerics, numeric_pairs, suspects, wide, unread, guarded, closed.inside, evil.parent, many, large, states CASCADE;
DROP SCHEMA evil CASCADE;
DROP SCHEMA closed, "a Schema";
DROP SEQUENCE numbered;
DROP TYPE composite, colour;
DROP DOMAIN money_amount;
DROP MATERIALIZED VIEW not_yet;
DROP VIEW titles;
DROP EXTENSION file_fdw CASCADE;
DROP ROLE profile_reader;
