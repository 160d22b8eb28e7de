-- Metrics of two classes with their intervals: whole clusters are drawn.

SET search_path = mediaml, public;
SET extra_float_digits = 0;
CREATE TABLE scored AS
SELECT i, 'v' || i % 97 AS viewer, i * 7919 % 1009 % 101 / 100.0::float8 AS score, i * 104729 % 1013 % 89 / 88.0::float8 AS old_score,
	(i * 7919 % 1009 % 101 + i * 31 % 67) > 85 AS actual
FROM generate_series(1, 2000) i;

-- the values are those of the aggregates
SELECT b.metric, abs(b.value - CASE b.metric WHEN 'roc_auc' THEN s.roc_auc WHEN 'average_precision' THEN s.average_precision
		WHEN 'precision' THEN s.precision WHEN 'recall' THEN s.recall ELSE s.f1 END) < 1e-12 AS same,
	b.value BETWEEN b.ci_low AND b.ci_high AS inside, b.ci_high - b.ci_low BETWEEN 0.005 AND 0.1 AS narrow, b.n, b.resamples
FROM (SELECT bootstrap_scores(actual, score, score > 0.6, viewer) AS e, roc_auc(actual, score), average_precision(actual, score),
		mediaml.precision(actual, score > 0.6), recall(actual, score > 0.6), f1(actual, score > 0.6) FROM scored) s, unnest(s.e) b;
SELECT b.metric, abs(b.value - (CASE b.metric WHEN 'roc_auc' THEN s.roc_auc WHEN 'average_precision' THEN s.average_precision
		WHEN 'precision' THEN s.precision WHEN 'recall' THEN s.recall ELSE s.f1 END)) < 1e-12 AS same, b.ci_low > 0 AS better, b.n, b.resamples
FROM (SELECT bootstrap_scores_gain(actual, score, score > 0.6, old_score, old_score > 0.6, viewer) AS e, roc_auc(actual, score) - roc_auc(actual, old_score) AS roc_auc,
		average_precision(actual, score) - average_precision(actual, old_score) AS average_precision,
		mediaml.precision(actual, score > 0.6) - mediaml.precision(actual, old_score > 0.6) AS precision,
		recall(actual, score > 0.6) - recall(actual, old_score > 0.6) AS recall, f1(actual, score > 0.6) - f1(actual, old_score > 0.6) AS f1 FROM scored) s, unnest(s.e) b;

-- a row is one by itself where its cluster is NULL; rows that hang together tell less
SELECT bootstrap_scores(actual, score, true, NULL, '{"seed": 1}') = bootstrap_scores(actual, score, true, NULL) AS other_seed,
	(bootstrap_scores(actual, score, true, NULL, '{"level": 0.5}'))[1].ci_low > (bootstrap_scores(actual, score, true, NULL))[1].ci_low AS narrower,
	(bootstrap_scores(actual, score, true, NULL, '{"resamples": 10}'))[1].resamples
FROM scored;
SELECT (w)[1].ci_high - (w)[1].ci_low > 1.5 * ((r)[1].ci_high - (r)[1].ci_low) AS wider
FROM (SELECT bootstrap_scores(actual, score, true, (score * 100)::int::text) AS w, bootstrap_scores(actual, score, true, NULL) AS r FROM scored) s;

-- the order of rows says nothing, nor do workers; equal scores are tied
SELECT bootstrap_scores(actual, score, score > 0.6, viewer ORDER BY i) = bootstrap_scores(actual, score, score > 0.6, viewer ORDER BY -i) AS any_order,
	bootstrap_scores_gain(actual, score, true, old_score, true, NULL ORDER BY i) = bootstrap_scores_gain(actual, score, true, old_score, true, NULL ORDER BY -i) AS of_gains,
	(bootstrap_scores(actual, 0.5, true, viewer))[1].ci_low = 0.5 AND (bootstrap_scores(actual, '-0', true, viewer))[1].ci_high = 0.5 AS tied
FROM scored;
CREATE TABLE serial AS SELECT bootstrap_scores(actual, score, score > 0.6, viewer) AS e, bootstrap_scores_gain(actual, score, true, old_score, false, viewer) AS g FROM scored;
ALTER TABLE scored SET (parallel_workers = 3);
ANALYZE scored;
SET parallel_setup_cost = 0;
SET parallel_tuple_cost = 0;
SET min_parallel_table_scan_size = 0;
SET max_parallel_workers_per_gather = 3;
SET parallel_leader_participation = off;
EXPLAIN (COSTS OFF) SELECT bootstrap_scores(actual, score, true, viewer) FROM scored;
SELECT s.e = p.e AS scores, s.g = p.g AS gains
FROM serial s, (SELECT bootstrap_scores(actual, score, score > 0.6, viewer) AS e, bootstrap_scores_gain(actual, score, true, old_score, false, viewer) AS g FROM scored) p;

-- what is not defined is left out: rows with a NULL, resamples of one class, all of it
SELECT (bootstrap_scores(a, s, p, c))[2].n FROM (VALUES (true, 1, true, 'a'), (NULL, 2, true, 'b'), (false, NULL, true, 'c'), (false, 3, NULL, 'd'), (false, 4, true, NULL)) x(a, s, p, c);
SELECT metric, value, resamples FROM unnest((SELECT bootstrap_scores(i = 1, i, true, NULL) FROM generate_series(1, 5) i));
SELECT (unnest(bootstrap_scores(true, 1, false, 'x'))).*;
SELECT bootstrap_scores(true, 1, true, 'x') FILTER (WHERE false) IS NULL AS none, bootstrap_scores(NULL, 1, true, 'x') IS NULL AS nulls;
SELECT bootstrap_scores(true, 'NaN', true, 'x');
SELECT bootstrap_scores(true, 'Infinity', true, 'x');
SELECT bootstrap_scores_gain(true, 1, true, '-Infinity', true, 'x');
SELECT bootstrap_scores(true, 1, true, 'x', '{"resamples": 0}');
SELECT bootstrap_scores(true, 1, true, 'x', '{"clusters": 1}');

-- memory is counted, also that of the end
SET max_parallel_workers_per_gather = 0;
SET mediaml.max_memory = '1MB';
SELECT bootstrap_scores(i % 2 = 0, i, true, NULL) FROM generate_series(1, 100000) i;
SELECT bootstrap_scores(i % 2 = 0, i, true, NULL) FROM generate_series(1, 20000) i;
RESET mediaml.max_memory;
SET statement_timeout = 300;
SELECT bootstrap_scores(i % 2 = 0, i, true, NULL, '{"resamples": 1000000}') FROM generate_series(1, 10000) i;
RESET statement_timeout;
DROP TABLE scored, serial;
