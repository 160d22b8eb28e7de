-- k-means: training, models, and every complaint.
SET search_path = mediaml, public;
SET extra_float_digits = 0;

-- small data whose answer is plain
CREATE TABLE points (id int, x float8[], g int, label text);
INSERT INTO points
SELECT i, ARRAY[10 * (i % 3) + (i % 5) / 10.0, -10 * (i % 3) + (i % 7) / 10.0], i % 2, 'c' || i % 3
FROM generate_series(1, 210) i;

CREATE TABLE model AS SELECT kmeans(x, 3 ORDER BY id) AS m FROM points;
SELECT model_info(m) - 'kernels' - 'inertia' - 'iterations' - 'sizes' AS info FROM model;
SELECT abs((model_info(m)->>'inertia')::float8 - q.inertia) < 1e-9 AS inertia
FROM model, (SELECT sum(dx + dy) AS inertia FROM (
	SELECT (x[1] - avg(x[1]) OVER w) ^ 2 AS dx, (x[2] - avg(x[2]) OVER w) ^ 2 AS dy
	FROM points WINDOW w AS (PARTITION BY label)) s) q;
SELECT label, count(DISTINCT cluster(m, x)) AS clusters, count(*) FROM points, model GROUP BY label ORDER BY label;
SELECT size, share, feature, round(value::numeric, 6) AS value, round(overall_mean::numeric, 6) AS overall_mean
FROM model, centroids(m) ORDER BY feature, value;
SELECT bool_and(abs(kmeans_distance(m, x) - near.distance) < 1e-12) AS distance, bool_and(cluster(m, x) = near.cluster) AS cluster,
	   bool_and(predict(m, x) = near.cluster) AS predict
FROM points, model, LATERAL (
	SELECT cluster, sqrt(sum((x[substr(feature, 2)::int] - value) ^ 2)) AS distance
	FROM centroids(m) GROUP BY cluster ORDER BY distance LIMIT 1) near;
SELECT sum((s->>0)::int) = 210 AS sizes FROM model, jsonb_array_elements(model_info(m)->'sizes') s;

-- the same rows, the same bytes; another seed, the same clusters here
SELECT count(DISTINCT m) FROM (SELECT m FROM model UNION ALL SELECT kmeans(x, 3, '{}' ORDER BY id) FROM points
	UNION ALL SELECT kmeans(x, 3, NULL ORDER BY id) FROM points
	UNION ALL SELECT kmeans(x, 3, '{"seed": 0, "max_iter": 300, "tol": 1e-4, "init": "kmeans++"}' ORDER BY id) FROM points
	UNION ALL SELECT kmeans(x, 3, '{"seed": null, "names": null}' ORDER BY id) FROM points) s;
SELECT count(DISTINCT round((model_info(m)->>'inertia')::numeric, 9)) FROM (
	SELECT kmeans(x, 3, jsonb_build_object('seed', s, 'init', i, 'n_init', 5)) AS m
	FROM points, generate_series(-2, 2) s, unnest(ARRAY['kmeans++', 'random']) i GROUP BY s, i) t;

-- given centroids; an emptied cluster takes the farthest row
SELECT cluster, size, round(value::numeric, 6) AS value FROM centroids((
	SELECT kmeans(ARRAY[v], 2, '{"init": [[0], [9]]}') FROM unnest(ARRAY[1, 2, 3, 7, 8, 9]) v));
SELECT cluster, size, round(value::numeric, 6) AS value FROM centroids((
	SELECT kmeans(ARRAY[v], 3, '{"init": [[0], [1e6], [-1e15]]}') FROM unnest(ARRAY[1, 2, 3, 7, 8, 9, 100]) v)) ORDER BY value;
SELECT cluster, size, round(value::numeric, 6) AS value FROM centroids((
	SELECT kmeans(ARRAY[v], 3, '{"init": [[5], [5], [5]]}') FROM unnest(ARRAY[1, 2, 3, 7, 8, 9, 100]) v)) ORDER BY value;

-- max_iter, tol
SELECT model_info(m)->'iterations' AS iterations, model_info(m)->'converged' AS converged FROM (
	SELECT kmeans(x, 7, '{"max_iter": 1, "tol": 0}' ORDER BY id) AS m FROM points) s;
SELECT model_info(m)->'iterations' AS iterations, model_info(m)->'converged' AS converged FROM (
	SELECT kmeans(x, 7, '{"tol": 1e300}' ORDER BY id) AS m FROM points) s;

-- every type of numbers gives the same model
SELECT count(DISTINCT m), count(*) FROM (
	SELECT kmeans(ARRAY[i % 2, i % 5]::float8[], 2) AS m FROM generate_series(1, 50) i
	UNION ALL SELECT kmeans(ARRAY[i % 2, i % 5]::float4[], 2) FROM generate_series(1, 50) i
	UNION ALL SELECT kmeans(ARRAY[i % 2, i % 5]::smallint[], 2) FROM generate_series(1, 50) i
	UNION ALL SELECT kmeans(ARRAY[i % 2, i % 5]::int[], 2) FROM generate_series(1, 50) i
	UNION ALL SELECT kmeans(ARRAY[i % 2, i % 5]::bigint[], 2) FROM generate_series(1, 50) i
	UNION ALL SELECT kmeans(ARRAY[i % 2, i % 5]::numeric[], 2) FROM generate_series(1, 50) i
	UNION ALL SELECT kmeans(('[7:8]={' || i % 2 || ',' || i % 5 || '}')::float8[], 2) FROM generate_series(1, 50) i) s;
SELECT cluster, size, round(value::numeric, 6) AS value FROM centroids((
	SELECT kmeans(ARRAY[i % 3 = 0], 2) FROM generate_series(1, 9) i)) ORDER BY value;
SELECT kmeans(ARRAY['a'], 1);
SELECT kmeans(ARRAY[now()], 1);

-- no rows, only NULLs, one row, k rows
SELECT kmeans(x, 2) FROM points WHERE false;
SELECT kmeans(NULL::float8[], 2) FROM points;
SELECT kmeans(x, 2) FILTER (WHERE false) FROM points;
SELECT model_info(kmeans(x, 1)) - 'kernels' AS info FROM points WHERE id = 3;
SELECT model_info(kmeans(x, 1))->'inertia' AS inertia FROM points WHERE id IN (3, 108, 213) OR id = 3;
SELECT model_info(kmeans(x, 5))->'sizes' AS sizes, model_info(kmeans(x, 5))->'inertia' AS inertia FROM points WHERE id <= 5;
SELECT model_info(kmeans(CASE WHEN id % 10 > 0 THEN x END, 3)) - 'kernels' - 'sizes' - 'inertia' - 'iterations' AS info FROM points;
SELECT kmeans(x, 2) FROM points WHERE id = 3;
SELECT kmeans(ARRAY[id % 4], 5) FROM points;
SELECT kmeans(ARRAY[id % 4], 5, '{"init": "random"}') FROM points;
SELECT kmeans(ARRAY[1.5], 2) FROM points;

-- numbers far away: what squares of float4 and sums of float8 would lose
SELECT model_info(kmeans(ARRAY[1e308], 1))->'inertia' AS inertia FROM generate_series(1, 3);
SELECT kmeans(ARRAY[i * 1e306], 2) FROM generate_series(-99, 99) i;
SELECT kmeans(ARRAY[CASE i WHEN 5000 THEN 1e300 ELSE i % 7 END], 2) FROM generate_series(1, 6000) i;
SELECT size FROM centroids((
	SELECT kmeans(ARRAY[CASE i WHEN 5000 THEN 1e30 ELSE i % 2 END], 3) FROM generate_series(1, 6000) i)) ORDER BY size;
SELECT size, value - 1700000000 AS value FROM centroids((
	SELECT kmeans(ARRAY[1700000000 + 100 * (i % 3), i % 2 / 10.0], 3) FROM generate_series(1, 60) i)) WHERE feature = 'x1' ORDER BY value;
SELECT kmeans(ARRAY[CASE WHEN i % 20 = 0 THEN 0.1 ELSE 0.7 END], 3) FROM generate_series(1, 40000) i;

-- wrong arguments
SELECT kmeans(x, 0) FROM points;
SELECT kmeans(x, -5) FROM points;
SELECT kmeans(x, NULL) FROM points;
SELECT kmeans(x, 65536) FROM points;
SELECT kmeans(x, 211) FROM points;
SELECT kmeans(x, CASE id WHEN 7 THEN 3 ELSE 2 END ORDER BY id) FROM points;
SELECT kmeans(x, CASE id WHEN 7 THEN NULL ELSE 2 END ORDER BY id) FROM points;
SELECT kmeans(x, 2, CASE WHEN id < 7 THEN '{}'::jsonb END ORDER BY id) FROM points;
SELECT kmeans(x, 2, jsonb_build_object('seed', id / 7) ORDER BY id) FROM points;
SELECT kmeans(x, 2) OVER () FROM points;
SELECT kmeans(ARRAY[1, NULL], 1);
SELECT kmeans('{}'::float8[], 1);
SELECT kmeans(ARRAY[[1, 2], [3, 4]], 1);
SELECT kmeans(CASE id WHEN 9 THEN x || x ELSE x END, 2 ORDER BY id) FROM points;
SELECT kmeans(CASE id WHEN 9 THEN '{}' ELSE x END, 2 ORDER BY id) FROM points;
SELECT kmeans(ARRAY[1, 2, 'NaN']::float8[], 1);
SELECT kmeans(ARRAY['Infinity', 2, 'NaN']::float8[], 1);
SELECT kmeans(ARRAY[1, '-Infinity']::float4[], 1);
SELECT kmeans(ARRAY['NaN']::numeric[], 1);
SELECT kmeans(array_fill(1, ARRAY[100001]), 1);
SELECT length(kmeans(array_fill(i, ARRAY[100000]), 1)) FROM generate_series(1, 2) i;

-- wrong options
SELECT kmeans(x, 2, '[]') FROM points;
SELECT kmeans(x, 2, '3') FROM points;
SELECT kmeans(x, 2, '{"iterations": 3}') FROM points;
SELECT kmeans(x, 2, '{"max_iter": 0}') FROM points;
SELECT kmeans(x, 2, '{"max_iter": 1.5}') FROM points;
SELECT kmeans(x, 2, '{"max_iter": "many"}') FROM points;
SELECT kmeans(x, 2, '{"max_iter": 1e400}') FROM points;
SELECT kmeans(x, 2, '{"n_init": 1001}') FROM points;
SELECT kmeans(x, 2, '{"tol": -1}') FROM points;
SELECT kmeans(x, 2, '{"tol": true}') FROM points;
SELECT kmeans(x, 2, '{"seed": 1e17}') FROM points;
SELECT kmeans(x, 2, '{"names": "a"}') FROM points;
SELECT kmeans(x, 2, '{"names": ["a", 2]}') FROM points;
SELECT kmeans(x, 2, '{"names": [["a"], "b"]}') FROM points;
SELECT kmeans(x, 2, '{"names": {"a": "b"}}') FROM points;
SELECT kmeans(x, 2, '{"names": ["a"]}') FROM points;
SELECT kmeans(x, 2, '{"names": ["a", "b", "c"]}') FROM points;
SELECT kmeans(x, 2, '{"init": "forgy"}') FROM points;
SELECT kmeans(x, 2, '{"init": 1}') FROM points;
SELECT kmeans(x, 2, '{"init": true}') FROM points;
SELECT kmeans(x, 2, '{"init": {"a": 1}}') FROM points;
SELECT kmeans(x, 2, '{"init": []}') FROM points;
SELECT kmeans(x, 2, '{"init": [1, 2]}') FROM points;
SELECT kmeans(x, 2, '{"init": [[1, 2]]}') FROM points;
SELECT kmeans(x, 2, '{"init": [[1, 2], [3]]}') FROM points;
SELECT kmeans(x, 2, '{"init": [[1, 2], [3, 4], [5, 6]]}') FROM points;
SELECT kmeans(x, 2, '{"init": [[1, 2, [3, 4]]]}') FROM points;
SELECT kmeans(x, 2, '{"init": [[1, 2], [3, "4"]]}') FROM points;
SELECT kmeans(x, 2, '{"init": [[1, 2], [3, null]]}') FROM points;
SELECT kmeans(x, 2, '{"init": [[1, 2], [3, 4], {"a": 1}]}') FROM points;
SELECT kmeans(x, 2, '{"init": [[1, 2], [3, 1e400]]}') FROM points;

-- names
SELECT model_info(kmeans(x, 1, '{"names": ["größe", "a \"b\""]}'))->'names' AS names FROM points;
SELECT feature, round(value::numeric, 4) AS value FROM centroids((SELECT kmeans(x, 1, '{"names": ["größe", ""]}') FROM points));

-- GROUP BY, DISTINCT, ORDER BY, ROLLUP, sorted and hashed
SELECT g, model_info(kmeans(x, 3 ORDER BY id))->'rows' AS rows,
	round((model_info(kmeans(x, 3 ORDER BY id))->>'inertia')::numeric, 6) AS inertia
FROM points GROUP BY ROLLUP (g) ORDER BY g;
SET enable_sort = off;
SELECT g, model_info(kmeans(x, 3))->'rows' AS rows FROM points GROUP BY g ORDER BY g;
RESET enable_sort;
SELECT model_info(kmeans(DISTINCT ARRAY[id % 7], 7))->'sizes' AS sizes FROM points;
SELECT count(*), count(DISTINCT m) FROM (SELECT kmeans(x, 1) AS m FROM points GROUP BY label) s;

-- too large a model
SET mediaml.max_model_size = '64kB';
SELECT kmeans(ARRAY[id], 9000) FROM generate_series(1, 10000) id;
SELECT length(kmeans(ARRAY[id], 210)) FROM points;
RESET mediaml.max_model_size;

-- answers that k-means does not have, and features that do not fit
SELECT predict_label(m, ARRAY[1, 2]) FROM model;
SELECT predict_proba(m, ARRAY[1, 2]) FROM model;
SELECT predict_proba_all(m, ARRAY[1, 2]) FROM model;
SELECT coefficients(m) FROM model;
SELECT cluster(m, ARRAY[1]) FROM model;
SELECT cluster(m, ARRAY[1, 2, 3]) FROM model;
SELECT cluster(m, '{}') FROM model;
SELECT cluster(m, ARRAY[[1, 2]]) FROM model;
SELECT cluster(m, ARRAY[1, NULL]) FROM model;
SELECT kmeans_distance(m, ARRAY[1, 'NaN']::float8[]) FROM model;
SELECT predict(m, ARRAY['Infinity', 1]::float8[]) FROM model;
SELECT cluster(m, NULL), predict(NULL, ARRAY[1.0]), predict_proba(m, NULL), kmeans_distance(NULL, NULL) FROM model;
SELECT cluster_row(m, points) FROM model, points;

DROP TABLE points, model;
