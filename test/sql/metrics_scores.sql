-- What scores of two classes are worth: average_precision, roc_curve, lift,
-- best_threshold, calibration.
SET search_path = mediaml, public;
SET extra_float_digits = 0;

-- small answers
CREATE TEMP TABLE few (actual boolean, p float8);
INSERT INTO few VALUES (false, 0.1), (false, 0.4), (true, 0.35), (true, 0.8), (NULL, 0.5), (true, NULL);
SELECT average_precision(actual, p), roc_auc(actual, p) FROM few;
SELECT (unnest(roc_curve(actual, p))).* FROM few;
SELECT (unnest(lift(actual, p, 2))).* FROM few;
SELECT (best_threshold(actual, p, 1, 1)).* FROM few;
SELECT (unnest(calibration(actual, p, 4))).* FROM few;
SELECT (unnest(calibration_quantile(actual, p, 2))).* FROM few;

-- ties are on one side of every threshold, and share what a cut of lift gives
SELECT average_precision(a, 1), lift(a, 1, 2) AS lift, roc_curve(a, 1) AS curve, calibration(a, 0.5, 2) AS calibration FROM (VALUES (true), (false), (true)) v(a);
SELECT average_precision(a, s), roc_curve(a, s) AS curve FROM (VALUES (true, 'Infinity'::float8), (false, '-Infinity'), (true, 0), (false, '-0')) v(a, s);
SELECT lift(a, s, 5) AS more_parts_than_rows FROM (VALUES (true, 2), (false, 1)) v(a, s);

-- edges belong to the bin below
SELECT (unnest(calibration(true, p, 2))).* FROM (VALUES (0), (0.5), (0.5000001), (1)) v(p);
SELECT cardinality(calibration(true, i / 10.0)) AS ten, cardinality(calibration(true, i / 10.0, 3)) AS three, cardinality(calibration_quantile(true, i / 100.0)) AS quantiles
FROM generate_series(0, 100) i WHERE i <= 10;

-- one class only, no rows, NULLs, FILTER, DISTINCT, GROUP BY, windows
SELECT average_precision(true, 1) AS only_positives, average_precision(false, 1) AS no_positives, roc_curve(true, 1) AS no_curve, lift(false, 1) AS lift,
	best_threshold(false, 1, 1, 1) AS none, best_threshold(true, 0.3, 1, 1) AS all_rows;
SELECT average_precision(true, 1), roc_curve(true, 1), roc_curve(true, 1, 5), lift(true, 1), lift(true, 1, 5), best_threshold(true, 1, 1, 1), calibration(true, 1), calibration_quantile(true, 1)
WHERE false;
SELECT average_precision(NULL, 1), roc_curve(true, NULL), lift(true, 1, NULL), best_threshold(true, 1, NULL, 1), calibration(NULL, 1), calibration_quantile(true, NULL)
FROM generate_series(1, 3);
SELECT average_precision(a, s) FILTER (WHERE s < 3), average_precision(DISTINCT a, s), average_precision(a, s ORDER BY -s), cardinality(lift(a, s) FILTER (WHERE false))
FROM (VALUES (true, 3), (true, 2), (true, 2), (false, 1), (true, 1)) v(a, s);
SELECT i % 2 AS g, round(average_precision(i % 3 = 0, i)::numeric, 9) AS ap, (best_threshold(i % 3 = 0, i, 1, 2)).threshold FROM generate_series(1, 20) i GROUP BY ROLLUP (i % 2) ORDER BY 1;
SELECT i, average_precision(i % 2 = 0, -i) OVER (ORDER BY i), (calibration(i % 2 = 0, i / 4.0, 1) OVER (ORDER BY i))[1] FROM generate_series(1, 4) i;

-- wrong arguments
SELECT average_precision(true, 'NaN');
SELECT lift(true, 'NaN', 3);
SELECT calibration(true, 1.5);
SELECT calibration_quantile(true, 'NaN');
SELECT lift(true, 1, 0);
SELECT roc_curve(true, 1, 2);
SELECT calibration(true, 1, 10001);
SELECT calibration_quantile(true, 1, 0);
SELECT best_threshold(true, 1, -1, 1);
SELECT best_threshold(true, 1, 1, 'NaN');
SELECT lift(true, 1, i) FROM generate_series(1, 2) i;
SELECT calibration(true, 1, i) FROM generate_series(1, 2) i;
SELECT best_threshold(true, 1, 1, i) FROM generate_series(1, 2) i;

-- a curve of few points stays within 2 / points of the whole
CREATE TABLE scored AS
SELECT i, (i::bigint * i * 7919 % 1000003) % 100 < i % 100 AS actual, (i % 100) / 100.0::float8 AS tied,
	(i % 100 + i::bigint * 104729 % 10007 / 300.0) / 140.0::float8 AS fine
FROM generate_series(1, 60000) i;
ALTER TABLE scored SET (parallel_workers = 3);
ANALYZE scored;
SELECT cardinality(roc_curve(actual, fine, 1000000)) > 1000 AS whole, cardinality(roc_curve(actual, fine)) BETWEEN 500 AND 1000 AS by_default,
	cardinality(roc_curve(actual, fine, 50)) BETWEEN 25 AND 50 AS of_fifty, cardinality(roc_curve(actual, tied)) BETWEEN 50 AND 101 AS of_ties
FROM scored;
SELECT max(least(abs(w.false_positive_rate - f.false_positive_rate) + abs(w.true_positive_rate - f.true_positive_rate))) FILTER (WHERE nearest) < 2 / 50.0 AS close
FROM (SELECT w.*, f AS f, row_number() OVER (PARTITION BY w.threshold ORDER BY abs(w.false_positive_rate - f.false_positive_rate) + abs(w.true_positive_rate - f.true_positive_rate)) = 1 AS nearest
	FROM unnest((SELECT roc_curve(actual, fine, 500) FROM scored)) w, unnest((SELECT roc_curve(actual, fine, 50) FROM scored)) f) w, LATERAL (SELECT (w.f).*) f;

-- calibrated scores: what is given a probability happens as often
SELECT bool_and(abs(probability - share) < 0.03) AS calibrated, count(*), sum(n) FROM unnest((SELECT calibration(actual, tied) FROM scored));
SELECT max(n) - min(n) < 1500 AS equal_bins, count(*), sum(n) FROM unnest((SELECT calibration_quantile(actual, fine) FROM scored));
SELECT sum(n * abs(probability - share)) / sum(n) < 0.02 AS expected_calibration_error FROM unnest((SELECT calibration(actual, tied) FROM scored));

-- the best threshold costs what its outcomes say, and no neighbour costs less
SELECT t.cost = (SELECT sum(CASE WHEN actual THEN 5 * (tied < t.threshold)::int ELSE (tied >= t.threshold)::int END) FROM scored) AS cost,
	t.cost <= (SELECT min(c) FROM (SELECT sum(CASE WHEN actual THEN 5 * (tied < t / 100.0)::int ELSE (tied >= t / 100.0)::int END) AS c FROM scored, generate_series(0, 100) t GROUP BY t) s) AS least,
	abs(t.threshold - 1 / 6.0) < 0.03 AS as_theory_has_it, t.precision = (SELECT mediaml.precision(actual, tied >= t.threshold) FROM scored) AS precision
FROM (SELECT (best_threshold(actual, tied, 1, 5)).* FROM scored) t;

-- parallel equals serial, to the last bit
SET extra_float_digits = 1;
SET max_parallel_workers_per_gather = 0;
SELECT average_precision(actual, fine) AS ap, md5(roc_curve(actual, fine)::text) AS curve, md5(lift(actual, tied)::text) AS lift, best_threshold(actual, fine, 1, 5)::text AS best,
	md5(calibration_quantile(actual, fine)::text) AS quantile
FROM scored \gset
SELECT calibration(actual, fine)::text AS uniform FROM scored \gset
SET max_parallel_workers_per_gather = 3;
SET parallel_setup_cost = 0;
SET parallel_tuple_cost = 0;
SET min_parallel_table_scan_size = 0;
SET parallel_leader_participation = off;
EXPLAIN (COSTS OFF) SELECT average_precision(actual, fine), lift(actual, tied, 5), calibration(actual, fine), best_threshold(actual, fine, 1, 5) FROM scored;
SELECT average_precision(actual, fine) = :ap AS ap, md5(roc_curve(actual, fine)::text) = :'curve' AS curve, md5(lift(actual, tied)::text) = :'lift' AS lift,
	best_threshold(actual, fine, 1, 5)::text = :'best' AS best, md5(calibration_quantile(actual, fine)::text) = :'quantile' AS quantile
FROM scored;
SELECT bool_and(u.n = p.n AND u.share = p.share AND abs(u.probability - p.probability) < 1e-14) AS uniform, count(*) FROM unnest(:'uniform'::calibration_row[]) u
JOIN unnest((SELECT calibration(actual, fine) FROM scored)) p USING (bin, low, high);
SELECT bool_and(p = s) AS groups
FROM (SELECT i % 4 AS g, lift(actual, fine) AS p FROM scored GROUP BY 1) parallel JOIN (SELECT i % 4 AS g, lift(actual, fine ORDER BY i) AS s FROM scored GROUP BY 1) serial USING (g);
RESET max_parallel_workers_per_gather;

-- states: the same as roc_auc's where there are no options
CREATE AGGREGATE pg_temp.scores(boolean, float8) (SFUNC = roc_auc_step, STYPE = state);
CREATE AGGREGATE pg_temp.bins(boolean, float8) (SFUNC = calibration_step, STYPE = state);
CREATE TEMP TABLE states AS SELECT pg_temp.scores(actual, p) AS s, pg_temp.bins(actual, p) AS b FROM few;
SELECT roc_auc_final(s), average_precision_final(s), cardinality(lift_final(s)) AS lift, cardinality(roc_curve_final(s)) AS curve, cardinality(calibration_quantile_final(s)) AS bins,
	best_threshold_final(s), cardinality(calibration_final(b)) AS uniform
FROM states;
SELECT lift_final(overlay(s::text PLACING '000000000000f03f' FROM 89)::state) AS one_part, cardinality(lift_final(overlay(s::text PLACING '000000000000f07e' FROM 89)::state)) AS no_limit FROM states;
SELECT lift_final(overlay(s::text PLACING '000000000000f0ff' FROM 89)::state) FROM states;
SELECT calibration_final(s) FROM states;
SELECT calibration_final(overlay(b::text PLACING '09' FROM 57)::state) FROM states;
SELECT calibration_final(overlay(b::text PLACING '09' FROM 89)::state) FROM states;

DROP TABLE scored;
