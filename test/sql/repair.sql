-- Repairing scalars: what a dirty text states.
SET search_path = mediaml, public;
SET datestyle = ISO;

-- parse_number: the forms of the reference, exact digits
SELECT t, parse_number(t)
FROM unnest(ARRAY['$56.7M', '1.234,50 €', '12.2e9', '(340)', '1,186', '3.5亿', '１２３', '-', 'N/A', '', '1.50',
	'12345678901234567890.123', '45%', '3億5000万円', 'Rs. 5 crore', '-0', 'about 5', '$0 - $24,999', '5²']) AS t;

-- one mark before three digits: ambiguous ones are NULL, until the mark is stated
SELECT t, parse_number(t) AS auto, parse_number(t, '.') AS point, parse_number(t, decimal_mark => ',') AS comma
FROM unnest(ARRAY['1,234', '1.234', '12,5', '1.234.567', '1,234.5', '€1,234', '1.234 €', '$1.234 billion', '1,234 Mio.', '12,345%']) AS t;
SELECT parse_number('1', ';');

-- every number can be a float8
SELECT parse_number('1e400'), parse_number('1e-400'), parse_number('1e307')::float8, parse_number('1e-306')::float8,
	parse_number(repeat('9', 308))::float8, parse_number('0.' || repeat('0', 400)) = 0 AS zero, parse_number(repeat('1', 600)),
	parse_number('1e99999');

-- parse_date
SELECT t, parse_date(t), parse_date(t, 'dmy') AS dmy, parse_date(t, 'mdy') AS mdy, parse_date(t, partial => true) AS partial
FROM unnest(ARRAY['Jun 12 1998', 'June 12, 1998', '12 June 1998', '1998-06-12', '12/06/1998', '25/12/1998', '2019年2月5日',
	'1998', 'June 1998', '1998-06-00', '12 June 1998 (USA)', 'Fri, 12 Jun 1998 07:05 PM', '1998-02-29', 'N/A', '6/12/98']) AS t;
SELECT parse_date('6/12/98', 'mdy', years_from => 1930), parse_date('6/12/29', 'mdy', years_from => 1930), parse_date('6/12/30', 'mdy', years_from => 1930);
SELECT parse_date('1998', 'ydm');
SELECT parse_date('1998', years_from => 98);

-- clean_text
SELECT t, clean_text(t)
FROM unnest(ARRAY['21 &amp; Over', 'Ender&#39;s Game', 'Br&uuml;no', '&amp;amp;lt;', 'AmÃ©lie', 'Jean-Marc VallÃƒÂ©e', 'Pen&Atilde;&copy;lope',
	'itâ€™s', 'AMANHÃ…', 'ＦＩＬＭ ﬁn', '8½', 'Alien³', 'R&B; &amp']) AS t;
SELECT clean_text(E'  a \t\u00a0\u3000b\u200bc\u00ad\n') = 'a bc' AS spaces, clean_text(E'e\u0301') = 'é' AS composed,
	clean_text(E'a\u0001\u007f') = 'a' AS controls, clean_text(E'\u00a0') = '' AS blank;

-- cleaning a clean text changes nothing, long ones included
SELECT bool_and(clean_text(c) = c)
FROM (SELECT clean_text(t) AS c
	FROM unnest(ARRAY['&amp;#38;#38;amp;', '＆amp；', 'VallÃƒÂ©e', E'\u1100\u1161\u11a8', repeat('é', 3000),
		repeat(E'a\u0301', 3000), repeat('中', 3000), repeat(E'\u0316\u0301', 3000), repeat('&amp;', 3000), repeat('㍍½', 1500)]) AS t) AS s;
SELECT length(clean_text(repeat(E'e\u0301', 3000))), length(clean_text(repeat('&amp;', 3000))), length(clean_text(repeat('㍍', 3000)));
SELECT length(clean_text('&' || repeat('amp;', 100000)));

-- title_key
SELECT t, title_key(t), title_key(t, seasons => true) AS with_season
FROM unnest(ARRAY['The Matrix (1999)', 'MATRIX, THE', 'Amélie', 'L''Avventura', 'Avventura, L'' (1960)', 'Die Blechtrommel',
	'Blechtrommel, Die', 'Tom & Jerry', 'E.T. the Extra-Terrestrial', 'Blade Runner 2049', '1917', 'Airport (1970 film)', 'Æon Flux',
	'Straße', 'Łódź', 'Ёлки', 'ｶﾞﾝﾀﾞﾑ', '爱情公寓 第二季', '爱情公寓第2季', '사랑의 불시착 시즌 2', 'Dark: Season Two (2017)', 'Dark S02',
	'8½', 'Alien³', 'Ender&#39;s Game', 'The', '$', '  ']) AS t;

-- strict
SELECT parse_number(NULL), parse_date(NULL), clean_text(NULL), title_key(NULL);
SELECT proname, provolatile, proparallel, proisstrict FROM pg_proc
WHERE pronamespace = 'mediaml'::regnamespace AND proname IN ('parse_number', 'parse_date', 'clean_text', 'title_key') ORDER BY 1;

-- a dirty column is measured by what stays NULL; a key can be indexed
CREATE TEMP TABLE dirty (title text, gross text);
INSERT INTO dirty VALUES ('Matrix, The (1999)', '$463M'), ('Am&eacute;lie', '-'), ('AMÉLIE', 'n/a'), ('Heat', '187,436,818');
SELECT count(gross) - count(parse_number(gross)) AS unread, sum(parse_number(gross)) FROM dirty;
CREATE INDEX ON dirty (title_key(title));
SELECT title_key(title), count(*) FROM dirty GROUP BY 1 ORDER BY title_key(title) COLLATE "C";
