-- What predicted numbers are worth: rmse, mae, r2, mape.
SET search_path = mediaml, public;
SET extra_float_digits = 0;

SELECT rmse(a, p), mae(a, p), round(r2(a, p)::numeric, 12) AS r2, round(mape(a, p)::numeric, 12) AS mape
FROM (VALUES (3, 2.5), (-0.5, 0.0), (2, 2), (7, 8), (NULL, 1), (1, NULL)) v(a, p);
SELECT rmse(a, p), mae(a::smallint, p), r2(a, p::numeric), mape(a, p::real) FROM (VALUES (1, 1), (2, 2)) v(a, p);

-- no rows, one row, rows that are all the same
SELECT rmse(1, 1), mae(1, 1), r2(1, 1), mape(1, 1) WHERE false;
SELECT rmse(NULL, 1), mae(1, NULL), r2(NULL, NULL), mape(NULL, 1) FROM generate_series(1, 3);
SELECT rmse(3, 1), mae(3, 1), r2(3, 1) IS NULL AS no_r2, mape(4, 1);
SELECT r2(0.1, p) AS constant, r2(0.1, 0.1) AS constant_and_right FROM (VALUES (0.1), (0.2), (0.3)) v(p);
SELECT mape(a, 1) > 1e15 AS of_zero, mape(a, a) AS none FROM (VALUES (0), (1)) v(a);
SELECT rmse(a, p) FILTER (WHERE a > 1), mae(DISTINCT a, p), r2(a, p ORDER BY p) FROM (VALUES (1, 2), (2, 4), (2, 4), (3, 3)) v(a, p);
SELECT i % 2 AS g, rmse(i, i + 1), r2(i, 5.5) FROM generate_series(1, 10) i GROUP BY ROLLUP (i % 2) ORDER BY 1;
SELECT i, mae(i, 0) OVER (ORDER BY i ROWS 1 PRECEDING) FROM generate_series(1, 4) i;

-- numbers that are none, and those whose squares are
SELECT rmse('NaN', 1);
SELECT mae(1, '-Infinity');
SELECT r2('Infinity', 1);
SELECT rmse(1e200, 0);
SELECT mape(0, 1e300);
SELECT rmse(1e-200, 0), mae(1e-200, 0) = 1e-200 AS mae, mae(1e150, 0) = 1e150 AS large;

-- the variance is small beside the mean: the school formula would lose all of it
SELECT abs(r2(a, a + e) - (1 - sum(e * e) / (count(*) * var_pop(a - 1e9)))) < 1e-12 AS r2
FROM (SELECT 1e9::float8 + i % 7 AS a, (i % 3 - 1) / 4.0::float8 AS e FROM generate_series(1, 70000) i) s;
SELECT abs(r2(a, a) - 1) < 1e-15 AS perfect, abs(r2(a, 1.7e9::float8 + 0.3)) < 1e-12 AS the_mean
FROM (SELECT 1.7e9::float8 + (i % 7) / 10.0::float8 AS a FROM generate_series(1, 70000) i) s;

-- parallel equals serial
SET extra_float_digits = 1;
CREATE TABLE predicted AS
SELECT i, (i * 7919 % 1009) / 10.0::float8 AS a, (i::bigint * 104729 % 1013) / 9.0::float8 AS p FROM generate_series(1, 60000) i;
ALTER TABLE predicted SET (parallel_workers = 3);
ANALYZE predicted;
SET max_parallel_workers_per_gather = 0;
SELECT rmse(a, p) AS rmse, mae(a, p) AS mae, r2(1e6 + a, 1e6 + p) AS r2, mape(1 + a, p) AS mape FROM predicted \gset
SET max_parallel_workers_per_gather = 3;
SET parallel_setup_cost = 0;
SET parallel_tuple_cost = 0;
SET min_parallel_table_scan_size = 0;
SET parallel_leader_participation = off;
EXPLAIN (COSTS OFF) SELECT rmse(a, p), mae(a, p), r2(a, p), mape(a, p) FROM predicted;
SELECT abs(rmse(a, p) - :rmse) < 1e-12 AS rmse, abs(mae(a, p) - :mae) < 1e-12 AS mae, abs(r2(1e6 + a, 1e6 + p) - :r2) < 1e-12 AS r2,
	abs(mape(1 + a, p) - :mape) < 1e-12 AS mape
FROM predicted;
SELECT bool_and(abs(p - s) < 1e-14) AS groups
FROM (SELECT i % 4 AS g, r2(a, p) AS p FROM predicted GROUP BY 1) parallel JOIN (SELECT i % 4 AS g, r2(a, p ORDER BY i) AS s FROM predicted GROUP BY 1) serial USING (g);

-- the four share a state, which can be stored and added up
CREATE AGGREGATE pg_temp.regression_state(float8, float8) (SFUNC = regression_step, STYPE = state);
CREATE AGGREGATE pg_temp.r2_sum(state) (SFUNC = regression_combine, STYPE = state, FINALFUNC = r2_final);
SELECT abs(pg_temp.r2_sum(s) - (SELECT r2(a, p) FROM predicted)) < 1e-14 AS added_up FROM (SELECT pg_temp.regression_state(a, p) AS s FROM predicted GROUP BY i % 5) d;
SELECT pg_temp.r2_sum(overlay(s::text PLACING 'f0ff' FROM 85)::state) FROM (SELECT pg_temp.regression_state(a, p) AS s FROM predicted) d;
SELECT pg_temp.r2_sum(overlay(s::text PLACING 'ff' FROM 71)::state) FROM (SELECT pg_temp.regression_state(a, p) AS s FROM predicted) d;

DROP TABLE predicted;
