\echo '## 2. Look at the data, and clean them\n'

\echo '-- What is in each column of the films?'
SELECT "column",
       count(*) AS rows,
       count(*) - count(value) AS missing,
       count(DISTINCT value) AS distinct,
       min(value) AS first,
       max(value) AS last
FROM films
CROSS JOIN LATERAL (VALUES ('title', title),
                           ('year', year::text),
                           ('genres', genres)) AS c ("column", value)
GROUP BY "column"
ORDER BY 3 DESC, 4 DESC;

\echo '-- What is wrong in them?'
SELECT count(*) FILTER (WHERE title IS NULL) AS no_title,
       count(*) FILTER (WHERE year IS NULL) AS no_year,
       count(*) FILTER (WHERE genres = '(no genres listed)') AS no_genre,
       count(*) FILTER (WHERE genres ~ 'IMAX') AS screen_as_genre,
       count(*) FILTER (WHERE title ~ '^\s|\s\s|\s$') AS stray_spaces,
       count(*) FILTER (WHERE title ~ ', (The|An?|Les?|La|Il|El|Das|Der|Die)( \(|$)') AS article_behind
FROM films;

\echo '-- The same title twice in a year: one film under two numbers? The genres say two films.'
SELECT title, year, array_agg(film_id ORDER BY film_id) AS film_ids,
       array_agg(genres ORDER BY film_id) AS genres
FROM films
WHERE title IS NOT NULL
GROUP BY title, year
HAVING count(*) > 1;

\echo '-- A film without title and year can be shown to nobody: out, with its ratings.'
DELETE FROM ratings USING films
WHERE films.film_id = ratings.film_id AND title IS NULL;

DELETE FROM films WHERE title IS NULL;

\echo '-- Titles: no stray spaces, the article in front.'
UPDATE films
SET title = regexp_replace(btrim(regexp_replace(title, '\s+', ' ', 'g')),
                           '^(.+), (The|An?|Les?|La|Il|El|Das|Der|Die)( \(|$)',
                           '\2 \1\3');

\echo '-- Genres: a list. IMAX is a screen and not a genre; none listed is an empty list.'
ALTER TABLE films
ALTER genres TYPE text[]
USING array_remove(array_remove(string_to_array(genres, '|'), 'IMAX'), '(no genres listed)');

SELECT DISTINCT ON (film_id) i.title AS title_before, f.title, i.genres AS genres_before, f.genres
FROM films AS f JOIN import AS i USING (film_id)
WHERE film_id IN (593, 2571, 4973, 58559, 83829)
ORDER BY film_id;

CREATE TABLE genres AS
SELECT genre, count(*) AS films
FROM films, unnest(genres) AS genre
GROUP BY genre;

\echo '-- Now the viewers: the share of each genre in what they watch, and how they rate.'
CREATE TABLE viewer_profile AS
SELECT user_id, genre AS feature, avg((genre = ANY (genres))::int)::float8 AS value
FROM ratings JOIN films USING (film_id) CROSS JOIN genres AS g
GROUP BY user_id, genre
UNION ALL
SELECT user_id, feature, value
FROM (SELECT user_id, avg(rating) AS mean, stddev(rating ORDER BY film_id) AS spread,
             ln(count(*)) AS number, avg(year) AS year
      FROM ratings JOIN films USING (film_id)
      GROUP BY user_id) AS v
CROSS JOIN LATERAL (VALUES ('mean rating', mean), ('spread of ratings', spread),
                           ('ln(ratings)', number), ('mean year', year)) AS f (feature, value);

SELECT feature,
       round(min(value)::numeric, 2) AS lowest,
       round(avg(value)::numeric, 2) AS mean,
       round(max(value)::numeric, 2) AS highest
FROM viewer_profile
GROUP BY feature
ORDER BY feature;

\echo '-- Every feature is to count alike: in standard deviations from the mean, and never beyond two.'
CREATE TABLE viewers AS
SELECT user_id,
       array_agg(greatest(-2, least(2, (value - mean) / spread)) ORDER BY feature) AS features
FROM viewer_profile
JOIN (SELECT feature, avg(value ORDER BY user_id) AS mean, stddev(value ORDER BY user_id) AS spread
      FROM viewer_profile
      GROUP BY feature) AS scale USING (feature)
GROUP BY user_id;
