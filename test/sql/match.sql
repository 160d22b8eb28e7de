-- Rows by what somebody wants of them.
SET extra_float_digits = 0;
\set VERBOSITY default
\set SHOW_CONTEXT never

CREATE TABLE film (film_id bigint PRIMARY KEY, title text, year int, genres text[], language text, tags text,
    rating numeric, released date, added timestamptz, adult boolean);
INSERT INTO film VALUES
    (1, 'Comrades', 1996, '{Drama,Romance}', 'zh', 'love | city', 8.1, '1996-11-02', '2020-01-01 00:00+00', false),
    (2, 'Kung Fu Hustle', 2004, '{Comedy,Action}', 'zh', 'fight', 7.7, '2004-12-23', '2021-01-01 00:00+00', false),
    (3, 'Clueless', 1995, '{Comedy,Romance}', 'en', 'school|city', 6.9, '1995-07-19', '2020-06-01 00:00+00', false),
    (4, 'Chungking Express', 1994, '{Comedy,Drama}', 'zh', NULL, 8.0, '1994-07-14', NULL, false),
    (5, 'Nothing known', NULL, NULL, 'zh', NULL, 'NaN', NULL, NULL, NULL);

-- the example of the manual
\set wanted '{"year": {"near": 1995, "range": 20, "weight": 2}, "genres": {"any": ["Comedy"]}, "language": {"is": "zh", "must": true}}'
SELECT film_id, title, mediaml.match_score(f, :'wanted') AS score FROM film f ORDER BY score DESC NULLS LAST, film_id;
SELECT film_id, abs(mediaml.match_score(f, :'wanted') - (2 * (1 - abs(year - 1995) / 20.0) + ('Comedy' = ANY (genres))::int) / 3) < 1e-12 AS "as it should be"
FROM film f WHERE language = 'zh' AND year IS NOT NULL ORDER BY 1;
SELECT r.* FROM film f, mediaml.match_reasons(f, :'wanted') r WHERE film_id = 2;
SELECT bool_and(abs(score - share) < 1e-12) AS "shares add up" FROM film f, mediaml.match_score(f, :'wanted') score,
    LATERAL (SELECT sum(share) AS share FROM mediaml.match_reasons(f, :'wanted')) s;

-- conditions are dropped, the lightest first
\set exact '{"year": {"between": [1990, 1999], "weight": 3}, "genres": {"all": ["Comedy", "Romance"], "weight": 2}, "tags": {"any": ["city"], "separator": "|"}}'
SELECT film_id, mediaml.match_relaxed(f, :'exact') AS relaxed, round(mediaml.match_score(f, :'exact')::numeric, 4) AS score
FROM film f ORDER BY cardinality(mediaml.match_relaxed(f, :'exact')), score DESC, film_id;
SELECT rank, round(score::numeric, 4) AS score, relaxed, "row" ->> 'title' AS title FROM mediaml.match_rows('SELECT * FROM film ORDER BY film_id', :'exact', 3) ORDER BY rank;
SELECT count(*), max("row" ->> 'film_id') FROM mediaml.match_rows('TABLE film', :'wanted');
SELECT count(*) FROM mediaml.match_rows('SELECT * FROM film WHERE false -- nothing', :'wanted');

-- each test on each class of columns
SELECT test, count(*) FILTER (WHERE score > 0) AS fit, round(sum(score)::numeric, 4) AS sum
FROM (VALUES
    (1, '{"year": {"is": 1994}}'), (2, '{"year": {"any": [1994, 1995]}}'), (3, '{"year": {"none": [1994, 1995]}}'),
    (4, '{"year": {"near": 1995, "range": 1}}'), (5, '{"year": {"near": 1995, "range": 2}}'), (6, '{"year": {"at_least": 1996}}'),
    (7, '{"year": {"at_least": 2004, "range": 10}}'), (8, '{"year": {"at_most": 1995}}'), (9, '{"year": {"between": [1995, 1996]}}'),
    (10, '{"rating": {"at_least": 8}}'), (11, '{"adult": {"is": false}}'), (12, '{"adult": {"is": true}}'),
    (13, '{"released": {"is": "1996-11-02"}}'), (14, '{"released": {"near": "1995-07-20", "range": 2}}'), (15, '{"released": {"at_least": "1996-01-01"}}'),
    (16, '{"added": {"at_most": "2020-01-01 01:00+01"}}'), (17, '{"language": {"any": ["zh", "ja"]}}'), (18, '{"language": {"none": ["zh"]}}'),
    (19, '{"genres": {"is": "Comedy"}}'), (20, '{"genres": {"all": ["Comedy", "Drama"]}}'), (21, '{"genres": {"none": ["Drama"]}}'),
    (22, '{"tags": {"is": "city"}}'), (23, '{"tags": {"is": "city", "separator": "|"}}'), (24, '{"tags": {"all": ["love", "city"], "separator": "|"}}'),
    (25, '{"genres": [{"any": ["Comedy"]}, {"none": ["Action"], "must": true}]}')) AS t (test, wanted), film f,
    LATERAL (SELECT mediaml.match_score(f, wanted::jsonb) AS score) s
GROUP BY test ORDER BY test;
-- a hard "near" takes its range as the limit, and it is in
SELECT array_agg(film_id ORDER BY film_id) FROM film f WHERE mediaml.match_score(f, '{"year": {"near": 1995, "range": 1, "must": true}}') = 1;
-- numbers in lists, enums, domains, rows without a type, other row types in one call
CREATE DOMAIN tongue AS text;
SELECT mediaml.match_score(t, '{"a": {"any": [2]}, "b": {"is": "x"}}') FROM (SELECT ARRAY[1, 2] AS a, 'x'::tongue AS b) t;
SELECT mediaml.match_score(t, '{"a": {"is": 1}}') FROM (SELECT 1 AS a) t UNION ALL SELECT mediaml.match_score(t, '{"a": {"is": 1}}') FROM (SELECT 'x' AS b, 1.0 AS a) t;
SELECT mediaml.match_score(f, w.wanted::jsonb) FROM film f, (VALUES ('{"year": {"is": 1996}}'), ('{"year": {"is": 2004}}')) AS w (wanted) WHERE film_id < 3 ORDER BY film_id, wanted;
SELECT mediaml.match_score(f, NULL) IS NULL, mediaml.match_relaxed(NULL::film, '{"year": {"is": 1}}') IS NULL FROM film f LIMIT 1;
SELECT count(*) FROM mediaml.match_reasons(NULL::film, '{"year": {"is": 1}}');

-- ----------------------------------------------------------------- errors
CREATE FUNCTION try(wanted text) RETURNS text LANGUAGE plpgsql AS $$
DECLARE
    hint text;
BEGIN
    PERFORM mediaml.match_score(f, wanted::jsonb) FROM film f;
    RETURN 'fine';
EXCEPTION WHEN OTHERS THEN
    GET STACKED DIAGNOSTICS hint = PG_EXCEPTION_HINT;
    RETURN SQLSTATE || ' ' || SQLERRM || coalesce(' HINT: ' || nullif(hint, ''), '');
END $$;
SELECT try(wanted) FROM unnest(ARRAY['[]', '{}', '{"yaer": {"is": 1}}', '{"year": 1995}', '{"year": {}}', '{"year": {"like": 5}}',
    '{"year": {"is": 1, "any": [2]}}', '{"year": {"any": []}}', '{"year": {"is": "x"}}', '{"year": {"is": [[1]]}}', '{"language": {"is": 1}}',
    '{"language": {"near": 1, "range": 2}}', '{"adult": {"is": 1}}', '{"adult": {"at_least": 1}}', '{"year": {"near": 1995}}',
    '{"year": {"near": 1995, "range": 0}}', '{"year": {"is": 1, "range": 2}}', '{"year": {"between": [1]}}', '{"year": {"between": [2, 1]}}',
    '{"year": {"is": 1, "weight": 0}}', '{"year": {"is": 1, "weight": 2, "must": true}}', '{"year": {"is": 1, "separator": "|"}}',
    '{"tags": {"is": "a", "separator": ""}}', '{"released": {"is": "the other day"}}', '{"released": {"is": 1}}', '{"year": [1]}', '{"year": {"near": 1e400, "range": 1}}',
    '{"year": {"must": 1, "is": 1}}', '{"year": []}']) AS wanted;
SELECT mediaml.match_score(t, '{"a": {"is": 1}}') FROM (SELECT point(1, 2) AS a) t;
SELECT count(*) FROM mediaml.match_rows('TABLE film', '{"year": {"is": 1}}', 0);
SELECT count(*) FROM mediaml.match_rows('DELETE FROM film', '{"year": {"is": 1}}');
SELECT count(*) FROM mediaml.match_rows('SELECT 1', '{"year": {"is": 1}}');
-- a query that closes the brackets round it, and goes on with another of other types
\set closed 'SELECT 1 AS year) AS t, (SELECT 1 AS score, ARRAY[1] AS relaxed, $1 AS w, $2 AS k) AS m'
SELECT count(*) FROM mediaml.match_rows(:'closed' || '; SELECT 1::float8, 7::int8, 8::int8 FROM (SELECT 1 AS year', '{"year": {"is": 1}}');

-- as the caller: what he may not read he does not get
CREATE ROLE match_guest;
GRANT USAGE ON SCHEMA mediaml TO match_guest;
SET ROLE match_guest;
SELECT count(*) FROM mediaml.match_rows('TABLE film', '{"year": {"is": 1996}}');
RESET ROLE;
GRANT SELECT ON film TO match_guest;
ALTER TABLE film ENABLE ROW LEVEL SECURITY;
CREATE POLICY guests ON film TO match_guest USING (language = 'en');
SET ROLE match_guest;
SELECT "row" ->> 'title' AS title FROM mediaml.match_rows('TABLE film', '{"year": {"is": 1996}}');
RESET ROLE;

DROP TABLE film;
DROP FUNCTION try;
DROP DOMAIN tongue;
REVOKE ALL ON SCHEMA mediaml FROM match_guest;
DROP ROLE match_guest;
