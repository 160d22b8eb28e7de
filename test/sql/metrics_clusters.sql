-- How well apart groups of rows lie: silhouette, silhouette_centroid, davies_bouldin.
SET search_path = mediaml, public;
SET extra_float_digits = 0;

-- two pairs on a line: a = 1, b = 9.5 or 10.5 of each
CREATE TEMP TABLE line (x float8[], c int);
INSERT INTO line VALUES ('{0}', 1), ('{1}', 1), ('{10}', 2), ('{11}', 2), (NULL, 1), ('{3}', NULL);
SELECT abs(silhouette(x, c) - (9.5 / 10.5 + 8.5 / 9.5) / 2) < 1e-15 AS silhouette, abs(silhouette_centroid(x, c) - (10.0 / 10.5 + 9.0 / 9.5) / 2) < 1e-15 AS by_centroid,
	davies_bouldin(x, c) FROM line;
SELECT silhouette(x, c % 2) = silhouette(x, c) AS names_do_not_matter, silhouette(ARRAY[x[1] * 1e300], c) = silhouette(x, c) AS large, silhouette(ARRAY[x[1] * 1e-300], c) = silhouette(x, c) AS small,
	silhouette(x, -c) = silhouette(x, c) AS negative
FROM line WHERE x IS NOT NULL;
SELECT silhouette(ARRAY[x[1], 5], c), davies_bouldin(x::float4[], c::smallint), silhouette(x, CASE WHEN x[1] = 11 THEN 3 ELSE c END) AS one_alone FROM line WHERE x IS NOT NULL;

-- one cluster, as many as rows, all rows the same, no rows, NULLs
SELECT silhouette(x, 1), silhouette_centroid(x, 1), davies_bouldin(x, 1) FROM line;
SELECT silhouette(x, x[1]::int), silhouette_centroid(x, x[1]::int), davies_bouldin(x, x[1]::int) FROM line;
SELECT silhouette('{1}', i % 2), silhouette_centroid('{1}', i % 2), davies_bouldin('{1}', i % 2) FROM generate_series(1, 4) i;
SELECT silhouette('{1}', 1), silhouette_centroid('{1}', 1), davies_bouldin('{1}', 1) WHERE false;
SELECT silhouette(NULL, 1), silhouette_centroid('{1}', NULL), davies_bouldin(NULL, NULL) FROM generate_series(1, 3);
SELECT silhouette(x, c) FILTER (WHERE c = 1) AS one, silhouette(DISTINCT x, c) = silhouette(x, c) AS distinct, silhouette(x, c ORDER BY x) = silhouette(x, c) AS ordered FROM line;
SELECT i % 2 AS g, round(silhouette(ARRAY[i % 3, i], i % 3)::numeric, 9) AS silhouette, round(davies_bouldin(ARRAY[i % 3, i], i % 3)::numeric, 9) AS davies_bouldin
FROM generate_series(1, 30) i GROUP BY ROLLUP (i % 2) ORDER BY 1;

-- wrong features
SELECT silhouette('{}', 1);
SELECT silhouette('{1,NULL}', 1);
SELECT silhouette('{{1,2}}', 1);
SELECT silhouette('{1,NaN}', 1);
SELECT davies_bouldin('{Infinity}', 1);
SELECT silhouette(CASE WHEN i > 2 THEN '{1,2}'::float8[] ELSE '{1}' END, i) FROM generate_series(1, 3) i;
SELECT silhouette(array_fill(1, ARRAY[65537]), 1);

-- a model's clusters
CREATE TABLE points AS
SELECT i, ARRAY[i % 3 * 4 + (i::bigint * 7919 % 1009) / 700.0, (i::bigint * 104729 % 1013) / 400.0, i % 3] AS x FROM generate_series(1, 3000) i;
SELECT round(silhouette(x, cluster(model, x))::numeric, 4) AS silhouette, round(silhouette_centroid(x, cluster(model, x))::numeric, 4) AS by_centroid,
	round(davies_bouldin(x, cluster(model, x))::numeric, 4) AS davies_bouldin, adjusted_rand(i % 3, cluster(model, x))
FROM points, (SELECT kmeans(x, 3) AS model FROM points) m;

-- parallel equals serial
SET extra_float_digits = 1;
ALTER TABLE points SET (parallel_workers = 3);
ANALYZE points;
SET max_parallel_workers_per_gather = 0;
SELECT silhouette(x, i % 5) AS silhouette, silhouette_centroid(x, i % 5) AS centroid, davies_bouldin(x, i % 5) AS davies FROM points \gset
SET max_parallel_workers_per_gather = 3;
SET parallel_setup_cost = 0;
SET parallel_tuple_cost = 0;
SET min_parallel_table_scan_size = 0;
SET parallel_leader_participation = off;
EXPLAIN (COSTS OFF) SELECT silhouette(x, i % 5), silhouette_centroid(x, i % 5), davies_bouldin(x, i % 5) FROM points;
SELECT abs(silhouette(x, i % 5) - :silhouette) < 1e-14 AS silhouette, abs(silhouette_centroid(x, i % 5) - :centroid) < 1e-14 AS centroid,
	abs(davies_bouldin(x, i % 5) / :davies - 1) < 1e-12 AS davies
FROM points;
RESET max_parallel_workers_per_gather;

-- memory is counted, and a long run can be ended
SET mediaml.max_memory = '1MB';
SELECT silhouette(ARRAY[i, i, i], i % 2) FROM generate_series(1, 20000) i;
SELECT silhouette(ARRAY[i, i, i], i % 2) FROM generate_series(1, 100000) i;
RESET mediaml.max_memory;
SET statement_timeout = '300ms';
SELECT silhouette(ARRAY[i, i % 7, i % 11], i % 3) FROM generate_series(1, 100000) i;
RESET statement_timeout;

-- states
CREATE AGGREGATE pg_temp.gathered(float8[], int) (SFUNC = clusters_step, STYPE = state);
CREATE AGGREGATE pg_temp.silhouette_sum(state) (SFUNC = clusters_combine, STYPE = state, FINALFUNC = silhouette_final);
CREATE TEMP TABLE states AS SELECT c, pg_temp.gathered(x, c) AS s FROM line WHERE c IS NOT NULL GROUP BY c ORDER BY c;
SELECT pg_temp.silhouette_sum(s) = (SELECT silhouette(x, c) FROM line) AS added_up FROM states;
SELECT pg_temp.silhouette_sum(x) FROM (SELECT s FROM states UNION ALL SELECT pg_temp.gathered('{1,2}', 3)) v(x);
SELECT s FROM states WHERE c = 1;
SELECT silhouette_final(overlay(s::text PLACING '03' FROM 57)::state) FROM states WHERE c = 1;
SELECT silhouette_final(overlay(s::text PLACING 'e0' FROM 101)::state) FROM states WHERE c = 1;
SELECT silhouette_final(overlay(s::text PLACING 'f8' FROM 101)::state) FROM states WHERE c = 1;

DROP TABLE points;
