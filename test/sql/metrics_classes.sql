-- What predicted classes are worth: precision, recall, f1, confusion, adjusted_rand,
-- and probabilities of many classes.
SET search_path = mediaml, public;
SET extra_float_digits = 0;

-- booleans: counts of the positive class; precision is a keyword, so it wants its schema or quotes
CREATE TEMP TABLE few (actual boolean, predicted boolean);
INSERT INTO few VALUES (true, true), (true, true), (true, false), (false, true), (false, false), (false, false), (NULL, true), (true, NULL);
SELECT mediaml.precision(actual, predicted), recall(actual, predicted), f1(actual, predicted), confusion(actual, predicted) FROM few;
SELECT "precision"(NOT actual, NOT predicted), recall(NOT actual, NOT predicted), f1(actual, actual), f1(actual, NOT actual) FROM few;
SELECT * FROM unnest((SELECT confusion(actual, predicted) FROM few)) WHERE n > 1;

-- nothing to divide by is 0; nothing at all is NULL
SELECT mediaml.precision(true, false), recall(false, true), f1(false, false), confusion(false, false);
SELECT mediaml.precision(true, false), recall(false, true), f1(false, false), confusion(false, false),
	mediaml.precision(1, 1), recall('a', 'a'), f1('a', 'a', 'micro'), confusion(1, 1), adjusted_rand(1, 1), log_loss('a', '{a}', '{1}'), brier(true, 1)
WHERE false;
SELECT mediaml.precision(NULL::boolean, true), recall(1, NULL), f1('a', NULL::text), f1('a', 'b', NULL::text), confusion(NULL::text, 'b'), adjusted_rand(NULL, 1),
	log_loss(NULL, '{a}', '{1}'), log_loss('a', NULL, '{1}'), brier('a', '{a}', NULL), brier(NULL, 1)
FROM generate_series(1, 3);
SELECT recall(true, true) FILTER (WHERE false) AS recall, confusion('a', 'a') FILTER (WHERE false) AS confusion;

-- labels: macro, micro, weighted over every class that occurs in either column
CREATE TEMP TABLE films AS
SELECT i, i % 2 AS g, (ARRAY['drama', 'comedy', 'noir', 'drama'])[1 + i % 4] AS actual,
	(ARRAY['drama', 'comedy', 'drama', 'épopée', 'comedy'])[1 + i * 3 % 5] AS predicted
FROM generate_series(1, 40) i;
SELECT (unnest(confusion(actual, predicted))).* FROM films;
SELECT g, (unnest(confusion(actual, predicted))).* FROM films GROUP BY g ORDER BY 1, 2, 3;
SELECT average, round(p::numeric, 12) AS precision, round(r::numeric, 12) AS recall, round(f::numeric, 12) AS f1
FROM (SELECT 'macro' AS average, mediaml.precision(actual, predicted, 'macro') AS p, recall(actual, predicted, 'macro') AS r, f1(actual, predicted, 'macro') AS f FROM films
	UNION ALL SELECT 'micro', mediaml.precision(actual, predicted, 'micro'), recall(actual, predicted, 'micro'), f1(actual, predicted, 'micro') FROM films
	UNION ALL SELECT 'weighted', mediaml.precision(actual, predicted, 'weighted'), recall(actual, predicted, 'weighted'), f1(actual, predicted, 'weighted') FROM films) s;
SELECT f1(actual, predicted) = f1(actual, predicted, 'macro') AS macro, f1(actual, predicted, 'micro') = accuracy(actual, predicted) AS micro,
	f1(hashtext(actual), hashtext(predicted)) = f1(actual, predicted) AS numbers, recall(actual, actual) AS perfect
FROM films;
SELECT f1(actual = 'drama', predicted = 'drama') > 0 AS of_one_class, f1(DISTINCT actual, predicted), f1(actual, predicted ORDER BY i) = f1(actual, predicted ORDER BY -i) AS any_order,
	f1(actual, predicted) FILTER (WHERE g = 1) AS filtered
FROM films;
SELECT confusion(a, b) FROM (VALUES (9223372036854775807, -1), (-9223372036854775808, 0), (10, 9), (9, 10)) v(a, b);
SELECT confusion(a, b), confusion('x' || a, '') FROM (VALUES ('', 'x'), ('x', ''), (repeat('x', 3), 'x')) v(a, b);
SELECT i, f1(actual, predicted) OVER (ORDER BY i ROWS 1 PRECEDING) FROM films WHERE i <= 4 ORDER BY i;

-- wrong arguments
SELECT f1(actual, predicted, 'binary') FROM films;
SELECT f1(actual, predicted, CASE WHEN i > 20 THEN 'micro' ELSE 'macro' END) FROM films;
CREATE COLLATION pg_temp.any_case (provider = icu, locale = 'und-u-ks-level2', deterministic = false);
SELECT f1(actual COLLATE pg_temp.any_case, predicted) FROM films;
SELECT f1(1.5, 1.5);

-- adjusted_rand: names of groups do not matter
SELECT adjusted_rand(a, b), adjusted_rand(a, 10 - a) AS renamed, adjusted_rand(a, 1) AS one_group, adjusted_rand(1, 1) AS both_one, adjusted_rand(i, -i) AS all_apart
FROM (VALUES (1, 0, 0), (2, 0, 0), (3, 1, 1), (4, 1, 2)) v(i, a, b);
SELECT adjusted_rand(a, b) FROM (VALUES ('x', 'u'), ('x', 'v'), ('y', 'u'), ('y', 'v')) v(a, b);
SELECT adjusted_rand(1, 2) AS one_row;
SELECT abs(adjusted_rand(i % 7, i * i % 5) - adjusted_rand('g' || i % 7, 'h' || i * i % 5)) AS same, round(adjusted_rand(i / 100, i / 130)::numeric, 12) AS agree
FROM generate_series(1, 1000) i;

-- probabilities of many classes, as predict_proba_all gives them
SELECT abs(log_loss(a, '{x,y,z}', p) + (ln(0.5) + ln(0.7) + ln(0.1)) / 3) < 1e-12 AS log_loss,
	abs(brier(a, '{x,y,z}', p) - (0.25 + 0.09 + 0.04 + 0.04 + 0.01 + 0.09 + 0.01 + 0.81 + 0.64) / 3) < 1e-12 AS brier
FROM (VALUES ('x', ARRAY[0.5, 0.3, 0.2]), ('y', '{0.2,0.7,0.1}'), ('z', '{0.1,0.8,0.1}')) v(a, p);
SELECT abs(log_loss(a::text, '{false,true}', ARRAY[1 - p, p]) - log_loss(a, p)) < 1e-15 AS log_loss, abs(brier(a::text, '{false,true}', ARRAY[1 - p, p]) - 2 * brier(a, p)) < 1e-15 AS brier,
	log_loss('b', '{a,b}', '{1,0}') AS sure_and_wrong, log_loss('a', '{a,b}', '{1,0}') < 1e-15 AS sure
FROM (SELECT i % 3 = 0 AS a, i / 50.0::float8 AS p FROM generate_series(0, 50) i) s;
SELECT abs(brier(a, p) - (0.09 + 0.04) / 2) < 1e-15 AS brier FROM (VALUES (true, 0.7), (false, 0.2)) v(a, p);
SELECT brier(true, 1.5);
SELECT brier(true, 'NaN');
SELECT log_loss('a', '{a,b}', '{0.5,0.6}');
SELECT log_loss('a', '{a,b}', '{-0.5,1.5}');
SELECT log_loss('c', '{a,b}', '{0.5,0.5}');
SELECT log_loss('a', '{a,a}', '{0.5,0.5}');
SELECT log_loss('a', '{a,b}', '{0.5,0.25,0.25}');
SELECT log_loss('a', '{a,NULL}', '{0.5,0.5}');
SELECT log_loss('a', '{a,b}', '{0.5,NULL}');
SELECT log_loss('a', '{{a,b}}', '{0.5,0.5}');
SELECT log_loss('a', '{}', '{}');

-- the route from a model
CREATE TEMP TABLE trained AS
SELECT logistic_regression('c' || i % 3, ARRAY[i % 3 + i % 5, i % 7], '{"l2": 1}') AS model FROM generate_series(1, 60) i;
SELECT log_loss('c' || i % 3, classes, predict_proba_all(model, ARRAY[i % 3 + i % 5, i % 7])) < ln(3.0) AS better_than_chance
FROM (SELECT model, ARRAY(SELECT jsonb_array_elements_text(model_info(model) -> 'classes')) AS classes FROM trained) m, generate_series(1, 60) i;

-- parallel equals serial
SET extra_float_digits = 1;
CREATE TABLE many AS
SELECT i, i % 7 AS a, i * 7919 % 11 AS b, 'k' || i % 5 AS c, 'k' || i * 31 % 7 AS d, i % 3 = 0 AS e, i * 13 % 7 > 2 AS f, (i % 101) / 100.0::float8 AS p
FROM generate_series(1, 60000) i;
ALTER TABLE many SET (parallel_workers = 3);
ANALYZE many;
SET max_parallel_workers_per_gather = 0;
SELECT f1(a, b) AS f1, mediaml.precision(c, d, 'weighted') AS precision, recall(e, f) AS recall, confusion(c, d)::text AS confusion, adjusted_rand(a, b) AS rand,
	brier(e, p) AS brier, log_loss(c, '{k0,k1,k2,k3,k4}', ARRAY[p, 1 - p, 0, 0, 0]) AS log_loss
FROM many \gset
SET max_parallel_workers_per_gather = 3;
SET parallel_setup_cost = 0;
SET parallel_tuple_cost = 0;
SET min_parallel_table_scan_size = 0;
SET parallel_leader_participation = off;
EXPLAIN (COSTS OFF) SELECT f1(a, b), confusion(e, f), brier(e, p), adjusted_rand(c, d) FROM many;
SELECT abs(f1(a, b) - :f1) < 1e-15 AS f1, abs(mediaml.precision(c, d, 'weighted') - :precision) < 1e-15 AS precision, recall(e, f) = :recall AS recall,
	confusion(c, d)::text = :'confusion' AS confusion, adjusted_rand(a, b) = :rand AS rand, abs(brier(e, p) - :brier) < 1e-14 AS brier,
	abs(log_loss(c, '{k0,k1,k2,k3,k4}', ARRAY[p, 1 - p, 0, 0, 0]) - :log_loss) < 1e-12 AS log_loss
FROM many;
SELECT bool_and(p = s) AS groups
FROM (SELECT i % 4 AS g, f1(a, b) AS p FROM many GROUP BY 1) parallel JOIN (SELECT i % 4 AS g, f1(a, b ORDER BY i) AS s FROM many GROUP BY 1) serial USING (g);
RESET parallel_leader_participation;
RESET max_parallel_workers_per_gather;
RESET parallel_setup_cost;
RESET parallel_tuple_cost;
RESET min_parallel_table_scan_size;

-- memory is counted
SET mediaml.max_memory = '1MB';
SELECT f1(i, -i) FROM generate_series(1, 100000) i;
RESET mediaml.max_memory;
SELECT f1(i, -i), f1('k' || i % 50000, 'k' || i % 30000) > 0 AS texts FROM generate_series(1, 100000) i;

-- aggregates of the same arguments share a state
SELECT count(DISTINCT aggtransfn) AS steps, count(*) AS aggregates FROM pg_aggregate JOIN pg_proc p ON p.oid = aggfnoid
WHERE pronamespace = 'mediaml'::regnamespace AND proname IN ('precision', 'recall', 'f1', 'confusion', 'adjusted_rand') AND proargtypes[0] = 'text'::regtype AND pronargs = 2;

-- states: stored and added up; forged ones are refused or answer truly
CREATE AGGREGATE pg_temp.pairs_state(text, text) (SFUNC = pairs_step, STYPE = state);
CREATE AGGREGATE pg_temp.pairs_state(bigint, bigint) (SFUNC = pairs_step, STYPE = state);
CREATE AGGREGATE pg_temp.outcomes_state(boolean, boolean) (SFUNC = outcomes_step, STYPE = state);
CREATE AGGREGATE pg_temp.f1_sum(state) (SFUNC = pairs_combine, STYPE = state, FINALFUNC = pairs_f1);
CREATE TABLE days AS SELECT g, pg_temp.pairs_state(actual, predicted) AS s, pg_temp.pairs_state(g, g) AS n FROM films GROUP BY g ORDER BY g;
SELECT pg_temp.f1_sum(s) = (SELECT f1(actual, predicted) FROM films) AS added_up, bool_and(s::text::state::text = s::text) AS text_form FROM days;
SELECT pg_temp.f1_sum(x) FROM (SELECT s FROM days UNION ALL SELECT n FROM days) v(x);
SELECT pairs_f1(pg_temp.outcomes_state(actual, predicted)) FROM few;
SELECT n FROM days WHERE g = 1;
SELECT pairs_f1(overlay(n::text PLACING '02' FROM 73)::state) FROM days WHERE g = 1;
SELECT pairs_f1(overlay(n::text PLACING '15' FROM 57)::state) FROM days WHERE g = 1;
SELECT pairs_f1(overlay(n::text PLACING '07' FROM 81)::state) FROM days WHERE g = 1;
SELECT pairs_f1(overlay(n::text PLACING '05' FROM 137)::state) FROM days WHERE g = 1;
SELECT pairs_confusion(overlay(s::text PLACING 'ff' FROM position('6472616d61' IN s::text))::state) FROM days WHERE g = 1;

DROP TABLE many, days;
