-- What predictions and rankings are worth.
SET search_path = mediaml, public;
SET extra_float_digits = 0;

-- accuracy: small answers, and which version a call resolves to
SELECT accuracy(a, p) FROM (VALUES (true, true), (false, true), (false, false), (true, true)) v(a, p);
SELECT accuracy(a, p) FROM (VALUES (1, 1), (2, 3)) v(a, p);
SELECT accuracy(a, p), accuracy(a::smallint, p::smallint), accuracy(a::smallint, p)
FROM (VALUES (1, 1::bigint), (2, 3), (3, 4), (4, 4)) v(a, p);
SELECT accuracy(a, p), accuracy(a::varchar, p), accuracy(a::varchar(1), p::char(3)), accuracy(a, 'x')
FROM (VALUES ('x', 'x'), ('yy', 'y'), ('', '')) v(a, p);
SELECT accuracy('a', 'a'), accuracy(true, 'f'), accuracy('1', 2);
SELECT accuracy(a, p) FROM (VALUES (1.5, 1.5)) v(a, p);

-- text is equal as its collation has it
CREATE COLLATION pg_temp.any_case (provider = icu, locale = 'und-u-ks-level2', deterministic = false);
SELECT accuracy(a COLLATE pg_temp.any_case, p), accuracy(a, p), accuracy(a COLLATE "C", p)
FROM (VALUES ('Drama', 'drama'), ('drama', 'drama')) v(a, p);
CREATE TEMP TABLE collated (a text COLLATE "C", p text COLLATE "POSIX");
INSERT INTO collated VALUES ('x', 'x'), ('x', 'y');
SELECT accuracy(a, p) FROM collated;

-- log_loss: the mean of -log of what happened's probability, clipped
SELECT abs(log_loss(a, p) - (ln(2.0) + ln(4.0) - ln(0.9)) / 3) < 1e-12 AS mean
FROM (VALUES (true, 0.5), (false, 0.75), (true, 0.9)) v(a, p);
SELECT log_loss(true, 0), log_loss(false, 1), log_loss(true, 1) < 1e-15 AS sure, log_loss(true, 1e-300);
SELECT log_loss(true, 1.5);
SELECT log_loss(true, -0.1);
SELECT log_loss(true, 'NaN');
SELECT log_loss(NULL, 'NaN') IS NULL AS left_out;

-- roc_auc: pairs won by the positive row, ties counted half
SELECT roc_auc(a, s) FROM (VALUES (true, 0.8), (false, 0.4), (true, 0.4), (false, 0.1)) v(a, s);
SELECT roc_auc(a, 1), roc_auc(a, s), roc_auc(NOT a, s), roc_auc(a, -s)
FROM (VALUES (true, 3), (true, 2), (false, 1)) v(a, s);
SELECT roc_auc(a, s) FROM (VALUES (true, 'Infinity'::float8), (false, '-Infinity'), (false, 'Infinity'), (true, -1e308)) v(a, s);
SELECT roc_auc(a, s) AS zeros_tie FROM (VALUES (true, '-0'::float8), (false, '0')) v(a, s);
SELECT roc_auc(true, 1) AS one_class, roc_auc(false, 1) AS other_class;
SELECT roc_auc(true, 'NaN');

-- no rows, only NULLs, one row, FILTER
SELECT accuracy(true, true), accuracy(1, 1), accuracy('a', 'a'), log_loss(true, 1), roc_auc(true, 1) WHERE false;
SELECT accuracy(NULL::text, 'a'), accuracy(1, NULL), log_loss(NULL, 0.5), log_loss(true, NULL), roc_auc(true, NULL)
FROM generate_series(1, 3);
SELECT accuracy(true, true) FILTER (WHERE false), roc_auc(true, 1) FILTER (WHERE false), log_loss(true, 1) FILTER (WHERE false);
SELECT accuracy(a, p), accuracy(a, p) FILTER (WHERE p), accuracy(DISTINCT a, p), accuracy(a, p ORDER BY p)
FROM (VALUES (true, true), (true, true), (true, true), (false, true), (NULL, true), (true, NULL)) v(a, p);

-- GROUP BY, sorted and hashed, and windows
CREATE TEMP TABLE rated AS
SELECT g, i, (i * 7 + g) % 10 < 5 AS liked, (i * 3 % 10) / 10.0::float8 AS score
FROM generate_series(1, 3) g, generate_series(1, 20) i;
SET enable_hashagg = off;
SELECT g, accuracy(liked, score > 0.5), round(log_loss(liked, score)::numeric, 6) AS log_loss, roc_auc(liked, score)
FROM rated GROUP BY g ORDER BY g;
RESET enable_hashagg;
SET enable_sort = off;
SELECT g, accuracy(liked, score > 0.5), round(log_loss(liked, score)::numeric, 6) AS log_loss, roc_auc(liked, score)
FROM rated GROUP BY g ORDER BY g;
RESET enable_sort;
SELECT g, roc_auc(liked, score), accuracy(liked, score > 0.5) FROM rated GROUP BY ROLLUP (g) ORDER BY g;
SELECT i, liked, score, accuracy(liked, score > 0.5) OVER w, roc_auc(liked, score) OVER w,
	roc_auc(liked, score) OVER (ORDER BY i ROWS 2 PRECEDING) AS of_three
FROM rated WHERE g = 2 AND i <= 9 WINDOW w AS (ORDER BY i) ORDER BY i;

-- equal to scikit-learn: test/data/make_metrics.py made these
CREATE TABLE predictions AS
SELECT i, i * 31 % 53 + i * 7919 % 101 > 80 AS actual, (i * 7919 % 101) / 100.0::float8 AS probability,
	(i::bigint * 104729 % 1000003) / 1000003::float8 AS fine
FROM generate_series(1, 5000) i;
SELECT accuracy(actual, probability > 0.5), accuracy((i * 31 % 5)::text, (i * 17 % 7)::text),
	abs(log_loss(actual, probability) - 0.3565525479777297) < 1e-12 AS log_loss,
	abs(log_loss(actual, fine) - 1.007988102936445) < 1e-12 AS log_loss_of_fine,
	abs(roc_auc(actual, probability) - 0.953388846193307) < 1e-12 AS roc_auc,
	abs(roc_auc(actual, fine - probability) - 0.17581115690400465) < 1e-12 AS roc_auc_of_fine
FROM predictions;

-- parallel equals serial: exactly for counts, to 1e-12 for sums
CREATE TABLE many AS
SELECT p.* FROM predictions p, generate_series(1, 20);
ALTER TABLE many SET (parallel_workers = 3);
ANALYZE many;
SET max_parallel_workers_per_gather = 0;
SELECT accuracy(actual, probability > 0.5) AS accuracy, log_loss(actual, fine) AS log_loss,
	roc_auc(actual, fine - probability) AS roc_auc
FROM many \gset
SELECT :accuracy = 0.8648 AS accuracy, abs(:log_loss - 1.007988102936445) < 1e-12 AS log_loss,
	abs(:roc_auc - 0.17581115690400465) < 1e-12 AS roc_auc;
SET max_parallel_workers_per_gather = 3;
SET parallel_setup_cost = 0;
SET parallel_tuple_cost = 0;
SET min_parallel_table_scan_size = 0;
EXPLAIN (COSTS OFF) SELECT accuracy(actual, probability > 0.5), log_loss(actual, fine), roc_auc(actual, fine) FROM many;
SELECT accuracy(actual, probability > 0.5) = :accuracy AS accuracy, abs(log_loss(actual, fine) - :log_loss) < 1e-12 AS log_loss,
	roc_auc(actual, fine - probability) = roc_auc(actual, fine - probability ORDER BY fine) AS roc_auc,
	abs(roc_auc(actual, fine - probability) - :roc_auc) < 1e-14 AS as_serial
FROM many;
SELECT abs(roc_auc(actual, fine - probability) - :roc_auc) < 1e-14 AS roc_auc FROM many;
SET parallel_leader_participation = off;
SELECT accuracy(actual, probability > 0.5) = :accuracy AS accuracy, abs(log_loss(actual, fine) - :log_loss) < 1e-12 AS log_loss,
	abs(roc_auc(actual, fine - probability) - :roc_auc) < 1e-14 AS roc_auc
FROM many;
RESET parallel_leader_participation;
SELECT i % 3 AS g, accuracy(actual, probability > 0.5) = count(*) FILTER (WHERE actual = (probability > 0.5)) / count(*)::float8 AS accuracy,
	roc_auc(actual, probability) > 0.95 AS roc_auc
FROM many GROUP BY 1 ORDER BY 1;
SELECT accuracy(actual, true) IS NULL AS accuracy, roc_auc(actual, fine) IS NULL AS roc_auc FROM many WHERE i < 0;
SELECT set_config(name, 'on', false) FROM pg_settings WHERE name IN ('force_parallel_mode', 'debug_parallel_query');
SELECT round(roc_auc(actual, probability)::numeric, 12), precision_at_k(ARRAY[1, 2], ARRAY[2], 2) FROM predictions;
SELECT roc_auc(actual, 'NaN') FROM predictions;
SELECT set_config(name, 'off', false) FROM pg_settings WHERE name IN ('force_parallel_mode', 'debug_parallel_query');
RESET max_parallel_workers_per_gather;
RESET parallel_setup_cost;
RESET parallel_tuple_cost;
RESET min_parallel_table_scan_size;

-- precision_at_k: over k, however short the list is
SELECT precision_at_k(ARRAY[1, 2, 3, 4], ARRAY[2, 4, 9], 4), precision_at_k(ARRAY[1, 2, 3, 4], ARRAY[2, 4, 9], 2),
	precision_at_k(ARRAY[1, 2], ARRAY[2], 10), precision_at_k(ARRAY[2], ARRAY[2], 9223372036854775807) > 0 AS huge_k;
SELECT precision_at_k(ARRAY[1, 1, 1, 2], ARRAY[1, 1, 3], 4) AS repeated, precision_at_k(ARRAY[NULL, 1], ARRAY[NULL, 1], 2) AS nulls;
SELECT precision_at_k('{}'::int[], ARRAY[1], 3), precision_at_k(ARRAY[1], '{}', 3), precision_at_k('{}'::text[], '{}', 1);
SELECT precision_at_k(NULL, ARRAY[1], 3), precision_at_k(ARRAY[1], NULL, 3), precision_at_k(ARRAY[1], ARRAY[1], NULL);
SELECT precision_at_k('[5:7]={1,2,3}'::int[], '[-1:0]={3,5}'::int[], 3) AS any_bounds;
SELECT precision_at_k(ARRAY[1, 2]::smallint[], ARRAY[2]::bigint[], 2), precision_at_k(ARRAY['a', 'b'], ARRAY['b']::varchar[], 2),
	precision_at_k(ARRAY[1, 2.5], ARRAY[2.50], 2), precision_at_k('{1,2}', ARRAY[2], 2);
SELECT precision_at_k(ARRAY['a', 'B'] COLLATE pg_temp.any_case, ARRAY['b', 'A'], 2);
SELECT precision_at_k(ARRAY['2', '3', '2', '9']::money[], ARRAY['9', '2', '9', '4', '7', '1']::money[], 4) AS sorted_not_hashed,
	ndcg_at_k(ARRAY['8', '5', '9']::money[], ARRAY['9', '5', '9']::money[], 2) = ndcg_at_k(ARRAY[8, 5, 9], ARRAY[9, 5], 2) AS so_is_ndcg;
SELECT precision_at_k(ARRAY[1], ARRAY[1], 0);
SELECT ndcg_at_k(ARRAY[1], ARRAY[1], -5);
SELECT precision_at_k(ARRAY[[1, 2], [3, 4]], ARRAY[1], 1);
SELECT ndcg_at_k(ARRAY[1], ARRAY[[1, 2], [3, 4]], 1);
SELECT precision_at_k(ARRAY['{}'::json], ARRAY['{}'::json], 1);
SELECT precision_at_k(ARRAY[1], ARRAY['a'], 1);
SELECT relevant, precision_at_k(ARRAY[1, 2, 3], relevant, 3) AS remembered_type
FROM (VALUES (ARRAY[1]), (ARRAY[7]), ('{}'), (NULL), (ARRAY[3, 2, 1, 0])) v(relevant);

-- ndcg_at_k: binary relevance; NULL where nothing is relevant
SELECT ndcg_at_k(ARRAY[1, 2, 3], ARRAY[1, 2, 3], 3), ndcg_at_k(ARRAY[3, 1], ARRAY[1, 3, 7, 8], 2), ndcg_at_k(ARRAY[1, 2], ARRAY[9], 2),
	ndcg_at_k('{}'::int[], ARRAY[1], 2), ndcg_at_k(ARRAY[1], '{}', 1), ndcg_at_k(ARRAY[1], ARRAY[NULL]::int[], 1);
SELECT abs(ndcg_at_k(ARRAY[9, 1], ARRAY[1], 2) - 1 / log(2, 3)::float8) < 1e-12 AS second_of_one,
	abs(ndcg_at_k(ARRAY[1], ARRAY[1, 2], 9223372036854775807) - 1 / (1 + 1 / log(2, 3)::float8)) < 1e-12 AS huge_k,
	ndcg_at_k(ARRAY[1, 1], ARRAY[1, 1], 2) AS repeated;
SELECT k, abs(precision_at_k(list, relevant, k) - precision) < 1e-12 AS precision, abs(ndcg_at_k(list, relevant, k) - ndcg) < 1e-12 AS ndcg
FROM (VALUES (1, 0.0, 0.0), (3, 1 / 3.0, 0.23463936301137828), (10, 0.2, 0.1794771050858174), (50, 0.2, 0.5468200371073387)) v(k, precision, ndcg),
	LATERAL (SELECT array_agg(r) AS list, array_agg(r ORDER BY -r) FILTER (WHERE r * 7 % 5 = 1) AS relevant FROM generate_series(1, 50) r) l;

-- nothing is quadratic: the statement would take minutes
SET statement_timeout = '20s';
SELECT precision_at_k(array_agg(i), array_agg(300000 - i), 200000) AS hashed,
	precision_at_k(array_agg(i::text), array_agg((300000 - i)::text), 200000) AS texts,
	precision_at_k(array_agg(i::money), array_agg((300000 - i)::money), 200000) AS sorted
FROM generate_series(1, 200000) i;
RESET statement_timeout;

-- what the planner and a distributed engine are told
SELECT aggfnoid::regprocedure, aggtranstype::regtype, aggcombinefn::regproc, aggfinalmodify, aggtransspace, proparallel, provolatile
FROM pg_aggregate JOIN pg_proc p ON p.oid = aggfnoid
WHERE proname IN ('accuracy', 'log_loss', 'roc_auc') ORDER BY aggfnoid::regprocedure::text COLLATE "C";

DROP TABLE predictions, many;
