\echo '## 6. See: a small network tells ten kinds of clothes apart\n'

\echo '-- A network that was trained elsewhere: its file in, a model out. Its ten classes get their names here.'
CREATE TABLE network AS
SELECT mediaml.onnx_import(pg_read_binary_file(:'onnx'),
    '{"labels": ["T-shirt", "trousers", "pullover", "dress", "coat", "sandal", "shirt", "sneaker", "bag", "boot"],
      "scale": 0.00392156862745098}') AS model;

SELECT layer, operator, output_shape, parameters, multiply_adds
FROM network CROSS JOIN LATERAL mediaml.network_summary(model);

\echo '-- 10,000 images that it has never seen, each 28 x 28 bytes, with what a human called them.'
CREATE TABLE clothes AS
SELECT id, (ARRAY['T-shirt', 'trousers', 'pullover', 'dress', 'coat', 'sandal', 'shirt', 'sneaker', 'bag', 'boot'])
           [1 + get_byte(labels, 7 + id)] AS label,
       substr(images, 17 + 784 * (id - 1), 784) AS pixels
FROM (SELECT pg_read_binary_file(:'images') AS images, pg_read_binary_file(:'labels') AS labels) AS files
CROSS JOIN LATERAL generate_series(1, length(labels) - 8) AS id;

\echo '-- One of them, drawn in letters, and what the network sees in it.'
SELECT string_agg(line, E'\n' ORDER BY y) AS image
FROM (SELECT y, string_agg(substr(' .:-=+*#%@', 1 + get_byte(pixels, 28 * y + x) * 9 / 255, 1), '' ORDER BY x) AS line
      FROM clothes, generate_series(3, 24) AS y, generate_series(0, 27) AS x
      WHERE id = 1
      GROUP BY y) AS lines;

SELECT clothes.label AS human, seen.label AS network, round(probability::numeric, 4) AS probability
FROM network, clothes CROSS JOIN LATERAL mediaml.image_labels(model, pixels, 0.001) AS seen
WHERE id = 1;

\echo '-- All of them, one after the other.'
CREATE TABLE seen AS
SELECT id, label, mediaml.image_label(model, pixels) AS network
FROM clothes, network;

SELECT count(*) AS images, mediaml.accuracy(label, network) AS accuracy
FROM seen;

\echo '-- What is taken for what: a line is what it is, a column what the network calls it.'
SELECT label, network, count(*)
FROM seen
GROUP BY label, network
ORDER BY label, network
\crosstabview label network count network

\echo '-- The layer before the last is a description of 64 numbers: five that look most like the first.'
CREATE TABLE looks AS
SELECT id, label, mediaml.image_output(model, pixels, 'embedding') AS look
FROM clothes, network
WHERE id <= 2000;

SELECT b.id, b.label, round(sqrt(sum((x - y) ^ 2))::numeric, 2) AS distance
FROM looks AS a, looks AS b, unnest(a.look, b.look) AS pair (x, y)
WHERE a.id = 1 AND b.id <> 1
GROUP BY b.id, b.label
ORDER BY distance
LIMIT 5;
