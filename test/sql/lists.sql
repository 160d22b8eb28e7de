-- What recommended lists are worth, one by one and together.
SET search_path = mediaml, public;
SET extra_float_digits = 0;

-- one list: five ranks, hits on 2 and 4, three relevant
SELECT precision_at_k(r, v, 5) AS precision, recall_at_k(r, v, 5) AS recall, average_precision_at_k(r, v, 5) AS ap,
	hit_rate_at_k(r, v, 5) AS hit, hit_rate_at_k(r, v, 1) AS hit_1, reciprocal_rank(r, v, 5) AS rr, reciprocal_rank(r, v, 1) AS rr_1
FROM (VALUES (ARRAY[7, 2, 8, 4, 1], ARRAY[2, 4, 9])) l(r, v);
-- the denominators
SELECT precision_at_k(r, v, 5, 'k') AS p_k, precision_at_k(r, v, 5, 'min') AS p_min, precision_at_k(r, v, 5, 'relevant') AS p_relevant,
	recall_at_k(r, v, 2) AS recall, recall_at_k(r, v, 2, 'min') AS recall_min,
	average_precision_at_k(r, v, 2, 'min') AS ap_min, average_precision_at_k(r, v, 2, 'relevant') AS ap_relevant,
	average_precision_at_k(r, v, 5, denominator => 'k') AS ap_k
FROM (VALUES (ARRAY[2, 4, 8, 4, 1], ARRAY[2, 4, 9])) l(r, v);
SELECT recall_at_k(ARRAY[1], ARRAY[1], 1, 'users');
SELECT recall_at_k(ARRAY[1], ARRAY[1], 0);
-- nothing relevant, nothing recommended, repetitions, NULLs, texts
SELECT precision_at_k(r, v, 2) AS precision, precision_at_k(r, v, 2, 'min') AS p_min, recall_at_k(r, v, 2) AS recall,
	average_precision_at_k(r, v, 2) AS ap, hit_rate_at_k(r, v, 2) AS hit, reciprocal_rank(r, v, 2) AS rr
FROM (VALUES (ARRAY[1, 2], '{}'::int[]), ('{}', ARRAY[1]), (ARRAY[1, 1], ARRAY[1, 2]), (ARRAY[NULL, 2], ARRAY[2, NULL])) l(r, v);
SELECT recall_at_k(ARRAY['Jaws', 'Alien'], ARRAY['Alien'], 2), reciprocal_rank(ARRAY[1::bigint, 2], ARRAY[2], 9223372036854775807);

-- coverage: different items over the catalogue, whatever the order and the number of rows
SELECT catalogue_coverage(i % 40, 160), catalogue_coverage((i % 40)::text, 160), catalogue_coverage(DISTINCT i % 40, 160),
	catalogue_coverage(i * 7919, 100000)
FROM generate_series(1, 50000) i;
SELECT catalogue_coverage(NULL::bigint, 10), catalogue_coverage(1, 10) FILTER (WHERE false), catalogue_coverage('a', NULL);
SELECT catalogue_coverage(i, i) FROM generate_series(1, 2) i;
SELECT catalogue_coverage(1, 0);

-- novelty, in bits
SELECT novelty(v, 64) FROM (VALUES (64), (32), (1), (NULL)) x(v);
SELECT novelty(0, 64) AS unseen, novelty(NULL, 1) AS no_rows;
SELECT novelty(65, 64);
SELECT novelty(-1, 64);

-- diversity: 1 less the mean cosine of the pairs
SELECT diversity(f) FROM (VALUES ('{1,0}'::float8[]), ('{0,5}'), ('{1e200,1e200}')) x(f);
SELECT round(diversity(f)::numeric, 12) = round((1 - (sqrt(0.5) + sqrt(0.5) + 0) / 3)::numeric, 12) AS as_defined
FROM (VALUES ('{1,0}'::float8[]), ('{0,5}'), ('{3,3}')) x(f);
SELECT diversity(f) AS same, diversity(f) FILTER (WHERE i = 1) AS one FROM generate_series(1, 4) i, LATERAL (SELECT ARRAY[3, i - i + 4]::float8[]) x(f);
SELECT diversity(f) AS of_zeros FROM (VALUES ('{0,0}'::float8[]), ('{0,0}'), ('{1,1}')) x(f);
SELECT diversity(f) FROM (VALUES ('{1,2}'::float8[]), ('{1}')) x(f);
SELECT diversity('{NaN}');

-- a mean with its interval: seeded, in any order of rows, wider where there is less
CREATE TABLE scored AS SELECT i, (i * 7919 % 1009) / 1009.0::float8 AS x FROM generate_series(1, 1000) i;
SELECT abs((b).value - m) < 1e-14 AS mean, (b).n, (b).ci_low < m AND (b).ci_high > m AS around,
	abs(((b).ci_high - (b).ci_low) / (2 * 1.959964 * s / sqrt(1000)) - 1) < 0.1 AS as_normal
FROM (SELECT bootstrap_mean(x) AS b, avg(x) AS m, stddev_pop(x) AS s FROM scored) q;
SELECT bootstrap_mean(x ORDER BY i) = bootstrap_mean(x ORDER BY i DESC) AS any_order,
	bootstrap_mean(x, '{"seed": 1}') = bootstrap_mean(x) AS other_seed,
	(bootstrap_mean(x, '{"level": 0.5}')).ci_low > (bootstrap_mean(x)).ci_low AS narrower
FROM scored;
SELECT bootstrap_mean(3), (bootstrap_mean(NULL)) IS NULL AS none, bootstrap_mean(1) FILTER (WHERE false) IS NULL AS filtered;
SELECT bootstrap_mean(1, '{"resamples": 0}');
SELECT bootstrap_mean(1, '{"samples": 10}');
SELECT bootstrap_mean('Infinity');

-- weights: equal ones change nothing; a viewer with his mean and number stands for his rows
SELECT abs((w).value - (m).value) < 1e-14 AS value, abs((w).ci_low - (m).ci_low) < 1e-13 AS low, abs((w).ci_high - (m).ci_high) < 1e-13 AS high, (w).n = (m).n AS n
FROM (SELECT bootstrap_mean(x, '{"seed": 5}') AS m, bootstrap_weighted_mean(x, 0.3, '{"seed": 5}') AS w FROM scored) q;
SELECT abs((w).value - m) < 1e-14 AS value, (w).n, (w).ci_low < m AND m < (w).ci_high AS inside, (w).ci_high - (w).ci_low > (r).ci_high - (r).ci_low AS wider_than_of_rows
FROM (SELECT bootstrap_weighted_mean(mean, n) AS w FROM (SELECT avg(x + i % 10) AS mean, count(*) AS n FROM scored GROUP BY i % 10) viewers) a,
	(SELECT avg(x + i % 10) AS m, bootstrap_mean(x + i % 10) AS r FROM scored) b;
SELECT bootstrap_weighted_mean(x, i % 3 ORDER BY i) = bootstrap_weighted_mean(x, i % 3 ORDER BY i DESC) AS any_order,
	bootstrap_weighted_mean(x, i % 3) = bootstrap_weighted_mean(x, i % 3) FILTER (WHERE i % 3 > 0) AS none_of_weight_0
FROM scored;
SELECT bootstrap_weighted_mean(3, 2), bootstrap_weighted_mean(NULL, 1) IS NULL AS none, bootstrap_weighted_mean(1, NULL) IS NULL AS no_weight,
	bootstrap_weighted_mean(1, 0) IS NULL AS weight_0, bootstrap_weighted_mean(1, 1) FILTER (WHERE false) IS NULL AS filtered;
SELECT bootstrap_weighted_mean(1, -1);
SELECT bootstrap_weighted_mean(1, 'NaN');
SELECT bootstrap_weighted_mean('-Infinity', 1);
SELECT bootstrap_weighted_mean(1, 1, '{"level": 2}');

-- parallel equals serial
ALTER TABLE scored SET (parallel_workers = 3);
ANALYZE scored;
SET extra_float_digits = 1;
SELECT catalogue_coverage(i % 77, 100) AS coverage, novelty(i % 50, 50) AS novelty, diversity(ARRAY[x, 1 - x]) AS diversity,
	bootstrap_mean(x) AS interval, bootstrap_weighted_mean(x, i % 7) AS weighted
FROM scored \gset
SET parallel_setup_cost = 0;
SET parallel_tuple_cost = 0;
SET min_parallel_table_scan_size = 0;
SET max_parallel_workers_per_gather = 3;
SET parallel_leader_participation = off;
EXPLAIN (COSTS OFF) SELECT bootstrap_mean(x), catalogue_coverage(i, 1000) FROM scored;
SELECT catalogue_coverage(i % 77, 100) = :coverage AS coverage, abs(novelty(i % 50, 50) - :novelty) < 1e-14 AS novelty,
	abs(diversity(ARRAY[x, 1 - x]) - :diversity) < 1e-14 AS diversity, bootstrap_mean(x) = :'interval'::estimate AS interval,
	bootstrap_weighted_mean(x, i % 7) = :'weighted'::estimate AS weighted
FROM scored;
DROP TABLE scored;
