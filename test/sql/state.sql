-- The type mediaml.state: whatever anybody hands in, an error or a true answer.
SET search_path = mediaml, public;
SET extra_float_digits = 0;

-- aggregates that stop before their final function, and such that only combine
CREATE AGGREGATE pg_temp.accuracy_state(boolean, boolean) (SFUNC = accuracy_step, STYPE = state);
CREATE AGGREGATE pg_temp.log_loss_state(boolean, float8) (SFUNC = log_loss_step, STYPE = state);
CREATE AGGREGATE pg_temp.roc_auc_state(boolean, float8) (SFUNC = roc_auc_step, STYPE = state);
CREATE AGGREGATE pg_temp.accuracy_sum(state) (SFUNC = accuracy_combine, STYPE = state, FINALFUNC = accuracy_final);
CREATE AGGREGATE pg_temp.log_loss_sum(state) (SFUNC = log_loss_combine, STYPE = state, FINALFUNC = log_loss_final);
CREATE AGGREGATE pg_temp.roc_auc_sum(state) (SFUNC = roc_auc_combine, STYPE = state, FINALFUNC = roc_auc_final);

-- states can be stored, and combined later
CREATE TABLE states AS
SELECT i % 4 AS part, pg_temp.accuracy_state(i % 3 = 0, i % 2 = 0) AS accuracy,
	pg_temp.log_loss_state(i % 3 = 0, i / 101.0) AS log_loss, pg_temp.roc_auc_state(i % 3 = 0, i % 17) AS roc_auc
FROM generate_series(1, 100) i GROUP BY 1 ORDER BY 1;
SELECT part, accuracy FROM states WHERE part = 0;
SELECT part, octet_length(state_send(log_loss)) AS log_loss, octet_length(state_send(roc_auc)) AS roc_auc FROM states ORDER BY part;
SELECT pg_temp.accuracy_sum(accuracy) = (SELECT accuracy(i % 3 = 0, i % 2 = 0) FROM generate_series(1, 100) i) AS accuracy,
	abs(pg_temp.log_loss_sum(log_loss) - (SELECT log_loss(i % 3 = 0, i / 101.0) FROM generate_series(1, 100) i)) < 1e-12 AS log_loss,
	pg_temp.roc_auc_sum(roc_auc) = (SELECT roc_auc(i % 3 = 0, i % 17) FROM generate_series(1, 100) i) AS roc_auc
FROM states;
SELECT part, accuracy_final(accuracy), round(log_loss_final(log_loss)::numeric, 9) AS log_loss, round(roc_auc_final(roc_auc)::numeric, 9) AS roc_auc
FROM states ORDER BY part;

-- text and binary forms round-trip, byte for byte
SELECT bool_and(accuracy::text::state::text = accuracy::text) AS accuracy, bool_and(state_send(log_loss::text::state) = state_send(log_loss)) AS log_loss,
	bool_and(roc_auc::text = encode(state_send(roc_auc), 'hex')) AS roc_auc
FROM states;
CREATE TABLE copied (LIKE states);
\getenv builddir PG_ABS_BUILDDIR
\set file :builddir '/results/state.bin'
COPY states TO :'file' (FORMAT binary);
COPY copied FROM :'file' (FORMAT binary);
SELECT count(*), bool_and(s.accuracy::text = c.accuracy::text AND s.log_loss::text = c.log_loss::text AND s.roc_auc::text = c.roc_auc::text) AS equal
FROM states s JOIN copied c USING (part);

-- a large state is stored out of line, and read back
INSERT INTO copied (part, roc_auc) SELECT 9, pg_temp.roc_auc_state(i % 3 = 0, i) FROM generate_series(1, 100000) i;
SELECT roc_auc_final(roc_auc), octet_length(state_send(roc_auc)) FROM copied WHERE part = 9;
SELECT pg_temp.roc_auc_sum(roc_auc) FROM copied, generate_series(1, 3) WHERE part = 9;

-- a state is changed by the aggregate that owns it, and by nobody else
SELECT accuracy_step(NULL, true, true);
SELECT accuracy_combine(accuracy, accuracy) FROM states;
SELECT roc_auc_step(roc_auc, true, 1) FROM states;
SELECT accuracy_step(accuracy, NULL, true)::text = accuracy::text AS unchanged FROM states WHERE part = 1;
DO $$
DECLARE s mediaml.state; before text;
BEGIN
	SELECT pg_temp.roc_auc_state(i % 3 = 0, i % 5) INTO s FROM generate_series(1, 50) i;
	before := s::text;
	PERFORM pg_temp.roc_auc_sum(x) FROM (VALUES (s), (s)) v(x);
	RAISE NOTICE 'unchanged: %, doubled: %', s::text = before,
		(SELECT abs(pg_temp.roc_auc_sum(x) - mediaml.roc_auc_final(s)) < 1e-12 FROM (VALUES (s), (s)) v(x));
END $$;
CREATE AGGREGATE pg_temp.accuracy_from(boolean, boolean)
(SFUNC = accuracy_step, STYPE = state, FINALFUNC = accuracy_final,
	INITCOND = '4d4d4c5361636375726163790000000000000000000000000100000003000000000000000100000000000000');
SELECT pg_temp.accuracy_from(a, true) FROM (VALUES (true)) v(a);
SELECT pg_temp.accuracy_from(a, true) OVER (ROWS 1 PRECEDING) FROM (VALUES (true), (true), (false)) v(a);
CREATE AGGREGATE pg_temp.accuracy_from_nothing(boolean, boolean) (SFUNC = accuracy_step, STYPE = state, INITCOND = 'aa');
CREATE AGGREGATE pg_temp.roc_auc_from(boolean, float8)
(SFUNC = roc_auc_step, STYPE = state, FINALFUNC = roc_auc_final,
	INITCOND = '4d4d4c53726f635f61756300000000000000000000000000010000000100000000000000000000000000000000000000000000000000000000000000000000000000000001000000000000c0');
SELECT pg_temp.roc_auc_from(a, s), pg_temp.roc_auc_from(a, s) FILTER (WHERE s < 4) FROM (VALUES (true, 4), (true, 1)) v(a, s);

-- an empty state is a state, of which nothing is known
SELECT accuracy_final(empty) FROM (SELECT overlay(accuracy::text PLACING repeat('00', 16) FROM 57)::state AS empty FROM states WHERE part = 1) s;

-- a state of another kind
SELECT accuracy_final(log_loss) FROM states;
SELECT roc_auc_final(accuracy) FROM states;
SELECT pg_temp.log_loss_sum(roc_auc) FROM states;
SELECT pg_temp.roc_auc_sum(s) FROM (SELECT roc_auc FROM states UNION ALL SELECT accuracy FROM states) v(s);

-- no state at all
SELECT ''::state;
SELECT '4d4'::state;
SELECT 'no state'::state;
SELECT repeat('00', 40)::state;
SELECT encode('MMLS', 'hex')::state;
SELECT (encode('MMLSsomething', 'hex') || repeat('00', 50))::state;
SELECT overlay(accuracy::text PLACING '02' FROM 49)::state FROM states;
SELECT (accuracy::text || '00')::state FROM states;
SELECT overlay(accuracy::text PLACING '80' FROM 71)::state FROM states;
SELECT overlay(accuracy::text PLACING 'ff' FROM 73)::state FROM states;
SELECT overlay(log_loss::text PLACING 'ff' FROM 71)::state FROM states;
SELECT overlay(log_loss::text PLACING 'f07f' FROM 85)::state FROM states;
SELECT overlay(log_loss::text PLACING 'f8ff' FROM 101)::state FROM states;
SELECT overlay(roc_auc::text PLACING 'ffffffffffffff7f' FROM 57)::state FROM states;
SELECT overlay(roc_auc::text PLACING '80' FROM 103)::state FROM states;
SELECT overlay(roc_auc::text PLACING 'ffff' FROM 117)::state FROM states;
SELECT overlay(roc_auc::text PLACING '00' FROM 73)::state FROM states;

-- cut at every byte, and every byte changed: errors of the validator alone, or
-- an answer that can be true
CREATE FUNCTION pg_temp.try(kind text, value text) RETURNS text LANGUAGE plpgsql AS $$
DECLARE alone float8; twice float8;
BEGIN
	EXECUTE format('SELECT mediaml.%1$s_final(s), (SELECT pg_temp.%1$s_sum(x) FROM (VALUES (s), (s)) v(x)) FROM (SELECT %2$L::mediaml.state) v(s)',
		kind, value) INTO alone, twice;
	RETURN CASE WHEN alone IS NULL AND twice IS NULL THEN 'nothing known' WHEN alone BETWEEN 0 AND 37 AND abs(alone - twice) < 1e-9 THEN 'answered'
		ELSE format('%s and %s', alone, twice) END;
EXCEPTION WHEN data_corrupted THEN
	RETURN SQLERRM;
END $$;
CREATE TEMP VIEW samples AS
SELECT kind, value FROM states, LATERAL (VALUES ('accuracy', accuracy::text), ('log_loss', log_loss::text), ('roc_auc', roc_auc::text)) v(kind, value)
WHERE part = 3;
SELECT kind, pg_temp.try(kind, left(value, 2 * n)) AS cut, count(*)
FROM samples, LATERAL generate_series(0, length(value) / 2 - 1) n GROUP BY 1, 2 ORDER BY 1, 2;
SELECT kind, pg_temp.try(kind, overlay(value PLACING byte FROM 2 * n + 1)) AS changed, count(*)
FROM samples, LATERAL generate_series(0, length(value) / 2 - 1) n, (VALUES ('00'), ('01'), ('7f'), ('80'), ('ff')) b(byte)
GROUP BY 1, 2 ORDER BY 1, 2;

-- the binary form goes through the same validator
CREATE FUNCTION pg_temp.write_binary(file text, value bytea) RETURNS void LANGUAGE plpgsql AS $$
DECLARE lo oid;
BEGIN
	lo := lo_from_bytea(0, '\x5047434f50590aff0d0a00'::bytea || int4send(0) || int4send(0) || int2send(1::int2)
		|| int4send(length(value)) || value || int2send((-1)::int2));
	PERFORM lo_export(lo, file), lo_unlink(lo);
END $$;
CREATE TEMP TABLE received (s state);
SELECT pg_temp.write_binary(:'file', state_send(accuracy)) FROM states WHERE part = 1;
COPY received FROM :'file' (FORMAT binary);
SELECT accuracy_final(s) FROM received;
SELECT pg_temp.write_binary(:'file', substr(state_send(accuracy), 1, 43)) FROM states WHERE part = 1;
COPY received FROM :'file' (FORMAT binary);
SELECT pg_temp.write_binary(:'file', '');
COPY received FROM :'file' (FORMAT binary);

-- memory that states take is counted
SET mediaml.max_memory = '1MB';
SELECT roc_auc(true, i) FROM generate_series(1, 200000) i;
SELECT count(*) FROM (SELECT roc_auc(i % 2 = 0, i) FROM generate_series(1, 200000) i GROUP BY i % 1000 HAVING roc_auc(i % 2 = 0, i) IS NULL) s;
RESET mediaml.max_memory;
SELECT roc_auc(i % 2 = 0, i) > 0.5 AS enough FROM generate_series(1, 200000) i;

DROP VIEW samples;
DROP TABLE states, copied;
