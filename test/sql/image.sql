-- Images: PNG and JPEG decoded, resized, composed on white.
SET search_path = mediaml, public;
\getenv testdir PG_ABS_SRCDIR
\set file :testdir '/data/images.sql'
\set ECHO none
\i :file
\set ECHO all

CREATE FUNCTION pg_temp.on_white(colour int, opacity int) RETURNS int LANGUAGE sql IMMUTABLE AS
	'SELECT (colour * opacity + 255 * (255 - opacity) + 127) / 255';

-- every kind of PNG file at its own size is what its maker says
WITH made AS (
	SELECT x, y, 3 * (8 * y + x) AS at, ARRAY[20 * x, 30 * y, 10 * (x + y)] AS rgb, 25 * y + x AS grey,
		255 - 15 * (x + y) AS opacity, (x + y) % 16 AS i
	FROM generate_series(0, 7) AS x, generate_series(0, 5) AS y)
SELECT name, length(p) AS bytes,
	bool_and(ARRAY[get_byte(p, at), get_byte(p, at + 1), get_byte(p, at + 2)] = CASE
		WHEN name LIKE 'rgba%' THEN ARRAY(SELECT pg_temp.on_white(c, opacity) FROM unnest(rgb) c)
		WHEN name LIKE 'rgb%' THEN rgb
		WHEN name = 'palette' THEN ARRAY[15 * i, 255 - 15 * i, 5 * i]
		WHEN name = 'palette alpha' THEN ARRAY(SELECT pg_temp.on_white(c, 17 * i) FROM unnest(ARRAY[15 * i, 255 - 15 * i, 5 * i]) c)
		WHEN name = 'grey 1 bit' THEN array_fill((x + y) % 2 * 255, ARRAY[3])
		WHEN name = 'grey 4 bits' THEN array_fill(17 * i, ARRAY[3])
		WHEN name = 'grey alpha' THEN array_fill(pg_temp.on_white(grey, opacity), ARRAY[3])
		ELSE array_fill(grey, ARRAY[3]) END) AS right
FROM images CROSS JOIN LATERAL image_pixels(file, 8, 6) AS p CROSS JOIN made
WHERE name ~ '^(grey|rgb|palette)'
GROUP BY name, p ORDER BY name COLLATE "C";

-- every kind of JPEG file: two flat halves, to two steps of 255
SELECT name, bool_and(abs(get_byte(p, i - 1) - want[i]) <= 2) AS right
FROM images CROSS JOIN LATERAL image_pixels(file, 2, 1) AS p
	CROSS JOIN LATERAL (SELECT CASE
		WHEN name = 'jpeg grey' THEN ARRAY[200, 200, 200, 30, 30, 30]
		WHEN name ~ 'cmyk|ycck' THEN ARRAY[180, 90, 45, 29, 59, 88]
		ELSE ARRAY[200, 100, 50, 30, 60, 90] END AS want) AS w
	CROSS JOIN generate_series(1, 6) AS i
WHERE name LIKE 'jpeg%'
GROUP BY name ORDER BY name COLLATE "C";

-- smaller: the mean over an area, rounded once; larger: pixels repeated, edges mixed by area
SELECT w, h, image_pixels(file, w, h, 1) AS grey
FROM images, (VALUES (1, 1), (2, 1), (4, 3), (3, 2), (8, 1), (16, 1)) AS s (w, h)
WHERE name = 'grey' ORDER BY w, h;
SELECT image_pixels(file, 2, 2) AS same, image_pixels(file, 1, 1, channels => 1) AS luma
FROM images WHERE name = 'one pixel';

-- one channel is luma: 0.299 red + 0.587 green + 0.114 blue
SELECT bool_and(get_byte(p, 8 * y + x) = floor(0.299 * 20 * x + 0.587 * 30 * y + 0.114 * 10 * (x + y) + 0.5)) AS right
FROM images CROSS JOIN LATERAL image_pixels(file, 8, 6, 1) AS p, generate_series(0, 7) AS x, generate_series(0, 5) AS y
WHERE name = 'rgb';

-- NULL in, NULL out
SELECT image_pixels(NULL, 1, 1) IS NULL AS a, image_pixels('', NULL, 1) IS NULL AS b, image_pixels('', 1, 1, NULL) IS NULL AS c;

-- what cannot be wanted
SELECT image_pixels('', 0, 1);
SELECT image_pixels('', 1, 65536);
SELECT image_pixels('', 1, 1, 4);
SELECT image_pixels('', 65535, 65535);

-- what is no image, or none that is read
SELECT image_pixels('', 1, 1);
SELECT image_pixels('GIF89a', 1, 1);
SELECT image_pixels(file, 1, 1) FROM images WHERE name = 'too large';
SELECT image_pixels(file, 1, 1) FROM images WHERE name = 'too wide';
SELECT image_pixels(substr(file, 1, 60), 1, 1) FROM images WHERE name = 'rgb';
\set VERBOSITY terse
SELECT image_pixels(set_byte(file, 50, get_byte(file, 50) # 1), 1, 1) FROM images WHERE name = 'rgb';
\set VERBOSITY default
SELECT image_pixels(substr(file, 1, 200), 1, 1) FROM images WHERE name = 'jpeg';
SELECT image_pixels(substr(file, 1, length(file) - 2), 1, 1) FROM images WHERE name = 'jpeg progressive';

-- memory is counted before it is taken
SET mediaml.max_memory = '1MB';
SELECT image_pixels(file, 20000, 3000) FROM images WHERE name = 'one pixel';
\set VERBOSITY sqlstate
SELECT image_pixels(file, 1, 1) FROM images WHERE name = 'large interlaced';
\set VERBOSITY default
RESET mediaml.max_memory;
