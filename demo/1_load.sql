\echo '## 1. Load the data as they come\n'

CREATE EXTENSION IF NOT EXISTS mediaml;

\echo '-- One row a rating, the film''s facts repeated in each: the file as it is.'
CREATE TABLE import (
    film_id     bigint,
    title       text,
    year        integer,
    genres      text,
    user_id     bigint,
    rating      float8,
    rated_at    bigint
);

\copy import FROM pstdin (FORMAT csv, HEADER)

\echo '-- Two tables of it: films, and what viewers thought of them.'
CREATE TABLE films AS
SELECT DISTINCT film_id, title, year, genres
FROM import;

CREATE TABLE ratings AS
SELECT user_id, film_id, rating, to_timestamp(rated_at) AS rated_at
FROM import;

ALTER TABLE films ADD PRIMARY KEY (film_id);
ALTER TABLE ratings ADD PRIMARY KEY (user_id, film_id);
ANALYZE films, ratings;

SELECT count(*) AS ratings,
       count(DISTINCT user_id) AS viewers,
       count(DISTINCT film_id) AS films,
       min(rated_at)::date AS first,
       max(rated_at)::date AS last
FROM ratings;
