\echo '## 2. Look at the data, and clean them\n'

\echo '-- What is in each column of the films, and what looks wrong?'
SELECT column_name, data_type, nulls, distinct_values AS distinct, left(min, 24) AS min, left(max, 24) AS max,
       suspicions
FROM mediaml.profile('films');

\echo '-- The values that come most often.'
SELECT column_name, value, count
FROM mediaml.profile('films')
CROSS JOIN LATERAL unnest(frequent_values, frequent_counts) AS f (value, count)
WHERE column_name IN ('year', 'genres');

\echo '-- The ratings: from 0.5 to 5, half of them at 4 or more.'
SELECT column_name, nulls, distinct_values AS distinct, min, max, round(mean::numeric, 2) AS mean, round(sd::numeric, 2) AS sd,
       q05, q25, q50, q75, q95
FROM mediaml.profile('ratings')
WHERE column_name = 'rating';

\echo '-- A film without a title can be shown to nobody: out, with its ratings.'
DELETE FROM ratings USING films
WHERE films.film_id = ratings.film_id AND NOT mediaml.complete(films, '{title}');

DELETE FROM films WHERE NOT mediaml.complete(films, '{title}');

\echo '-- Titles without stray blanks, entities and broken encodings; the article goes in front.'
WITH cleaned AS (
    UPDATE films
    SET title = regexp_replace(mediaml.clean_text(title), '^(.+), (The|An?|Les?|La|Il|El|Das|Der|Die)( \(|$)', '\2 \1\3')
    RETURNING film_id, title
)
SELECT count(*) FILTER (WHERE i.title IS DISTINCT FROM c.title) AS titles_repaired, count(*) AS titles
FROM cleaned AS c JOIN (SELECT DISTINCT film_id, title FROM import) AS i USING (film_id);

\echo '-- The same title in a year, however it is written: one film under two numbers?'
SELECT mediaml.title_key(title) AS key, year, array_agg(title ORDER BY film_id) AS titles,
       array_agg(genres ORDER BY film_id) AS genres
FROM films
GROUP BY key, year
HAVING count(*) > 1;

\echo '-- Genres become a list. IMAX is a screen and no genre; none listed is an empty list.'
ALTER TABLE films
ALTER genres TYPE text[]
USING array_remove(array_remove(string_to_array(genres, '|'), 'IMAX'), '(no genres listed)');

CREATE TABLE genres AS
SELECT genre, count(*) AS films
FROM films, unnest(genres) AS genre
GROUP BY genre;

\echo '-- Now the viewers, a row each: the share of every genre in what they watch, and how they rate.'
SELECT format('CREATE TABLE viewers AS
SELECT user_id, %s,
       avg(rating) AS "mean rating", stddev(rating) AS "spread of ratings",
       ln(count(*)) AS "ln(ratings)", avg(year) AS "mean year"
FROM ratings JOIN films USING (film_id)
GROUP BY user_id', string_agg(format('avg((%L = ANY (genres))::int) AS %I', genre, genre), E',\n       ' ORDER BY genre))
FROM genres \gexec

\echo '-- Every number is to count alike: in standard deviations from the mean, the few extremes clipped.'
\echo '-- What that takes is learned from the rows, and is a value: a preprocessor.'
CREATE TABLE preparation AS
SELECT mediaml.preprocessor(v, '{"id": "user_id", "default": {"clip": {"quantiles": [0.02, 0.98]}}}'
                            ORDER BY user_id) AS viewer
FROM viewers AS v;

SELECT key AS column, value ->> 'impute' AS filled_by, value ->> 'scale' AS scaled,
       round((value ->> 'low')::numeric, 3) AS low, round((value ->> 'high')::numeric, 3) AS high,
       round((value ->> 'offset')::numeric, 3) AS mean, round((value ->> 'divisor')::numeric, 3) AS sd
FROM preparation, jsonb_each(mediaml.model_info(viewer) -> 'columns')
ORDER BY key = initcap(key) COLLATE "C", mean DESC;
